internal import MediaTime

/// An exact fraction in lowest terms, such as a time of FCPXML in seconds. `nil` results say that it would not fit 128 bits.
struct Fraction: Equatable {
    let numerator: Int128
    /// Positive.
    let denominator: Int128

    static let zero = Fraction(whole: 0)

    init(whole: Int64) { (numerator, denominator) = (Int128(whole), 1) }

    init?(_ numerator: Int128, _ denominator: Int128) {
        guard denominator > 0 else { return nil }
        let divisor = Self.divisor(numerator.magnitude, denominator.magnitude)
        self.numerator = numerator / Int128(divisor)
        self.denominator = denominator / Int128(divisor)
    }

    /// Reads `1001/30000s`, `3600s` or `0s`.
    init?(seconds text: String) {
        guard text.hasSuffix("s") else { return nil }
        let parts = text.dropLast().split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let numerator = Int64(parts[0]),
            let denominator = parts.count == 2 ? Int64(parts[1]) : 1
        else { return nil }
        self.init(Int128(numerator), Int128(denominator))
    }

    /// Reads a decimal of at most 18 digits, such as `1000.0`.
    init?(decimal text: String) {
        let isNegative = text.hasPrefix("-")
        let parts = text.drop { $0 == "-" }.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ $0.utf8.allSatisfy(\.isASCIIDigit) }) else {
            return nil
        }
        var fraction = parts.count == 2 ? parts[1] : ""
        while fraction.hasSuffix("0") { fraction.removeLast() }
        guard parts[0].count + fraction.count <= 18, let digits = Int64(parts[0] + fraction) else { return nil }
        let scale = fraction.utf8.reduce(Int128(1)) { power, _ in power * 10 }
        self.init(Int128(isNegative ? -digits : digits), scale)
    }

    /// The whole number that this is; `nil` when it is none, or does not fit 62 bits.
    var whole: Int64? {
        guard denominator == 1, numerator.magnitude < 1 << 62 else { return nil }
        return Int64(numerator)
    }

    func adding(_ other: Fraction) -> Fraction? {
        let (left, over1) = numerator.multipliedReportingOverflow(by: other.denominator)
        let (right, over2) = other.numerator.multipliedReportingOverflow(by: denominator)
        let (sum, over3) = left.addingReportingOverflow(right)
        let (product, over4) = denominator.multipliedReportingOverflow(by: other.denominator)
        return over1 || over2 || over3 || over4 ? nil : Fraction(sum, product)
    }

    func subtracting(_ other: Fraction) -> Fraction? {
        Fraction(-other.numerator, other.denominator).flatMap(adding)
    }

    func multiplied(by numerator: Int64, over denominator: Int64) -> Fraction? {
        let (product, over1) = self.numerator.multipliedReportingOverflow(by: Int128(numerator))
        let (divisor, over2) = self.denominator.multipliedReportingOverflow(by: Int128(denominator))
        return over1 || over2 ? nil : Fraction(product, divisor)
    }

    static func < (left: Fraction, right: Fraction) -> Bool {
        // Both sides came from 64-bit numbers, or the difference is told by its sign.
        right.subtracting(left).map { $0.numerator > 0 } ?? false
    }

    private static func divisor(_ first: UInt128, _ second: UInt128) -> UInt128 {
        var (a, b) = (first, second)
        while b != 0 { (a, b) = (b, a % b) }
        return max(1, a)
    }
}
