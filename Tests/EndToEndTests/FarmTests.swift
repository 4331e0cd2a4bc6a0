import Foundation
import MediaTime
import TestSupport
import Testing

/// Many reels of a list, in shares, with everything that goes wrong on farms.
@Suite struct FarmTests {
    /// A line of a list.
    private struct Job: Encodable {
        var output: String
        var slots: [PlanFile.Slot]
        var edition: String?

        init(_ output: String, _ clips: [IndexFile.Clip], edition: String? = nil) {
            self.output = output
            slots = clips.map { PlanFile.Slot(title: $0.title, type: $0.type) }
            self.edition = edition
        }
    }

    private struct Shard: Decodable {
        var own: Int
        var made: Int
        var linked: Int
        var kept: Int
        var failed: Int
    }

    private struct Merge: Decodable {
        struct Fault: Decodable, Equatable {
            var line: Int
            var kind: String
        }
        var lines: Int
        var reels: Int
        var twice: Int
        var leftOver: Int
        var linked: Int
        var faults: [Fault]
    }

    private let library: String
    private let space: Workspace

    init() throws {
        library = try TwelveTitles.shared().space.library
        space = try Workspace()
    }

    /// `count` different reels of three clips: n-th and its neighbours.
    private func jobs(_ count: Int) -> [Job] {
        (0..<count).map { number in
            let clips = TwelveTitles.ranked
            return Job(
                "reels/r\(number).mp4",
                [clips[number % 24], clips[(number / 24 + number + 1) % 24], clips[number * 7 % 24]])
        }
    }

    private func list(_ jobs: [Job], _ more: [String] = [], to name: String = "jobs.ndjson") throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let lines = try jobs.map { String(decoding: try encoder.encode($0), as: UTF8.self) } + more
        return try space.write(lines.joined(separator: "\n") + "\n", to: name)
    }

    private func arguments(_ list: String, _ more: [String] = [], into folder: String? = nil) -> [String] {
        ["render", "--jobs", list, "--output-dir", folder ?? space.file("out"), "--library", library, "--quiet"] + more
    }

    private func render(_ list: String, _ more: [String] = []) throws -> Shard {
        try Command.json(Shard.self, arguments(list, more))
    }

    private func mergeResult(_ list: String, _ more: [String] = []) throws -> Tools.Result {
        try Command.run(
            [
                "farm", "merge", "--jobs", list, "--output-dir", space.file("out"), "--library", library, "--quiet",
                "--json",
            ]
                + more)
    }

    private func merge(_ list: String, status: Int32 = 0) throws -> Merge {
        let result = try mergeResult(list)
        #expect(result.status == status, "\(result.errors)")
        return try JSONDecoder().decode(Merge.self, from: result.output)
    }

    /// The merged manifest's names, after `sha256sum` has read every file.
    private func proven() throws -> [String] {
        try Tools.check("sha256sum", ["--check", "--quiet", "--strict", "SHA256SUMS"], in: space.file("out"))
        struct Entry: Decodable {
            var path: String
            var sha256: String
            var bytes: Int
        }
        let text = try String(contentsOfFile: space.file("out/manifest.ndjson"), encoding: .utf8)
        return try text.split(separator: "\n").map { line in
            let entry = try JSONDecoder().decode(Entry.self, from: Data(line.utf8))
            let sum = try Tools.check("sha256sum", [space.file("out/\(entry.path)")]).text.prefix(64)
            #expect(sum == entry.sha256)
            return entry.path
        }
    }

    /// Every file under the output folder but the farm's own.
    private func files() throws -> [String] {
        let root = space.file("out")
        return try Listing(of: [root]).paths.map { String($0.dropFirst(root.count + 1)) }
            .filter { !$0.hasPrefix("shards") && !["manifest.ndjson", "SHA256SUMS", "reels"].contains($0) }
    }

    @Test func sharesMakeTheWhole() throws {
        let jobs = jobs(40)
        let list = try list(
            jobs + [
                Job("again.mp4", Array(TwelveTitles.ranked[..<3])),
                Job("d/e/again.mp4", Array(TwelveTitles.ranked[..<3])),
            ])
        let shards = try (0..<4).map { try render(list, ["--shard", "\($0)/4"]) }
        #expect(shards.map(\.own).reduce(0, +) == 42 && shards.map(\.made).reduce(0, +) == 41)
        #expect(shards.map(\.linked).reduce(0, +) == 1 && shards.allSatisfy { $0.failed == 0 })
        let merged = try merge(list)
        #expect(merged.lines == 42 && merged.reels == 41 && merged.twice == 0 && merged.faults == [])
        #expect(try proven() == jobs.map(\.output) + ["again.mp4", "d/e/again.mp4"])
        #expect(try Tools.check("stat", ["-c", "%h", space.file("out/again.mp4")]).text == "2\n")
        // Each is what a single render makes of the same plan.
        for job in [jobs[0], jobs[23]] {
            let plan = try space.write(#"{"edition": "current", "slots": \#(slots(job))}"#, to: "one.json")
            try Command.check(["render", plan, "--library", library, "-o", space.file("one.mp4"), "--quiet"])
            #expect(
                FileManager.default.contentsEqual(
                    atPath: space.file("one.mp4"), andPath: space.file("out/\(job.output)")))
            try Command.check([
                "verify", space.file("out/\(job.output)"), "--plan", plan, "--library", library, "--quiet",
            ])
        }
    }

    private func slots(_ job: Job) throws -> String {
        String(decoding: try JSONEncoder().encode(job.slots), as: UTF8.self)
    }

    @Test func tenThousandNamesAreOneReel() throws {
        let clips = Array(TwelveTitles.ranked[..<4])
        let list = try list((0..<10_000).map { Job("r\($0).mp4", clips) })
        let shard = try render(list)
        #expect(shard.made == 1 && shard.linked == 9_999)
        #expect(try Tools.check("stat", ["-c", "%h", space.file("out/r77.mp4")]).text == "10000\n")
        #expect(try merge(list).reels == 1)
    }

    /// Whatever the instant: what is there is whole, and the next run makes the rest and nothing else.
    @Test(arguments: [SIGKILL, SIGTERM]) func aTaskThatDiesIsTakenUp(signal: Int32) throws {
        let jobs = jobs(400)
        let list = try list(jobs)
        let killed = try Tools.run(
            Command.path, arguments(list, ["--jobs-parallel", "2"]).filter { $0 != "--quiet" }, sending: signal,
            at: "rendering shard 0/1: 3")
        #expect(killed.status == 128 + signal, "\(killed.errors)")
        let before = try files()
        // Nothing but whole reels; a name is given in two steps, between which a kill may fall.
        let partial = before.filter { $0.hasSuffix(".partial") }
        #expect(partial.count <= (signal == SIGKILL ? 1 : 0), "\(partial)")
        #expect(before.count > 64 && before.count < 400)
        #expect(try merge(list, status: 1).faults.count == 400 - before.count + partial.count)
        let old = try stamps(before)
        let again = try render(list, ["--resume"])
        #expect(again.kept >= 64 && again.kept + again.made == 400 && again.kept <= before.count)
        if signal == SIGTERM { #expect(again.kept == before.count, "what was finished was noted") }
        #expect(try merge(list).faults == [])
        #expect(try Set(proven()) == Set(jobs.map(\.output)))
        #expect(try files().filter { $0.hasSuffix(".partial") } == [])
        // What was noted was not touched.
        let kept = try stamps(before).filter { old[$0.key] == $0.value }.count
        #expect(kept >= again.kept)
        #expect(try render(list, ["--resume"]).kept == 400)
    }

    private func stamps(_ names: [String]) throws -> [String: String] {
        var stamps: [String: String] = [:]
        for name in names {
            let result = try Tools.run("stat", ["-c", "%i %Y", space.file("out/\(name)")])
            if result.status == 0 { stamps[name] = result.text }
        }
        return stamps
    }

    /// Shares are counted anew between runs: what is there counts, whoever made it.
    @Test func theNumberOfSharesChanges() throws {
        let jobs = jobs(60)
        let list = try list(jobs)
        let first = try render(list, ["--shard", "1/4"])
        let second = try (0..<3).map { try render(list, ["--shard", "\($0)/3", "--resume"]) }
        #expect(first.made > 0 && second.map(\.kept).reduce(0, +) == first.made)
        #expect(second.map(\.made).reduce(0, +) == 60 - first.made)
        #expect(try merge(list).twice == 0)
        // Without --resume the same is made again, alike.
        _ = try render(list, ["--shard", "0/2"])
        let merged = try merge(list)
        #expect(merged.twice > 0 && merged.faults == [])
        #expect(try proven() == jobs.map(\.output))
    }

    /// A list whose task 1 ran as a second task 0.
    @Test func aShareThatNobodyMadeIsNamed() throws {
        let list = try list(jobs(30))
        let first = try render(list, ["--shard", "0/2"])
        _ = try render(list, ["--shard", "0/2"])
        let merged = try merge(list, status: 1)
        #expect(merged.faults.count == 30 - first.made && merged.faults.allSatisfy { $0.kind == "missing" })
        #expect(!FileManager.default.fileExists(atPath: space.file("out/manifest.ndjson")))
    }

    /// Both at the same time: the second is sent away, and may try again.
    @Test func twoTasksWithOneShare() throws {
        let list = try list(jobs(10))
        try FileManager.default.createDirectory(atPath: space.file("out/shards"), withIntermediateDirectories: true)
        let lock = open(space.file("out/shards/0-of-2.ndjson"), O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        defer { close(lock) }
        try #require(flock(lock, LOCK_EX | LOCK_NB) == 0)
        let result = try Command.run(arguments(list, ["--shard", "0/2"]))
        Refusal("two tasks", 75, ["0-of-2.ndjson", "another task makes shard 0/2"]) { _ in [] }.expect(result)
        #expect(try render(list, ["--shard", "1/2"]).failed == 0)
    }

    /// Lines that can't be made, as they stand in a list after three good ones, and what is said of them.
    static let badLines: [(String, String)] = [
        ("{\"output\": \"x.mp4\", ", "not JSON"), ("7", "expected an object"),
        (#"{"output": "../x.mp4", "slots": [{"title": "T1", "type": "80"}]}"#, "leads out of the output folder"),
        (#"{"output": "/tmp/x.mp4", "slots": [{"title": "T1", "type": "80"}]}"#, "is absolute"),
        (#"{"output": "reels/r1.mp4", "slots": [{"title": "T1", "type": "80"}]}"#, "that of an earlier line, 2, too"),
        (
            #"{"output": "x.mp4", "edition": "\#(String(repeating: "0", count: 32))", "slots": [{"title": "T1", "type": "80"}]}"#,
            "there is no edition"
        ),
        (#"{"output": "x.mp4", "slots": [{"title": "T1", "type": "80"}], "audio": {"bed": "b"}}"#, "no bed 'b'"),
    ]

    @Test(arguments: badLines) func aBadLineFailsAlone(line: String, reason: String) throws {
        let list = try list(jobs(3), [line] + [#"{"output": "y.mp4", "slots": [{"title": "T2", "type": "80"}]}"#])
        // Nothing is begun of a list that is wrong.
        let refused = try Command.run(arguments(list))
        Refusal(line, 65, ["jobs.ndjson: line 4", reason]) { _ in [] }.expect(refused)
        #expect(try files() == [])
        let result = try Command.run(arguments(list, ["--keep-going", "--json"]))
        #expect(result.status == 65)
        let shard = try JSONDecoder().decode(Shard.self, from: result.output)
        #expect(shard.made == 4 && shard.failed == 1)
        #expect(result.errors.contains("jobs.ndjson: line 4") && result.errors.contains(reason), "\(result.errors)")
        let merged = try merge(list, status: 1)
        #expect(merged.faults == [.init(line: 4, kind: "refused")])
        #expect(try files() == ["reels/r0.mp4", "reels/r1.mp4", "reels/r2.mp4", "y.mp4"])
    }

    /// What only the edition can tell fails alone too, when its turn comes.
    @Test func aClipThatIsNotThere() throws {
        let bad = #"{"output": "x.mp4", "slots": [{"title": "Nobody", "type": "80"}]}"#
        let list = try list(jobs(3), [bad, bad.replacing("x.mp4", with: "z.mp4")])
        let result = try Command.run(arguments(list, ["--keep-going", "--json"]))
        #expect(result.status == 65)
        #expect(try JSONDecoder().decode(Shard.self, from: result.output).failed == 2)
        #expect(result.errors.contains("line 4 (x.mp4): slot 1: ") && result.errors.contains("no title 'Nobody'"))
        #expect(try merge(list, status: 1).faults == [.init(line: 4, kind: "failed"), .init(line: 5, kind: "failed")])
        let stopped = try Command.run(arguments(list, ["--jobs-parallel", "1"]))
        Refusal("no clip", 65, ["line 4", "Nobody"]) { _ in [] }.expect(stopped)
    }

    @Test func anEditionThatVanishesMidway() throws {
        let own = try Workspace()
        let clips = (0..<6).map { IndexFile.Clip("A\($0)", "40", 40 * $0, 40 * $0 + 40) }
        try own.ingest(
            TestMedia.stamped(size: (160, 96), frames: 240, idr: [40, 80, 120, 160, 200]), rate: .film, clips)
        let list = try list((0..<6).map { Job("r\($0).mp4", [clips[$0]]) })
        let lib = ["--library", own.library]
        let base = ["render", "--jobs", list, "--output-dir", space.file("out"), "--quiet"] + lib
        #expect(try Command.run(base + ["--shard", "0/2"]).status == 0)
        let there = try files()
        let edition = try own.edition().id
        let (folder, away) = ("\(own.library)/editions/\(edition)", own.file("away"))
        try FileManager.default.moveItem(atPath: folder, toPath: away)
        let result = try Command.run(base + ["--shard", "1/2", "--keep-going"])
        #expect(result.status == 65 && result.errors.contains(edition), "\(result.errors)")
        #expect(try files() == there)
        try FileManager.default.moveItem(atPath: away, toPath: folder)
        // And its media.
        try FileManager.default.moveItem(atPath: "\(own.library)/media", toPath: away)
        let gone = try Command.run(base + ["--shard", "1/2", "--keep-going"])
        #expect(gone.status == 65 && gone.errors.contains("media"), "\(gone.errors)")
        #expect(try files() == there)
        try FileManager.default.moveItem(atPath: away, toPath: "\(own.library)/media")
        #expect(try Command.run(base + ["--shard", "1/2", "--resume"]).status == 0)
        #expect(try files() == (0..<6).map { "r\($0).mp4" })
    }

    /// A new edition goes live between two tasks: the list stays with the first.
    @Test func allTasksTakeOneEdition() throws {
        let own = try Workspace()
        let clips = (0..<4).map { IndexFile.Clip("A\($0)", "40", 40 * $0, 40 * $0 + 40) }
        let mega = try TestMedia.stamped(size: (160, 96), frames: 240, idr: [40, 80, 120, 160, 200])
        let first = try own.ingest(mega, rate: .film, clips)
        let list = try list((0..<8).map { Job("r\($0).mp4", [clips[$0 % 4], clips[$0 / 4]]) })
        let base = ["render", "--jobs", list, "--output-dir", space.file("out"), "--library", own.library, "--quiet"]
        try Command.check(base + ["--shard", "0/2"])
        let second = try own.ingest(mega, rate: .film, clips + [.init("B", "40", 200, 240)])
        #expect(first.edition != second.edition)
        try Command.check(base + ["--shard", "1/2"])
        let merged = try Command.run(
            ["farm", "merge", "--jobs", list, "--output-dir", space.file("out"), "--library", own.library, "--json"])
        #expect(merged.status == 0)
        let text = try String(contentsOfFile: space.file("out/manifest.ndjson"), encoding: .utf8)
        #expect(text.split(separator: "\n").allSatisfy { $0.contains(first.edition) })
        // Asked for by name, the other is made.
        try Command.check(base + ["--resume", "--edition", second.edition])
        #expect(
            try Command.run(
                [
                    "farm", "merge", "--jobs", list, "--output-dir", space.file("out"), "--library", own.library,
                    "--edition", second.edition,
                ]).status == 0)
    }

    @Test(Mounts.needed) func aDiskThatFills() throws {
        let jobs = jobs(60)
        let list = try list(jobs)
        try FileManager.default.createDirectory(atPath: space.file("out"), withIntermediateDirectories: true)
        let result = try Mounts.run(
            arguments(list, ["--keep-going", "--jobs-parallel", "2"]), on: space.file("out"), "size=2m")
        #expect(result.command.status == 75, "\(result.command.errors)")
        #expect(result.command.errors.contains("No space left on device") && result.command.errors.contains("--resume"))
        let reels = result.left.filter { $0.hasSuffix(".mp4") }
        #expect(reels.count > 2 && reels.count < 60)
        #expect(result.left.filter { $0.hasSuffix(".partial") } == [])
        // The same with more room after the first try.
        let script = """
            mount -t tmpfs -o size=2m none "$1" || exit 99
            folder=$1; shift
            "$@" >&2; first=$?
            mount -o remount,size=64m "$folder"
            "$@" --resume --json || exit 98
            exit $first
            """
        let twice = try Tools.run(
            "unshare",
            ["-m", "sh", "-c", script, "sh", space.file("out"), Command.path]
                + arguments(list, ["--keep-going", "--jobs-parallel", "2"]))
        #expect(twice.status == 75, "\(twice.errors)")
        let shard = try JSONDecoder().decode(Shard.self, from: twice.output)
        #expect(shard.kept > 2 && shard.kept + shard.made == 60 && shard.failed == 0)
    }

    /// What somebody did to the reels afterwards.
    @Test func aMergeSeesDamage() throws {
        let jobs = jobs(8)
        let list = try list(jobs)
        _ = try render(list)
        let paths = jobs.map { space.file("out/\($0.output)") }
        try FileManager.default.removeItem(atPath: paths[1])
        var bytes = try Data(contentsOf: URL(fileURLWithPath: paths[2]))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: paths[2]))
        try bytes.dropLast().write(to: URL(fileURLWithPath: paths[3]))
        #expect(
            try merge(list, status: 1).faults == [2, 3, 4].map { Merge.Fault(line: $0, kind: "damaged") })
        // A changed bit has the size of the good file: only who reads it sees it.
        let quick = try mergeResult(list, ["--quick"])
        #expect(try JSONDecoder().decode(Merge.self, from: quick.output).faults.map(\.line) == [2, 4])
        for path in paths[2...3] { try FileManager.default.removeItem(atPath: path) }
        #expect(try render(list, ["--resume"]).made == 3)
        #expect(try merge(list).faults == [])
        // Another plan under the same name is not taken for it.
        let other = try self.list([Job(jobs[0].output, [TwelveTitles.opening])] + jobs.dropFirst(), to: "other.ndjson")
        #expect(try merge(other, status: 1).faults == [.init(line: 1, kind: "stale")])
        #expect(try render(other, ["--resume"]).made == 1)
        #expect(try merge(other).faults == [])
        let fewer = try self.list(Array(jobs.dropFirst(2)), to: "fewer.ndjson")
        #expect(try merge(fewer).leftOver == 2)
    }

    @Test func wrongOptionsAreRefused() throws {
        let list = try list(jobs(1))
        let out = ["--output-dir", space.file("out")]
        let refused: [([String], Int32, String)] = [
            (["render", "--jobs", list], 64, "--jobs needs --output-dir"), (["render"] + out, 64, "plan"),
            (["render", list, "-o", "x.mp4", "--resume"], 64, "--resume is for --jobs"),
            (["render", list, "--jobs", list] + out, 64, "takes the place of a plan"),
            (["render", "--jobs", list, "--shard", "2/2", "--library", library] + out, 64, "--shard 2/2"),
            (["render", "--jobs", "none.ndjson", "--library", library] + out, 66, "none.ndjson"),
            (["render", "--jobs", list, "--library", "none"] + out, 66, "none"),
            (
                ["render", "--jobs", list, "--library", library, "--output-dir", library + "/out"], 64,
                "lies in the library"
            ),
            (["render", "--jobs", list, "--library", library, "--jobs-parallel", "0"] + out, 64, "--jobs-parallel 0"),
            (["render", "--jobs", list, "--library", library, "--at", "soon"] + out, 64, "--at soon"),
            (["farm", "merge", "--jobs", list, "--library", library] + out, 66, "nothing was rendered there"),
        ]
        for (arguments, status, text) in refused {
            let result = try Command.run(arguments)
            #expect(result.status == status && result.errors.contains(text), "\(arguments): \(result.errors)")
            #expect(result.text.isEmpty)
        }
        #expect(!FileManager.default.fileExists(atPath: space.file("out/shards")))
    }
}
