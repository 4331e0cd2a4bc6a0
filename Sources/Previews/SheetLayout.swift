internal import FFmpeg

/// Where things stand on a contact sheet, in pixels from the upper left corner.
struct SheetLayout: Sendable {
    /// A point.
    struct Place: Sendable, Equatable {
        var x: Int
        var y: Int
    }

    /// A rectangle.
    struct Area: Sendable, Equatable {
        var x: Int
        var y: Int
        var width: Int
        var height: Int
    }

    let margin = 24
    let cellWidth = 320
    private let gap = 16
    private let titleHeight = 40
    private let textHeight = 48
    private let cells: Int
    private let columns: Int
    private let largeHeight: Int
    private let hasWaveform: Bool
    private let bandHeight = 96
    private let stripHeight = 44

    /// - Parameters:
    ///   - cells: how many clips there are.
    ///   - width: of the pictures, for their shape.
    ///   - height: of the pictures.
    ///   - hasWaveform: whether there is a band for the whole reel's sound, and a strip for each cell's beginning.
    init(cells: Int, width: Int, height: Int, hasWaveform: Bool = false) {
        self.hasWaveform = hasWaveform
        self.cells = cells
        columns = min(4, max(1, cells))
        largeHeight = max(2, cellWidth * height / max(1, width)) & ~1
    }

    private var smallWidth: Int { (cellWidth - 4) / 2 & ~1 }
    private var smallHeight: Int { max(2, largeHeight / 2) & ~1 }
    private var cellHeight: Int { largeHeight + 4 + smallHeight + textHeight + (hasWaveform ? stripHeight + 4 : 0) }
    private var top: Int { margin + titleHeight + (hasWaveform ? bandHeight + gap : 0) }
    private var innerWidth: Int { columns * cellWidth + (columns - 1) * gap }
    private var rows: Int { (cells + columns - 1) / columns }

    /// The whole sheet.
    var picture: PictureFormat {
        PictureFormat(
            width: 2 * margin + innerWidth, height: top + margin + rows * cellHeight + (rows - 1) * gap,
            pixelFormat: .rgb24)
    }

    /// The size of the large picture of a cell (0) and of the small ones below it (1, 2).
    func picture(sized place: Int) -> PictureFormat {
        PictureFormat(
            width: place == 0 ? cellWidth : smallWidth, height: place == 0 ? largeHeight : smallHeight,
            pixelFormat: .rgb24)
    }

    private func corner(of cell: Int) -> Place {
        Place(
            x: margin + cell % columns * (cellWidth + gap),
            y: top + cell / columns * (cellHeight + gap))
    }

    /// Where the large and the two small pictures of a cell begin.
    func pictures(in cell: Int) -> [Place] {
        let corner = corner(of: cell)
        let below = corner.y + largeHeight + 4
        return [
            corner, Place(x: corner.x, y: below), Place(x: corner.x + cellWidth - smallWidth, y: below),
        ]
    }

    /// Where the outline of the whole reel's sound stands.
    var band: Area { Area(x: margin, y: margin + titleHeight, width: innerWidth, height: bandHeight) }

    /// Where the outline of the sound around a cell's beginning stands.
    func strip(in cell: Int) -> Area {
        let corner = corner(of: cell)
        return Area(
            x: corner.x, y: corner.y + cellHeight - stripHeight, width: cellWidth, height: stripHeight)
    }

    /// Where the text of a cell begins.
    func text(in cell: Int) -> Place {
        let corner = corner(of: cell)
        return Place(x: corner.x, y: corner.y + largeHeight + 4 + smallHeight + 6)
    }
}
