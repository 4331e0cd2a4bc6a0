public import Diagnostics
private import FileSystem

/// Reads a file line by line, in pieces: of a list of any length, one piece is in memory.
public struct LineReader: ~Copyable {
    /// A line as it stands in the file.
    public struct Row: Sendable {
        /// From 1; blank lines are counted too.
        public var number: Int
        /// Where it begins.
        public var offset: Int64
        /// Its bytes, without the line feed.
        public var bytes: ArraySlice<UInt8>
        /// Whether it ends with a line feed: the last line of a file that is being written need not.
        public var isFinished: Bool
    }

    private let file: InputFile
    private var buffer: [UInt8] = []
    private var position = 0
    private var read: Int64 = 0
    private var number = 0
    private static let pieceSize: Int64 = 1 << 20
    private static let longest = 64 << 20

    /// Opens a file.
    /// - Throws: `Fault` when there is none.
    public static func open(_ path: String) throws(Fault) -> LineReader { LineReader(try InputFile.open(path)) }

    private init(_ file: consuming InputFile) { self.file = file }

    /// Bytes of the file.
    public var size: Int64 { file.size }
    /// Bytes that were handed out.
    public var done: Int64 { read - Int64(buffer.count - position) }

    /// The next line that is not blank; `nil` at the end.
    /// - Throws: `Fault` when the file cannot be read, or a line has more than 64 MB.
    public mutating func next() throws(Fault) -> Row? {
        while let row = try nextRow() {
            if row.bytes.contains(where: { $0 > 0x20 }) { return row }
        }
        return nil
    }

    private mutating func nextRow() throws(Fault) -> Row? {
        var searched = position
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                return take(upTo: end, finished: true)
            }
            searched = buffer.count
            guard read < file.size else { break }
            guard buffer.count - position < Self.longest else {
                throw Fault(.badInput, "\(printable(file.path)): line \(number + 1): is longer than 64 MB")
            }
            buffer.removeFirst(position)
            searched -= position
            position = 0
            let count = min(Self.pieceSize, file.size - read)
            buffer += try file.read(at: read, count: Int(count))
            read += count
        }
        return position < buffer.count ? take(upTo: buffer.count, finished: false) : nil
    }

    private mutating func take(upTo end: Int, finished: Bool) -> Row {
        number += 1
        var start = position
        // A byte order mark is no part of the first line.
        if number == 1, buffer[start..<end].starts(with: [0xEF, 0xBB, 0xBF]) { start += 3 }
        position = finished ? end + 1 : end
        return Row(
            number: number, offset: read - Int64(buffer.count - start), bytes: buffer[start..<end],
            isFinished: finished)
    }
}
