import Foundation
import MediaTime
import TestSupport
import Testing

/// Mega Assets whose frames last unequally long, as they are and at a constant rate, judged by ffmpeg and ffprobe.
@Suite struct VariableRateTests {
    /// Frames that last from one to five 24ths of a second, each stamped with the 24th at which it begins; an IDR every 20.
    private static let source: Result<(file: String, starts: [Int]), any Error> = Result { try makeSource() }

    private static func makeSource() throws -> (file: String, starts: [Int]) {
        let whole = try TestMedia.stamped(size: (320, 180), frames: 300, sound: "none")
        let path = try SharedWorkspaces.make().file("variable.mp4")
        let kept = (0..<300).filter { (number: Int) -> Bool in
            number == 0 || number % 7 == 1 || number % 5 == 2 || (60..<90).contains(number)
        }
        let wanted = "eq(n\\,0)+eq(mod(n\\,7)\\,1)+eq(mod(n\\,5)\\,2)+between(n\\,60\\,89)"
        try Tools.check(
            "ffmpeg",
            [
                "-nostdin", "-i", whole, "-vf", "select=\(wanted)", "-fps_mode", "passthrough", "-c:v", "libx264",
                "-preset", "veryfast", "-crf", "18", "-x264-params", "keyint=20:min-keyint=20:scenecut=0", "-y", path,
            ])
        return (path, kept)
    }

    private static let clips: [IndexFile.Clip] = [
        .init("A", "x", 3, 47), .init("B", "x", 20, 40), .init("C", "x", 0, 1), .init("D", "x", 60, 110),
    ]

    private func index(_ space: Workspace, rate: String = "variable") throws -> String {
        try space.write(IndexFile(frameRate: rate, clips: Self.clips), to: "clips.json")
    }

    private func ingest(_ space: Workspace, _ file: String, _ more: [String]) throws -> IngestReport {
        try Command.json(
            IngestReport.self,
            ["ingest", file, "--index", index(space), "--library", space.library, "--quiet"] + more)
    }

    /// When each frame of a file is presented, in seconds of 24ths, by ffprobe.
    private func times(_ file: String) throws -> [Double] {
        try quiet(
            "ffprobe",
            ["-v", "error", "-select_streams", "v:0", "-show_entries", "frame=pts_time", "-of", "csv=p=0", file]
        ).split(whereSeparator: { $0.isNewline || $0 == "," }).compactMap { Double($0) }.map { $0 * 24 }
    }

    @Test(arguments: ["auto", "encode"]) func eachFrameKeepsItsDuration(condition: String) throws {
        let (file, starts) = try Self.source.get()
        let space = try Workspace()
        let report = try ingest(
            space, file, ["--condition", condition, "--bed", "main=\(TwelveTitles.music())"])
        #expect((report.framesCopied > 0) == (condition == "auto"))
        let order = [3, 0, 2, 1]
        let (plan, reel) = try space.render(PlanFile(order.map { Self.clips[$0] }), as: "reel")
        let frames = order.flatMap { Self.clips[$0].start..<Self.clips[$0].end }
        #expect(try decodedStamps(of: reel) == frames.map { starts[$0] })
        // Each frame is shown when those before it have lasted as long as in the source.
        let ends = Array(starts.dropFirst()) + [300]
        let durations = frames.map { ends[$0] - starts[$0] }
        let wanted = durations.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
        #expect(try times(reel).map { Int($0.rounded()) } == Array(wanted.dropLast()))
        // A sample lasts until the next is decoded: with B-frames that is not how long its picture is shown.
        #expect(try Timeline.check(reel).faults.filter { !$0.contains(" lasts ") } == [])
        // The sound ends with the last whole AAC frame before the picture does.
        let samples = try #require(wanted.last) * 2_000 / 1_024 * 1_024
        #expect(try Decoded.sound(of: reel).count == samples)
        try Command.check(["verify", reel, "--plan", plan, "--library", space.library])
        try Command.check(["sheet", plan, "--library", space.library, "-o", space.file("sheet.png"), "--quiet"])
    }

    /// At a constant rate the frames are those of ffmpeg's filter `fps`, and the labels move with them.
    @Test(arguments: [24, 25, 12, 60]) func atAConstantRateFramesAreRepeatedAndDropped(rate: Int) throws {
        let (file, _) = try Self.source.get()
        let space = try Workspace()
        let converted = space.file("constant.mkv")
        try Tools.check(
            "ffmpeg",
            [
                "-nostdin", "-i", file, "-vf", "fps=\(rate):round=near:eof_action=pass", "-c:v", "ffv1", "-y",
                converted,
            ])
        let all = try decodedStamps(of: converted)
        let (_, starts) = try Self.source.get()
        _ = try ingest(space, file, ["--frame-rate", "\(rate)"])
        let (plan, reel) = try space.render(PlanFile(Self.clips), as: "reel")
        // The frames that show the source's frames from the clip's first to its last.
        let wanted = Self.clips.flatMap { clip in
            all.filter { stamp in (starts[clip.start]...starts[clip.end - 1]).contains(stamp ?? -1) }
        }
        #expect(try decodedStamps(of: reel) == wanted)
        let seconds = try times(reel)
        #expect(seconds.map { Int(($0 * Double(rate) / 24).rounded()) } == Array(0..<wanted.count))
        try Command.check(["verify", reel, "--plan", plan, "--library", space.library])
    }

    /// Timestamps beside the grid, as screen recorders and phones write them, are put on it, and packets are copied.
    @Test func jitterIsNoReasonToEncode() throws {
        let whole = try TestMedia.stamped(size: (320, 180), frames: 120, gop: 20, bframes: 0, sound: "none")
        let space = try Workspace()
        let file = space.file("jitter.mp4")
        try Tools.check(
            "ffmpeg",
            [
                "-nostdin", "-i", whole, "-c", "copy", "-bsf:v", "setts=ts=TS+40*mod(N\\,3)", "-y", file,
            ])
        let index = try space.write(
            IndexFile(frameRate: "24/1", clips: [.init("A", "x", 20, 60), .init("B", "x", 100, 120)]), to: "c.json")
        let arguments = ["ingest", file, "--index", index, "--library", space.library, "--quiet"]
        try Refusal("jitter", 65, [file, "frame 1 is presented at tick", "--frame-rate"]) { _ in [] }
            .expect(Command.run(arguments))
        let report = try Command.json(IngestReport.self, arguments + ["--frame-rate", "24"])
        #expect(report.framesEncoded == 0 && report.framesCopied == 60)
        let (_, reel) = try space.render(PlanFile([.init("B", "x", 100, 120), .init("A", "x", 20, 60)]), as: "reel")
        #expect(try decodedStamps(of: reel) == Array(100..<120) + Array(20..<60))
    }

    @Test func ratesThatDoNotFitAreRefused() throws {
        let (file, _) = try Self.source.get()
        for (rate, label, status, words) in [
            ("2147483647", "variable", Int32(65), ["--frame-rate 2147483647/1", "lower rate"]),
            ("23.976", "variable", 64, ["23.976", "exact"]), ("25", "24/1", 64, ["24/1", "25/1"]),
            ("1/5000000", "variable", 65, ["1/5000000", "higher rate"]),
            // Clip B is 20 frames of the thirty that follow each other in a 24th.
            ("1", "variable", 65, ["(B, x)", "shorter than a frame"]),
        ] {
            try Refusal("rate \(rate)", status, words) { space in
                let index = try self.index(space, rate: label)
                return ["ingest", file, "--index", index, "--library", space.library, "--frame-rate", rate, "--quiet"]
            }.expect()
        }
    }
}
