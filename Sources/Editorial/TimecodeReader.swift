internal import Diagnostics
internal import MediaTime

/// Reads the timecodes of one file as frames from the beginning of the timeline.
///
/// Whether they are drop-frame, the file says once (`FCM:`), or each by its mark; two that contradict each other are refused.
struct TimecodeReader {
    private let rate: FrameRate
    private let start: Timecode?
    private var drop: Drop?

    /// Whether the timecodes are drop-frame; `nil` before the first.
    var isDropFrame: Bool? { drop?.count.isDropFrame }

    /// What has settled whether timecodes are drop-frame.
    private struct Drop {
        var count: TimecodeCount
        var start: Int64
        var isStated: Bool
    }

    /// - Parameter start: the timecode of frame 0.
    init(_ rate: FrameRate, start: Timecode?) {
        self.rate = rate
        self.start = start
    }

    /// Takes what a line `FCM:` says of the timecodes after it.
    mutating func state(isDropFrame: Bool) throws(Flaw) {
        drop = try settle(isDropFrame: isDropFrame, isStated: true)
    }

    private func settle(isDropFrame: Bool, isStated: Bool) throws(Flaw) -> Drop {
        guard let count = TimecodeCount(rate, isDropFrame: isDropFrame) else {
            throw Flaw(
                isDropFrame
                    ? "drop-frame timecode does not exist at \(rate), only at 30000/1001 and 60000/1001; give the right --frame-rate"
                    : "timecode does not count at \(rate); give a rate such as 24 or 24000/1001", once: true)
        }
        guard let start else { return Drop(count: count, start: 0, isStated: isStated) }
        if start.mark == .semicolon, !isDropFrame {
            throw Flaw("the timecodes are non-drop-frame, and --start-timecode \(start) is drop-frame", once: true)
        }
        guard let frame = count.frame(of: start) else {
            throw Flaw(missing(start, count, "--start-timecode ").message, once: true)
        }
        return Drop(count: count, start: frame, isStated: isStated)
    }

    private func missing(_ timecode: Timecode, _ count: TimecodeCount, _ place: String = "") -> Flaw {
        timecode.frames < count.nominalRate
            ? Flaw("\(place)\(timecode) does not exist: drop-frame leaves that number out")
            : Flaw("\(place)\(timecode) does not exist at \(rate): its frames go from 0 to \(count.nominalRate - 1)")
    }

    /// The frames that a timecode is after the beginning of the timeline; `what` names it in messages.
    mutating func frame(_ bytes: ArraySlice<UInt8>, _ what: String) throws(Flaw) -> Int64 {
        let (timecode, drop) = try counted(bytes, what)
        guard let frame = drop.count.frame(of: timecode) else { throw missing(timecode, drop.count, "\(what) ") }
        guard frame >= drop.start else {
            throw Flaw(
                "\(what) \(timecode) is before the start timecode \(start.map { "\($0)" } ?? "00:00:00:00"); "
                    + "give the timecode of the first frame with --start-timecode")
        }
        return frame - drop.start
    }

    /// A length that is written as a timecode.
    mutating func length(_ bytes: ArraySlice<UInt8>, _ what: String) throws(Flaw) -> Int64 {
        let (timecode, drop) = try counted(bytes, what)
        guard let frames = drop.count.frame(of: timecode) else { throw missing(timecode, drop.count, "\(what) ") }
        return frames
    }

    private mutating func counted(_ bytes: ArraySlice<UInt8>, _ what: String) throws(Flaw) -> (Timecode, Drop) {
        guard let timecode = Timecode(ascii: bytes) else {
            throw Flaw("\(what) '\(bytes.shown)' is no timecode; it should look like 01:00:41:16")
        }
        let isStated = drop?.isStated ?? false
        if timecode.mark == .point || timecode.mark == .comma, !isStated {
            throw Flaw(
                "\(what) \(timecode): what '\(Character(Unicode.Scalar(timecode.mark.rawValue)))' means, only a line FCM: would tell"
            )
        }
        let isDrop = timecode.mark == .semicolon
        guard let drop else {
            let settled = try settle(isDropFrame: isDrop, isStated: false)
            drop = settled
            return (timecode, settled)
        }
        if isDrop, !drop.count.isDropFrame {
            throw Flaw("\(what) \(timecode) is drop-frame, and the file's timecodes are non-drop-frame")
        }
        if !isDrop, drop.count.isDropFrame, !drop.isStated {
            throw Flaw("\(what) \(timecode) is non-drop-frame, and the file's timecodes are drop-frame")
        }
        return (timecode, drop)
    }
}
