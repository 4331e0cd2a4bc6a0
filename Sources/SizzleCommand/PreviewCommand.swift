import ArgumentParser
import Foundation
import Sizzle

struct PreviewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview", abstract: "Show a reel now: a small film with its numbers burnt in.",
        discussion: """
            With --mega and --index the reel is taken straight from the Mega Asset; no library and no edition are needed. Without them \
            it is what the plan's edition has. On every frame stand its numbers in the Mega Asset and in the reel, as frames and as \
            timecode, with title, clip type and slot. The picture is encoded, small and quickly: the reel itself is made by 'render', \
            which encodes nothing.

              sizzle preview reel.json --mega mega.mp4 --index clips.json -o preview.mp4
              sizzle preview reel.json --library lib --open
              sizzle preview reel.json --library lib --table
              sizzle preview reel.json --mega mega.mp4 --index clips.json --open --watch
              sizzle preview reel.json --mega mega.mp4 --index clips.json --bed main=music.wav -o - | ffplay -

            A file is there when it is whole; --open and -o - play while it is made. What is heard is the edition's sound as the plan wants \
            it, or from a Mega Asset the clips' own sound, or --bed.
            """)
    @Argument(help: "The plan (reel.json).") var plan: String
    @Option(name: .long, help: "The Mega Asset; with --index.") var mega: String?
    @Option(name: .long, help: "The clip index (clips.json); with --mega.") var index: String?
    @Option(
        name: .long,
        help: ArgumentHelp(
            "With --mega: music in place of the clips' sound, a file or frames of the Mega Asset as START-END.",
            valueName: "name=file"))
    var bed: String?
    @Option(name: [.short, .long], help: "The MP4 to write; '-' is standard output.") var output: String?
    @Option(name: .long, help: "Lines of the picture, or columns where it stands upright: 90 to 1080, even.")
    var height = 360
    @Flag(name: .long, help: "Play it while it is made, with mpv or ffplay.") var open = false
    @Flag(name: .long, help: "Print the line-up with bars for lengths and scores, and make no film.") var table = false
    @Flag(name: .long, help: "Make it again whenever plan, index, Mega Asset or edition changes, until Ctrl-C.")
    var watch = false
    @OptionGroup var options: PlanOptions
    @OptionGroup var shown: OutputOptions

    func validate() throws {
        guard (mega == nil) == (index == nil) else {
            throw ValidationError(
                "--mega and --index go together: the index says which frames of the Mega Asset are which clip")
        }
        guard output != nil || open || table else {
            throw ValidationError("nothing to do: give -o FILE, --open, or --table")
        }
        if table, output != nil || open || watch {
            throw ValidationError("--table makes no film; leave -o, --open and --watch out")
        }
        guard (90...1080).contains(height), height % 2 == 0 else {
            throw ValidationError("--height \(height): is not an even number from 90 to 1080")
        }
        if bed != nil, mega == nil {
            throw ValidationError("--bed is for --mega; in an edition the plan names the bed")
        }
        if output == "-", open || watch || shown.json {
            throw ValidationError("-o - takes standard output; leave --open, --watch and --json out")
        }
    }

    func run() throws {
        if table {
            let lineUp = try request().lineUp()
            if shown.json { return try Terminal.say(json: lineUp) }
            for line in lineUp.lines { Terminal.say(line) }
            return
        }
        guard watch else {
            try preview()?.finish()
            return
        }
        let inputs = FileWatch([plan, mega, index, bedFile, mega == nil ? try options.library.open().currentPath : nil])
        while true {
            var player: PreviewPlayer?
            do {
                player = try preview()
            } catch let fault as any ReportableError where fault.status != .usage {
                // What is wrong may be half written, and is put right by who is looking.
                Terminal.complain(fault.description)
            }
            defer { player?.stop() }
            if !shown.quiet { Terminal.note("watching \(plan) for changes; Ctrl-C ends") }
            try inputs.wait()
        }
    }

    /// Makes the preview once.
    /// - Returns: the player that still plays it; `nil` without.
    private func preview() throws -> PreviewPlayer? {
        let request = try request()
        let preview = try request.prepared()
        let player = open ? try PreviewPlayer() : nil
        do {
            try say(PreviewTarget(output, player: player).write(preview, progress: shown.progressHandler()))
        } catch is PreviewPlayer.Closed {
            // It is known by then what it shows.
        } catch {
            player?.stop()
            throw error
        }
        player?.endInput()
        return player
    }

    /// The file that `--bed` names; `nil` without.
    private var bedFile: String? {
        guard case .file(let path)? = bed.flatMap({ try? Ingest.BedRequest($0) })?.origin else { return nil }
        return path
    }

    private func request() throws -> PreviewRequest {
        let inputs = [plan, mega, index].compactMap { $0 }
        if let output, output != "-" { try IndexCommand.check(output: output, inputs: inputs) }
        var request: PreviewRequest
        if let mega, let index {
            request = PreviewRequest(try ReelPlan.load(plan), path: plan, from: .mega(path: mega, index: index))
            request.bed = try bed.map { text throws(Fault) in try Ingest.BedRequest(text) }
            if let output, output != "-" { try IndexCommand.check(output: output, inputs: request.inputs) }
        } else {
            let reel = try options.resolve(plan)
            if let output, output != "-" { try options.check(output: output, of: reel, plan: plan) }
            request = PreviewRequest(reel.plan, path: plan, from: .edition(reel))
        }
        request.lines = height
        return request
    }

    private func say(_ result: ReelPreview.Result) throws {
        guard output != "-" else { return }
        if shown.json { return try Terminal.say(json: Document(output: output, result)) }
        let seconds = "\(result.milliseconds / 1_000).\(result.milliseconds % 1_000 / 100)"
        Terminal.say(
            "\(output ?? "played"): \(result.frames) frames, \(seconds) s, \(result.width)x\(result.height)")
    }

    private struct Document: Encodable {
        var output: String?
        var frames: Int64
        var milliseconds: Int64
        var width: Int
        var height: Int

        init(output: String?, _ result: ReelPreview.Result) {
            self.output = output
            (frames, milliseconds) = (result.frames, result.milliseconds)
            (width, height) = (result.width, result.height)
        }
    }
}

/// Notices that files change, by looking at them five times a second: it works on every file system, also of other machines.
final class FileWatch {
    private let paths: [String]
    private var seen: [State?]

    /// What tells a file from another of its name.
    private struct State: Equatable {
        var device: UInt64
        var inode: UInt64
        var size: Int64
        var seconds: Int
        var nanoseconds: Int

        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            (device, inode, size) = (UInt64(status.st_dev), UInt64(status.st_ino), Int64(status.st_size))
            (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
        }
    }

    /// Remembers how the files are now.
    init(_ paths: [String?]) {
        self.paths = paths.compactMap { $0 }
        seen = self.paths.map(State.init)
    }

    /// Waits until one has changed since the last look and none changes any more.
    /// - Throws: `Interruption.Stopped` after a signal.
    func wait() throws {
        while true {
            try Interruption.check()
            usleep(100_000)
            let first = paths.map(State.init)
            guard first != seen else { continue }
            usleep(100_000)
            let second = paths.map(State.init)
            guard first == second, !second.contains(nil) else { continue }
            seen = second
            return
        }
    }
}
