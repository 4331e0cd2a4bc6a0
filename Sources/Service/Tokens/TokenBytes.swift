/// Writes the bytes of a token.
struct TokenWriter {
    var bytes: [UInt8] = []

    /// A number of a fixed size, big-endian.
    mutating func fixed(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.bigEndian) { bytes += $0 } }

    /// A number in groups of 7 bits, the lowest first; the high bit says that more follow (LEB128).
    mutating func number(_ value: UInt64) {
        var rest = value
        while rest > 0x7F {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// A count, and as many numbers.
    mutating func list(_ values: [UInt64]) {
        number(UInt64(values.count))
        for value in values { number(value) }
    }
}

/// Reads the bytes of a token; `nil` wherever they end too early.
struct TokenReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func byte() -> UInt8? { rest.popFirst() }

    mutating func bytes(_ count: Int) -> [UInt8]? {
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    mutating func fixed<Value: FixedWidthInteger>(_: Value.Type) -> Value? {
        bytes(MemoryLayout<Value>.size)?.reduce(0) { $0 << 8 | Value($1) }
    }

    mutating func number() -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 63, by: 7) {
            guard let byte = byte() else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }

    mutating func list() -> [UInt64]? {
        guard let count = number(), count <= UInt64(PlanToken.maximumClips) else { return nil }
        var values: [UInt64] = []
        for _ in 0..<count {
            guard let value = number() else { return nil }
            values.append(value)
        }
        return values
    }
}
