import ArgumentParser
import Foundation
import Sizzle

struct IngestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest",
        abstract: "Make an edition of a Mega Asset: condition its clips, make its beds, prove every frame, promote it.",
        discussion: """
            A clip whose boundaries are proven safe is copied bit for bit. Of the others, only the frames before the first \
            safe in-point and after the last safe out-point are encoded (smart); where nothing of a clip can be copied, all \
            of it is. --condition encode encodes every frame of every clip. Every frame is decoded again and compared with \
            the source before the edition is published.

            Beds and clips are brought to one loudness. The clips' own sound is kept beside the picture, so that a plan may let \
            it be heard, alone (clip) or over the bed (mix).

              sizzle ingest mega.mp4 --index clips.json --bed main=music.wav --library lib
              sizzle ingest mega.mp4 --index clips.json --ladder 1080:6000,720:3000,480:1200 --library lib
              sizzle ingest mega.mp4 --index clips.json --bed calm=3600-5400 --condition copy --explain --library lib
              sizzle ingest mega.mp4 --index clips.json --bed main=music.wav --bed-loop main=4s --mix-for default --library lib
            """)

    @Argument(help: "The Mega Asset: the video that holds all clips.")
    var mega: String

    @Option(name: .long, help: "The clip index (clips.json): title, type and frame range of every clip.")
    var index: String

    @OptionGroup var library: LibraryOptions

    @OptionGroup var conditioning: ConditioningOptions

    @OptionGroup var sound: SoundOptions

    @Option(
        name: .long,
        help: "How many clips are made at a time. Default: one for each core, at most 4; 1 with --condition copy.")
    var jobs: Int?

    @Flag(name: .long, help: "Print per clip what was copied, what was encoded and why, and its bytes.")
    var explain = false

    @Flag(name: .long, inversion: .prefixedNo, help: "Make the edition the live one.")
    var promote = true

    @Flag(
        name: .long,
        help:
            "Judge the clips' boundaries as 'sizzle validate' does, and keep the report: 'editions promote' refuses its errors."
    )
    var boundaries = false

    @Option(name: .long, help: "How many seconds to wait while another process removes editions.")
    var wait = 10

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (0...86_400).contains(wait) else { throw ValidationError("--wait \(wait): is not from 0 to 86400") }
        if let jobs, !(1...64).contains(jobs) { throw ValidationError("--jobs \(jobs): is not from 1 to 64") }
    }

    func run() throws {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        // A copy only waits for decoders, which have two threads; another clip beside it would take as much memory again.
        let jobs = self.jobs ?? (conditioning.condition == .copy ? 1 : min(4, cores))
        var sound = try sound.request()
        sound.jobs = self.jobs ?? min(4, cores)
        var ingest = Ingest(
            mega: mega, track: conditioning.videoTrack, indexPath: index, frameRate: try conditioning.constantRate(),
            library: try library.path(), conditioner: try conditioning.conditioner(jobs: jobs),
            sound: sound, promotes: promote, patience: wait)
        ingest.judgesBoundaries = boundaries
        let result = try ingest.run(
            date: Clock.now.description, user: NSUserName(), progress: output.progressHandler())
        if output.json { return try Terminal.say(json: result) }
        if explain {
            for line in CutTable.lines(result.cuts) { Terminal.say(line) }
            for line in LoudnessTable.lines(result.sound) { Terminal.say(line) }
        } else {
            for line in LoudnessTable.lines(result.sound, clips: false) { Terminal.say(line) }
        }
        for note in result.notes { Terminal.note("note: \(note)") }
        Terminal.say(
            "edition \(result.edition)\(result.live ? " (live)" : ""): \(result.clips) clips, \(result.framesCopied) frames copied, "
                + "\(result.framesEncoded) encoded\(reused(result)), beds: \(result.beds.isEmpty ? "none" : result.beds.joined(separator: ", "))"
        )
    }

    private func reused(_ result: Ingest.Result) -> String {
        result.clipsReused > 0 ? " (\(result.clipsReused) clips were there already)" : ""
    }
}
