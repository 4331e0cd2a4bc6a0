import Foundation

/// The standard normal distribution.
public enum NormalDistribution {
    /// The chance of a value up to `x`; exact far out on the left, too.
    public static func cumulative(_ x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }

    /// The chance of a value at least as far from 0 as `z`.
    public static func twoSided(_ z: Double) -> Double { erfc(z.magnitude / 2.0.squareRoot()) }

    /// The value that is not exceeded with the chance `p`; −∞ at 0, ∞ at 1, NaN outside.
    ///
    /// Abramowitz & Stegun 26.2.23 gives four digits, and each of three steps of Halley's method triples them.
    public static func quantile(_ p: Double) -> Double {
        guard p > 0, p < 1 else { return p == 0 ? -.infinity : p == 1 ? .infinity : .nan }
        guard p <= 0.5 else { return -quantile(1 - p) }
        let t = (-2 * log(p)).squareRoot()
        var x =
            (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t
        for _ in 0..<3 {
            let step = (cumulative(x) - p) * (2 * Double.pi).squareRoot() * exp(x * x / 2)
            x -= step / (1 + x * step / 2)
        }
        return x
    }
}
