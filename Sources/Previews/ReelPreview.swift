public import Diagnostics
internal import FFmpeg
public import MediaTime

/// A small film of a reel with its numbers burnt in, encoded as it goes.
///
/// It shows what a reel will show, not how good: the reel itself is stitched, never encoded.
public struct ReelPreview {
    /// One clip of the reel.
    public struct Slot: Sendable, Equatable {
        /// The title's id.
        public var title: String
        /// The clip type.
        public var type: String
        /// Its frames of the Mega Asset.
        public var range: FrameRange

        /// Describes a slot.
        public init(title: String, type: String, range: FrameRange) {
            (self.title, self.type, self.range) = (title, type, range)
        }
    }

    /// What numbers are read as timecode.
    public struct Timecodes: Sendable {
        /// The timecode of a frame of the Mega Asset; `nil` where it has none.
        public var mega: @Sendable (Int64) -> String?
        /// The timecode of a frame of the reel; `nil` where there is none.
        public var reel: @Sendable (Int64) -> String?

        /// Describes how frames are called.
        public init(mega: @escaping @Sendable (Int64) -> String?, reel: @escaping @Sendable (Int64) -> String?) {
            (self.mega, self.reel) = (mega, reel)
        }
    }

    private let slots: [Slot]
    private let footage: any PreviewFootage
    private let sound: (any PreviewSound)?
    private let timecodes: Timecodes
    private let size: (width: Int, height: Int)

    /// Prepares a preview.
    /// - Parameters:
    ///   - sound: `nil` for a silent one.
    ///   - lines: of the shorter side of the picture.
    public init(
        _ slots: [Slot], _ footage: any PreviewFootage, sound: (any PreviewSound)?, timecodes: Timecodes, lines: Int
    ) {
        (self.slots, self.footage, self.sound, self.timecodes) = (slots, footage, sound, timecodes)
        let shown = footage.stream.shownSize
        let short = max(1, min(shown.width, shown.height))
        size = (max(16, (shown.width * lines / short + 1) & ~1), max(16, (shown.height * lines / short + 1) & ~1))
    }

    /// What a preview came to.
    public struct Result: Sendable, Equatable {
        /// Frames of the picture.
        public var frames: Int64
        /// How long it lasts, in milliseconds, rounded down.
        public var milliseconds: Int64
        /// Width of the picture.
        public var width: Int
        /// Height of the picture.
        public var height: Int
    }

    /// Encodes the preview as a fragmented MP4 and hands its bytes out as they come: about a second of film each time.
    /// - Parameter name: how errors call it.
    /// - Throws: `FFmpegError` when frames cannot be decoded, `Interruption.Stopped`, and what `body` throws.
    public func write(
        named name: String, progress: ProgressHandler = { _ in },
        to body: @escaping (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Result {
        let starts = try self.starts()
        let sink = try ByteSink(body)
        do {
            var film = try PreviewFilm(
                into: sink, named: name, width: size.width, height: size.height, timescale: footage.timescale,
                rate: try nominalRate(starts), hasSound: sound != nil)
            try write(starts, into: &film, progress)
            try film.finish()
        } catch {
            throw sink.failure ?? error
        }
        let last = starts[starts.count - 1]
        return Result(
            frames: last.frame, milliseconds: last.ticks * 1_000 / Int64(footage.timescale), width: size.width,
            height: size.height)
    }

    private struct Start {
        /// Of the reel.
        var frame: Int64
        /// Of the reel.
        var ticks: Int64
    }

    /// Where each slot begins, and where the last one ends.
    private func starts() throws -> [Start] {
        var result = [Start(frame: 0, ticks: 0)]
        for (number, slot) in slots.enumerated() {
            let last = result[number]
            result.append(
                Start(
                    frame: last.frame + slot.range.count,
                    ticks: last.ticks + (try footage.times(of: number).start(of: slot.range.count))))
        }
        return result
    }

    /// What the encoder is told of the frames' rate.
    private func nominalRate(_ starts: [Start]) throws(Fault) -> FrameRate {
        let last = starts[starts.count - 1]
        let rounded = (last.frame * Int64(footage.timescale) + last.ticks / 2) / max(1, last.ticks)
        guard let rate = FrameRate(min(1_000, max(1, rounded))) else {
            throw Fault(.internalError, "the preview has no frame rate")
        }
        return rate
    }

    private func sample(_ ticks: Int64) -> Int64 {
        guard let timebase = Timebase(1, Int64(footage.timescale)) else { return 0 }
        return Timebase.samples48k.rescaleFloor(ticks, from: timebase)
    }

    private func write(_ starts: [Start], into film: inout PreviewFilm, _ progress: ProgressHandler) throws {
        let total = Int(starts[starts.count - 1].frame)
        let burntIn = BurntIn(size, slots, starts.map(\.frame), timecodes)
        var graph: FilterGraph?
        var opened: PictureFormat?
        for (number, slot) in slots.enumerated() {
            let (start, end) = (starts[number], starts[number + 1])
            // Before the picture, so that no fragment waits for it.
            try sound?.forEachBlock(of: number, samples: sample(start.ticks)..<sample(end.ticks)) { try film.add($0) }
            let times = try footage.times(of: number)
            var count: Int64 = 0
            try footage.forEachFrame(of: number) { place, frame in
                try Interruption.check()
                guard place < slot.range.count else { return }
                if opened != frame.pictureFormat {
                    graph = try burntIn.lettering.graph(after: conforming, for: frame.pictureFormat)
                    opened = frame.pictureFormat
                }
                guard let shown = try graph?.apply(frame, at: Lettering.ticks(start.frame + place)) else { return }
                try film.add(
                    shown, at: start.ticks + times.start(of: place), duration: times.duration(of: place),
                    startsSlot: place == 0)
                count += 1
                progress(
                    ProgressReport(
                        stage: "encoding the preview", done: Int(start.frame + place + 1), total: total, unit: "frames")
                )
            }
            guard count == slot.range.count else {
                throw Fault(
                    .badInput,
                    "clip (\(slot.title), \(slot.type)): only \(count) of \(slot.range.count) frames could be decoded")
            }
        }
    }

    /// The filters that bring a frame upright and to the preview's size.
    private var conforming: [FilterGraph.Filter] {
        let turn = footage.stream.uprighting
        let isTurned = footage.stream.rotation % 180 == 90
        return [
            .init(
                "scale",
                [
                    "w": "\(isTurned ? size.height : size.width)", "h": "\(isTurned ? size.width : size.height)",
                    "flags": "area", "in_color_matrix": footage.stream.matrixName, "out_color_matrix": "bt709",
                    "in_range": footage.stream.colour.isFullRange ? "full" : "limited", "out_range": "limited",
                ]), .init("format", ["pix_fmts": "yuv420p"]),
        ] + turn
    }
}

/// The lines that stand on every picture of a preview: title and type, slot, and the frame's numbers.
struct BurntIn {
    let lines: [Lettering.Line]
    let lettering: Lettering

    /// - Parameter starts: the reel's frame with which each slot begins, and the one after the last.
    init(
        _ size: (width: Int, height: Int), _ slots: [ReelPreview.Slot], _ starts: [Int64],
        _ timecodes: ReelPreview.Timecodes
    ) {
        let layout = Layout(size)
        var lines: [Lettering.Line] = []
        for (number, slot) in slots.enumerated() {
            let shown = starts[number]..<starts[number + 1]
            let title = slot.title.wrapped(columns: layout.titleColumns, lines: 2).joined(separator: "\n")
            lines.append(layout.line(title, row: layout.isNarrow ? 3 : 1, isRight: false, shown, isMonospaced: false))
            lines.append(
                layout.line(
                    "\(slot.type) · slot \(number + 1) of \(slots.count)", row: layout.isNarrow ? 2 : 1,
                    isRight: !layout.isNarrow, shown, isMonospaced: false))
            for frame in shown {
                let source = slot.range.start + frame - shown.lowerBound
                let only = frame..<frame + 1
                lines.append(
                    layout.line(
                        Self.text("mega", source, timecodes.mega(source)), row: layout.isNarrow ? 1 : 0, isRight: false,
                        only))
                lines.append(
                    layout.line(
                        Self.text("reel", frame, timecodes.reel(frame)), row: 0, isRight: !layout.isNarrow, only))
            }
        }
        self.lines = lines
        lettering = Lettering(lines, width: size.width, height: size.height)
    }

    private static func text(_ name: String, _ frame: Int64, _ timecode: String?) -> String {
        "\(name) \(frame)" + (timecode.map { "  \($0)" } ?? "")
    }

    private struct Layout {
        let width: Int
        let height: Int
        let size: Int
        let isNarrow: Bool

        init(_ picture: (width: Int, height: Int)) {
            (width, height) = picture
            size = max(8, min(width, height) * 14 / 360)
            isNarrow = width < 40 * size
        }

        /// Beside the title stands the type.
        var titleColumns: Int { max(8, (isNarrow ? width - 2 * size : width - 16 * size) * 10 / (6 * size)) }

        func line(
            _ text: String, row: Int, isRight: Bool, _ shown: Range<Int64>, isMonospaced: Bool = true
        ) -> Lettering.Line {
            let margin = size * 3 / 4
            return Lettering.Line(
                text: text,
                place: .init(
                    x: isRight ? width - margin : margin, y: height - margin - row * (size * 7 / 4)),
                size: size, anchor: isRight ? 3 : 1, isMonospaced: isMonospaced, isBoxed: true, shown: shown)
        }
    }
}
