import ArgumentParser
import Foundation
import Sizzle

struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Choose the clips of a reel for a viewer.",
        discussion: """
            The cadence gives the slots, the ranking fills them: higher scores earlier and longer. The same arguments on the \
            same catalogue and edition give the same plan.

              sizzle plan --viewer v1 --library lib -o reel.json --explain
              sizzle plan --viewer v1 --cadence short.yaml --at 2026-11-24T20:15:00Z --library lib -o reel.json
            """)
    @Option(name: .long, help: "The viewer.") var viewer: String
    @Option(name: .long, help: "'default', or a cadence file (JSON or YAML).") var cadence = "default"
    @Option(name: .long, help: "The seed of random choices; without it, made of viewer, edition and day.") var seed:
        UInt64?
    @Option(name: .long, help: "The time to plan for (RFC 3339); now without it.") var at: String?
    @OptionGroup var circumstances: CircumstancesOptions
    @Option(name: .long, help: "The bed; the edition's first without it.") var bed: String?
    @Option(
        name: .long,
        help:
            "What is heard: bed, mix (clips over the bed), clip or none. Without it bed, or clip where there is no bed."
    )
    var sound: AudioSettings.Mode?
    @Option(name: [.short, .long], help: "Where the plan is written; stdout without it.") var output: String?
    @Flag(name: .long, help: "Show each term of each score, and why titles were refused.") var explain = false
    @OptionGroup var library: LibraryOptions
    @OptionGroup var edition: EditionOptions
    @Flag(name: .long, help: "Print the plan as JSON on stdout.") var json = false

    func run() throws {
        let circumstances = try circumstances.checked()
        let at = try Clock.read(at)
        let library = try library.open()
        let edition = try library.edition(edition.edition ?? "current", for: viewer)
        let snapshot = try Catalogue.open(library.cataloguePath, creating: false).snapshot(viewer: viewer, at: at)
        let audio = try edition.resolved(AudioSettings(bed: bed, mode: sound))
        let clips = try edition.clips.all().map { EditionClip(title: $0.title, type: $0.type, range: $0.range) }
        let table = try PlanTable(
            EligibleTitles(TitleTable(at: at, titles: snapshot.titles), circumstances), edition: edition.id,
            clips: clips,
            cadence: try CadenceFile.load(cadence))
        let outcome = try table.plan(PlanRequest(viewer: snapshot.viewer, audio: audio, seed: seed))
        let bytes = try outcome.plan.encodedJSON()
        if let output {
            try library.requireOutside(output)
            try OutputFile.write(bytes, to: output)
        }
        if json || output == nil {
            FileHandle.standardOutput.write(bytes)
        } else {
            show(outcome)
        }
        for note in outcome.notes { Terminal.note("note: \(note)") }
    }

    private func show(_ outcome: PlanOutcome) {
        let rows = outcome.plan.slots.enumerated().map { number, slot in
            ["\(number + 1)", slot.title, slot.type, slot.score.map(Terminal.decimals) ?? "fixed"]
                + (explain ? [Self.reasons(slot.why ?? [])] : [])
        }
        for line in Terminal.table(rows) { Terminal.say(line) }
        if explain {
            for refusal in outcome.refused { Terminal.say("refused: \(refusal.title): \(refusal.reason)") }
        }
    }

    /// `preference 1.000 × 0.042 + popularity 1.000 × 0.913 + …`
    static func reasons(_ terms: [ReelPlan.Term]) -> String {
        terms.map { "\($0.feature) \(Terminal.decimals($0.weight)) × \(Terminal.decimals($0.value))" }
            .joined(separator: " + ")
    }
}
