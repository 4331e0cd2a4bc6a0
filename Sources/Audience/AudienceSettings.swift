public import Sequencing

/// How large a simulated audience is, and how it behaves. The defaults are those of the benchmark.
public struct AudienceSettings: Hashable, Sendable {
    /// What all chance is drawn from.
    public var seed: UInt64 = 1
    /// How many viewers there are.
    public var viewers = 20_000
    /// How many titles can be shown at a time.
    public var titles = 200
    /// How many of them are replaced by new ones each week.
    public var newPerWeek = 6
    /// How many days are simulated.
    public var days = 60
    /// How many reels are watched a day.
    public var reelsPerDay = 500
    /// How many plays a day come from elsewhere.
    public var otherPlaysPerDay = 500
    /// How much a viewer's taste changes in a week, in standard deviations of what tastes differ by.
    public var drift = 0.15
    /// How much more often a title is played after a slot of the second arm of an experiment, beside the first.
    public var lift = 0.0
    /// The first moment: 2026-01-01.
    public var start = Timestamp(milliseconds: 1_767_225_600_000)

    /// The settings of the benchmark.
    public init() {}
}

/// Numbers from one generator.
struct Chance {
    private var generator: SplitMix64

    init(seed: UInt64) { generator = SplitMix64(seed: seed) }

    /// From 0 to 1, the end not included.
    mutating func unit() -> Double { generator.nextUnit() }

    /// From 0 to a count, that not included.
    mutating func below(_ count: Int) -> Int { Int(unit() * Double(count)) }

    /// Of a normal distribution (the sum of twelve, Irwin and Hall: tails don't matter here).
    mutating func normal() -> Double { (0..<12).reduce(-6) { sum, _ in sum + unit() } }

    mutating func happens(_ probability: Double) -> Bool { unit() < probability }
}
