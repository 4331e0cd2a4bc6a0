import Diagnostics
import Editions
import FFmpeg
import Foundation
import MediaTime
import Plans
import TestSupport
import Testing

@testable import Sound

/// Beds that go on for ever: back to a given place, with a crossfade, on the grid of AAC frames.
@Suite struct LoopTests {
    // MARK: Arithmetic

    private let loop = BedLoop(start: 96 * 1_024, end: 250 * 1_024, crossfade: 4_800)

    @Test func framesAndSamplesAfterTheEndAreThoseThatAreRepeated() {
        let timeline = BedTimeline(.madeUp(parts: [96, 96, 58], loop: loop))
        #expect(timeline.length == nil)
        #expect(
            [0, 95, 249, 250, 403, 404, 557, 558].map { timeline.stored($0) } == [0, 95, 249, 96, 249, 96, 249, 96])
        #expect(timeline.lossless(255_990..<256_010) == [255_990..<256_000, 98_304..<98_314])
        // Twice around: 154 AAC frames are 157,696 samples.
        #expect(timeline.lossless(255_000..<414_000) == [255_000..<256_000, 98_304..<256_000, 98_304..<98_608])
        #expect(timeline.lossless(-5..<5) == [-5..<5])
    }

    @Test func partsAreRepeatedWhole() {
        let timeline = BedTimeline(.madeUp(parts: [96, 96, 58], loop: loop))
        let parts = timeline.wholeParts(in: 50..<600)
        #expect(parts.map(\.part) == [1, 2, 1, 2, 1, 2])
        #expect(parts.map(\.start) == [96, 192, 250, 346, 404, 500])
        #expect(BedTimeline(.madeUp(parts: [96, 96])).wholeParts(in: 1..<192).map(\.part) == [1])
    }

    // MARK: What is heard

    private func music(_ studio: Studio) throws -> String {
        let path = studio.folder.file("music.wav")
        try Tools.check(
            "ffmpeg",
            [
                "-v", "error", "-y", "-f", "lavfi", "-i", "anoisesrc=color=pink:r=48000:d=6:seed=9:a=0.5", "-af",
                "lowpass=f=3000,aformat=channel_layouts=stereo", "-c:a", "pcm_s24le", path,
            ])
        return path
    }

    private func make(_ studio: Studio, _ loop: BedSource.Loop) throws -> Bed {
        try BedMaker().make(
            BedSource(name: "main", path: music(studio), loop: loop), into: studio.library, progress: { _ in })
    }

    @Test func theLoopIsHeardWithoutASeam() throws {
        let studio = try Studio()
        let bed = try make(studio, .init(start: 100_000))
        // 6 s are 288,000 samples; on the grid from 99,328 on that leaves 184 AAC frames.
        let found = try #require(bed.loop)
        #expect(found == BedLoop(start: 97 * 1_024, end: 281 * 1_024, crossfade: 4_800))
        #expect(bed.samples == found.end && bed.sound.frames == 281)
        // A part ends where the loop begins.
        #expect(bed.sound.parts.map(\.frames) == [96, 1, 96, 88])

        let source = try Decoded.sound(of: music(studio))
        let (start, end, fade) = (Int(found.start), Int(found.end), 4_800)
        let ideal = (0..<1_440_000).map { sample -> Float in
            var place = sample
            if place >= end { place = start + (place - start) % (end - start) }
            guard place >= end - fade else { return source[place] }
            let point = (Float(place - end + fade) + 0.5) / Float(fade) * .pi / 2
            return source[place] * cos(point) + source[place - end + start] * sin(point)
        }
        let copy = try Decoded.sound(of: studio.library.path(of: bed.lossless, "flac"))
        #expect(zip(copy, ideal).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) } < 0.000_001)

        // 30 s, begun in the middle, whose end lies in the sixth round.
        let reel = ReelSound(samples: 1_440_000, AudioSettings(start: 20_480, fadeOut: 30_000))
        let pieces = try ReelSoundMaker(library: studio.library, bed: bed).pieces(reel)
        #expect(pieces.filter { $0.object == bed.sound.object }.count > 10)
        let file = try studio.file(of: pieces, bed)
        let timeline = try Timeline.check(file)
        #expect(timeline.faults == [])
        let heard = try Decoded.sound(of: file)
        #expect(heard.count == Int(reel.count) * 1_024)
        let joins = stride(from: end - 20_480, to: heard.count - 40_000, by: end - start).map { $0 }
        let plain = stride(from: 8_192, to: heard.count - 40_000, by: 2_048).filter { place in
            joins.allSatisfy { abs($0 - place) > 4_096 }
        }
        func errors(_ places: [Int]) -> [Double] {
            places.map { place in
                signalToError(
                    heard[place - 1_024..<place + 1_024],
                    (place - 1_024..<place + 1_024).map { sample in
                        let whole = sample + 20_480
                        return ideal[whole < ideal.count ? whole : start + (whole - start) % (end - start)]
                    })
            }.sorted()
        }
        let (at, elsewhere) = (errors(joins), errors(plain))
        #expect(at[0] > elsewhere[elsewhere.count / 20] - 1, "joins \(at), elsewhere from \(elsewhere.prefix(8))")
        // And the tail, which is encoded from the copy, goes around too.
        #expect(heard.peak(heard.count - 64..<heard.count) < 0.01)
    }

    /// What heads, tails and mixes are made of goes around as well, wherever it is read from and in whatever pieces.
    @Test(arguments: [1_024, 1_000, 100_000])
    func theLosslessCopyGoesAround(step: Int) throws {
        let studio = try Studio()
        let bed = try make(studio, .init(start: 100_000))
        let found = try #require(bed.loop)
        let copy = try Decoded.sound(of: studio.library.path(of: bed.lossless, "flac"))
        for first in [0, 270 * 1_024, Int(found.end), 500_000] {
            let stream = try BedStream(bed, of: studio.library, from: Int64(first))
            var heard: [Float] = []
            while heard.count < 250_000 { heard += try stream.take(step).channels[0] }
            let (start, end) = (Int(found.start), Int(found.end))
            let wanted = (first..<first + heard.count).map {
                copy[$0 < end ? $0 : start + ($0 - start) % (end - start)]
            }
            let same = heard == wanted
            #expect(same, "from \(first)")
        }
    }

    /// Without sound before its beginning there is nothing to fade over from: the loop begins a crossfade later.
    @Test func aLoopOfTheWholeBed() throws {
        let studio = try Studio()
        #expect(try make(studio, .init(start: 0)).loop == BedLoop(start: 5_120, end: 281 * 1_024, crossfade: 4_800))
        #expect(
            try make(studio, .init(start: 0, end: 50_000, crossfade: 0)).loop
                == BedLoop(start: 0, end: 49_152, crossfade: 0))
    }

    @Test func loopsThatCannotBe() throws {
        let studio = try Studio()
        for loop in [BedSource.Loop(start: 287_000), .init(start: 0, end: 288_001), .init(start: 10_000, end: 9_000)] {
            let found = try fault { _ = try make(studio, loop) }
            #expect(found.status == .badInput)
            #expect(found.message.hasPrefix("--bed-loop main: cannot go back from sample "), "\(found.message)")
        }
    }
}
