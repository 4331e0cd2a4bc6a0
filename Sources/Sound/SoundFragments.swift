internal import Diagnostics
internal import Editions
internal import ISOBMFF

/// Writes AAC frames as the fragments of a media object.
struct SoundFragments: ~Copyable {
    private var writer: ObjectWriter?
    private var waiting: [[UInt8]] = []
    private var parts: [Part] = []
    /// The AAC frame at which the next fragment begins.
    private var position: Int64

    /// - Parameter position: the AAC frame at which the object begins.
    init(library: Library, at position: Int64 = 0) throws {
        writer = try library.newObject("m4s")
        self.position = position
    }

    /// Takes the next AAC frame, and closes the fragment when it has `count`.
    mutating func add(_ packet: [UInt8], closingAfter count: Int64 = .max) throws {
        waiting.append(packet)
        if waiting.count >= count { try close() }
    }

    /// Closes the fragment, if it has any AAC frames.
    mutating func close() throws {
        guard !waiting.isEmpty else { return }
        let samples = waiting.map {
            MediaSample(size: UInt32($0.count), duration: UInt32(SoundFormat.samplesPerFrame), isSync: true)
        }
        let header = try Fragment.header(
            trackID: 2, samples: samples, sequenceNumber: UInt32(1 + position),
            decodeTime: UInt64(position * Int64(SoundFormat.samplesPerFrame)))
        let offset = writer?.size ?? 0
        try writer?.append(header.bytes)
        for packet in waiting { try writer?.append(packet) }
        parts.append(
            Part(
                offset: offset, size: Int64(header.totalSize), frames: Int64(waiting.count),
                sequenceNumberOffset: Int32(header.sequenceNumberOffset),
                decodeTimeOffset: Int32(header.decodeTimeOffset)))
        position += Int64(waiting.count)
        waiting.removeAll(keepingCapacity: true)
    }

    /// Writes the last fragment and names the object.
    mutating func finish() throws -> FragmentedObject {
        try close()
        guard let finished = writer.take() else { throw Fault(.internalError, "a sound object was finished twice") }
        return FragmentedObject(object: try finished.finish(), parts: parts)
    }
}
