import Foundation

/// How a plan is made of scores: what each feature weighs, how much titles must differ, and how much is left to chance.
public struct RankingPolicy: Hashable, Sendable {
    /// The weights of the score.
    public var weights: ScoreWeights
    /// The share of the score in choosing the next title; the rest is how little it resembles those that are chosen. 1 leaves resemblance
    /// out.
    public var diversity: Double
    /// What is left to chance.
    public var exploration: Exploration
    /// Which slots get the better titles.
    public var arrangement: Arrangement

    /// The standard weights, no regard to resemblance, nothing left to chance.
    public static let standard = RankingPolicy()

    /// Makes a policy. `diversity` is from 0 to 1.
    public init(
        weights: ScoreWeights = .standard, diversity: Double = 1, exploration: Exploration = .none,
        arrangement: Arrangement = .value
    ) {
        precondition((0...1).contains(diversity), "diversity \(diversity) is not from 0 to 1")
        self.weights = weights
        self.diversity = diversity
        self.exploration = exploration
        self.arrangement = arrangement
    }
}

/// Which slots get the better titles.
public enum Arrangement: String, Sendable, Hashable, Codable, CaseIterable {
    /// Longer slots; of equal ones the earlier.
    case value
    /// Earlier slots, however long they are.
    case cadence

    /// What a good title is worth in each slot.
    func values(_ slots: [RankedSlot]) -> [Double] {
        switch self {
        case .value: slots.map(\.kind.value)
        case .cadence: slots.indices.map { Double(slots.count - $0) }
        }
    }
}

/// What a plan leaves to chance: one softmax draw for each slot over the titles that are left (sequential Plackett–Luce).
///
/// The probability of each draw is known exactly, so that what came of it can be weighed later.
public struct Exploration: Hashable, Sendable {
    /// The temperature of most slots; 0 takes the best.
    public var temperature: Double
    /// The temperature of the two slots of least value.
    public var tailTemperature: Double
    /// Whether the response of each title is drawn from what is known of it (Thompson sampling, Chapelle & Li 2011): a title of which little
    /// is known is now and then thought much of. It matters as much as the response weighs.
    public var drawsResponses = false

    /// How many slots are the tail.
    static let tail = 2

    /// Responses are drawn, and then the best is taken.
    public static let thompson: Exploration = {
        var exploration = Exploration.none
        exploration.drawsResponses = true
        return exploration
    }()

    /// Nothing is drawn.
    public static let none = Exploration(temperature: 0, tailTemperature: 0)
    /// A little chance at the head, more at the end: what the sequencing design measured as best.
    public static let standard = Exploration(temperature: 0.05, tailTemperature: 0.3)

    /// Makes temperatures, each finite and not negative.
    public init(temperature: Double, tailTemperature: Double) {
        precondition(
            temperature >= 0 && temperature.isFinite && tailTemperature >= 0 && tailTemperature.isFinite,
            "a temperature is negative or no number")
        self.temperature = temperature
        self.tailTemperature = tailTemperature
    }

    /// Whether nothing is drawn.
    public var isNone: Bool { isGreedy && !drawsResponses }
    /// Whether each slot gets the best title for it.
    var isGreedy: Bool { temperature == 0 && tailTemperature == 0 }

    /// How likely each of `values` is drawn: `exp(v/T) / Σ exp(v/T)`. At temperature 0 the largest, of equal ones the first, is certain.
    public static func probabilities(_ values: [Double], temperature: Double) -> [Double] {
        let largest = values.max() ?? 0
        guard temperature > 0 else {
            let best = values.firstIndex(of: largest)
            return values.indices.map { $0 == best ? 1 : 0 }
        }
        let weights = values.map { exp(($0 - largest) / temperature) }
        let total = weights.reduce(0, +)
        return weights.map { $0 / total }
    }

    /// Draws one of `values`: the first whose cumulative probability exceeds `unit`, a number in [0, 1).
    ///
    /// - Returns: its place, and the probability with which it is drawn: `exp(v/T) / Σ exp(v/T)`. At temperature 0 the largest, of equal
    ///   ones the first, and 1.
    public static func draw(_ values: [Double], temperature: Double, unit: Double) -> (place: Int, probability: Double)
    {
        precondition(!values.isEmpty, "nothing to draw from")
        let largest = values.max() ?? 0
        guard temperature > 0 else { return (values.firstIndex(of: largest) ?? 0, 1) }
        let weights = values.map { exp(($0 - largest) / temperature) }
        let total = weights.reduce(0, +)
        var cumulative = 0.0
        for (place, weight) in weights.enumerated() {
            cumulative += weight
            if cumulative > unit * total { return (place, weight / total) }
        }
        // Rounding can leave the last bit of the sum out.
        let last = weights.lastIndex { $0 > 0 } ?? 0
        return (last, weights[last] / total)
    }
}

/// Maximal marginal relevance (Carbonell & Goldstein 1998): a score, less for what resembles something that is chosen.
public enum MarginalRelevance {
    /// `share·score − (1 − share)·resemblance`, where `resemblance` is the largest to anything chosen, 0 before anything is.
    public static func value(_ score: Double, resemblance: Double, share: Double) -> Double {
        share * score - (1 - share) * resemblance
    }
}
