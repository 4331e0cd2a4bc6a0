import Diagnostics
import Editions
import FFmpeg
import Foundation
import MediaTime
import Plans
import TestSupport
import Testing

@testable import Sound

/// Beds and clips at one loudness, as an independent meter (libebur128) measures it.
@Suite(.needsLoudnessMeter) struct LoudnessTests {
    private let studio: Studio

    init() throws { studio = try Studio() }

    /// Pink noise that swells and falls, at a level, with hard peaks.
    private func noise(_ level: String, seconds: Int = 12) throws -> String {
        let path = studio.folder.file("noise-\(UUID().uuidString).wav")
        let source = "anoisesrc=color=pink:r=48000:d=\(seconds):seed=7:a=1"
        let peaks = "aevalsrc='if(lt(mod(t,0.7),0.004),0.9*sin(6000*t),0)':s=48000:d=\(seconds)"
        try Tools.check(
            "ffmpeg",
            [
                "-v", "error", "-f", "lavfi", "-i", source, "-f", "lavfi", "-i", peaks, "-filter_complex",
                "[0]tremolo=f=0.3:d=0.7[a];[a][1]amix=normalize=0,volume=\(level)dB,aformat=channel_layouts=stereo",
                "-c:a",
                "pcm_f32le", path,
            ])
        return path
    }

    private func settings(_ loudness: Int32, channels: Int = 2) -> SoundSettings {
        SoundSettings(channels: channels, loudness: Decibels(hundredths: loudness))
    }

    private func measure(_ path: String, _ range: Range<Int>? = nil) throws -> Loudness {
        try #require(Loudness.measure([path], range: range).first)
    }

    @Test(arguments: [(-12, -2_300), (-30, -2_300), (0, -1_400), (-12, -1_000)] as [(Int, Int32)])
    func aBedIsAsLoudAsItShould(level: Int, target: Int32) throws {
        let bed = try BedMaker(settings(target)).make(
            BedSource(name: "main", path: noise("\(level)")), into: studio.library, progress: { _ in })
        // Sample 0 to 1,023 of the bed alone is garbage, which no reel plays.
        let found = try measure(studio.file(of: bed), 2_048..<Int(bed.samples) / 1_024 * 1_024)
        let levels = try #require(bed.levels)
        #expect(abs((found.loudness ?? 0) * 100 - Double(target)) < 50, "\(found)")
        #expect(abs((levels.loudness?.value ?? 0) - (found.loudness ?? 0)) < 0.2, "\(levels) \(found)")
        #expect(found.truePeak <= -1, "\(found)")
        #expect(abs((levels.truePeak?.value ?? 0) - found.truePeak) < 0.5, "\(levels) \(found)")
        #expect(levels.isLimited == (target > -2_000))
    }

    @Test func aClipIsAsLoudAsItShould() throws {
        let path = try noise("-6")
        let sources = [
            ClipSoundSource(name: "a", samples: 100_000..<260_000),
            ClipSoundSource(name: "b", samples: 300_000..<380_000, gain: Decibels(hundredths: -450)),
            // Too short for a block of 400 ms.
            ClipSoundSource(name: "c", samples: 400_000..<419_000),
        ]
        let made = try ClipSoundMaker(settings(-2_300)).make(
            sources, of: path, track: 0, ducking: Ducking(), into: studio.library, progress: { _ in })
        let clips = try made.clips.map { try #require($0) }
        let found = try zip(clips, sources).map { clip, source in
            try measure(studio.library.path(of: clip.lossless, "flac"), 16_384..<16_384 + source.samples.count)
        }
        #expect(abs((found[0].loudness ?? 0) + 23) < 0.5)
        #expect(abs((found[1].loudness ?? 0) + 27.5) < 0.5)
        #expect(
            clips[2].levels
                == SoundLevels(
                    source: nil, gain: Decibels(hundredths: 0), loudness: nil, truePeak: clips[2].levels.truePeak,
                    isLimited: clips[2].levels.isLimited))
        for (clip, measured) in zip(clips, found) {
            #expect(measured.truePeak <= -1)
            #expect(abs((clip.levels.truePeak?.value ?? 0) - measured.truePeak) < 0.3)
        }
        #expect(made.format.quietest != nil && made.format.loudest.map { $0 > Decibels(hundredths: -2_500) } == true)
    }

    /// What is very quiet is not blown up to noise: the cap is said.
    @Test func faintSoundIsRaisedSoFarAndNoFurther() throws {
        let bed = try BedMaker(settings(-2_300)).make(
            BedSource(name: "main", path: noise("-46")), into: studio.library, progress: { _ in })
        #expect(bed.levels?.gain == Decibels(hundredths: 3_000))
    }

    @Test func offMeansUntouched() throws {
        let path = try noise("0")
        let bed = try studio.bed(path)
        #expect(bed.levels?.gain == Decibels(hundredths: 0) && bed.levels?.isLimited == false)
        let source = try Decoded.sound(of: path)
        let copy = try Decoded.sound(of: studio.library.path(of: bed.lossless, "flac"))
        let worst = zip(source, copy).reduce(Float(0)) { max($0, abs(min(1, max(-1, $1.0)) - $1.1)) }
        #expect(source.count == copy.count && worst < 0.000_001)
    }

    /// All six channels count, the surrounds a little more.
    @Test func surround() throws {
        let path = studio.folder.file("surround.wav")
        try Tools.check(
            "ffmpeg", ["-v", "error", "-i", try noise("-10"), "-af", "pan=5.1|FL=c0|FR=c1|FC=0.5*c0|BL=c1|BR=c0", path])
        var settings = settings(-2_300, channels: 6)
        settings.bitsPerSecond = 384_000
        let bed = try BedMaker(settings).make(
            BedSource(name: "main", path: path), into: studio.library, progress: { _ in })
        let found = try measure(studio.file(of: bed), 2_048..<500_000)
        #expect(found.channels == 6 && abs((found.loudness ?? 0) + 23) < 0.5, "\(found)")
    }
}

/// The limiter's own promises, sample by sample.
@Suite struct LimiterTests {
    private func loud(_ count: Int, seed: UInt64 = 3) -> [Float] {
        var random = FixedRandom(state: seed)
        // A tone near a quarter of the rate peaks between its samples.
        return (0..<count).map { index in
            Float(0.3 * sin(Double(index) * 1.57 + 0.7))
                + (index % 4_001 < 3 ? Float.random(in: 0.5...1.4, using: &random) : 0)
        }
    }

    private func limited(_ samples: [Float], in pieces: Int, ceiling: Float) -> [Float] {
        var stream = LimitedStream(Limiter(ceiling: ceiling), channels: 1)
        var result: [Float] = []
        for start in stride(from: 0, to: samples.count, by: pieces) {
            stream.add(.init(channels: [Array(samples[start..<min(start + pieces, samples.count)])])) {
                result += $0.channels[0]
            }
        }
        stream.finish { result += $0.channels[0] }
        return result
    }

    @Test func noPeakIsAboveTheCeiling() {
        let samples = loud(100_000)
        let result = limited(samples, in: 777, ceiling: 0.5)
        #expect(result.count == samples.count)
        var meter = TruePeakMeter(channels: 1)
        meter.add(.init(channels: [result]))
        meter.finish()
        #expect(meter.peak <= 0.503 && meter.peak > 0.49)
    }

    /// In pieces of any size, and from any place on, the same comes out: that is why segments join.
    @Test func itHasNoMemory() {
        let samples = loud(90_000)
        let whole = limited(samples, in: 90_000, ceiling: 0.5)
        #expect(limited(samples, in: 100, ceiling: 0.5) == whole)
        let part = limited(Array(samples[20_000..<60_000]), in: 5_000, ceiling: 0.5)
        let inside = Limiter.reach..<40_000 - Limiter.reach
        let worst = zip(part[inside], whole[20_000 + inside.lowerBound..<20_000 + inside.upperBound])
            .reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
        #expect(worst < 0.000_001)
    }

    @Test func whatIsQuietIsLeftAlone() {
        let samples = loud(30_000).map { $0 * 0.2 }
        #expect(limited(samples, in: 1_000, ceiling: 0.5) == samples)
    }
}
