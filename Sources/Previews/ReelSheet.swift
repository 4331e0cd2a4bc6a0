public import Diagnostics
public import Editions
internal import FFmpeg
internal import FileSystem
internal import MediaTime
public import Plans

/// A contact sheet of a reel: for every slot its middle frame large, its first and last frame below, and what they are.
public struct ReelSheet: Sendable {
    private let plan: ReelPlan
    private let edition: Edition
    private let layout: SheetLayout
    private let waveform: Waveform?
    /// Samples of sound before and after a seam that its strip shows.
    private static let around: Int64 = 12_000

    /// Prepares the sheet of a plan.
    /// - Parameter waveform: the reel's sound, drawn whole and around each slot's beginning; `nil` draws none.
    public init(_ plan: ReelPlan, _ edition: Edition, waveform: Waveform? = nil) {
        self.plan = plan
        self.edition = edition
        self.waveform = waveform
        let rendition = edition.manifest.renditions[0]
        layout = SheetLayout(
            cells: plan.slots.count, width: rendition.width, height: rendition.height,
            hasWaveform: waveform != nil)
    }

    /// Draws the sheet.
    /// - Returns: a PNG file.
    /// - Throws: `Fault` when a clip is missing, `FFmpegError` when one cannot be decoded or no font is installed.
    public func png(progress: ProgressHandler = { _ in }) throws -> [UInt8] {
        var canvas = try Frame.picture(layout.picture)
        fill(&canvas, with: 0x18)
        var labels: [Lettering.Line] = [titleLabel()]
        var start: Int64 = 0
        var starts: [Int64] = []
        for (number, slot) in plan.slots.enumerated() {
            try Interruption.check()
            let clip = try edition.clip(title: slot.title, type: slot.type)
            let frames = try frames(of: clip)
            for (place, frame) in zip(layout.pictures(in: number), frames) {
                paste(frame.frame, at: place, into: &canvas)
            }
            labels += self.labels(number, slot, clip, start)
            starts.append(
                Timebase.samples48k.rescaleNearest(start, from: edition.manifest.renditions[0].timebase))
            start += try edition.times(of: clip, rendition: 0).start(of: clip.range.count)
            progress(ProgressReport(stage: "drawing the sheet", done: number + 1, total: plan.slots.count))
        }
        if let waveform { draw(waveform, starts, into: &canvas) }
        return try Lettering.draw(labels, on: canvas).pngBytes()
    }

    /// Draws the whole sound with a line at each seam, and a quarter of a second before and after each slot's beginning.
    private func draw(_ waveform: Waveform, _ starts: [Int64], into canvas: inout Frame) {
        let (band, peak) = (layout.band, waveform.peak)
        let lines = starts.dropFirst().map { Int($0 * Int64(band.width) / max(1, waveform.samples)) }
        Previews.draw(
            waveform.spans(0..<waveform.samples, columns: band.width), peak: peak, lines: lines, at: band, into: &canvas
        )
        for (number, start) in starts.enumerated() {
            let strip = layout.strip(in: number)
            Previews.draw(
                waveform.spans(start - Self.around..<start + Self.around, columns: strip.width), peak: peak,
                lines: [strip.width / 2], at: strip, into: &canvas)
        }
    }

    private func titleLabel() -> Lettering.Line {
        let frames = plan.slots.count
        let viewer = plan.viewer.map { " for viewer \($0)" } ?? ""
        return Lettering.Line(
            "Reel\(viewer): \(frames) clips, edition \(edition.id.prefix(8))", x: layout.margin, y: layout.margin,
            size: 22)
    }

    private func labels(
        _ number: Int, _ slot: ReelPlan.Slot, _ clip: ClipTable.Clip, _ start: Int64
    ) -> [Lettering.Line] {
        let place = layout.text(in: number)
        let tenths = start * 10 / Int64(edition.manifest.renditions[0].timescale)
        let time = "\(tenths / 600):\(tenths / 10 % 60 < 10 ? "0" : "")\(tenths / 10 % 60).\(tenths % 10)"
        let room = layout.cellWidth / 9
        return [
            Lettering.Line(
                "\(number + 1)  \(slot.title)".shortened(to: room), x: place.x, y: place.y, size: 17),
            Lettering.Line(
                "\(slot.type) · at \(time) · frames \(clip.range.start)–\(clip.range.end - 1)".shortened(
                    to: room * 5 / 4),
                x: place.x, y: place.y + 24, size: 13, colour: "b0b0b0"),
        ]
    }

    /// The middle, first and last frame of a clip, each in the size of its place.
    private func frames(of clip: ClipTable.Clip) throws -> [SharedFrame] {
        let files = try edition.files(of: clip)
        var reader = try FrameReader.open(Demuxer.open(files: files, named: "clip (\(clip.title), \(clip.type))"))
        let wanted = [clip.range.count / 2, 0, clip.range.count - 1]
        var found = [Int: SharedFrame]()
        var number: Int64 = 0
        while let frame = try reader.next() {
            for (place, index) in wanted.enumerated() where index == number {
                let target = layout.picture(sized: place)
                var scaler = try Scaler.open(from: frame.pictureFormat, to: target)
                found[place] = SharedFrame(try scaler.scale(frame))
            }
            number += 1
        }
        return try wanted.indices.map { place in
            guard let frame = found[place] else {
                throw Fault(
                    .badInput, "clip (\(clip.title), \(clip.type)): frame \(wanted[place]) could not be decoded")
            }
            return frame
        }
    }
}
