internal import Diagnostics

/// An editor's file as UTF-8, in lines that are numbered as they stand in the file.
struct EditorialText {
    /// A line without its end.
    struct Line {
        /// From 1.
        var number: Int
        var bytes: ArraySlice<UInt8>

        /// The line as text.
        var text: String { String(decoding: bytes, as: UTF8.self) }
        var isBlank: Bool { bytes.allSatisfy(\.isASCIISpace) }
        /// The runs between white space.
        var words: [ArraySlice<UInt8>] { bytes.split(whereSeparator: \.isASCIISpace) }
    }

    /// The whole text, without a byte order mark and the padding of old systems.
    let bytes: [UInt8]

    /// Decodes UTF-8, UTF-16LE or UTF-16BE, told by the byte order mark, or without one by the zero bytes that UTF-16 has.
    init(_ file: [UInt8]) throws(Flaw) {
        var bytes: [UInt8]
        if file.starts(with: [0xFF, 0xFE]) {
            bytes = try Self.utf16(file.dropFirst(2), littleEndian: true)
        } else if file.starts(with: [0xFE, 0xFF]) {
            bytes = try Self.utf16(file.dropFirst(2), littleEndian: false)
        } else if let littleEndian = Self.looksLikeUTF16(file) {
            bytes = try Self.utf16(file[...], littleEndian: littleEndian)
        } else {
            bytes = file.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(file.dropFirst(3)) : file
            // A file need not end where a character ends, once the padding is gone; so it is cut off first.
            while bytes.last == 0x1A { bytes.removeLast() }
            try Self.requireUTF8(bytes, offset: file.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)
        }
        while bytes.last == 0x1A { bytes.removeLast() }
        guard bytes.contains(where: { !$0.isASCIISpace }) else { throw Flaw("the file is empty; export it again") }
        if let zero = bytes.firstIndex(of: 0) {
            throw Flaw("is no text: line \(Self.line(at: zero, of: bytes)) has a zero byte; export it again")
        }
        self.bytes = bytes
    }

    /// What ends lines: LF, with or without a CR before it, or CR; in a file that has LF, a lone CR is data.
    static func lineEnd(of bytes: [UInt8]) -> UInt8 { bytes.contains(0x0A) ? 0x0A : 0x0D }

    /// The number of the line, from 1, in which a byte stands.
    static func line(at offset: Int, of bytes: [UInt8]) -> Int {
        let end = lineEnd(of: bytes)
        return bytes[..<offset].count { $0 == end } + 1
    }

    /// The lines.
    var lines: [Line] {
        let end = Self.lineEnd(of: bytes)
        var lines: [Line] = []
        var start = 0
        while start < bytes.count {
            let stop = bytes[start...].firstIndex(of: end) ?? bytes.count
            var line = bytes[start..<stop]
            if end == 0x0A, line.last == 0x0D { line.removeLast() }
            lines.append(Line(number: lines.count + 1, bytes: line))
            start = stop + 1
        }
        return lines
    }

    private static func requireUTF8(_ bytes: [UInt8], offset: Int) throws(Flaw) {
        guard String(validating: bytes, as: UTF8.self) == nil else { return }
        var decoder = UTF8()
        var source = bytes.makeIterator()
        var good = 0
        while case .scalarValue(let scalar) = decoder.decode(&source) { good += UTF8.width(scalar) }
        throw Flaw(
            "is neither UTF-8 nor UTF-16: byte \(offset + good) (line \(line(at: good, of: bytes))) belongs to no "
                + "character; export it as UTF-8")
    }

    /// Whether text without a byte order mark is UTF-16, and which: ASCII in it has a zero in every second place.
    private static func looksLikeUTF16(_ bytes: [UInt8]) -> Bool? {
        let head = bytes.prefix(4096)
        var zeros = [0, 0]
        for (place, byte) in head.enumerated() where byte == 0 { zeros[place % 2] += 1 }
        // A stray zero byte or two make no UTF-16.
        guard (zeros[0] + zeros[1]) * 8 > head.count else { return nil }
        // Some text has few characters of ASCII, but tabs and line ends are among them everywhere.
        if zeros[1] >= 4 * zeros[0] { return true }
        return zeros[0] >= 4 * zeros[1] ? false : nil
    }

    private static func utf16(_ bytes: ArraySlice<UInt8>, littleEndian: Bool) throws(Flaw) -> [UInt8] {
        guard bytes.count % 2 == 0 else {
            throw Flaw("is UTF-16 that ends in the middle of a character, at byte \(bytes.endIndex); copy it again")
        }
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        var decoder = UTF16()
        var units = stride(from: bytes.startIndex, to: bytes.endIndex, by: 2).lazy.map { place in
            let pair = (UInt16(bytes[place]), UInt16(bytes[place + 1]))
            return littleEndian ? pair.1 << 8 | pair.0 : pair.0 << 8 | pair.1
        }.makeIterator()
        var position = bytes.startIndex
        while true {
            switch decoder.decode(&units) {
            case .scalarValue(let scalar):
                if let encoded = UTF8.encode(scalar) { text.append(contentsOf: encoded) }
                position += 2 * UTF16.width(scalar)
            case .emptyInput: return text
            case .error:
                throw Flaw("is damaged UTF-16: byte \(position) is half of a character; copy it again")
            }
        }
    }
}

extension UInt8 {
    /// Space, tab, or a line's end.
    var isASCIISpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
    var isASCIIDigit: Bool { (0x30...0x39).contains(self) }
}

extension Collection<UInt8> where SubSequence == ArraySlice<UInt8> {
    /// Without white space at both ends.
    var trimmed: ArraySlice<UInt8> {
        var rest = self[...]
        while let first = rest.first, first.isASCIISpace { rest.removeFirst() }
        while let last = rest.last, last.isASCIISpace { rest.removeLast() }
        return rest
    }
}

extension ArraySlice<UInt8> {
    var text: String { String(decoding: self, as: UTF8.self) }
    /// The text as it may stand in a message. What is long is cut before it is looked at.
    var shown: String { printable(String(decoding: prefix(500), as: UTF8.self)) }
    /// A whole number of ASCII digits; `nil` for anything else.
    var wholeNumber: Int64? { !isEmpty && count < 19 && allSatisfy(\.isASCIIDigit) ? Int64(text) : nil }

    /// Where `needle` last begins.
    func lastRange(of needle: StaticString) -> Range<Int>? {
        let size = needle.utf8CodeUnitCount
        guard count >= size else { return nil }
        return needle.withUTF8Buffer { needle in
            var place = endIndex - size
            while place >= startIndex {
                if self[place] == needle[0], self[place..<place + size].elementsEqual(needle) {
                    return place..<place + size
                }
                place -= 1
            }
            return nil
        }
    }
}
