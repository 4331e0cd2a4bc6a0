import Diagnostics
import Editions
import NIOCore
import Streaming
import Synchronization

/// Makes segments: a part of a media object with its two integers replaced. What was made is kept while there is room.
///
/// A segment depends on the object, the part and the time alone: no edition and no viewer is asked.
final class SegmentStore: Sendable {
    /// What a segment is known by.
    struct Key: Hashable {
        var object: ObjectID
        var part: Int
        var time: SegmentTime
    }

    private let library: Library
    private let parts: GenerationCache<ObjectID, [MediaPart]>
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
        guard let parts = try parts(of: key.object), parts.indices.contains(key.part),
            let bytes = try parts[key.part].segment(of: key.object, at: key.time, in: library)
        else { return nil }
        let segment = ByteBuffer(bytes: bytes)
        segments.insert(segment, for: key, size: segment.readableBytes + 128)
        return segment
    }

    /// The parts of an object, in order; `nil` when there is no such object. Reads from the disk when it is asked first.
    /// - Throws: `Fault` when the object is damaged or cannot be read.
    func parts(of object: ObjectID) throws(Fault) -> [MediaPart]? {
        if let known = parts[object] { return known }
        guard let found = try MediaPart.all(of: object, in: library) else { return nil }
        parts.insert(found, for: object, size: 64 * found.count + 128)
        return found
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
