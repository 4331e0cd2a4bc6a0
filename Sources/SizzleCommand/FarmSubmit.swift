public import ArgumentParser
import Foundation
public import Sizzle

extension FarmEngine: ExpressibleByArgument {}

struct FarmSubmitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit", abstract: "Write a job for an engine, and hand it over where its client is there.",
        discussion: """
            The list is cut into shares of some 250 reels, and what the engine needs is written into the output folder's 'shards': an sbatch \
            script, a template of Open Job Description, a manifest of a Kubernetes Indexed Job, or a script for this machine. Then sbatch, \
            openjd, kubectl or bash takes it, if it is there. Edition and time are fixed now: what goes live later changes nothing.

              sizzle farm submit --engine slurm --jobs jobs.ndjson --output-dir reels --library lib
              sizzle farm submit --engine kubernetes --jobs /data/jobs.ndjson --output-dir /data/reels --library /data/lib \
            --image registry.example/sizzle:1 --write-only
            """)
    @Option(name: .long, help: "Who does it.") var engine: FarmEngine
    @OptionGroup var options: FarmOptions
    @Option(name: .long, help: "The number of tasks. Default: one for 250 lines of the list, up to 1000.") var tasks:
        Int?
    @Option(name: .long, help: "How many tasks may run at a time. Default: what the engine allows; 1 with 'local'.")
    var atOnce: Int?
    @Option(name: .long, help: "Reels that a task makes at a time, and cores that it asks for.") var jobsPerTask = 1
    @Option(name: .long, help: "What the engine calls the job.") var name = "sizzle"
    @Option(name: .long, help: "The program as nodes find it. Default: this one; in a container its entry point.")
    var program: String?
    @Option(name: .long, help: "The time for which viewers' reels are planned (RFC 3339). Default: now.") var at:
        String?
    @Option(name: .long, help: "With kubernetes: the container image.") var image = "sizzle:latest"
    @Option(name: .long, help: "With kubernetes: the claim of the volume with list, library and reels.") var claim =
        "sizzle"
    @Option(name: .long, help: "With kubernetes: where pods have the volume.") var mount = "/data"
    @Flag(name: .long, help: "Reels without fragments, for places that refuse them.") var faststart = false
    @Flag(name: .long, help: "Write the files, and hand nothing over.") var writeOnly = false
    @OptionGroup var shown: OutputOptions

    func validate() throws {
        if let tasks, !(1...Shard.most).contains(tasks) {
            throw ValidationError("--tasks \(tasks): is not from 1 to \(Shard.most)")
        }
        if let atOnce, atOnce < 1 { throw ValidationError("--at-once \(atOnce): is less than 1") }
        if !(1...256).contains(jobsPerTask) { throw ValidationError("--jobs-per-task: is not from 1 to 256") }
    }

    func run() throws {
        let time = try Clock.read(at)
        var lines = 0
        var rows = try LineReader.open(options.jobs)
        while try rows.next() != nil { lines += 1 }
        let submission = try submission(lines)
        try submission.check(for: engine)
        let folder = options.folder
        var written: SubmittedFarm
        if engine == .kubernetes, !Path.isFolder(Path.folder(of: submission.folder)) {
            throw Fault(
                .notFound, "\(submission.folder): is not here; run this where the volume is mounted at \(mount)")
        }
        let library = try options.library.open()
        try library.requireOutside(folder.manifest)
        try folder.create()
        _ = try FarmSettings.agreed(in: folder) { () throws(Fault) in
            try FarmSettings.proposed(
                by: library, edition: options.edition.edition, at: "\(time)", isPlain: faststart)
        }
        var files: [String] = []
        for (name, text) in submission.files(for: engine) {
            files.append("\(folder.shards)/\(name)")
            try OutputFile.write(Array(text.utf8), to: "\(folder.shards)/\(name)")
        }
        written = SubmittedFarm(engine: engine, tasks: submission.tasks, files: files, at: "\(Clock.now)")
        try written.note(in: folder)
        for file in files where !shown.json { Terminal.note("written: \(file)") }
        if !writeOnly, let client = FarmClient.path(engine.client) {
            written.id = try FarmClient.submit(written, by: client, name: submission.name)
            try written.note(in: folder)
        } else if !writeOnly {
            Terminal.note("note: \(engine.client) is not in PATH; hand the files over where it is")
        }
        if shown.json { return try Terminal.say(json: written) }
        let name = written.id.map { ", job \($0)" } ?? ", not handed over"
        Terminal.say("\(lines) lines in \(written.tasks) tasks for \(engine.rawValue)\(name)")
    }

    private func submission(_ lines: Int) throws(Fault) -> FarmSubmission {
        func absolute(_ path: String) -> String {
            path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/\(path)"
        }
        let place = try LibraryOptions.place(options.library.library)
        let isAddress = place.hasPrefix("http://") || place.hasPrefix("https://")
        let own = Path.resolved("/proc/self/exe") ?? CommandLine.arguments[0]
        return FarmSubmission(
            program: program ?? own, jobs: absolute(options.jobs), folder: absolute(options.folder.path),
            library: isAddress ? place : absolute(place), tasks: tasks ?? FarmSubmission.tasks(for: lines),
            atOnce: atOnce,
            parallel: jobsPerTask, name: name, image: image, claim: claim, mount: mount)
    }
}

struct FarmStatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Say how far a list has come.",
        discussion: """
            Looks at what tasks noted and at the files themselves, whichever engine runs them or ran them, and asks the engine for its tasks where \
            its client is there. Nothing is changed.

              sizzle farm status --jobs jobs.ndjson --output-dir reels --library lib
            """)
    @OptionGroup var options: FarmOptions
    @OptionGroup var shown: OutputOptions

    private struct Report: Encodable {
        var lines: Int
        var complete: Int
        var failed: Int
        var damaged: Int
        var missing: Int
        var bytes: Int64
        var isMerged: Bool
        var submitted: SubmittedFarm?
        /// Tasks by what the engine says of them.
        var tasks: [String: Int]?
    }

    func run() throws {
        let session = try options.session()
        let merge = try FarmMerge(options.jobs, options.folder, .glance)
        let found = try merge.merge(progress: shown.progressHandler(), identify: session.identify)
        func count(_ kinds: MergeFault.Kind...) -> Int { found.faults.count { kinds.contains($0.kind) } }
        let submitted = try SubmittedFarm.last(in: options.folder)
        let report = Report(
            lines: found.lines, complete: found.complete, failed: count(.failed, .refused),
            damaged: count(.damaged, .stale), missing: count(.missing), bytes: found.bytesOnDisk,
            isMerged: Path.exists(options.folder.manifest), submitted: submitted,
            tasks: submitted.flatMap { FarmClient.tasks(of: $0) })
        if shown.json { return try Terminal.say(json: report) }
        let percent = report.lines > 0 ? report.complete * 100 / report.lines : 100
        Terminal.say(
            "\(report.complete) of \(report.lines) reels (\(percent) %), \(report.bytes) bytes; \(report.missing) to come, "
                + "\(report.failed) failed, \(report.damaged) to be made again" + (report.isMerged ? "; merged" : ""))
        if let submitted {
            let states = report.tasks.map { states in
                states.isEmpty
                    ? "none in its queue"
                    : states.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
            }
            Terminal.say(
                "\(submitted.engine.rawValue)\(submitted.id.map { " job \($0)" } ?? ""): \(submitted.tasks) tasks"
                    + (states.map { ", \($0)" } ?? ""))
        }
        for fault in found.faults where fault.kind == .failed || fault.kind == .refused {
            Terminal.note("failed: \(fault.message)")
        }
    }
}

/// The engines' own programs.
enum FarmClient {
    /// Where a program lies; `nil` when it is not in PATH.
    static func path(_ name: String) -> String? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Hands a job over.
    /// - Returns: what the engine calls it.
    /// - Throws: `Fault` (`unavailable`) when the engine refuses it.
    static func submit(_ job: SubmittedFarm, by client: String, name: String) throws -> String {
        switch job.engine {
        case .local:
            guard try run(client, [job.files[0]], captures: false).status == 0 else {
                throw Fault(.faultsFound, "\(job.files[0]): not all reels are there; its lines above say which")
            }
            return "done"
        case .slurm:
            let array = try answer(client, ["--parsable", job.files[0]])
            let id = array.split(separator: ";").first.map(String.init) ?? array
            // Not afterok: a task that is killed and requeued would forbid the merge for ever. It says itself what is missing.
            _ = try answer(client, ["--parsable", "--dependency=afterany:\(id)", job.files[1]])
            return id
        case .openjd:
            guard
                try run(
                    client,
                    [
                        "run", job.files[0], "--job-param", "file://\(job.files[1])", "--step", "Merge",
                        "--run-dependencies", "--extensions", "TASK_CHUNKING",
                    ],
                    captures: false
                ).status == 0
            else { throw Fault(.unavailable, "openjd: the job failed; its lines above say why") }
            return "done"
        case .kubernetes:
            return try answer(client, ["create", "-o", "name", "-f", job.files[0]])
        }
    }

    /// Tasks by state, as the engine tells it; `nil` where it cannot be asked.
    static func tasks(of job: SubmittedFarm) -> [String: Int]? {
        guard job.engine == .slurm, let id = job.id, let client = path("squeue"),
            let result = try? run(client, ["--noheader", "--array", "--jobs", id, "--format", "%T"]), result.status == 0
        else { return nil }
        return result.text.split(separator: "\n").reduce(into: [:]) { $0[$1.lowercased(), default: 0] += 1 }
    }

    private static func answer(_ client: String, _ arguments: [String]) throws -> String {
        let result = try run(client, arguments)
        guard result.status == 0 else {
            throw Fault(.unavailable, "\(client): refused the job; its line above says why")
        }
        return result.text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func run(
        _ program: String, _ arguments: [String], captures: Bool = true
    ) throws -> (status: Int32, text: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        if captures { process.standardOutput = pipe }
        do { try process.run() } catch { throw Fault(.unavailable, "\(program): did not start: \(error)") }
        let output = captures ? pipe.fileHandleForReading.readDataToEndOfFile() : Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
