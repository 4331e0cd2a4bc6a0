/// Writes JSON (RFC 8259) straight into bytes: for what is written thousands of times a second, where Foundation's encoder would take most of
/// the time. Texts are escaped as RFC 8785, section 3.2.2.2, has it, since ids are hashes of what is written here.
///
///     var json = JSONWriter()
///     json.object { json in
///         json.member("reel", id)
///         json.array("slots") { json in for slot in slots { json.object { json in json.member("title", slot) } } }
///     }
///
/// Commas come by themselves. A member whose value is `nil` is left out.
public struct JSONWriter {
    /// What was written so far.
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// Begins with nothing, and room for some bytes.
    public init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    /// Writes an object: of an array, or the document.
    public mutating func object(_ members: (inout JSONWriter) -> Void) { nest("{", members, "}") }

    /// Writes a member that is an object.
    public mutating func object(_ key: StaticString, _ members: (inout JSONWriter) -> Void) {
        begin(key)
        nest("{", members, "}")
    }

    /// Writes a member that is an array.
    public mutating func array(_ key: StaticString, _ elements: (inout JSONWriter) -> Void) {
        begin(key)
        nest("[", elements, "]")
    }

    /// Writes an array within an array.
    public mutating func array(_ elements: (inout JSONWriter) -> Void) { nest("[", elements, "]") }

    /// Writes a member whose value is JSON already.
    public mutating func member(_ key: StaticString, json value: String?) {
        guard let value else { return }
        begin(key)
        separate()
        bytes += value.utf8
    }

    /// Writes a member.
    public mutating func member(_ key: StaticString, _ text: String?) {
        guard let text else { return }
        begin(key)
        element(text)
    }

    /// Writes a member.
    public mutating func member(_ key: StaticString, _ number: (some BinaryInteger)?) {
        guard let number else { return }
        begin(key)
        element(number)
    }

    /// Writes a member: the shortest text that gives the same number again. The number must be finite.
    public mutating func member(_ key: StaticString, _ number: Double?) {
        guard let number else { return }
        precondition(number.isFinite, "JSON has no word for \(number)")
        begin(key)
        separate()
        bytes += number.description.utf8
    }

    /// Writes an element of an array.
    public mutating func element(_ number: some BinaryInteger) {
        separate()
        bytes += String(number).utf8
    }

    /// Writes an element of an array.
    public mutating func element(_ text: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            // Nearly all texts need no escapes, and are copied in one go.
            let isPlain = utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
            if isPlain { bytes.append(contentsOf: utf8) } else { escape(utf8) }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ utf8: UnsafeBufferPointer<UInt8>) {
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0x08: bytes += "\\b".utf8
            case 0x09: bytes += "\\t".utf8
            case 0x0A: bytes += "\\n".utf8
            case 0x0C: bytes += "\\f".utf8
            case 0x0D: bytes += "\\r".utf8
            case 0..<0x20: bytes += "\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8
            default: bytes.append(byte)
            }
        }
    }

    private mutating func begin(_ key: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        key.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func nest(_ first: Unicode.Scalar, _ content: (inout JSONWriter) -> Void, _ last: Unicode.Scalar) {
        separate()
        bytes.append(UInt8(ascii: first))
        needsComma = false
        content(&self)
        bytes.append(UInt8(ascii: last))
        needsComma = true
    }
}
