/// A JSON document as a value (RFC 8259). Numbers keep the literal they were written with, so nothing is rounded.
///
/// Two values are equal when they say the same: the order of an object's keys and white space don't matter, the way a
/// number is written does (`1` is not `1.0`).
public enum JSONValue: Sendable, Hashable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number, as it was written.
    case number(String)
    /// A string, with its escapes resolved.
    case string(String)
    /// An array.
    case array([JSONValue])
    /// An object; no key stands in it twice.
    case object([String: JSONValue])

    /// The member that holds an object's line, where parsing was asked to mark lines.
    public static let lineKey = "\u{0}line"

    /// The value as JSON without spaces, with sorted keys.
    public var text: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .number(let literal): literal
        case .string(let text): Self.quoted(text)
        case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
        case .object(let members):
            "{"
                + members.sorted { $0.key < $1.key }.map { "\(Self.quoted($0.key)):\($0.value.text)" }
                .joined(separator: ",") + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var json = JSONWriter()
        json.element(text)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    /// The member of an object; `nil` where there is none, or this is no object.
    public subscript(_ key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members[key]
    }

    /// What a message says was found: `null`, `true`, `1.5`, `a string`, `an array`, `an object`.
    public var found: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .number(let literal): printable(literal)
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

/// Why a text is not JSON, and where.
struct JSONSyntaxError: Error, Equatable {
    /// Offset of the offending byte.
    var offset: Int
    /// What is wrong, in words that continue `not JSON: `.
    var reason: String
}

/// Reads one JSON document, strictly: no comments, no trailing commas, no key twice, no lone surrogates.
///
/// Foundation's decoder on Linux takes trailing commas and repeated keys, and reports neither the place of a syntax error
/// nor the path of a number that is not whole; people need all of these to repair their files.
struct JSONParser {
    private let bytes: [UInt8]
    private var position = 0
    /// Whether each object gets its line, and how far lines have been counted.
    private var marksLines = false
    private var counted = (offset: 0, line: 1)
    /// Nesting that no honest file reaches; a bound keeps a hostile one from exhausting the stack.
    private static let deepest = 200
    private static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The document that `bytes` hold, after a byte order mark if there is one.
    /// - Parameter marksLines: whether each object gets the member ``JSONValue/lineKey``.
    static func parse(_ bytes: [UInt8], marksLines: Bool = false) throws(JSONSyntaxError) -> JSONValue {
        var parser = JSONParser(bytes)
        parser.marksLines = marksLines
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { parser.position = 3 }
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.position == bytes.count else { throw parser.error("more text after the end of the document") }
        return value
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func error(_ reason: String, at offset: Int? = nil) -> JSONSyntaxError {
        JSONSyntaxError(offset: offset ?? position, reason: reason)
    }

    /// The error of a byte that cannot stand here.
    private func unexpected(wanted: String) -> JSONSyntaxError {
        guard let next else { return error("the text ends where \(wanted) should be") }
        let shown = (0x21...0x7E).contains(next) ? "'\(Character(Unicode.Scalar(next)))'" : "byte \(next)"
        return error("found \(shown) where \(wanted) should be")
    }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        guard depth < Self.deepest else { throw error("nested more than \(Self.deepest) levels deep") }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case let byte? where byte == UInt8(ascii: "-") || Self.digits.contains(byte): return try number()
        default: throw unexpected(wanted: "a value")
        }
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
        guard bytes[position...].starts(with: word.utf8) else { throw unexpected(wanted: "a value") }
        position += word.utf8.count
        return value
    }

    private mutating func object(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        var members: [String: JSONValue] = [:]
        let line = marksLines ? countedLine() : 0
        position += 1
        skipSpace()
        if take(UInt8(ascii: "}")) { return marked(members, line) }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw unexpected(wanted: "a key in quotes") }
            let keyOffset = position
            let key = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw unexpected(wanted: "a colon") }
            let member = try value(depth: depth + 1)
            // The two readers of a file must not disagree about which of two values counts.
            guard members.updateValue(member, forKey: key) == nil else {
                throw error("the key '\(printable(key))' is there twice", at: keyOffset)
            }
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw unexpected(wanted: "a comma or }") }
        return marked(members, line)
    }

    private func marked(_ members: consuming [String: JSONValue], _ line: Int) -> JSONValue {
        guard marksLines else { return .object(members) }
        members[JSONValue.lineKey] = .number("\(line)")
        return .object(members)
    }

    /// The line of the byte at hand, from 1.
    private mutating func countedLine() -> Int {
        counted.line += bytes[counted.offset..<position].count { $0 == 0x0A }
        counted.offset = position
        return counted.line
    }

    private mutating func array(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        position += 1
        var elements: [JSONValue] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array(elements) }
        repeat {
            elements.append(try value(depth: depth + 1))
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw unexpected(wanted: "a comma or ]") }
        return .array(elements)
    }

    /// RFC 8259, section 6: no leading zeros, no plus sign, digits on both sides of the point.
    private mutating func number() throws(JSONSyntaxError) -> JSONValue {
        let start = position
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        return .number(String(decoding: bytes[start..<position], as: UTF8.self))
    }

    private mutating func digits() throws(JSONSyntaxError) {
        let start = position
        while let byte = next, Self.digits.contains(byte) { position += 1 }
        guard position > start else { throw unexpected(wanted: "a digit") }
    }

    private mutating func string() throws(JSONSyntaxError) -> String {
        let start = position
        position += 1
        // Most strings have no escape, and are taken as they stand.
        let plain = bytes[position...].prefix { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        position = plain.endIndex
        if next == UInt8(ascii: "\"") {
            position += 1
            guard let string = String(validating: plain, as: UTF8.self) else {
                throw error("a string is not UTF-8", at: start)
            }
            return string
        }
        var text = Array(plain)
        while let byte = next, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw error("a control character in a string must be written as an escape") }
            position += 1
            if byte == UInt8(ascii: "\\") {
                text.append(contentsOf: Array(String(Character(try escape())).utf8))
            } else {
                text.append(byte)
            }
        }
        guard take(UInt8(ascii: "\"")) else { throw error("a string does not end", at: start) }
        guard let string = String(validating: text, as: UTF8.self) else {
            throw error("a string is not UTF-8", at: start)
        }
        return string
    }

    /// The scalar of the escape whose backslash was just read.
    private mutating func escape() throws(JSONSyntaxError) -> Unicode.Scalar {
        let start = position - 1
        guard let letter = next else { throw unexpected(wanted: "an escape") }
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): break
        default: throw error("an escape that JSON does not know", at: start)
        }
        let first = try codeUnit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        // A high surrogate stands for nothing without the low one after it.
        guard first < 0xDC00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
            throw error("half of a surrogate pair", at: start)
        }
        let second = try codeUnit()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00))
        else { throw error("half of a surrogate pair", at: start) }
        return scalar
    }

    private mutating func codeUnit() throws(JSONSyntaxError) -> UInt16 {
        let end = position + 4
        guard end <= bytes.count, bytes[position..<end].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let unit = UInt16(String(decoding: bytes[position..<end], as: UTF8.self), radix: 16)
        else { throw error("\\u without four hexadecimal digits") }
        position = end
        return unit
    }
}
