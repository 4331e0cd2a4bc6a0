import Foundation
import MediaTime
import TestSupport
import Testing

/// A stamped reel of 320 by 180 pixels and the source's frames that it has to show, for players to judge.
struct PlayedReel: Sendable {
    var path: String
    var rate: FrameRate
    var frames: [Int]

    /// ffmpeg decodes every frame without a word, each with its time.
    func checkFFmpeg() throws {
        #expect(try decodedStamps(of: path) == frames)
        let decoded = try Decoded.frames(of: path)
        #expect(decoded.timebase == (1, Int64(rate.mediaTiming.timescale)))
        #expect(decoded.pts == frames.indices.map { Int64($0) * rate.mediaTiming.ticksPerFrame })
    }

    /// mpv presents every frame at its time, without a warning.
    func checkMPV() throws {
        let play = try MPVPlay.play(path)
        #expect(play.status == 0)
        #expect(play.messages == [])
        #expect(play.frames == frames.count)
        // Its muxer counts in 24,000ths of a second at any rate.
        #expect(play.timebase == "1/24000")
        let (numerator, denominator) = (rate.numerator, rate.denominator)
        #expect(
            play.times
                == frames.indices.map { (Int64($0) * 48_000 * denominator + numerator) / (2 * numerator) })
    }

    /// Chromium plays to the end, decodes every frame, and shows each at its time.
    ///
    /// - Parameter how: `[]` for `<video src=>`, `["--mse"]` for Media Source Extensions.
    func checkChromium(_ how: [String]) throws {
        let play = try BrowserPlay.play(how + [path, "--stamps"])
        #expect(play.ended && play.error == nil && play.failure == nil && !play.timedOut)
        #expect(play.totalVideoFrames == frames.count)
        #expect(play.firstMediaTime == 0)
        #expect(play.videoWidth == 320 && play.videoHeight == 180)
        let perSecond = Double(rate.numerator) / Double(rate.denominator)
        // Browsers count in microseconds.
        let times = try #require(play.mediaTimes)
        #expect(times.filter { abs($0 - ($0 * perSecond).rounded() / perSecond) > 2e-6 } == [])
        let read = try #require(play.stampTimes).map { Int(($0 * perSecond).rounded()) }
        let expected: [Int?] = read.map { frames.indices.contains($0) ? frames[$0] : nil }
        #expect(play.stamps == expected, "the picture on show is the one of its time")
        let length = Double(frames.count) / perSecond
        let buffered = try #require(play.buffered)
        #expect(buffered.count == 1 && buffered[0][0] == 0 && abs(buffered[0][1] - length) < 0.001)
        #expect(abs((play.duration ?? 0) - length) < 0.001 && abs((play.currentTime ?? 0) - length) < 0.001)
    }
}
