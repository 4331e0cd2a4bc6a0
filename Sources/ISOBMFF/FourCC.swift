/// A four-character code: the type of a box, a brand, a handler or a sample entry (ISO/IEC 14496-12, 4.2).
///
/// Unknown codes are values like any other. `FourCC("moov")` and the literal `"moov"` are the same.
public struct FourCC: RawRepresentable, Hashable, Sendable {
    /// The four bytes, the first character in the highest.
    public let rawValue: UInt32

    /// Takes the four bytes as they stand in a file, big-endian.
    public init(rawValue: UInt32) { self.rawValue = rawValue }
}

extension FourCC: ExpressibleByStringLiteral, CustomStringConvertible {
    /// Makes a code of four ASCII characters written in the source; traps on any other number of bytes.
    public init(stringLiteral text: StaticString) {
        precondition(text.utf8CodeUnitCount == 4, "a four-character code has four ASCII characters")
        self.rawValue = text.withUTF8Buffer { $0.reduce(0) { $0 << 8 | UInt32($1) } }
    }

    /// Reads four bytes of text, such as a code given on a command line; `nil` if there are not four.
    public init?(text: String) {
        guard text.utf8.count == 4 else { return nil }
        self.rawValue = text.utf8.reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The four characters; a byte that is not printable ASCII is shown as `\xhh`.
    public var description: String {
        [24, 16, 8, 0].map { shift -> String in
            let byte = UInt8(truncatingIfNeeded: rawValue >> UInt32(shift))
            if (0x20..<0x7F).contains(byte) { return String(UnicodeScalar(byte)) }
            let digits = String(byte, radix: 16)
            return "\\x" + (digits.count < 2 ? "0" : "") + digits
        }.joined()
    }
}
