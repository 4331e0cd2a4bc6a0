import ArgumentParser
import Foundation
import Sizzle

struct FarmCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "farm", abstract: "Many reels on many machines: submit, watch, and prove complete.",
        discussion: """
            A job list has a line for each reel. Any number of tasks render a share each ('sizzle render --jobs', which 'submit' writes for an \
            engine); a task that dies is run again. At the end 'merge' holds the list against what was made.

              sizzle farm submit --engine slurm --jobs jobs.ndjson --output-dir reels --library lib
              sizzle farm status --jobs jobs.ndjson --output-dir reels --library lib
              sizzle farm merge --jobs jobs.ndjson --output-dir reels --library lib
            """,
        subcommands: [FarmSubmitCommand.self, FarmStatusCommand.self, FarmMergeCommand.self])
}

/// A job list with its output folder, for commands that look at what was made.
struct FarmOptions: ParsableArguments {
    @Option(name: .long, help: "The list of reels, one JSON object a line.") var jobs: String
    @Option(name: .long, help: ArgumentHelp("The folder of the reels.", valueName: "dir")) var outputDir: String
    @OptionGroup var library: ReadableLibraryOptions
    @OptionGroup var edition: EditionOptions

    var folder: FarmFolder { FarmFolder(outputDir) }

    /// What the tasks of the list worked with.
    func session() throws -> FarmSession {
        _ = try InputFile.open(jobs)
        guard let settings = try FarmSettings.read(in: folder) else {
            throw Fault(.notFound, "\(outputDir): nothing was rendered there; run 'sizzle render --jobs' first")
        }
        return FarmSession(
            try library.open(), settings, edition: edition.edition, cadences: CadenceFile.load)
    }
}

struct FarmMergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge", abstract: "Prove that every reel of a list is there, once, and write one manifest.",
        discussion: """
            Every line of the list must have a reel that some task made of exactly this line, whose file has the hash that was noted. Equal \
            reels of different tasks become links to one file. Only when all is well are manifest.ndjson, in the order of the list, and \
            SHA256SUMS written into the folder; else each line that lacks something is named, and the exit status is 1.

              sizzle farm merge --jobs jobs.ndjson --output-dir reels --library lib
              (cd reels && sha256sum --check --quiet SHA256SUMS)
            """)
    @OptionGroup var options: FarmOptions
    @Flag(name: .long, help: "Compare sizes alone; files are not read.") var quick = false
    @OptionGroup var shown: OutputOptions

    func run() throws {
        let session = try options.session()
        let merge = try FarmMerge(options.jobs, options.folder, quick ? .sizes : .content)
        let report = try merge.merge(progress: shown.progressHandler(), identify: session.identify)
        if shown.json { try Terminal.say(json: report) } else { say(report) }
        if !report.faults.isEmpty { throw ExitCode(ExitStatus.faultsFound.rawValue) }
    }

    private func say(_ report: MergeReport) {
        for fault in report.faults.prefix(20) { Terminal.say("\(fault.kind.rawValue): \(fault.message)") }
        if report.faults.count > 20 { Terminal.say("and \(report.faults.count - 20) more") }
        if report.twice > 0 {
            Terminal.note("note: \(report.twice) reels were made by more than one task, alike")
        }
        if report.leftOver > 0 {
            Terminal.note("note: manifests have \(report.leftOver) reels that the list does not name")
        }
        let place = report.manifest.map { "complete, see \($0)" } ?? "\(report.faults.count) not complete"
        Terminal.say(
            "\(report.lines) lines, \(report.reels) different reels, \(report.bytesOnDisk) bytes on the disk, "
                + "\(report.linked) linked now: \(place)")
    }
}
