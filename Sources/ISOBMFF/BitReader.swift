/// Reads bits, highest first, and Exp-Golomb codes (ISO/IEC 14496-10, 9.1) of a raw byte sequence payload.
///
/// The bytes must be free of emulation prevention: see ``removingEmulationPrevention(_:)``. Reading past the end throws and
/// never traps.
public struct BitReader: Sendable {
    private let bytes: [UInt8]
    private var position = 0

    /// Reads from the highest bit of the first byte.
    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Reads the payload of a NAL unit: skips `headerSize` bytes (1 in H.264, 2 in HEVC) and removes emulation prevention.
    public init(nalUnit: some Collection<UInt8>, headerSize: Int) {
        self.init(BitReader.removingEmulationPrevention(nalUnit.dropFirst(headerSize)))
    }

    /// How many bits are left.
    public var bitsLeft: Int { bytes.count * 8 - position }

    /// Reads one bit.
    ///
    /// - Throws: `truncated`, here and in all that follow.
    public mutating func bit() throws(ISOBMFFError) -> Bool { try bits(1) == 1 }

    /// Reads an unsigned integer of `count` bits, 0 to 32.
    public mutating func bits(_ count: Int) throws(ISOBMFFError) -> UInt32 {
        precondition((0...32).contains(count))
        guard count <= bitsLeft else { throw truncated }
        var value: UInt64 = 0
        var wanted = count
        while wanted > 0 {
            let used = position & 7
            let take = min(8 - used, wanted)
            let chunk = (UInt64(bytes[position >> 3]) >> UInt64(8 - used - take)) & ((1 << UInt64(take)) - 1)
            value = value << UInt64(take) | chunk
            position += take
            wanted -= take
        }
        return UInt32(value)
    }

    /// Passes over `count` bits.
    public mutating func skip(_ count: Int) throws(ISOBMFFError) {
        guard count >= 0, count <= bitsLeft else { throw truncated }
        position += count
    }

    /// Reads an unsigned Exp-Golomb code, `ue(v)`: 0 to 2^32 − 2.
    ///
    /// - Throws: `malformed` for a code with more than 31 leading zeros; `truncated`.
    public mutating func ue() throws(ISOBMFFError) -> UInt32 {
        var zeros = 0
        while try !bit() {
            zeros += 1
            guard zeros < 32 else {
                throw ISOBMFFError(.malformed, at: Int64(position / 8), "an Exp-Golomb code is longer than 63 bits")
            }
        }
        let rest = UInt64(try bits(zeros))
        return UInt32((UInt64(1) << UInt64(zeros)) - 1 + rest)
    }

    /// Reads a signed Exp-Golomb code, `se(v)`: 0, 1, −1, 2, −2, … for the codes 0, 1, 2, 3, 4, …
    public mutating func se() throws(ISOBMFFError) -> Int32 {
        let code = Int64(try ue())
        return Int32(code & 1 == 1 ? (code + 1) / 2 : -(code / 2))
    }

    /// The bytes without the 3 that follows two zeros (ISO/IEC 14496-10, 7.4.1).
    public static func removingEmulationPrevention(_ bytes: some Collection<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var zeros = 0
        for byte in bytes {
            if zeros >= 2, byte == 3 {
                zeros = 0
                continue
            }
            zeros = byte == 0 ? zeros + 1 : 0
            result.append(byte)
        }
        return result
    }

    /// The bytes with a 3 after two zeros wherever a start code could be seen (ISO/IEC 14496-10, 7.4.1), and at the end after a
    /// zero.
    public static func addingEmulationPrevention(_ bytes: some Collection<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + 8)
        var zeros = 0
        for byte in bytes {
            if zeros >= 2, byte <= 3 {
                result.append(3)
                zeros = 0
            }
            zeros = byte == 0 ? zeros + 1 : 0
            result.append(byte)
        }
        if result.last == 0 { result.append(3) }
        return result
    }

    private var truncated: ISOBMFFError {
        ISOBMFFError(.truncated, at: Int64(position / 8), "the bitstream ends in the middle of a field")
    }
}
