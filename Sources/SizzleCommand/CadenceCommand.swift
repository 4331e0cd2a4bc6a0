import ArgumentParser
import Sizzle

struct CadenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cadence", abstract: "The template of slots that a reel follows.", subcommands: [Check.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check a cadence file, and with a library whether its slots can be filled.",
            discussion: """
                {"name": "short", "minTitles": 3, "repeat": {"max": 1},
                 "slots": [{"title": "Sizzle", "type": "opening", "optional": true},
                           {"type": "80"}, {"type": "80"}, {"type": "40"}]}

                A slot's length is its type where that is a number, else its "frames". A slot with a title is fixed, a bumper; the others \
                go to titles. With too few titles the reel is shortened from its last ranked slots down to minTitles; with "maxTitles" \
                the slots of least value show titles again. "alternates" of a slot name types of clips that stand in. The form is \
                docs/schemas/cadence.schema.json.

                  sizzle cadence check short.yaml
                  sizzle cadence check short.yaml --library lib --region DE
                """)
        @Argument(help: "'default', or a cadence file (JSON or YAML).") var cadence: String
        @OptionGroup var circumstances: CircumstancesOptions
        @Option(name: .long, help: "The library whose titles and live edition are to fill it.") var library: String?
        @OptionGroup var edition: EditionOptions

        func run() throws {
            let cadence = try CadenceFile.load(cadence)
            let ranked = cadence.slots.count { $0.title == nil }
            let frames = cadence.slots.compactMap(\.length).reduce(0, +)
            Terminal.say(
                "\(cadence.name): \(cadence.slots.count) slots, \(ranked) of them ranked, \(frames) frames where lengths are fixed"
            )
            guard let library else { return }
            let opened = try Library.open(library)
            let at = Clock.now
            let titles = try Catalogue.open(opened.cataloguePath, creating: false).titles(at: at)
            let edition = try opened.edition(edition.edition ?? "current", for: nil)
            let table = try PlanTable(
                EligibleTitles(TitleTable(at: at, titles: titles), try circumstances.checked()), edition: edition.id,
                clips: edition.planningClips(), cadence: cadence)
            let outcome = try table.plan(
                PlanRequest(viewer: ViewerFacts(id: "anybody"), audio: AudioSettings(mode: AudioSettings.Mode.none)))
            Terminal.say("edition \(edition.id): \(outcome.plan.slots.count) slots can be filled")
            for note in outcome.notes { Terminal.note("note: \(note)") }
            guard outcome.notes.isEmpty else { throw ExitCode(ExitStatus.faultsFound.rawValue) }
        }
    }
}
