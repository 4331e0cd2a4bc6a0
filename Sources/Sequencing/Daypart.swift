/// A part of the week where the viewer is: the quarter of the day in which it is, of a weekday or of the weekend.
public enum Daypart {
    /// How many there are.
    public static let count = 8

    /// The number of the part, from 0: a quarter of a day (0 to 3), and 4 more on a Saturday or Sunday.
    /// - Parameter offset: how far the viewer's clock is ahead of UTC.
    public static func band(at time: Timestamp, offset: UTCOffset) -> Int {
        let local = Timestamp(milliseconds: time.milliseconds + offset.minutes * 60_000)
        let day = local.utcDay.daysSince1970
        let hour = (local.milliseconds - day * Timestamp.day) / 3_600_000
        // 1970-01-01 was a Thursday.
        let weekday = ((day + 3) % 7 + 7) % 7
        return Int(hour / 6) + (weekday >= 5 ? 4 : 0)
    }
}
