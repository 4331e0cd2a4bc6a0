import Diagnostics
@testable import FFmpeg
import Foundation
import MediaTime
import TestSupport
import Testing

/// Sound through reader, resampler and lossless copy: every sample where it belongs.
@Suite struct SoundTests {
    /// A file's sound as one block, and the number of its first sample.
    private func all(
        _ path: String, track: Int = 0, sampleRate: Int, channels: Int
    ) throws -> (start: Int64?, block: SampleBlock) {
        var reader = try AudioReader.open(path, track: track, sampleRate: sampleRate, channels: channels)
        var block = SampleBlock(silence: 0, channels: channels)
        var start: Int64?
        while let run = try reader.next() {
            // Runs follow each other without a hole.
            #expect(run.start == (start ?? run.start) + Int64(block.count))
            start = start ?? run.start
            block.append(run.block)
        }
        return (start, block)
    }

    private func byFFmpeg(_ path: String, track: Int) throws -> [Float] {
        let result = try Tools.check(
            "ffmpeg",
            ["-v", "error", "-nostdin", "-i", path, "-map", "0:a:\(track)", "-f", "f32le", "-c:a", "pcm_f32le", "-"])
        return result.output.withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
        }
    }

    private func interleaved(_ block: SampleBlock) -> [Float] {
        (0..<block.count).flatMap { index in block.channels.map { $0[index] } }
    }

    /// At the track's own rate and channels nothing is changed: what ffmpeg decodes, from the time that the file says.
    @Test(
        .needsSharedMedia,
        arguments: [
            // First sample: 0 where priming is left out, later after an empty edit, and where the first packet has no sound.
            ("jcodec-seq-1.mp4", 0, 2, 48_000, 528), ("androidx-360p-30006-non-idr.mp4", 0, 2, 48_000, 144),
            ("androidx-short-audio.mp4", 0, 1, 44_100, 1_024), ("bear-h264-360p.mp4", 0, 2, 44_100, 0),
            ("nasa-two-video-tracks.mp4", 1, 2, 16_000, 0), ("laravel-ffmpeg-two-audio.mp4", 1, 1, 44_100, 0),
            ("big-buck-bunny-480p24-5ch1.mp4", 0, 6, 48_000, 0), ("laravel-ffmpeg-1080p25-mp3.mp4", 0, 2, 48_000, 0),
            ("bbb-audio-20s.mp4", 0, 2, 48_000, 0),
        ])
    func samplesAreThoseOfFFmpeg(name: String, track: Int, channels: Int, rate: Int, start: Int) throws {
        let path = try SharedMedia.file(name)
        let stream = try AudioReader.open(path, track: track, sampleRate: rate, channels: channels).stream
        #expect(stream.sampleRate == rate)
        #expect(stream.channels == channels)
        let ours = try all(path, track: track, sampleRate: rate, channels: channels)
        #expect(ours.start == Int64(start))
        let same = interleaved(ours.block) == (try byFFmpeg(path, track: track))
        #expect(same)
    }

    private func sine(_ frequency: Double, rate: Int, count: Int, from start: Int = 0) -> [Float] {
        (start..<start + count).map { Float(0.5 * sin(2 * Double.pi * frequency * Double($0) / Double(rate))) }
    }

    @Test(arguments: [(44_100, 997.0), (44_100, 10_000.0), (96_000, 997.0), (22_050, 440.0), (48_000, 997.0)])
    func resamplingKeepsTheSine(rate: Int, frequency: Double) throws {
        let samples = sine(frequency, rate: rate, count: rate)
        let block = SampleBlock(channels: [samples, samples.map { -$0 }])
        var resampler = try Resampler.open(
            like: Frame.sound(block[0..<16], format: .floatPlanar, sampleRate: rate), sampleRate: 48_000, channels: 2)
        var result = SampleBlock(silence: 0, channels: 2)
        for start in stride(from: 0, to: rate, by: 1_111) {
            let piece = block[start..<min(start + 1_111, rate)]
            result.append(try resampler.convert(Frame.sound(piece, format: .floatPlanar, sampleRate: rate)))
        }
        result.append(try resampler.finish())
        #expect(abs(result.count - 48_000) <= 1)
        let ideal = sine(frequency, rate: 48_000, count: 48_000)
        // The first and last 5 ms see the edge of the sound.
        var error: Float = 0
        for index in 240..<47_760 {
            error = max(error, abs(result.channels[0][index] - ideal[index]))
            error = max(error, abs(result.channels[1][index] + ideal[index]))
        }
        #expect(error < 0.001)
    }

    private func mixed(_ channels: [[Float]], to count: Int) throws -> SampleBlock {
        let block = SampleBlock(channels: channels)
        let frame = try Frame.sound(block, format: .floatPlanar, sampleRate: 48_000)
        var resampler = try Resampler.open(like: frame, sampleRate: 48_000, channels: count)
        var result = try resampler.convert(frame)
        result.append(try resampler.finish())
        return result
    }

    @Test func oneChannelBecomesTwoAlike() throws {
        let samples = sine(440, rate: 48_000, count: 4_800)
        let result = try mixed([samples], to: 2)
        #expect(result.count == 4_800)
        #expect(result.channels[0] == result.channels[1])
        // Half the power on each side: together as loud as before.
        #expect(abs(result.channels[0][1_000] / samples[1_000] - 0.707_106_8) < 0.000_001)
    }

    @Test func sixChannelsBecomeTwo() throws {
        let silence = [Float](repeating: 0, count: 4_800)
        let samples = sine(440, rate: 48_000, count: 4_800)
        // Front left, front right, centre, low frequencies, back left, back right.
        func gains(_ channel: Int) throws -> [Float] {
            var channels = [[Float]](repeating: silence, count: 6)
            channels[channel] = samples
            let result = try mixed(channels, to: 2)
            #expect(result.count == 4_800)
            return result.channels.map { $0[1_000] / samples[1_000] }
        }
        let half: Float = 0.707_106_77
        // ITU-R BS.775: centre and surrounds at half their power, low frequencies left out.
        let expected: [[Float]] = [[1, 0], [0, 1], [half, half], [0, 0], [half, 0], [0, half]]
        for (channel, wanted) in expected.enumerated() {
            let found = try gains(channel)
            #expect(zip(found, wanted).allSatisfy { abs($0 - $1) < 0.000_001 }, "channel \(channel): \(found)")
        }
    }

    @Test func tracksThatBeginLateOrEndEarlyAreFilledWithSilence() throws {
        let late = try TestMedia.generated(
            ["--size", "128x72", "--frames", "48", "--sound", "pcm_s16le", "--container", "mov", "--offset", "1/2"],
            extension: "mov")
        let whole = try all(late, sampleRate: 48_000, channels: 2)
        let start = try #require(whole.start)
        #expect(start == 24_000)
        #expect(whole.block.count == 96_000)
        var found = SampleBlock(silence: 0, channels: 2)
        try AudioReader.forEachBlock(of: late, sampleRate: 48_000, channels: 2, in: -100..<start + 500) {
            found.append($0)
        }
        #expect(found.count == Int(start) + 600)
        #expect(found[0..<Int(start) + 100] == SampleBlock(silence: Int(start) + 100, channels: 2))
        #expect(found[Int(start) + 100..<found.count] == whole.block[0..<500])
        let end = start + Int64(whole.block.count)
        found = SampleBlock(silence: 0, channels: 2)
        try AudioReader.forEachBlock(of: late, sampleRate: 48_000, channels: 2, in: end - 10..<end + 90) {
            found.append($0)
        }
        #expect(found[0..<10] == whole.block[whole.block.count - 10..<whole.block.count])
        #expect(found[10..<100] == SampleBlock(silence: 90, channels: 2))
    }

    /// Ranges in any order are what the whole decode has there, though what lies between them is not decoded. (AC-3 is not among
    /// them: its decoder fills what was not coded with noise.)
    @Test(.needsSharedMedia, arguments: ["bbb-audio-20s.mp4", "laravel-ffmpeg-1080p25-mp3.mp4", "moq-hevc-opus.ts"])
    func rangesAreThoseOfTheWhole(name: String) throws {
        let path = try SharedMedia.file(name)
        let whole = try all(path, sampleRate: 48_000, channels: 2)
        let (first, count) = (try #require(whole.start), Int64(whole.block.count))
        var ranges = [first - 500..<first + 700, first + count - 300..<first + count + 900]
        ranges += (0..<6).map { first + $0 * count / 7 + 5..<first + $0 * count / 7 + 3_000 } + [ranges[0]]
        ranges.reverse()
        var found = ranges.map { _ in SampleBlock(silence: 0, channels: 2) }
        var reader = try AudioReader.open(path, sampleRate: 48_000, channels: 2)
        try reader.forEachBlock(in: ranges) { found[$0].append($1) }
        #expect(reader.damages.isEmpty)
        for (range, block) in zip(ranges, found) {
            #expect(block.count == range.count)
            let inside = range.clamped(to: first..<first + count)
            let ours = block[Int(inside.lowerBound - range.lowerBound)..<Int(inside.upperBound - range.lowerBound)]
            let wanted = whole.block[Int(inside.lowerBound - first)..<Int(inside.upperBound - first)]
            let error = zip(ours.channels.joined(), wanted.channels.joined()).reduce(Float(0)) {
                max($0, abs($1.0 - $1.1))
            }
            #expect(error < 0.0001, "\(name), \(range): \(error)")
        }
    }

    /// Any range of a lossless copy is the same, whether it is read from the start or by seeking.
    @Test func flacKeepsEverySampleAtEveryPlace() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("copy.flac")
        var random = FixedRandom(state: 7)
        // 24-bit values that a Float holds exactly.
        let block = SampleBlock(
            channels: (0..<2).map { _ in
                (0..<150_001).map { _ in Float(Int32.random(in: -8_388_608...8_388_607, using: &random)) / 8_388_608 }
            })
        let encoder = try Encoder.audio(
            AudioEncoding(encoder: "flac", sampleFormat: .int32, sampleRate: 48_000, channels: 2))
        try write(block, encoder, to: path)
        let read = try all(path, sampleRate: 48_000, channels: 2)
        #expect(read.start == 0)
        #expect(read.block.count == block.count)
        let same = read.block == block
        #expect(same)
        let probe = try Tools.check(
            "ffprobe",
            ["-v", "error", "-show_entries", "stream=bits_per_raw_sample,duration_ts", "-of", "csv=p=0", path])
        #expect(probe.lines == ["150001,24"])
        for _ in 0..<12 {
            let start = Int.random(in: 0..<150_000, using: &random)
            let end = min(150_001, start + Int.random(in: 1..<9_000, using: &random))
            var found = SampleBlock(silence: 0, channels: 2)
            try AudioReader.forEachBlock(
                of: path, sampleRate: 48_000, channels: 2, in: Int64(start)..<Int64(end), seeking: true
            ) { found.append($0) }
            let same = found == block[start..<end]
            #expect(same, "\(start)..<\(end)")
        }
    }

    private func write(_ block: SampleBlock, _ opened: consuming Encoder, to path: String) throws {
        var encoder = opened
        var muxer = try Muxer.create(path, format: "flac", for: encoder)
        for start in stride(from: 0, to: block.count, by: encoder.samplesPerFrame) {
            let piece = block[start..<min(start + encoder.samplesPerFrame, block.count)]
            try encoder.send(Frame.sound(piece, format: .int32, sampleRate: 48_000), at: Int64(start))
            while let packet = try encoder.nextPacket() { try muxer.write(packet) }
        }
        try encoder.drain()
        while let packet = try encoder.nextPacket() { try muxer.write(packet) }
        try muxer.finish()
    }

    @Test func samplesBeyondFullScaleAreClipped() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("loud.flac")
        let encoder = try Encoder.audio(
            AudioEncoding(encoder: "flac", sampleFormat: .int32, sampleRate: 48_000, channels: 1))
        try write(SampleBlock(channels: [[2, -2, 1, -1, 0.25]]), encoder, to: path)
        let most: Float = 8_388_607 / 8_388_608
        #expect(try all(path, sampleRate: 48_000, channels: 1).block.channels == [[most, -1, most, -1, 0.25]])
    }

    @Test func aFileThatCannotBeCreatedIsSaid() throws {
        let folder = try TemporaryFolder()
        let encoder = try Encoder.audio(
            AudioEncoding(encoder: "flac", sampleFormat: .int32, sampleRate: 48_000, channels: 1))
        var failure: FFmpegError?
        do throws(FFmpegError) {
            _ = try Muxer.create(folder.file("missing/x.flac"), format: "flac", for: encoder)
        } catch { failure = error }
        #expect(failure?.operation == "create")
        #expect(failure?.code == .posix(2))
    }
}
