public import Diagnostics
private import Foundation

/// What is known of a rate: a distribution that can be drawn from.
public protocol Posterior: Sendable {
    /// The expected rate.
    var mean: Double { get }
    /// Draws a rate.
    func sample(using generator: inout some RandomNumberGenerator) -> Double
}

/// What is known of the ratio of observed to expected clicks (COEC, Zhang & Jones 2007): `Gamma(C + k, X + k)`.
public struct GammaPosterior: Posterior, Hashable, Sendable {
    /// The shape: observed clicks C plus pseudo clicks k.
    public let shape: Double
    /// The rate: expected clicks X plus pseudo clicks k.
    public let rate: Double

    /// Shapes and rates that can be computed with: quantiles take time that grows with the root of the shape.
    public static let range = 1e-6...1e9

    /// A distribution with the mean `shape/rate`.
    ///
    /// - Throws: `Fault` `.badInput` for what is outside ``range``.
    public init(shape: Double, rate: Double) throws(Fault) {
        for (name, value) in [("shape", shape), ("rate", rate)] where !Self.range.contains(value) {
            throw Fault(.badInput, "\(name) \(value) of a gamma distribution is not from 1e-6 to 1e9")
        }
        self.shape = shape
        self.rate = rate
    }

    /// The posterior of a title with `clicks` (C) where `expected` (X) would be usual, each 0 or more and possibly
    /// decayed.
    ///
    /// - Parameter pseudoClicks: k, how many usual clicks a title starts with, more than 0.
    /// - Throws: `Fault` `.badInput` for a number that is negative or none, and as ``init(shape:rate:)``.
    public init(clicks: Double, expected: Double, pseudoClicks: Double = 3) throws(Fault) {
        guard clicks >= 0, expected >= 0, pseudoClicks > 0 else {
            throw Fault(
                .badInput,
                "\(clicks) clicks of \(expected) expected ones, with \(pseudoClicks) more: none may be negative")
        }
        try self.init(shape: clicks + pseudoClicks, rate: expected + pseudoClicks)
    }

    /// The expected ratio; 1 is usual.
    public var mean: Double { shape / rate }

    /// The probability that the ratio is at most `ratio`.
    public func cumulative(_ ratio: Double) -> Double { IncompleteGamma.both(shape, max(ratio, 0) * rate).lower }

    /// The ratio that is not exceeded with the given probability, more than 0 and less than 1; to 1e-12 of itself.
    public func quantile(_ probability: Double) -> Double {
        precondition(probability > 0 && probability < 1, "a quantile's probability lies between 0 and 1")
        return IncompleteGamma.inverse(shape, probability) / rate
    }

    /// Draws a ratio.
    public func sample(using generator: inout some RandomNumberGenerator) -> Double {
        exp(logGammaSample(shape, &generator)) / rate
    }
}

/// What is known of a click rate with a clicks and b shows without one: `Beta(a, b)`.
public struct BetaPosterior: Posterior, Hashable, Sendable {
    /// Clicks plus those of the prior (a).
    public let clicks: Double
    /// Shows without a click plus those of the prior (b).
    public let misses: Double

    /// A distribution with the mean `clicks/(clicks + misses)`.
    ///
    /// - Throws: `Fault` `.badInput` for what is outside ``GammaPosterior/range``.
    public init(clicks: Double, misses: Double) throws(Fault) {
        for (name, value) in [("clicks", clicks), ("misses", misses)] where !GammaPosterior.range.contains(value) {
            throw Fault(.badInput, "\(name) \(value) of a beta distribution are not from 1e-6 to 1e9")
        }
        self.clicks = clicks
        self.misses = misses
    }

    /// The expected rate.
    public var mean: Double { clicks / (clicks + misses) }

    /// Draws a rate, as the share of one gamma variable in the sum of two.
    public func sample(using generator: inout some RandomNumberGenerator) -> Double {
        let click = logGammaSample(clicks, &generator)
        let miss = logGammaSample(misses, &generator)
        // By the difference of logarithms: both variables may be too small to be numbers.
        return 1 / (1 + exp(miss - click))
    }
}

/// Thompson sampling: each is shown as often as it is probably the best (Thompson 1933, Chapelle & Li 2011).
public enum Thompson {
    /// The probability of each to be the best, from `draws` joint draws; ties go to the first.
    ///
    /// Off by about `√(p(1 − p)/draws)`. The same generator gives the same probabilities.
    /// - Throws: `Fault` `.badInput` without posteriors or draws.
    public static func probabilitiesOfBest<Arm: Posterior>(
        _ posteriors: [Arm], draws: Int, using generator: inout some RandomNumberGenerator
    ) throws(Fault) -> [Double] {
        guard !posteriors.isEmpty, draws > 0 else {
            throw Fault(.badInput, "\(draws) draws of \(posteriors.count) posteriors have no best one")
        }
        var wins = [Int](repeating: 0, count: posteriors.count)
        for _ in 0..<draws {
            var (best, highest) = (0, -Double.infinity)
            for (index, posterior) in posteriors.enumerated() {
                let rate = posterior.sample(using: &generator)
                if rate > highest { (best, highest) = (index, rate) }
            }
            wins[best] += 1
        }
        return wins.map { Double($0) / Double(draws) }
    }
}

/// The logarithm of a gamma variable of rate 1 (Marsaglia & Tsang 2000).
private func logGammaSample(_ shape: Double, _ generator: inout some RandomNumberGenerator) -> Double {
    // A shape below 1 is one above, times u^(1/shape): in logarithms, since that power is often too small for a number.
    let lifted = shape < 1 ? shape + 1 : shape
    let boost = shape < 1 ? log(unit(&generator)) / shape : 0
    let d = lifted - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
        let x = normalSample(&generator)
        let v = 1 + c * x
        guard v > 0 else { continue }
        let cube = v * v * v
        if log(unit(&generator)) < 0.5 * x * x + d - d * cube + d * log(cube) { return log(d * cube) + boost }
    }
}

/// A standard normal variable (Marsaglia's polar method, without its second variable: no state to keep).
private func normalSample(_ generator: inout some RandomNumberGenerator) -> Double {
    while true {
        let (x, y) = (2 * unit(&generator) - 1, 2 * unit(&generator) - 1)
        let radius = x * x + y * y
        if radius > 0, radius < 1 { return x * (-2 * log(radius) / radius).squareRoot() }
    }
}

/// A number in (0, 1): the middle of one of 2^52 equal parts, so that its logarithm is finite.
private func unit(_ generator: inout some RandomNumberGenerator) -> Double {
    (Double(generator.next() >> 12) + 0.5) * 0x1p-52
}
