import Foundation
import MediaTime
import TestSupport
import Testing

/// Lists for audiences, and farms that are submitted and watched.
@Suite struct FarmCommandTests {
    private static let at = "2026-11-24T20:15:00Z"

    private struct Audience: Decodable {
        var viewers: Int
        var lines: Int
        var reels: Int
        var bytes: Int
        var seconds: Int?
        var failed: Int
    }

    private struct Status: Decodable {
        struct Submitted: Decodable {
            var engine: String
            var tasks: Int
            var id: String?
        }
        var lines: Int
        var complete: Int
        var failed: Int
        var missing: Int
        var damaged: Int
        var isMerged: Bool
        var submitted: Submitted?
    }

    /// Twelve titles in three genres; viewers 0 to 29, of whom each third likes one of them, and who are active on other days.
    private static let library = Result {
        let space = try SharedWorkspaces.make()
        let beds = ["main=\(try TwelveTitles.music())"]
        try space.ingest(TwelveTitles.source(), rate: .film, TwelveTitles.clips, condition: "copy", beds: beds)
        let genres = ["drama", "comedy", "science fiction"]
        let titles = (1...12).map { #"{"id": "T\#($0)", "genres": ["\#(genres[$0 % 3])"], "popularity": \#($0)}"# }
        let events = (0..<30).map { viewer in
            #"{"v": 1, "event_id": "\#(viewer)", "type": "play", "viewer": "v/\#(viewer)", "#
                + #""ts": "2026-10-\#(10 + viewer / 3)T20:00:00Z", "title": "T\#(viewer % 3 + 3)"}"#
        }
        try Command.check([
            "titles", "import", space.write(titles.joined(separator: "\n"), to: "titles.ndjson"), "--library",
            space.library,
        ])
        try Command.check([
            "events", "import", space.write(events.joined(separator: "\n") + "\n", to: "events.ndjson"), "--library",
            space.library,
        ])
        return space
    }

    private let library: String
    private let space: Workspace

    init() throws {
        library = try Self.library.get().library
        space = try Workspace()
    }

    private func make(_ viewers: String, _ more: [String] = []) throws -> Audience {
        try Command.json(
            Audience.self,
            [
                "jobs", "make", "--viewers", viewers, "--at", Self.at, "--library", library, "-o",
                space.file("jobs.ndjson"),
                "--quiet",
            ] + more)
    }

    private func lines() throws -> [[String: Any]] {
        try String(contentsOfFile: space.file("jobs.ndjson"), encoding: .utf8).split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
    }

    @Test(arguments: [
        ("all", Array(0..<30)), ("active:43", Array(9..<30)), ("active:1", []), ("fans:drama", (0..<10).map { 3 * $0 }),
        ("fans:western", []),
    ]) func segments(name: String, viewers: [Int]) throws {
        #expect(try make(name).viewers == viewers.count)
        #expect(try Set(lines().compactMap { $0["viewer"] as? String }) == Set(viewers.map { "v/\($0)" }))
    }

    /// What is foretold is what becomes of it, and each reel is the one that `plan` plans.
    @Test func aListSaysWhatComes() throws {
        let viewers = try space.write("v/1\n{\"viewer\": \"v/2\"}\n\nv/4\nnobody\nnobody else\n", to: "viewers.txt")
        let told = try make(viewers, ["--workers", "3"])
        #expect(told.viewers == 5 && told.lines == 5 && (told.seconds ?? 0) >= 1)
        #expect(told.reels < 5, "v/1 and v/4 like the same, and so do the last two")
        let lines = try lines()
        #expect(
            lines.map { $0["output"] as? String } == [
                "v%2F1.mp4", "v%2F2.mp4", "v%2F4.mp4", "nobody.mp4", "nobody%20else.mp4",
            ])
        let farm = [
            "--jobs", space.file("jobs.ndjson"), "--output-dir", space.file("out"), "--library", library, "--quiet",
        ]
        try Command.check(["render"] + farm)
        struct Merge: Decodable {
            var reels: Int
            var bytesOnDisk: Int
        }
        let merge = try Command.json(Merge.self, ["farm", "merge"] + farm)
        #expect(merge.reels == told.reels)
        #expect(
            abs(merge.bytesOnDisk - told.bytes) * 20 < told.bytes, "\(merge.bytesOnDisk) bytes, foretold \(told.bytes)")
        let plan = space.file("plan.json")
        try Command.check(["plan", "--viewer", "v/2", "--at", Self.at, "--library", library, "-o", plan])
        try Command.check(["verify", space.file("out/v%2F2.mp4"), "--plan", plan, "--library", library, "--quiet"])
        // Planned on the spot, the same.
        let onTheSpot = try space.write(
            #"{"output": "a.mp4", "viewer": "v/2"}"# + "\n"
                + #"{"output": "b.mp4", "viewer": "v/2", "cadence": "default"}"#,
            to: "spot.ndjson")
        try Command.check(
            [
                "render", "--jobs", onTheSpot, "--output-dir", space.file("spot"), "--at", Self.at, "--library",
                library, "--quiet",
            ])
        for name in ["a.mp4", "b.mp4"] {
            #expect(
                FileManager.default.contentsEqual(
                    atPath: space.file("spot/\(name)"), andPath: space.file("out/v%2F2.mp4")))
        }
    }

    @Test func aReelIsNamedOnce() throws {
        let told = try make("all", ["--by-reel"])
        let outputs = try lines().compactMap { $0["output"] as? String }
        #expect(told.viewers == 30 && told.lines == told.reels && Set(outputs).count == told.reels && told.reels < 30)
    }

    @Test func oneScriptRendersAll() throws {
        _ = try make("all")
        let farm = [
            "--jobs", space.file("jobs.ndjson"), "--output-dir", space.file("out"), "--library", library, "--quiet",
        ]
        let submitted = try Command.run(["farm", "submit", "--engine", "local", "--tasks", "4", "--write-only"] + farm)
        #expect(submitted.status == 0 && submitted.errors.contains("local.sh"), "\(submitted.errors)")
        var status = try Command.json(Status.self, ["farm", "status"] + farm)
        #expect(status.lines == 30 && status.missing == 30 && !status.isMerged && status.submitted?.tasks == 4)
        try Command.check(["farm", "submit", "--engine", "local", "--tasks", "4", "--at-once", "2"] + farm)
        status = try Command.json(Status.self, ["farm", "status"] + farm)
        #expect(status.complete == 30 && status.missing == 0 && status.isMerged && status.submitted?.id == "done")
        try FileManager.default.removeItem(atPath: space.file("out/v%2F7.mp4"))
        status = try Command.json(Status.self, ["farm", "status"] + farm)
        #expect(status.complete == 29 && status.damaged == 1)
    }

    /// A sbatch that notes what it is told.
    @Test func anEngineIsHandedTheFiles() throws {
        _ = try make("all")
        let bin = space.file("bin")
        try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
        let note = space.file("told")
        _ = try space.write("#!/bin/sh\necho \"$@\" >>\(note)\necho 77\n", to: "bin/sbatch")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(bin)/sbatch")
        let arguments = [
            "farm", "submit", "--engine", "slurm", "--jobs", space.file("jobs.ndjson"), "--output-dir",
            space.file("out"),
            "--library", library,
        ]
        let result = try Tools.run(Command.path, arguments, environment: ["PATH": bin])
        #expect(result.status == 0 && result.text.contains("job 77"), "\(result.errors)")
        let shards = space.file("out/shards")
        #expect(
            try String(contentsOfFile: note, encoding: .utf8)
                == "--parsable \(shards)/slurm.sbatch\n--parsable --dependency=afterany:77 \(shards)/slurm-merge.sbatch\n"
        )
        let without = try Tools.run(Command.path, arguments, environment: ["PATH": space.file("none")])
        #expect(without.status == 0 && without.errors.contains("sbatch is not in PATH"), "\(without.errors)")
        _ = try space.write("#!/bin/sh\necho no >&2\nexit 1\n", to: "bin/sbatch")
        let refused = try Tools.run(Command.path, arguments + ["--quiet"], environment: ["PATH": bin])
        #expect(refused.status == 69 && refused.errors.contains("refused the job"), "\(refused.errors)")
    }

    @Test func wrongOptionsAreRefused() throws {
        let jobs = try space.write(#"{"output": "a.mp4", "viewer": "v"}"#, to: "jobs.ndjson")
        let farm = ["--jobs", jobs, "--output-dir", space.file("out"), "--library", library]
        let output = ["--library", library, "-o", space.file("new.ndjson")]
        let refused: [([String], Int32, String)] = [
            (["farm", "submit", "--engine", "cloud"] + farm, 64, "cloud"),
            (["farm", "submit", "--engine", "slurm", "--tasks", "0"] + farm, 64, "--tasks 0"),
            (["farm", "submit", "--engine", "slurm", "--name", "My Job"] + farm, 64, "--name My Job"),
            (["farm", "submit", "--engine", "kubernetes", "--write-only"] + farm, 64, "does not lie in /data"),
            (["farm", "status"] + farm, 66, "nothing was rendered there"),
            (["jobs", "make", "--viewers", "active:soon"] + output, 64, "active:30"),
            (["jobs", "make", "--viewers", "none.txt"] + output, 66, "none.txt"),
            (["jobs", "make", "--viewers", jobs, "--cadence", "none.json"] + output, 66, "none.json"),
            (["jobs", "make", "--viewers", jobs, "--workers", "0"] + output, 64, "--workers 0"),
            (["jobs", "make", "--viewers", jobs, "--library", library, "-o", jobs], 64, "is an input"),
        ]
        for (arguments, status, text) in refused {
            let result = try Command.run(arguments)
            #expect(
                result.status == status && result.errors.contains(text),
                "\(arguments): \(result.status) \(result.errors)")
        }
        #expect(!FileManager.default.fileExists(atPath: space.file("out/shards")))
        #expect(!FileManager.default.fileExists(atPath: space.file("new.ndjson")))
    }
}
