import Foundation

/// Counts that fade: an event of age `a` counts `2^(−a/h)`.
///
/// The store adds up `2^((ts − L)/h)` in any order, also late, and is read as `S·2^(−(t − L)/h)` (forward decay, Cormode
/// et al. 2009).
public struct ForwardDecay: Hashable, Sendable {
    /// Milliseconds in which a count falls to a half.
    public let halfLife: Double
    /// The time L whose events count 1 in ``sum``.
    public let landmark: Timestamp
    /// The sum S at the landmark.
    public private(set) var sum: Double = 0

    /// An empty store; `halfLife` in milliseconds, more than 0.
    public init(landmark: Timestamp, halfLife: Double = Features.playHalfLife) {
        self.landmark = landmark
        self.halfLife = halfLife
    }

    /// Counts one event (or `count` of them) at `time`.
    public mutating func add(_ count: Double = 1, at time: Timestamp) {
        sum += count * exp2(Double(time.milliseconds - landmark.milliseconds) / halfLife)
    }

    /// The decayed count at `time`.
    public func value(at time: Timestamp) -> Double {
        sum * exp2(-Double(time.milliseconds - landmark.milliseconds) / halfLife)
    }
}

/// The features of a score: pure functions with the formulas of the sequencing design.
public enum Features {
    /// Plays count half after 7 days; in milliseconds.
    public static let playHalfLife = 7 * Double(Timestamp.day)
    /// A title is half as recent after 365 days; in milliseconds.
    public static let recencyHalfLife = 365 * Double(Timestamp.day)
    /// Clicks and skips count half after 14 days; in milliseconds.
    public static let responseHalfLife = 14 * Double(Timestamp.day)
    /// How many expected clicks, all of them clicked as expected, each title starts with.
    public static let responsePseudoCounts = 3.0
    /// The same of skips.
    public static let skipPseudoCounts = 10.0
    /// How many likes the population's taste counts for in that of a part of the week.
    public static let daypartShrinkage = 500.0
    /// How long what its genres have counts for a new title: half after 14 days; in milliseconds.
    public static let newTitleHalfLife = 14 * Double(Timestamp.day)
    /// How many likes the population's taste counts for in a viewer's (kappa).
    public static let genreShrinkage = 10.0

    /// `ln(1 + c)/ln(1 + max c)`, from 0 to 1; 0 where nothing was ever played.
    public static func popularity(_ count: Double, largest: Double) -> Double {
        largest > 0 ? log1p(count) / log1p(largest) : 0
    }

    /// `2^(−age/h)` for a release `age` milliseconds ago, from 0 to 1; what is yet to come counts as new.
    /// - Parameter halfLife: h, in milliseconds; 365 days without it.
    public static func recency(age: Int64, halfLife: Double = recencyHalfLife) -> Double {
        exp2(-Double(max(age, 0)) / halfLife)
    }
}
