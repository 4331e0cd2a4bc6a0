import Foundation

/// The chi-square distribution, through the regularised incomplete gamma functions P and Q.
public enum ChiSquareDistribution {
    /// The chance of at least `x` with `degrees` of freedom: `Q(degrees/2, x/2)`.
    public static func survival(_ x: Double, degrees: Int) -> Double {
        upperGamma(Double(degrees) / 2, x / 2)
    }

    /// The value that is not exceeded with the chance `p`; 0 at 0, ∞ at 1, NaN outside.
    ///
    /// Bisection between bounds that hold it: as slow as it is safe, and nothing here is in a hurry.
    public static func quantile(_ p: Double, degrees: Int) -> Double {
        guard p > 0, p < 1 else { return p == 0 ? 0 : p == 1 ? .infinity : .nan }
        let shape = Double(degrees) / 2
        // The smaller of the two chances is the one that is exact.
        func isBelow(_ half: Double) -> Bool {
            p < 0.5 ? lowerGamma(shape, half) < p : upperGamma(shape, half) > 1 - p
        }
        var low = 0.0
        var high = max(shape, 1)
        while isBelow(high) { (low, high) = (high, high * 2) }
        while true {
            let middle = low + (high - low) / 2
            guard low < middle, middle < high else { return high * 2 }
            if isBelow(middle) { low = middle } else { high = middle }
        }
    }

    /// P(a, x), the chance of a gamma variable up to x.
    static func lowerGamma(_ a: Double, _ x: Double) -> Double {
        guard x > 0, x.isFinite else { return x > 0 ? 1 : 0 }
        return x < a + 1 ? series(a, x) : 1 - fraction(a, x)
    }

    /// Q(a, x) = 1 − P(a, x).
    static func upperGamma(_ a: Double, _ x: Double) -> Double {
        guard x > 0, x.isFinite else { return x > 0 ? 0 : 1 }
        return x < a + 1 ? 1 - series(a, x) : fraction(a, x)
    }

    /// `x^a·e^−x/Γ(a)`.
    private static func scale(_ a: Double, _ x: Double) -> Double { exp(a * log(x) - x - logGamma(a)) }

    /// P by its power series (DLMF 8.7.1), for x < a + 1.
    private static func series(_ a: Double, _ x: Double) -> Double {
        var term = 1 / a
        var sum = term
        var divisor = a
        while term > sum * 1e-17 {
            divisor += 1
            term *= x / divisor
            sum += term
        }
        return scale(a, x) * sum
    }

    /// Q by its continued fraction (DLMF 8.9.2) with Lentz's method, for x ≥ a + 1.
    private static func fraction(_ a: Double, _ x: Double) -> Double {
        var denominator = x + 1 - a
        var c = Double.infinity
        var d = 1 / denominator
        var result = d
        for step in 1...100_000 {
            let numerator = Double(step) * (a - Double(step))
            denominator += 2
            d = 1 / (denominator + numerator * d)
            c = denominator + numerator / c
            result *= c * d
            if (c * d - 1).magnitude < 1e-16 { break }
        }
        return scale(a, x) * result
    }
}

/// The logarithm of the gamma function, for positive numbers.
func logGamma(_ x: Double) -> Double { lgamma(x) }
