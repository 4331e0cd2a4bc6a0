public import Diagnostics
public import Editions
private import FileSystem
private import ISOBMFF

/// A fragment of a media object, as it stands in the object's file: what a segment is made of.
public struct MediaPart: Sendable {
    /// Where it is in the object.
    public var offset: Int64
    /// Bytes.
    public var size: Int
    /// Where the two integers are in it.
    private var sequenceNumberOffset: Int
    private var decodeTimeOffset: Int
    /// Ticks of each of its samples; `nil` where they differ.
    private var ticksPerFrame: UInt64?
    /// Bytes to the end of its first sample, which can be decoded alone.
    public var keyBytes: Int

    /// The parts of an object, in order; `nil` when there is no such object. Reads from the disk.
    /// - Throws: `Fault` when the object is damaged or cannot be read.
    public static func all(of object: ObjectID, in library: Library) throws(Fault) -> [MediaPart]? {
        let path: String
        do throws(Fault) {
            path = try library.file(of: object, "m4s")
        } catch {
            guard error.status == .notFound else { throw error }
            return nil
        }
        guard Path.exists(path) else { return nil }
        let file = try InputFile.open(path)
        var found: [MediaPart] = []
        do {
            var boxes = TopLevelBoxes(length: file.size) { try file.read(at: $0, count: $1) }
            while let moof = try boxes.next() {
                guard let data = try boxes.next(), moof.type == "moof", data.type == "mdat" else {
                    throw Fault(.badInput, "\(path): holds something else than fragments")
                }
                let info = try FragmentInfo.parse(boxes.contents(of: moof, limit: 1 << 24), at: moof.offset)
                found.append(try MediaPart(info, from: moof.offset, to: data.end, of: path))
            }
        } catch let fault as Fault {
            throw fault
        } catch {
            throw Fault(.badInput, "\(path): is damaged: \(error)")
        }
        return found
    }

    private init(_ info: FragmentInfo, from start: Int64, to end: Int64, of path: String) throws(Fault) {
        guard info.decodeTimeSize == 8, let first = info.samples.first else {
            throw Fault(.badInput, "\(path): has a fragment without samples or with a short time")
        }
        let isEven = info.samples.allSatisfy { $0.duration == first.duration }
        offset = start
        size = Int(end - start)
        sequenceNumberOffset = info.sequenceNumberOffset
        decodeTimeOffset = info.decodeTimeOffset
        ticksPerFrame = isEven ? UInt64(first.duration) : nil
        keyBytes = Int(first.offset) + Int(first.size)
    }

    /// The segment: the part with its two integers replaced. Reads from the disk.
    /// - Returns: `nil` when the time is none of its track's.
    /// - Throws: `Fault` when the object is damaged or cannot be read.
    public func segment(of object: ObjectID, at time: SegmentTime, in library: Library) throws(Fault) -> [UInt8]? {
        // Frames that last differently don't tell a time by their number.
        guard let decodeTime = time.ticks ?? ticksPerFrame.map({ $0 * UInt64(time.frame) }) else { return nil }
        let path = try library.file(of: object, "m4s")
        var bytes = try InputFile.open(path).read(at: offset, count: size)
        do throws(ISOBMFFError) {
            try FragmentPatch.apply(
                sequenceNumber: time.frame + 1, decodeTime: decodeTime, sequenceNumberOffset: sequenceNumberOffset,
                decodeTimeOffset: decodeTimeOffset, to: &bytes)
        } catch {
            throw Fault(.badInput, "\(path): the fragment at byte \(offset): \(error)")
        }
        return bytes
    }
}
