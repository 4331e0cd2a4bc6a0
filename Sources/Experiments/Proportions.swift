import Distributions
import Foundation

/// Statistics of shares that are looked at once, at an end that was set beforehand.
public enum Proportions {
    /// The two-proportion z test with a pooled variance: z (positive where the first share is larger) and the two-sided
    /// p. Without any variance z is 0.
    ///
    /// To look at it again and again finds differences where there are none; ``MixtureTest`` may be.
    public static func zTest(_ first: (successes: Int, of: Int), _ second: (successes: Int, of: Int)) -> (
        z: Double, p: Double
    ) {
        let counts = (first: Double(first.of), second: Double(second.of))
        let pooled = Double(first.successes + second.successes) / (counts.first + counts.second)
        let variance = pooled * (1 - pooled) * (1 / counts.first + 1 / counts.second)
        guard variance > 0 else { return (0, 1) }
        let difference = Double(first.successes) / counts.first - Double(second.successes) / counts.second
        let z = difference / variance.squareRoot()
        return (z, NormalDistribution.twoSided(z))
    }

    /// Wilson's interval of a share (1927): inside [0, 1], and good for few successes too. `count` is at least 1.
    public static func wilson(successes: Int, of count: Int, alpha: Double = 0.05) -> ClosedRange<Double> {
        let n = Double(count)
        let share = Double(successes) / n
        let z = -NormalDistribution.quantile(alpha / 2)
        let middle = share + z * z / (2 * n)
        let radius = z * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
        let scale = 1 + z * z / n
        // Rounding must not carry a share of 0 or 1 out of the interval.
        return max(0, (middle - radius) / scale)...min(1, (middle + radius) / scale)
    }
}
