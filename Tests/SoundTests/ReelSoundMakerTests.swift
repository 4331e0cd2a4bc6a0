import Diagnostics
import Editions
import Foundation
import MediaTime
import Plans
import TestSupport
import Testing

@testable import Sound

/// A reel's sound as it is heard: silence, a fade, the bed sample for sample, a fade, silence.
@Suite struct ReelSoundMakerTests {
    private func reel(
        _ frames: Int64, start: Int64 = 0, fadeIn: Int64 = 3_072, fadeOut: Int64 = 48_000
    ) -> ReelSound {
        ReelSound(samples: frames * 2_000, AudioSettings(start: start, fadeIn: fadeIn, fadeOut: fadeOut))
    }

    /// Music and speech, where there are shared media; else the stamps.
    private func film() throws -> String {
        SharedMedia.folder == nil ? try stampedSound() : try SharedMedia.file("bbb-audio-20s.mp4")
    }

    /// A bed with what is heard of it, decoded once for all reels of a test.
    private struct Recording {
        let studio: Studio
        let bed: Bed
        let samples: [Float]
        let lossless: [Float]

        init(_ path: String) throws {
            studio = try Studio()
            bed = try studio.bed(path)
            samples = try Decoded.sound(of: studio.file(of: bed))
            lossless = try Decoded.sound(of: studio.library.path(of: bed.lossless, "flac"))
        }
    }

    private struct Heard {
        var reel: [Float]
        var bed: [Float]
        /// What the reel should be before coding.
        var ideal: [Float]
    }

    private func heard(_ sound: ReelSound, _ recording: Recording) throws -> Heard {
        let studio = recording.studio
        let maker = ReelSoundMaker(library: studio.library, bed: recording.bed)
        let file = try studio.file(of: maker.pieces(sound), recording.bed)
        let timeline = try Timeline.check(file)
        #expect(timeline.faults == [])
        #expect(timeline.tracks.map(\.presentationTimes) == [(0..<sound.count).map { Double($0 * 1_024) }])
        let start = Int(sound.bedStart) * 1_024
        let lossless = recording.lossless
        let ideal = (0..<Int(sound.count) * 1_024).map { index in
            (start + index < lossless.count ? lossless[start + index] : 0) * sound.gain(at: Int64(index))
        }
        return Heard(reel: try Decoded.sound(of: file), bed: Array(recording.samples[start...]), ideal: ideal)
    }

    @Test func betweenTheFadesItIsTheBed() throws {
        let recording = try Recording(film())
        for (start, fadeIn, fadeOut) in [
            (0, 3_072, 48_000), (0, 0, 0), (50_000, 20_000, 10_000), (98_304, 3_072, 2_048),
        ] as [(Int64, Int64, Int64)] {
            try checkReel(reel(360, start: start, fadeIn: fadeIn, fadeOut: fadeOut), recording)
        }
    }

    private func checkReel(_ sound: ReelSound, _ recording: Recording) throws {
        let heard = try heard(sound, recording)
        #expect(heard.reel.count == 703 * 1_024)
        let exact = Int(sound.fadeInFrames) * 1_024..<Int(sound.count - sound.fadeOutFrames) * 1_024
        let same = heard.reel[exact] == heard.bed[exact]
        #expect(same)

        // The first AAC frame has no partner: only silence is safe there.
        #expect(heard.reel.peak(0..<1_024) < 0.001)
        // Nothing jumps where the encoded meets the bed's own, nor at either end.
        let loudest = heard.bed.largestStep(0..<heard.bed.count)
        #expect(heard.reel.largestStep(0..<heard.reel.count) <= loudest * 1.05)
        #expect(heard.reel.peak(heard.reel.count - 64..<heard.reel.count) < 0.01)

        // One AAC frame beside each end of the exact run is half encoded for the reel and half the bed's own.
        let handovers = [exact.lowerBound - 1_024..<exact.lowerBound, exact.upperBound..<exact.upperBound + 1_024]
        for range in handovers {
            let here = signalToError(heard.reel[range], Array(heard.ideal[range]))
            let there = signalToError(heard.bed[range], Array(heard.ideal[range]))
            // Measured: 15.5 to 42.6 dB, from 9.3 below what the bed has there to 7.4 above.
            #expect(here > 13, "samples \(range)")
            #expect(here > there - 12, "samples \(range)")
        }
    }

    @Test func everyFrameSoundsItsNumber() throws {
        let studio = try Studio()
        let bed = try studio.bed(stampedSound())
        let sound = reel(240, start: 102_400, fadeIn: 3_072, fadeOut: 24_000)
        let file = try studio.file(of: ReelSoundMaker(library: studio.library, bed: bed).pieces(sound), bed)
        let samples = try Decoded.sound(of: file)
        // Sample 102,400 of the bed is sample 400 of frame 51.
        let aligned = Array(samples.dropFirst(1_600))
        let numbers = SoundStamp.numbers(in: aligned, rate: .film, from: 52)
        #expect(Array(numbers.dropFirst(1).prefix(220)) == Array(53..<273))
        let shifts = stride(from: 54, to: 270, by: 30).map {
            SoundStamp.shift(ofFrame: $0, in: aligned, rate: .film, from: 52)
        }
        #expect(shifts.allSatisfy { $0 == 0 })
    }

    @Test func shortReelsAreFadedWhole() throws {
        let recording = try Recording(stampedSound())
        for frames in [1, 2, 3, 4, 12, 48] as [Int64] {
            let sound = reel(frames, start: 48_000)
            let heard = try heard(sound, recording)
            #expect(heard.reel.count == Int(sound.count) * 1_024)
            #expect(heard.reel.peak(0..<min(1_024, heard.reel.count)) < 0.001)
            #expect(heard.reel.peak(heard.reel.count - 32..<heard.reel.count) < 0.02)
            // Two frames are silence and the steepest fade there is.
            guard frames > 2 else { continue }
            let value = signalToError(heard.reel[1_024...], Array(heard.ideal[1_024...]))
            #expect(value > 25, "\(frames) frames")
        }
    }

    @Test func aReelWithoutAnAACFrameHasNoSound() throws {
        let studio = try Studio()
        let bed = try studio.bed(stampedSound())
        let maker = ReelSoundMaker(library: studio.library, bed: bed)
        #expect(try maker.pieces(reel(0)) == [])
    }

    // MARK: What is kept

    @Test func headsAndTailsAreMadeOnce() throws {
        let studio = try Studio()
        let bed = try studio.bed(stampedSound())
        let maker = ReelSoundMaker(library: studio.library, bed: bed)
        let before = try studio.objects()
        let first = try maker.pieces(reel(360, start: 5_000))
        let made = try studio.objects()
        #expect(made.subtracting(before).count == 2)
        #expect(try maker.pieces(reel(360, start: 5_000)) == first)
        #expect(try maker.pieces(reel(360, start: 4_096)) == first)
        #expect(try studio.objects() == made)
        // Between head and tail lie the bed's own parts.
        #expect(first.dropFirst().dropLast().map(\.object) == [ObjectID](repeating: bed.sound.object, count: 5))
        #expect(first.map(\.position) == [0, 92, 188, 284, 380, 476, 572])

        // Another length: the same head. Another beginning or fade: another.
        let longer = try maker.pieces(reel(400, start: 5_000))
        #expect(longer.first == first.first)
        #expect(longer.last != first.last)
        #expect(try studio.objects().subtracting(made).count == 1)
        let faded = try maker.pieces(reel(360, start: 5_000, fadeIn: 4_096))
        #expect(faded.first != first.first)
        #expect(faded.last == first.last)
        let later = try maker.pieces(reel(360, start: 6_144))
        #expect(later.first != first.first)
    }

    /// A whole-part beginning needs a head all the same, since the first frame must be silent.
    @Test func piecesFollowEachOther() throws {
        let studio = try Studio()
        let bed = try studio.bed(stampedSound())
        let maker = ReelSoundMaker(library: studio.library, bed: bed)
        for start in [0, 94, 95, 96, 97] as [Int64] {
            for frames in [2, 30, 100, 333] as [Int64] {
                let sound = reel(frames, start: start * 1_024, fadeOut: 10_000)
                let pieces = try maker.pieces(sound)
                var next: Int64 = 0
                for piece in pieces {
                    #expect(piece.position == next)
                    next += piece.part.frames
                }
                #expect(next == sound.count)
            }
        }
    }

    /// Fades that fill the whole reel: both make the sound, so both make the recipe.
    @Test func fadesThatMeetAreNotConfused() throws {
        let studio = try Studio()
        let bed = try studio.bed(stampedSound())
        let maker = ReelSoundMaker(library: studio.library, bed: bed)
        let fades: [(Int64, Int64)] = [
            (100_000, 48_000), (100_000, 2_048), (100_000, 100_000), (48_000, 100_000), (3_072, 100_000),
            (48_000, 48_000),
        ]
        let objects = try fades.map { try maker.pieces(reel(48, fadeIn: $0.0, fadeOut: $0.1)).map(\.object) }
        #expect(Set(objects).count == fades.count)
    }

    /// The same head, made in another library, is the same bytes.
    @Test func whoMakesAHeadDoesNotMatter() throws {
        let path = try stampedSound()
        let pieces = try (0..<2).map { number in
            let studio = try Studio()
            let bed = try studio.bed(path)
            let maker = ReelSoundMaker(library: studio.library, bed: bed)
            // One library has made other reels of the same ends before.
            if number == 1 { _ = try maker.pieces(reel(312, start: 97 * 1_024)) }
            return try maker.pieces(reel(360, start: 3_072))
        }
        #expect(pieces[0] == pieces[1])
    }

    @Test func aBedThatIsTooShortIsSaid() throws {
        let studio = try Studio()
        let bed = try studio.bed(stampedSound())
        let maker = ReelSoundMaker(library: studio.library, bed: bed)
        _ = try maker.pieces(reel(480))
        #expect(
            try fault { _ = try maker.pieces(reel(480, start: 1_024)) }
                == Fault(
                    .badInput,
                    "bed 'main' is too short: the reel needs it up to sample 960512, and it has 960000; begin earlier in it "
                        + "(audio.start), take a longer bed or a shorter reel, or ingest the bed with --bed-loop"))
        #expect(throws: Fault.self) { try maker.pieces(reel(24, start: 10_000_000)) }
    }

    /// A cached head whose object is gone is made anew, and is the same.
    @Test func whatIsLostIsMadeAgain() throws {
        let studio = try Studio()
        let bed = try studio.bed(stampedSound())
        let maker = ReelSoundMaker(library: studio.library, bed: bed)
        let first = try maker.pieces(reel(360))
        try FileManager.default.removeItem(atPath: studio.library.path(of: try #require(first.first).object, "m4s"))
        #expect(try maker.pieces(reel(360)) == first)
    }
}
