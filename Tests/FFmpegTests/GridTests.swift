@testable import FFmpeg
import MediaTime
import TestSupport
import Testing

/// Frames that are not where a constant rate puts them are named.
@Suite struct GridTests {
    private func index(_ ticks: [Int64], timebase: (Int64, Int64)) throws -> FrameIndex {
        let stream = StreamInfo(
            index: 0, identifier: 1, kind: .video, codec: "h264",
            timebase: try #require(Timebase(timebase.0, timebase.1)),
            averageRate: nil, picture: PictureFormat(width: 16, height: 16, pixelFormat: .yuv420p),
            sampleAspect: (1, 1), colour: .init(primaries: 2, transfer: 2, matrix: 2, isFullRange: false), rotation: 0,
            fieldOrder: .progressive, reorderDelay: 0,
            channels: 0, sampleRate: 0, codecHeader: [], mastering: nil, light: nil, timecode: nil, language: "und")
        let packets = ticks.enumerated().map { number, ticks in
            FrameIndex.PacketRecord(
                presentationTicks: ticks, decodeTicks: ticks, durationTicks: 0, isEntry: number == 0,
                isDamaged: false, frame: Int64(number))
        }
        return FrameIndex(
            stream: stream, track: 0,
            firstFrame: FirstFrame(picture: stream.picture, fieldOrder: .progressive, mastering: nil, light: nil),
            presentationTicks: ticks, endTicks: (ticks.last ?? 0) + 1, packets: packets,
            packetOfFrame: Array(ticks.indices))
    }

    private func off(_ index: FrameIndex, _ rate: FrameRate, from start: Int64 = 0) -> [Int64] {
        index.firstOffGrid(rate, in: start..<index.count).map { [$0.frame, $0.ticks, $0.expected] } ?? []
    }

    /// Muxers round to a tick and back, even where ticks could be exact.
    @Test(arguments: FrameRate.common)
    func fineTicksMayBeOneOff(rate: FrameRate) throws {
        let (timescale, step) = rate.mediaTiming
        var ticks = (0..<200).map { 5_000 + Int64($0) * step }
        #expect(off(try index(ticks, timebase: (1, Int64(timescale))), rate) == [])
        ticks[120] += 1
        #expect(off(try index(ticks, timebase: (1, Int64(timescale))), rate) == [])
        ticks[120] += 1
        #expect(off(try index(ticks, timebase: (1, Int64(timescale))), rate) == [120, 120 * step + 2, 120 * step])
    }

    /// Where a frame lasts a few ticks, one of them is much.
    @Test func coarseTicksHaveNoTolerance() throws {
        for step: Int64 in [1, 2, 7] {
            var ticks = (0..<50).map { Int64($0) * step }
            #expect(off(try index(ticks, timebase: (1, 24 * step)), .film) == [])
            ticks[30] += 1
            #expect(off(try index(ticks, timebase: (1, 24 * step)), .film) == [30, 30 * step + 1, 30 * step])
        }
    }

    /// Matroska and FLV round to milliseconds, up, down or to the nearest: one tick is allowed, two are not.
    @Test(arguments: [FrameRate.film, FrameRate.common[3], FrameRate.common[7]])
    func roundedTicksMayBeOneOff(rate: FrameRate) throws {
        let milliseconds = try #require(Timebase(1, 1000))
        let starts = (0..<500).map { Int64($0) }
        for rounding in [Timebase.rescaleFloor, Timebase.rescaleNearest, Timebase.rescaleCeiling] {
            var ticks = starts.map { rounding(milliseconds)($0, rate.frameTimebase) }
            #expect(off(try index(ticks, timebase: (1, 1000)), rate) == [])
            let expected = rate.ticks(atFrame: 300, in: milliseconds)
            ticks[300] = expected + 2
            #expect(off(try index(ticks, timebase: (1, 1000)), rate) == [300, expected + 2, expected])
        }
    }

    @Test func aGapAndADoubledFrameAreNamed() throws {
        let steady = (0..<100).map { Int64($0) * 1000 }
        let gap = steady.filter { $0 != 40_000 }
        #expect(off(try index(gap, timebase: (1, 24_000)), .film) == [40, 41_000, 40_000])
        let doubled = steady[0...40] + steady[40...].map { $0 + 500 }
        #expect(off(try index(Array(doubled), timebase: (1, 24_000)), .film) == [41, 40_500, 41_000])
        // A range that ends before the fault, or begins after the last frame, has none.
        #expect(try index(gap, timebase: (1, 24_000)).firstOffGrid(.film, in: 0..<40) == nil)
        #expect(off(try index(gap, timebase: (1, 24_000)), .film, from: 99) == [])
        #expect(off(try index([], timebase: (1, 24_000)), .film) == [])
    }

    @Test func theWrongRateIsNamed() throws {
        let ntsc = try #require(FrameRate(24_000, 1001))
        let ticks = (0..<48).map { Int64($0) * 1001 }
        #expect(off(try index(ticks, timebase: (1, 24_000)), ntsc) == [])
        #expect(off(try index(ticks, timebase: (1, 24_000)), .film) == [2, 2002, 2000])
    }

    @Test(arguments: ["mp4", "mov", "mkv", "ts", "fmp4"])
    func realContainersAreOnTheGrid(container: String) throws {
        for rate in [FrameRate.film, try #require(FrameRate(30_000, 1001))] {
            let path = try TestMedia.stamped(
                size: (128, 72), rate: rate, frames: 60, container: container, sound: "none")
            let index = try FrameIndex.scan(path)
            #expect(index.count == 60)
            #expect(off(index, rate) == [])
        }
    }

    @Test func realUnevenDurationsAreNamed() throws {
        let path = try TestMedia.stamped(size: (128, 72), frames: 60, sound: "none", more: ["--durations", "1,1,1,2"])
        let index = try FrameIndex.scan(path)
        let step = FrameRate.film.ticks(atFrame: 1, in: index.stream.timebase)
        #expect(off(index, .film) == [4, 5 * step, 4 * step])
    }

    @Test func numbersOfTicksAreFound() throws {
        let index = try index([10, 20, 35], timebase: (1, 24))
        #expect([9, 10, 11, 20, 34, 35, 36].map { index.frame(atTicks: $0) } == [nil, 0, nil, 1, nil, 2, nil])
    }
}
