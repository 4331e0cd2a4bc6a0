import ArgumentParser
import Foundation
import Sizzle

/// A plan file with the library and edition it is read against.
struct PlanOptions: ParsableArguments {
    @OptionGroup var library: LibraryOptions
    @OptionGroup var edition: EditionOptions

    /// Loads and resolves the plan at `path`.
    func resolve(_ path: String, rendition: String? = nil) throws -> ResolvedReel {
        let plan = try ReelPlan.load(path)
        let library = try library.open()
        do throws(Fault) {
            return try ResolvedReel(plan, library: library, edition: edition.edition, rendition: rendition)
        } catch {
            // What the plan asks for and the edition has not is the plan's fault: name it.
            throw error.status == .badInput ? Fault(.badInput, "\(path): \(error.message)") : error
        }
    }

    /// Refuses an output that is the plan, or lies in the library.
    func check(output: String, of reel: ResolvedReel, plan: String) throws(Fault) {
        if Path.isSameFile(output, plan) {
            throw Fault(.usage, "\(output): is an input of this command; choose another output")
        }
        try reel.edition.library.requireOutside(output)
    }
}

struct RenderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render", abstract: "Stitch a reel into one fragmented MP4.",
        discussion: """
            The clips are copied as they are; only the beginning and the end of the bed are encoded, or the sound of slots in \
            which clips are heard: once, and kept in the library.

              sizzle render reel.json --library lib -o reel.mp4
            """)
    @Argument(help: "The plan (reel.json).") var plan: String
    @Option(name: [.short, .long], help: "The file to write; an older one is replaced when the new one is whole.")
    var output: String
    @Option(name: .long, help: "The rendition of the picture, by its name in the edition; without it the best.")
    var rendition: String?
    @OptionGroup var options: PlanOptions
    @OptionGroup var shown: OutputOptions

    func run() throws {
        let reel = try options.resolve(plan, rendition: rendition)
        try options.check(output: output, of: reel, plan: plan)
        let result = try reel.render(
            to: output, jobs: min(4, ProcessInfo.processInfo.activeProcessorCount), progress: shown.progressHandler())
        if shown.json { return try Terminal.say(json: result) }
        Terminal.say("\(result.output): reel \(result.reel), \(result.frames) frames, \(result.bytes) bytes")
    }
}

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Decode a reel and compare every frame with the edition.",
        discussion: "Exit status 1, and the first wrong frame, when the reel is not what the plan says.")
    @Argument(help: "The reel.") var file: String
    @Option(name: .long, help: "The plan it was made of (reel.json).") var plan: String
    @OptionGroup var options: PlanOptions
    @OptionGroup var shown: OutputOptions

    func run() throws {
        let reel = try options.resolve(plan)
        let report = try reel.verify(file, progress: shown.progressHandler())
        if shown.json {
            try Terminal.say(json: report)
        } else if let first = report.faults.first {
            Terminal.say(
                "\(file): \(first.message)\(report.faults.count > 1 ? " (and \(report.faults.count - 1) more faults)" : "")"
            )
        } else {
            Terminal.say("\(file): all \(report.frames) frames and the sound are the plan's")
        }
        if !report.faults.isEmpty { throw ExitCode(ExitStatus.faultsFound.rawValue) }
    }
}

struct SheetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sheet", abstract: "Draw a contact sheet of a reel.",
        discussion: """
            For every slot: its middle frame, its first and last frame, and what they are. With --waveform also the sound of the \
            whole reel with a line at each seam, and under each slot the half second around its beginning. The sheet is a PNG.
            """)
    @Argument(help: "The plan (reel.json).") var plan: String
    @Option(name: [.short, .long], help: "The PNG to write.") var output: String
    @Flag(name: .long, help: "Draw the sound too, as it is heard.") var waveform = false
    @OptionGroup var options: PlanOptions
    @OptionGroup var shown: OutputOptions

    func run() throws {
        let reel = try options.resolve(plan)
        try options.check(output: output, of: reel, plan: plan)
        let sound = waveform ? try reel.waveform() : nil
        if waveform, sound == nil { Terminal.note("note: the reel has no sound to draw") }
        let png = try ReelSheet(reel.plan, reel.edition, waveform: sound).png(progress: shown.progressHandler())
        try OutputFile.write(png, to: output)
        Terminal.say("\(output): \(reel.plan.slots.count) clips")
    }
}
