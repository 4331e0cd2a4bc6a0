public import Foundation

/// Reads what people and tools wrote as JSON, and says in one line what is wrong with it.
///
/// Keys that the type does not know are ignored; a known key of a wrong type, a trailing comma or a key that is there twice
/// is refused. Every error is a `Fault`:
///
///     clips.json: clips[3].start: expected a whole number, found a string
///     clips.json: not JSON: found '}' where a value should be, at line 4, column 18
///     events.ndjson: line 12: ts: expected a string, found 1764014400
public enum StrictJSON {
    /// Decodes the JSON document in the file at `path`.
    ///
    /// - Throws: `Fault`, see ``contents(ofFile:)`` and ``decode(_:from:named:)``.
    public static func decode<T: Decodable>(_ type: T.Type, fromFile path: String) throws(Fault) -> T {
        try decode(type, from: contents(ofFile: path), named: path)
    }

    /// Decodes the JSON document in `bytes` (UTF-8); `name` stands for it in messages, such as the path of its file.
    ///
    /// - Throws: `Fault` `.badInput`; a `Fault` that the type's own initializer throws keeps its status and gets `name`
    ///   before its message.
    public static func decode<T: Decodable>(
        _ type: T.Type, from bytes: some Collection<UInt8>, named name: String
    ) throws(Fault) -> T {
        try decode(type, from: parse(bytes, named: name), named: name)
    }

    /// Decodes a document that was parsed already; `name` stands for it in messages.
    ///
    /// - Throws: `Fault` as ``decode(_:from:named:)`` does.
    public static func decode<T: Decodable>(
        _ type: T.Type, from value: JSONValue, named name: String
    ) throws(Fault) -> T {
        do {
            return try T(from: JSONValueDecoder(value))
        } catch let fault as Fault {
            throw Fault(fault.status, "\(printable(name)): \(fault.message)")
        } catch let error as DecodingError {
            throw Fault(.badInput, "\(printable(name)): \(explain(error))")
        } catch {
            throw Fault(.badInput, "\(printable(name)): \(printable(String(describing: error)))")
        }
    }

    /// Parses one JSON document (UTF-8, a byte order mark is allowed); `name` stands for it in messages.
    ///
    /// - Parameter marksLines: whether each object gets the line on which it begins, from 1, as the member
    ///   ``JSONValue/lineKey``.
    /// - Throws: `Fault` `.badInput` that names the line and the column, both from 1.
    public static func parse(
        _ bytes: some Collection<UInt8>, named name: String, marksLines: Bool = false
    ) throws(Fault) -> JSONValue {
        let bytes = Array(bytes)
        guard bytes.contains(where: { !isSpace($0) }) else {
            throw Fault(.badInput, "\(printable(name)): the file is empty; a JSON document should be in it")
        }
        do {
            return try JSONParser.parse(bytes, marksLines: marksLines)
        } catch {
            let (line, column) = place(of: error.offset, in: bytes)
            throw Fault(
                .badInput, "\(printable(name)): not JSON: \(error.reason), at line \(line), column \(column)")
        }
    }

    /// One line of a file with one JSON object a line (NDJSON).
    public struct Line: Sendable {
        /// The line's number in its file, from 1.
        public let number: Int
        /// The line's text as it was written, without spaces around it.
        public let text: String
        /// What the line holds.
        public let value: JSONValue
        /// The file and the line as messages name them: `events.ndjson: line 12`.
        public let place: String

        /// Reads a line of a file that is split into lines elsewhere, such as one that does not fit into memory.
        /// - Parameter name: stands for the file in messages.
        /// - Throws: `Fault` `.badInput` that names the line, when it is not a JSON object.
        public init(_ row: ArraySlice<UInt8>, number: Int, of name: String) throws(Fault) {
            try self.init(row, number: number, place: "\(printable(name)): line \(number)")
        }

        fileprivate init(_ row: ArraySlice<UInt8>, number: Int, place: String) throws(Fault) {
            do {
                value = try JSONParser.parse(Array(row))
            } catch {
                throw Fault(.badInput, "\(place): not JSON: \(error.reason), at byte \(error.offset + 1)")
            }
            guard case .object = value else {
                throw Fault(.badInput, "\(place): expected an object, found \(value.found)")
            }
            self.number = number
            text = String(decoding: row, as: UTF8.self)
            self.place = place
        }

        /// Decodes the line.
        ///
        /// - Throws: `Fault` that begins with ``place``.
        public func decode<T: Decodable>(_ type: T.Type) throws(Fault) -> T {
            try StrictJSON.decode(type, from: value, named: place)
        }
    }

    /// One line of a file that nobody has looked into yet.
    public struct Row: Sendable {
        /// The line's number in its file, from 1.
        public let number: Int
        /// The line's bytes, without spaces around it.
        public let bytes: ArraySlice<UInt8>
        fileprivate let name: String

        /// The file and the line as messages name them: `events.ndjson: line 12`.
        public var place: String { "\(printable(name)): line \(number)" }

        /// Parses the line.
        /// - Throws: `Fault` `.badInput` that names the line, when it is not a JSON object.
        public func parsed() throws(Fault) -> Line { try Line(bytes, number: number, place: place) }
    }

    /// The lines of a file with one JSON object a line, read one at a time; blank lines are skipped but counted.
    ///
    ///     var lines = StrictJSON.Lines(bytes, named: "events.ndjson")
    ///     while let line = try lines.next() { … }
    public struct Lines: Sendable {
        private let bytes: [UInt8]
        private let name: String
        private var position: Int
        private var number = 0

        /// Starts at the first line of `bytes` (UTF-8, a byte order mark is allowed); `name` stands for them in messages.
        public init(_ bytes: some Collection<UInt8>, named name: String) {
            self.bytes = Array(bytes)
            self.name = name
            position = self.bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        }

        /// The next line that is not blank, parsed; `nil` at the end.
        ///
        /// - Throws: `Fault` `.badInput` that names the line, when it is not a JSON object.
        public mutating func next() throws(Fault) -> Line? { try nextRow()?.parsed() }

        /// The next line that is not blank, as it stands; `nil` at the end.
        public mutating func nextRow() -> Row? {
            while position < bytes.count {
                let end = bytes[position...].firstIndex(of: 0x0A) ?? bytes.count
                let row = bytes[position..<end]
                position = end + 1
                number += 1
                guard let first = row.firstIndex(where: { !isSpace($0) }),
                    let last = row.lastIndex(where: { !isSpace($0) })
                else { continue }
                return Row(number: number, bytes: row[first...last], name: name)
            }
            return nil
        }
    }

    /// Decodes each line of a file with one JSON object a line, in order.
    ///
    /// - Throws: `Fault` that names `name` and the line.
    public static func decodeLines<T: Decodable>(
        _ type: T.Type, from bytes: some Collection<UInt8>, named name: String
    ) throws(Fault) -> [T] {
        var values: [T] = []
        var lines = Lines(bytes, named: name)
        while let line = try lines.next() { values.append(try line.decode(type)) }
        return values
    }

    /// The bytes of the file at `path`.
    ///
    /// - Throws: `Fault` `.notFound` for a file that is missing, a folder or may not be read, `.inputOutput` when reading
    ///   fails midway.
    public static func contents(ofFile path: String) throws(Fault) -> Data {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw Fault(.notFound, "\(printable(path)): there is no such file")
        }
        guard !isFolder.boolValue else { throw Fault(.notFound, "\(printable(path)): is a folder, not a file") }
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw Fault(.notFound, "\(printable(path)): may not be read; check its permissions")
        }
        do {
            return try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw Fault(.inputOutput, "\(printable(path)): cannot be read: \(printable(error.localizedDescription))")
        }
    }

    /// `clips[3].start: expected a whole number, found a string`.
    private static func explain(_ error: DecodingError) -> String {
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
            .dataCorrupted(let context):
            let path = describe(context.codingPath)
            let text = printable(context.debugDescription)
            return path.isEmpty ? text : "\(path): \(text)"
        @unknown default:
            return printable(String(describing: error))
        }
    }

    private static func describe(_ path: [any CodingKey]) -> String {
        path.reduce(into: "") { text, key in
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += (text.isEmpty ? "" : ".") + printable(key.stringValue)
            }
        }
    }

    /// Line and column, from 1, of a byte; columns count characters.
    private static func place(of offset: Int, in bytes: [UInt8]) -> (line: Int, column: Int) {
        let before = bytes[..<min(offset, bytes.count)]
        let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        let column = String(decoding: before[lineStart...], as: UTF8.self).count + 1
        return (before.count(where: { $0 == 0x0A }) + 1, column)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
