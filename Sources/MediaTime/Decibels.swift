/// A level in decibels (dB, LUFS or dBTP, as the name beside it says), in exact steps of a hundredth.
public struct Decibels: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    /// Hundredths of a decibel.
    public var hundredths: Int32

    /// Makes a level of exact hundredths.
    public init(hundredths: Int32) { self.hundredths = hundredths }

    /// The level nearest to `value`; `nil` for what is not a number or beyond ±1,000 dB.
    public init?(nearest value: Double) {
        guard value.isFinite, abs(value) <= 1_000 else { return nil }
        hundredths = Int32((value * 100).rounded())
    }

    /// The level in decibels.
    public var value: Double { Double(hundredths) / 100 }

    /// Compares levels.
    public static func < (first: Decibels, second: Decibels) -> Bool { first.hundredths < second.hundredths }

    /// Decodes a number of decibels.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let value = try container.decode(Double.self)
        guard let level = Decibels(nearest: value) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(value) is not a level in dB")
        }
        self = level
    }

    /// Encodes the number of decibels.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }

    /// With two digits after the point: `-23.00`.
    public var description: String {
        let size = abs(Int(hundredths))
        let rest = size % 100
        return "\(hundredths < 0 ? "-" : "")\(size / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
