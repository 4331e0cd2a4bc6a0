/// What was counted of one arm's viewers.
public struct ArmSums: Hashable, Sendable {
    /// The arm's name.
    public var arm: String
    /// Viewers who were given the arm, whether or not they started a reel: the split is judged by them.
    public var viewers: Int
    /// Each metric's sums over the arm's viewers.
    public var metrics: [Experiment.Metric: RatioSums]

    /// Describes what was counted.
    public init(arm: String, viewers: Int, metrics: [Experiment.Metric: RatioSums]) {
        self.arm = arm
        self.viewers = viewers
        self.metrics = metrics
    }
}

/// What an experiment says at one time: for each metric and arm the difference from the control, with an interval and a
/// p value that hold however often one looks, and a conclusion in plain words.
///
///     let report = try ExperimentReport(experiment, arms: sums, at: now)
///     print(report.text)
public struct ExperimentReport: Hashable, Sendable, Encodable {
    /// The experiment.
    public let experiment: Experiment
    /// When it was looked at, in milliseconds since 1970.
    public let at: Int64
    /// Whether it runs at that time.
    public let state: State
    /// Whether the arms have the viewers that they should.
    public let split: Split
    /// What each metric says, the primary one first; empty where the split is off.
    public let results: [Result]
    /// What may be concluded, a sentence a line; none is there twice.
    public let conclusions: [String]

    /// Where an experiment stands.
    public enum State: String, Sendable, Codable {
        /// It has not begun.
        case planned
        /// It runs.
        case running
        /// It has ended.
        case ended
    }

    /// The viewers of the arms beside those that were meant.
    public struct Split: Hashable, Sendable, Encodable {
        /// Viewers of each arm, in the order of the arms.
        public let viewers: [Int]
        /// Each arm's part of the whole; they add up to 1.
        public let shares: [Double]
        /// The p value of χ², for one look.
        public let p: Double
        /// The p value that holds however often one looks.
        public let sequentialP: Double
        /// Whether the result is withheld, since viewers are lost.
        public let isOff: Bool
        /// The verdict in plain words.
        public let sentence: String
    }

    /// What a metric says.
    public struct Result: Hashable, Sendable, Encodable {
        /// The metric.
        public let metric: Experiment.Metric
        /// Whether the experiment is decided by it.
        public let isPrimary: Bool
        /// What was measured in each arm, in the order of the arms.
        public let arms: [ArmValue]
        /// Every other arm beside the control.
        public let comparisons: [Comparison]
    }

    /// What was measured in an arm.
    public struct ArmValue: Hashable, Sendable, Encodable {
        /// The arm's name.
        public let arm: String
        /// Viewers who count for the metric.
        public let viewers: Int
        /// The metric's value; `nil` where nothing was measured.
        public let value: Double?
    }

    /// An arm beside the control.
    public struct Comparison: Hashable, Sendable, Encodable {
        /// The arm's name.
        public let arm: String
        /// The arm's value less the control's, in units of the metric; `nil` with too few viewers and where nothing
        /// varies.
        public let difference: Double?
        /// Where the true difference is, with a chance of 1 − α at all looks together; `nil` with too few viewers and
        /// where nothing varies.
        public let interval: ClosedRange<Double>?
        /// The p value of this look, valid however often one looks; 1 with too few viewers.
        public let p: Double
        /// p corrected for all comparisons of the report (Benjamini & Hochberg).
        public let correctedP: Double
        /// What may be concluded.
        public let verdict: Verdict
        /// The verdict in plain words.
        public let sentence: String
    }

    /// What may be concluded of an arm.
    public enum Verdict: String, Sendable, Codable {
        /// An arm has fewer viewers than are needed.
        case tooFew
        /// All viewers did the same, so that there is nothing to test.
        case unvaried
        /// The interval holds differences that matter and none at all.
        case open
        /// It looks different, and of so many comparisons one may do so by chance.
        case uncorrected
        /// The difference of the primary metric is smaller than any of interest.
        case alike
        /// The arm's value is higher.
        case higher
        /// The arm's value is lower.
        case lower
    }
}
