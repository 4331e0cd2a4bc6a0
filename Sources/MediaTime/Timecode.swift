/// A timecode as it is written: `01:00:41:16`, or with `;` before the frames where it is drop-frame (SMPTE ST 12-1).
///
/// It is a label of a frame, not a time: what frame it means, a ``TimecodeCount`` says.
public struct Timecode: Hashable, Sendable, StringCoded {
    /// From 0 to 23.
    public let hours: Int64
    /// From 0 to 59.
    public let minutes: Int64
    /// From 0 to 59.
    public let seconds: Int64
    /// From 0; below the whole number of frames a second.
    public let frames: Int64
    /// What stands before the frames.
    public let mark: Mark

    /// What stands before the frames of a written timecode.
    public enum Mark: UInt8, Sendable {
        /// `:`, non-drop-frame where nothing else says so.
        case colon = 0x3A
        /// `;`, drop-frame.
        case semicolon = 0x3B
        /// `.`, a field mark in old lists, drop-frame in some others.
        case point = 0x2E
        /// `,`, a field mark in old lists.
        case comma = 0x2C
    }

    /// Reads `HH:MM:SS:FF` in ASCII, with two or three digits for the frames; `nil` for anything else, and for hours, minutes
    /// and seconds that no clock shows. Either `:` or `;` may stand before minutes and seconds.
    public init?(ascii bytes: some Collection<UInt8>) {
        var numbers: [Int64] = []
        var value: Int64 = 0
        var digits = 0
        var last: UInt8 = 0
        for byte in bytes {
            switch byte {
            case 0x30...0x39:
                value = value * 10 + Int64(byte - 0x30)
                digits += 1
                guard digits <= 3 else { return nil }
            case 0x3A, 0x3B, 0x2C, 0x2E:
                guard digits == 2, numbers.count < 3, numbers.count == 2 || byte <= 0x3B && byte >= 0x3A else {
                    return nil
                }
                numbers.append(value)
                (value, digits, last) = (0, 0, byte)
            default: return nil
            }
        }
        guard numbers.count == 3, digits >= 2, numbers[0] < 24, numbers[1] < 60, numbers[2] < 60,
            let mark = Mark(rawValue: last)
        else { return nil }
        self.init(hours: numbers[0], minutes: numbers[1], seconds: numbers[2], frames: value, mark: mark)
    }

    /// Reads a timecode as ``init(ascii:)`` does.
    public init?(_ text: some StringProtocol) { self.init(ascii: text.utf8) }

    /// For messages.
    public static let form = "a timecode such as 01:00:00:00"

    init(hours: Int64, minutes: Int64, seconds: Int64, frames: Int64, mark: Mark) {
        (self.hours, self.minutes, self.seconds, self.frames, self.mark) = (hours, minutes, seconds, frames, mark)
    }

    /// The same label with another mark before the frames.
    public func with(mark: Mark) -> Timecode {
        Timecode(hours: hours, minutes: minutes, seconds: seconds, frames: frames, mark: mark)
    }

    /// `01:00:41:16`, or `01:00:41;16`.
    public var description: String {
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let mark = Character(Unicode.Scalar(mark.rawValue))
        return "\(two(hours)):\(two(minutes)):\(two(seconds))\(mark)\(two(frames))"
    }
}

/// Counts frames as timecode does: at the whole number of frames next to the rate, in drop-frame leaving numbers out.
///
/// All is integer arithmetic. Drop-frame exists at 30000/1001 and 60000/1001: of each minute but every tenth the first 2 (or 4)
/// frame numbers don't exist, so that the labels keep up with the clock (SMPTE ST 12-1, section 5.2.2).
public struct TimecodeCount: Hashable, Sendable {
    /// Frames a labelled second: 24 at 24000/1001.
    public let nominalRate: Int64
    /// Whether numbers are left out.
    public let isDropFrame: Bool

    /// The count at a rate; `nil` where there is none: timecode exists at whole rates and at those times 1000/1001, up to 999
    /// frames a second, drop-frame at 30000/1001 and 60000/1001 alone.
    public init?(_ rate: FrameRate, isDropFrame: Bool) {
        switch rate.denominator {
        case 1: nominalRate = rate.numerator
        case 1001 where rate.numerator % 1000 == 0: nominalRate = rate.numerator / 1000
        default: return nil
        }
        guard nominalRate <= 999 else { return nil }
        if isDropFrame { guard rate.denominator == 1001, nominalRate == 30 || nominalRate == 60 else { return nil } }
        self.isDropFrame = isDropFrame
    }

    /// Frame numbers that a minute leaves out, but every tenth.
    private var dropped: Int64 { isDropFrame ? nominalRate / 15 : 0 }
    private var framesOfTenMinutes: Int64 { nominalRate * 600 - dropped * 9 }
    /// Labels that a day has.
    public var framesOfDay: Int64 { framesOfTenMinutes * 144 }

    /// How many frames after `00:00:00:00` a timecode is, whatever its mark.
    /// - Returns: `nil` when no frame has this label: the frames reach the rate, or drop-frame leaves it out.
    public func frame(of timecode: Timecode) -> Int64? {
        guard timecode.frames < nominalRate else { return nil }
        let minutes = timecode.hours * 60 + timecode.minutes
        if minutes % 10 != 0, timecode.seconds == 0, timecode.frames < dropped { return nil }
        let labels = (minutes * 60 + timecode.seconds) * nominalRate + timecode.frames
        return labels - dropped * (minutes - minutes / 10)
    }

    /// The label of the `frame`-th frame after `00:00:00:00`; `nil` before it, and from 24 hours on.
    public func timecode(of frame: Int64) -> Timecode? {
        guard (0..<framesOfDay).contains(frame) else { return nil }
        let tens = frame / framesOfTenMinutes
        let rest = frame % framesOfTenMinutes
        // Of ten minutes the first is whole; each of the others lacks its first numbers.
        let whole = nominalRate * 60
        let minutes = rest < whole ? 0 : 1 + (rest - whole) / (whole - dropped)
        let labels = frame + dropped * (tens * 9 + minutes)
        return Timecode(
            hours: labels / (nominalRate * 3600), minutes: labels / whole % 60, seconds: labels / nominalRate % 60,
            frames: labels % nominalRate, mark: isDropFrame ? .semicolon : .colon)
    }
}
