public import FFmpeg
internal import MediaTime

/// The frames around a clip's in- and out-point, one row for each place in which they can be seen: the Mega Asset, the edition, a reel.
///
/// Frames with one frame number stand below each other; what does not show what the first row shows has a red border.
public struct ClipStrip {
    /// One frame of a row.
    public struct Cell {
        /// The frame; `nil` where there is none.
        public var frame: SharedFrame?
        /// Two lines: the frame's number, and its timecode or place.
        public var captions: [String]
        /// Whether the frame should be the one above it in the first row.
        public var isCompared: Bool

        /// Describes a frame.
        public init(frame: SharedFrame?, captions: [String], isCompared: Bool) {
            (self.frame, self.captions, self.isCompared) = (frame, captions, isCompared)
        }
    }

    /// The frames of one place, as many as the strip has columns.
    public struct Row {
        /// Where they are seen.
        public var name: String
        /// The frames, in order.
        public var cells: [Cell]

        /// Describes a row.
        public init(name: String, cells: [Cell]) { (self.name, self.cells) = (name, cells) }
    }

    /// One boundary.
    public struct Block {
        /// What it is: `in-point, frame 1000`.
        public var title: String
        /// What is wrong with it; `nil` when nothing is.
        public var fault: String?
        /// The column before which the boundary lies.
        public var boundary: Int
        /// The column before which the hard cut lies; `nil` where there is none to be seen.
        public var cut: Int?
        /// The rows.
        public var rows: [Row]

        /// Describes a boundary.
        public init(title: String, fault: String?, boundary: Int, cut: Int?, rows: [Row]) {
            (self.title, self.fault, self.boundary, self.cut, self.rows) = (title, fault, boundary, cut, rows)
        }
    }

    private let title: String
    private let blocks: [Block]
    private let layout: StripLayout

    /// The mean difference in 8-bit steps above which two pictures are not the same.
    private static let largestDifference = 8

    /// Prepares a strip.
    /// - Parameters:
    ///   - title: the headline.
    ///   - width: of the pictures, for their shape.
    ///   - height: of the pictures.
    public init(title: String, blocks: [Block], width: Int, height: Int) {
        self.title = title
        self.blocks = blocks
        layout = StripLayout(
            columns: blocks.first?.rows.first?.cells.count ?? 0, rows: blocks.map(\.rows.count), width: width,
            height: height)
    }

    /// Draws the strip.
    /// - Returns: a PNG file, and how many cells do not show what they should.
    /// - Throws: `FFmpegError` when a picture cannot be scaled or no font is installed.
    public func png() throws -> (bytes: [UInt8], mismatches: Int) {
        var canvas = try Frame.picture(layout.picture)
        fill(&canvas, with: 0x18)
        var labels = [Lettering.Line(title, x: layout.margin, y: layout.margin, size: 22)]
        var mismatches = 0
        for (number, block) in blocks.enumerated() {
            labels += headline(block, number)
            for (row, content) in block.rows.enumerated() {
                mismatches += try draw(content, row, block, number, &labels, into: &canvas)
            }
            drawBoundary(block, number, into: &canvas)
        }
        return (try Lettering.draw(labels, on: canvas).pngBytes(), mismatches)
    }

    private func headline(_ block: Block, _ number: Int) -> [Lettering.Line] {
        let y = layout.top(of: number)
        let verdict = block.fault ?? (block.cut == block.boundary ? "on a hard cut" : "no hard cut here")
        let colour = block.fault != nil ? "ff5050" : block.cut == block.boundary ? "60d060" : "b0b0b0"
        return [
            Lettering.Line(block.title, x: layout.margin, y: y, size: 18),
            Lettering.Line(verdict, x: layout.margin, y: y + 26, size: 16, colour: colour),
        ]
    }

    /// Draws a row, and tells how many of its cells differ from those of the first.
    private func draw(
        _ row: Row, _ place: Int, _ block: Block, _ number: Int, _ labels: inout [Lettering.Line],
        into canvas: inout Frame
    ) throws -> Int {
        var mismatches = 0
        let corner = layout.cell(row: place, column: 0, block: number)
        labels.append(
            Lettering.Line(
                row.name, x: layout.margin, y: corner.y + layout.cellHeight / 2 - 8, size: 16, colour: "b0b0b0"))
        for (column, cell) in row.cells.enumerated() {
            let corner = layout.cell(row: place, column: column, block: number)
            var isWrong = isForeign(column, block, place)
            if let frame = cell.frame {
                let small = try scaled(frame)
                if cell.isCompared, let first = block.rows[0].cells[column].frame, place > 0 {
                    isWrong = try difference(small, scaled(first)) > Self.largestDifference
                    if isWrong { mismatches += 1 }
                }
                paste(small, at: corner, into: &canvas)
            }
            if isWrong { outline(layout.area(at: corner), with: Self.red, width: 4, in: &canvas) }
            let colour = isWrong ? "ff5050" : "ffffff"
            for (line, caption) in cell.captions.enumerated() {
                labels.append(
                    Lettering.Line(
                        caption, x: corner.x, y: corner.y + layout.cellHeight + 4 + line * 17, size: 13,
                        colour: line == 0 ? colour : "b0b0b0"))
            }
        }
        return mismatches
    }

    private static let red: (UInt8, UInt8, UInt8) = (0xFF, 0x40, 0x40)
    private static let green: (UInt8, UInt8, UInt8) = (0x40, 0xC8, 0x40)

    /// Whether a frame of the first row lies between the boundary and the hard cut: it is in the clip and should not be, or the other way.
    private func isForeign(_ column: Int, _ block: Block, _ row: Int) -> Bool {
        guard row == 0, block.fault != nil, let cut = block.cut else { return false }
        return (min(cut, block.boundary)..<max(cut, block.boundary)).contains(column)
    }

    /// A line where the index has the boundary, and one in green where the hard cut is.
    private func drawBoundary(_ block: Block, _ number: Int, into canvas: inout Frame) {
        let isRight = block.cut == block.boundary
        let colour = isRight ? Self.green : block.fault != nil ? Self.red : (0xD0, 0xD0, 0xD0)
        fill(layout.line(before: block.boundary, block: number), with: colour, in: &canvas)
        if let cut = block.cut, !isRight {
            fill(layout.line(before: cut, block: number), with: Self.green, in: &canvas)
        }
    }

    private func scaled(_ frame: SharedFrame) throws -> Frame {
        try FormatConversion(to: layout.cellPicture).convert(frame.frame.reference())
    }

    /// The mean absolute difference of two small pictures.
    private func difference(_ left: borrowing Frame, _ right: borrowing Frame) -> Int {
        left.withPlane(0) { ours, stride in
            right.withPlane(0) { theirs, otherStride in
                var sum = 0
                for y in 0..<layout.cellHeight {
                    for x in 0..<layout.cellWidth * 3 {
                        sum += abs(Int(ours[y * stride + x]) - Int(theirs[y * otherStride + x]))
                    }
                }
                return sum / (layout.cellHeight * layout.cellWidth * 3)
            }
        }
    }
}

/// Where things stand on a strip, in pixels from the upper left corner.
private struct StripLayout {
    let margin = 24
    let cellWidth = 224
    let cellHeight: Int
    private let gap = 12
    private let nameWidth = 120
    private let titleHeight = 44
    private let headHeight = 56
    private let captionHeight = 44
    private let columns: Int
    private let rows: [Int]

    init(columns: Int, rows: [Int], width: Int, height: Int) {
        self.columns = columns
        self.rows = rows
        cellHeight = max(2, cellWidth * height / max(1, width)) & ~1
    }

    private var rowHeight: Int { cellHeight + captionHeight }

    var picture: PictureFormat {
        PictureFormat(
            width: 2 * margin + nameWidth + columns * cellWidth + max(0, columns - 1) * gap,
            height: top(of: rows.count) + margin, pixelFormat: .rgb24)
    }

    var cellPicture: PictureFormat { PictureFormat(width: cellWidth, height: cellHeight, pixelFormat: .rgb24) }

    /// Where a block begins.
    func top(of block: Int) -> Int {
        margin + titleHeight + rows.prefix(block).reduce(0) { $0 + headHeight + $1 * rowHeight + gap }
    }

    func cell(row: Int, column: Int, block: Int) -> SheetLayout.Place {
        SheetLayout.Place(
            x: margin + nameWidth + column * (cellWidth + gap), y: top(of: block) + headHeight + row * rowHeight)
    }

    func area(at corner: SheetLayout.Place) -> SheetLayout.Area {
        SheetLayout.Area(x: corner.x, y: corner.y, width: cellWidth, height: cellHeight)
    }

    /// The line in the gap before a column, through all rows of a block.
    func line(before column: Int, block: Int) -> SheetLayout.Area {
        let corner = cell(row: 0, column: column, block: block)
        return SheetLayout.Area(
            x: corner.x - gap / 2 - 2, y: corner.y - 4, width: 4, height: rows[block] * rowHeight - 4)
    }
}
