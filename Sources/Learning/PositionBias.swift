public import Diagnostics
private import Foundation

/// How much of a click is the slot's and how much the title's: the position-based model `P(click) = θ_slot·α_title`.
///
/// Whoever clicks has looked at the slot (θ, examination) and is drawn to the title (α, attraction) (Richardson et al.
/// 2007, Craswell et al. 2008). Both are known only up to a common factor, so θ is relative to the first slot.
public struct PositionBias: Equatable, Sendable {
    /// θ of each slot; 1 for the first one, and more than 1 for a slot that is looked at more often than that.
    public let examination: [Double]
    /// α of each title: its click rate in the first slot.
    public let attraction: [Double]
    /// `Σ clicks·ln(θα) + (impressions − clicks)·ln(1 − θα)`, in nats.
    public let logLikelihood: Double
    /// How many rounds of expectation and maximisation it took.
    public let rounds: Int

    /// Finds the likeliest θ and α by expectation maximisation (Dempster et al. 1977).
    ///
    /// - Parameters:
    ///   - impressions: how often each title was shown in each slot, `impressions[slot][title]`; may be decayed counts.
    ///   - clicks: how often it was clicked there, at most as often as it was shown.
    /// - Throws: `Fault` `.badInput` for tables of different shapes, for counts that are negative, no number or more
    ///   clicks than impressions, for a slot or title that was never shown, for slots that no titles connect (their θ
    ///   cannot be compared), and where nothing was clicked in the first slot; `.badInput` too where it does not
    ///   settle.
    public init(impressions: [[Double]], clicks: [[Double]]) throws(Fault) {
        try Self.check(impressions, clicks)
        let titles = impressions[0].count
        var model = Model(
            theta: Array(repeating: 0.5, count: impressions.count), alpha: Array(repeating: 0.5, count: titles))
        for round in 1...Self.mostRounds {
            let next = model.improved(impressions, clicks)
            let change = next.largestChange(from: model)
            model = next
            guard change < 1e-12 else { continue }
            let first = model.theta[0]
            examination = model.theta.map { $0 / first }
            attraction = model.alpha.map { $0 * first }
            logLikelihood = model.logLikelihood(impressions, clicks)
            rounds = round
            return
        }
        throw Fault(.badInput, "the position bias does not settle in \(Self.mostRounds) rounds; give it more clicks")
    }

    private static let mostRounds = 200_000

    private static func check(_ impressions: [[Double]], _ clicks: [[Double]]) throws(Fault) {
        guard let titles = impressions.first?.count, titles > 0 else {
            throw Fault(.badInput, "a position bias needs at least one slot and one title")
        }
        guard clicks.count == impressions.count else {
            throw Fault(.badInput, "impressions of \(impressions.count) slots cannot go with clicks of \(clicks.count)")
        }
        for slot in impressions.indices {
            guard impressions[slot].count == titles, clicks[slot].count == titles else {
                throw Fault(
                    .badInput,
                    "slot \(slot): has impressions of \(impressions[slot].count) titles and clicks of "
                        + "\(clicks[slot].count); slot 0 has \(titles)")
            }
            for title in 0..<titles {
                let (shown, clicked) = (impressions[slot][title], clicks[slot][title])
                guard shown.isFinite, clicked >= 0, clicked <= shown else {
                    throw Fault(.badInput, "slot \(slot): title \(title): \(clicked) clicks of \(shown) impressions")
                }
            }
        }
        guard clicks[0].contains(where: { $0 > 0 }) else {
            throw Fault(.badInput, "nothing was clicked in slot 0; the other slots can't be related to it")
        }
        if let title = (0..<titles).first(where: { title in impressions.allSatisfy { $0[title] == 0 } }) {
            throw Fault(.badInput, "title \(title): was never shown; leave it out")
        }
        if let slot = unconnected(impressions) {
            throw Fault(
                .badInput, "slot \(slot): shares no titles with slot 0, not even through others; show some in both")
        }
    }

    /// A slot that cannot be compared with the first: no chain of common titles leads there.
    private static func unconnected(_ impressions: [[Double]]) -> Int? {
        var reached: Set<Int> = [0]
        var waiting = [0]
        while let slot = waiting.popLast() {
            for other in impressions.indices where !reached.contains(other) {
                guard zip(impressions[slot], impressions[other]).contains(where: { $0 > 0 && $1 > 0 }) else { continue }
                reached.insert(other)
                waiting.append(other)
            }
        }
        return impressions.indices.first { !reached.contains($0) }
    }
}

private struct Model {
    var theta: [Double]
    var alpha: [Double]

    /// One round: who looked and who was drawn, given the clicks; then the shares of those.
    func improved(_ impressions: [[Double]], _ clicks: [[Double]]) -> Model {
        var looked = [Double](repeating: 0, count: theta.count)
        var drawn = [Double](repeating: 0, count: alpha.count)
        var shownInSlot = looked
        var shownTitle = drawn
        for slot in theta.indices {
            for title in alpha.indices {
                let (shown, clicked) = (impressions[slot][title], clicks[slot][title])
                guard shown > 0 else { continue }
                // Without a click: did not look, was not drawn, or neither.
                let idle = 1 - theta[slot] * alpha[title]
                let missed = idle > 0 ? (shown - clicked) / idle : 0
                looked[slot] += clicked + missed * theta[slot] * (1 - alpha[title])
                drawn[title] += clicked + missed * alpha[title] * (1 - theta[slot])
                shownInSlot[slot] += shown
                shownTitle[title] += shown
            }
        }
        return Model(theta: zip(looked, shownInSlot).map(/), alpha: zip(drawn, shownTitle).map(/))
    }

    /// The largest change of any θ or α; both lie between 0 and 1.
    func largestChange(from other: Model) -> Double {
        zip(theta + alpha, other.theta + other.alpha).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
    }

    func logLikelihood(_ impressions: [[Double]], _ clicks: [[Double]]) -> Double {
        var sum = 0.0
        for slot in theta.indices {
            for title in alpha.indices {
                let (shown, clicked) = (impressions[slot][title], clicks[slot][title])
                let rate = theta[slot] * alpha[title]
                if clicked > 0 { sum += clicked * log(rate) }
                if shown > clicked { sum += (shown - clicked) * log1p(-rate) }
            }
        }
        return sum
    }
}
