import Foundation
import MediaTime
import TestSupport
import Testing

/// What `ingest` says of sound that cannot be used: one error, and nothing left behind.
@Suite struct BadSoundTests {
    private static let clips = [IndexFile.Clip("A", "40", 0, 40), .init("B/2", "40", 40, 80)]

    private static func mega() throws -> String {
        try TestMedia.stamped(size: (160, 96), frames: 120, idr: [40, 80])
    }

    @Sendable private static func ingest(_ space: Workspace, _ more: [String]) throws -> [String] {
        let index = try space.write(IndexFile(frameRate: "24/1", clips: clips), to: "clips.json")
        return try ["ingest", mega(), "--index", index, "--library", space.library, "--condition", "copy", "--quiet"]
            + more
    }

    private static let refusals: [Refusal] = [
        Refusal("a bed past the end", 65, ["--bed x", "121", "120 frames"]) { try ingest($0, ["--bed", "x=0-121"]) },
        Refusal("a bed that is not there", 66, ["nowhere.wav"]) { try ingest($0, ["--bed", "x=nowhere.wav"]) },
        Refusal("a loop of no bed", 64, ["--bed-loop y=1", "name of a --bed"]) {
            try ingest($0, ["--bed", "x=0-100", "--bed-loop", "y=1"])
        },
        Refusal("a loop at no time", 64, ["--bed-loop x=soon", "'soon' is no time"]) {
            try ingest($0, ["--bed", "x=0-100", "--bed-loop", "x=soon"])
        },
        Refusal("a loop beyond its bed", 65, ["--bed-loop x", "the bed has 200000 samples"]) {
            try ingest($0, ["--bed", "x=0-100", "--bed-loop", "x=4s-9s"])
        },
        Refusal("no such sound track", 65, ["--audio-track 3", "0 (und)"]) { try ingest($0, ["--audio-track", "3"]) },
        Refusal("no such language", 65, ["--audio-track fr", "0 (und)"]) { try ingest($0, ["--audio-track", "fr"]) },
        Refusal("no track at all", 64, ["--audio-track last"]) { try ingest($0, ["--audio-track", "last"]) },
        Refusal("loudness that is none", 64, ["--loudness loud"]) { try ingest($0, ["--loudness", "loud"]) },
        Refusal("loudness above all", 64, ["--loudness 0"]) { try ingest($0, ["--loudness", "0"]) },
        Refusal("a gain of no clip", 64, ["--clip-gain Z=3"]) { try ingest($0, ["--clip-gain", "Z=3"]) },
        Refusal("a gain without a number", 64, ["--clip-gain A"]) { try ingest($0, ["--clip-gain", "A"]) },
        Refusal("ducking too far", 64, ["--duck"]) { try ingest($0, ["--duck", "61"]) },
        Refusal("mixes for no cadence", 66, ["nowhere.json"]) { try ingest($0, ["--mix-for", "nowhere.json"]) },
        Refusal("mixes for slots that nothing fits", 65, ["--mix-for default", "slot 2 takes clips of type '80'"]) {
            try ingest($0, ["--mix-for", "default"])
        },
        Refusal("sound damaged under a clip", 65, ["(B/2, 40)", "is damaged at sample", "--damaged-sound silence"]) {
            let mega = try Self.damaged($0)
            let arguments = try ingest($0, [])
            return [arguments[0], mega] + arguments[2...]
        },
        Refusal("a damaged bed", 65, ["bed 'x': the sound is damaged"]) {
            let mega = try Self.damaged($0)
            let arguments = try ingest($0, ["--bed", "x=30-70", "--no-clip-sound"])
            return [arguments[0], mega] + arguments[2...]
        },
    ]

    @Test(arguments: refusals)
    func refusesSound(refusal: Refusal) throws { try refusal.expect() }

    /// The Mega Asset with sound that cannot be decoded under frames 48 to 50.
    private static func damaged(_ space: Workspace) throws -> String {
        let packets = try Tools.check(
            "ffprobe",
            [
                "-v", "error", "-select_streams", "a", "-show_entries", "packet=pts_time,pos,size", "-of", "csv=p=0",
                mega(),
            ])
        var data = try Data(contentsOf: URL(fileURLWithPath: mega()))
        for line in packets.lines {
            let columns = line.split(separator: ",")
            guard columns.count >= 3, let time = Double(columns[0]), (2.0..<2.1).contains(time),
                let size = Int(columns[1]),
                let place = Int(columns[2])
            else { continue }
            data.replaceSubrange(place..<place + size, with: [UInt8](repeating: 0xA5, count: size))
        }
        let path = space.file("damaged.mp4")
        try data.write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test func whereItIsAskedForDamageBecomesSilence() throws {
        let space = try Workspace()
        let report = try space.ingest(
            Self.damaged(space), rate: .film, Self.clips, condition: "copy", more: ["--damaged-sound", "silence"])
        #expect(report.notes.count == 1 && report.notes[0].hasPrefix("clip (B/2, 40): its sound is damaged at 0:0"))
        let (plan, reel) = try space.render(PlanFile(Self.clips, audio: .init(mode: "clip")), as: "reel")
        try Command.check(["verify", reel, "--plan", plan, "--library", space.library, "--quiet"])
    }

    /// A plan's bed that the edition has not, and clip sound that it does not keep.
    @Test func plansForOtherEditionsAreRefused() throws {
        let space = try Workspace()
        try space.ingest(Self.mega(), rate: .film, Self.clips, condition: "copy", more: ["--no-clip-sound"])
        for (audio, words) in [
            (PlanFile.Audio(mode: "clip"), "'clip' needs clips with sound"),
            (.init(mode: "mix"), "'mix' needs clips with sound"),
            (.init(bed: "main", mode: "bed"), "this edition has no bed 'main'; it has none"),
        ] {
            let plan = try space.write(PlanFile(Self.clips, audio: audio), to: "plan.json")
            let before = try Listing(of: [space.path])
            let result = try Command.run(["render", plan, "--library", space.library, "-o", space.file("x.mp4")])
            #expect(result.status == 65 && result.errors.contains(words), "\(result.errors)")
            #expect(try Listing(of: [space.path]).changes(since: before) == [])
        }
    }
}
