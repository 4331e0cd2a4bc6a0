import MediaTime
import Testing

@Suite("Frame rates and time bases")
struct FrameRateTests {
    @Test("Rates are exact fractions in lowest terms")
    func lowestTerms() {
        #expect(FrameRate(48, 2) == FrameRate(24))
        #expect(FrameRate("30000/1001")?.description == "30000/1001")
        #expect(FrameRate("24")?.description == "24/1")
    }

    @Test(
        "What is not an exact rate is refused",
        arguments: ["23.976", "0/1", "24/0", "", "/", "24/", "-24", "24/1/1", "٢٤", "9999999999"])
    func refused(text: String) {
        #expect(FrameRate(text) == nil)
    }

    @Test("Frames fall on the nearest tick")
    func nearestTick() throws {
        let rate = try #require(FrameRate(30_000, 1_001))
        let milliseconds = try #require(Timebase(1, 1_000))
        #expect((0..<7).map { rate.ticks(atFrame: $0, in: milliseconds) } == [0, 33, 67, 100, 133, 167, 200])
        let exact = try #require(Timebase(1, 30_000))
        #expect((0..<4).map { rate.ticks(atFrame: $0, in: exact) } == [0, 1_001, 2_002, 3_003])
    }

    @Test("A rendition's timescale holds whole ticks a frame")
    func mediaTiming() throws {
        let expected: [(String, Int32, Int64)] = [
            ("24000/1001", 24_000, 1_001), ("24", 24_000, 1_000), ("25", 25_000, 1_000),
            ("30000/1001", 30_000, 1_001), ("30", 30_000, 1_000), ("50", 50_000, 1_000),
            ("60000/1001", 60_000, 1_001), ("60", 60_000, 1_000), ("1000/33", 1_000, 33),
        ]
        for (text, timescale, ticks) in expected {
            let timing = try #require(FrameRate(text)).mediaTiming
            #expect(timing.timescale == timescale && timing.ticksPerFrame == ticks, "\(text)")
        }
    }

    @Test("Rounding is named: nearest, down, up, below zero too")
    func rounding() throws {
        let third = try #require(Timebase(1, 3))
        let tenth = try #require(Timebase(1, 10))
        #expect([-2, -1, 0, 1, 2].map { tenth.rescaleNearest($0, from: third) } == [-7, -3, 0, 3, 7])
        #expect([-2, -1, 0, 1, 2].map { tenth.rescaleFloor($0, from: third) } == [-7, -4, 0, 3, 6])
        #expect([-2, -1, 0, 1, 2].map { tenth.rescaleCeiling($0, from: third) } == [-6, -3, 0, 4, 7])
        let half = try #require(Timebase(1, 2))
        let whole = try #require(Timebase(1, 1))
        #expect([-3, -1, 1, 3].map { whole.rescaleNearest($0, from: half) } == [-2, -1, 1, 2])
    }

    @Test("Rescaling is exact beyond 64 bits")
    func wide() throws {
        let nano = try #require(Timebase(1, 1_000_000_000))
        let samples = Timebase.samples48k
        #expect(samples.rescaleNearest(9_000_000_000_000_000_000, from: nano) == 432_000_000_000_000)
    }

    @Test("Ranges are half-open and never empty")
    func ranges() throws {
        let range = try #require(FrameRange(1_000, 1_080))
        #expect(range.count == 80)
        #expect([999, 1_000, 1_079, 1_080].map(range.contains) == [false, true, true, false])
        #expect([FrameRange(5, 5), FrameRange(6, 5), FrameRange(-1, 5)] == [nil, nil, nil])
    }
}
