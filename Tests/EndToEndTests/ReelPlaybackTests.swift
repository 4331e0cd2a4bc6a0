import Foundation
import MediaTime
import TestSupport
import Testing

/// Players play a reel with B-frames and sound to its end: every frame, each at its time.
@Suite struct ReelPlaybackTests {
    private static let clips: [IndexFile.Clip] = [
        .init("A", "80", 20, 100), .init("B", "40", 130, 170), .init("C", "80", 200, 280),
    ]
    private static let slots = [clips[2], clips[1], clips[0]]
    private static let frames = slots.flatMap(\.frames)

    /// A reel that was copied at 24 frames a second, and one that was encoded at 30000/1001.
    private enum Reels {
        static let copied = Result { try reel(.film, "copy") }
        static let encoded = Result { try reel(FrameRate.common[3], "encode") }

        private static func reel(_ rate: FrameRate, _ condition: String) throws -> String {
            let space = try SharedWorkspaces.make()
            let boundaries = clips.flatMap { [$0.start, $0.end] }
            let mega = try TestMedia.stamped(size: (320, 180), rate: rate, frames: 300, idr: boundaries)
            try space.ingest(mega, rate: rate, clips, condition: condition, beds: ["main=\(TwelveTitles.music())"])
            return try space.render(PlanFile(slots), as: "reel").reel
        }
    }

    private static let film = FrameRate.film
    private static let video = FrameRate.common[3]

    private func reel(_ rate: FrameRate) throws -> String {
        try rate == Self.film ? Reels.copied.get() : Reels.encoded.get()
    }

    @Test(arguments: [film, video]) func ffmpegDecodesEveryFrame(rate: FrameRate) throws {
        let path = try reel(rate)
        #expect(try decodedStamps(of: path) == Self.frames)
        let decoded = try Decoded.frames(of: path)
        #expect(decoded.timebase == (1, Int64(rate.mediaTiming.timescale)))
        #expect(decoded.pts == (0..<200).map { $0 * rate.mediaTiming.ticksPerFrame })
    }

    @Test(.needs(program: "mpv"), arguments: [film, video]) func mpvPresentsEveryFrame(rate: FrameRate) throws {
        let play = try MPVPlay.play(reel(rate))
        #expect(play.status == 0)
        #expect(play.messages == [])
        #expect(play.frames == 200)
        // Its muxer counts in 24,000ths of a second at any rate.
        #expect(play.timebase == "1/24000")
        let (numerator, denominator) = (rate.numerator, rate.denominator)
        #expect(play.times == (0..<200).map { ($0 * 48_000 * denominator + numerator) / (2 * numerator) })
    }

    @Test(.needs(program: "chromium"), arguments: [film, video], [[], ["--mse"]])
    func chromiumShowsEachFrameAtItsTime(rate: FrameRate, how: [String]) throws {
        let play = try BrowserPlay.play(how + [reel(rate), "--stamps"])
        #expect(play.ended && play.error == nil && play.failure == nil && !play.timedOut)
        #expect(play.totalVideoFrames == 200)
        #expect(play.firstMediaTime == 0)
        #expect(play.videoWidth == 320 && play.videoHeight == 180)
        let perSecond = Double(rate.numerator) / Double(rate.denominator)
        // Browsers count in microseconds.
        let times = try #require(play.mediaTimes)
        #expect(times.filter { abs($0 - ($0 * perSecond).rounded() / perSecond) > 2e-6 } == [])
        let read = try #require(play.stampTimes).map { Int(($0 * perSecond).rounded()) }
        let expected: [Int?] = read.map { Self.frames.indices.contains($0) ? Self.frames[$0] : nil }
        #expect(play.stamps == expected, "the picture on show is the one of its time")
        let length = 200 / perSecond
        let buffered = try #require(play.buffered)
        #expect(buffered.count == 1 && buffered[0][0] == 0 && abs(buffered[0][1] - length) < 0.001)
        #expect(abs((play.duration ?? 0) - length) < 0.001 && abs((play.currentTime ?? 0) - length) < 0.001)
    }
}
