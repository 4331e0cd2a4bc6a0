private import Editorial
private import Editions
public import MediaTime
private import Plans

/// What plays when in a reel, before anything of it is made.
public struct LineUp: Sendable, Encodable {
    /// A slot.
    public struct Row: Sendable, Encodable {
        /// Its place, from 1.
        public var slot: Int
        /// The title's id.
        public var title: String
        /// The clip type.
        public var type: String
        /// The reel's frame with which it begins.
        public var start: Int64
        /// How many frames it has.
        public var frames: Int64
        /// The title's score; `nil` in a fixed slot and in plans written by hand.
        public var score: Double?
    }

    /// The slots in playing order.
    public var rows: [Row]
    /// Frames a second; `nil` where each frame has a duration of its own.
    public var rate: FrameRate?

    private enum CodingKeys: String, CodingKey {
        case rows
    }
}

extension PreviewRequest {
    /// What plays when; neither Mega Asset nor edition is decoded.
    /// - Throws: `Fault` naming the slot whose clip is not there.
    public func lineUp() throws -> LineUp {
        let ranges: [FrameRange]
        let mode: FrameRateMode
        switch origin {
        case .mega(_, let name):
            let index = try ClipIndex.load(name)
            (ranges, mode) = (try labels(index, name).map(\.range), index.frameRate)
        case .edition(let reel):
            (ranges, mode) = (reel.layout.slots.map(\.clip.range), reel.edition.manifest.frameRate)
        }
        var start: Int64 = 0
        var lineUp = LineUp(rows: [], rate: nil)
        if case .constant(let rate) = mode { lineUp.rate = rate }
        for (number, (slot, range)) in zip(plan.slots, ranges).enumerated() {
            lineUp.rows.append(
                LineUp.Row(
                    slot: number + 1, title: slot.title, type: slot.type, start: start, frames: range.count,
                    score: slot.score))
            start += range.count
        }
        return lineUp
    }
}
