import Foundation
import TestSupport
import Testing

/// What was damaged or cut off can be mended with the commands that the messages name.
@Suite struct EditionRepairTests {
    private static let clips: [IndexFile.Clip] = [.init("Face/Off", "20", 0, 20), .init("B", "20", 20, 40)]

    private func mega() throws -> String {
        try TestMedia.stamped(size: (160, 90), frames: 60, idr: [20, 40], sound: "none")
    }

    private func live(_ space: Workspace) throws -> String {
        try String(contentsOfFile: "\(space.library)/current", encoding: .utf8)
    }

    private func promote(_ space: Workspace, _ id: String, _ more: String...) throws -> Tools.Result {
        try Command.run(["editions", "promote", id, "--library", space.library] + more)
    }

    /// The log cannot be written after `current` was: the edition that is live by then stays whole.
    @Test func anIngestThatCannotRecordItsPromotionLosesNothing() throws {
        let space = try Workspace()
        let first = try space.ingest(mega(), rate: .film, Self.clips)
        // A folder under the log's name, which nothing can replace.
        let log = "\(space.library)/promotions.ndjson"
        try FileManager.default.removeItem(atPath: log)
        try FileManager.default.createDirectory(atPath: "\(log)/x", withIntermediateDirectories: true)
        let index = try space.write(
            IndexFile(frameRate: "24/1", clips: [Self.clips[0], .init("B", "20", 40, 60)]), to: "next.json")
        let result = try Command.run(["ingest", mega(), "--index", index, "--library", space.library, "--quiet"])
        #expect(result.status != 0)
        try FileManager.default.removeItem(atPath: log)
        #expect(try Command.run(["editions", "verify", "--library", space.library, "--quiet"]).status == 0)
        #expect(
            try Command.run(["editions", "verify", first.edition, "--library", space.library, "--quiet"]).status == 0)
    }

    @Test func aDamagedEditionIsMadeAnew() throws {
        let space = try Workspace()
        let id = try space.ingest(mega(), rate: .film, Self.clips).edition
        try Command.check(["editions", "export", "--library", space.library, "-o", space.file("e.tar"), "--quiet"])
        for damage in ["clips.idx", "edition.json", "SHA256SUMS"] {
            for way in ["ingest", "import"] {
                try Data("half".utf8).write(to: URL(fileURLWithPath: "\(space.library)/editions/\(id)/\(damage)"))
                #expect(try Command.run(["editions", "verify", "--library", space.library, "--quiet"]).status != 0)
                if way == "ingest" {
                    #expect(try space.ingest(mega(), rate: .film, Self.clips).edition == id)
                } else {
                    try Command.check([
                        "editions", "import", space.file("e.tar"), "--library", space.library, "--quiet",
                    ])
                }
                #expect(
                    try Command.run(["editions", "verify", "--library", space.library, "--quiet"]).status == 0,
                    "\(damage) \(way)")
            }
        }
    }

    @Test func aDamagedPointerIsReplacedByForce() throws {
        let space = try Workspace()
        let id = try space.ingest(mega(), rate: .film, Self.clips).edition
        try Data("{".utf8).write(to: URL(fileURLWithPath: "\(space.library)/current"))
        #expect(
            try Command.run(["editions", "verify", "--library", space.library]).errors.contains(
                "promote an edition again"))
        #expect(try promote(space, id).status == 1)
        #expect(try promote(space, id, "--force", "--why", "the pointer was damaged").status == 0)
        #expect(try live(space) == "{\"canary\":null,\"edition\":\"\(id)\"}\n")
    }

    /// `current` was replaced, and the process died before its record.
    @Test func aPromotionThatWasCutOffCanBeTakenBack() throws {
        let space = try Workspace()
        let first = try space.ingest(mega(), rate: .film, Self.clips).edition
        let second = try space.ingest(
            mega(), rate: .film, [Self.clips[0], .init("B", "20", 40, 60)], more: ["--no-promote"]
        ).edition
        try Data("{\"canary\":null,\"edition\":\"\(second)\"}\n".utf8).write(
            to: URL(fileURLWithPath: "\(space.library)/current"))
        // What it would go back to is not pruned.
        let trial = try Command.run(["editions", "prune", "--keep", "0", "--dry-run", "--library", space.library])
        #expect(trial.text.contains("kept     \(first)  to roll back to"))
        #expect(
            try Command.run(["editions", "rollback", "--library", space.library]).text == "edition \(first) is live\n")
        let log = try Command.run(["editions", "log", "--library", space.library]).text
        #expect(log.contains("found live: the promotion was cut off before it was recorded"))
    }

    @Test func aTitleMayHoldASlash() throws {
        let space = try Workspace()
        try space.ingest(mega(), rate: .film, Self.clips)
        let id = try space.ingest(mega(), rate: .film, [Self.clips[1]], more: ["--no-promote"]).edition
        #expect(try promote(space, id).status == 1)
        #expect(try promote(space, id, "--expect", "Face").status == 1)
        #expect(try promote(space, id, "--expect", "Face/Off").status == 0)
    }

    /// The report is kept with an edition that was there before.
    @Test func boundariesAreKeptWithAnEditionThatIsThere() throws {
        let space = try Workspace()
        let id = try space.ingest(mega(), rate: .film, Self.clips).edition
        let report = "\(space.library)/editions/\(id)/boundaries.json"
        #expect(!FileManager.default.fileExists(atPath: report))
        #expect(try space.ingest(mega(), rate: .film, Self.clips, more: ["--boundaries"]).edition == id)
        #expect(FileManager.default.fileExists(atPath: report))
        #expect(try Command.run(["editions", "verify", "--library", space.library, "--quiet"]).status == 0)
    }
}
