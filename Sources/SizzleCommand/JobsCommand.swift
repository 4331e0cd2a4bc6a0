import ArgumentParser
import Foundation
import Sizzle

struct JobsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs", abstract: "Job lists for a farm.", subcommands: [JobsMakeCommand.self])
}

struct JobsMakeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make", abstract: "Plan the reels of an audience, as a job list.",
        discussion: """
            Says how many different reels there are, how many bytes, and how long they take, before any is made: some are made for the measure, \
            and dropped. Viewers who get the same reel have a line each, which a farm links; with --by-reel they have one.

              sizzle jobs make --viewers all --cadence default --library lib -o jobs.ndjson
              sizzle jobs make --viewers active:30 --region DE --workers 64 --library lib -o jobs.ndjson
              sizzle jobs make --viewers viewers.txt --by-reel --library lib -o jobs.ndjson
            """)
    @Option(
        name: .long,
        help:
            "A file with an id a line (or JSON with 'viewer'), or a segment: 'all', 'active:DAYS', 'fans:GENRE'. A file so named is given as ./all."
    )
    var viewers: String
    @Option(name: .long, help: "'default', or a cadence file (JSON or YAML).") var cadence = "default"
    @Option(name: [.short, .long], help: "The list to write.") var output: String
    @Flag(name: .long, help: "One line for each different reel, named by its id.") var byReel = false
    @Flag(name: .long, help: "Pass over viewers for whom no reel can be made, and report them.") var keepGoing = false
    @Option(name: .long, help: "Workers for whom the time is foretold.") var workers = 1
    @Option(name: .long, help: "The seed of random choices; without it, made of viewer, edition and day.") var seed:
        UInt64?
    @Option(name: .long, help: "The time to plan for (RFC 3339); now without it.") var at: String?
    @Option(name: .long, help: "The rendition of the picture, by its name; without it the best.") var rendition: String?
    @Option(name: .long, help: "The bed; the edition's first without it.") var bed: String?
    @Option(name: .long, help: "What is heard: bed, mix, clip or none.") var sound: AudioSettings.Mode?
    @OptionGroup var circumstances: CircumstancesOptions
    @OptionGroup var library: LibraryOptions
    @OptionGroup var edition: EditionOptions
    @OptionGroup var shown: OutputOptions

    func validate() throws {
        if !(1...1_000_000).contains(workers) {
            throw ValidationError("--workers \(workers): is not from 1 to 1000000")
        }
    }

    func run() throws {
        let circumstances = try circumstances.checked()
        let time = try Clock.read(at)
        let library = try library.open()
        try library.requireOutside(output)
        if Path.isSameFile(viewers, output) {
            throw Fault(.usage, "\(output): is an input of this command; choose another output")
        }
        let settings = try FarmSettings.proposed(by: library, edition: edition.edition, at: "\(time)")
        let session = FarmSession(library, settings, circumstances: circumstances, cadences: CadenceFile.load)
        var request = AudienceRequest(try Segment(viewers).map { .segment($0) } ?? .file(viewers))
        request.cadence = cadence
        request.seed = seed
        request.audio = AudioSettings(bed: bed, mode: sound)
        request.rendition = rendition
        request.isByReel = byReel
        request.keepsGoing = keepGoing
        request.workers = workers
        let report = try AudienceJobs(request, session).write(to: output, progress: shown.progressHandler())
        for failure in report.failures { Terminal.note("no reel: \(failure)") }
        if shown.json { return try Terminal.say(json: report) }
        let duration = report.seconds.map { ", about \($0) s on \(report.workers) workers like this machine" } ?? ""
        Terminal.say(
            "\(report.viewers) viewers, \(report.reels) different reels, \(report.bytes) bytes\(duration); "
                + "\(report.lines) lines in \(output), worth \(report.tasks) tasks"
                + (report.failed > 0 ? "; \(report.failed) viewers get none" : ""))
    }
}
