/// Walks along the top-level boxes of a file without reading more than their headers.
///
/// ```swift
/// var boxes = TopLevelBoxes(length: size) { offset, count in try file.read(at: offset, count) }
/// while let header = try boxes.next() where header.type != "moov" {}
/// ```
public struct TopLevelBoxes {
    /// Reads up to `count` bytes at `offset`; fewer only at the end of the file.
    public typealias ReadAt = (_ offset: Int64, _ count: Int) throws -> [UInt8]

    /// The largest box that ``contents(of:limit:)`` reads unless told otherwise: 256 MiB.
    public static let defaultLimit: Int64 = 1 << 28

    private let length: Int64
    private let readAt: ReadAt
    private var position: Int64 = 0

    /// Walks along a file of `length` bytes.
    public init(length: Int64, readAt: @escaping ReadAt) {
        self.length = length
        self.readAt = readAt
    }

    /// Walks along bytes in memory.
    public init(_ bytes: [UInt8]) {
        self.init(length: Int64(bytes.count)) { offset, count in
            let start = min(max(0, Int(offset)), bytes.count)
            return [UInt8](bytes[start..<min(bytes.count, start + count)])
        }
    }

    /// The next box; `nil` at the end of the file.
    ///
    /// A size of 0 means "to the end of the file". After an error every further call gives `nil`.
    ///
    /// - Throws: what the closure throws; `truncated` or `malformed`, with the box's offset, for a size that cannot be.
    public mutating func next() throws -> BoxHeader? {
        guard position < length else { return nil }
        let start = position
        position = length
        let bytes = try readAt(start, Int(min(16, length - start)))
        var reader = ByteReader(bytes[...], at: start)
        let header = try BoxHeader(&reader, available: length - start)
        position = header.end
        return header
    }

    /// All that are left.
    ///
    /// - Throws: as ``next()``.
    public mutating func remaining() throws -> [BoxHeader] {
        var headers: [BoxHeader] = []
        while let header = try next() { headers.append(header) }
        return headers
    }

    /// The bytes of a whole box, header included.
    ///
    /// - Throws: what the closure throws; `tooLarge` beyond `limit` bytes; `truncated` if the file has become shorter.
    public func contents(of header: BoxHeader, limit: Int64 = defaultLimit) throws -> [UInt8] {
        guard header.size <= limit else {
            throw ISOBMFFError(
                .tooLarge, at: header.offset, "box '\(header.type)' of \(header.size) bytes; the most is \(limit)")
        }
        let bytes = try readAt(header.offset, Int(header.size))
        guard bytes.count == Int(header.size) else {
            throw ISOBMFFError(
                .truncated, at: header.offset, "\(bytes.count) of \(header.size) bytes of box '\(header.type)'")
        }
        return bytes
    }
}
