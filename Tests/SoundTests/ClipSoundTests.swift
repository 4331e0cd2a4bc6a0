import Diagnostics
import Editions
import Foundation
import MediaTime
import Plans
import TestSupport
import Testing

@testable import Sound

/// The sound of clips, out of whatever a Mega Asset holds: sample for sample under its picture, with its handles.
@Suite struct ClipSoundTests {
    /// 96 frames of film whose sound tells their numbers, as a coder and a container hold it.
    private static func source(_ arguments: [String], _ fileExtension: String, in folder: TemporaryFolder) throws
        -> String
    {
        let path = folder.file("source.\(fileExtension)")
        let stamped = try TestMedia.stamped(frames: 96, container: "wav", sound: "pcm_s16le")
        try Tools.check("ffmpeg", ["-v", "error", "-nostdin", "-i", stamped] + arguments + [path])
        return path
    }

    /// Takes frames [24, 72).
    private func take(
        _ path: String, _ studio: Studio, frames: [Range<Int64>] = [24..<72], track: Int = 0, tolerates: Bool = false,
        channels: Int = 2
    ) throws -> ClipSoundMaker.Made {
        try ClipSoundMaker(SoundSettings(channels: channels), toleratesDamage: tolerates, jobs: 2).make(
            frames.map {
                ClipSoundSource(name: "(\($0.lowerBound), x)", samples: $0.lowerBound * 2_000..<$0.upperBound * 2_000)
            },
            of: path, track: track, ducking: Ducking(), into: studio.library, progress: { _ in })
    }

    private func decoded(_ sound: ClipSound?, _ studio: Studio) throws -> [Float] {
        try Decoded.sound(of: studio.library.path(of: #require(sound).lossless, "flac"))
    }

    struct Kind: Sendable, CustomTestStringConvertible {
        var name: String
        var arguments: [String]
        var container: String
        /// Samples by which resampling may be off.
        var slack = 0
        /// Whether all tones of the stamps are below half its rate.
        var isWide = true
        var testDescription: String { name }
    }

    static let kinds: [Kind] = [
        Kind(name: "AAC with priming and an edit list", arguments: ["-c:a", "aac"], container: "mp4"),
        Kind(name: "MP3 in MP4", arguments: ["-c:a", "libmp3lame"], container: "mp4"),
        Kind(name: "AC-3", arguments: ["-c:a", "ac3", "-b:a", "256k"], container: "mkv", slack: 256),
        Kind(name: "Opus", arguments: ["-c:a", "libopus", "-b:a", "192k"], container: "mkv", slack: 48),
        Kind(name: "PCM of 24 bits", arguments: ["-c:a", "pcm_s24le"], container: "mov"),
        Kind(name: "FLAC", arguments: ["-c:a", "flac"], container: "flac"),
        Kind(name: "mono", arguments: ["-c:a", "pcm_s16le", "-ac", "1"], container: "wav"),
        Kind(name: "5.1", arguments: ["-c:a", "flac", "-ac", "6"], container: "mkv", slack: 48),
        Kind(
            name: "22,050 Hz", arguments: ["-c:a", "pcm_s16le", "-ar", "22050"], container: "wav", slack: 1,
            isWide: false),
        Kind(name: "44,100 Hz", arguments: ["-c:a", "flac", "-ar", "44100"], container: "flac", slack: 1),
        Kind(name: "96,000 Hz", arguments: ["-c:a", "pcm_s32le", "-ar", "96000"], container: "wav", slack: 1),
    ]

    @Test(arguments: kinds)
    func theSoundOfAClipIsThatOfItsFrames(kind: Kind) throws {
        let studio = try Studio()
        let path = try Self.source(kind.arguments, kind.container, in: studio.folder)
        let made = try take(path, studio)
        let clip = try #require(made.clips[0])
        #expect(clip.samples == 96_000)
        let samples = try decoded(clip, studio)
        #expect(samples.count == 96_000 + 2 * 16_384)
        // Frame 24 begins after the handle: 16,384 samples hold 8 whole frames before it, and some of frame 15.
        let aligned = Array(samples[16_384 - 16_000..<16_384 + 112_000])
        if kind.isWide { #expect(SoundStamp.numbers(in: aligned, rate: .film, from: 16) == Array(16..<80)) }
        let shifts = [17, 24, 47, 71, 78].map {
            SoundStamp.shift(ofFrame: $0, in: aligned, rate: .film, from: 16, reach: max(64, kind.slack))
        }
        #expect(shifts.allSatisfy { abs($0 ?? .max) <= kind.slack }, "\(shifts)")
    }

    /// Clips in any order, overlapping, at both ends of the file: each is what it would be alone.
    @Test func clipsDoNotDependOnEachOther() throws {
        let studio = try Studio()
        let path = try Self.source(["-c:a", "aac"], "mp4", in: studio.folder)
        let frames: [Range<Int64>] = [40..<80, 0..<10, 5..<50, 90..<96, 41..<42]
        let together = try take(path, studio, frames: frames)
        let alone = try frames.map { try take(path, studio, frames: [$0]).clips[0] }
        #expect(together.clips == alone)
        #expect(together.format.clips == 5)
    }

    @Test func soundThatBeginsLateOrEndsEarlyIsSilentThere() throws {
        let studio = try Studio()
        let stamped = try TestMedia.stamped(frames: 96, container: "wav", sound: "pcm_s16le")
        // Sound under frames [36, 60) alone, in its place.
        let path = studio.folder.file("part.mkv")
        try Tools.check(
            "ffmpeg",
            ["-v", "error", "-i", stamped, "-af", "atrim=start_sample=72000:end_sample=120000", "-c:a", "flac", path])
        let samples = try decoded(take(path, studio).clips[0], studio)
        #expect(samples.count == 96_000 + 2 * 16_384)
        let core = Array(samples[16_384..<16_384 + 96_000])
        #expect(
            SoundStamp.numbers(in: core, rate: .film, from: 24) == (24..<72).map { (36..<60).contains($0) ? $0 : nil })
        #expect(core.peak(0..<23_900) == 0 && core.peak(72_100..<96_000) == 0)
    }

    /// A hole in the times of a track is as long in the clip.
    @Test func aGapIsSilentAndNothingMoves() throws {
        let studio = try Studio()
        let stamped = try TestMedia.stamped(frames: 96, container: "wav", sound: "pcm_s16le")
        let path = studio.folder.file("gap.mkv")
        try Tools.check(
            "ffmpeg",
            [
                "-v", "error", "-i", stamped, "-af", "asetnsamples=2000,aselect='not(between(n,40,45))'", "-c:a",
                "pcm_s16le",
                path,
            ])
        let core = Array(try decoded(take(path, studio).clips[0], studio)[16_384...])
        let numbers = SoundStamp.numbers(in: core, rate: .film, from: 24).prefix(48)
        #expect(Array(numbers) == (24..<72).map { (40...45).contains($0) ? nil : $0 })
    }

    @Test func silenceIsNoSound() throws {
        let studio = try Studio()
        let path = studio.folder.file("silent.wav")
        try Tools.check("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo", "-t", "4", path])
        let made = try take(path, studio)
        #expect(made.clips == [nil])
        #expect(made.format.clips == 0 && made.notes == [])
        #expect(made.format.quietest == nil && made.format.loudest == nil)
    }

    // MARK: Damage

    /// AAC whose packets in the middle of the file are overwritten.
    private func damaged(_ studio: Studio) throws -> String {
        let path = try Self.source(["-c:a", "aac", "-b:a", "192k"], "mp4", in: studio.folder)
        let packets = try Tools.check(
            "ffprobe", ["-v", "error", "-show_entries", "packet=pts_time,pos,size", "-of", "csv=p=0", path])
        var data = try Data(contentsOf: URL(fileURLWithPath: path))
        for line in packets.lines {
            let columns = line.split(separator: ",")
            // Frames 48 to 50.
            guard columns.count >= 3, let time = Double(columns[0]), (2.0..<2.1).contains(time),
                let size = Int(columns[1]),
                let place = Int(columns[2])
            else { continue }
            data.replaceSubrange(place..<place + size, with: [UInt8](repeating: 0xA5, count: size))
        }
        let broken = studio.folder.file("broken.mp4")
        try data.write(to: URL(fileURLWithPath: broken))
        return broken
    }

    @Test func theDamagedClipIsNamed() throws {
        let studio = try Studio()
        let path = try damaged(studio)
        let found = try fault { _ = try take(path, studio, frames: [10..<20, 30..<70, 80..<90]) }
        #expect(found.status == .badInput)
        #expect(
            found.message.hasPrefix("\(path): the sound of clip (30, x) is damaged at sample 9"), "\(found.message)")
        #expect(found.message.hasSuffix("or take it as silence with --damaged-sound silence"))
        // The others can be had.
        let others = try take(path, studio, frames: [10..<20, 80..<90])
        #expect(others.notes == [] && others.format.clips == 2)
    }

    @Test func damageBecomesSilenceWhereThatIsAskedFor() throws {
        let studio = try Studio()
        let path = try damaged(studio)
        let made = try take(path, studio, frames: [30..<70], tolerates: true)
        #expect(made.notes.count == 1 && made.notes[0].hasPrefix("clip (30, x): its sound is damaged at 0:0"))
        let core = Array(try decoded(made.clips[0], studio)[16_384...])
        let numbers = Array(SoundStamp.numbers(in: core, rate: .film, from: 30).prefix(40))
        #expect(Array(numbers[..<17]) == Array(30..<47))
        #expect(Array(numbers[18..<20]) == [Int?](repeating: nil, count: 2))
        #expect(Array(numbers[23...]) == Array(53..<70))
    }

    @Test func aChangeOfRateIsRefused() throws {
        let studio = try Studio()
        var pieces: [String] = []
        for (number, rate) in ["44100", "48000"].enumerated() {
            pieces.append(studio.folder.file("\(number).ts"))
            try Tools.check(
                "ffmpeg",
                [
                    "-v", "error", "-f", "lavfi", "-i", "sine=f=440:r=\(rate):d=2", "-c:a", "aac", "-output_ts_offset",
                    "\(3 * number)", pieces[number],
                ])
        }
        let joined = try pieces.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }.reduce(Data(), +)
        let path = studio.folder.file("joined.ts")
        try joined.write(to: URL(fileURLWithPath: path))
        let error = #expect(throws: (any Error).self) { try take(path, studio, frames: [10..<90]) }
        #expect(
            "\(error.map { "\($0)" } ?? "")".contains(
                "cannot take sound that changes from 44100 Hz with 1 channel to 48000 Hz"))
    }
}
