import Diagnostics
import Editions
import FFmpeg
import Foundation
import MediaTime
import TestSupport
import Testing

@testable import Sound

/// A bed lies on one grid: sample n is presented at n / 48000, whatever an encoder puts before its first sample.
@Suite struct BedTests {
    @Test func everyFrameSoundsWhereItShould() throws {
        let studio = try Studio()
        let path = try stampedSound()
        let bed = try studio.bed(path)
        #expect(bed.samples == 960_000)
        #expect(bed.sound.frames == 937)
        #expect(bed.sound.parts.map(\.frames) == [Int64](repeating: 96, count: 9) + [73])
        #expect(bed.codec == "mp4a.40.2")

        let file = try studio.file(of: bed)
        let timeline = try Timeline.check(file)
        #expect(timeline.faults == [])
        #expect(timeline.tracks.map(\.presentationTimes) == [(0..<937).map { Double($0 * 1_024) }])
        let boxes = try MovieBoxes.read(file)
        #expect(boxes.tracks.map(\.edits) == [[]])
        #expect(boxes.tracks.map(\.sampleEntries) == [["mp4a"]])
        #expect(boxes.fragments.map(\.sequenceNumber) == (0..<10).map { 1 + 96 * $0 })

        let sound = try Decoded.sound(of: file)
        #expect(sound.count == 937 * 1_024)
        // The first AAC frame has no partner and decodes to garbage: frame 0 tells nothing for sure.
        let numbers = SoundStamp.numbers(in: sound, rate: .film)
        #expect(Array(numbers.dropFirst()) == Array(1..<479))
        let shifts = stride(from: 1, to: 478, by: 36).map { SoundStamp.shift(ofFrame: $0, in: sound, rate: .film) }
        #expect(shifts == [Int?](repeating: 0, count: 14))
    }

    @Test func theLosslessCopyIsTheSource() throws {
        let studio = try Studio()
        let path = try stampedSound(frames: 100)
        let bed = try studio.bed(path)
        let copy = studio.library.path(of: bed.lossless, "flac")
        let same = try Decoded.sound(of: copy) == Decoded.sound(of: path)
        #expect(same)
        #expect(try Decoded.sound(of: copy).count == 200_000)
        // Nothing else stays: the copy, the AAC, the init segment, and what they were made of.
        #expect(try studio.objects().map { $0.split(separator: ".").last ?? "" }.sorted() == ["flac", "m4s", "mp4"])
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: studio.library.root).sorted() == [
                "derived", "editions", "media",
            ])
    }

    @Test func theSameSourceGivesTheSameBed() throws {
        let path = try stampedSound(frames: 100)
        let beds = try (0..<2).map { _ in try Studio().bed(path) }
        #expect(beds[0] == beds[1])
    }

    /// A whole file begins with its first sample, whatever its coder put before.
    @Test(arguments: [("libmp3lame", "mp3"), ("libmp3lame", "mp4"), ("aac", "m4a"), ("libopus", "ogg"), ("ac3", "ac3")])
    func whatCodersPutBeforeIsLeftOut(coder: String, container: String) throws {
        let studio = try Studio()
        let path = studio.folder.file("music.\(container)")
        try Tools.check(
            "ffmpeg",
            ["-v", "error", "-i", stampedSound(frames: 100), "-c:a", coder, "-b:a", "192k", "-strict", "-2", path])
        let bed = try studio.bed(path)
        let copy = try Decoded.sound(of: studio.library.path(of: bed.lossless, "flac"))
        // AC-3 says nothing of its delay of 256 samples.
        let delay = coder == "ac3" ? 256 : 0
        let aligned = Array(copy.dropFirst(delay))
        #expect(Array(SoundStamp.numbers(in: aligned, rate: .film).prefix(98)) == Array(0..<98))
        #expect([1, 50, 90].map { SoundStamp.shift(ofFrame: $0, in: aligned, rate: .film) } == [0, 0, 0])
    }

    /// Sound under frames [24, 72) of a film whose AAC has priming and an edit list.
    @Test func aRangeOfAMegaAssetBeginsAtItsFirstSample() throws {
        let studio = try Studio()
        let path = try TestMedia.stamped(size: (128, 72), frames: 96)
        let bed = try studio.bed(path, samples: 48_000..<144_000)
        #expect(bed.samples == 96_000)
        #expect(bed.sound.frames == 93)
        let copy = try Decoded.sound(of: studio.library.path(of: bed.lossless, "flac"))
        #expect(SoundStamp.numbers(in: copy, rate: .film, from: 24) == Array(24..<72))
        let sound = try Decoded.sound(of: studio.file(of: bed))
        #expect(
            Array(SoundStamp.numbers(in: sound, rate: .film, from: 24).dropFirst()) == Array(25..<71))
        #expect(
            [30, 50, 68].map { SoundStamp.shift(ofFrame: $0, in: sound, rate: .film, from: 24) } == [0, 0, 0])
        #expect([30, 50, 68].map { SoundStamp.shift(ofFrame: $0, in: copy, rate: .film, from: 24) } == [0, 0, 0])
    }

    @Test func otherRatesAndChannelsAreBroughtToThoseOfTheLibrary() throws {
        let folder = try TemporaryFolder()
        let source = folder.file("mono.wav")
        try Tools.check(
            "ffmpeg", ["-v", "error", "-i", try stampedSound(frames: 100), "-ar", "44100", "-ac", "1", source])
        let studio = try Studio()
        let bed = try studio.bed(source)
        #expect(abs(bed.samples - 200_000) <= 2)
        let sound = try Decoded.sound(of: studio.file(of: bed))
        #expect(Array(SoundStamp.numbers(in: sound, rate: .film).dropFirst()) == Array(1..<99))
        #expect([5, 50, 95].map { SoundStamp.shift(ofFrame: $0, in: sound, rate: .film) } == [0, 0, 0])
        let one = try studio.bed(stampedSound(frames: 100), channels: 1)
        #expect(one.channels == 1)
        #expect(try Decoded.sound(of: studio.file(of: one)).count == Int(one.sound.frames) * 1_024)
    }

    @Test func whatIsTooShortOrHasNoSoundIsRefused() throws {
        let studio = try Studio()
        let short = try stampedSound(frames: 100)
        #expect(
            try fault { _ = try studio.bed(short, samples: 0..<1_023) }
                == Fault(.badInput, "\(short): bed 'main' has 1023 samples, less than an AAC frame of 1,024"))
        #expect(try studio.bed(short, samples: 0..<1_024).sound.frames == 1)
        let silent = try TestMedia.stamped(size: (128, 72), frames: 24, sound: "none")
        #expect(throws: FFmpegError.self) { try studio.bed(silent) }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: studio.library.root).sorted() == [
                "derived", "editions", "media",
            ])
    }
}
