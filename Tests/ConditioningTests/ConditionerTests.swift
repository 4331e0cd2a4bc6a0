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

    /// What conditioning made, with the library that holds it.
    private struct Made {
        let folder: TemporaryFolder
        let library: Library
        let picture: ConditionedPicture

        /// A clip as a file: the init segment and the media object after each other.
        func file(_ clip: Int) throws -> String {
            let path = folder.file("clip\(clip).mp4")
            let pieces = [
                library.path(of: picture.rendition.initSegment, "mp4"),
                library.path(of: picture.entries[clip].media[0].object, "m4s"),
            ]
            try pieces.reduce(Data()) { try $0 + Data(contentsOf: URL(fileURLWithPath: $1)) }
                .write(to: URL(fileURLWithPath: path))
            return path
        }

        func hashes(_ clip: Int) -> [String] { picture.entries[clip].frameHashes[0].map(\.description) }
    }

    private func index(_ ranges: [(Int64, Int64)], rate: FrameRate = .film) throws -> ClipIndex {
        try ClipIndex(
            frameRate: .constant(rate),
            clips: ranges.enumerated().map { number, range in
                ClipLabel(title: "t\(number)", type: "x", range: try #require(FrameRange(range.0, range.1)))
            })
    }

    private func condition(
        _ path: String, _ mode: ConditionMode, _ ranges: [(Int64, Int64)] = Self.ranges, rate: FrameRate = .film,
        quality: Int = 18
    ) throws -> Made {
        let folder = try TemporaryFolder()
        let library = try Library.create(folder.file("lib"))
        let picture = try Conditioner(mode: mode, quality: quality).condition(
            Source.read(path), index(ranges, rate: rate), indexPath: "clips.json", into: library, progress: { _ in })
        return Made(folder: folder, library: library, picture: picture)
    }

    /// One gapless timeline, one `avc1` entry, and clips whose first frame is presented at 0.
    private func checkBoxes(_ made: Made, rate: FrameRate) throws {
        let (timescale, step) = rate.mediaTiming
        for (clip, entry) in made.picture.entries.enumerated() {
            let file = try made.file(clip)
            let timeline = try Timeline.check(file)
            #expect(timeline.faults == [])
            let track = try #require(timeline.tracks.first)
            #expect(track.timescale == Int64(timescale))
            #expect(track.presentationTimes == (0..<entry.range.count).map { Double($0 * step) })
            let boxes = try MovieBoxes.read(file)
            #expect(boxes.tracks.map(\.sampleEntries) == [["avc1"]])
            let edits = boxes.tracks[0].edits
            #expect(edits.map(\.segmentDuration) == [0])
            #expect(edits.map(\.mediaTime) == [made.picture.rendition.shift])
            #expect(edits.map(\.rate) == [1])
            // Parts are whole fragments, each from a sync sample, at the times that their place tells.
            let fragments = boxes.fragments.map { $0.tracks[0] }
            let parts = entry.media[0].parts
            #expect(fragments.map { Int64($0.sampleCount) } == parts.map(\.frames))
            #expect(fragments.map { $0.sync[0] } == parts.map { _ in true })
            var start: Int64 = 0
            for (fragment, part) in zip(boxes.fragments, parts) {
                #expect(fragment.tracks[0].tfdt == start * step)
                #expect(Int64(fragment.sequenceNumber) == 1 + start)
                start += part.frames
            }
            #expect(start == entry.range.count)
        }
    }

    @Test(arguments: ["mp4", "mov", "mkv", "ts", "fmp4"])
    func copiedClipsAreTheSourcesFrames(container: String) throws {
        let path = try TestMedia.stamped(
            size: (320, 180), frames: Self.frames, idr: Self.idr, container: container, sound: "none")
        let made = try condition(path, .copy)
        let source = try frameMD5s(of: path)
        for (clip, range) in Self.ranges.enumerated() {
            let wanted = Array(source[Int(range.0)..<Int(range.1)])
            #expect(made.hashes(clip) == wanted)
            #expect(try frameMD5s(of: made.file(clip)) == wanted)
        }
        #expect(made.picture.framesCopied == Self.ranges.reduce(0) { $0 + $1.1 - $1.0 })
        #expect(made.picture.framesEncoded == 0)
        #expect(made.picture.rendition.condition == "copy")
        try checkBoxes(made, rate: .film)
    }

    /// The same pictures in every container are the same objects: what differs is the wrapping.
    @Test func containersMakeNoDifference() throws {
        let objects = try ["mp4", "mov", "mkv", "fmp4"].map { container in
            let path = try TestMedia.stamped(
                size: (320, 180), frames: Self.frames, idr: Self.idr, container: container, sound: "none")
            return try condition(path, .copy).picture.entries.map(\.media)
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
            let value = try luminance(file, against: path, range)
            #expect(value >= 42, "\(range): \(value)")
        }
        #expect(made.picture.framesEncoded == ranges.reduce(0) { $0 + $1.1 - $1.0 })
        #expect(made.picture.framesCopied == 0)
        #expect(made.picture.rendition.settings["encoder"] == "libx264")
        try checkBoxes(made, rate: .film)
    }

    /// The mean PSNR of luma in dB, each frame beside the source's of its number. (FFmpeg's own filter would measure the dither
    /// with which it takes 10 bits to 8.)
    private func luminance(_ file: String, against source: String, _ range: (Int64, Int64)) throws -> Double {
        func luma(_ path: String, _ filter: String) throws -> Data {
            try Tools.check(
                "ffmpeg",
                ["-nostdin", "-v", "error", "-i", path, "-vf", filter, "-vsync", "passthrough"]
                    + ["-f", "rawvideo", "-pix_fmt", "gray", "-"]
            ).output
        }
        let ours = try luma(file, "null")
        let theirs = try luma(source, "trim=start_frame=\(range.0):end_frame=\(range.1)")
        try #require(ours.count == theirs.count && ours.count > 0)
        let squares = zip(ours, theirs).reduce(0) { $0 + (Int($1.0) - Int($1.1)) * (Int($1.0) - Int($1.1)) }
        // `gray` spreads the 219 steps of studio luma over 255, and errors with them.
        let error = Double(squares) / Double(ours.count) * (219.0 * 219) / (255 * 255)
        return error == 0 ? .infinity : 10 * log10(255 * 255 / error)
    }

    /// The id of an edition stands for its bytes: the same input and settings give the same.
    @Test(arguments: [ConditionMode.encode, .copy]) func theSameInputGivesTheSameObjects(mode: ConditionMode) throws {
        let path = try TestMedia.stamped(size: (320, 180), frames: Self.frames, idr: Self.idr, sound: "none")
        let made = try (0..<2).map { _ in try condition(path, mode, [(24, 70), (0, 24)]) }
        #expect(made[0].picture.entries.map(\.media) == made[1].picture.entries.map(\.media))
        #expect(made[0].picture.entries.map(\.pictures) == made[1].picture.entries.map(\.pictures))
        #expect(made[0].picture.rendition == made[1].picture.rendition)
        // A clip does not depend on what else is in the index.
        let alone = try condition(path, mode, [(0, 24)])
        #expect(alone.picture.entries[0].media == made[0].picture.entries[1].media)
        guard mode == .encode else { return }
        let better = try condition(path, mode, [(24, 70), (0, 24)], quality: 12)
        #expect(better.picture.entries.map(\.media) != made[0].picture.entries.map(\.media))
    }

    @Test func autoEncodesAllWhereOneCannotBeCopied() throws {
        let path = try TestMedia.stamped(size: (160, 90), frames: Self.frames, idr: Self.idr, sound: "none")
        let source = try Source.read(path)
        let copied = try Conditioner().plan(source, index([(24, 70)]), path: "clips.json")
        #expect(copied == [.copy(packets: 24..<70)])
        let mixed = try Conditioner().plan(source, index([(24, 70), (25, 70)]), path: "clips.json")
        #expect(
            mixed == [
                .encode(.init(frame: 24, reason: "could be copied, but others of the edition cannot")),
                .encode(.init(frame: 25, reason: "is not an IDR picture (the nearest are frames 24 and 30)")),
            ])
        #expect(
            throws: Fault(
                .badInput,
                "\(path): clip (t1, x) cannot be copied: frame 25: is not an IDR picture (the nearest are frames 24 and 30); "
                    + "use --condition auto or encode")
        ) { try Conditioner(mode: .copy).plan(source, index([(24, 70), (25, 70)]), path: "clips.json") }
    }

    @Test func indexesThatDoNotFitAreRefused() throws {
        let path = try TestMedia.stamped(size: (160, 90), frames: Self.frames, idr: Self.idr, sound: "none")
        let source = try Source.read(path)
        let wrongRate = try #require(throws: Fault.self) {
            try Conditioner().plan(source, index([(0, 24)], rate: .common[2]), path: "clips.json")
        }
        #expect(wrongRate.message.hasPrefix("\(path): frame 1 is presented at tick 512, where 25/1 frames a second"))
        #expect(wrongRate.status == .badInput)
        let beyond = try #require(throws: Fault.self) {
            try Conditioner().plan(source, index([(90, 97)]), path: "clips.json")
        }
        #expect(beyond.message.hasPrefix("clips.json: "))
        let variable = try ClipIndex(
            frameRate: .variable, clips: [ClipLabel(title: "t", type: "x", range: try #require(FrameRange(0, 24)))])
        #expect(throws: Fault.self) { try Conditioner().plan(source, variable, path: "clips.json") }
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
        // A transport stream is listed once more under its program; no aspect ratio means square samples.
        func shape(_ path: String) throws -> Set<String> {
            let lines = try Tools.check(
                "ffprobe",
                [
                    "-v", "error", "-select_streams", "v:0", "-show_entries",
                    "stream=width,height,sample_aspect_ratio:stream_side_data=rotation", "-of", "csv=p=0", path,
                ]
            ).lines
            return Set(lines.filter { !$0.isEmpty }.map { $0.replacing("N/A", with: "1:1") })
        }
        #expect(try shape(file) == shape(path))
        let value = try luminance(file, against: path, (3, 15))
        #expect(value >= 38, "\(value)")
        try checkBoxes(made, rate: rate)
    }
}
