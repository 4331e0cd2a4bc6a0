internal import MediaTime

/// Reads comma-separated values with the header `title,type,start,end` (RFC 4180), in any order and with other columns between.
///
/// A whole number is frames; with `:` or `;` it is timecode; with a trailing `s` it is seconds, to the nearest frame.
enum PlainCSV {
    static func read(_ text: EditorialText, _ mode: FrameRateMode, start: Timecode?) -> MarkList {
        var list = MarkList()
        var rows = CSVRows(text.bytes)
        guard let header = rows.nextFilled() else { return list }
        let names = header.fields.map { $0.trimmed.text.lowercased() }
        var places: [Int] = []
        for name in ["title", "type", "start", "end"] {
            guard let place = names.firstIndex(of: name) else {
                let hint =
                    header.fields.count == 1 && header.fields[0].contains(0x3B)
                    ? "; separate the columns with commas, not ';'" : ""
                list.fault(header.line, "the header has no column '\(name)'; it should be title,type,start,end\(hint)")
                return list
            }
            places.append(place)
        }
        var values = Values(mode, start: start)
        while let row = rows.nextFilled() {
            do throws(Flaw) {
                if let flaw = row.flaw { throw flaw }
                guard row.fields.count == names.count else {
                    throw Flaw(
                        "\(row.fields.count) columns, and the header has \(names.count); put names with a comma in quotes"
                    )
                }
                let start = try values.frame(row.fields[places[2]][...].trimmed, "start")
                let end = try values.frame(row.fields[places[3]][...].trimmed, "end")
                guard end >= start else { throw Flaw("the end comes before the start") }
                var mark = Mark(row.fields[places[0]].text, start, end, line: row.line)
                mark.type = row.fields[places[1]].text
                list.marks.append(mark)
            } catch {
                list.fault(row.line, error)
            }
        }
        list.isDropFrame = values.isDropFrame
        return list
    }

    /// Reads a place in the timeline.
    private struct Values {
        private let rate: FrameRate?
        private var timecodes: TimecodeReader?
        var isDropFrame: Bool? { timecodes?.isDropFrame }

        init(_ mode: FrameRateMode, start: Timecode?) {
            if case .constant(let rate) = mode {
                self.rate = rate
                timecodes = TimecodeReader(rate, start: start)
            } else {
                rate = nil
            }
        }

        mutating func frame(_ text: ArraySlice<UInt8>, _ what: String) throws(Flaw) -> Int64 {
            if let frames = text.wholeNumber { return frames }
            guard let rate, var timecodes else {
                throw Flaw("\(what) '\(text.shown)': frames are counted at a variable rate; write a whole number")
            }
            if text.last == UInt8(ascii: "s"), let (value, timebase) = seconds(text.dropLast()) {
                let frame = rate.frameTimebase.rescaleNearest(value, from: timebase)
                return frame
            }
            guard text.isEmpty || !text.allSatisfy(\.isASCIIDigit) else {
                throw Flaw("\(what) \(text.shown) is beyond frame 2^53, which no video has")
            }
            guard text.contains(where: { $0 == 0x3A || $0 == 0x3B }) else {
                throw Flaw(
                    "\(what) '\(text.shown)' is no frame (1000), timecode (00:00:41:16) or time in seconds (41.667s)")
            }
            defer { self.timecodes = timecodes }
            return try timecodes.frame(text, what)
        }

        /// Decimal seconds, exactly.
        private func seconds(_ text: ArraySlice<UInt8>) -> (Int64, Timebase)? {
            let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
            guard let whole = parts.first?.wholeNumber, whole < 1 << 31 else { return nil }
            guard parts.count == 2 else { return (whole, .seconds) }
            guard parts[1].count <= 9, let fraction = parts[1].wholeNumber else { return nil }
            let scale = (0..<parts[1].count).reduce(Int64(1)) { power, _ in power * 10 }
            return Timebase(1, scale).map { (whole * scale + fraction, $0) }
        }
    }
}

/// The records of comma-separated values (RFC 4180), with the lines on which they begin.
struct CSVRows: IteratorProtocol {
    struct Row {
        var line: Int
        var fields: [ArraySlice<UInt8>]
        /// Why the row is not well formed.
        var flaw: Flaw?
    }

    private let bytes: [UInt8]
    private let end: UInt8
    private var position = 0
    private var line = 1

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        end = EditorialText.lineEnd(of: bytes)
    }

    /// The next row that is not blank.
    mutating func nextFilled() -> Row? {
        while let row = next() {
            if row.flaw != nil || row.fields.count > 1 || !row.fields[0].trimmed.isEmpty { return row }
        }
        return nil
    }

    mutating func next() -> Row? {
        guard position < bytes.count else { return nil }
        var row = Row(line: line, fields: [])
        while true {
            row.fields.append(field(&row.flaw))
            guard position < bytes.count else { return row }
            let separator = bytes[position]
            position += 1
            if separator == end {
                line += 1
                return row
            }
        }
    }

    /// Reads a field, and stops before the comma or line end after it.
    private mutating func field(_ flaw: inout Flaw?) -> ArraySlice<UInt8> {
        guard position < bytes.count, bytes[position] == 0x22 else { return plain() }
        position += 1
        var value: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == end { line += 1 }
            guard byte == 0x22 else {
                value.append(byte)
                continue
            }
            guard position < bytes.count, bytes[position] == 0x22 else {
                let rest = plain()
                if !rest.isEmpty {
                    flaw = Flaw("'\(rest.shown)' follows a closing quote; write a quote inside a field twice")
                }
                return value[...]
            }
            value.append(0x22)
            position += 1
        }
        flaw = Flaw("a quote is opened and never closed")
        return value[...]
    }

    private mutating func plain() -> ArraySlice<UInt8> {
        let start = position
        while position < bytes.count, bytes[position] != 0x2C, bytes[position] != end { position += 1 }
        let field = bytes[start..<position]
        let isLast = position == bytes.count || bytes[position] == end
        return isLast && end == 0x0A && field.last == 0x0D ? field.dropLast() : field
    }
}
