import Crypto

/// The SplitMix64 generator (Steele, Lea & Flood 2014): small, fast, and the same everywhere.
public struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Starts the sequence of `seed`.
    public init(seed: UInt64) { state = seed }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// The next number in [0, 1), a multiple of 2^−53.
    public mutating func nextUnit() -> Double { Double(next() >> 11) * 0x1p-53 }
}

/// Where the seed of a plan comes from when nobody chose one.
public enum Seed {
    /// The seed of a viewer's plans from one edition on one day (UTC): the first 8 bytes, big-endian, of
    /// SHA-256(viewer 0x1F edition 0x1F `yyyy-mm-dd`).
    ///
    /// The same all day, so a viewer who comes back sees the same reel.
    public static func daily(viewer: String, edition: String, at: Timestamp) -> UInt64 {
        var bytes = Array(viewer.utf8)
        bytes.append(0x1F)
        bytes.append(contentsOf: edition.utf8)
        bytes.append(0x1F)
        bytes.append(contentsOf: at.utcDay.description.utf8)
        return SHA256.hash(data: bytes).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
