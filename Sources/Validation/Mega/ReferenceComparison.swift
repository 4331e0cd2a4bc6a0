internal import Diagnostics
internal import Editions
internal import Editorial
internal import MediaTime

/// Compares the pictures of a clip with those that a reference edition recorded for the same title and type.
///
/// The edition's first and last picture are looked for together, as far apart as they were: neighbouring frames look alike, and one
/// picture alone says little of a frame.
struct ReferenceComparison {
    private let reference: Edition
    private let hashes: [Int64: UInt64]
    private var edition: String { "edition \(reference.id.prefix(8))" }

    /// Bits of 64 in which hashes of one picture differ, when it was scaled or encoded anew.
    private static let sameBits = 6
    /// By how many bits another place must fit better before the clip is said to have moved.
    private static let clearBits = 5

    init(_ reading: MegaReading, _ reference: Edition) {
        self.reference = reference
        hashes = reading.scan.hashes
    }

    /// Where the edition's clip is found: its first frame, and by how many bits of both pictures it differs there.
    private struct Place {
        var start: Int64
        var bits: Int
    }

    func fault(of clip: ClipLabel) throws -> MegaFault? {
        guard let old = reference.clips.find(title: clip.title, type: clip.type), old.pictures.count == 3,
            let first = bits(old.pictures[0], at: clip.range.start),
            let last = bits(old.pictures[2], at: clip.range.end - 1)
        else { return nil }
        let count = old.range.count
        let best = place(of: old, count, for: clip.range)
        if count == clip.range.count, max(first, last) <= 2 * Self.sameBits,
            best.map({ first + last < $0.bits + Self.clearBits }) ?? true
        {
            return nil
        }
        if let best { return moved(clip, in: best.start - clip.range.start, out: best.start + count - clip.range.end) }
        let isBegun = !hits(old.pictures[0]).isEmpty
        let isEnded = !hits(old.pictures[2]).isEmpty
        let what =
            switch (isBegun, isEnded) {
            case (true, false): "ends with other pictures than in \(edition)"
            case (false, true): "begins with other pictures than in \(edition)"
            default: "shows other pictures than in \(edition)"
            }
        return MegaFault(
            clip, .changed, .warning, clip.range.start, what,
            fix: "check that the clip was cut anew on purpose, or take the right Mega Asset")
    }

    private func moved(_ clip: ClipLabel, in start: Int64, out end: Int64) -> MegaFault {
        let by = { (shift: Int64) in "\(frameWords(shift)) \(shift > 0 ? "earlier" : "later")" }
        let range = "[\(clip.range.start + start), \(clip.range.end + end))"
        if start == end {
            return MegaFault(
                clip, .moved, .error, clip.range.start, shift: start,
                "shows the pictures of \(edition) \(frameWords(start)) too \(start > 0 ? "early" : "late")",
                fix: "move the clip to \(range)")
        }
        let parts = (start == 0 ? [] : ["begins \(by(start))"]) + (end == 0 ? [] : ["ends \(by(end))"])
        return MegaFault(
            clip, .moved, .error, start == 0 ? clip.range.end : clip.range.start, shift: start == 0 ? end : start,
            "\(parts.joined(separator: " and ")) than in \(edition)",
            fix: "move the clip to \(range), or leave it where the new cut is meant")
    }

    /// Where both pictures fit best; of equals where an end stays, then the nearest.
    private func place(of old: ClipTable.Clip, _ count: Int64, for range: FrameRange) -> Place? {
        let places = hits(old.pictures[0]).compactMap { hit -> Place? in
            guard let last = bits(old.pictures[2], at: hit.start + count - 1), last <= Self.sameBits else { return nil }
            return Place(start: hit.start, bits: hit.bits + last)
        }
        return places.min { left, right in
            if left.bits != right.bits { return left.bits < right.bits }
            let stays = [left, right].map { $0.start == range.start || $0.start + count == range.end }
            if stays[0] != stays[1] { return stays[0] }
            let distances = [left, right].map { abs($0.start - range.start) }
            return distances[0] != distances[1] ? distances[0] < distances[1] : left.start < right.start
        }
    }

    /// All frames that may show a recorded picture.
    private func hits(_ hash: UInt64) -> [Place] {
        hashes.compactMap { number, other in
            let bits = (other ^ hash).nonzeroBitCount
            return bits <= Self.sameBits ? Place(start: number, bits: bits) : nil
        }
    }

    private func bits(_ hash: UInt64, at frame: Int64) -> Int? { hashes[frame].map { ($0 ^ hash).nonzeroBitCount } }
}
