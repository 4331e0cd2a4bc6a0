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

    func run() throws {
        let circumstances = try circumstances.checked()
        let policy = try policy.checked()
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
        let outcome = try table.plan(PlanRequest(viewer: snapshot.viewer, audio: audio, seed: seed, policy: policy))
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

/// How scores become a plan.
struct PolicyOptions: ParsableArguments {
    @Option(
        name: .long,
        help: "What preference, popularity and recency weigh: three numbers with commas. Without it 1,1,0.02.")
    var weights: String?
    @Option(
        name: .long,
        help:
            "How much the score counts against resemblance in choosing the next title, from 0 to 1; 1 leaves resemblance out."
    )
    var diversity: Double = 1
    @Option(name: .long, help: "Leaves something to chance: each slot is drawn at this temperature; 0 takes the best.")
    var temperature: Double = 0
    @Option(name: .long, help: "The temperature of the two slots of least value; without it the same.")
    var tailTemperature: Double?

    func checked() throws(Fault) -> RankingPolicy {
        guard (0...1).contains(diversity) else {
            throw Fault(.usage, "--diversity \(diversity): is not from 0 to 1")
        }
        for (name, value) in [("--temperature", temperature), ("--tail-temperature", tailTemperature ?? 0)]
        where !(0...100).contains(value) {
            throw Fault(.usage, "\(name) \(value): is not from 0 to 100")
        }
        return RankingPolicy(
            weights: try scoreWeights(), diversity: diversity,
            exploration: Exploration(temperature: temperature, tailTemperature: tailTemperature ?? temperature))
    }

    private func scoreWeights() throws(Fault) -> ScoreWeights {
        guard let weights else { return .standard }
        let numbers = weights.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
        let isSound = numbers.count == 3 && numbers.allSatisfy { ($0?.magnitude ?? .infinity) <= 1_000 }
        guard isSound, case let known = numbers.compactMap(\.self) else {
            throw Fault(.usage, "--weights \(weights): expected three numbers up to 1000, such as 1,1,0.02")
        }
        return ScoreWeights(preference: known[0], popularity: known[1], recency: known[2])
    }
}
