import Crypto
public import Diagnostics
import FileSystem
import Foundation

/// What each viewer likes, as one file that is mapped into memory: opened at once, looked up in about a microsecond, read from any thread
/// without a lock.
///
/// The form, little-endian: a header of 64 bytes (see ``Header``), the viewers' keys (16 bytes each, the beginning of the SHA-256 of an id,
/// rising), where each viewer's likes begin (4 bytes each, one more at the end), the likes (a title's number, 4 bytes each, rising
/// for each viewer), and the titles' ids by number, a line each.
public final class ViewerSnapshot: Sendable {
    /// How many viewers it has.
    public let count: Int
    /// Bytes it takes.
    public var size: Int { storage.bytes.count }
    /// The last row of the events' table that is in it; see ``Catalogue/newLikes(after:)``.
    public let lastRow: Int64
    /// What ``Catalogue/removals()`` was: with another number there, it has what is gone.
    public let removals: Int64
    private let storage: any SnapshotBytes
    private let titles: [String]
    private let layout: Layout

    /// The first bytes of a file.
    private static let magic: [UInt8] = Array("sizzle viewers 1\n".utf8)
    private static let headerSize = 64

    /// Where things are, in bytes.
    private struct Layout {
        var keys: Int { headerSize }
        var starts: Int { keys + 16 * viewers }
        var likes: Int { starts + 4 * (viewers + 1) }
        var titles: Int { likes + 4 * likeCount }
        var viewers: Int
        var likeCount: Int
    }

    /// Opens a file that ``Catalogue/writeViewers(to:)`` wrote.
    /// - Throws: `Fault` when there is none (`notFound`), or it is another kind of file or damaged (`badInput`).
    public static func open(_ path: String) throws(Fault) -> ViewerSnapshot {
        try ViewerSnapshot(try MappedFile(path), named: path)
    }

    init(_ storage: any SnapshotBytes, named name: String) throws(Fault) {
        let bytes = storage.bytes
        let damaged = Fault(.badInput, "\(printable(name)): is no snapshot of viewers, or a damaged one; make it anew")
        guard bytes.count >= Self.headerSize, bytes.starts(with: Self.magic) else { throw damaged }
        func number(_ offset: Int) -> Int64 {
            Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int64.self))
        }
        (lastRow, removals) = (number(24), number(56))
        let (viewers, likes, titles) = (number(32), number(40), number(48))
        guard (0...Int64(UInt32.max)).contains(viewers), (0...Int64(UInt32.max)).contains(likes) else { throw damaged }
        layout = Layout(viewers: Int(viewers), likeCount: Int(likes))
        guard bytes.count >= layout.titles else { throw damaged }
        let names = bytes[layout.titles...].split(separator: UInt8(ascii: "\n"))
        guard names.count == Int(titles) else { throw damaged }
        self.titles = names.map { String(decoding: $0, as: UTF8.self) }
        count = Int(viewers)
        self.storage = storage
    }

    /// The titles that a viewer likes, who is known by several names; none for one nobody knows.
    public func liked(by names: [String]) -> Set<String> {
        var liked: Set<String> = []
        for name in names {
            guard let place = place(of: Self.key(of: name)) else { continue }
            let end = min(start(place + 1), layout.likeCount)
            for like in start(place)..<max(start(place), end) {
                let title = Int(word(layout.likes + 4 * like))
                if title < titles.count { liked.insert(titles[title]) }
            }
        }
        return liked
    }

    private func word(_ offset: Int) -> UInt32 {
        UInt32(littleEndian: storage.bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    private func start(_ place: Int) -> Int { Int(word(layout.starts + 4 * place)) }

    /// Keys are hashes, and so evenly spread: the place is guessed, and found in a few steps.
    private func place(of key: Key) -> Int? {
        // Farther than eight standard deviations from where it should be is none of a million.
        let guess = Int(key.high.multipliedFullWidth(by: UInt64(count)).high)
        let reach = 8 + 4 * Int(Double(count).squareRoot())
        var (low, high) = (max(0, guess - reach), min(count, guess + reach))
        if low > 0, self.key(at: low) > key { low = 0 }
        if high < count, self.key(at: high) < key { high = count }
        while low < high {
            let middle = low + (high - low) / 2
            let found = self.key(at: middle)
            if found == key { return middle }
            if found < key { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    private func key(at place: Int) -> Key {
        let offset = layout.keys + 16 * place
        return Key(
            high: UInt64(bigEndian: storage.bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)),
            low: UInt64(bigEndian: storage.bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)))
    }

    /// What a viewer is known by here.
    struct Key: Comparable {
        var high: UInt64
        var low: UInt64

        static func < (left: Key, right: Key) -> Bool { (left.high, left.low) < (right.high, right.low) }
    }

    static func key(of viewer: String) -> Key {
        SHA256.hash(data: Data(viewer.utf8)).withUnsafeBytes { digest in
            Key(
                high: UInt64(bigEndian: digest.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
    }

    /// A file of viewers, each with the numbers of titles.
    static func encode(
        _ viewers: [(key: Key, titles: [UInt32])], titles: [String], lastRow: Int64, removals: Int64
    ) -> [UInt8] {
        let likeCount = viewers.reduce(0) { $0 + $1.titles.count }
        let layout = Layout(viewers: viewers.count, likeCount: likeCount)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(layout.titles + titles.reduce(0) { $0 + $1.utf8.count + 1 })
        func append(_ number: some FixedWidthInteger) {
            withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
        }
        bytes += magic + Array(repeating: 0, count: 24 - magic.count)
        for number in [lastRow, Int64(viewers.count), Int64(likeCount), Int64(titles.count), removals] {
            append(number)
        }
        let sorted = viewers.sorted { $0.key < $1.key }
        for viewer in sorted {
            append(viewer.key.high.byteSwapped)
            append(viewer.key.low.byteSwapped)
        }
        var start: UInt32 = 0
        for viewer in sorted {
            append(start)
            start += UInt32(viewer.titles.count)
        }
        append(start)
        for viewer in sorted { for title in viewer.titles.sorted() { append(title) } }
        for title in titles { bytes += Array(title.utf8) + [UInt8(ascii: "\n")] }
        return bytes
    }
}

/// Bytes that stay where they are.
protocol SnapshotBytes: Sendable {
    var bytes: UnsafeRawBufferPointer { get }
}

extension MappedFile: SnapshotBytes {}

/// Bytes in memory of their own.
final class OwnedBytes: SnapshotBytes, @unchecked Sendable {  // nobody writes them once they are here
    let bytes: UnsafeRawBufferPointer

    init(_ content: [UInt8]) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: content.count, alignment: 16)
        copy.copyBytes(from: content)
        bytes = UnsafeRawBufferPointer(copy)
    }

    deinit { bytes.deallocate() }
}
