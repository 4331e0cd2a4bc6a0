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
    @OptionGroup var policy: PolicyOptions
    @OptionGroup var library: LibraryOptions
    @OptionGroup var edition: EditionOptions
    @Flag(name: .long, help: "Print the plan as JSON on stdout.") var json = false

    @Option(
        name: .long,
        help: """
            A file to which the delivery of the plan is appended as an event, so that what comes of it can be weighed. The viewer's arms of \
            running experiments then count.
            """)
    var impressions: String?

    func run() throws {
        let circumstances = try circumstances.checked()
        let at = try Clock.read(at)
        let library = try library.open()
        let catalogue = try Catalogue.open(library.cataloguePath, creating: false)
        let ranking = try policy.ranking(library)
        let arms =
            impressions == nil
            ? []
            : try ExperimentSet(catalogue.experiments().map(\.experiment)).assignments(
                viewer: viewer, at: at.milliseconds)
        let edition = try library.edition(edition.edition ?? "current", for: viewer)
        let snapshot = try catalogue.snapshot(viewer: viewer, at: at)
        let audio = try edition.resolved(AudioSettings(bed: bed, mode: sound))
        let titles = TitleTable(at: at, titles: snapshot.titles, items: ranking.items)
        let table = try PlanTable(
            EligibleTitles(titles, circumstances), edition: edition.id, clips: edition.planningClips(),
            cadence: try cadence(arms))
        let outcome = try table.plan(
            PlanRequest(
                viewer: snapshot.viewer, audio: audio, seed: seed, policy: ranking.policy.changed(by: arms.changes)))
        if let impressions { try library.requireOutside(impressions) }
        try write(outcome, outside: library)
        if let impressions {
            var impression = Impression(
                outcome.plan, reel: outcome.plan.reel ?? "", viewer: viewer,
                lengths: try edition.lengths(of: outcome.plan),
                at: at, titlesAt: at, circumstances: circumstances)
            impression.model = ranking.model
            impression.arms = arms.map { "\($0.layer)/\($0.experiment)/\($0.arm)" }
            try AppendedFile.append(impression.line, to: impressions)
        }
        for note in outcome.notes { Terminal.note("note: \(note)") }
    }

    /// The cadence that is given, unless an arm has another: that one has to be given.
    private func cadence(_ arms: [ArmAssignment]) throws -> Cadence {
        let given = try CadenceFile.load(cadence)
        guard let arm = arms.first(where: { $0.changes.cadence != nil }), let name = arm.changes.cadence else {
            return given
        }
        if let cadence = [given, .default].first(where: { $0.name == name }) { return cadence }
        throw Fault(
            .notFound,
            "cadence '\(printable(name))' of arm \(arm.layer)/\(arm.experiment)/\(arm.arm) is not known; give its file with --cadence"
        )
    }

    private func write(_ outcome: PlanOutcome, outside library: Library) throws {
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
    }

    private func show(_ outcome: PlanOutcome) {
        let rows = outcome.plan.slots.enumerated().map { number, slot in
            ["\(number + 1)", slot.title, slot.type, slot.score.map { Terminal.decimals($0) } ?? "fixed"]
                + (explain ? [Self.reasons(slot.why ?? [])] : [])
        }
        for line in Terminal.table(rows) { Terminal.say(line) }
        if explain {
            for refusal in outcome.refused { Terminal.say("refused: \(refusal.title): \(refusal.reason)") }
        }
    }

    /// `among the most played of late: preference 1.000 × 0.042 + popularity 1.000 × 0.913 + …`
    static func reasons(_ terms: [ReelPlan.Term]) -> String {
        guard !terms.isEmpty else { return "" }
        return terms.words + ": "
            + terms.map { "\($0.feature) \(Terminal.decimals($0.weight)) × \(Terminal.decimals($0.value))" }
            .joined(separator: " + ")
    }
}
