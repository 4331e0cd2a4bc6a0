/// An instant: whole milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Milliseconds since 1970, negative before.
    public let milliseconds: Int64

    /// Milliseconds of a day.
    public static let day: Int64 = 86_400_000

    /// The instant `milliseconds` after 1970-01-01T00:00:00Z.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Reads an RFC 3339 date-time: `2026-11-24T20:15:03.120Z`, `2026-11-24T21:15:03+01:00`.
    ///
    /// Exact: no floating-point number is involved; digits of the fraction after the third are cut off. `nil` for anything
    /// else: a date alone, an hour 24, a second 60 (it has no place on this time line), a day that the month has not, an
    /// offset of a day or more, and a result outside the years 0000 to 9999.
    public init?(rfc3339 text: some StringProtocol) {
        var reader = DigitReader(text)
        guard let date = reader.date(), reader.take("T") || reader.take("t"), let hour = reader.number(2, 0...23),
            reader.take(":"), let minute = reader.number(2, 0...59), reader.take(":"),
            let second = reader.number(2, 0...59), let fraction = reader.fractionMilliseconds(),
            let offset = reader.offset(), reader.isAtEnd
        else { return nil }
        let minutes = (date.daysSince1970 * 24 + hour) * 60 + minute - offset.minutes
        milliseconds = (minutes * 60 + second) * 1_000 + fraction
        guard Self.years.contains(milliseconds) else { return nil }
    }

    /// What RFC 3339's four digits of a year can say.
    private static let years = -62_167_219_200_000..<Int64(253_402_300_800_000)

    /// The UTC date.
    public var utcDay: CalendarDay { CalendarDay(daysSince1970: Self.floor(milliseconds, Self.day)) }

    /// RFC 3339 in UTC, with milliseconds only if there are any: `2026-11-24T20:15:03.120Z`.
    public var description: String {
        let rest = milliseconds - Self.floor(milliseconds, Self.day) * Self.day
        let (hours, minutes, seconds) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1_000 % 60)
        let fraction = rest % 1_000 == 0 ? "" : "." + padded(rest % 1_000, 3)
        return "\(utcDay)T\(padded(hours, 2)):\(padded(minutes, 2)):\(padded(seconds, 2))\(fraction)Z"
    }

    /// Earlier instants come first.
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    private static func floor(_ value: Int64, _ divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : (value - divisor + 1) / divisor
    }
}

/// A day of the proleptic Gregorian calendar, without a time zone.
public struct CalendarDay: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Days since 1970-01-01, negative before.
    public let daysSince1970: Int64

    /// The day `daysSince1970` days after 1970-01-01.
    public init(daysSince1970: Int64) { self.daysSince1970 = daysSince1970 }

    /// Reads `2026-05-01`; `nil` for anything else and for days that the month has not.
    public init?(_ text: some StringProtocol) {
        var reader = DigitReader(text)
        guard let day = reader.date(), reader.isAtEnd else { return nil }
        self = day
    }

    /// The day of a year, a month (1...12) and a day; `nil` if the month has no such day.
    ///
    /// Counts from 1 March of year 0, so that the leap day is a year's last (Howard Hinnant, `days_from_civil`).
    init?(year: Int64, month: Int64, day: Int64) {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths: [Int64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...12).contains(month), day >= 1, day <= lengths[Int(month - 1)] else { return nil }
        let shifted = month > 2 ? year : year - 1
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        daysSince1970 = era * 146_097 + dayOfEra - 719_468
    }

    /// `yyyy-mm-dd` (Hinnant, `civil_from_days`).
    public var description: String {
        let shifted = daysSince1970 + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let march = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * march + 2) / 5 + 1
        let month = march < 10 ? march + 3 : march - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }

    /// Earlier days come first.
    public static func < (left: CalendarDay, right: CalendarDay) -> Bool { left.daysSince1970 < right.daysSince1970 }
}

/// How far a viewer's clock is ahead of UTC.
public struct UTCOffset: Hashable, Sendable, CustomStringConvertible {
    /// Minutes ahead of UTC, from −1439 to 1439; negative in the west.
    public let minutes: Int64

    /// UTC itself.
    public static let utc = UTCOffset(minutes: 0)

    init(minutes: Int64) { self.minutes = minutes }

    /// Reads `Z`, `+01:00` or `-03:30`; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        var reader = DigitReader(text)
        guard let offset = reader.offset(), reader.isAtEnd else { return nil }
        self = offset
    }

    /// `Z` or `+01:00`.
    public var description: String {
        guard minutes != 0 else { return "Z" }
        let size = minutes.magnitude
        return (minutes < 0 ? "-" : "+") + padded(Int64(size / 60), 2) + ":" + padded(Int64(size % 60), 2)
    }
}

/// A date or an instant, as titles' files write when something begins: `2026-05-01` or `2026-05-01T18:00:00Z`.
public enum Moment: Hashable, Sendable, CustomStringConvertible {
    /// Midnight at the start of a day, where the viewer is.
    case day(CalendarDay)
    /// The same instant everywhere.
    case instant(Timestamp)

    /// Reads a date or an RFC 3339 date-time; `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        if let day = CalendarDay(text) {
            self = .day(day)
        } else if let instant = Timestamp(rfc3339: text) {
            self = .instant(instant)
        } else {
            return nil
        }
    }

    /// The instant for a viewer whose clock is `offset` ahead of UTC.
    public func timestamp(offset: UTCOffset) -> Timestamp {
        switch self {
        case .day(let day): Timestamp(milliseconds: day.daysSince1970 * Timestamp.day - offset.minutes * 60_000)
        case .instant(let instant): instant
        }
    }

    /// The form that `init` reads.
    public var description: String {
        switch self {
        case .day(let day): day.description
        case .instant(let instant): instant.description
        }
    }
}

/// Reads fixed-width decimal fields, ASCII only.
private struct DigitReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: some StringProtocol) { bytes = Array(text.utf8) }

    var isAtEnd: Bool { position == bytes.count }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, UInt32(bytes[position]) == character.value else { return false }
        position += 1
        return true
    }

    mutating func digit() -> Int64? {
        guard position < bytes.count, (0x30...0x39).contains(bytes[position]) else { return nil }
        position += 1
        return Int64(bytes[position - 1] - 0x30)
    }

    mutating func number(_ width: Int, _ range: ClosedRange<Int64>) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<width {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return range.contains(value) ? value : nil
    }

    mutating func date() -> CalendarDay? {
        guard let year = number(4, 0...9999), take("-"), let month = number(2, 1...12), take("-"),
            let day = number(2, 1...31)
        else { return nil }
        return CalendarDay(year: year, month: month, day: day)
    }

    /// `.120` as 120; 0 where there is no fraction; `nil` for a point without digits.
    mutating func fractionMilliseconds() -> Int64? {
        guard take(".") else { return 0 }
        guard var value = digit() else { return nil }
        var places = 1
        while let digit = digit() {
            if places < 3 { value = value * 10 + digit }
            places += 1
        }
        return places == 1 ? value * 100 : places == 2 ? value * 10 : value
    }

    mutating func offset() -> UTCOffset? {
        if take("Z") || take("z") { return .utc }
        let isWest = take("-")
        guard isWest || take("+"), let hours = number(2, 0...23), take(":"), let minutes = number(2, 0...59) else {
            return nil
        }
        return UTCOffset(minutes: (isWest ? -1 : 1) * (hours * 60 + minutes))
    }
}

/// A number with leading zeros to at least `width` digits.
private func padded(_ value: Int64, _ width: Int) -> String {
    let digits = String(value.magnitude)
    return (value < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.count)) + digits
}
