import Foundation
import MediaTime
import Synchronization
import TestSupport
import Testing

/// Previews, as ffmpeg and our own reader of boxes see them: every frame is the plan's, at its time, with its sound.
@Suite struct PreviewTests {
    private static let clips: [IndexFile.Clip] = [
        .init("Ünïcödé 'x': 100% {\\an5} 千と千尋", "80", 21, 101), .init("B", "40", 133, 173), .init("C", "1", 240, 241),
        .init("D", "long", 180, 290),
    ]
    private static let slots = [clips[3], clips[0], clips[2], clips[1], clips[0]]
    private static let frames = slots.flatMap(\.frames)

    /// Files in which no clip begins with a key frame.
    struct Kind: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var rate = FrameRate.film
        var container = "mp4"
        var more: [String] = []
        var size = (width: 640, height: 360)

        fileprivate func source() throws -> String {
            try TestMedia.stamped(
                size: size, rate: rate, frames: 300, gop: 48, container: container,
                sound: container == "mkv" ? "flac" : "aac", more: more)
        }
    }

    static let kinds: [Kind] = [
        Kind(testDescription: "24"), Kind(testDescription: "30000/1001", rate: FrameRate.common[3]),
        Kind(testDescription: "60, transport stream", rate: FrameRate.common[7], container: "ts"),
        Kind(testDescription: "open GOPs", container: "mkv", more: ["--open-gop"]),
        Kind(testDescription: "fields", rate: FrameRate.common[2], more: ["--interlaced"]),
        Kind(testDescription: "upright", size: (360, 640)),
    ]

    /// Files of a plan and an index, as the command's arguments name them.
    private static func files(_ space: Workspace, rate: String, _ audio: PlanFile.Audio? = nil) throws -> (
        plan: String, index: String
    ) {
        (
            try space.write(PlanFile(slots, audio: audio), to: "reel.json"),
            try space.write(IndexFile(frameRate: rate, clips: clips), to: "clips.json")
        )
    }

    @Test(arguments: kinds) func everyFrameIsThePlansAtItsTime(kind: Kind) throws {
        let space = try Workspace()
        let (plan, index) = try Self.files(space, rate: "\(kind.rate)")
        let output = space.file("preview.mp4")
        let result = try Command.check([
            "preview", plan, "--mega", kind.source(), "--index", index, "-o", output, "--quiet",
        ])
        let size = kind.size.width > kind.size.height ? "640x360" : "360x640"
        let tenths = Int64(Self.frames.count) * 10 * kind.rate.denominator / kind.rate.numerator
        #expect(
            result.text == "\(output): \(Self.frames.count) frames, \(tenths / 10).\(tenths % 10) s, \(size)\n")
        #expect(try decodedStamps(of: output) == Self.frames)
        let decoded = try Decoded.frames(of: output)
        #expect(decoded.timebase == (1, Int64(kind.rate.mediaTiming.timescale)))
        #expect(decoded.pts == Self.frames.indices.map { Int64($0) * kind.rate.mediaTiming.ticksPerFrame })
        let timeline = try Timeline.check(output)
        #expect(timeline.faults == [])
        #expect(timeline.tracks.map(\.handler) == ["vide", "soun"])
        try checkSound(of: output, kind.rate)
    }

    /// What is heard in every slot is what its frames say, to the sample, but near its ends.
    private func checkSound(of path: String, _ rate: FrameRate) throws {
        let samples = try Decoded.sound(of: path)
        let whole = SoundStamp.samples(ofFrame: Self.frames.count, rate: rate).lowerBound / 1_024 * 1_024
        #expect(abs(samples.count - whole) <= 1_024)
        var frame = 0
        for clip in Self.slots {
            defer { frame += clip.frames.count }
            guard clip.frames.count > 12 else { continue }
            let start = SoundStamp.samples(ofFrame: frame, rate: rate).lowerBound
            let end = min(samples.count, SoundStamp.samples(ofFrame: frame + clip.frames.count, rate: rate).lowerBound)
            let numbers = SoundStamp.numbers(in: Array(samples[start..<end]), rate: rate, from: clip.start)
            let inner = clip.frames.dropFirst(4).dropLast(6)
            #expect(Array(numbers.dropFirst(4).prefix(inner.count)) == Array(inner), "\(clip.title)")
            let shift = SoundStamp.shift(
                ofFrame: clip.start + 20, in: Array(samples[start...]), rate: rate, from: clip.start)
            #expect(shift.map { abs($0) <= 1 } == true, "\(clip.title): \(String(describing: shift))")
        }
    }

    /// Players are given something to show at once: a fragment each second, and one at each slot.
    @Test func itIsWrittenAsItGoes() throws {
        let space = try Workspace()
        let (plan, index) = try Self.files(space, rate: "24/1")
        let output = space.file("preview.mp4")
        let arguments = try ["preview", plan, "--mega", Self.kinds[0].source(), "--index", index, "--quiet", "-o"]
        try Command.check(arguments + [output])
        let piped = try Command.check(arguments + ["-"])
        #expect(try piped.output == Data(contentsOf: URL(fileURLWithPath: output)))
        let boxes = try MovieBoxes.read(output)
        #expect(Array(boxes.boxes.map(\.type).prefix(4)) == ["ftyp", "moov", "moof", "mdat"])
        let lengths = boxes.fragments.compactMap { $0.tracks.first { $0.trackId == 1 }?.sampleCount }
        let wanted = Self.slots.flatMap { clip in
            stride(from: 0, to: clip.frames.count, by: 24).map { min(24, clip.frames.count - $0) }
        }
        #expect(lengths == wanted)
    }

    /// Under the reel lies the bed from where the plan says, faded as the reel's.
    @Test(arguments: [0, 96_256]) func aBedIsHeardInPlaceOfTheClips(start: Int) throws {
        let space = try Workspace()
        let (plan, index) = try Self.files(space, rate: "24/1", .init(start: start))
        let output = space.file("preview.mp4")
        for bed in [try TwelveTitles.music(), "0-300"] {
            try Command.check([
                "preview", plan, "--mega", Self.kinds[0].source(), "--index", index, "--bed", "main=\(bed)", "-o",
                output,
                "--quiet",
            ])
            let samples = try Decoded.sound(of: output)
            let first = (start + 1_999) / 2_000 + 4
            let origin = SoundStamp.samples(ofFrame: first, rate: .film).lowerBound - start
            let count = bed == "0-300" ? 240 - first : Self.frames.count - 40
            let numbers = SoundStamp.numbers(in: Array(samples[origin...]), rate: .film, from: first)
            #expect(Array(numbers.prefix(count)) == (first..<first + count).map { $0 }, "\(bed)")
            #expect(samples.suffix(1_024).allSatisfy { abs($0) < 0.01 }, "faded out")
        }
    }

    @Test func silenceIsAskedForOrAllThereIs() throws {
        let space = try Workspace()
        let silent = try TestMedia.stamped(frames: 300, gop: 48, sound: "none")
        for (mega, mode) in [(silent, nil), (try Self.kinds[0].source(), "none")] {
            let (plan, index) = try Self.files(space, rate: "24/1", .init(mode: mode))
            let output = space.file("preview.mp4")
            try Command.check(["preview", plan, "--mega", mega, "--index", index, "-o", output, "--quiet"])
            #expect(try decodedStamps(of: output) == Self.frames)
            #expect(try Timeline.check(output).tracks.map(\.handler) == ["vide"])
        }
    }

    /// Without a Mega Asset it is what the edition has, with the sound of the reel.
    @Test(arguments: [nil, "clip", "mix"]) func anEditionIsEnough(mode: String?) throws {
        let titles = try TwelveTitles.shared()
        let space = try Workspace()
        let clips = [TwelveTitles.opening, TwelveTitles.ranked[4], TwelveTitles.ranked[1], TwelveTitles.closing]
        let plan = try space.write(PlanFile(clips, audio: .init(mode: mode)), to: "reel.json")
        let (output, reel) = (space.file("preview.mp4"), space.file("reel.mp4"))
        try Command.check(["preview", plan, "--library", titles.space.library, "-o", output, "--quiet"])
        try Command.check(["render", plan, "--library", titles.space.library, "-o", reel, "--quiet"])
        #expect(try decodedStamps(of: output) == clips.flatMap(\.frames))
        #expect(try Decoded.frames(of: output).pts == Decoded.frames(of: reel).pts)
        let wanted = SoundStamp.numbers(in: try Decoded.sound(of: reel), rate: .film)
        let found = SoundStamp.numbers(in: try Decoded.sound(of: output), rate: .film)
        // A tone that begins and ends elsewhere in an AAC frame is told a little more or less often near fades.
        let differing = zip(wanted, found).filter { $0 != $1 && $0 != nil && $1 != nil }.count
        #expect(differing == 0 && wanted.compactMap(\.self).count > 100)
        #expect(abs(found.compactMap(\.self).count - wanted.compactMap(\.self).count) < 8)
    }
}

/// A preview that is played and made again, and what it says when it cannot be made.
@Suite struct PreviewSessionTests {
    private static let clips: [IndexFile.Clip] = [.init("A", "80", 21, 101), .init("B", "40", 133, 173)]

    @Sendable private static func mega() throws -> String { try TestMedia.stamped(frames: 300, gop: 48) }

    @Sendable private static func arguments(_ space: Workspace, _ slots: [IndexFile.Clip] = clips) throws -> [String] {
        let plan = try space.write(PlanFile(slots), to: "reel.json")
        let index = try space.write(IndexFile(frameRate: "24/1", clips: clips), to: "clips.json")
        return try ["preview", plan, "--mega", mega(), "--index", index]
    }

    /// A plan that changes is seen, one that is half written is complained of, and Ctrl-C ends.
    @Test func itIsMadeAgainWhenThePlanChanges() throws {
        let space = try Workspace()
        let output = space.file("preview.mp4")
        let arguments = try Self.arguments(space) + ["-o", output, "--watch"]
        let changed = try JSONEncoder().encode(PlanFile([Self.clips[1], Self.clips[0]]))
        let steps = Steps { number, process in
            let plan = URL(fileURLWithPath: space.file("reel.json"))
            switch number {
            case 1: try? Data("{".utf8).write(to: plan)
            case 2: try? changed.write(to: plan)
            case 3: kill(process, SIGINT)
            default: break
            }
        }
        let result = try Tools.stream(
            Command.path, arguments, environment: ["SIZZLE_LIBRARY": ""], timeout: 60,
            watching: { steps.see($0, $1) }, receive: { _ in })
        #expect(result.status == 130)
        #expect(result.errors.contains("error: \(space.file("reel.json"))"), "\(result.errors)")
        #expect(try decodedStamps(of: output) == Self.clips.reversed().flatMap(\.frames))
        #expect(try Listing(of: [space.path]).paths.count == 3, "nothing hidden beside")
    }

    /// Does the next step each time that the command says that it watches.
    private final class Steps: Sendable {
        private let done = Mutex(0)
        private let step: @Sendable (Int, pid_t) -> Void

        init(_ step: @escaping @Sendable (Int, pid_t) -> Void) { self.step = step }

        func see(_ text: String, _ process: pid_t) {
            let count = text.components(separatedBy: "Ctrl-C ends\n").count - 1
            let new = done.withLock { done in
                defer { done = count }
                return count > done
            }
            if new { step(count, process) }
        }
    }

    /// A folder of programs that stands for `PATH`.
    private static func programs(_ space: Workspace, _ programs: [String: String]) throws -> [String: String] {
        let folder = space.file("bin")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (name, script) in programs {
            try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(folder)/\(name)")
        }
        return ["PATH": folder, "SIZZLE_LIBRARY": ""]
    }

    @Test(.needs(program: "mpv")) func mpvPlaysAllOfIt() throws {
        let space = try Workspace()
        let log = space.file("mpv.log")
        _ = try space.write("vo=null\nao=null\nuntimed=yes\nlog-file=\(log)\n", to: "mpv.conf")
        let result = try Tools.check(
            Command.path, Self.arguments(space) + ["--open", "--quiet"], environment: ["MPV_HOME": space.path])
        #expect(result.text == "played: 120 frames, 5.0 s, 640x360\n")
        #expect(result.errors == "")
        let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
        #expect(lines.contains { $0.contains("EOF reached") })
        #expect(lines.filter { $0.contains("][e][") || $0.contains("][w][ffmpeg") } == [])
    }

    @Test(.needs(program: "ffplay")) func ffplayPlaysAllOfIt() throws {
        let space = try Workspace()
        let ffplay = try Tools.check("sh", ["-c", "command -v ffplay"]).lines[0]
        var environment = try Self.programs(space, ["ffplay": "exec \(ffplay) \"$@\""])
        environment["SDL_VIDEODRIVER"] = "dummy"
        environment["SDL_AUDIODRIVER"] = "dummy"
        let result = try Tools.check(
            Command.path, Self.arguments(space, [Self.clips[1]]) + ["--open", "--quiet"], environment: environment)
        #expect(result.text == "played: 40 frames, 1.6 s, 640x360\n")
        // It begins lines for what it would say, and says nothing.
        #expect(result.errors.filter { !$0.isWhitespace } == "")
    }

    /// A player gets the bytes of the file; one that is closed early is no fault, and the file is whole nevertheless.
    @Test func aPlayerMayBeClosed() throws {
        let space = try Workspace()
        let (output, seen) = (space.file("preview.mp4"), space.file("seen"))
        let arguments = try Self.arguments(space) + ["--open", "--quiet"]
        let whole = try Self.programs(space, ["mpv": "exec /bin/cat > '\(seen)'"])
        _ = try Tools.check(Command.path, arguments + ["-o", output], environment: whole)
        #expect(FileManager.default.contentsEqual(atPath: seen, andPath: output))
        try FileManager.default.removeItem(atPath: output)
        let closed = try Self.programs(space, ["mpv": "exec /usr/bin/head -c 1000 > /dev/null"])
        _ = try Tools.check(Command.path, arguments + ["-o", output], environment: closed)
        #expect(FileManager.default.contentsEqual(atPath: seen, andPath: output))
        let result = try Tools.check(Command.path, arguments, environment: closed)
        #expect(result.errors == "")
        let failing = try Self.programs(space, ["mpv": "/bin/cat > /dev/null; exit 2"])
        Refusal("failing player", 69, ["mpv", "status 2"]) { _ in [] }.expect(
            try Tools.run(Command.path, arguments + ["-o", output], environment: failing),
            saying: "preview.mp4: 120 frames")
        let none = ["PATH": space.file("none"), "SIZZLE_LIBRARY": ""]
        Refusal("no player", 69, ["neither mpv nor ffplay", "-o"]) { _ in [] }
            .expect(try Tools.run(Command.path, arguments, environment: none))
    }

    @Test(arguments: [SIGINT, SIGTERM]) func aSignalLeavesNothing(signal: Int32) throws {
        let space = try Workspace()
        let long = (0..<40).map { Self.clips[$0 % 2] }
        let arguments = try Self.arguments(space, long) + ["-o", space.file("preview.mp4")]
        let before = try Listing(of: [space.path])
        let result = try Tools.run(Command.path, arguments, sending: signal, at: "encoding the preview")
        #expect(result.status == 128 + signal)
        #expect(try Listing(of: [space.path]).changes(since: before) == [])
    }

    @Test(Mounts.needed) func aDiskThatFills() throws {
        let space = try Workspace()
        try FileManager.default.createDirectory(atPath: space.file("disk"), withIntermediateDirectories: true)
        let result = try Mounts.run(
            Self.arguments(space) + ["-o", space.file("disk/preview.mp4"), "--quiet"], on: space.file("disk"),
            "size=64k")
        Refusal("full disk", 74, ["preview.mp4", "make room"]) { _ in [] }.expect(result.command)
        #expect(result.left == [])
    }

    private static let refusals: [Refusal] = [
        refusal("missing plan", 66, ["nowhere.json"]) { $1[1] = $0.file("nowhere.json") },
        refusal("plan that is not JSON", 65, ["bad.json"]) { $1[1] = try $0.write("A 80", to: "bad.json") },
        refusal("missing index", 66, ["nowhere.json"]) { $1[5] = $0.file("nowhere.json") },
        refusal("missing Mega Asset", 66, ["nowhere.mp4"]) { $1[3] = $0.file("nowhere.mp4") },
        refusal("Mega Asset that is text", 65, ["mega.mp4"]) { $1[3] = try $0.write("text", to: "mega.mp4") },
        refusal("Mega Asset without a picture", 65, ["wav"]) { $1[3] = try TwelveTitles.music() },
        refusal("unknown title", 65, ["other.json", "slot 1", "no title 'Z'"]) {
            $1[1] = try $0.write(PlanFile([.init("Z", "80", 0, 1)]), to: "other.json")
        },
        refusal("unknown type", 65, ["other.json", "slot 1", "(A, 40)", "80"]) {
            $1[1] = try $0.write(PlanFile([.init("A", "40", 0, 1)]), to: "other.json")
        },
        refusal("index longer than the file", 65, ["long.json", "300"]) {
            let clips = clips + [.init("C", "80", 280, 360)]
            $1[5] = try $0.write(IndexFile(frameRate: "24/1", clips: clips), to: "long.json")
        },
        refusal("index of another rate", 65, ["mp4", "frame 1 ", "25"]) {
            $1[5] = try $0.write(IndexFile(frameRate: "25/1", clips: clips), to: "other.json")
        },
        refusal("bed that is missing", 66, ["nowhere.wav"]) { $1 += ["--bed", "main=\($0.file("nowhere.wav"))"] },
        refusal("bed beyond the end", 65, ["--bed main=10-301", "300 frames"]) { $1 += ["--bed", "main=10-301"] },
        refusal("bed that is no bed", 64, ["--bed music"]) { $1 += ["--bed", "music"] },
        refusal("output over the plan", 64, ["reel.json", "is an input"]) { $1[7] = $0.file("reel.json") },
        refusal("output over the index", 64, ["clips.json", "is an input"]) { $1[7] = $0.file("clips.json") },
        refusal("output over the Mega Asset", 64, ["is an input"]) {
            $1[3] = $0.file("copy.mp4")
            try FileManager.default.copyItem(atPath: mega(), toPath: $0.file("copy.mp4"))
            $1[7] = $0.file("copy.mp4")
        },
        refusal("folder that is missing", 73, ["nowhere"]) { $1[7] = $0.file("nowhere/preview.mp4") },
        refusal("--mega alone", 64, ["--mega and --index"]) { $1.removeSubrange(4...5) },
        refusal("nothing to do", 64, ["-o FILE"]) { $1.removeSubrange(6...7) },
        refusal("odd height", 64, ["--height 361"]) { $1 += ["--height", "361"] },
        refusal("standard output twice", 64, ["-o -"]) {
            $1[7] = "-"
            $1 += ["--json"]
        },
    ]

    private static func refusal(
        _ name: String, _ status: Int32, _ words: [String],
        _ change: @escaping @Sendable (Workspace, inout [String]) throws -> Void
    ) -> Refusal {
        Refusal(name, status, words) { space in
            var arguments = try arguments(space) + ["-o", space.file("preview.mp4"), "--quiet"]
            try change(space, &arguments)
            return arguments
        }
    }

    @Test(arguments: refusals) func badInputIsRefused(refusal: Refusal) throws { try refusal.expect() }
}
