/// A metric's sums over the viewers of an arm: a viewer brings a numerator N and a denominator D, such as clicks and
/// starts.
///
/// The sums are all that the delta method needs, and those of two days or two machines can be added.
public struct RatioSums: Hashable, Sendable, Codable {
    /// How many viewers were added.
    public private(set) var viewers: Int
    /// ΣN.
    public private(set) var numerator: Double
    /// ΣD.
    public private(set) var denominator: Double
    /// ΣN².
    public private(set) var numeratorSquares: Double
    /// ΣD².
    public private(set) var denominatorSquares: Double
    /// ΣND.
    public private(set) var products: Double

    /// Sums as a database gives them; without arguments those of nobody.
    public init(
        viewers: Int = 0, numerator: Double = 0, denominator: Double = 0, numeratorSquares: Double = 0,
        denominatorSquares: Double = 0, products: Double = 0
    ) {
        self.viewers = viewers
        self.numerator = numerator
        self.denominator = denominator
        self.numeratorSquares = numeratorSquares
        self.denominatorSquares = denominatorSquares
        self.products = products
    }

    /// Adds a viewer.
    public mutating func add(numerator: Double, denominator: Double) {
        self += RatioSums(
            viewers: 1, numerator: numerator, denominator: denominator, numeratorSquares: numerator * numerator,
            denominatorSquares: denominator * denominator, products: numerator * denominator)
    }

    /// Adds the sums of other viewers.
    public static func += (left: inout RatioSums, right: RatioSums) {
        left.viewers += right.viewers
        left.numerator += right.numerator
        left.denominator += right.denominator
        left.numeratorSquares += right.numeratorSquares
        left.denominatorSquares += right.denominatorSquares
        left.products += right.products
    }

    /// The metric's value ΣN/ΣD; `nil` where the denominators are all 0.
    public var ratio: Double? {
        let ratio = numerator / denominator
        return ratio < Self.limit ? ratio : nil
    }

    /// A size that nothing measured has: below it no formula overflows.
    static let limit = 1e100

    /// Whether these can be sums over viewers: finite, and none negative.
    var isSound: Bool {
        let all = [numerator, denominator, numeratorSquares, denominatorSquares, products]
        return viewers >= 0 && all.allSatisfy { $0 >= 0 && $0.isFinite }
    }
}

/// A measured value with its variance.
public struct RateEstimate: Hashable, Sendable {
    /// The value.
    public let value: Double
    /// The variance of the value, its standard error squared.
    public let variance: Double
    /// How many viewers it is from.
    public let viewers: Int

    /// The standard error.
    public var standardError: Double { variance.squareRoot() }

    /// Makes an estimate.
    public init(value: Double, variance: Double, viewers: Int) {
        self.value = value
        self.variance = variance
        self.viewers = viewers
    }

    /// The share of `successes` among `viewers`, with variance `p(1 − p)/n`; `viewers` at least 1.
    public init(successes: Int, of viewers: Int) {
        let share = Double(successes) / Double(viewers)
        self.init(value: share, variance: share * (1 - share) / Double(viewers), viewers: viewers)
    }

    /// The ratio R = ΣN/ΣD, with variance `var(N − R·D)/(n·mean(D)²)`, the delta method; the variance is that of a
    /// sample (n − 1). `nil` with fewer than two viewers and where the denominators are all 0.
    ///
    /// A viewer's clicks depend on each other; to count them as if each were a viewer's only one makes intervals that
    /// are too narrow (Deng et al. 2018).
    public init?(_ sums: RatioSums) {
        guard sums.viewers >= 2, let ratio = sums.ratio else { return nil }
        let n = Double(sums.viewers)
        // The mean of N − R·D is 0, so its squares are all that is left.
        let squares =
            sums.numeratorSquares - 2 * ratio * sums.products + ratio * ratio * sums.denominatorSquares
        let mean = sums.denominator / n
        // Equal viewers leave a sum of squares that is 0 but for rounding.
        let noise = (sums.numeratorSquares + ratio * ratio * sums.denominatorSquares) * 1e-14
        let variance = squares > noise ? squares / (n - 1) / (n * mean * mean) : 0
        guard variance < RatioSums.limit else { return nil }
        self.init(value: ratio, variance: variance, viewers: sums.viewers)
    }
}
