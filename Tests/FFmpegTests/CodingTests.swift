import Diagnostics
@testable import FFmpeg
import Foundation
import MediaTime
import TestSupport
import Testing

/// Pictures through encoder, scaler, filters and PNG: each still tells its number.
@Suite struct CodingTests {
    private static let frames = 30

    private func encoding(_ format: PictureFormat, threads: Int = 1) -> VideoEncoding {
        VideoEncoding(
            encoder: "libx264", picture: format, rate: .film,
            colour: .init(primaries: 1, transfer: 1, matrix: 1, isFullRange: false), threads: threads,
            // With B-frames and mbtree, x264 (core 164) reads memory that it has not set once a frame's type is forced in
            // the middle of a stream: the bytes then change from run to run.
            options: [
                "preset": "veryfast", "crf": "18", "forced-idr": "1", "x264-params": "scenecut=0:keyint=250:mbtree=0",
            ])
    }

    /// Encodes a file's pictures to Annex B; gives the frames that became IDR, in decoding order.
    private func encode(_ path: String, idr: Set<Int64>, to output: String) throws -> [Int64] {
        var reader = try FrameReader.open(path)
        var encoder = try Encoder.video(encoding(reader.stream.picture))
        var bytes = encoder.codecHeader
        var keys: [Int64] = []
        func take(_ encoder: inout Encoder) throws {
            while let packet = try encoder.nextPacket() {
                if packet.isFlaggedKey { keys.append(packet.presentationTicks ?? -1) }
                packet.withBytes { bytes += $0 }
            }
        }
        var number: Int64 = 0
        while let frame = try reader.next() {
            try encoder.send(frame, at: number, forcingKey: idr.contains(number))
            try take(&encoder)
            number += 1
        }
        try encoder.drain()
        try take(&encoder)
        try Data(bytes).write(to: URL(fileURLWithPath: output))
        return keys
    }

    @Test func stampsSurviveEncodingAndForcedFramesAreIDR() throws {
        let path = try TestMedia.stamped(size: (320, 180), frames: Self.frames, sound: "none")
        let folder = try TemporaryFolder()
        let output = folder.file("encoded.h264")
        #expect(try encode(path, idr: [0, 7, 8, 21], to: output) == [0, 7, 8, 21])
        #expect(try decodedStamps(of: output) == Array(0..<Self.frames))
        // NAL unit type 5, by FFmpeg's own reading of the stream.
        let trace = try Tools.check(
            "ffmpeg", ["-nostdin", "-i", output, "-c", "copy", "-bsf:v", "trace_headers", "-f", "null", "-"])
        let types = trace.errors.split(separator: "\n").filter { $0.contains("nal_unit_type") }
            .compactMap { $0.split(separator: "=").last.flatMap { Int($0.trimmingCharacters(in: .whitespaces)) } }
        #expect(types.filter { $0 == 5 }.count == 4)
    }

    @Test func equalSettingsGiveEqualBytes() throws {
        let path = try TestMedia.stamped(size: (320, 180), frames: Self.frames, sound: "none")
        let folder = try TemporaryFolder()
        let outputs = (0..<3).map { folder.file("\($0).h264") }
        for output in outputs { _ = try encode(path, idr: [0, 9], to: output) }
        let contents = try outputs.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
        #expect(Set(contents).count == 1)
    }

    @Test func unknownEncodersAndOptionsAreRefused() throws {
        let format = PictureFormat(width: 64, height: 64, pixelFormat: .yuv420p)
        var settings = encoding(format)
        settings.encoder = "x265plus"
        let missing = try ffmpegError { _ = try Encoder.video(settings) }
        #expect(missing.code == .encoderNotFound)
        #expect(missing.status == .unavailable)
        settings = encoding(format)
        settings.options["speed"] = "ludicrous"
        let option = try ffmpegError { _ = try Encoder.video(settings) }
        #expect(option.operation == "set 'speed' of the encoder libx264")
    }

    @Test func scaledPicturesTellTheirNumbers() throws {
        let path = try TestMedia.stamped(size: (640, 360), frames: Self.frames, sound: "none")
        var reader = try FrameReader.open(path)
        let source = reader.stream.picture
        let targets = [(320, 180), (426, 240), (1280, 720)].map {
            PictureFormat(width: $0.0, height: $0.1, pixelFormat: .yuv420p)
        }
        var found: [[Int?]] = [[], [], []]
        while let frame = try reader.next() {
            for (number, target) in targets.enumerated() {
                var scaler = try Scaler.open(from: source, to: target)
                let scaled = try scaler.scale(frame)
                let format = scaled.pictureFormat
                #expect(format == target)
                found[number].append(stamp(of: scaled))
            }
        }
        #expect(found == targets.map { _ in Array(0..<Self.frames) })
        var scaler = try Scaler.open(from: targets[0], to: targets[1])
        let other = try Frame.picture(source)
        var failure: FFmpegError?
        do throws(FFmpegError) { _ = try scaler.scale(other) } catch { failure = error }
        #expect(failure?.operation == "convert a picture of 640x360 yuv420p as one of 320x180 yuv420p")
    }

    /// The size of the last rows and columns of chroma is rounded up in pictures with odd sides.
    @Test func oddSidesHaveWholePlanes() throws {
        let frame = try Frame.picture(PictureFormat(width: 33, height: 17, pixelFormat: .yuv420p))
        let rows = (0..<3).map { plane in frame.withPlane(plane) { bytes, stride in bytes.count / stride } }
        #expect(rows == [17, 9, 9])
    }

    @Test(arguments: [PixelFormat.rgb24, .gray8])
    func pngHoldsThePicture(format: PixelFormat) throws {
        let picture = PictureFormat(width: 61, height: 37, pixelFormat: format)
        let samples = format == .rgb24 ? 3 : 1
        var frame = try Frame.picture(picture)
        var expected: [UInt8] = []
        frame.withMutablePlane(0) { bytes, stride in
            for y in 0..<picture.height {
                for x in 0..<picture.width * samples {
                    bytes[y * stride + x] = UInt8(truncatingIfNeeded: x * 7 + y * 13 + x * y)
                    expected.append(bytes[y * stride + x])
                }
            }
        }
        let folder = try TemporaryFolder()
        let path = folder.file("picture.png")
        try Data(try frame.pngBytes()).write(to: URL(fileURLWithPath: path))
        let decoded = try Tools.check(
            "ffmpeg",
            ["-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", format == .rgb24 ? "rgb24" : "gray", "-"])
        #expect([UInt8](decoded.output) == expected)
    }

    /// Titles hold any character; none may end a filter's option or be read as a command.
    @Test(arguments: [
        "plain", "it's", "a:b=c", "100% %{pts} %{n}", "%", "back\\slash", "[in];[out],null", "two\nlines", "日本語 é 👍",
        "'\"'\"'", "textfile=/etc/hostname", "", " ", "\u{1}\u{7F}", String(repeating: "long ", count: 400),
    ])
    func hostileTextIsDrawn(text: String) throws {
        let format = PictureFormat(width: 320, height: 64, pixelFormat: .rgb24)
        var blank = try Frame.picture(format)
        blank.withMutablePlane(0) { bytes, _ in for index in bytes.indices { bytes[index] = 0 } }
        var graph = try FilterGraph.open(
            [
                .init(
                    "drawtext",
                    [
                        "text": text, "expansion": "none", "font": "DejaVu Sans", "fontsize": "20",
                        "fontcolor": "white",
                        "x": "4", "y": "4",
                    ])
            ], for: format)
        let drawn = try graph.apply(blank)
        let result = drawn.pictureFormat
        #expect(result == format)
        let lit = drawn.withPlane(0) { bytes, _ in bytes.contains { $0 > 128 } }
        #expect(lit == text.unicodeScalars.contains { $0.value > 0x20 && $0.value != 0x7F } || text == "\u{1}\u{7F}")
    }

    @Test func unknownFiltersAreRefused() throws {
        let format = PictureFormat(width: 64, height: 64, pixelFormat: .rgb24)
        let filter = try ffmpegError { _ = try FilterGraph.open([.init("sharpenizer")], for: format) }
        #expect(filter.operation == "use the filter sharpenizer")
        let option = try ffmpegError { _ = try FilterGraph.open([.init("hflip", ["speed": "9"])], for: format) }
        #expect(option.operation == "set 'speed' of the filter hflip")
    }
}
