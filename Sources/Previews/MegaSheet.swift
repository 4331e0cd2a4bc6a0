public import Diagnostics
public import FFmpeg
public import MediaTime

/// A contact sheet of a Mega Asset: for each title the middle frame of each of its clips, and which frames they are.
public struct MegaSheet: Sendable {
    /// A clip of a title.
    public struct Clip: Sendable {
        /// The clip type.
        public var type: String
        /// Its frames in the Mega Asset.
        public var range: FrameRange
        /// The timecode of its first frame; `nil` where there is none.
        public var timecode: String?

        /// Describes a clip.
        public init(type: String, range: FrameRange, timecode: String?) {
            (self.type, self.range, self.timecode) = (type, range, timecode)
        }
    }

    /// A title with its clips.
    public struct Title: Sendable {
        /// The title's id.
        public var id: String
        /// Its clips in the order in which they are drawn.
        public var clips: [Clip]

        /// Describes a title.
        public init(_ id: String, clips: [Clip]) { (self.id, self.clips) = (id, clips) }
    }

    /// A row of pictures; the first of a title has its name above it.
    private struct Row {
        var name: String?
        var clips: ArraySlice<Clip>
    }

    private let heading: String
    private let pages: [[Row]]
    private let cellHeight: Int
    /// Pictures in a row.
    private let columns: Int

    private static let (margin, gap, cellWidth, mostColumns) = (24, 12, 240, 5)
    private static let (headHeight, nameHeight, captionHeight) = (40, 26, 38)
    /// Sheets that are higher are hard to look at.
    private static let mostHeight = 6_000

    /// - Parameters:
    ///   - heading: what stands above, such as the file's name.
    ///   - width: of the pictures, for their shape.
    ///   - height: of the pictures.
    public init(_ titles: [Title], heading: String, width: Int, height: Int) {
        self.heading = heading
        cellHeight = max(2, Self.cellWidth * height / max(1, width)) & ~1
        let columns = min(Self.mostColumns, titles.map(\.clips.count).max() ?? 1)
        self.columns = columns
        let rows = titles.flatMap { title in
            stride(from: 0, to: title.clips.count, by: columns).map { first in
                Row(
                    name: first == 0 ? title.id : nil,
                    clips: title.clips[first..<min(first + columns, title.clips.count)])
            }
        }
        var pages: [[Row]] = []
        var used = Int.max
        for row in rows {
            let height = Self.height(of: row, cellHeight)
            if used > Self.mostHeight - height {
                pages.append([])
                used = 2 * Self.margin + Self.headHeight
            }
            pages[pages.count - 1].append(row)
            used += height
        }
        self.pages = pages
    }

    private static func height(of row: Row, _ cellHeight: Int) -> Int {
        cellHeight + captionHeight + gap + (row.name == nil ? 0 : nameHeight)
    }

    /// How many pictures it takes.
    public var pageCount: Int { pages.count }

    /// Draws a page.
    /// - Parameters:
    ///   - number: the page, from 0.
    ///   - footage: where frames come from.
    /// - Returns: a PNG file.
    /// - Throws: `FFmpegError` when a frame cannot be decoded or no font is installed.
    public func png(
        page number: Int, _ footage: SheetFootage, progress: ProgressHandler = { _ in }
    ) throws -> [UInt8] {
        let rows = pages[number]
        let format = PictureFormat(
            width: 2 * Self.margin + columns * Self.cellWidth + (columns - 1) * Self.gap,
            height: 2 * Self.margin + Self.headHeight + rows.reduce(0) { $0 + Self.height(of: $1, cellHeight) },
            pixelFormat: .rgb24)
        var canvas = try Frame.picture(format)
        fill(&canvas, with: 0x18)
        let part = pages.count > 1 ? ", sheet \(number + 1) of \(pages.count)" : ""
        var lines = [
            Lettering.Line(
                (heading + part).shortened(to: (format.width - 2 * Self.margin) / 13), x: Self.margin, y: Self.margin,
                size: 22)
        ]
        var top = Self.margin + Self.headHeight
        let all = rows.reduce(0) { $0 + $1.clips.count }
        var done = 0
        for row in rows {
            if let name = row.name {
                lines.append(
                    Lettering.Line(
                        name.shortened(to: (format.width - 2 * Self.margin) / 10), x: Self.margin, y: top, size: 17))
            }
            let y = top + (row.name == nil ? 0 : Self.nameHeight)
            for (column, clip) in row.clips.enumerated() {
                try Interruption.check()
                let x = Self.margin + column * (Self.cellWidth + Self.gap)
                let middle = clip.range.start + clip.range.count / 2
                let frame = try footage.frame(middle, width: Self.cellWidth, height: cellHeight)
                paste(frame.frame, at: SheetLayout.Place(x: x, y: y), into: &canvas)
                lines += Self.captions(clip, x: x, y: y + cellHeight + 3)
                done += 1
                progress(ProgressReport(stage: "drawing the sheet", done: done, total: all))
            }
            top += Self.height(of: row, cellHeight)
        }
        return try Lettering.draw(lines, on: canvas).pngBytes()
    }

    private static func captions(_ clip: Clip, x: Int, y: Int) -> [Lettering.Line] {
        let length = clip.type == "\(clip.range.count)" ? "" : " · \(clip.range.count) frames"
        let time = clip.timecode.map { "\($0) · " } ?? ""
        return [
            Lettering.Line((clip.type + length).shortened(to: 34), x: x, y: y, size: 13),
            Lettering.Line(
                "\(time)\(clip.range.start)–\(clip.range.end - 1)".shortened(to: 38), x: x, y: y + 17, size: 12,
                colour: "b0b0b0"),
        ]
    }
}

/// Frames of a Mega Asset, upright and in the size of a sheet's pictures.
public final class SheetFootage {
    private var reader: VideoReader
    private let index: FrameIndex

    /// - Throws: `FFmpegError` when the file cannot be opened.
    public init(_ path: String, _ index: FrameIndex) throws {
        self.index = index
        reader = try VideoReader.open(path, index: index)
    }

    func frame(_ number: Int64, width: Int, height: Int) throws -> SharedFrame {
        let frame = try reader.frame(at: number)
        var graph = try FilterGraph.open(
            index.stream.uprighting + [
                .init(
                    "scale",
                    ["w": "\(width)", "h": "\(height)", "in_color_matrix": index.stream.matrixName, "flags": "area"]),
                .init("format", ["pix_fmts": "rgb24"]),
            ], for: frame.pictureFormat)
        return SharedFrame(try graph.apply(frame))
    }
}
