import Foundation

/// How much higher a value is in one arm than in another, with its variance.
public struct RateDifference: Hashable, Sendable {
    /// The second value less the first.
    public let value: Double
    /// The variance of the difference: the sum of both.
    public let variance: Double
    /// How many viewers the smaller arm has.
    public let viewersPerArm: Int

    /// The difference from `first` (the control) to `second`.
    public init(from first: RateEstimate, to second: RateEstimate) {
        value = second.value - first.value
        variance = first.variance + second.variance
        viewersPerArm = min(first.viewers, second.viewers)
    }
}

/// The mixture sequential probability ratio test, mSPRT (Johari et al. arXiv:1512.04922): a test of two rates that may
/// be looked at as often as one likes, and stopped when it says something.
///
/// `Λ = √(s²/(s² + τ²))·exp(τ²d²/(2s²(s² + τ²)))` with the difference d, its variance s² and the smallest effect of
/// interest τ; p is 1/max Λ over all looks, 1 at most. Where nothing differs p falls below α with a chance of α at
/// most, ever.
public struct MixtureTest: Hashable, Sendable {
    /// The smallest effect of interest τ, in units of the difference; more than 0.
    public let smallestEffect: Double
    /// Viewers that each arm needs before a look counts: rates of few are not normal yet.
    public let minimumPerArm: Int
    /// The largest ln Λ of the looks so far, 0 at least.
    public private(set) var logEvidence = 0.0

    /// A test that has seen nothing.
    public init(smallestEffect: Double, minimumPerArm: Int = Experiment.defaultMinimumPerArm) {
        self.smallestEffect = smallestEffect
        self.minimumPerArm = minimumPerArm
    }

    /// Looks at all that was measured so far.
    public mutating func look(at difference: RateDifference) {
        guard difference.viewersPerArm >= minimumPerArm else { return }
        logEvidence = max(logEvidence, Self.logRatio(difference, smallestEffect: smallestEffect))
    }

    /// The p value, valid at any time.
    public var p: Double { exp(-logEvidence) }

    /// ln Λ of one look; 0, no evidence, where nothing varies.
    public static func logRatio(_ difference: RateDifference, smallestEffect: Double) -> Double {
        let variance = difference.variance
        guard variance > 0 else { return 0 }
        let mixed = variance + smallestEffect * smallestEffect
        let exponent = smallestEffect * smallestEffect * difference.value * difference.value / (2 * variance * mixed)
        return exponent + log(variance / mixed) / 2
    }
}
