import Foundation
import MediaTime
import TestSupport
import Testing

/// `render --faststart`: the reel without fragments shows and sounds as the reel does, by every reader that is here.
@Suite struct PlainReelTests {
    private static let clips: [IndexFile.Clip] = [
        .init("A", "80", 20, 100), .init("B", "40", 130, 170), .init("C", "80", 200, 280),
    ]
    private static let slots = [clips[2], clips[1], clips[0], clips[2]]

    private struct Pair {
        var space: Workspace
        var plan: String
        var reel: String
        var plain: String
    }

    private enum Pairs {
        static let copied = Result { try pair(film, "copy") }
        static let encoded = Result { try pair(video, "encode") }

        private static func pair(_ rate: FrameRate, _ condition: String) throws -> Pair {
            let space = try SharedWorkspaces.make()
            let boundaries = clips.flatMap { [$0.start, $0.end] }
            let mega = try TestMedia.stamped(size: (320, 180), rate: rate, frames: 300, idr: boundaries)
            try space.ingest(mega, rate: rate, clips, condition: condition, beds: ["main=\(TwelveTitles.music())"])
            let (plan, reel) = try space.render(PlanFile(slots), as: "reel")
            let plain = space.file("plain.mp4")
            try Command.check([
                "render", plan, "--library", space.library, "-o", plain, "--faststart", "--quiet",
            ])
            return Pair(space: space, plan: plan, reel: reel, plain: plain)
        }
    }

    static let film = FrameRate.film
    static let video = FrameRate.common[3]

    private func pair(_ rate: FrameRate) throws -> Pair {
        try rate == Self.film ? Pairs.copied.get() : Pairs.encoded.get()
    }

    private func played(_ rate: FrameRate) throws -> PlayedReel {
        PlayedReel(path: try pair(rate).plain, rate: rate, frames: Self.slots.flatMap(\.frames))
    }

    /// A list's first task decides for all: another takes it up without saying so, and may not say otherwise.
    @Test func aListOfThemIsMadeAlike() throws {
        let (pair, space) = (try pair(Self.film), try Workspace())
        let slots = Self.slots.map { #"{"title": "\#($0.title)", "type": "\#($0.type)"}"# }.joined(separator: ", ")
        let list = try space.write(
            ["a", "b"].map { #"{"output": "\#($0).mp4", "slots": [\#(slots)]}"# }.joined(separator: "\n") + "\n",
            to: "jobs.ndjson")
        func render(_ folder: String, _ more: [String] = []) throws -> Tools.Result {
            try Command.run(
                [
                    "render", "--jobs", list, "--output-dir", space.file(folder), "--library", pair.space.library,
                    "--quiet",
                ] + more, in: space.path)
        }
        #expect(try render("plain", ["--faststart"]).status == 0)
        try FileManager.default.removeItem(atPath: space.file("plain/b.mp4"))
        #expect(try render("plain", ["--resume"]).status == 0)
        for name in ["a", "b"] {
            #expect(
                FileManager.default.contentsEqual(atPath: space.file("plain/\(name).mp4"), andPath: pair.plain))
        }
        #expect(try render("fragments").status == 0)
        let refused = try render("fragments", ["--faststart", "--resume"])
        #expect(refused.status == 64 && refused.errors.contains("have fragments"))
        #expect(FileManager.default.contentsEqual(atPath: space.file("fragments/a.mp4"), andPath: pair.reel))
    }

    /// What our own reader of boxes, which shares nothing with the engine, finds.
    @Test(arguments: [film, video]) func allSamplesAreToldBeforeThem(rate: FrameRate) throws {
        let pair = try pair(rate)
        let (plain, reel) = (try MovieBoxes.read(pair.plain), try MovieBoxes.read(pair.reel))
        #expect(plain.boxes.map(\.type) == ["ftyp", "moov", "mdat"])
        #expect(plain.fragments.isEmpty && plain.brands?.first == "isom")
        #expect(plain.udta == reel.udta)
        let timeline = try Timeline.check(pair.plain)
        #expect(timeline.faults == [])
        #expect(
            timeline.tracks.map(\.presentationTimes) == (try Timeline.check(pair.reel).tracks.map(\.presentationTimes)))
        for (number, track) in plain.tracks.enumerated() {
            let parts = reel.fragments.flatMap(\.tracks).filter { $0.trackId == track.id }
            #expect(track.dataInMdat)
            #expect(track.sizes == parts.flatMap(\.sizes))
            #expect(track.durations == parts.flatMap(\.durations))
            #expect(track.compositionOffsets == parts.flatMap(\.compositionOffsets))
            #expect(track.sync == parts.flatMap(\.sync))
            #expect(track.edits.map(\.mediaTime) == reel.tracks[number].edits.map(\.mediaTime))
            #expect(track.mdhdDuration == track.durations.reduce(0, +))
        }
        let movie = try #require(plain.movie)
        #expect(movie.mvhdDuration == (try #require(reel.movie?.mehdDuration)))
        #expect(plain.tracks[0].edits.map(\.segmentDuration) == [movie.mvhdDuration])
    }

    @Test(arguments: [film, video]) func itDecodesToTheSame(rate: FrameRate) throws {
        let pair = try pair(rate)
        let (plain, reel) = (
            try DecodedReel(pair.plain, hasSound: true), try DecodedReel(pair.reel, hasSound: true)
        )
        #expect(plain.picture.frames == reel.picture.frames && plain.picture.timebase == reel.picture.timebase)
        #expect(plain.samples == reel.samples && !plain.samples.isEmpty)
        let packets = try [pair.plain, pair.reel].map {
            try Tools.check("ffmpeg", ["-v", "error", "-i", $0, "-c", "copy", "-f", "framemd5", "-"]).text
        }
        #expect(packets[0] == packets[1])
        try Command.check(["verify", pair.plain, "--plan", pair.plan, "--library", pair.space.library, "--quiet"])
        try Command.check(["verify", pair.plain, "--against", pair.reel, "--quiet"])
    }

    /// A wrong byte is found in this form too.
    @Test func aSpoiltOneIsNotAccepted() throws {
        let pair = try pair(Self.film)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: pair.plain))
        let frame = try MovieBoxes.read(pair.plain).tracks[0]
        let place = frame.offsets[60] + frame.sizes[60] / 2
        bytes[place] ^= 0x10
        let spoilt = pair.space.file("spoilt.mp4")
        try bytes.write(to: URL(fileURLWithPath: spoilt))
        let result = try Command.run([
            "verify", spoilt, "--plan", pair.plan, "--library", pair.space.library, "--quiet",
        ])
        #expect(result.status == 1 || result.status == 65, "\(result.text)\(result.errors)")
    }

    @Test(arguments: [film, video]) func ffmpegDecodesEveryFrame(rate: FrameRate) throws {
        try played(rate).checkFFmpeg()
    }

    @Test(.needs(program: "mpv"), arguments: [film, video]) func mpvPresentsEveryFrame(rate: FrameRate) throws {
        try played(rate).checkMPV()
    }

    @Test(.needs(program: "chromium"), arguments: [film, video])
    func chromiumShowsEachFrameAtItsTime(rate: FrameRate) throws {
        try played(rate).checkChromium([])
    }

    /// Reels without sound, of one frame, and with frames that last unequally long are told as well.
    @Test(arguments: ["24/1", "variable"]) func silentReelsAndSingleFrames(rate: String) throws {
        let space = try Workspace()
        let mega = try TestMedia.stamped(
            size: (160, 96), frames: 120, idr: [40, 41, 80], sound: "none",
            more: rate == "variable" ? ["--durations", "1,1,3"] : [])
        let clips: [IndexFile.Clip] = [.init("A", "1", 40, 41), .init("B", "39", 41, 80)]
        let index = try space.write(IndexFile(frameRate: rate, clips: clips), to: "clips.json")
        try Command.check(["ingest", mega, "--index", index, "--library", space.library, "--quiet"])
        for (name, slots) in [("one", [clips[0]]), ("two", [clips[1], clips[0], clips[1]])] {
            let (plan, reel) = try space.render(PlanFile(slots), as: name)
            let plain = space.file("\(name)-plain.mp4")
            try Command.check(["render", plan, "--library", space.library, "-o", plain, "--faststart", "--quiet"])
            #expect(try decodedStamps(of: plain) == decodedStamps(of: reel))
            #expect(try Decoded.frames(of: plain).frames == Decoded.frames(of: reel).frames)
            try Command.check(["verify", plain, "--plan", plan, "--library", space.library, "--quiet"])
        }
    }

    @Test(arguments: [["--format", "hls"], ["--format", "dash"], ["--static"]])
    func streamsAreFragments(how: [String]) throws {
        let space = try Workspace()
        let plan = try space.write(PlanFile(Self.slots), to: "reel.json")
        let arguments = ["render", plan, "--library", space.library, "-o", space.file("x"), "--faststart"] + how
        try Refusal("faststart", 64, ["--faststart"]) { _ in [] }.expect(Command.run(arguments))
    }
}
