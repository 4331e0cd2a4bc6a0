import Foundation

/// Intervals that hold at all times together: with a chance of 1 − α the truth is in each of them, however often one
/// looks.
public enum ConfidenceSequence {
    /// The interval of a difference of rates: all values that the mSPRT of ``MixtureTest`` does not refuse at this
    /// look.
    ///
    /// `d ± √(s²(s² + τ²)/τ²·(2 ln(1/α) + ln((s² + τ²)/s²)))`, in units of the difference; `nil` where nothing varies.
    public static func interval(
        of difference: RateDifference, smallestEffect: Double, alpha: Double
    ) -> ClosedRange<Double>? {
        guard difference.variance > 0 else { return nil }
        let effect = smallestEffect * smallestEffect
        let mixed = difference.variance + effect
        let evidence = 2 * log(1 / alpha) + log(mixed / difference.variance)
        let radius = (difference.variance * mixed / effect * evidence).squareRoot()
        return difference.value - radius...difference.value + radius
    }

    /// How far a sum of n bounded or normal values strays from its mean: the two-sided normal mixture (Howard et al.
    /// 2021).
    ///
    /// `√((v + ρ)·ln((v + ρ)/(ρα²)))` with `ρ = v_opt/(2 ln(1/α) + ln(1 + 2 ln(1/α)))`. Divided by n it is the radius
    /// of the mean's interval.
    ///
    /// - Parameters:
    ///   - variance: the sum's variance v so far.
    ///   - sharpest: v_opt, the variance at which the interval is to be narrowest.
    public static func radius(ofSumWithVariance variance: Double, sharpest: Double, alpha: Double) -> Double {
        let doubled = 2 * log(1 / alpha)
        let mixture = sharpest / (doubled + log(1 + doubled))
        return ((variance + mixture) * log((variance + mixture) / (mixture * alpha * alpha))).squareRoot()
    }

    /// The radius of the interval of a mean of any values with a variance, valid as n grows: the asymptotic confidence
    /// sequence (Waudby-Smith et al. 2021).
    ///
    /// `s·√(2(nρ² + 1)/(n²ρ²)·ln(√(nρ² + 1)/α))`.
    ///
    /// - Parameters:
    ///   - deviation: the sample's standard deviation s.
    ///   - count: the number n of values, at least 1.
    ///   - scale: ρ; the interval is narrowest near n = 10/ρ².
    public static func asymptoticRadius(
        deviation: Double, count: Int, scale: Double = 0.1, alpha: Double
    ) -> Double {
        let n = Double(count)
        let grown = n * scale * scale + 1
        return deviation * (2 * grown / (n * n * scale * scale) * log(grown.squareRoot() / alpha)).squareRoot()
    }
}
