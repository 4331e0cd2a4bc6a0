import Diagnostics
public import Learning
import Sequencing

/// What was said at the gate: the estimates of both models on days that neither has seen, and whether the new one may go live.
public struct GateReport: Sendable {
    /// Slots that both were judged by.
    public var rows: Int
    /// Of them, those that were followed by a play.
    public var positives: Int
    /// The model in use.
    public var live: PolicyEstimate?
    /// The new one.
    public var candidate: PolicyEstimate?
    /// The new one's doubly robust estimate less that of the model in use, slot by slot, in plays for each slot that is shown.
    public var difference: Estimate?
    /// Whether it may go live.
    public var isPassed: Bool
    /// Why, or why not, in a line.
    public var reason: String
}

/// Holds a new model against the one in use, by the log of days that it has not seen.
struct Gate {
    private let window: LogWindow
    private let leastEvidence: Double

    init(_ window: LogWindow, leastEvidence: Double) { (self.window, self.leastEvidence) = (window, leastEvidence) }

    typealias Ranking = (policy: RankingPolicy, items: ItemModel?)

    func compare(_ candidate: Ranking, with live: Ranking) throws(Fault) -> GateReport {
        let judge: PolicyJudge
        do throws(Fault) {
            judge = try PolicyJudge(window)
        } catch {
            guard error.status == .badInput else { throw error }
            return GateReport(rows: 0, positives: 0, isPassed: false, reason: "not judged: \(error.message)")
        }
        let (new, old) = (
            try judge.judge(candidate.policy, items: candidate.items), try judge.judge(live.policy, items: live.items)
        )
        let difference = try Estimate.difference(new.slots.scores, minus: old.slots.scores)
        let reason = refusal(new.slots, old.slots)
        return GateReport(
            rows: judge.rows.count, positives: judge.positives, live: old, candidate: new, difference: difference,
            isPassed: reason == nil,
            reason: reason
                ?? "passed: SNIPS \(Self.words(new.slots.snips)) and DR \(Self.words(new.slots.crossFitted.doublyRobust)) "
                + "are not below the live model's \(Self.words(old.slots.snips)) and "
                + "\(Self.words(old.slots.crossFitted.doublyRobust))")
    }

    /// Why the new model may not go live.
    private func refusal(_ new: OffPolicy, _ old: OffPolicy) -> String? {
        for (name, estimate) in [("new", new), ("live", old)] where estimate.effectiveSampleSize < leastEvidence {
            return
                "refused: the log says of the \(name) model what \(Int(estimate.effectiveSampleSize)) slots of its own "
                + "would; \(Int(leastEvidence)) are the least: hold out more days, or leave more to chance"
        }
        for (name, value, other) in [
            ("SNIPS", new.snips, old.snips),
            ("DR", new.crossFitted.doublyRobust, old.crossFitted.doublyRobust),
        ] where value.value < other.value {
            return "refused: \(name) \(Self.words(value)) is below the live model's \(Self.words(other))"
        }
        return nil
    }

    private static func words(_ estimate: Estimate) -> String {
        let error = estimate.standardError.map { " ±\(rounded($0))" } ?? ""
        return rounded(estimate.value) + error
    }

    private static func rounded(_ number: Double) -> String {
        let scaled = (number * 100_000).rounded()
        return "\(scaled / 100_000)"
    }
}
