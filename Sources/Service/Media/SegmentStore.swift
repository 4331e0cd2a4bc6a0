import Diagnostics
import Editions
private import FileSystem
import ISOBMFF
import NIOCore
import Synchronization

/// Makes segments: a part of a media object with its two integers replaced. What was made is kept while there is room.
///
/// A segment depends on the object, the part and the time alone: no edition and no viewer is asked.
final class SegmentStore: Sendable {
    /// A fragment of an object, as it stands in its file.
    struct Part: Sendable {
        /// Where it is in the object.
        var offset: Int64
        /// Bytes.
        var size: Int
        /// Where the two integers are in it.
        var sequenceNumberOffset: Int
        var decodeTimeOffset: Int
        /// Ticks of each of its samples; `nil` where they differ.
        var ticksPerFrame: UInt64?
        /// Bytes to the end of its first sample.
        var keyBytes: Int
    }

    /// What a segment is known by.
    struct Key: Hashable {
        var object: ObjectID
        var part: Int
        var time: SegmentTime
    }

    private let library: Library
    private let parts: GenerationCache<ObjectID, [Part]>
    private let segments: GenerationCache<Key, ByteBuffer>
    /// Counts of what was found and what was made.
    let hits = Atomic<Int>(0)
    let misses = Atomic<Int>(0)

    /// - Parameter bytes: how much of segments is kept.
    init(_ library: Library, bytes: Int) {
        self.library = library
        parts = GenerationCache(limit: 64 << 20)
        segments = GenerationCache(limit: bytes)
    }

    /// Bytes of the segments that are kept.
    var bytes: Int { segments.size }

    /// A segment that is kept; `nil` when it has to be made.
    func known(_ key: Key) -> ByteBuffer? {
        guard let segment = segments[key] else { return nil }
        hits.add(1, ordering: .relaxed)
        return segment
    }

    /// Makes a segment. Reads from the disk.
    /// - Returns: `nil` when there is no such object or part, or the time is none of its track's.
    /// - Throws: `Fault` when the object is damaged or cannot be read.
    func make(_ key: Key) throws(Fault) -> ByteBuffer? {
        misses.add(1, ordering: .relaxed)
        guard let parts = try parts(of: key.object), parts.indices.contains(key.part) else { return nil }
        let part = parts[key.part]
        // Frames that last differently don't tell a time by their number.
        guard let decodeTime = key.time.ticks ?? part.ticksPerFrame.map({ $0 * UInt64(key.time.frame) }) else {
            return nil
        }
        let path = try library.file(of: key.object, "m4s")
        let file = try InputFile.open(path)
        var bytes = try file.read(at: part.offset, count: part.size)
        do throws(ISOBMFFError) {
            try FragmentPatch.apply(
                sequenceNumber: key.time.frame + 1, decodeTime: decodeTime,
                sequenceNumberOffset: part.sequenceNumberOffset, decodeTimeOffset: part.decodeTimeOffset, to: &bytes)
        } catch {
            throw Fault(.badInput, "\(path): part \(key.part): \(error)")
        }
        let segment = ByteBuffer(bytes: bytes)
        segments.insert(segment, for: key, size: segment.readableBytes + 128)
        return segment
    }

    /// The parts of an object, in order; `nil` when there is no such object. Reads from the disk when it is asked first.
    /// - Throws: `Fault` when the object is damaged or cannot be read.
    func parts(of object: ObjectID) throws(Fault) -> [Part]? {
        if let known = parts[object] { return known }
        let path: String
        do throws(Fault) {
            path = try library.file(of: object, "m4s")
        } catch {
            guard error.status == .notFound else { throw error }
            return nil
        }
        guard Path.exists(path) else { return nil }
        let file = try InputFile.open(path)
        var found: [Part] = []
        do {
            var boxes = TopLevelBoxes(length: file.size) { try file.read(at: $0, count: $1) }
            while let moof = try boxes.next() {
                guard let data = try boxes.next(), moof.type == "moof", data.type == "mdat" else {
                    throw Fault(.badInput, "\(path): holds something else than fragments")
                }
                let info = try FragmentInfo.parse(boxes.contents(of: moof, limit: 1 << 24), at: moof.offset)
                found.append(try Part(info, from: moof.offset, to: data.end, of: path))
            }
        } catch let fault as Fault {
            throw fault
        } catch {
            throw Fault(.badInput, "\(path): is damaged: \(error)")
        }
        parts.insert(found, for: object, size: 64 * found.count + 128)
        return found
    }
}

extension SegmentStore.Part {
    fileprivate init(_ info: FragmentInfo, from start: Int64, to end: Int64, of path: String) throws {
        guard info.decodeTimeSize == 8, let first = info.samples.first else {
            throw Fault(.badInput, "\(path): has a fragment without samples or with a short time")
        }
        let isEven = info.samples.allSatisfy { $0.duration == first.duration }
        self.init(
            offset: start, size: Int(end - start), sequenceNumberOffset: info.sequenceNumberOffset,
            decodeTimeOffset: info.decodeTimeOffset, ticksPerFrame: isEven ? UInt64(first.duration) : nil,
            keyBytes: Int(first.offset) + Int(first.size))
    }
}

/// Keeps what was used lately: two generations, of which the older goes when the younger is half of the limit. Each step takes the
/// same time, however much is kept.
final class GenerationCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Generations {
        var young: [Key: (value: Value, size: Int)] = [:]
        var old: [Key: (value: Value, size: Int)] = [:]
        var youngSize = 0
        var oldSize = 0
    }
    private let limit: Int
    private let generations = Mutex(Generations())

    /// - Parameter limit: the most that sizes of values may add up to.
    init(limit: Int) { self.limit = limit }

    /// The sum of the sizes of what is kept.
    var size: Int { generations.withLock { $0.youngSize + $0.oldSize } }

    subscript(key: Key) -> Value? {
        generations.withLock { kept in
            if let found = kept.young[key] { return found.value }
            guard let found = kept.old.removeValue(forKey: key) else { return nil }
            kept.oldSize -= found.size
            add(found, key, to: &kept)
            return found.value
        }
    }

    /// Keeps a value, unless it is larger than half of the limit.
    func insert(_ value: Value, for key: Key, size: Int) {
        guard size <= limit / 2 else { return }
        generations.withLock { kept in
            if let before = kept.old.removeValue(forKey: key) { kept.oldSize -= before.size }
            add((value, size), key, to: &kept)
        }
    }

    private func add(_ entry: (value: Value, size: Int), _ key: Key, to kept: inout Generations) {
        if kept.youngSize + entry.size > limit / 2 {
            (kept.old, kept.oldSize) = (kept.young, kept.youngSize)
            (kept.young, kept.youngSize) = ([:], 0)
        }
        if let before = kept.young.updateValue(entry, forKey: key) { kept.youngSize -= before.size }
        kept.youngSize += entry.size
    }
}
