/// The length of one tick in seconds, as an exact fraction: 1/48000, 1/90000, 1001/30000.
public struct Timebase: Hashable, Sendable, CustomStringConvertible {
    /// Seconds that `denominator` ticks last.
    public let numerator: Int64
    /// Ticks in `numerator` seconds.
    public let denominator: Int64

    /// Makes a time base of `numerator / denominator` seconds a tick; `nil` unless both are from 1 to 2^31 − 1.
    public init?(_ numerator: Int64, _ denominator: Int64) {
        let limit = Int64(Int32.max)
        guard (1...limit).contains(numerator), (1...limit).contains(denominator) else { return nil }
        self.init(unchecked: numerator, denominator)
    }

    init(unchecked numerator: Int64, _ denominator: Int64) {
        self.numerator = numerator
        self.denominator = denominator
    }

    /// A second.
    public static let seconds = Timebase(unchecked: 1, 1)
    /// A thousandth of a second.
    public static let milliseconds = Timebase(unchecked: 1, 1_000)
    /// A millionth of a second.
    public static let microseconds = Timebase(unchecked: 1, 1_000_000)
    /// One sample of 48 kHz sound.
    public static let samples48k = Timebase(unchecked: 1, 48_000)
    /// One AAC frame of 48 kHz sound: 1,024 samples.
    public static let soundFrames = Timebase(unchecked: 1_024, 48_000)

    /// Ticks of `source` as ticks of this time base, to the nearest (halves away from zero).
    ///
    /// Exact in 128 bits; traps if the result does not fit 64 bits.
    public func rescaleNearest(_ ticks: Int64, from source: Timebase) -> Int64 {
        let (numerator, denominator) = ratio(from: source)
        let product = Int128(ticks) * numerator
        let half = denominator / 2
        return Int64((product >= 0 ? product + half : product - half) / denominator)
    }

    /// Ticks of `source` as ticks of this time base, rounded towards minus infinity.
    public func rescaleFloor(_ ticks: Int64, from source: Timebase) -> Int64 {
        let (numerator, denominator) = ratio(from: source)
        let product = Int128(ticks) * numerator
        let quotient = product / denominator
        return Int64(product % denominator < 0 ? quotient - 1 : quotient)
    }

    /// Ticks of `source` as ticks of this time base, rounded towards plus infinity.
    public func rescaleCeiling(_ ticks: Int64, from source: Timebase) -> Int64 {
        -rescaleFloor(-ticks, from: source)
    }

    private func ratio(from source: Timebase) -> (Int128, Int128) {
        (Int128(source.numerator) * Int128(denominator), Int128(source.denominator) * Int128(numerator))
    }

    /// `numerator/denominator`.
    public var description: String { "\(numerator)/\(denominator)" }
}
