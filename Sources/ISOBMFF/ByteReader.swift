/// Reads big-endian fields; past the end it throws and never traps.
public struct ByteReader: Sendable {
    private let all: ArraySlice<UInt8>
    private var index: Int
    private let fileOffset: Int64

    /// Reads `bytes`, of which the first stands at `fileOffset` of the file (for errors).
    public init(_ bytes: ArraySlice<UInt8>, at fileOffset: Int64 = 0) {
        all = bytes
        index = bytes.startIndex
        self.fileOffset = fileOffset
    }

    /// How many bytes are left.
    public var bytesLeft: Int { all.endIndex - index }

    /// How many bytes have been read.
    public var position: Int { index - all.startIndex }

    /// Where the next byte stands in the file.
    public var offset: Int64 { fileOffset + Int64(position) }

    /// Reads one byte.
    ///
    /// - Throws: `truncated`, here and in all that follow.
    public mutating func u8() throws(ISOBMFFError) -> UInt8 { try integer() }

    /// Reads 2 bytes.
    public mutating func u16() throws(ISOBMFFError) -> UInt16 { try integer() }

    /// Reads 3 bytes.
    public mutating func u24() throws(ISOBMFFError) -> UInt32 { UInt32(try u8()) << 16 | UInt32(try u16()) }

    /// Reads 4 bytes.
    public mutating func u32() throws(ISOBMFFError) -> UInt32 { try integer() }

    /// Reads 8 bytes.
    public mutating func u64() throws(ISOBMFFError) -> UInt64 { try integer() }

    /// Reads 4 bytes as a signed integer.
    public mutating func i32() throws(ISOBMFFError) -> Int32 { Int32(bitPattern: try integer()) }

    /// Reads 8 bytes as a signed integer.
    public mutating func i64() throws(ISOBMFFError) -> Int64 { Int64(bitPattern: try integer()) }

    /// Reads four characters.
    public mutating func fourCC() throws(ISOBMFFError) -> FourCC { FourCC(rawValue: try integer()) }

    /// Reads the version and the 24 bits of flags at the beginning of a full box.
    public mutating func versionAndFlags() throws(ISOBMFFError) -> (version: UInt8, flags: UInt32) {
        (try u8(), try u24())
    }

    /// Reads `count` bytes.
    public mutating func bytes(_ count: Int) throws(ISOBMFFError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= bytesLeft else {
            throw ISOBMFFError(.truncated, at: offset, "\(count) bytes wanted, \(bytesLeft) left")
        }
        defer { index += count }
        return all[index..<index + count]
    }

    /// Reads all that is left.
    public mutating func rest() -> ArraySlice<UInt8> {
        defer { index = all.endIndex }
        return all[index...]
    }

    /// Passes over `count` bytes.
    public mutating func skip(_ count: Int) throws(ISOBMFFError) { _ = try bytes(count) }

    private mutating func integer<Value: FixedWidthInteger>() throws(ISOBMFFError) -> Value {
        let field = try bytes(Value.bitWidth / 8)
        return field.reduce(0) { (Value.bitWidth == 8 ? 0 : $0 << 8) | Value(truncatingIfNeeded: $1) }
    }
}
