internal import MediaTime

/// Rows of fields between tabs.
enum Table {
    static func columns(_ line: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        line.split(separator: 0x09, omittingEmptySubsequences: false)
    }

    /// Reads the marks of all lines that are not blank, each of which needs some columns.
    /// - Parameters:
    ///   - columns: the names of the columns that must be there.
    ///   - isHeader: whether the first line, by its columns, is none of the marks.
    static func marks(
        _ text: EditorialText, columns names: [String], isHeader: ([ArraySlice<UInt8>]) -> Bool = { _ in false },
        _ read: ([ArraySlice<UInt8>], Int) throws(Flaw) -> Mark
    ) -> MarkList {
        var list = MarkList()
        for line in text.lines where !line.isBlank {
            let columns = columns(line.bytes)
            if line.number == 1, isHeader(columns) { continue }
            do throws(Flaw) {
                guard columns.count >= names.count else {
                    let wanted = names.dropLast().joined(separator: ", ") + " and \(names.last ?? "")"
                    throw Flaw("\(columns.count) columns, where \(wanted) should be; export it again")
                }
                list.marks.append(try read(columns, line.number))
            } catch {
                list.fault(line.number, error)
            }
        }
        return list
    }

    static func isAuditionHeader(_ columns: [ArraySlice<UInt8>]) -> Bool {
        columns.prefix(4).map { $0.trimmed.text } == ["Name", "Start", "Duration", "Time Format"]
    }

    /// A field as it is meant: quotes are data, unless they enclose the whole field, as a spreadsheet writes it.
    static func unquoted(_ field: ArraySlice<UInt8>) -> String {
        guard field.count >= 2, field.first == 0x22, field.last == 0x22 else { return field.text }
        var inner: [UInt8] = []
        var rest = field.dropFirst().dropLast()
        while let byte = rest.popFirst() {
            if byte == 0x22, rest.popFirst() != 0x22 { return field.text }
            inner.append(byte)
        }
        return inner[...].text
    }
}

/// Reads Premiere's marker table. Header and types are in the user's language, so columns go by position: name, description,
/// in, out, duration.
enum PremiereTable {
    static func read(_ text: EditorialText, _ rate: FrameRate, start: Timecode?) -> MarkList {
        var timecodes = TimecodeReader(rate, start: start)
        var list = Table.marks(
            text, columns: ["name", "description", "in", "out", "duration"],
            isHeader: { $0.count < 3 || !Timecode.isOne($0[2]) }
        ) { columns, line throws(Flaw) in
            let start = try timecodes.frame(columns[2].trimmed, "in")
            let end = try timecodes.frame(columns[3].trimmed, "out")
            let duration = try timecodes.length(columns[4].trimmed, "duration")
            guard end >= start else { throw Flaw("the out comes before the in") }
            guard end == start + duration else {
                throw Flaw(
                    "in and out are \(end - start) frames apart, and the duration is \(duration); export it again")
            }
            return Mark(Table.unquoted(columns[0]), start, end, line: line)
        }
        list.isDropFrame = timecodes.isDropFrame
        return list
    }
}

/// Reads Avid's marker list: user, timecode, track, colour, comment, length in frames. The comment is the name.
enum AvidMarkers {
    static func read(_ text: EditorialText, _ rate: FrameRate, start: Timecode?) -> MarkList {
        var timecodes = TimecodeReader(rate, start: start)
        var list = Table.marks(text, columns: ["user", "timecode", "track", "colour", "comment"]) {
            columns, line throws(Flaw) in
            let start = try timecodes.frame(columns[1].trimmed, "timecode")
            let (comment, length) = split(columns)
            guard length <= TimecodeReader.longest else {
                throw Flaw("the marker is \(length) frames long, more than a day")
            }
            return Mark(comment, start, start + length, line: line)
        }
        list.isDropFrame = timecodes.isDropFrame
        return list
    }

    /// Comments may hold tabs: the length is column 6 if that is a whole number, else the last column; old files have none.
    private static func split(_ columns: [ArraySlice<UInt8>]) -> (comment: String, length: Int64) {
        if columns.count > 5, let length = columns[5].trimmed.wholeNumber { return (columns[4].text, length) }
        if columns.count > 5, let last = columns.last, let length = last.trimmed.wholeNumber {
            return (columns[4..<columns.count - 1].map(\.text).joined(separator: "\t"), length)
        }
        return (columns[4...].map(\.text).joined(separator: "\t").trimmingEnd, 0)
    }
}

extension String {
    fileprivate var trimmingEnd: String { String(decoding: Array(utf8).trimmed, as: UTF8.self) }
}

/// Reads Audition's marker table: name, start, duration, time format. Times are `[H:]M:SS.mmm` from the start of the file, and go to
/// the nearest frame, the end from start plus duration.
enum AuditionTable {
    static func read(_ text: EditorialText, _ rate: FrameRate) -> MarkList {
        Table.marks(
            text, columns: ["name", "start", "duration", "time format"],
            isHeader: { $0.count < 2 || milliseconds($0[1].trimmed) == nil }
        ) { columns, line throws(Flaw) in
            let format = columns[3].trimmed
            guard format.elementsEqual("decimal".utf8) else {
                throw Flaw(
                    "times are in the format '\(format.shown)'; set Audition's time display to Decimal and export again"
                )
            }
            guard let start = milliseconds(columns[1].trimmed), let duration = milliseconds(columns[2].trimmed) else {
                throw Flaw("'\(columns[1].shown)' or '\(columns[2].shown)' is no time such as 1:08:02.786")
            }
            let frame = { rate.frameTimebase.rescaleNearest($0, from: .milliseconds) }
            return Mark(Table.unquoted(columns[0]), frame(start), frame(start + duration), line: line)
        }
    }

    /// `[H:]M:SS.mmm` in thousandths of a second.
    private static func milliseconds(_ text: ArraySlice<UInt8>) -> Int64? {
        let halves = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard halves.count == 2, halves[1].count == 3, let thousandths = halves[1].wholeNumber else { return nil }
        let parts = halves[0].split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        let numbers = parts.compactMap(\.wholeNumber)
        guard numbers.count == parts.count, (2...3).contains(numbers.count), numbers[0] < 100_000,
            numbers.dropFirst().allSatisfy({ $0 < 60 })
        else { return nil }
        return numbers.reduce(0) { $0 * 60 + $1 } * 1000 + thousandths
    }
}
