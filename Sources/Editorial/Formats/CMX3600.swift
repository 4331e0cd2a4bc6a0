internal import MediaTime

/// Reads the picture of a CMX3600 edit decision list: a clip for each event, at its record times.
///
/// `* FROM CLIP NAME:` names the event above it. A dissolve or wipe has two lines with one number, and `* TO CLIP NAME:` names
/// the incoming clip, whose range begins with the transition.
struct CMX3600 {
    private var list = MarkList()
    private var timecodes: TimecodeReader
    private var pending: [Pending] = []

    /// An event that waits for its name.
    private struct Pending {
        var line: Int
        var number: ArraySlice<UInt8>
        var range: (start: Int64, end: Int64)
        var name: String?
        var isMixed: Bool
        /// Black has no name and is no clip, but may be one side of a dissolve.
        var isBlack: Bool
    }

    static func read(_ text: EditorialText, _ rate: FrameRate, start: Timecode?) -> MarkList {
        var reader = CMX3600(timecodes: TimecodeReader(rate, start: start))
        for line in text.lines { reader.take(line) }
        reader.finish()
        reader.list.isDropFrame = reader.timecodes.isDropFrame
        return reader.list
    }

    private init(timecodes: TimecodeReader) { self.timecodes = timecodes }

    private mutating func take(_ line: EditorialText.Line) {
        do throws(Flaw) {
            if let isDrop = frameCountMode(line) {
                try timecodes.state(isDropFrame: isDrop)
            } else if let event = EDLEvent(line) {
                if pending.last?.number.elementsEqual(event.number) != true { finish() }
                let range = try event.record(&timecodes)
                guard event.isPicture else { return }
                pending.append(
                    Pending(
                        line: line.number, number: event.number, range: range, name: nil, isMixed: !event.isCut,
                        isBlack: event.isBlack))
            } else if let name = Self.comment(line.bytes, "FROM CLIP NAME:") {
                // The first of the lines with one number is the outgoing clip.
                let place = pending.firstIndex { $0.name == nil && !$0.isBlack }
                if let place { pending[place].name = name }
            } else if let name = Self.comment(line.bytes, "TO CLIP NAME:") {
                if let last = pending.lastIndex(where: { !$0.isBlack }) { pending[last].name = name }
            } else if let first = line.bytes.first, first.isASCIIDigit, line.words.count >= 3 {
                throw Flaw("this is no event: expected NUMBER REEL CHANNELS TRANSITION and four timecodes")
            }
        } catch {
            list.fault(line.number, error)
        }
    }

    private mutating func finish() {
        for event in pending where !event.isBlack {
            let isEmpty = event.range.start == event.range.end
            // The outgoing clip of a dissolve stands there with no length.
            if isEmpty, pending.count > 1 { continue }
            guard let name = event.name else {
                list.fault(event.line, "this event has no '* FROM CLIP NAME:'; export the list with clip names")
                continue
            }
            if event.isMixed {
                list.warn(
                    event.line,
                    "the clip '\(Array(name.utf8)[...].shown)' begins with a dissolve or wipe: its first frames are mixed"
                )
            }
            list.marks.append(Mark(name, event.range.start, event.range.end, line: event.line))
        }
        pending = []
    }

    /// What follows `* KEY` or `*KEY`.
    private static func comment(_ line: ArraySlice<UInt8>, _ key: String) -> String? {
        guard line.first == UInt8(ascii: "*") else { return nil }
        let text = line.dropFirst().trimmed
        guard text.starts(with: key.utf8) else { return nil }
        return text.dropFirst(key.utf8.count).trimmed.text
    }
}
