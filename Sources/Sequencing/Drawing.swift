/// The title that a slot was given, and what the choice was made of.
struct Pick {
    /// The title's rank among the candidates.
    var rank: Int
    /// Where it was drawn: the probability, the temperature, and the title's score scaled to 0...1 over all candidates.
    var draw: Draw?

    struct Draw {
        var propensity: Double
        var temperature: Double
        var scaled: Double
    }
}

/// Fills slots one after another by falling value, each with one draw among the titles that are left.
///
/// The titles of a draw are those that fit the slot and leave as many other slots fillable as ever. They stand in the order of their ids,
/// and their values are marginal relevances of scores that are scaled to 0...1 over all candidates.
struct Drawing {
    private let candidates: Candidates
    private let slots: [RankedSlot]
    private let policy: RankingPolicy
    private let scaled: [Double]
    private var generator: SplitMix64
    private var fillability: Fillability
    private var isTaken: [Bool]
    /// The largest resemblance of each title to one that is chosen.
    private var resemblance: [Double]

    /// The title of each slot; `nil` where none is left that fits.
    static func picks(
        _ candidates: Candidates, _ slots: [RankedSlot], _ policy: RankingPolicy, seed: UInt64
    ) -> [Pick?] {
        var drawing = Drawing(candidates, slots, policy, seed: seed)
        let order = byFallingValue(slots.map(\.kind.value))
        var picks: [Pick?] = Array(repeating: nil, count: slots.count)
        for (step, slot) in order.enumerated() {
            let isTail = step >= order.count - Exploration.tail
            picks[slot] = drawing.draw(
                slot, before: Array(order[(step + 1)...]),
                temperature: isTail ? policy.exploration.tailTemperature : policy.exploration.temperature)
        }
        return picks
    }

    private init(_ candidates: Candidates, _ slots: [RankedSlot], _ policy: RankingPolicy, seed: UInt64) {
        self.candidates = candidates
        self.slots = slots
        self.policy = policy
        scaled = Self.scaled(candidates.scoresByID)
        generator = SplitMix64(seed: seed)
        fillability = Fillability(titles: candidates.count, slots: slots.count) { title, slot in
            candidates.range(candidates.rankByID[title], slots[slot].kind) != nil
        }
        isTaken = Array(repeating: false, count: candidates.count)
        resemblance = Array(repeating: 0, count: candidates.count)
    }

    /// Scores scaled so that the least is 0 and the largest 1; 0.5 where all are equal.
    private static func scaled(_ scores: [Double]) -> [Double] {
        guard let least = scores.min(), let largest = scores.max(), largest > least else {
            return scores.map { _ in 0.5 }
        }
        return scores.map { ($0 - least) / (largest - least) }
    }

    private mutating func draw(_ slot: Int, before rest: [Int], temperature: Double) -> Pick? {
        let allowed = fillability.allowed(in: slot, before: rest)
        let titles = isTaken.indices.filter { title in
            !isTaken[title] && fillability.isAllowed(title, allowed)
        }
        guard !titles.isEmpty else { return nil }
        let values = titles.map {
            MarginalRelevance.value(scaled[$0], resemblance: resemblance[$0], share: policy.diversity)
        }
        let drawn = Exploration.draw(values, temperature: temperature, unit: generator.nextUnit())
        let title = titles[drawn.place]
        take(title)
        let draw = Pick.Draw(propensity: drawn.probability, temperature: temperature, scaled: scaled[title])
        return Pick(rank: candidates.rankByID[title], draw: policy.exploration.isNone ? nil : draw)
    }

    private mutating func take(_ title: Int) {
        isTaken[title] = true
        fillability.take(title)
        guard policy.diversity < 1 else { return }
        for other in isTaken.indices where !isTaken[other] {
            resemblance[other] = max(resemblance[other], candidates.resemblance(title, other))
        }
    }
}
