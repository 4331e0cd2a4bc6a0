internal import Diagnostics
internal import Foundation
internal import FoundationXML

/// What a reader of an XML format is told, in the order of the file.
protocol XMLHandler: AnyObject {
    func begin(_ element: String, _ attributes: [String: String], line: Int)
    /// - Parameter text: what stands in the element itself.
    func end(_ element: String, text: String, line: Int)
}

/// Reads XML with libxml2, without ever opening another file: a document type that declares anything or names another file is
/// refused before it is read.
enum XMLEvents {
    static func read(_ text: EditorialText, _ handler: some XMLHandler) throws(Flaw) {
        let bytes = text.bytes
        if let flaw = doctypeFlaw(bytes) { throw flaw }
        // In pieces: handed over as a whole, libxml2 takes no more than 10 MB.
        let parser = XMLParser(stream: InputStream(data: Data(withoutDeclaration(bytes))))
        parser.shouldResolveExternalEntities = false
        let delegate = Delegate(handler)
        parser.delegate = delegate
        guard parser.parse() else {
            let reason = parser.parserError.map { ($0 as NSError).code } ?? 0
            throw Flaw(
                "is not well-formed XML at line \(max(1, parser.lineNumber)) (libxml2's error \(reason)); export it again"
            )
        }
        // Read in pieces, libxml2 does not complain of a file that is cut off.
        guard delegate.isWhole else {
            throw Flaw("ends inside an element, so it is cut off; export it again")
        }
    }

    /// Entities that grow without end and files that are fetched all begin in a document type. Each one is looked at, also where it
    /// stands in a comment and means nothing: which of them libxml2 would take is not for this to guess.
    private static func doctypeFlaw(_ bytes: [UInt8]) -> Flaw? {
        var rest = bytes[...]
        while let start = rest.firstRange(of: "<!DOCTYPE") {
            rest = bytes[start.upperBound...]
            let end = rest.firstIndex { $0 == UInt8(ascii: ">") || $0 == UInt8(ascii: "[") } ?? bytes.endIndex
            let words = rest[..<end].split(whereSeparator: \.isASCIISpace)
            guard words.count == 1, end < bytes.endIndex, bytes[end] == UInt8(ascii: ">") else {
                return Flaw(
                    "line \(EditorialText.line(at: start.lowerBound, of: bytes)): a document type that declares entities or names "
                        + "another file is not read; export it again")
            }
        }
        return nil
    }

    /// The text is UTF-8 by now, whatever the declaration says of it; spaces keep all lines in place.
    private static func withoutDeclaration(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.starts(with: "<?xml".utf8), let end = bytes[...].firstRange(of: "?>") else { return bytes }
        return bytes[..<end.upperBound].map { $0 == 0x0A ? $0 : 0x20 } + bytes[end.upperBound...]
    }

    private final class Delegate: NSObject, XMLParserDelegate {
        private let handler: any XMLHandler
        private var texts: [String] = []
        private var elements = 0
        /// Whether all elements are closed, and there was one.
        var isWhole: Bool { elements > 0 && texts.isEmpty }

        init(_ handler: some XMLHandler) { self.handler = handler }

        func parser(
            _ parser: XMLParser, didStartElement element: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            texts.append("")
            elements += 1
            handler.begin(element, attributes, line: parser.lineNumber)
        }

        func parser(_ parser: XMLParser, foundCharacters string: String) {
            if !texts.isEmpty { texts[texts.count - 1] += string }
        }

        func parser(_ parser: XMLParser, foundCDATA block: Data) {
            if !texts.isEmpty { texts[texts.count - 1] += String(decoding: block, as: UTF8.self) }
        }

        func parser(
            _ parser: XMLParser, didEndElement element: String, namespaceURI: String?, qualifiedName: String?
        ) {
            handler.end(element, text: texts.popLast() ?? "", line: parser.lineNumber)
        }
    }
}

extension ArraySlice<UInt8> {
    /// Where `needle` first begins.
    func firstRange(of needle: StaticString) -> Range<Int>? {
        let size = needle.utf8CodeUnitCount
        guard count >= size else { return nil }
        return needle.withUTF8Buffer { needle in
            var place = startIndex
            while place <= endIndex - size {
                if self[place] == needle[0], self[place..<place + size].elementsEqual(needle) {
                    return place..<place + size
                }
                place += 1
            }
            return nil
        }
    }
}
