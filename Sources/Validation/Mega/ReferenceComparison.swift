internal import Diagnostics
internal import Editions
internal import Editorial
internal import MediaTime

/// Compares the pictures of a clip with those that a reference edition recorded for the same title and type.
struct ReferenceComparison {
    private let reading: MegaReading
    private let reference: Edition

    /// Bits of 64 in which hashes of one picture differ, when it was scaled or encoded anew.
    private static let sameBits = 6
    /// By how many bits another place must fit better before the clip is said to have moved.
    private static let clearBits = 5

    init(_ reading: MegaReading, _ reference: Edition) {
        self.reading = reading
        self.reference = reference
    }

    func fault(of clip: ClipLabel) throws -> MegaFault? {
        guard let old = reference.clips.find(title: clip.title, type: clip.type), old.pictures.count == 3 else {
            return nil
        }
        let first = Match(old.pictures[0], at: clip.range.start, in: reading)
        let last = Match(old.pictures[2], at: clip.range.end - 1, in: reading)
        guard let first, let last else { return nil }
        if first.isHere, last.isHere { return nil }
        let edition = "edition \(reference.id.prefix(8))"
        // Both ends at once, where they agree: the whole clip slid.
        if let shift = first.shift, shift == last.shift {
            return MegaFault(
                clip, .moved, .error, clip.range.start, shift: shift,
                "shows the pictures of \(edition) \(frameWords(shift)) too \(shift > 0 ? "early" : "late")",
                fix: "move the clip to [\(clip.range.start + shift), \(clip.range.end + shift))")
        }
        if let shift = first.shift, last.isHere || last.shift == nil, old.range.count != clip.range.count || last.isHere
        {
            return MegaFault(
                clip, .moved, .error, clip.range.start, shift: shift,
                "begins \(frameWords(shift)) \(shift > 0 ? "earlier" : "later") than in \(edition)",
                fix: "move the in-point to \(clip.range.start + shift), or leave it where the new beginning is meant")
        }
        if let shift = last.shift, first.isHere {
            return MegaFault(
                clip, .moved, .error, clip.range.end, shift: shift,
                "ends \(frameWords(shift)) \(shift > 0 ? "earlier" : "later") than in \(edition)",
                fix: "move the out-point to \(clip.range.end + shift), or leave it where the new end is meant")
        }
        return MegaFault(
            clip, .changed, .warning, clip.range.start, "shows other pictures than in \(edition)",
            fix: "check that the clip was cut anew on purpose, or take the right Mega Asset")
    }

    /// Where a recorded picture is found near a frame.
    private struct Match {
        /// Whether it is where it should be.
        var isHere: Bool
        /// Where it is found instead, in frames later than it should be; `nil` where it is not found.
        var shift: Int64?

        init?(_ hash: UInt64, at frame: Int64, in reading: MegaReading) {
            guard let here = reading.scan.hashes[frame].map({ ($0 ^ hash).nonzeroBitCount }) else { return nil }
            // What was looked at; the nearest of equals.
            let found = reading.scan.hashes.min { left, right in
                let bits = ((left.value ^ hash).nonzeroBitCount, (right.value ^ hash).nonzeroBitCount)
                return bits.0 != bits.1 ? bits.0 < bits.1 : abs(left.key - frame) < abs(right.key - frame)
            }
            guard let found else { return nil }
            let best = (found.value ^ hash).nonzeroBitCount
            isHere = here <= sameBits && here < best + clearBits || found.key == frame && here <= 2 * sameBits
            shift = isHere || best > sameBits ? nil : found.key - frame
        }
    }
}
