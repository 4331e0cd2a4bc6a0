import Editions
import Foundation
import MediaTime
import TestSupport
import Testing

@testable import Conditioning

/// Clips off the IDR grid: edges encoded, the middle copied bit for bit, judged by the ffmpeg program alone.
@Suite struct SmartCutTests {
    /// Kinds of pictures by the generator's arguments.
    private static let kinds: [String: [String]] = [
        "pyramid": [],
        "strict pyramid": ["--b-pyramid", "strict"],
        "open GOP": ["--open-gop", "--idr", "40,95,150"],
        "four slices": ["--encoder-params", "slices=4"],
        "CAVLC, one reference": ["--bframes", "1", "--encoder-params", "cabac=0:ref=1"],
        "Main": ["--encoder-params", "8x8dct=0"],
        "Baseline": ["--bframes", "0", "--encoder-params", "cabac=0:8x8dct=0:weightp=0"],
        "fields": ["--interlaced"],
        "10 bits": ["--pixels", "yuv420p10le"],
        "4:2:2": ["--pixels", "yuv422p10le"],
        "level 5.1, 16 references": ["--encoder-params", "ref=16:level=51"],
        "transport stream": ["--container", "ts"],
        "Matroska": ["--container", "mkv"],
        "fragments": ["--container", "fmp4"],
        "HEVC": ["--codec", "hevc"],
        "HEVC, open GOP": ["--codec", "hevc", "--open-gop"],
        "HEVC, RADL": ["--codec", "hevc", "--encoder-params", "radl=2"],
        "HEVC, no B-frames": ["--codec", "hevc", "--bframes", "0"],
        "HEVC, 10 bits": ["--codec", "hevc", "--pixels", "yuv420p10le"],
        "HEVC, transport stream": ["--codec", "hevc", "--container", "ts"],
    ]

    @Test(arguments: kinds.keys.sorted()) func twentyRandomClipsAreExact(kind: String) throws {
        let path = try source(kind)
        // The last begins with an IDR in every source: x265 makes no other in open groups.
        let clips = try randomClips(19, of: 192, seed: UInt64(kind.count)) + [(0, 55)]
        let made = try condition(path, .smart, clips)
        let isHEVC = kind.hasPrefix("HEVC")
        let analysis = try NALAnalysis(path, isHEVC: isHEVC)
        let original = try frameMD5s(of: path)
        #expect(made.picture.renditions[0].condition == "smart")
        for (clip, range) in clips.enumerated() {
            let file = try made.file(clip)
            #expect(try decodedStamps(of: file) == Array(Int(range.0)..<Int(range.1)))
            let cut = made.picture.plans[0].cuts[clip]
            #expect(cut.framesEncoded <= analysis.mostEncoded(range), "[\(range.0), \(range.1))")
            let decoded = try frameMD5s(of: file)
            #expect(decoded == made.hashes(clip))
            for piece in cut.pieces where piece.isCopy {
                let (first, last) = (Int(piece.frames.start), Int(piece.frames.end))
                #expect(Array(decoded[first - Int(range.0)..<last - Int(range.0)]) == Array(original[first..<last]))
            }
            guard cut.framesEncoded > 0 else { continue }
            let value = try luminance(file, against: path, range)
            #expect(value >= 42, "\(value) dB")
        }
        #expect(made.picture.plans[0].cuts.contains { $0.condition == .smart })
        let auto = try Conditioner().plans(footage(path, clips))[0]
        #expect(auto.cuts == made.picture.plans[0].cuts)
        try checkBoxes(made, rate: .film, entry: isHEVC ? "hvc1" : "avc1")
    }

    /// The settings of the edges are the source's, as an independent reader tells them.
    @Test(arguments: [
        "Baseline", "Main", "pyramid", "10 bits", "4:2:2", "level 5.1, 16 references", "fields", "HEVC",
        "HEVC, 10 bits",
    ])
    func edgesAreOfTheSourcesKind(kind: String) throws {
        let path = try source(kind)
        let made = try condition(path, .smart, [(1, 60), (50, 59)])
        /// A clip that is encoded whole is shown by its own parameter sets, which are the second ones.
        func describe(_ path: String) throws -> [String: String] {
            try Tools.check(
                "ffprobe",
                [
                    "-v", "error", "-select_streams", "v:0", "-show_entries",
                    "stream=codec_tag_string,profile,level,pix_fmt,width,height,has_b_frames"
                        // Of HEVC the source's container tells it.
                        + (kind.hasPrefix("HEVC") ? "" : ",field_order"), "-of",
                    "default=nw=1", path,
                ]
            ).lines.reduce(into: [:]) { result, line in
                let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
                if parts.count == 2 { result[parts[0]] = parts[1] }
            }
        }
        let edge = try made.file(1)
        let (wanted, found) = (try describe(path), try describe(edge))
        #expect(found == wanted)
        #expect(made.picture.plans[0].cuts.map(\.condition) == [.smart, .encode])
    }

    /// What can be copied whole needs no second parameter sets.
    @Test func safeEndsAreNotEncoded() throws {
        let made = try condition(source("pyramid"), .smart, [(0, 48), (48, 192)])
        #expect(made.picture.renditions[0].condition == "copy")
        #expect(made.picture.framesEncoded == 0)
    }

    private func source(_ kind: String) throws -> String {
        var more = try #require(Self.kinds[kind])
        var container = "mp4"
        if let place = more.firstIndex(of: "--container") {
            container = more[place + 1]
            more.removeSubrange(place...place + 1)
        }
        var bframes = 3
        if let place = more.firstIndex(of: "--bframes") {
            bframes = try #require(Int(more[place + 1]))
            more.removeSubrange(place...place + 1)
        }
        return try TestMedia.stamped(
            size: (320, 180), frames: 192, gop: 24, bframes: bframes, container: container, sound: "none", more: more)
    }

    private func randomClips(_ count: Int, of frames: Int64, seed: UInt64) throws -> [(Int64, Int64)] {
        var random = FixedRandom(state: seed)
        return try (0..<count).map { _ in
            let length = try #require([1, 2, 10, 40, 80].randomElement(using: &random))
            let start = Int64.random(in: 0...frames - Int64(length), using: &random)
            return (start, start + Int64(length))
        }
    }
}

/// Where a file's NAL units say that it may be cut: types by ffmpeg's trace_headers filter, order by ffprobe's packets.
private struct NALAnalysis {
    /// For each packet in decoding order: its frame, and whether all its slices are IDR.
    private var packets: [(frame: Int64, isIDR: Bool)] = []

    init(_ path: String, isHEVC: Bool) throws {
        let trace = try Tools.check(
            "ffmpeg",
            [
                "-nostdin", "-v", "trace", "-i", path, "-map", "0:v:0", "-c", "copy", "-bsf:v", "trace_headers", "-f",
                "null", "-",
            ])
        var types: [[Int]] = []
        for line in trace.errors.split(separator: "\n") where line.contains("trace_headers") {
            if line.contains("Packet:") { types.append([]) }
            guard line.contains(" nal_unit_type "), let value = line.split(separator: "=").last, !types.isEmpty else {
                continue
            }
            let number = try #require(Int(value.trimmingCharacters(in: .whitespaces)))
            types[types.count - 1].append(number)
        }
        let listed = try Tools.check(
            "ffprobe", ["-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts", "-of", "csv=p=0", path])
        // A transport stream's packets carry side data, printed after the comma and below.
        let times = listed.lines.compactMap { Int64($0.prefix { $0 == "-" || $0.isNumber }) }
        try #require(types.count == times.count)
        let order = times.sorted()
        for (time, kinds) in zip(times, types) {
            let frame = try #require(order.firstIndex(of: time))
            let slices = kinds.filter { isHEVC ? $0 < 32 : [1, 2, 5].contains($0) }
            let idr = isHEVC ? [19, 20] : [5]
            packets.append((Int64(frame), !slices.isEmpty && slices.allSatisfy(idr.contains)))
        }
    }

    /// The frames from the in-point to the next safe entry and those after the last safe exit, at the most.
    func mostEncoded(_ range: (Int64, Int64)) -> Int64 {
        let entries = packets.indices.filter {
            packets[$0].isIDR && packets[$0].frame >= range.0 && packets[$0].frame < range.1
        }
        guard let entry = entries.min(by: { packets[$0].frame < packets[$1].frame }) else { return range.1 - range.0 }
        var exit = packets[entry].frame
        for end in entry + 1...packets.count {
            let kept = Set(packets[entry..<end].map(\.frame))
            let last = packets[entry].frame + Int64(end - entry)
            if last <= range.1, kept == Set(packets[entry].frame..<last) { exit = max(exit, last) }
        }
        return packets[entry].frame - range.0 + range.1 - exit
    }
}
