import Diagnostics
import Farm
import Foundation
import TestSupport
import Testing

/// What is written for engines. That they take it, scripts/farm-test shows with the engines themselves.
@Suite struct EngineTests {
    private static let sample = FarmSubmission(
        jobs: "/data/jobs.ndjson", folder: "/data/reels", library: "/data/library", tasks: 8)

    /// The files of deploy/ are what `farm submit` writes for a sample; `SIZZLE_RECORD=1` writes them anew, and fails.
    @Test(arguments: FarmEngine.allCases) func theTemplatesAreWhatIsWritten(engine: FarmEngine) throws {
        for (name, text) in Self.sample.files(for: engine) {
            let path = "\(Package.root)/deploy/farm/\(name)"
            if ProcessInfo.processInfo.environment["SIZZLE_RECORD"] != nil {
                // In place: scripts stay executable.
                try text.write(toFile: path, atomically: false, encoding: .utf8)
                Issue.record("recorded \(name); look at it and run again without SIZZLE_RECORD")
                continue
            }
            #expect(try String(contentsOfFile: path, encoding: .utf8) == text, "run with SIZZLE_RECORD=1")
        }
    }

    @Test func tasksFollowTheWork() {
        #expect([0, 1, 250, 251, 2_000, 10_000_000].map { FarmSubmission.tasks(for: $0) } == [1, 1, 1, 2, 8, 1_000])
    }

    /// Paths with blanks and such reach the program as they are; what no engine could take is refused.
    @Test func pathsArriveAsTheyAre() throws {
        var odd = Self.sample
        odd.jobs = "/data/a b/$(touch x)/`y`;&|é.ndjson"
        odd.program = "/bin/printf"
        let script = odd.slurm.replacing(#""${command[@]}" &"#, with: #"printf '%s\n' "${command[@]}" &"#)
        let words = try Tools.check("bash", ["-c", script]).lines
        #expect(
            words == [
                "/bin/printf", "render", "--jobs", odd.jobs, "--output-dir", "/data/reels", "--library",
                "/data/library",
                "--resume", "--keep-going", "--jobs-parallel", "1",
            ])
        for path in ["/a\"b", "/a'b", "/a%b", "/a{{b", "/a\nb"] {
            odd.jobs = path
            #expect(throws: Fault.self) { try odd.check(for: .slurm) }
        }
        for name in ["", "A", "a_b", "-a", "a-", "ä", String(repeating: "a", count: 51)] {
            var named = Self.sample
            named.name = name
            #expect(throws: Fault.self) { try named.check(for: .kubernetes) }
        }
    }

    @Test func podsSeeWhatLiesInTheirVolume() throws {
        try Self.sample.check(for: .kubernetes)
        var other = Self.sample
        other.library = "/database/library"
        let fault = #expect(throws: Fault.self) { try other.check(for: .kubernetes) }
        #expect(fault?.message.contains("--library /database/library: does not lie in /data") == true)
        try other.check(for: .slurm)
    }

    /// How often a program runs that ends with each of these in turn, and how the script ends.
    @Test(arguments: [
        ([0], 1, 0), ([75, 75, 0], 3, 0), ([137, 0], 2, 0), ([65], 1, 65), ([75, 64], 2, 64), ([1], 1, 1),
    ])
    func whatARetryMendsIsTriedAgain(statuses: [Int], runs: Int, status: Int32) throws {
        let folder = try TemporaryFolder()
        let cases = statuses.enumerated().map { "\($0 + 1)) exit \($1);;" }.joined(separator: " ")
        let program = try folder.write(
            "#!/bin/bash\necho run >>\(folder.path)/runs\ncase $(wc -l <\(folder.path)/runs) in \(cases) esac\n",
            to: "program")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        var submission = Self.sample
        submission.program = program
        let script = submission.slurm.replacing("in 5 15 60 300 0", with: "in 0 0 0 0 0")
        #expect(try Tools.run("bash", ["-c", script]).status == status)
        #expect(try String(contentsOfFile: folder.file("runs"), encoding: .utf8).split(separator: "\n").count == runs)
    }

    /// A signal to the script reaches the program, whose end is waited for; also when it comes before the script knows the program's number.
    @Test(arguments: ["task=$!", "sleep 0.5; task=$!"]) func aSignalIsPassedOn(known: String) throws {
        let folder = try TemporaryFolder()
        let program = try folder.write(
            "#!/bin/bash\ntrap 'sleep 0.3; echo ended; exit 143' TERM\necho ready >&2\nwhile :; do sleep 0.05; done\n",
            to: "program")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        var submission = Self.sample
        submission.program = program
        let script = try folder.write(submission.slurm.replacing("task=$!", with: known), to: "script")
        let result = try Tools.run("bash", [script], sending: SIGTERM, at: "ready")
        #expect(result.status == 143 && result.text == "ended\n")
    }
}
