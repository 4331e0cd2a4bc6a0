import MediaTime
import Testing

/// Timecode against published numbers, and against counting label by label.
@Suite struct TimecodeTests {
    private static func count(_ numerator: Int64, _ denominator: Int64 = 1, drop: Bool = false) throws -> TimecodeCount
    {
        let rate = try #require(FrameRate(numerator, denominator))
        return try #require(TimecodeCount(rate, isDropFrame: drop))
    }

    @Test func publishedNumbersAgree() throws {
        let one = try #require(Timecode("01:00:00:00"))
        #expect(try Self.count(30_000, 1001).frame(of: one) == 108_000)
        #expect(try Self.count(30_000, 1001, drop: true).frame(of: one) == 107_892)
        #expect(try Self.count(60_000, 1001, drop: true).frame(of: one) == 215_784)
        #expect(try Self.count(24_000, 1001).frame(of: one) == 86_400)
        #expect(try Self.count(30_000, 1001, drop: true).framesOfDay == 2_589_408)
    }

    /// Counts all labels of a day one by one, leaving out those that drop-frame leaves out, as the standard words it.
    @Test(arguments: [
        (24, 1, false), (25, 1, false), (30_000, 1001, false), (30_000, 1001, true), (60_000, 1001, true),
        (120, 1, false),
    ])
    func everyLabelOfADayIsCounted(numerator: Int64, denominator: Int64, drop: Bool) throws {
        let count = try Self.count(numerator, denominator, drop: drop)
        let nominal = count.nominalRate
        var frame: Int64 = 0
        var wrong: [String] = []
        for minute in 0..<Int64(24 * 60) {
            let dropped = drop && minute % 10 != 0 ? nominal / 15 : 0
            for second in 0..<Int64(60) {
                let first = second == 0 ? dropped : 0
                // The ends of each second; in the first minutes every label.
                for label in first..<nominal where minute < 11 || label == first || label == nominal - 1 {
                    let text = Self.text(minute / 60, minute % 60, second, label, drop)
                    let expected = frame + label - first
                    if Timecode(text).flatMap(count.frame) != expected
                        || count.timecode(of: expected)?.description != text
                    {
                        wrong.append(text)
                    }
                }
                frame += nominal - first
            }
        }
        #expect(wrong == [])
        #expect(count.framesOfDay == frame)
        #expect(count.timecode(of: frame) == nil && count.timecode(of: -1) == nil)
    }

    private static func text(_ hours: Int64, _ minutes: Int64, _ seconds: Int64, _ frames: Int64, _ drop: Bool)
        -> String
    {
        let two = { (number: Int64) in number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(hours)):\(two(minutes)):\(two(seconds))\(drop ? ";" : ":")\(two(frames))"
    }

    @Test func labelsThatDoNotExistAreNone() throws {
        let drop = try Self.count(30_000, 1001, drop: true)
        #expect(
            ["00:01:00;00", "00:01:00;01", "00:09:00;01"].map { Timecode($0).flatMap(drop.frame) } == [nil, nil, nil])
        #expect(["00:01:00;02", "00:10:00;00"].map { Timecode($0).flatMap(drop.frame) } == [1800, 17_982])
        #expect(Timecode("00:00:00:24").flatMap(try Self.count(24).frame) == nil)
    }

    @Test(arguments: [
        "", "1:00:00:00", "01:00:00", "01:00:00:0", "01:60:00:00", "24:00:00:00", "01:00:60:00", "01.00.00.00",
        "01:00:00:00 ", "aa:00:00:00", "01:00:00:0000",
    ])
    func isNoTimecode(text: String) { #expect(Timecode(text) == nil) }

    @Test func ratesWithoutTimecodeHaveNone() throws {
        let rates = [(25, 2), (24_000, 1000), (1000, 1), (30, 1)].compactMap { FrameRate($0.0, $0.1) }
        #expect(rates.map { TimecodeCount($0, isDropFrame: false) != nil } == [false, true, false, true])
        #expect(rates.map { TimecodeCount($0, isDropFrame: true) != nil } == [false, false, false, false])
    }

    @Test func ratesAreReadAsToolsWriteThem() {
        let texts = [
            "23.976", "23.98", "23.976023976023978", "29.97", "59.94", "59.9401", "47.952", "119.88", "24.0", "12.5",
            "25",
            "30000/1001", "24.5",
        ]
        let rates = [
            "24000/1001", "24000/1001", "24000/1001", "30000/1001", "60000/1001", "60000/1001", "48000/1001",
            "120000/1001", "24/1",
            "25/2", "25/1", "30000/1001", "49/2",
        ]
        #expect(texts.map { FrameRate(rounded: $0)?.description ?? "none" } == rates)
        #expect(
            ["", ".", "24.", ".5", "-24", "24.x", "0.0", "1e3", "24,5"].map { FrameRate(rounded: $0) }
                == Array(repeating: nil, count: 9))
    }
}

/// Rates as tools write them.
@Suite struct RoundedRateTests {
    @Test func decimalsMeanTheUsualRates() {
        let rates = [
            ("23.976", "24000/1001"), ("23.98", "24000/1001"), ("23.976023976023978", "24000/1001"), ("24", "24/1"),
            ("24.0", "24/1"),
            ("24.00", "24/1"), ("29.97", "30000/1001"), ("59.94", "60000/1001"), ("59.940059940059939", "60000/1001"),
            ("12.5", "25/2"), ("47.952", "48000/1001"), ("119.88", "120000/1001"), ("30000/1001", "30000/1001"),
            ("999999.5", "1999999/2"),
        ]
        for (text, rate) in rates { #expect(FrameRate(rounded: text)?.description == rate, "\(text)") }
        for text in ["", ".", "24.", ".5", "0.0", "-24.0", "1000000.5", "999999999.5", "24,0", "1e3", "24.0.0", "nan"] {
            #expect(FrameRate(rounded: text) == nil, "\(text)")
        }
    }
}
