import Conditioning
import Foundation
import ISOBMFF
import TestSupport
import Testing

/// Real streams, each field held against what FFmpeg's programs say of the same bytes.
@Suite("H.264 streams")
struct H264StreamTests {
    /// The lines `name … = value` of FFmpeg's `trace_headers` for an annex B file.
    private func trace(_ file: URL) throws -> [(String, Int)] {
        let result = try Tools.run(
            "ffmpeg",
            [
                "-f", "h264", "-i", file.path, "-c", "copy", "-bsf:v", "trace_headers", "-f", "null", "-",
            ])
        return result.errors.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.first == "[trace_headers", words.count > 5, words[words.count - 2] == "=",
                let value = Int(words[words.count - 1])
            else { return nil }
            return (String(words[4]), value)
        }
    }

    /// The first `frames` pictures of a file in annex B.
    private func annexB(_ file: URL, frames: Int, _ scratch: TemporaryFolder) throws -> URL {
        let output = scratch.url("stream.h264")
        _ = try Tools.run(
            "ffmpeg",
            [
                "-y", "-v", "quiet", "-i", file.path, "-map", "0:v:0", "-c", "copy", "-frames:v", "\(frames)", "-bsf:v",
                "h264_mp4toannexb", "-f", "h264", output.path,
            ])
        return output
    }

    private static let files = [
        "androidx-360p-30006-non-idr.mp4", "androidx-edit-open-gop.mp4", "androidx-long-1080p30.mp4",
        "androidx-pyramid-30fps.mp4", "auto-editor-422.mp4", "bear-h264-360p.mp4", "bear-h264-360p.ts",
        "gopro-karma-2997.mp4", "jcodec-seq-2.mp4", "mdn-flower-2997.mp4", "moq-480i.ts", "mp4ff-h264-50fps.mp4",
        "php-ffmpeg-portrait.mov", "sintel-captions-24fps.ts", "timecode-2997i.mov", "torchcodec-h264-10bit.mp4",
        "shaka-player-5994-a.ts", "webgpu-rotate-90.mp4", "wpt-movie-300-24fps.mp4",
    ]

    @Test(.needsSharedMedia, arguments: files)
    func fieldsAreThoseOfTraceHeaders(_ name: String) throws {
        let file = URL(fileURLWithPath: try SharedMedia.file(name))
        let scratch = try TemporaryFolder()
        let stream = try annexB(file, frames: 80, scratch)
        let bytes = [UInt8](try Data(contentsOf: stream))
        let unit = try H264AccessUnit(bytes, .annexB)
        let traced = try trace(stream)
        func values(_ field: String) -> [Int] { traced.filter { $0.0 == field }.map(\.1) }

        // Extradata are traced first, hence the suffix.
        let slices = try unit.slices()
        #expect(slices.count > 10)
        #expect(slices.map { Int($0.firstMacroblock) } == values("first_mb_in_slice"))
        #expect(slices.map { Int($0.kind.rawValue) } == values("slice_type").map { $0 % 5 })
        #expect(unit.units.map { Int($0.type.rawValue) } == values("nal_unit_type").suffix(unit.units.count))

        let set = try H264SequenceParameterSet(
            nalUnit: try #require(try H264ParameterSets(annexB: bytes).sequence.first))
        func first(_ field: String) -> Int? { traced.first { $0.0 == field }?.1 }
        #expect(Int(set.profile) == first("profile_idc"))
        #expect(Int(set.level) == first("level_idc"))
        #expect(Int(set.frameNumberBits) - 4 == first("log2_max_frame_num_minus4"))
        #expect(Int(set.pictureOrderCountType) == first("pic_order_cnt_type"))
        #expect(Int(set.maximumReferenceFrames) == first("max_num_ref_frames"))
        #expect((set.framesOnly ? 1 : 0) == first("frame_mbs_only_flag"))
        #expect(set.maximumReorderFrames.map(Int.init) == first("max_num_reorder_frames"))
        #expect(set.maximumDecodedFrames.map(Int.init) == first("max_dec_frame_buffering"))
        #expect(set.timing.map { Int($0.unitsInTick) } == first("num_units_in_tick"))
        #expect(set.timing.map { Int($0.timeScale) } == first("time_scale"))
        #expect(set.colour.map { Int($0.primaries) } == first("colour_primaries"))
        #expect(set.colour.map { Int($0.transfer) } == first("transfer_characteristics"))
        #expect(set.colour.map { Int($0.matrix) } == first("matrix_coefficients"))
        #expect(set.fullRange.map { $0 ? 1 : 0 } == first("video_full_range_flag"))
        if set.profile >= 100 {
            #expect(Int(set.chromaFormat) == first("chroma_format_idc"))
            #expect(Int(set.bitDepthLuma) - 8 == first("bit_depth_luma_minus8"))
        }
        let size = try Tools.run(
            "ffprobe", ["-v", "quiet", "-show_entries", "stream=width,height", "-of", "csv=p=0", stream.path])
        #expect(size.text == "\(set.width),\(set.height)\n")
    }

    /// FFmpeg writes `avcC` from the same parameter sets: byte for byte what we write.
    @Test(.needsSharedMedia, arguments: files)
    func configurationIsTheOneThatFFmpegWrites(_ name: String) throws {
        let file = URL(fileURLWithPath: try SharedMedia.file(name))
        let scratch = try TemporaryFolder()
        let stream = try annexB(file, frames: 80, scratch)
        let muxed = scratch.url("muxed.mp4")
        _ = try Tools.run("ffmpeg", ["-v", "quiet", "-f", "h264", "-i", stream.path, "-c", "copy", muxed.path])
        let bytes = [UInt8](try Data(contentsOf: muxed))
        var boxes = TopLevelBoxes(bytes)
        let header = try #require(try boxes.remaining().first { $0.type == "moov" })
        let movie = try MovieHeader.parse(try boxes.contents(of: header))
        let entry = movie.tracks[0].sampleEntries[0].bytes
        let configuration = try H264ParameterSets(annexB: [UInt8](try Data(contentsOf: stream))).configuration()
        var written = try #require(VideoSampleEntry.parse(entry).configuration.avc)
        #expect(hex(entry).contains(hex("avcC".utf8) + hex(written.encoded())))
        if name.hasSuffix(".ts") {
            // FFmpeg keeps the padding that some transport streams have after a parameter set.
            func trimmed(_ set: [UInt8]) -> [UInt8] { set.last == 0 ? [UInt8](set.dropLast()) : set }
            written.sequenceParameterSets = written.sequenceParameterSets.map(trimmed)
            written.pictureParameterSets = written.pictureParameterSets.map(trimmed)
        }
        #expect(hex(configuration.encoded()) == hex(written.encoded()))
    }

    /// Key frames by the container, IDR pictures by NAL units: recovery points are the difference.
    @Test(
        .needsSharedMedia,
        arguments: [
            "androidx-360p-30006-non-idr.mp4", "androidx-edit-open-gop.mp4", "bear-h264-360p.mp4",
            "mdn-flower-2997.mp4",
            "timecode-2997i.mov", "wpt-movie-300-24fps.mp4", "androidx-long-1080p30.mp4",
        ])
    func keyFramesThatAreNoIDR(_ name: String) throws {
        let file = URL(fileURLWithPath: try SharedMedia.file(name))
        let catalogue = URL(fileURLWithPath: try SharedMedia.file("CATALOG.tsv"))
        let rows = try String(contentsOf: catalogue, encoding: .utf8).split(separator: "\n")
            .map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
        let columns = try #require(rows.first)
        let row = try #require(rows.first { $0[0] == name })
        let expected = ["key_frames", "non_idr_keys"].map { column in
            columns.firstIndex { $0 == column }.flatMap { Int(row[$0]) }
        }
        let handle = try FileHandle(forReadingFrom: file)
        var boxes = TopLevelBoxes(length: Int64(try handle.seekToEnd())) { offset, count in
            try handle.seek(toOffset: UInt64(offset))
            return [UInt8](try handle.read(upToCount: count) ?? Data())
        }
        let header = try #require(try boxes.remaining().first { $0.type == "moov" })
        let movie = try MovieHeader.parse(try boxes.contents(of: header))
        let track = try #require(movie.tracks.first { $0.handler == "vide" })
        let size = try #require(VideoSampleEntry.parse(track.sampleEntries[0].bytes).configuration.avc).nalLengthSize
        let packets = try quiet(
            "ffprobe",
            [
                "-v", "error", "-select_streams", "v:0", "-show_entries", "packet=size,pos,flags", "-of", "csv=p=0",
                file.path,
            ])
        var keys = 0
        var others = 0
        var idrWithoutKey = 0
        for line in packets.split(separator: "\n") {
            let fields = line.split(separator: ",")
            try handle.seek(toOffset: try #require(UInt64(fields[1])))
            let bytes = [UInt8](try handle.read(upToCount: try #require(Int(fields[0]))) ?? Data())
            let unit = try H264AccessUnit(bytes, .lengthPrefixed(size))
            let isKey = fields[2].hasPrefix("K")
            if isKey { keys += 1 }
            if isKey, !unit.isIDR {
                others += 1
                #expect(try unit.isIntra() || unit.recoveryPoint != nil)
            }
            if !isKey, unit.isIDR { idrWithoutKey += 1 }
        }
        #expect([keys, others] == expected)
        #expect(idrWithoutKey == 0)
    }

    /// A transport stream's packets as `avc1` samples: FFmpeg's own filter chain gives the same pictures.
    @Test func annexBBecomesSamples() throws {
        let scratch = try TemporaryFolder()
        let stream = scratch.url("stream.h264")
        _ = try quiet(
            "ffmpeg",
            [
                "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=128x72:r=24:d=2", "-pix_fmt", "yuv420p", "-c:v",
                "libx264",
                "-g", "12", "-x264-params", "aud=1:slices=3:repeat-headers=1", stream.path,
            ])
        let bytes = [UInt8](try Data(contentsOf: stream))
        // One picture after each access unit delimiter.
        let units = try NALUnits.split(bytes, .annexB)
        var pictures: [[UInt8]] = []
        for unit in units {
            if unit.first.map({ $0 & 0x1F }) == 9 { pictures.append([]) }
            pictures[pictures.count - 1] += [0, 0, 0, 1] + unit
        }
        #expect(pictures.count == 48)
        let samples = try pictures.map { try H264Sample($0, .annexB) }
        #expect(samples.filter { !$0.parameterSets.sequence.isEmpty }.count == 4)
        let slices = try samples.map { try H264AccessUnit($0.bytes, .lengthPrefixed(4)).slices().count }
        #expect(slices == [Int](repeating: 3, count: 48))

        // In a file of one fragment, presented in decode order as far as the container goes: hashes as a set in order.
        var file = InitSegment(
            movieTimescale: 24,
            tracks: [
                TrackDescription(
                    trackID: 1, kind: .video(width: 128, height: 72), timescale: 24,
                    sampleEntry: VideoSampleEntry(
                        width: 128, height: 72,
                        configuration: .avc(try H264ParameterSets(annexB: pictures[0]).configuration())
                    ).encoded())
            ]
        ).encoded()
        let described = try samples.map {
            MediaSample(
                size: UInt32($0.bytes.count), duration: 1,
                isSync: try H264AccessUnit($0.bytes, .lengthPrefixed(4)).isIDR)
        }
        #expect(described.map(\.isSync) == (0..<48).map { $0 % 12 == 0 })
        file += try Fragment.header(trackID: 1, samples: described, sequenceNumber: 1, decodeTime: 0).bytes
        for sample in samples { file += sample.bytes }
        let made = scratch.url("made.mp4")
        try Data(file).write(to: made)
        func hashes(_ url: URL) throws -> [String] {
            try quiet(
                "ffmpeg",
                ["-v", "error", "-i", url.path, "-fps_mode", "passthrough", "-f", "framemd5", "-"]
            ).split(separator: "\n").filter { !$0.hasPrefix("#") }
                .map { $0.split(separator: ",").last.map(String.init) ?? "" }
        }
        #expect(try hashes(made) == hashes(stream))
    }
}
