public import ArgumentParser
import Foundation
public import Sizzle

struct IngestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest",
        abstract: "Make an edition of a Mega Asset: condition its clips, make its beds, prove every frame, promote it.",
        discussion: """
            Clips whose boundaries are proven safe are copied bit for bit; with --condition auto all are encoded when one is \
            not. Every frame is decoded again and compared with the source before the edition is published.

              sizzle ingest mega.mp4 --index clips.json --bed main=music.wav --library lib
              sizzle ingest mega.mp4 --index clips.json --bed calm=3600-5400 --condition copy --explain --library lib
            """)

    @Argument(help: "The Mega Asset: the video that holds all clips.")
    var mega: String

    @Option(name: .long, help: "The clip index (clips.json): title, type and frame range of every clip.")
    var index: String

    @OptionGroup var library: LibraryOptions

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Music to run under reels: a file, or frames of the Mega Asset as START-END. Repeat for more; the first is the default.",
            valueName: "name=file"))
    var bed: [String] = []

    @Option(name: .long, help: "How clips are made: auto, copy or encode.")
    var condition: ConditionMode = .auto

    @Option(
        name: .long, help: "x264's constant rate factor where clips are encoded: lower is better and larger (0 to 51).")
    var quality = 18

    @Option(name: .long, help: "Bits a second of the beds.")
    var audioBitrate = 128_000

    @Flag(name: .long, help: "Print per clip whether it was copied or encoded, and why.")
    var explain = false

    @Flag(name: .long, inversion: .prefixedNo, help: "Make the edition the live one.")
    var promote = true

    @Option(name: .long, help: "How many seconds to wait while another ingest writes the library.")
    var wait = 10

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (0...86_400).contains(wait) else { throw ValidationError("--wait \(wait): is not from 0 to 86400") }
        guard (0...51).contains(quality) else { throw ValidationError("--quality \(quality): is not from 0 to 51") }
        guard (32_000...512_000).contains(audioBitrate) else {
            throw ValidationError("--audio-bitrate \(audioBitrate): is not from 32000 to 512000")
        }
    }

    func run() throws {
        let beds = try bed.map { try Ingest.BedRequest($0) }
        let ingest = Ingest(
            mega: mega, indexPath: index, library: try library.path(), beds: beds,
            conditioner: Conditioner(mode: condition, quality: quality),
            bedMaker: BedMaker(bitsPerSecond: audioBitrate), promotes: promote, patience: wait)
        let result = try ingest.run(
            date: Clock.now.description, user: NSUserName(), progress: output.progressHandler())
        if output.json { return try Terminal.say(json: result) }
        if explain {
            let rows = result.cuts.map {
                ["\($0.title)", $0.type, "[\($0.start), \($0.end))", $0.condition, $0.why ?? ""]
            }
            for line in Terminal.table(rows) { Terminal.say(line) }
        }
        Terminal.say(
            "edition \(result.edition)\(result.live ? " (live)" : ""): \(result.clips) clips, \(result.framesCopied) frames copied, "
                + "\(result.framesEncoded) encoded, beds: \(result.beds.isEmpty ? "none" : result.beds.joined(separator: ", "))"
        )
    }
}

extension ConditionMode: ExpressibleByArgument {}
