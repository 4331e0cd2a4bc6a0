public import ArgumentParser
import Foundation
public import Sizzle

struct IngestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest",
        abstract: "Make an edition of a Mega Asset: condition its clips, make its beds, prove every frame, promote it.",
        discussion: """
            A clip whose boundaries are proven safe is copied bit for bit. Of the others, only the frames before the first \
            safe in-point and after the last safe out-point are encoded (smart); where nothing of a clip can be copied, all \
            of it is. --condition encode encodes every frame of every clip. Every frame is decoded again and compared with \
            the source before the edition is published.

              sizzle ingest mega.mp4 --index clips.json --bed main=music.wav --library lib
              sizzle ingest mega.mp4 --index clips.json --ladder 1080:6000,720:3000,480:1200 --library lib
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

    @Option(name: .long, help: "How clips are made: auto, copy, smart or encode.")
    var condition: ConditionMode = .auto

    @Option(name: .long, help: "What clips are encoded to where nothing is copied: h264 or hevc.")
    var codec: EncodedCodec = .h264

    @Option(
        name: .long,
        help: "The encoder's constant rate factor where clips are encoded: lower is better and larger (0 to 51).")
    var quality = 15

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Renditions to encode, each by its height in lines and its bit rate in kbit/s, all with the same boundaries.",
            valueName: "height:kbits,..."))
    var ladder: String?

    @Flag(name: .long, help: "With --ladder: keep a rendition of the source's own size too, made as --condition says.")
    var keepSource = false

    @Option(name: .long, help: "Bits a second of the beds.")
    var audioBitrate = 128_000

    @Flag(name: .long, help: "Print per clip what was copied, what was encoded and why, and its bytes.")
    var explain = false

    @Flag(name: .long, inversion: .prefixedNo, help: "Make the edition the live one.")
    var promote = true

    @Option(name: .long, help: "How many seconds to wait while another ingest writes the library.")
    var wait = 10

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (0...86_400).contains(wait) else { throw ValidationError("--wait \(wait): is not from 0 to 86400") }
        if keepSource, ladder == nil { throw ValidationError("--keep-source: only goes with --ladder") }
        guard (0...51).contains(quality) else { throw ValidationError("--quality \(quality): is not from 0 to 51") }
        guard (32_000...512_000).contains(audioBitrate) else {
            throw ValidationError("--audio-bitrate \(audioBitrate): is not from 32000 to 512000")
        }
    }

    func run() throws {
        let beds = try bed.map { try Ingest.BedRequest($0) }
        let ingest = Ingest(
            mega: mega, indexPath: index, library: try library.path(), beds: beds,
            conditioner: Conditioner(
                mode: condition, quality: quality, codec: codec, ladder: try ladder.map { try Ladder($0) },
                keepsSource: keepSource),
            bedMaker: BedMaker(bitsPerSecond: audioBitrate), promotes: promote, patience: wait)
        let result = try ingest.run(
            date: Clock.now.description, user: NSUserName(), progress: output.progressHandler())
        if output.json { return try Terminal.say(json: result) }
        if explain {
            for line in Terminal.table(Self.explanation(result)) { Terminal.say(line) }
        }
        Terminal.say(
            "edition \(result.edition)\(result.live ? " (live)" : ""): \(result.clips) clips, \(result.framesCopied) frames copied, "
                + "\(result.framesEncoded) encoded, beds: \(result.beds.isEmpty ? "none" : result.beds.joined(separator: ", "))"
        )
    }

    /// A row for each clip, and one for each further run of frames that was encoded.
    private static func explanation(_ result: Ingest.Result) -> [[String]] {
        result.cuts.flatMap { clip in
            let encoded = clip.encoded.map { "encoded [\($0.start), \($0.end)): \($0.why)" }
            let first = [
                clip.title, clip.type, "[\(clip.start), \(clip.end))", clip.rendition, clip.condition.rawValue,
                "\(clip.framesCopied) copied", "\(clip.bytes) bytes", encoded.first ?? "",
            ]
            return [first] + encoded.dropFirst().map { ["", "", "", "", "", "", "", $0] }
        }
    }
}

extension ConditionMode: ExpressibleByArgument {}
extension EncodedCodec: ExpressibleByArgument {}
