/// Writes boxes into memory (ISO/IEC 14496-12, 4.2): big-endian fields, with each box's size filled in when it closes.
///
/// ```swift
/// var writer = BoxWriter()
/// writer.fullBox("mfhd") { $0.u32(sequenceNumber) }
/// ```
public struct BoxWriter: Sendable {
    /// What has been written.
    public private(set) var bytes: [UInt8] = []

    /// An empty writer.
    public init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    /// How many bytes have been written: the offset of the next one.
    public var count: Int { bytes.count }

    /// Writes one byte.
    public mutating func u8(_ value: UInt8) { bytes.append(value) }

    /// Writes 2 bytes.
    public mutating func u16(_ value: UInt16) { integer(value) }

    /// Writes the low 24 bits of `value` as 3 bytes.
    public mutating func u24(_ value: UInt32) {
        u8(UInt8(truncatingIfNeeded: value >> 16))
        u16(UInt16(truncatingIfNeeded: value))
    }

    /// Writes 4 bytes.
    public mutating func u32(_ value: UInt32) { integer(value) }

    /// Writes 8 bytes.
    public mutating func u64(_ value: UInt64) { integer(value) }

    /// Writes a signed integer as 4 bytes, in two's complement.
    public mutating func i32(_ value: Int32) { integer(UInt32(bitPattern: value)) }

    /// Writes a signed integer as 8 bytes, in two's complement.
    public mutating func i64(_ value: Int64) { integer(UInt64(bitPattern: value)) }

    /// Writes the four characters.
    public mutating func fourCC(_ code: FourCC) { integer(code.rawValue) }

    /// Writes `count` zero bytes.
    public mutating func zeros(_ count: Int) { bytes.append(contentsOf: repeatElement(0, count: count)) }

    /// Writes bytes as they are.
    public mutating func append(_ some: some Sequence<UInt8>) { bytes.append(contentsOf: some) }

    /// Writes text as UTF-8 without an end mark.
    public mutating func text(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// Writes a box whose payload `body` writes. Traps on a box of 4 GiB or more, which is never built in memory.
    public mutating func box<Failure: Error>(
        _ type: FourCC, _ body: (inout BoxWriter) throws(Failure) -> Void
    ) throws(Failure) {
        let start = bytes.count
        u32(0)
        fourCC(type)
        try body(&self)
        patch(UInt32(bytes.count - start), at: start)
    }

    /// Writes a box that begins with a version and 24 bits of flags (ISO/IEC 14496-12, 4.2.2).
    public mutating func fullBox<Failure: Error>(
        _ type: FourCC, version: UInt8 = 0, flags: UInt32 = 0, _ body: (inout BoxWriter) throws(Failure) -> Void
    ) throws(Failure) {
        try box(type) { (writer) throws(Failure) in
            writer.u8(version)
            writer.u24(flags)
            try body(&writer)
        }
    }

    /// Overwrites the 4 bytes at `offset`, which must have been written.
    public mutating func patch(_ value: UInt32, at offset: Int) {
        for index in 0..<4 {
            bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * index))
        }
    }

    private mutating func integer<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }
}
