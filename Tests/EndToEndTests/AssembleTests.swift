import Foundation
import MediaTime
import TestSupport
import Testing

/// `sizzle assemble`: files of any size, rate and sound become one Mega Asset, whose frames and index are right.
@Suite struct AssembleTests {
    private struct Index: Decodable, Equatable {
        struct Clip: Decodable, Equatable {
            var title: String
            var type: String
            var start: Int
            var end: Int
        }

        var frameRate: String
        var clips: [Clip]

        func rows() -> [String] { clips.map { "\($0.title)|\($0.type) \($0.start) \($0.end)" } }
    }

    private func index(_ path: String) throws -> Index {
        try JSONDecoder().decode(Index.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }

    /// The stamps of a part of the frames, of which the picture is a part of the frame.
    private func stamps(of path: String, crop: String, in space: Workspace) throws -> [Int?] {
        let part = space.file("part-\(crop.hashValue).mkv")
        try Tools.check(
            "ffmpeg", ["-v", "error", "-y", "-i", path, "-vf", "crop=\(crop)", "-c:v", "ffv1", "-an", part])
        return try decodedStamps(of: part)
    }

    @Test func clipsOfOtherKindsAreConformed() throws {
        let space = try Workspace()
        let film = try TestMedia.stamped(frames: 60)
        let television = try TestMedia.stamped(
            size: (720, 576), rate: try #require(FrameRate(25)), frames: 50, container: "mkv", more: ["--first", "100"])
        let fast = try TestMedia.stamped(
            size: (320, 180), rate: try #require(FrameRate(60)), frames: 120, sound: "none", more: ["--first", "1000"])
        let (mega, path) = (space.file("mega.mp4"), space.file("clips.json"))
        let result = try Command.check([
            "assemble", "A | x=\(film)", "B=\(television)", "C | opening=\(fast)", "D=\(film)", "--opening", film, "-o",
            mega,
            "--index", path, "--quiet",
        ])
        let made = try index(path)
        #expect(made.frameRate == "24/1")
        #expect(
            made.rows() == ["Sizzle|opening 0 60", "A|x 60 120", "B|48 120 168", "C|opening 168 216", "D|60 216 276"])
        #expect(
            result.errors.split(separator: "\n") == [
                "note: \(television): 720x576 scaled, with black beside it, 50 frames shown as 48",
                "note: \(fast): 320x180 scaled, 120 frames shown as 48, silent",
            ])
        // Frames of the same rate are all there, in order; of others each is the one on show at that time, to half a frame.
        let whole = try decodedStamps(of: mega)
        #expect(whole.count == 276)
        #expect(Array(whole[0..<120]) == Array(0..<60) + Array(0..<60))
        #expect(Array(whole[216...]) == Array(0..<60))
        for (number, stamp) in whole[168..<216].enumerated() {
            let shown = try #require(stamp) - 1000
            #expect(abs(Double(shown) / 60 - Double(number) / 24) <= 0.5 / 24, "frame \(number)")
        }
        let padded = try stamps(of: mega, crop: "450:360:95:0", in: space)[120..<168]
        for (number, stamp) in padded.enumerated() {
            #expect(abs(Double(try #require(stamp) - 100) / 25 - Double(number) / 24) <= 0.5 / 24, "frame \(number)")
        }
        // Every clip can be copied: it begins with an IDR picture.
        let keys = try Tools.check(
            "ffprobe",
            ["-v", "error", "-select_streams", "v", "-show_entries", "packet=pts_time,flags", "-of", "csv=p=0", mega]
        ).lines.filter { $0.contains("K") }.compactMap { Double($0.split(separator: ",")[0]) }.map {
            Int(($0 * 24).rounded())
        }
        #expect(Set([0, 60, 120, 168, 216]).isSubset(of: keys))
        // The sound is where the picture is: the numbers that it says are those of the frames.
        let sound = try Decoded.sound(of: mega)
        let rate = FrameRate.film
        for range in [0..<60, 60..<120, 216..<276] {
            let start = SoundStamp.samples(ofFrame: range.lowerBound, rate: rate).lowerBound
            let heard = SoundStamp.numbers(
                in: Array(sound[start...].prefix(120_000)), rate: rate, from: range.lowerBound)
            #expect(Array(heard.dropFirst(2).dropLast(2)) == (2..<58).map { $0 }, "\(heard)")
        }
        let silent =
            SoundStamp.samples(ofFrame: 170, rate: rate)
            .lowerBound..<SoundStamp.samples(ofFrame: 214, rate: rate).lowerBound
        #expect(sound[silent].allSatisfy { abs($0) < 0.001 })
    }

    @Test func sizeRateFitAndLoudnessAreAsAsked() throws {
        let space = try Workspace()
        let film = try TestMedia.stamped(frames: 96)
        let (mega, path) = (space.file("mega.mp4"), space.file("clips.json"))
        try Command.check([
            "assemble", "A=\(film)", "-o", mega, "--index", path, "--quiet", "--size", "320x320", "--frame-rate",
            "30000/1001", "--fit",
            "crop", "--loudness", "-16",
        ])
        #expect(try index(path).rows() == ["A|120 0 120"])
        let video = try #require(try MediaInfo.read(mega).tracks.first { $0.type == "Video" })
        #expect([video.width, video.height, video.frameRate] == ["320", "320", "29.970"])
        let wave = space.file("a.wav")
        try Tools.check("ffmpeg", ["-v", "error", "-y", "-i", mega, "-vn", wave])
        if Loudness.canBeMeasured {
            let level = try #require(try Loudness.measure([wave]).first?.loudness)
            #expect(abs(level + 16) < 0.5, "\(level) LUFS")
        }
    }

    static let refusals: [Refusal] = [
        Refusal("no such file", 66, ["none.mp4"]) { _ in
            ["assemble", "none.mp4", "-o", "m.mp4", "--index", "c.json", "--quiet"]
        },
        Refusal("a file that is text", 65, ["t.txt"]) { space in
            ["assemble", try space.write("x", to: "t.txt"), "-o", "m.mp4", "--index", "c.json", "--quiet"]
        },
        Refusal("the same name twice", 65, ["is there twice"]) { _ in
            let film = try TestMedia.stamped(frames: 60)
            return ["assemble", "A=\(film)", "A=\(film)", "-o", "m.mp4", "--index", "c.json", "--quiet"]
        },
        Refusal("a name that is not good", 65, ["has more than one '|'"]) { _ in
            ["assemble", "A|B|C=\(try TestMedia.stamped(frames: 60))", "-o", "m.mp4", "--index", "c.json", "--quiet"]
        },
        Refusal("an odd size", 64, ["--size 321x180: is no size"]) { _ in
            ["assemble", "a.mp4", "-o", "m.mp4", "--index", "c.json", "--size", "321x180"]
        },
        Refusal("a variable rate", 64, ["--frame-rate variable"]) { _ in
            ["assemble", "a.mp4", "-o", "m.mp4", "--index", "c.json", "--frame-rate", "variable"]
        },
        Refusal("an index in no folder", 73, ["none/c.json"]) { _ in
            ["assemble", "A=\(try TestMedia.stamped(frames: 60))", "-o", "m.mp4", "--index", "none/c.json", "--quiet"]
        },
        Refusal("an output that is an input", 64, ["is an input of this command"]) { space in
            let copy = space.file("a.mp4")
            try FileManager.default.copyItem(atPath: TestMedia.stamped(frames: 60), toPath: copy)
            return ["assemble", copy, "-o", copy, "--index", "c.json", "--quiet"]
        },
        Refusal("one output for both", 64, ["m.mp4"]) { _ in
            ["assemble", "A=\(try TestMedia.stamped(frames: 60))", "-o", "m.mp4", "--index", "m.mp4", "--quiet"]
        },
    ]

    @Test(arguments: refusals) func refuses(refusal: Refusal) throws { try refusal.expect() }
}
