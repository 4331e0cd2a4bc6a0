import ArgumentParser
import Foundation
import Sizzle

/// Many reels in one go: a share of a job list.
struct RenderJobsOptions: ParsableArguments {
    @Option(name: .long, help: "A list of reels, one JSON object a line, instead of a plan.") var jobs: String?
    @Option(name: .long, help: ArgumentHelp("With --jobs: the folder that the reels go to.", valueName: "dir"))
    var outputDir: String?
    @Option(
        name: .long,
        help: ArgumentHelp(
            "With --jobs: which share of the list, from 0/N to N-1/N. Default: what Slurm's array or Kubernetes' indexed job says, else all.",
            valueName: "i/n"))
    var shard: String?
    @Flag(name: .long, help: "With --jobs: keep the reels that are there, and make only what is missing.")
    var resume = false
    @Flag(name: .long, help: "With --jobs: pass over lines that cannot be made, and report them.") var keepGoing = false
    @Option(name: .long, help: "With --jobs: how many reels are made at a time. Default: one for each core.")
    var jobsParallel: Int?
    @Option(
        name: .long,
        help: "With --jobs: the time for which viewers' reels are planned (RFC 3339); of the first task that runs, now."
    )
    var at: String?

    /// Refuses options that don't belong together.
    func check(plan: String?, output: String?) throws {
        guard jobs != nil else {
            if plan == nil { throw ValidationError("Missing expected argument '<plan>'") }
            if output == nil { throw ValidationError("Missing expected argument '--output <output>'") }
            for (isGiven, name) in [
                (outputDir != nil, "--output-dir"), (shard != nil, "--shard"), (resume, "--resume"),
                (keepGoing, "--keep-going"), (jobsParallel != nil, "--jobs-parallel"), (at != nil, "--at"),
            ] where isGiven { throw ValidationError("\(name) is for --jobs") }
            return
        }
        if plan != nil || output != nil { throw ValidationError("--jobs takes the place of a plan and of --output") }
        if outputDir == nil { throw ValidationError("--jobs needs --output-dir") }
        if let jobsParallel, !(1...256).contains(jobsParallel) {
            throw ValidationError("--jobs-parallel \(jobsParallel): is not from 1 to 256")
        }
    }

    func run(_ options: PlanOptions, _ shown: OutputOptions, isPlain: Bool) throws {
        guard let jobs, let outputDir else { return }
        let share = try share()
        let time = try Clock.read(at)
        let library = try options.library.open()
        let folder = FarmFolder(outputDir)
        try library.requireOutside(folder.manifest)
        _ = try InputFile.open(jobs)
        try folder.create()
        try library.requireOutside(folder.manifest)
        let settings = try agreed(folder, library, options.edition.edition, "\(time)", isPlain: isPlain)
        let session = FarmSession(library, settings, edition: options.edition.edition, cadences: CadenceFile.load)
        var request = ShardRequest(jobs, into: folder, shard: share)
        request.isResumed = resume
        request.keepsGoing = keepGoing
        request.parallel = jobsParallel ?? ProcessInfo.processInfo.activeProcessorCount
        let report = try ShardRender(request, session, progress: shown.progressHandler()).run()
        try say(report, shown)
    }

    private func share() throws(Fault) -> Shard {
        if let shard { return try Shard(shard) }
        return try Shard.told(by: ProcessInfo.processInfo.environment) ?? .whole
    }

    /// What the first task of the list decided for all.
    private func agreed(
        _ folder: FarmFolder, _ library: Library, _ edition: String?, _ time: String, isPlain: Bool
    ) throws(Fault) -> FarmSettings {
        let settings = try FarmSettings.agreed(in: folder) { () throws(Fault) in
            try FarmSettings.proposed(by: library, edition: edition, at: time, isPlain: isPlain)
        }
        if isPlain, settings.isPlain != true {
            throw Fault(
                .usage, "--faststart: the reels in \(folder.path) have fragments; leave it out, or take another folder")
        }
        if at != nil, settings.at != time {
            throw Fault(
                .usage,
                "--at \(at ?? ""): the reels in \(folder.path) are planned for \(settings.at); leave it out, or take another folder"
            )
        }
        return settings
    }

    private func say(_ report: ShardReport, _ shown: OutputOptions) throws {
        let whole = report.made + report.linked + report.kept
        // A render that stopped at its first failure has one line to say.
        if report.status == .done || keepGoing {
            if shown.json { try Terminal.say(json: report) } else { Terminal.say(Self.line(report)) }
            for failure in report.failures { Terminal.note("failed: \(failure)") }
        }
        guard report.status != .done, let first = report.failures.first else { return }
        let others = report.failed > 1 ? " (and \(report.failed - 1) more)" : ""
        throw Fault(
            report.status,
            "\(first)\(others); \(whole) of \(report.own) reels of this shard are whole: run it again with --resume")
    }

    private static func line(_ report: ShardReport) -> String {
        "shard \(report.shard): \(report.own) of \(report.lines) lines: \(report.made) made (\(report.bytes) bytes), "
            + "\(report.linked) linked, \(report.kept) there already, \(report.failed) failed"
    }
}
