import ArgumentParser
import Foundation
import Sizzle

struct ValidateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Prove that every clip of an index begins and ends where it should.",
        discussion: """
            Looks at the pictures around each clip's in- and out-point: whether they decode, and whether the boundary sits on a hard cut. \
            A clip whose first or last frames belong to another shot is an error, with the shift that mends it; a shot whose first \
            or last frames are left out is a warning; a boundary without a hard cut near it (a soft transition, the middle of a shot) is a \
            note. Also black and frozen pictures, flashes of one or two frames, and the file's timecode against the index. \
            --full reads every frame and the sound. With --reference EDITION each clip must show the pictures that it shows there.
            Exit status 1 when a fault is at or above --fail-on. No edition is needed.

              sizzle validate mega.mp4 --index clips.json --junit report.xml
              sizzle validate mega.mp4 --index clips.json --reference current --library lib --full
            """)
    @Argument(help: "The Mega Asset.") var mega: String
    @Option(name: .long, help: "The clip index (clips.json).") var index: String
    @Option(name: .long, help: "An edition of the library, by its id or 'current', whose pictures the clips must show.")
    var reference: String?
    @Option(name: .long, help: "Write a JUnit XML report to this file.") var junit: String?
    @Option(name: .long, help: "note, warning or error: from which severity on the exit status is 1.") var failOn:
        Severity = .error
    @Option(name: .long, help: "How many frames from a boundary a hard cut is looked for, from 1 to 12.") var search:
        Int = 3
    @Flag(name: .long, help: "Look at every frame, and listen for clips without sound.") var full = false
    @Option(name: .long, help: "The picture track, from 0.") var videoTrack: Int = 0
    @OptionGroup var library: LibraryOptions
    @OptionGroup var shown: OutputOptions

    func run() throws {
        guard (1...12).contains(search) else { throw Fault(.usage, "--search \(search): is not from 1 to 12") }
        guard videoTrack >= 0 else {
            throw Fault(.usage, "--video-track \(videoTrack): is not a track number from 0 on")
        }
        try IndexCommand.check(output: junit, inputs: [mega, index])
        var validator = MegaValidator()
        validator.searchRadius = Int64(search)
        validator.isFull = full
        validator.track = videoTrack
        if let reference { validator.reference = try library.open().edition(reference) }
        let clips = try ClipIndex.load(index)
        let report = try validator.validate(mega, clips, progress: shown.progressHandler())
        if let junit { try OutputFile.write(report.junit(failOn: failOn), to: junit) }
        if shown.json {
            try Terminal.say(json: report)
        } else {
            say(report)
        }
        if report.faults.contains(where: { $0.severity >= failOn }) { throw ExitCode(ExitStatus.faultsFound.rawValue) }
    }

    private func say(_ report: MegaReport) {
        for fault in report.faults { Terminal.say("\(mega): \(fault.line)") }
        let counts = Severity.allCases.reversed().map { severity in
            let count = report.count(severity)
            return "\(count) \(severity.rawValue)\(count == 1 ? "" : "s")"
        }
        let seen = full ? "all \(report.frames) frames" : "\(report.framesRead) of \(report.frames) frames"
        Terminal.say("\(mega): \(report.clips.count) clips, \(seen) looked at: \(counts.joined(separator: ", "))")
    }
}
