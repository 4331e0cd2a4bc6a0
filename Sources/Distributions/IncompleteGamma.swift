private import Foundation

/// The regularised incomplete gamma function `P(a, x) = ∫₀ˣ t^(a−1)·e^−t dt / Γ(a)` and its inverse.
public enum IncompleteGamma {
    /// P and its complement Q = 1 − P, each to full relative precision; a > 0, x ≥ 0.
    public static func both(_ a: Double, _ x: Double) -> (lower: Double, upper: Double) {
        guard x > 0 else { return (0, 1) }
        guard x.isFinite else { return (1, 0) }
        // Each expansion where it converges and nothing cancels.
        if x < a + 1 {
            let lower = min(series(a, x), 1)
            return (lower, 1 - lower)
        }
        let upper = min(fraction(a, x), 1)
        return (1 - upper, upper)
    }

    /// The x for which `P(a, x) = p`; a > 0, 0 < p < 1. Smaller than the least normal number it is 0.
    public static func inverse(_ a: Double, _ p: Double) -> Double {
        let least = Double.leastNormalMagnitude
        guard both(a, least).lower < p else { return 0 }
        // The smaller tail, which has the precision; and its logarithm by y = ln x, which is concave: Newton steps then
        // come from one side, however far off they begin. P is less than x^a/Γ(a + 1), which bounds x from below.
        let aimsLow = p <= 0.5
        let target = log(aimsLow ? p : 1 - p)
        var low = max((log(p) + logGamma(a + 1)) / a, log(least))
        var high = Double.infinity
        // For larger shapes the cube root of x is nearly normal (Wilson & Hilferty 1931).
        let root = 1 - 1 / (9 * a) + NormalDistribution.quantile(p) / (3 * a.squareRoot())
        var y = root > 0 ? max(low, log(a) + 3 * log(root)) : low
        for _ in 0..<200 {
            let tails = both(a, exp(y))
            let tail = aimsLow ? tails.lower : tails.upper
            let excess = log(tail) - target
            if excess == 0 { break }
            if (excess > 0) == aimsLow { high = y } else { low = y }
            let slope = (aimsLow ? a : -a) * leading(a, exp(y)) / tail
            var next = y - excess / slope
            if !(next >= low && next <= high) { next = high.isFinite ? low + (high - low) / 2 : low + 1 }
            let change = next - y
            y = next
            if change.magnitude <= 4e-16 * max(y.magnitude, 1) { break }
        }
        return exp(y)
    }

    /// `x^a·e^−x/Γ(a + 1)`, the factor of both expansions.
    ///
    /// Powers and exponentials of large shapes are of no use: their product is what is left of numbers that cancel.
    /// Then it is written with the deviance `x − a − a·ln(x/a)`, which is exact near x = a (Loader 2000).
    private static func leading(_ a: Double, _ x: Double) -> Double {
        guard a > 10 else { return exp(a * log(x) - x - logGamma(a + 1)) }
        return exp(-a * deviance((x - a) / a) - stirlingRest(a)) / (2 * Double.pi * a).squareRoot()
    }

    /// `t − ln(1 + t)`, without cancellation near 0.
    private static func deviance(_ t: Double) -> Double {
        guard t.magnitude < 0.1 else { return t - log1p(t) }
        // With s = t/(2 + t): ln(1 + t) = 2·(s + s³/3 + s⁵/5 + …), and t − 2s = t·s.
        let s = t / (2 + t)
        var (power, sum) = (s, 0.0)
        for odd in stride(from: 3.0, through: 29, by: 2) {
            power *= s * s
            sum += power / odd
        }
        return t * s - 2 * sum
    }

    /// ln Γ(a), a > 0, by Stirling's series where that is precise, and by `Γ(a + 1) = a·Γ(a)` from there.
    public static func logGamma(_ a: Double) -> Double {
        var (argument, product) = (a, 1.0)
        while argument < 10 {
            product *= argument
            argument += 1
        }
        return (argument - 0.5) * log(argument) - argument + 0.5 * log(2 * Double.pi) + stirlingRest(argument)
            - log(product)
    }

    /// What Stirling's formula leaves of ln Γ, to 1e-16 from a = 10 on.
    private static func stirlingRest(_ a: Double) -> Double {
        let square = 1 / (a * a)
        let tail = 1.0 / 1188 - square * (691.0 / 360_360 - square / 156)
        return (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square * (1.0 / 1680 - square * tail)))) / a
    }

    /// `P = leading·(1 + x/(a+1) + x²/((a+1)(a+2)) + …)`.
    private static func series(_ a: Double, _ x: Double) -> Double {
        var (term, sum, index) = (1.0, 1.0, a)
        repeat {
            index += 1
            term *= x / index
            sum += term
        } while term > sum * 1e-17
        return leading(a, x) * sum
    }

    /// Q by the continued fraction of Legendre, evaluated from its front (Lentz 1976).
    private static func fraction(_ a: Double, _ x: Double) -> Double {
        let tiny = 1e-300
        var b = x + 1 - a
        var c = 1 / tiny
        var d = 1 / max(b, tiny)
        var product = d
        var index = 0.0
        while true {
            index += 1
            let factor = index * (a - index)
            b += 2
            d = nonZero(factor * d + b, tiny)
            c = nonZero(b + factor / c, tiny)
            d = 1 / d
            product *= d * c
            if (d * c - 1).magnitude < 1e-16 || index > 10_000_000 { break }
        }
        return leading(a, x) * a * product
    }

    private static func nonZero(_ value: Double, _ tiny: Double) -> Double { value.magnitude < tiny ? tiny : value }
}
