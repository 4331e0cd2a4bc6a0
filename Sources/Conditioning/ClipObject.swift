internal import Diagnostics
internal import Editions
internal import ISOBMFF

/// Gathers the access units of one clip, in decoding order, and writes them as the fragments of a media object.
///
/// A fragment is held in memory until it is whole: its header, which comes first, tells every sample's size.
final class ClipObject {
    private let timing: PictureTiming
    private var writer: ObjectWriter?
    private var waiting: [AccessUnit] = []
    private var parts: [Part] = []
    private var written: Int64 = 0

    init(_ library: Library, timing: PictureTiming) throws {
        self.timing = timing
        writer = try library.newObject("m4s")
    }

    /// Takes the next access unit in decoding order.
    func add(_ unit: AccessUnit) throws {
        if unit.isIDR, waiting.count >= timing.framesPerPart { try closePart() }
        waiting.append(unit)
    }

    private func closePart() throws {
        guard !waiting.isEmpty else { return }
        let header = try timing.header(waiting, start: written)
        let offset = writer?.size ?? 0
        // In one piece: writing each sample by itself costs as much as reading it.
        var fragment = header.bytes
        fragment.reserveCapacity(Int(header.totalSize))
        for unit in waiting { fragment += unit.bytes }
        try writer?.append(fragment)
        parts.append(
            Part(
                offset: offset, size: Int64(header.totalSize), frames: Int64(waiting.count),
                sequenceNumberOffset: Int32(header.sequenceNumberOffset),
                decodeTimeOffset: Int32(header.decodeTimeOffset)))
        written += Int64(waiting.count)
        waiting.removeAll(keepingCapacity: true)
    }

    /// Writes the last fragment and names the object.
    func finish() throws -> FragmentedObject {
        try closePart()
        guard let finished = writer.take() else {
            throw Fault(.internalError, "a clip's media object was finished twice")
        }
        return FragmentedObject(object: try finished.finish(), parts: parts)
    }
}
