/// The title that a slot was given, and what the choice was made of.
struct Pick {
    /// The title's place among the candidates.
    var title: Int
    /// Where it was drawn: the probability, the temperature, and the title's score scaled to 0...1 over all candidates.
    var draw: Draw?

    struct Draw {
        var propensity: Double
        var temperature: Double
        var scaled: Double?
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
    /// The titles that are left, by rising id.
    private var left: [Int]
    /// The largest resemblance of each title to one that is chosen.
    private var resemblance: [Double]

    /// The title of each slot; `nil` where none is left that fits.
    static func picks(
        _ candidates: Candidates, _ slots: [RankedSlot], _ policy: RankingPolicy, seed: UInt64
    ) -> [Pick?] {
        var drawing = Drawing(candidates, slots, policy, seed: seed)
        var picks: [Pick?] = Array(repeating: nil, count: slots.count)
        for step in steps(slots, policy) {
            picks[step.slot] = drawing.draw(step.slot, before: step.rest, temperature: step.temperature)
        }
        return picks
    }

    /// The slots by falling value, each with those that are still open after it.
    private static func steps(
        _ slots: [RankedSlot], _ policy: RankingPolicy
    ) -> [(slot: Int, rest: [Int], temperature: Double)] {
        let order = byFallingValue(policy.arrangement.values(slots))
        return order.enumerated().map { step, slot in
            let isTail = step >= order.count - Exploration.tail
            return (
                slot, Array(order[(step + 1)...]),
                isTail ? policy.exploration.tailTemperature : policy.exploration.temperature
            )
        }
    }

    private init(_ candidates: Candidates, _ slots: [RankedSlot], _ policy: RankingPolicy, seed: UInt64) {
        self.candidates = candidates
        self.slots = slots
        self.policy = policy
        scaled = Self.scaled(candidates.scores)
        generator = SplitMix64(seed: seed)
        fillability = Fillability(candidates.groups, kinds: slots.map(\.kind.number))
        left = Array(0..<candidates.count)
        resemblance = Array(repeating: 0, count: candidates.count)
    }

    /// Scores scaled so that the least is 0 and the largest 1; 0.5 where all are equal.
    private static func scaled(_ scores: [Double]) -> [Double] {
        guard let least = scores.min(), let largest = scores.max(), largest > least else {
            return scores.map { _ in 0.5 }
        }
        return scores.map { ($0 - least) / (largest - least) }
    }

    /// The titles that may fill a slot, by rising id, and what each is worth beside those that are chosen.
    private func choice(_ slot: Int, before rest: [Int]) -> (titles: [Int], values: [Double]) {
        let titles = fillability.allowed(left, in: slot, before: rest)
        let values = titles.map {
            MarginalRelevance.value(scaled[$0], resemblance: resemblance[$0], share: policy.diversity)
        }
        return (titles, values)
    }

    private mutating func draw(_ slot: Int, before rest: [Int], temperature: Double) -> Pick? {
        let (titles, values) = choice(slot, before: rest)
        guard !titles.isEmpty else { return nil }
        let drawn = Exploration.draw(values, temperature: temperature, unit: generator.nextUnit())
        let title = titles[drawn.place]
        take(title)
        let draw = Pick.Draw(propensity: drawn.probability, temperature: temperature, scaled: scaled[title])
        return Pick(title: title, draw: policy.exploration.isGreedy ? nil : draw)
    }

    /// How likely the policy fills each slot with each title where those of the slots before it are given.
    /// - Parameter given: for each slot the title.
    /// - Returns: for each slot the titles that may fill it, by their places, and their probabilities; `nil` where a given title may not.
    static func odds(
        of given: [Int], _ candidates: Candidates, _ slots: [RankedSlot], _ policy: RankingPolicy
    ) -> [(titles: [Int], probabilities: [Double])]? {
        var drawing = Drawing(candidates, slots, policy, seed: 0)
        var odds: [(titles: [Int], probabilities: [Double])] = Array(repeating: ([], []), count: slots.count)
        for step in steps(slots, policy) {
            let (titles, values) = drawing.choice(step.slot, before: step.rest)
            guard titles.contains(given[step.slot]) else { return nil }
            odds[step.slot] = (titles, Exploration.probabilities(values, temperature: step.temperature))
            drawing.take(given[step.slot])
        }
        return odds
    }

    private mutating func take(_ title: Int) {
        left.removeAll { $0 == title }
        fillability.take(title)
        guard policy.diversity < 1 else { return }
        for other in left {
            resemblance[other] = max(resemblance[other], candidates.resemblance(title, other))
        }
    }
}
