import Diagnostics
@testable import FFmpeg
import Foundation
import TestSupport
import Testing

/// What is not good media gives an error of one line: no crash, no hang, no half result.
@Suite struct RefusalTests {
    /// Where each file ends: how many frames come out, and whether an error or the end follows; how many frames its packets
    /// promise, or `nil` where they cannot be numbered.
    private struct Outcome: Sendable, Equatable {
        var frames: Int
        var isRefused: Bool
        var numbered: Int64?
    }

    private static let outcomes = [
        // Codecs that are not copied, and a file whose only fault is a size.
        "refuse-av1.mp4": Outcome(frames: 82, isRefused: false, numbered: 82),
        "refuse-mdat-too-long.mp4": Outcome(frames: 30, isRefused: false, numbered: 30),
        "refuse-mpeg4-part2.mp4": Outcome(frames: 295, isRefused: false, numbered: 295),
        "refuse-vp8.webm": Outcome(frames: 82, isRefused: false, numbered: 82),
        "refuse-vp9.mp4": Outcome(frames: 84, isRefused: false, numbered: 84),
        // Nothing that decodes.
        "refuse-bad-offsets.mp4": Outcome(frames: 0, isRefused: true, numbered: nil),
        "refuse-cenc-senc.mp4": Outcome(frames: 0, isRefused: true, numbered: nil),
        "refuse-vvc.mp4": Outcome(frames: 0, isRefused: true, numbered: nil),
        // No samples at all: the end comes at once, and there is no frame 0 to number.
        "refuse-init-only.mp4": Outcome(frames: 0, isRefused: false, numbered: nil),
        "refuse-no-mdat.mp4": Outcome(frames: 0, isRefused: false, numbered: nil),
        // Damage is found by decoding only.
        "refuse-corrupted.mp4": Outcome(frames: 0, isRefused: true, numbered: 50),
        "refuse-invalid-nal.mp4": Outcome(frames: 0, isRefused: true, numbered: 30),
        "refuse-encrypted-fragmented.mp4": Outcome(frames: 0, isRefused: true, numbered: nil),
    ]

    @Test(.needsSharedMedia, .timeLimit(.minutes(1)), arguments: SharedFile.refused)
    func wrongFilesGiveAnError(file: SharedFile) throws {
        let path = try file.path()
        let expected = try #require(Self.outcomes[file.name])
        let read = try decodeAll(path)
        var errors = [read.error].compactMap(\.self)
        #expect((read.error != nil) == expected.isRefused)
        if expected.isRefused, let most = file.frames {
            #expect(read.frames < most)
        } else {
            #expect(read.frames == expected.frames)
        }
        do {
            let index = try FrameIndex.scan(path)
            #expect(index.count == expected.numbered)
        } catch let error as FFmpegError {
            #expect(expected.numbered == nil)
            errors.append(error)
        }
        for error in errors {
            #expect(error.description.hasPrefix("\(path): cannot "))
            #expect(!error.description.contains("\n"))
            #expect([.badInput, .unavailable].contains(error.status))
        }
    }

    private func decodeAll(_ path: String) throws -> (frames: Int, error: FFmpegError?) {
        var frames = 0
        do throws(FFmpegError) {
            var reader = try FrameReader.open(path)
            while try reader.next() != nil { frames += 1 }
        } catch {
            return (frames, error)
        }
        return (frames, nil)
    }

    @Test func aMissingFileIsNotFound() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("missing.mp4")
        let error = try ffmpegError { _ = try Demuxer.open(path) }
        #expect(
            error
                == FFmpegError(
                    code: .posix(2), operation: "open", path: path, stream: nil, frame: nil, log: []))
        #expect(error.status == .notFound)
        #expect(error.description == "\(path): cannot open: No such file or directory")
    }

    @Test func aFolderIsNotFound() throws {
        let folder = try TemporaryFolder()
        let error = try ffmpegError { _ = try Demuxer.open(folder.path) }
        #expect([error.code] == [.posix(21)])
        #expect(error.status == .notFound)
    }

    @Test(arguments: ["", "To whom it may concern\n", String(repeating: "words and more words\n", count: 10_000)])
    func textIsNotMedia(text: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(text, to: "letter.mp4")
        let error = try ffmpegError { _ = try Demuxer.open(path) }
        #expect(error.operation == "open")
        #expect(error.path == path)
        #expect(error.status == .badInput)
        #expect(!error.description.contains("\n"))
    }

    /// A stranger's "video" must not make the engine read other files.
    @Test(arguments: [
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n@\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '@'\n",
        "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\"><Period><AdaptationSet>"
            + "<Representation id=\"1\" bandwidth=\"1\"><BaseURL>@</BaseURL></Representation></AdaptationSet></Period></MPD>",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    ])
    func aPlaylistIsNoMedia(text: String) throws {
        let secret = try TestMedia.stamped(size: (128, 72), frames: 24, sound: "none")
        let folder = try TemporaryFolder()
        let path = try folder.write(text.replacingOccurrences(of: "@", with: secret), to: "film.mp4")
        let error = try ffmpegError { _ = try Demuxer.open(path) }
        #expect(error.operation == "open")
        #expect(error.status == .badInput)
        #expect(!error.description.contains(secret))
    }

    /// Every name is a plain file's, whatever protocol it looks like. None of these exists as one.
    @Test(arguments: [
        "concat:@|@", "http://127.0.0.1:9/x.mp4", "file:@", "subfile,,start,0,end,1000,,:@",
        "data:video/mp4;base64,AAAA",
        "pipe:0", "-x.mp4", "crypto:@", "async:@", "frame%03d.mp4",
    ])
    func addressesAreFileNames(name: String) throws {
        let real = try TestMedia.stamped(size: (128, 72), frames: 24, sound: "none")
        let path = name.replacingOccurrences(of: "@", with: real)
        let error = try ffmpegError { _ = try Demuxer.open(path) }
        #expect(error.status == .notFound)
        #expect(error.path == path)
    }

    @Test(arguments: [
        "-x.mp4", "concat:a|b.mp4", "a%03d.mp4", "name with 'quotes' \" and :.mp4", "тест.mp4", "line\nfeed.mp4",
    ])
    func oddNamesOpen(name: String) throws {
        let folder = try TemporaryFolder()
        let path = folder.file(name)
        try FileManager.default.copyItem(
            atPath: try TestMedia.stamped(size: (128, 72), frames: 24, sound: "none"), toPath: path)
        let index = try FrameIndex.scan(path)
        #expect(index.count == 24)
    }

    @Test func errorsSayWhatFFmpegSaid() throws {
        let good = try TestMedia.stamped(size: (128, 72), frames: 24, sound: "none")
        let folder = try TemporaryFolder()
        let path = folder.file("cut.mp4")
        // Without the index at its end or its beginning an MP4 cannot be read, and FFmpeg says so.
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: good)))
        var broken = bytes
        let moov = try #require(bytes.firstRange(of: Array("moov".utf8)))
        broken.replaceSubrange(moov, with: Array("gone".utf8))
        try Data(broken).write(to: URL(fileURLWithPath: path))
        let error = try ffmpegError { _ = try Demuxer.open(path) }
        #expect(error.code == .invalidData)
        #expect(error.operation == "open")
        #expect(error.log.last?.contains("moov atom not found") == true)
        #expect(error.description.hasPrefix("\(path): cannot open: Invalid data found when processing input ("))
    }

    @Test func aFrameThatIsDamagedIsNamed() throws {
        let good = try TestMedia.stamped(size: (128, 72), frames: 48, gop: 12, sound: "none")
        let packets = try FrameIndex.scan(good).packets
        let damaged = try #require(packets.indices.first { packets[$0].frame == 20 })
        let folder = try TemporaryFolder()
        let path = folder.file("damaged.mp4")
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: good)))
        let ranges = try Tools.check(
            "ffprobe",
            ["-v", "error", "-select_streams", "v", "-show_entries", "packet=pos,size", "-of", "csv=p=0", good])
        let line = ranges.lines[damaged].split(separator: ",").compactMap { Int($0) }
        for position in line[1] + 8..<line[1] + line[0] { bytes[position] = UInt8(truncatingIfNeeded: position &* 31) }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let (frames, error) = try decodeAll(path)
        let found = try #require(error)
        #expect(frames <= 20)
        #expect(found.frame == Int64(frames))
        #expect(found.path == path)
        #expect(found.stream == 0)
        #expect(found.code == .invalidData)
        #expect(!found.description.contains("\n"))
    }

    @Test func aTrackThatIsNotThereIsSaid() throws {
        let path = try TestMedia.stamped(size: (128, 72), frames: 24, sound: "none")
        let audio = try ffmpegError { _ = try AudioReader.open(path, sampleRate: 48_000, channels: 2) }
        #expect(audio.code == .streamNotFound)
        #expect(audio.operation == "find sound track 0 (streams: 0: video h264)")
        let video = try ffmpegError { _ = try FrameReader.open(path, track: 1) }
        #expect(video.operation == "find video track 1 (streams: 0: video h264)")
        var reader = try VideoReader.open(path)
        for number: Int64 in [-1, 24, .max] {
            var failure: FFmpegError?
            do throws(FFmpegError) { _ = try reader.frame(at: number) } catch { failure = error }
            #expect(failure?.frame == number)
        }
    }
}
