private import Diagnostics
internal import FFmpeg
internal import FileSystem
private import Foundation

/// Text on pictures, as a script of Advanced SubStation Alpha that libass draws: it shapes and orders every script, and takes other
/// fonts for what one lacks.
struct Lettering {
    /// A line of text, or several with line feeds between them.
    struct Line {
        var text: String
        var place: SheetLayout.Place
        /// Pixels of the font's em.
        var size: Int
        /// Red, green and blue as six hex digits.
        var colour = "ffffff"
        /// Which point of the text stands at `place`, as on a keypad: 7 is the upper left corner, 3 the lower right.
        var anchor = 7
        /// Whether all digits are as wide.
        var isMonospaced = false
        /// Whether a dark box stands behind it.
        var isBoxed = false
        /// The pictures on which it is seen, by their numbers; `nil` for all.
        var shown: Range<Int64>?
    }

    private let script: String

    /// Pictures a second, for the filter: with it a picture's number is a time that the script's hundredths can tell.
    static let ticksPerSecond = 200

    /// The time at which picture `number` is given to the filter: the middle of its hundredth.
    static func ticks(_ number: Int64) -> Int64 { 2 * number + 1 }

    /// - Parameters:
    ///   - width: of the picture in pixels.
    ///   - height: of the picture in pixels.
    init(_ lines: [Line], width: Int, height: Int) {
        script = """
            [Script Info]
            ScriptType: v4.00+
            PlayResX: \(width)
            PlayResY: \(height)
            WrapStyle: 2
            ScaledBorderAndShadow: yes
            YCbCr Matrix: None

            [V4+ Styles]
            Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, \
            StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
            Style: plain,DejaVu Sans,16,&H00FFFFFF,&H00FFFFFF,&H00000000,&H00000000,0,0,0,0,100,100,0,0,1,0,0,7,0,0,0,1
            Style: boxed,DejaVu Sans,16,&H00FFFFFF,&H00FFFFFF,&H50000000,&H50000000,0,0,0,0,100,100,0,0,3,4,0,7,0,0,0,1

            [Events]
            Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text

            """ + lines.map(Self.event).joined()
    }

    private static func event(_ line: Line) -> String {
        let shown = line.shown ?? 0..<Int64(360_000 * 9)
        let (red, green, blue) = (line.colour.prefix(2), line.colour.dropFirst(2).prefix(2), line.colour.suffix(2))
        let font = line.isMonospaced ? "DejaVu Sans Mono" : "DejaVu Sans"
        // libass counts the height of a font from its highest to its lowest point, which for DejaVu is 1.164 em.
        let size = String(format: "%.2f", Double(line.size) * 1.164)
        let tags =
            "{\\an\(line.anchor)\\pos(\(line.place.x),\(line.place.y))\\fn\(font)\\fs\(size)\\c&H\(blue)\(green)\(red)&}"
        let style = line.isBoxed ? "boxed" : "plain"
        return
            "Dialogue: 0,\(time(shown.lowerBound)),\(time(shown.upperBound)),\(style),,0,0,0,,\(tags)\(escaped(line.text))\n"
    }

    /// A picture's number as `H:MM:SS.CC`.
    private static func time(_ number: Int64) -> String {
        String(
            format: "%ld:%02ld:%02ld.%02ld", Int(number / 360_000), Int(number / 6_000 % 60), Int(number / 100 % 60),
            Int(number % 100))
    }

    /// Text as it is, whatever it holds: braces begin commands, and a backslash is one with what follows, unless a joiner that nobody
    /// sees comes between.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\\u{2060}"
            case "{": result += "\\{"
            case "}": result += "\\}"
            case "\n": result += "\\N"
            default: result.append(character)
            }
        }
        return result
    }

    /// Filters with the text after them.
    /// - Throws: `Fault` when there is no room for the script, `FFmpegError` when FFmpeg lacks libass.
    func graph(after filters: [FilterGraph.Filter] = [], for format: PictureFormat) throws -> FilterGraph {
        // libass reads a file, and only when the filter is made.
        let file = try ScratchFile(in: NSTemporaryDirectory())
        try Array(script.utf8).withUnsafeBytes { bytes in
            try Result { () throws(Fault) in try file.write(bytes, at: 0) }.get()
        }
        return try withExtendedLifetime(file) {
            try FilterGraph.open(
                filters + [.init("ass", ["filename": file.path])], for: format, ticksPerSecond: Self.ticksPerSecond)
        }
    }

    /// Draws the text on one picture.
    /// - Throws: as `graph(after:for:)`.
    static func draw(_ lines: [Line], on canvas: borrowing Frame) throws -> Frame {
        let format = canvas.pictureFormat
        var graph = try Lettering(lines, width: format.width, height: format.height).graph(for: format)
        return try graph.apply(canvas, at: ticks(0))
    }
}

extension Lettering.Line {
    /// A line that begins at a point of a sheet.
    init(_ text: String, x: Int, y: Int, size: Int, colour: String = "ffffff") {
        self.init(text: text, place: SheetLayout.Place(x: x, y: y), size: size, colour: colour)
    }
}

extension String {
    /// The text in one line of at most so many columns; what does not fit ends with "…".
    func shortened(to columns: Int) -> String { self[...].shortened(to: columns) }

    /// How many columns of half a square the text takes: two for letters of East Asia and pictographs, none for marks.
    var columns: Int { reduce(0) { $0 + $1.columns } }

    /// The text in at most `lines` lines of at most `columns` columns; what does not fit ends with "…".
    func wrapped(columns: Int, lines: Int) -> [String] {
        var result: [String] = []
        var rest = self[...]
        while !rest.isEmpty {
            if result.count == lines - 1 {
                result.append(rest.shortened(to: columns))
                break
            }
            let head = rest.head(columns: columns)
            result.append(head.trimmingCharacters(in: .whitespaces))
            rest = rest.dropFirst(head.count).drop(while: \.isWhitespace)
        }
        return result
    }
}

extension Substring {
    /// The longest beginning that fits and ends between words, or within one that does not fit alone.
    fileprivate func head(columns: Int) -> Substring {
        var width = 0
        var end = startIndex
        var lastSpace: Index?
        while end < endIndex {
            width += self[end].columns
            if width > columns { break }
            formIndex(after: &end)
            if end == endIndex { return self }
            if self[end].isWhitespace || self[index(before: end)].columns == 2 || self[end].columns == 2 {
                lastSpace = end
            }
        }
        return self[..<(lastSpace ?? Swift.max(end, index(after: startIndex)))]
    }

    fileprivate func shortened(to columns: Int) -> String {
        if String(self).columns <= columns { return String(self) }
        var width = 1
        return String(
            prefix { character in
                width += character.columns
                return width <= columns
            }) + "…"
    }
}

extension Character {
    fileprivate var columns: Int {
        guard let scalar = unicodeScalars.first else { return 0 }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default:
            return scalar.properties.generalCategory == .nonspacingMark ? 0 : 1
        }
    }
}
