internal import MediaTime

/// Reads a DaVinci Resolve marker EDL: an event of one frame for each marker, and after it `note |C:colour |M:name |D:frames`.
///
/// The length is D, never the event's out. Resolve does not escape `|` in names, so the fields are found from the end.
enum ResolveEDL {
    static func read(_ text: EditorialText, _ rate: FrameRate, start: Timecode?) -> MarkList {
        var list = MarkList()
        var timecodes = TimecodeReader(rate, start: start)
        var event = Waiting.none
        for line in text.lines {
            do throws(Flaw) {
                if let isDrop = frameCountMode(line) {
                    try timecodes.state(isDropFrame: isDrop)
                } else if let found = EDLEvent(line) {
                    event.end(&list)
                    event = .flawed
                    let record = try found.record(&timecodes)
                    event = .event(line: line.number, start: record.start)
                    guard found.timecodes[0].elementsEqual(found.timecodes[2]) else {
                        throw Flaw("source and record timecodes differ, which Resolve never writes; export it again")
                    }
                } else if let marker = Marker(line.bytes) {
                    defer { event = .none }
                    switch event {
                    case .event(let line, let start): list.marks.append(try mark(marker, (line, start), rate, &list))
                    // What is wrong with it has been said.
                    case .flawed: break
                    case .none: throw Flaw("this marker has no event before it, so it has no frame; export it again")
                    }
                }
            } catch {
                list.fault(line.number, error)
            }
        }
        event.end(&list)
        list.isDropFrame = timecodes.isDropFrame
        return list
    }

    /// What waits for the line with its marker.
    private enum Waiting {
        case none
        case flawed
        case event(line: Int, start: Int64)

        /// Says so where no marker came.
        func end(_ list: inout MarkList) {
            guard case .event(let line, _) = self else { return }
            list.fault(line, "this event has no line ' |C:… |M:name |D:frames'; export it again")
        }
    }

    private static func mark(
        _ marker: Marker, _ event: (line: Int, start: Int64), _ rate: FrameRate, _ list: inout MarkList
    ) throws(Flaw) -> Mark {
        guard let length = marker.length else {
            throw Flaw("the length '\(marker.lengthText.shown)' after |D: is no whole number")
        }
        guard length <= TimecodeReader.longest else {
            throw Flaw("the marker is \(length) frames long, more than a day")
        }
        if length > 600 * rate.numerator / rate.denominator {
            list.warn(
                event.line,
                "the marker is \(length) frames long; old versions of Resolve wrote wrong lengths, so look at it")
        }
        return Mark(marker.name.trimmed.text, event.start, event.start + length, line: event.line)
    }

    /// The fields of ` |C:ResolveColorBlue |M:name |D:80`.
    private struct Marker {
        var name: ArraySlice<UInt8>
        var lengthText: ArraySlice<UInt8>
        var length: Int64? { lengthText.wholeNumber }

        init?(_ line: ArraySlice<UInt8>) {
            guard let end = line.lastRange(of: " |D:") else { return nil }
            let fields = line[..<end.lowerBound]
            // The name may hold these marks itself, so the first ones count, after the colour.
            guard let colour = fields.firstRange(of: "|C:"),
                let name = fields[colour.upperBound...].firstRange(of: " |M:")
            else {
                return nil
            }
            self.name = fields[name.upperBound...]
            lengthText = line[end.upperBound...].trimmed
        }
    }
}

extension TimecodeReader {
    /// Frames that no timeline has: more than a day at the highest rate.
    static let longest: Int64 = 24 * 3600 * 999
}
