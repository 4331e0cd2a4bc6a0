import ArgumentParser
import Foundation
import Sizzle

struct StripCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "strip", abstract: "Draw the frames around a clip's in- and out-point.",
        discussion: """
            One row each for the Mega Asset, the edition and a reel, as far as they are given, four frames before and after both \
            boundaries, with frame numbers and timecode. A line stands where the index has the boundary, a green one where the hard \
            cut is; frames of another shot, and frames that do not show what the Mega Asset shows, have a red border. The strip is a PNG.

              sizzle strip A 80 --mega mega.mp4 --index clips.json -o strip.png
              sizzle strip A 80 --mega mega.mp4 --library lib --reel reel.mp4 --plan reel.json -o strip.png
            """)
    @Argument(help: "The title's id.") var title: String
    @Argument(help: "The clip type.") var type: String
    @Option(name: .long, help: "The Mega Asset.") var mega: String?
    @Option(name: .long, help: "The clip index (clips.json); without it, the range is the edition's.") var index:
        String?
    @Option(name: .long, help: "A rendered reel with the clip.") var reel: String?
    @Option(name: .long, help: "The plan of the reel (reel.json).") var plan: String?
    @Option(name: [.short, .long], help: "The PNG to write.") var output: String
    @OptionGroup var options: PlanOptions
    @OptionGroup var shown: OutputOptions

    func run() throws {
        try IndexCommand.check(output: output, inputs: [mega, index, reel, plan].compactMap { $0 })
        var request = StripRequest(title: title, type: type)
        request.mega = mega
        request.indexPath = index
        if let plan, let reel {
            let resolved = try options.resolve(plan)
            request.reel = (reel, resolved)
            request.edition = resolved.edition
        } else if plan != nil || reel != nil {
            throw Fault(.usage, "--reel and --plan go together: the plan says where in the reel the clip is")
        } else if hasLibrary {
            request.edition = try options.library.open().edition(options.edition.edition ?? "current")
        }
        try request.edition?.library.requireOutside(output)
        let strip = try request.png(progress: shown.progressHandler())
        try OutputFile.write(strip.bytes, to: output)
        if shown.json {
            return try Terminal.say(json: Document(output: output, mismatches: strip.mismatches, faults: strip.faults))
        }
        for fault in strip.faults { Terminal.say(fault) }
        let frames = strip.mismatches == 1 ? "1 frame does" : "\(strip.mismatches) frames do"
        Terminal.say(
            strip.mismatches == 0 ? "\(output): drawn" : "\(output): \(frames) not show what the Mega Asset shows")
    }

    private var hasLibrary: Bool {
        options.library.library != nil || ProcessInfo.processInfo.environment["SIZZLE_LIBRARY"]?.isEmpty == false
    }

    private struct Document: Encodable {
        var output: String
        var mismatches: Int
        var faults: [String]
    }
}
