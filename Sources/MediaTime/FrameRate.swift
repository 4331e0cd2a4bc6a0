/// A constant number of frames a second, as an exact fraction such as 30000/1001.
///
/// Always positive and in lowest terms, so that 48/2 and 24/1 are the same value.
public struct FrameRate: Hashable, Sendable {
    /// Frames in `denominator` seconds.
    public let numerator: Int64
    /// Seconds that `numerator` frames take.
    public let denominator: Int64

    /// Makes a rate of `numerator / denominator` frames a second; `nil` unless both are from 1 to 2^31 − 1.
    public init?(_ numerator: Int64, _ denominator: Int64 = 1) {
        let limit = Int64(Int32.max)
        guard numerator > 0, denominator > 0, numerator <= limit, denominator <= limit else { return nil }
        let divisor = greatestCommonDivisor(numerator, denominator)
        self.numerator = numerator / divisor
        self.denominator = denominator / divisor
    }

    /// Reads `24`, `24/1` or `30000/1001`; `nil` for anything else, decimals such as `23.976` included, since they are
    /// not exact.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ $0.allSatisfy(\.isASCIIDigit) }),
            let numerator = Int64(parts[0]), let denominator = parts.count == 2 ? Int64(parts[1]) : 1
        else { return nil }
        self.init(numerator, denominator)
    }

    /// Reads a rate as tools write it: a fraction as ``init(_:)`` does, or a decimal. A decimal within a hundredth of a whole
    /// number times 1000/1001 means that: `23.976`, `23.98` and `23.976023976` are 24000/1001. Others are taken exactly, such
    /// as `12.5`; `nil` for what is no rate at all, and for decimals of a million and more.
    public init?(rounded text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            self.init(text)
            return
        }
        // Beyond nine digits nothing is told apart, and 64 bits hold the rest.
        let digits = parts[1].prefix(9)
        guard !parts[0].isEmpty, parts[0].count <= 6, !digits.isEmpty, parts[0].allSatisfy(\.isASCIIDigit),
            parts[1].allSatisfy(\.isASCIIDigit), let whole = Int64(parts[0]), var part = Int64(digits)
        else { return nil }
        for _ in digits.count..<9 { part *= 10 }
        let billionths = whole * 1_000_000_000 + part
        let nominal = whole + 1
        if part != 0, abs(billionths - nominal * 1_000_000_000_000 / 1001) < 10_000_000 {
            self.init(nominal * 1000, 1001)
            return
        }
        let divisor = greatestCommonDivisor(billionths, 1_000_000_000)
        guard divisor > 0 else { return nil }
        self.init(billionths / divisor, 1_000_000_000 / divisor)
    }

    /// Where frame `frame` begins, in ticks of `timebase` after frame 0, to the nearest tick (halves away from zero).
    public func ticks(atFrame frame: Int64, in timebase: Timebase) -> Int64 {
        timebase.rescaleNearest(frame, from: frameTimebase)
    }

    /// The time base in which each frame lasts one tick: `denominator / numerator` seconds.
    public var frameTimebase: Timebase { Timebase(unchecked: denominator, numerator) }

    /// The media timescale in which this rate's frames are whole ticks, fine enough for players: 24 gives 24000 ticks a
    /// second and 1000 a frame, 30000/1001 gives 30000 and 1001.
    public var mediaTiming: (timescale: Int32, ticksPerFrame: Int64) {
        let factor: Int64 = numerator < 1000 ? 1000 : 1
        return (Int32(numerator * factor), denominator * factor)
    }
}

extension FrameRate: StringCoded {
    /// `numerator/denominator`, the form of a clip index.
    public var description: String { "\(numerator)/\(denominator)" }

    /// For messages.
    public static let form = "an exact frame rate such as 24/1 or 30000/1001"
}

extension Character {
    fileprivate var isASCIIDigit: Bool { isASCII && isNumber }
}

func greatestCommonDivisor(_ first: Int64, _ second: Int64) -> Int64 {
    var (a, b) = (first.magnitude, second.magnitude)
    while b != 0 { (a, b) = (b, a % b) }
    return Int64(a)
}
