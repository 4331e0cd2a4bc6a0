internal import MediaTime

/// Rows of fields between tabs.
enum Table {
    static func columns(_ line: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        line.split(separator: 0x09, omittingEmptySubsequences: false)
    }

    static func isAuditionHeader(_ columns: [ArraySlice<UInt8>]) -> Bool {
        columns.prefix(4).map { $0.trimmed.text } == ["Name", "Start", "Duration", "Time Format"]
    }

    /// A field as it is meant: quotes are data, unless they enclose the whole field, as a spreadsheet writes it.
    static func unquoted(_ field: ArraySlice<UInt8>) -> String {
        guard field.count >= 2, field.first == 0x22, field.last == 0x22 else { return field.text }
        let inner = field.dropFirst().dropLast().text
        let plain = inner.replacing("\"\"", with: "")
        return plain.contains("\"") ? field.text : inner.replacing("\"\"", with: "\"")
    }
}

/// Reads Premiere's marker table. Header and types are in the user's language, so columns go by position: name, description,
/// in, out, duration.
enum PremiereTable {
    static func read(_ text: EditorialText, _ rate: FrameRate, start: Timecode?) -> MarkList {
        var list = MarkList()
        var timecodes = TimecodeReader(rate, start: start)
        for line in text.lines where !line.isBlank {
            let columns = Table.columns(line.bytes)
            if line.number == 1, columns.count < 3 || !Timecode.isOne(columns[2]) { continue }
            do throws(Flaw) {
                guard columns.count >= 5 else {
                    throw Flaw(
                        "\(columns.count) columns, where name, description, in, out and duration should be; export it again"
                    )
                }
                let start = try timecodes.frame(columns[2].trimmed, "in")
                let end = try timecodes.frame(columns[3].trimmed, "out")
                let duration = try timecodes.length(columns[4].trimmed, "duration")
                guard end >= start else { throw Flaw("the out comes before the in") }
                guard end == start + duration else {
                    throw Flaw(
                        "in and out are \(end - start) frames apart, and the duration is \(duration); export it again")
                }
                list.marks.append(Mark(Table.unquoted(columns[0]), start, end, line: line.number))
            } catch {
                list.fault(line.number, error)
            }
        }
        return list
    }
}

/// Reads Avid's marker list: user, timecode, track, colour, comment, length in frames. The comment is the name.
enum AvidMarkers {
    static func read(_ text: EditorialText, _ rate: FrameRate, start: Timecode?) -> MarkList {
        var list = MarkList()
        var timecodes = TimecodeReader(rate, start: start)
        for line in text.lines where !line.isBlank {
            let columns = Table.columns(line.bytes)
            do throws(Flaw) {
                guard columns.count >= 5 else {
                    throw Flaw(
                        "\(columns.count) columns, where user, timecode, track, colour and comment should be; export it again"
                    )
                }
                let start = try timecodes.frame(columns[1].trimmed, "timecode")
                let (comment, length) = split(columns)
                guard length <= TimecodeReader.longest else {
                    throw Flaw("the marker is \(length) frames long, more than a day")
                }
                list.marks.append(Mark(comment, start, start + length, line: line.number))
            } catch {
                list.fault(line.number, error)
            }
        }
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
        var list = MarkList()
        for line in text.lines where !line.isBlank {
            let columns = Table.columns(line.bytes)
            if line.number == 1, columns.count < 2 || milliseconds(columns[1].trimmed) == nil { continue }
            do throws(Flaw) {
                guard columns.count >= 4 else {
                    throw Flaw(
                        "\(columns.count) columns, where name, start, duration and time format should be; export it again"
                    )
                }
                let format = columns[3].trimmed
                guard format.elementsEqual("decimal".utf8) else {
                    throw Flaw(
                        "times are in the format '\(format.shown)'; set Audition's time display to Decimal and export again"
                    )
                }
                guard let start = milliseconds(columns[1].trimmed), let duration = milliseconds(columns[2].trimmed)
                else {
                    throw Flaw("'\(columns[1].shown)' or '\(columns[2].shown)' is no time such as 1:08:02.786")
                }
                let thousandths = Timebase.milliseconds
                list.marks.append(
                    Mark(
                        Table.unquoted(columns[0]), rate.frameTimebase.rescaleNearest(start, from: thousandths),
                        rate.frameTimebase.rescaleNearest(start + duration, from: thousandths), line: line.number))
            } catch {
                list.fault(line.number, error)
            }
        }
        return list
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
