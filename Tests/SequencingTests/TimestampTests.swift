import Sequencing
import Testing

@Suite struct TimestampTests {
    /// Milliseconds from Python's datetime.
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-11-24T20:15:03.120Z", 1_795_551_303_120),
        ("2026-11-24T21:15:03.12+01:00", 1_795_551_303_120),
        ("2026-11-24t10:45:03.1200000-09:30", 1_795_551_303_120),
        ("2026-11-24T20:15:03.1209999z", 1_795_551_303_120),
        ("1969-12-31T23:59:59.999Z", -1),
        ("2000-02-29T12:00:00-00:00", 951_825_600_000),
        ("0000-01-01T00:00:00Z", -62_167_219_200_000),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
    ])
    func readsRFC3339(text: String, milliseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "2026-11-24", "2026-11-24T20:15Z", "2026-11-24T20:15:03", "2026-11-24 20:15:03Z", "2026-11-24T24:00:00Z",
        "2026-11-24T23:60:00Z", "2016-12-31T23:59:60Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-04-31T00:00:00Z", "2026-04-00T00:00:00Z",
        "2026-11-24T20:15:03.Z", "2026-11-24T20:15:03+1:00", "2026-11-24T20:15:03+24:00", "2026-11-24T20:15:03+01:60",
        "2026-11-24T20:15:03Z ", "+026-11-24T20:15:03Z", "2026-11-24T20:15:03,1Z", "２026-11-24T20:15:03Z",
        "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "1764014400",
    ])
    func refusesWhatIsNotRFC3339(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func writesWhatItReads() {
        let texts = [
            "1970-01-01T00:00:00Z", "2026-11-24T20:15:03.120Z", "1969-12-31T23:59:59.999Z", "0000-01-01T00:00:00Z",
            "2000-02-29T01:02:03.004Z", "9999-12-31T23:59:59Z",
        ]
        #expect(texts.map { Timestamp(rfc3339: $0)?.description } == texts)
    }

    @Test func everyDayOf400YearsReadsBackAsItself() {
        for days in Int64(-30_000)..<120_000 {
            let day = CalendarDay(daysSince1970: days)
            guard CalendarDay(day.description) == day else {
                Issue.record("\(days) is written as \(day)")
                return
            }
        }
        #expect(CalendarDay(daysSince1970: 20_781).description == "2026-11-24")
    }

    @Test func datesBeginAtTheViewersMidnight() throws {
        let day = try #require(Moment("2026-05-01"))
        let east = try #require(UTCOffset("+02:00"))
        #expect(day.timestamp(offset: .utc).description == "2026-05-01T00:00:00Z")
        #expect(day.timestamp(offset: east).description == "2026-04-30T22:00:00Z")
        let instant = try #require(Moment("2026-05-01T10:00:00+02:00"))
        #expect(instant.timestamp(offset: east).description == "2026-05-01T08:00:00Z")
        #expect(Moment("2026-5-1") == nil)
    }

    @Test func readsOffsets() {
        #expect(["Z", "+01:00", "-03:30", "-00:00"].map { UTCOffset($0)?.minutes } == [0, 60, -210, 0])
        #expect(["Z", "+01:00", "-03:30"].map { UTCOffset($0)?.description } == ["Z", "+01:00", "-03:30"])
        #expect(["", "1", "+01", "+0100", "CET", "+24:00"].allSatisfy { UTCOffset($0) == nil })
    }
}
