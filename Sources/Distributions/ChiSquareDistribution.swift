/// The chi-square distribution: of a gamma variable of shape `degrees/2`, doubled.
public enum ChiSquareDistribution {
    /// The chance of at least `x` with `degrees` of freedom: `Q(degrees/2, x/2)`.
    public static func survival(_ x: Double, degrees: Int) -> Double {
        IncompleteGamma.both(Double(degrees) / 2, x / 2).upper
    }

    /// The value that is not exceeded with the chance `p`; 0 at 0, ∞ at 1, NaN outside.
    public static func quantile(_ p: Double, degrees: Int) -> Double {
        guard p > 0, p < 1 else { return p == 0 ? 0 : p == 1 ? .infinity : .nan }
        return 2 * IncompleteGamma.inverse(Double(degrees) / 2, p)
    }
}
