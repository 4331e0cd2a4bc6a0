import Distributions
import Foundation

/// Sample ratio mismatch: whether the arms have the viewers that their shares promise (Fabijan et al. 2019).
///
/// A split that is off means that viewers of an arm are lost or doubled on the way, and then no difference between arms
/// means anything.
public struct SampleRatio: Hashable, Sendable {
    /// Viewers of each arm.
    public let viewers: [Int]
    /// Each arm's part of the whole; they add up to 1.
    public let shares: [Double]

    /// The p below which a split is off. Small, since it withholds a result.
    public static let alarm = 0.001

    /// A split. `weights` are each arm's part in any unit, such as buckets: as many as arms, each more than 0.
    public init(viewers: [Int], weights: [Int]) {
        self.viewers = viewers
        let total = weights.reduce(0, +)
        shares = weights.map { Double($0) / Double(total) }
    }

    /// The viewers that each arm should have.
    public var expected: [Double] {
        let total = Double(viewers.reduce(0, +))
        return shares.map { $0 * total }
    }

    /// Pearson's χ² of the viewers and what was expected; 0 without viewers.
    public var chiSquare: Double {
        zip(viewers, expected).reduce(0) { sum, arm in
            let error = Double(arm.0) - arm.1
            return arm.1 > 0 ? sum + error * error / arm.1 : sum
        }
    }

    /// The p value of χ², for one look at the end.
    public var p: Double { ChiSquareDistribution.survival(chiSquare, degrees: viewers.count - 1) }

    /// ln of the Bayes factor for "other shares" against "these shares" (Lindon & Malek 2022): a Dirichlet prior around
    /// the shares, worth `concentration` viewers.
    public func logBayesFactor(concentration: Double = 100) -> Double {
        let prior = shares.map { $0 * concentration }
        let posterior = zip(prior, viewers).map { $0 + Double($1) }
        let fixed = zip(shares, viewers).reduce(0) { $0 + Double($1.1) * log($1.0) }
        return Self.logBeta(posterior) - Self.logBeta(prior) - fixed
    }

    /// A p value that holds however often one looks: 1/Bayes factor, 1 at most.
    public var sequentialP: Double { min(1, exp(-logBayesFactor())) }

    /// Whether the split is off by either test.
    ///
    /// χ² finds a leak sooner, and pays for being looked at often with a false alarm now and then; that only sends
    /// people to look for a leak.
    public var isOff: Bool { min(p, sequentialP) < Self.alarm }

    private static func logBeta(_ parameters: [Double]) -> Double {
        parameters.reduce(0) { $0 + IncompleteGamma.logGamma($1) } - IncompleteGamma.logGamma(parameters.reduce(0, +))
    }
}
