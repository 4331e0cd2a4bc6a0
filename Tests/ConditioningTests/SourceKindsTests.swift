import Editions
import Diagnostics
import FFmpeg
import ISOBMFF
import Foundation
import MediaTime
import TestSupport
import Testing

@testable import Conditioning

/// What a source can be besides its codec: fields, HDR, several tracks; judged by ffmpeg and ffprobe.
@Suite struct SourceKindsTests {
    private func probe(_ file: String, _ entries: String) throws -> String {
        try quiet(
            "ffprobe", ["-v", "error", "-select_streams", "v:0", "-show_entries", entries, "-of", "compact", file])
    }

    private func conditioned(_ path: String, _ conditioner: Conditioner, _ ranges: [(Int64, Int64)]) throws -> Made {
        let folder = try TemporaryFolder()
        let library = try Library.create(folder.file("lib"))
        let picture = try conditioner.condition(footage(path, ranges), into: library, progress: { _ in })
        return Made(folder: folder, library: library, picture: picture)
    }

    // MARK: Fields

    /// Two moments in each frame: 60 frames of 24 fps from 120 of 48.
    private func interlaced(_ folder: TemporaryFolder, _ encoder: [String], _ name: String) throws -> String {
        let path = folder.file(name)
        let smooth = "testsrc2=size=320x192:rate=48:duration=2.5,format=yuv420p,tinterlace=interleave_top"
        try Tools.check(
            "ffmpeg",
            ["-nostdin", "-f", "lavfi", "-i", smooth, "-r", "24", "-flags", "+ilme+ildct", "-field_order", "tt"]
                + encoder + [
                    "-y", path,
                ]
        )
        return path
    }

    @Test(arguments: [
        ("mpeg2.ts", ["-c:v", "mpeg2video", "-q:v", "2", "-top", "1"]),
        ("prores.mov", ["-c:v", "prores_ks", "-profile:v", "3", "-top", "1"]),
    ])
    func fieldsAreKept(name: String, encoder: [String]) throws {
        let folder = try TemporaryFolder()
        let path = try interlaced(folder, encoder, name)
        let made = try conditioned(path, Conditioner(), [(5, 30), (41, 42)])
        #expect(made.picture.plans[0].notes.contains { $0.contains("fields are kept, top field first") })
        let file = try made.file(0)
        #expect(
            try probe(file, "stream=field_order").contains("field_order=tt")
                || probe(file, "stream=field_order").contains("field_order=tb"))
        let frames = try probe(file, "frame=interlaced_frame,top_field_first").split(separator: "\n")
        #expect(frames.count == 25)
        #expect(frames.allSatisfy { $0.contains("interlaced_frame=1|top_field_first=1") })
        #expect(try luminance(file, against: path, (5, 30)) >= 42)
        // Neither HEVC nor another size can.
        for conditioner in [Conditioner(mode: .encode, codec: .hevc), Conditioner(ladder: try Ladder("96:300"))] {
            let refused = try #require(throws: Fault.self) { try conditioned(path, conditioner, [(0, 5)]) }
            #expect(refused.message.contains("interlaced") && refused.message.contains("--deinterlace"))
        }
    }

    @Test func fieldsBecomeWholeFrames() throws {
        let folder = try TemporaryFolder()
        let path = try interlaced(folder, ["-c:v", "mpeg2video", "-q:v", "2", "-top", "1"], "mpeg2.ts")
        let reference = folder.file("reference.mkv")
        try Tools.check(
            "ffmpeg", ["-nostdin", "-i", path, "-vf", "bwdif=mode=send_frame", "-c:v", "ffv1", "-y", reference])
        let ranges: [(Int64, Int64)] = [(5, 30), (0, 2), (58, 60), (29, 31)]
        let made = try conditioned(path, Conditioner(deinterlaces: true), ranges)
        for (clip, range) in ranges.enumerated() {
            let file = try made.file(clip)
            #expect(try luminance(file, against: reference, range) >= 42)
            #expect(try probe(file, "frame=interlaced_frame").contains("interlaced_frame=1") == false)
        }
        // A frame is the same, whichever was asked for before.
        let alone = try conditioned(path, Conditioner(deinterlaces: true), [ranges[3]])
        #expect(alone.picture.entries[0].media == made.picture.entries[3].media)
        let copied = try #require(throws: Fault.self) {
            try conditioned(path, Conditioner(mode: .smart, deinterlaces: true), [(0, 5)])
        }
        #expect(copied.status == .usage)
    }

    /// Where fields are pictures of their own, the first of an IDR frame is enough to begin with.
    @Test func fieldsInSamplesOfTheirFrameAreCopied() throws {
        let folder = try TemporaryFolder()
        let path = try FieldPictures.file(folder)
        let original = try frameMD5s(of: path)
        #expect(original.count == 24)
        let ranges: [(Int64, Int64)] = [(6, 18), (0, 5), (18, 24)]
        let library = try Library.create(folder.file("lib"))
        let rate = try #require(FrameRate(25))
        let picture = try Conditioner(mode: .copy).condition(
            footage(path, ranges, rate: rate), into: library, progress: { _ in })
        let made = Made(folder: folder, library: library, picture: picture)
        for (clip, range) in ranges.enumerated() {
            #expect(try frameMD5s(of: made.file(clip)) == Array(original[Int(range.0)..<Int(range.1)]))
        }
        // No encoder at hand makes such pictures, but edges coded as fields within frames may stand beside them.
        let smart = try condition(path, .smart, [(3, 15)], rate: rate)
        #expect(smart.picture.plans[0].cuts[0].framesCopied == 9)
        #expect(try Array(frameMD5s(of: smart.file(0)).suffix(9)) == Array(original[6..<15]))
        #expect(try luminance(smart.file(0), against: path, (3, 15)) >= 42)
    }

    // MARK: HDR

    private static let display = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"

    @Test(arguments: [ConditionMode.copy, .smart, .encode]) func hdrIsKept(mode: ConditionMode) throws {
        let path = try TestMedia.stamped(
            size: (320, 180), frames: 96, gop: 24, sound: "none",
            more: [
                "--codec", "hevc", "--pixels", "yuv420p10le", "--encoder-params",
                "master-display=\(Self.display):max-cll=1000,400:hdr10=1:colorprim=9:transfer=16:colormatrix=9",
            ])
        let ranges: [(Int64, Int64)] = mode == .copy ? [(24, 48)] : [(20, 60), (2, 7)]
        let made = try conditioned(path, Conditioner(mode: mode, codec: .hevc), ranges)
        #expect(made.picture.renditions[0].condition == mode.rawValue)
        let wanted = [
            "red_x=34000/50000|red_y=16000/50000|green_x=13250/50000|green_y=34500/50000",
            "blue_x=7500/50000|blue_y=3000/50000|white_point_x=15635/50000|white_point_y=16450/50000",
            "min_luminance=50/10000|max_luminance=10000000/10000", "max_content=1000|max_average=400",
        ]
        for clip in ranges.indices {
            // Of the container, and of the first frame, whose own messages outlast any container.
            let file = try made.file(clip)
            let stream = try probe(
                file, "stream=pix_fmt,color_transfer,color_primaries,color_space:stream_side_data_list")
            #expect(wanted.filter { !stream.contains($0) } == [], "\(stream)")
            #expect(stream.contains("pix_fmt=yuv420p10le") && stream.contains("color_transfer=smpte2084"))
            let bare = made.folder.file("\(clip).hevc")
            try Tools.check("ffmpeg", ["-nostdin", "-i", file, "-c", "copy", "-y", bare])
            let frames = try quiet(
                "ffprobe", ["-v", "error", "-show_frames", "-read_intervals", "%+#1", "-of", "compact", bare])
            #expect(wanted.filter { !frames.contains($0) } == [], "\(frames)")
            #expect(try decodedStamps(of: file) == Array(Int(ranges[clip].0)..<Int(ranges[clip].1)))
        }
    }

    @Test func whatEightBitsLoseIsSaid() throws {
        let path = try TestMedia.stamped(
            size: (320, 180), frames: 48, sound: "none",
            more: [
                "--codec", "hevc", "--pixels", "yuv420p10le", "--encoder-params",
                "master-display=\(Self.display):max-cll=1000,400:hdr10=1:colorprim=9:transfer=16:colormatrix=9",
            ])
        let made = try conditioned(path, Conditioner(mode: .encode), [(0, 5)])
        #expect(made.picture.plans[0].notes.contains { $0.contains("8-bit") && $0.contains("--codec hevc") })
        #expect(try probe(made.file(0), "stream=pix_fmt:stream_side_data_list").contains("red_x") == false)
    }

    // MARK: Tracks

    @Test func anotherPictureTrackIsTaken() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("two.mp4")
        let first = try TestMedia.stamped(size: (160, 90), frames: 100, sound: "none")
        let second = try TestMedia.stamped(size: (320, 180), frames: 48, gop: 24, sound: "none")
        try Tools.check(
            "ffmpeg",
            ["-nostdin", "-i", first, "-i", second, "-map", "0:v", "-map", "1:v", "-c", "copy", "-y", path])
        let library = try Library.create(folder.file("lib"))
        let footage = try Footage(Source.read(path, track: 1), index([(24, 48), (3, 9)]), path: "clips.json")
        let picture = try Conditioner().condition(footage, into: library, progress: { _ in })
        let made = Made(folder: folder, library: library, picture: picture)
        #expect(picture.plans[0].cuts.map(\.condition) == [.copy, .encode])
        #expect(picture.renditions[0].width == 320)
        #expect(try decodedStamps(of: made.file(0)) == Array(24..<48))
        #expect(try decodedStamps(of: made.file(1)) == Array(3..<9))
        let missing = try #require(throws: FFmpegError.self) { try Source.read(path, track: 2) }
        #expect(missing.status == .badInput && missing.description.contains("track 2"))
    }
}

/// H.264 whose fields are pictures of their own, both of a frame in one sample, as cameras write it.
private enum FieldPictures {
    /// 24 frames of 160x96 at 25 fps, an IDR every 6.
    static func file(_ folder: TemporaryFolder) throws -> String {
        let stream = folder.file("fields.h264")
        try Tools.check("python3", ["\(Package.root)/Tests/Tools/field_pictures.py", "24", "6", stream])
        let units = try NALUnits.split([UInt8](Data(contentsOf: URL(fileURLWithPath: stream))), .annexB)
            .compactMap(H264NALUnit.init)
        var sets = H264ParameterSets()
        for unit in units { sets.add(unit) }
        let fields = units.filter(\.type.isPicture)
        let frames = try stride(from: 0, to: fields.count, by: 2).map {
            try NALUnits.joined([fields[$0].bytes, fields[$0 + 1].bytes])
        }
        let entry = VideoSampleEntry(width: 160, height: 96, configuration: .avc(try sets.configuration()))
        let track = TrackDescription(
            trackID: 1, kind: .video(width: 160, height: 96), timescale: 25_000, sampleEntry: entry.encoded(),
            editMediaTime: 0)
        let samples = frames.enumerated().map { number, frame in
            MediaSample(
                size: UInt32(frame.count), duration: 1_000, compositionOffset: 0, isSync: number % 6 == 0,
                isDisposable: false)
        }
        let header = try Fragment.header(trackID: 1, samples: samples, sequenceNumber: 1, decodeTime: 0)
        let bytes = InitSegment(movieTimescale: 25_000, tracks: [track]).encoded() + header.bytes + frames.joined()
        try Data(bytes).write(to: URL(fileURLWithPath: folder.file("fields.mp4")))
        return folder.file("fields.mp4")
    }
}
