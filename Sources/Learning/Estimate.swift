public import Diagnostics

/// A mean of samples with its standard error, so that no figure is shown without how far it can be off.
public struct Estimate: Hashable, Sendable {
    /// The estimate, in the unit of the samples.
    public let value: Double
    /// Its standard error, in the same unit; `nil` where one sample says nothing about the spread.
    public let standardError: Double?
    /// How many samples it rests on.
    public let count: Int

    /// An estimate that was computed elsewhere.
    public init(value: Double, standardError: Double?, count: Int) {
        self.value = value
        self.standardError = standardError
        self.count = count
    }

    /// The mean, and the standard deviation (over n − 1) divided by √n.
    ///
    /// - Throws: `Fault` `.badInput` without samples, and for one that is no finite number.
    public init(meanOf samples: [Double]) throws(Fault) {
        try Self.check(samples, "sample")
        var moments = Moments()
        for sample in samples { moments.add(sample) }
        self.init(moments)
    }

    init(_ moments: Moments) {
        value = moments.mean
        standardError = moments.standardError
        count = moments.count
    }

    /// The mean of `left[n] − right[n]`: two rankings judged by the same viewers.
    ///
    /// Its error is that of the differences, mostly far below the errors of the two means.
    /// - Throws: `Fault` `.badInput` without samples, for different counts, and for one that is no finite number.
    public static func difference(_ left: [Double], minus right: [Double]) throws(Fault) -> Estimate {
        try check(left, "sample")
        try check(right, "sample")
        guard left.count == right.count else {
            throw Fault(.badInput, "\(left.count) samples cannot be paired with \(right.count)")
        }
        return try Estimate(meanOf: zip(left, right).map { $0 - $1 })
    }

    /// The ratio of two sums, such as clicks over starts where each pair is a viewer's.
    ///
    /// Its error is the delta method's: `se² = var(N − R·D)/(n·mean(D)²)` (Deng et al. 2018).
    /// - Throws: `Fault` `.badInput` without pairs, for different counts, for what is no finite number, and where the
    ///   denominators add up to 0.
    public static func ratio(of numerators: [Double], over denominators: [Double]) throws(Fault) -> Estimate {
        try check(numerators, "numerator")
        try check(denominators, "denominator")
        guard numerators.count == denominators.count else {
            throw Fault(
                .badInput, "\(numerators.count) numerators cannot be paired with \(denominators.count) denominators")
        }
        let (above, below) = (numerators.reduce(0, +), denominators.reduce(0, +))
        guard below != 0 else { throw Fault(.badInput, "the denominators of a ratio add up to 0") }
        var residuals = Moments()
        for (numerator, denominator) in zip(numerators, denominators) {
            residuals.add(numerator - above / below * denominator)
        }
        let error = residuals.standardError.map { $0 / (below / Double(denominators.count)).magnitude }
        return Estimate(value: above / below, standardError: error, count: numerators.count)
    }

    private static func check(_ samples: [Double], _ what: String) throws(Fault) {
        guard !samples.isEmpty else { throw Fault(.badInput, "there is no \(what); an estimate needs at least one") }
        if let index = samples.firstIndex(where: { !$0.isFinite }) {
            throw Fault(.badInput, "\(what) \(index): \(samples[index]) is no finite number")
        }
    }
}

/// Count, mean and variance of a stream, without the cancellation of sums of squares (Welford 1962).
struct Moments {
    private(set) var count = 0
    private(set) var mean = 0.0
    private var squares = 0.0

    mutating func add(_ sample: Double) {
        count += 1
        let before = sample - mean
        mean += before / Double(count)
        squares += before * (sample - mean)
    }

    /// The standard error of the mean, with n − 1.
    var standardError: Double? {
        count > 1 ? (squares / Double(count - 1) / Double(count)).squareRoot() : nil
    }
}
