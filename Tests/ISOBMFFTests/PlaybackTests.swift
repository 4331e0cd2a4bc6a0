import Foundation
import ISOBMFF
import TestSupport
import Testing

/// What we write, judged by FFmpeg's programs: samples of a real encode, put into other fragments in another order.
@Suite("Playback by FFmpeg")
struct PlaybackTests {
    private struct Packet: Equatable {
        var pts: Int64
        var dts: Int64
        var size: Int
        var position: Int
        var isKey: Bool
    }

    /// A packet list as ffprobe's own demuxer sees it.
    private func packets(_ file: URL, _ stream: String) throws -> [Packet] {
        let text = try quiet(
            "ffprobe",
            [
                "-v", "error", "-select_streams", stream, "-show_entries", "packet=pts,dts,size,pos,flags", "-of",
                "csv=p=0", file.path,
            ])
        return text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: ",")
            guard fields.count >= 5, let pts = Int64(fields[0]), let dts = Int64(fields[1]), let size = Int(fields[2]),
                let position = Int(fields[3])
            else { return nil }
            return Packet(pts: pts, dts: dts, size: size, position: position, isKey: fields[4].hasPrefix("K"))
        }
    }

    /// `framemd5` without comments: (pts, hash) of each decoded frame.
    private func frames(_ file: URL, _ stream: String) throws -> [(Int64, String)] {
        let text = try quiet(
            "ffmpeg",
            [
                "-v", "warning", "-i", file.path, "-map", "0:\(stream)", "-fps_mode", "passthrough", "-enc_time_base",
                "-1",
                "-f", "framemd5", "-",
            ])
        return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap { line in
            let fields = line.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            guard fields.count == 6, let pts = Int64(fields[2]) else { return nil }
            return (pts, fields[5])
        }
    }

    private func movie(_ file: [UInt8]) throws -> MovieHeader {
        var boxes = TopLevelBoxes(file)
        let header = try #require(try boxes.remaining().first { $0.type == "moov" })
        return try MovieHeader.parse(try boxes.contents(of: header), at: header.offset)
    }

    private func encode(_ arguments: [String], _ scratch: TemporaryFolder) throws -> URL {
        let file = scratch.url("source.mp4")
        _ = try quiet(
            "ffmpeg",
            [
                "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=128x72:r=24:d=4", "-f", "lavfi", "-i",
                "sine=frequency=440:r=48000:d=4", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-threads", "1", "-g", "24",
                "-sc_threshold", "0",
            ] + arguments + ["-c:a", "aac", "-b:a", "64k", file.path])
        return file
    }

    @Test(arguments: [["-bf", "3", "-b_strategy", "0"], ["-bf", "0"]])
    func reorderedFragmentsDecodeToTheSourcesFrames(_ options: [String]) throws {
        let scratch = try TemporaryFolder()
        let source = try encode(options, scratch)
        let bytes = [UInt8](try Data(contentsOf: source))
        let video = try packets(source, "v:0")
        #expect(video.count == 96)
        let read = try movie(bytes)
        let ticks: Int64 = 512
        #expect(read.tracks[0].timescale == 12288)
        let delay = -video[0].dts

        // The same avcC, byte for byte, as FFmpeg wrote; and the entry read back equal.
        let entry = try VideoSampleEntry.parse(read.tracks[0].sampleEntries[0].bytes)
        let written = try #require(entry.configuration.avc)
        let record = try AVCConfiguration(
            sequenceParameterSets: written.sequenceParameterSets, pictureParameterSets: written.pictureParameterSets)
        #expect(written == record)
        #expect(hex(read.tracks[0].sampleEntries[0].bytes).contains(hex(record.encoded())))

        // Four closed groups of 24, in another order, each made for its old place and patched to its new one.
        let starts = video.indices.filter { video[$0].isKey }
        #expect(starts == [0, 24, 48, 72])
        let order = [2, 0, 3, 1]
        var reel = InitSegment(
            movieTimescale: 12288,
            tracks: [
                TrackDescription(
                    trackID: 1, kind: .video(width: 128, height: 72), timescale: 12288,
                    sampleEntry: VideoSampleEntry(width: 128, height: 72, configuration: .avc(record)).encoded(),
                    editMediaTime: delay)
            ], fragmentDuration: 96 * 512, userData: [UserData.encode(["sizzle_edition": "e1", "sizzle_reel": "r1"])]
        ).encoded()
        for (slot, group) in order.enumerated() {
            let group = video[starts[group]..<starts[group] + 24]
            let samples = group.map {
                MediaSample(
                    size: UInt32($0.size), duration: UInt32(ticks), compositionOffset: UInt32($0.pts - $0.dts),
                    isSync: $0.isKey)
            }
            let header = try Fragment.header(trackID: 1, samples: samples, sequenceNumber: 9, decodeTime: 999)
            var fragment = header.bytes + group.flatMap { bytes[$0.position..<$0.position + $0.size] }
            #expect(fragment.count == header.totalSize)
            try FragmentPatch.apply(
                sequenceNumber: UInt32(1 + slot * 24), decodeTime: UInt64(Int64(slot) * 24 * ticks),
                sequenceNumberOffset: header.sequenceNumberOffset, decodeTimeOffset: header.decodeTimeOffset,
                to: &fragment)
            reel += fragment
        }
        let file = scratch.url("reel.mp4")
        try Data(reel).write(to: file)

        let wanted = try frames(source, "v:0").map(\.1)
        let got = try frames(file, "v:0")
        #expect(got.map(\.1) == order.flatMap { wanted[$0 * 24..<$0 * 24 + 24] })
        #expect(got.map(\.0) == (0..<96).map { Int64($0) * ticks })
        #expect(try packets(file, "v:0").map(\.dts) == (0..<96).map { Int64($0) * ticks - delay })
        let tags = try quiet(
            "ffprobe",
            ["-v", "error", "-show_entries", "format=duration:format_tags", "-of", "default=nw=1", file.path])
        #expect(tags.contains("TAG:sizzle_edition=e1\n"))
        #expect(tags.contains("TAG:sizzle_reel=r1\n"))
        #expect(tags.contains("duration=4.000000\n"))
    }

    @Test func pictureAndSoundInOneFile() throws {
        let scratch = try TemporaryFolder()
        let source = try encode(["-bf", "2"], scratch)
        let bytes = [UInt8](try Data(contentsOf: source))
        let read = try movie(bytes)
        let sound = try AACSampleEntry.parse(read.tracks[1].sampleEntries[0].bytes)
        let video = try packets(source, "v:0")
        // Without the priming packet, so that what follows is presented from 0.
        let audio = try packets(source, "a:0").dropFirst()
        let picture = try VideoSampleEntry.parse(read.tracks[0].sampleEntries[0].bytes)
        var file = InitSegment(
            movieTimescale: 12288,
            tracks: [
                TrackDescription(
                    trackID: 1, kind: .video(width: 128, height: 72), timescale: 12288, sampleEntry: picture.encoded(),
                    editMediaTime: -video[0].dts),
                TrackDescription(trackID: 2, kind: .audio, timescale: 48000, sampleEntry: sound.encoded()),
            ]
        ).encoded()
        let pictures = video.map {
            MediaSample(
                size: UInt32($0.size), duration: 512, compositionOffset: UInt32($0.pts - $0.dts), isSync: $0.isKey)
        }
        file += try Fragment.header(trackID: 1, samples: pictures, sequenceNumber: 1, decodeTime: 0).bytes
        for packet in video { file += bytes[packet.position..<packet.position + packet.size] }
        let sounds = audio.map { MediaSample(size: UInt32($0.size), duration: 1024, isSync: true) }
        file += try Fragment.header(trackID: 2, samples: sounds, sequenceNumber: 2, decodeTime: 0).bytes
        for packet in audio { file += bytes[packet.position..<packet.position + packet.size] }
        let made = scratch.url("made.mp4")
        try Data(file).write(to: made)
        #expect(try frames(made, "v:0").map(\.1) == frames(source, "v:0").map(\.1))
        #expect(try frames(made, "a:0").map(\.0) == (0..<Int64(audio.count)).map { $0 * 1024 })
        let format = try quiet(
            "ffprobe",
            [
                "-v", "warning", "-show_entries", "stream=codec_tag_string,profile,sample_rate,channels,start_pts",
                "-of",
                "csv=p=0", made.path,
            ])
        #expect(format == "High,avc1,0\nLC,mp4a,48000,2,0\n" || format == "High,avc1,0\nLC,mp4a,48000,1,0\n")
    }

    /// FFmpeg's own fragments, read by us and by ffprobe.
    @Test func fragmentsOfFFmpegAreReadAsFFprobeReadsThem() throws {
        let scratch = try TemporaryFolder()
        let source = try encode(["-bf", "2"], scratch)
        let file = scratch.url("fragmented.mp4")
        _ = try quiet(
            "ffmpeg",
            [
                "-v", "error", "-i", source.path, "-map", "0:v", "-c", "copy", "-movflags",
                "frag_keyframe+empty_moov+default_base_moof", file.path,
            ])
        let bytes = [UInt8](try Data(contentsOf: file))
        let defaults = try movie(bytes).tracks.reduce(into: [UInt32: SampleDefaults]()) { $0[$1.trackID] = $1.defaults }
        var boxes = TopLevelBoxes(bytes)
        var read: [Packet] = []
        for header in try boxes.remaining() where header.type == "moof" {
            let info = try FragmentInfo.parse(try boxes.contents(of: header), at: header.offset, defaults: defaults)
            var time = Int64(info.decodeTime)
            for sample in info.samples {
                read.append(
                    Packet(
                        pts: time + sample.compositionOffset, dts: time, size: Int(sample.size),
                        position: Int(header.offset + sample.offset), isKey: sample.isSync))
                time += Int64(sample.duration)
            }
        }
        #expect(read.count == 96)
        // This muxer shifts by an edit list; ffprobe has applied it.
        let shift = try #require(read.first).pts
        let seen = try packets(file, "v:0")
        #expect(read.map { $0.pts - shift } == seen.map { $0.pts - seen[0].pts })
        #expect(read.map(\.size) == seen.map(\.size))
        #expect(read.map(\.position) == seen.map(\.position))
        #expect(read.map(\.isKey) == seen.map(\.isKey))
    }

    /// All shared media with a `moov`: read, and held against ffprobe's list of streams.
    @Test(.needsSharedMedia) func sharedMediaAreRead() throws {
        let media = URL(fileURLWithPath: try #require(SharedMedia.folder))
        var files = 0
        var entries = 0
        for url in try FileManager.default.contentsOfDirectory(at: media, includingPropertiesForKeys: nil)
        where ["mp4", "mov", "ismv"].contains(url.pathExtension) {
            let file = try FileHandle(forReadingFrom: url)
            let length = Int64(try file.seekToEnd())
            var boxes = TopLevelBoxes(length: length) { offset, count in
                try file.seek(toOffset: UInt64(offset))
                return [UInt8](try file.read(upToCount: count) ?? Data())
            }
            do {
                while let header = try boxes.next() {
                    guard header.type == "moov" else { continue }
                    let movie = try MovieHeader.parse(try boxes.contents(of: header), at: header.offset)
                    files += 1
                    let ids = try Tools.run(
                        "ffprobe", ["-v", "quiet", "-show_entries", "stream=id", "-of", "default=nw=1:nk=1", url.path]
                    ).text.split(separator: "\n").compactMap { Int($0.dropFirst(2), radix: 16) }.filter { $0 > 0 }
                    #expect(movie.tracks.map { Int($0.trackID) } == ids, "\(url.lastPathComponent)")
                    for entry in movie.tracks.flatMap(\.sampleEntries) where entry.type == "avc1" {
                        let picture = try VideoSampleEntry.parse(entry.bytes)
                        let avc = try #require(picture.configuration.avc)
                        let set = try avc.sequenceParameters()
                        let record = hex(avc.encoded())
                        #expect(hex(entry.bytes).contains(record), "\(url.lastPathComponent)")
                        // A camera that crops 864 pixels to 854 in the container alone.
                        let width = url.lastPathComponent == "gopro-karma-2997.mp4" ? 854 : set.width
                        #expect(width == picture.width, "\(url.lastPathComponent)")
                        #expect(set.height == picture.height, "\(url.lastPathComponent)")
                        entries += 1
                    }
                }
            } catch let error as ISOBMFFError {
                #expect(url.lastPathComponent.hasPrefix("refuse-"), "\(url.lastPathComponent): \(error)")
            }
        }
        #expect(files > 40)
        #expect(entries > 30)
    }
}
