import Foundation
import MediaTime
import TestSupport
import Testing

/// What an ingest leaves that is stopped, killed or kept waiting.
@Suite struct InterruptionTests {
    /// Long enough that no machine is done before the signal comes.
    private static let clips = (0..<14).map { IndexFile.Clip("T\($0)", "100", 100 * $0, 100 * $0 + 100) }
    /// Stages, as progress names them when they begin or have begun.
    private static let stages = ["reading the Mega Asset", "encoding and proving clips", "making bed"]

    private static func arguments(_ space: Workspace) throws -> [String] {
        let index = try space.write(IndexFile(frameRate: "24/1", clips: clips), to: "clips.json")
        return try [
            "ingest", TestMedia.stamped(frames: 1400, gop: 170, sound: "none"), "--index", index, "--condition",
            "encode",
            "--bed", "main=\(TwelveTitles.music())", "--library", space.library,
        ]
    }

    /// What is in the library but media objects and their recipes, which no edition names and a later ingest may use.
    private static func others(in space: Workspace) throws -> [String] {
        try Listing(of: [space.library]).paths.map { String($0.dropFirst(space.library.count + 1)) }
            .filter { $0.contains(".partial") || !($0.hasPrefix("media") || $0.hasPrefix("derived")) }
    }

    @Test(arguments: [SIGINT, SIGTERM], stages) func aSignalLeavesNothing(signal: Int32, stage: String) throws {
        let space = try Workspace()
        let arguments = try Self.arguments(space)
        let before = try Listing(of: [space.path])
        let result = try Tools.run(Command.path, arguments, sending: signal, at: stage)
        #expect(result.status == 128 + signal)
        #expect(result.text == "")
        let name = signal == SIGINT ? "SIGINT" : "SIGTERM"
        let lines = result.errors.split(separator: "\n").filter { $0.hasPrefix("error: ") }
        #expect(lines.count == 1 && lines[0].contains(name), "\(result.errors)")
        let changes = try Listing(of: [space.path]).changes(since: before)
        #expect(changes == [], "not even the library that it made")
    }

    @Test(arguments: stages) func afterAKillTheNextIngestWorks(stage: String) throws {
        let space = try Workspace()
        let result = try Tools.run(Command.path, Self.arguments(space), sending: SIGKILL, at: stage)
        #expect(result.status == 128 + SIGKILL)
        // What an ingest leaves that is killed while it publishes.
        let dead = "\(space.library)/editions/.building-\(String(repeating: "d", count: 32))"
        try FileManager.default.createDirectory(atPath: dead, withIntermediateDirectories: true)
        try Data("half".utf8).write(to: URL(fileURLWithPath: "\(dead)/clips.idx"))
        let mega = try TestMedia.stamped(size: (160, 96), frames: 240, idr: [40, 80, 120])
        let report = try space.ingest(mega, rate: .film, [.init("A", "40", 40, 80)], beds: ["main=0-240"])
        let edition = "editions/\(report.edition)"
        #expect(
            try Self.others(in: space) == [
                ".lock", ".promotion-lock", "current", "editions", edition, "\(edition)/SHA256SUMS",
                "\(edition)/clips.idx", "\(edition)/edition.json",
                "promotions.ndjson",
            ])
        let (plan, reel) = try space.render(PlanFile([.init("A", "40", 40, 80)]), as: "reel")
        #expect(try decodedStamps(of: reel) == Array(40..<80))
        try Command.check(["verify", reel, "--plan", plan, "--library", space.library])
    }

    /// What was finished before a kill is not made again, and the edition is the same as without the kill.
    @Test func aKilledIngestIsTakenUpAgain() throws {
        let space = try Workspace()
        let arguments = try Self.arguments(space)
        // Half of the frames have been made and proved.
        let result = try Tools.run(
            Command.path, arguments + ["--jobs", "1"], sending: SIGKILL, at: "encoding and proving clips: 50 %")
        #expect(result.status == 128 + SIGKILL)
        let again = try Command.json(IngestReport.self, arguments + ["--quiet"])
        #expect((2..<14).contains(again.clipsReused), "\(again.clipsReused)")
        let other = try Workspace()
        let untouched = try Command.json(IngestReport.self, Self.arguments(other) + ["--quiet"])
        #expect(untouched.clipsReused == 0)
        #expect(again.edition == untouched.edition)
    }

    /// The live edition stays whole and live, whatever happens to the next.
    @Test(arguments: [SIGKILL, SIGTERM]) func theLiveEditionSurvives(signal: Int32) throws {
        let space = try Workspace()
        let mega = try TestMedia.stamped(size: (160, 96), frames: 240, idr: [40, 80, 120])
        let report = try space.ingest(mega, rate: .film, [.init("A", "40", 40, 80)], beds: ["main=0-240"])
        let before = try Listing(of: [space.library])
        _ = try Tools.run(Command.path, Self.arguments(space), sending: signal, at: "encoding and proving clips")
        let changes = try Listing(of: [space.library]).fileChanges(since: before)
        // Who is killed cannot clean up: it may leave media objects and their recipes, which no edition names.
        let left = ["media", "derived"].map { "\(space.library)/\($0)/" }
        #expect(changes.filter { change in signal != SIGKILL || !left.contains { change.hasPrefix($0) } } == [])
        #expect(try space.edition().id == report.edition)
    }

    @Test func aBusyLibraryIsWaitedForThenGivenUp() throws {
        let space = try Workspace()
        let mega = try TestMedia.stamped(size: (160, 96), frames: 240, idr: [40, 80, 120])
        let clips = [IndexFile.Clip("A", "40", 40, 80)]
        let first = try space.ingest(mega, rate: .film, clips)
        let index = try space.write(
            IndexFile(frameRate: "24/1", clips: clips + [.init("B", "40", 80, 120)]), to: "more.json")
        let arguments = ["ingest", mega, "--index", index, "--library", space.library, "--quiet"]

        // Somebody else is adding: readers are not held up, though this one has to make its sound.
        let lock = open("\(space.library)/.lock", O_RDWR | O_CLOEXEC)
        defer { close(lock) }
        try #require(lock >= 0 && flock(lock, LOCK_SH | LOCK_NB) == 0)
        try space.render(PlanFile(clips), as: "reel")
        // Somebody else is removing.
        try #require(flock(lock, LOCK_EX | LOCK_NB) == 0)
        let before = try Listing(of: [space.path])
        let clock = ContinuousClock()
        var result: Tools.Result?
        let waited = try clock.measure { result = try Command.run(arguments + ["--wait", "2"]) }
        Refusal("busy", 75, ["library", "another process is writing"]) { _ in [] }.expect(try #require(result))
        #expect(waited >= .seconds(2) && waited < .seconds(8))
        let atOnce = try clock.measure { result = try Command.run(arguments + ["--wait", "0"]) }
        #expect(result?.status == 75 && atOnce < .seconds(2))
        #expect(try Listing(of: [space.path]).changes(since: before) == [])
        // Readers are never held up.
        #expect(try space.edition().id == first.edition)
        try space.render(PlanFile(clips), as: "reel")

        // It ends while we wait.
        DispatchQueue.global().asyncAfter(deadline: .now() + 1) { flock(lock, LOCK_UN) }
        try Command.check(arguments)
        #expect(try space.edition().id != first.edition)
    }

    @Test(arguments: ["-1", "soon", "1.5"]) func aWaitThatIsNoneIsRefused(wait: String) throws {
        try Refusal("wait", 64, ["wait"]) {
            let index = try $0.write(
                IndexFile(frameRate: "24/1", clips: [.init("A", "40", 40, 80)]), to: "clips.json")
            let mega = try TestMedia.stamped(size: (160, 96), frames: 240, idr: [40, 80, 120])
            return ["ingest", mega, "--index", index, "--library", $0.library, "--quiet", "--wait=\(wait)"]
        }.expect()
    }
}
