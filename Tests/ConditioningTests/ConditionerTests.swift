import Diagnostics
import Editions
import Editorial
import FFmpeg
import Foundation
import MediaTime
import TestSupport
import Testing

@testable import Conditioning

/// Clips as they lie in the library, judged by the ffmpeg program and by a box reader of their own.
@Suite struct ConditionerTests {
    private static let frames = 96
    private static let idr = [24, 30, 70]
    private static let ranges: [(Int64, Int64)] = [(24, 30), (0, 24), (70, 96), (24, 70), (0, 96)]

    @Test(arguments: ["mp4", "mov", "mkv", "ts", "fmp4"])
    func copiedClipsAreTheSourcesFrames(container: String) throws {
        let path = try TestMedia.stamped(
            size: (320, 180), frames: Self.frames, idr: Self.idr, container: container, sound: "none")
        let made = try condition(path, .copy, Self.ranges)
        let source = try frameMD5s(of: path)
        for (clip, range) in Self.ranges.enumerated() {
            let wanted = Array(source[Int(range.0)..<Int(range.1)])
            #expect(made.hashes(clip) == wanted)
            #expect(try frameMD5s(of: made.file(clip)) == wanted)
        }
        #expect(made.picture.framesCopied == Self.ranges.reduce(0) { $0 + $1.1 - $1.0 })
        #expect(made.picture.framesEncoded == 0)
        #expect(made.picture.renditions[0].condition == "copy")
        try checkBoxes(made, rate: .film)
    }

    /// The same pictures in every container are the same objects: what differs is the wrapping.
    @Test func containersMakeNoDifference() throws {
        let objects = try ["mp4", "mov", "mkv", "fmp4"].map { container in
            let path = try TestMedia.stamped(
                size: (320, 180), frames: Self.frames, idr: Self.idr, container: container, sound: "none")
            return try condition(path, .copy, Self.ranges).picture.entries.map(\.media)
        }
        #expect(Set(objects).count == 1)
    }

    @Test(
        .needsSharedMedia,
        arguments: [
            ("bear-h264-360p.ts", 30_000, 1_001), ("androidx-pyramid-30fps.mp4", 30, 1),
            ("shaka-player-hls24-0.ts", 24, 1), ("gopro-karma-2997.mp4", 30_000, 1_001),
            ("androidx-cmaf-12-segments.mp4", 30, 1),
        ])
    func realFilmsAreCopied(name: String, numerator: Int, denominator: Int) throws {
        let path = try SharedMedia.file(name)
        let rate = try #require(FrameRate(Int64(numerator), Int64(denominator)))
        let source = try Source.read(path)
        let entries = source.isIDR.indices.compactMap { source.isIDR[$0] ? source.index.packets[$0].frame : nil }
        // Some neighbours, and the last to the file's end.
        let ends = Array(entries.suffix(4)) + [source.index.count]
        let ranges = Array(zip(ends, ends.dropFirst()))
        let made = try condition(path, .copy, ranges, rate: rate)
        let hashes = try frameMD5s(of: path)
        for (clip, range) in ranges.enumerated() {
            #expect(try frameMD5s(of: made.file(clip)) == Array(hashes[Int(range.0)..<Int(range.1)]))
        }
        try checkBoxes(made, rate: rate)
    }

    @Test func encodedClipsAreNearToTheSource() throws {
        let path = try TestMedia.stamped(size: (320, 180), frames: Self.frames, idr: Self.idr, sound: "none")
        // Boundaries that are no IDR, one clip of one frame, and one that overlaps.
        let ranges: [(Int64, Int64)] = [(5, 45), (11, 12), (40, 96), (0, 2)]
        let made = try condition(path, .encode, ranges)
        for (clip, range) in ranges.enumerated() {
            let file = try made.file(clip)
            #expect(try decodedStamps(of: file) == Array(Int(range.0)..<Int(range.1)))
            #expect(try frameMD5s(of: file) == made.hashes(clip))
            #expect(try luminance(file, against: path, range) >= 42)
        }
        #expect(made.picture.framesEncoded == ranges.reduce(0) { $0 + $1.1 - $1.0 })
        #expect(made.picture.framesCopied == 0)
        #expect(made.picture.renditions[0].settings["encoder"] == "libx264")
        try checkBoxes(made, rate: .film)
    }

    /// The id of an edition stands for its bytes: the same input and settings give the same.
    @Test(arguments: [ConditionMode.encode, .copy]) func theSameInputGivesTheSameObjects(mode: ConditionMode) throws {
        let path = try TestMedia.stamped(size: (320, 180), frames: Self.frames, idr: Self.idr, sound: "none")
        let made = try (0..<2).map { _ in try condition(path, mode, [(24, 70), (0, 24)]) }
        #expect(made[0].picture.entries.map(\.media) == made[1].picture.entries.map(\.media))
        #expect(made[0].picture.entries.map(\.pictures) == made[1].picture.entries.map(\.pictures))
        #expect(made[0].picture.renditions == made[1].picture.renditions)
        // A clip does not depend on what else is in the index.
        let alone = try condition(path, mode, [(0, 24)])
        #expect(alone.picture.entries[0].media == made[0].picture.entries[1].media)
        guard mode == .encode else { return }
        let better = try condition(path, mode, [(24, 70), (0, 24)], quality: 12)
        #expect(better.picture.entries.map(\.media) != made[0].picture.entries.map(\.media))
    }

    @Test func autoCopiesWhatItCan() throws {
        let path = try TestMedia.stamped(size: (160, 90), frames: Self.frames, idr: Self.idr, sound: "none")
        func plan(_ ranges: [(Int64, Int64)], _ mode: ConditionMode = .auto) throws -> ConditioningPlan {
            try Conditioner(mode: mode).plans(footage(path, ranges))[0]
        }
        #expect(try plan([(24, 70)]).condition == .copy)
        let mixed = try plan([(24, 70), (25, 70), (25, 30)])
        #expect(mixed.condition == .smart)
        #expect(mixed.cuts.map(\.condition) == [.copy, .smart, .encode])
        #expect(mixed.cuts.map(\.framesEncoded) == [0, 5, 5])
        #expect(
            mixed.cuts[1].obstacles.map(\.description)
                == ["frame 25: is not an IDR picture (the nearest are frames 24 and 30)"])
        #expect(try plan([(25, 30)]).condition == .encode)
        #expect(try plan([(24, 70)], .encode).cuts.map(\.condition) == [.encode])
        #expect(
            throws: Fault(
                .badInput,
                "\(path): clip (t1, x) cannot be copied: frame 25: is not an IDR picture (the nearest are frames 24 and 30); "
                    + "use --condition smart, auto or encode")
        ) { try plan([(24, 70), (25, 70)], .copy) }
    }

    @Test func indexesThatDoNotFitAreRefused() throws {
        let path = try TestMedia.stamped(size: (160, 90), frames: Self.frames, idr: Self.idr, sound: "none")
        let wrongRate = try #require(throws: Fault.self) { try footage(path, [(0, 24)], rate: .common[2]) }
        #expect(wrongRate.message.hasPrefix("\(path): frame 1 is presented at tick 512, where 25/1 frames a second"))
        #expect(wrongRate.status == .badInput)
        let beyond = try #require(throws: Fault.self) { try footage(path, [(90, 97)]) }
        #expect(beyond.message.hasPrefix("clips.json: "))
    }

    /// What cannot be copied is encoded, its turn and its shape kept: the clip is shown as the source is.
    @Test(
        .needsSharedMedia,
        arguments: [
            ("php-ffmpeg-portrait.mov", 0), ("webgpu-rotate-90.mp4", 25), ("bear-hevc-cra-rasl-720p.mp4", 0),
            ("torchcodec-h264-10bit.mp4", 30), ("auto-editor-422.mp4", 30), ("refuse-vp9.mp4", 0), ("moq-480i.ts", 0),
        ])
    func otherFormatsAreEncoded(name: String, whole: Int) throws {
        let path = try SharedMedia.file(name)
        let rate = whole > 0 ? try #require(FrameRate(Int64(whole))) : try #require(FrameRate(30_000, 1_001))
        let made = try condition(path, .encode, [(3, 15)], rate: rate)
        let file = try made.file(0)
        #expect(try frameMD5s(of: file).count == 12)
        /// Width, height, shape of a sample (nothing said is square) and turn. A transport stream says it for each program.
        func shape(_ path: String) throws -> String? {
            try Tools.check(
                "ffprobe",
                [
                    "-v", "error", "-select_streams", "v:0", "-show_entries",
                    "stream=width,height,sample_aspect_ratio:stream_side_data=rotation", "-of", "csv=p=0", path,
                ]
            ).lines.first?.replacingOccurrences(of: "N/A", with: "1:1")
        }
        let shapes = (try shape(file), try shape(path))
        #expect(shapes.0 == shapes.1)
        let value = try luminance(file, against: path, (3, 15))
        #expect(value >= 38, "\(value)")
        try checkBoxes(made, rate: rate)
    }
}
