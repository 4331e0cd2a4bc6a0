internal import Editions

/// A bed as it is heard: from its beginning on, and for ever where it loops.
///
/// Pure arithmetic over what was recorded at ingest. AAC frames and samples are counted from the bed's beginning; those after the
/// end of a loop are the ones that are repeated.
struct BedTimeline: Sendable {
    private let bed: Bed
    /// The AAC frame with which each part begins, and the frame after the last.
    private let starts: [Int64]
    private static let size = Int64(SoundFormat.samplesPerFrame)

    init(_ bed: Bed) {
        self.bed = bed
        starts = bed.sound.parts.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1.frames) }
    }

    /// AAC frames that can be heard; `nil` for any number.
    var length: Int64? { bed.loop == nil ? bed.sound.frames : nil }

    /// Where the AAC frame that is heard at `frame` stands in the bed's object.
    func stored(_ frame: Int64) -> Int64 {
        guard let loop = bed.loop else { return frame }
        return Self.wrapped(frame, from: loop.start / Self.size, to: loop.end / Self.size)
    }

    /// The samples of the lossless copy that are heard in a range, in order.
    func lossless(_ range: Range<Int64>) -> [Range<Int64>] {
        guard let loop = bed.loop else { return [range] }
        var pieces: [Range<Int64>] = []
        var next = range.lowerBound
        while next < range.upperBound {
            let start = Self.wrapped(next, from: loop.start, to: loop.end)
            let count = min(range.upperBound - next, loop.end - start)
            pieces.append(start..<start + count)
            next += count
        }
        return pieces
    }

    private static func wrapped(_ place: Int64, from start: Int64, to end: Int64) -> Int64 {
        place < end ? place : start + (place - start) % (end - start)
    }

    /// The part that holds a stored AAC frame.
    private func part(holding stored: Int64) -> Int {
        var (low, high) = (0, starts.count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= stored { low = middle } else { high = middle }
        }
        return low
    }

    /// A part that is heard, and the AAC frame at which it begins.
    struct Placed: Equatable {
        var part: Int
        var start: Int64
        var frames: Int64
    }

    /// The parts that are touched by a range of AAC frames, in order; the first may begin before it, the last end after it.
    func parts(in range: Range<Int64>) -> [Placed] {
        var result: [Placed] = []
        var next = range.lowerBound
        while next < range.upperBound {
            let stored = stored(next)
            let part = part(holding: stored)
            let start = next - (stored - starts[part])
            result.append(Placed(part: part, start: start, frames: starts[part + 1] - starts[part]))
            next = start + starts[part + 1] - starts[part]
        }
        return result
    }

    /// The parts that lie wholly in a range of AAC frames, in order.
    func wholeParts(in range: Range<Int64>) -> [Placed] {
        parts(in: range).filter { range.lowerBound <= $0.start && $0.start + $0.frames <= range.upperBound }
    }
}
