public import Diagnostics
private import Editorial
private import FFmpeg
private import Previews

/// A contact sheet of a Mega Asset, title by title.
public struct MegaSheetRequest: Sendable {
    /// The Mega Asset.
    public var mega: String
    /// The clip index.
    public var index: String

    /// Asks for a sheet.
    public init(mega: String, index: String) { (self.mega, self.index) = (mega, index) }

    /// Draws the pages, one PNG file each.
    ///
    /// Titles stand in the order in which the Mega Asset has them, clips of a title too.
    /// - Throws: `Fault` when the index is not of this file; `FFmpegError` when frames cannot be decoded.
    public func pages(progress: ProgressHandler = { _ in }) throws -> (pages: [[UInt8]], titles: Int, clips: Int) {
        let index = try ClipIndex.load(index)
        let frames = try FrameIndex.scan(mega) { _, _ in try Interruption.check() }
        try index.check(frameCount: frames.count, file: self.index)
        guard !index.clips.isEmpty else { throw Fault(.badInput, "\(self.index): has no clips to draw") }
        let timecode = try MegaTimecode(index.frameRate, index, mega: mega)
        var clips: [String: [MegaSheet.Clip]] = [:]
        var order: [String] = []
        for label in index.clips.sorted(by: { $0.range.start < $1.range.start }) {
            if clips[label.title] == nil { order.append(label.title) }
            clips[label.title, default: []].append(
                MegaSheet.Clip(type: label.type, range: label.range, timecode: timecode.text(label.range.start)))
        }
        let size = frames.stream.shownSize
        let sheet = MegaSheet(
            order.map { MegaSheet.Title($0, clips: clips[$0] ?? []) },
            heading: "\(mega): \(order.count) titles, \(index.clips.count) clips", width: size.width,
            height: size.height)
        let footage = try SheetFootage(mega, frames)
        let pages = try (0..<sheet.pageCount).map { try sheet.png(page: $0, footage, progress: progress) }
        return (pages, order.count, index.clips.count)
    }
}
