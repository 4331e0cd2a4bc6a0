import ArgumentParser
import Foundation
import Sizzle

/// A plan file with the library and edition it is read against.
struct PlanOptions: ParsableArguments {
    @OptionGroup var library: ReadableLibraryOptions
    @OptionGroup var edition: EditionOptions
    @Option(name: .long, help: "'trace' prints each step of looking the reel up on stderr.") var logLevel: LogLevel =
        .info

    /// Loads and resolves the plan at `path`.
    func resolve(_ path: String, rendition: String? = nil) throws -> ResolvedReel {
        let plan = try ReelPlan.load(path)
        let library = try library.open()
        let resolved: ResolvedReel
        do throws(Fault) {
            resolved = try ResolvedReel(plan, library: library, edition: edition.edition, rendition: rendition)
        } catch {
            // What the plan asks for and the edition has not is the plan's fault: name it.
            throw error.status == .badInput ? Fault(.badInput, "\(path): \(error.message)") : error
        }
        if logLevel == .trace { for line in try ReelTrace(resolved).lines { Terminal.note("trace: \(line)") } }
        return resolved
    }

    /// Refuses an output that is the plan, or lies in the library.
    func check(output: String, of reel: ResolvedReel, plan: String) throws(Fault) {
        if Path.isSameFile(output, plan) {
            throw Fault(.usage, "\(output): is an input of this command; choose another output")
        }
        try reel.edition.library.requireOutside(output)
    }
}

/// What a reel is rendered as.
enum RenderFormat: String, ExpressibleByArgument, CaseIterable {
    case mp4
    case hls
    case dash
}

struct RenderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render",
        abstract: "Stitch a reel into one fragmented MP4, or into a folder to stream from; or many reels.",
        discussion: """
            The clips are copied as they are; only the beginning and the end of the bed are encoded, or the sound of slots in \
            which clips are heard: once, and kept in the library.

              sizzle render reel.json --library lib -o reel.mp4
              sizzle render reel.json --library lib -o reel.mp4 --faststart
              sizzle render reel.json --library lib -o reel --format hls
              sizzle render reel.json --library lib -o reel --static --media-base https://cdn.example/lib
              sizzle render --jobs jobs.ndjson --output-dir reels --shard 0/8 --resume --library lib

            --faststart is for places that refuse fragments, as some editors and upload forms do: the same samples in an MP4 with one \
            table of them at its beginning.

            With --format hls or dash a player is given main.m3u8 or manifest.mpd of the folder, which any web server can serve. \
            With --static there are only playlists, which point at the library's own files: without sound, and each clip begins a \
            timeline of its own (EXT-X-DISCONTINUITY), which browsers and Apple's players join and some others don't.

            With --jobs each line of a list is a reel: {"output": "a.mp4", "slots": [...]}, a plan with a name in the folder, or \
            {"output": "b.mp4", "viewer": "v1", "cadence": "default"}, planned on the spot. Equal reels are made once and linked. What \
            was made stands in DIR/shards; 'sizzle farm merge' proves that nothing is missing. Exit status 75: a retry may mend it.
            """)
    @Argument(help: "The plan (reel.json).") var plan: String?
    @Option(
        name: [.short, .long],
        help: "The file or folder to write; an older file is replaced when the new one is whole.")
    var output: String?
    @OptionGroup var farm: RenderJobsOptions
    @Option(name: .long, help: "'mp4' writes a file, 'hls' and 'dash' a folder.") var format: RenderFormat?
    @Flag(name: .customLong("static"), help: "HLS playlists that point at the library's own files.") var isStatic =
        false
    @Option(name: .long, help: "With --static: the address at which the library is served; without it a relative path.")
    var mediaBase: String?
    @Option(name: .long, help: "The rendition of the picture, by its name; without it the best, of a stream all.")
    var rendition: String?
    @Flag(name: .long, help: "An MP4 without fragments.") var faststart = false
    @Option(name: .long, help: "A JPEG to write too: the middle frame of the first ranked slot's clip.") var poster:
        String?
    @OptionGroup var options: PlanOptions
    @OptionGroup var shown: OutputOptions

    func validate() throws {
        try farm.check(plan: plan, output: output)
        if farm.jobs != nil {
            for (isGiven, name) in [
                (format != nil, "--format"), (isStatic, "--static"), (rendition != nil, "--rendition"),
                (poster != nil, "--poster"),
            ] where isGiven {
                throw ValidationError("\(name) is not for --jobs, which writes files; a line names its own rendition")
            }
        }
        if faststart, isStatic || (format ?? .mp4) != .mp4 {
            throw ValidationError("--faststart is for a file; HLS and DASH are fragments")
        }
        if isStatic, format == .mp4 || format == .dash {
            throw ValidationError("--static makes HLS; leave --format out")
        }
        if mediaBase != nil, !isStatic { throw ValidationError("--media-base is for --static") }
    }

    func run() throws {
        if farm.jobs != nil { return try farm.run(options, shown, isPlain: faststart) }
        guard let plan, let output else { return }
        let reel = try options.resolve(plan, rendition: rendition)
        try options.check(output: output, of: reel, plan: plan)
        var picture: [UInt8]?
        if let poster {
            try options.check(output: poster, of: reel, plan: plan)
            if Path.isSameFile(poster, output) || poster == output {
                throw Fault(.usage, "--poster \(poster): is the reel itself; choose another file")
            }
            picture = try reel.poster()
        }
        let result = try render(reel, to: output, progress: shown.progressHandler())
        if let poster, let picture { try OutputFile.write(picture, to: poster) }
        if shown.json { return try Terminal.say(json: result) }
        Terminal.say("\(result.output): reel \(result.reel), \(result.frames) frames, \(result.bytes) bytes")
    }

    private func render(_ reel: ResolvedReel, to output: String, progress: ProgressHandler) throws -> RenderResult {
        let jobs = min(4, ProcessInfo.processInfo.activeProcessorCount)
        let isOne = rendition != nil
        if isStatic { return try reel.renderStatic(to: output, base: mediaBase, isOneRendition: isOne) }
        switch format ?? .mp4 {
        case .mp4: return try reel.render(to: output, isPlain: faststart, jobs: jobs, progress: progress)
        case .hls:
            return try reel.renderStream(to: output, as: .hls, isOneRendition: isOne, jobs: jobs, progress: progress)
        case .dash:
            return try reel.renderStream(to: output, as: .dash, isOneRendition: isOne, jobs: jobs, progress: progress)
        }
    }
}

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Decode a reel and compare every frame with the edition, or with a reference reel.",
        discussion: """
            With --plan every frame must be, bit for bit, the one that the edition records. With --against each frame must show what the \
            reference reel shows there, however it was encoded, and the sound must be the same. Exit status 1, and the first wrong \
            frame, when the reel is not what it should be.

              sizzle verify reel.mp4 --plan reel.json --library lib
              sizzle verify reel.mp4 --against editors-cut.mov
            """)
    @Argument(help: "The reel.") var file: String
    @Option(name: .long, help: "The plan it was made of (reel.json).") var plan: String?
    @Option(name: .long, help: "A reel that shows what this one should show.") var against: String?
    @OptionGroup var options: PlanOptions
    @OptionGroup var shown: OutputOptions

    func run() throws {
        guard plan != nil || against != nil else {
            throw Fault(.usage, "neither --plan nor --against is given; say what the reel is compared with")
        }
        let progress = shown.progressHandler()
        var report = ReelReport()
        if let plan {
            let reel = try options.resolve(plan)
            report = try reel.verify(file, progress: progress)
        }
        if let against {
            let compared = try ReelComparison().compare(file, against: against, progress: progress)
            report = ReelReport(frames: compared.frames, faults: report.faults + compared.faults)
        }
        try say(report)
        if !report.faults.isEmpty { throw ExitCode(ExitStatus.faultsFound.rawValue) }
    }

    private func say(_ report: ReelReport) throws {
        if shown.json { return try Terminal.say(json: report) }
        guard let first = report.faults.first else {
            let what = plan == nil ? "shown by \(against ?? "")" : "the plan's"
            return Terminal.say("\(file): all \(report.frames) frames and the sound are \(what)")
        }
        let more = report.faults.count > 1 ? " (and \(report.faults.count - 1) more faults)" : ""
        Terminal.say("\(file): \(first.message)\(more)")
    }
}

struct TraceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace", abstract: "Print each step of looking up a reel, down to its bytes.",
        discussion: """
            For every slot: title and type, the row of the clip table, the frames of the Mega Asset, the place in the reel in frames and \
            ticks, and for each fragment its bytes in the media object, its two integers, and its bytes in the reel's file. The \
            same lines come from any command that reads a plan with --log-level trace.
            """)
    @Argument(help: "The plan (reel.json).") var plan: String
    @Option(name: .long, help: "The rendition of the picture, by its name in the edition; without it the best.")
    var rendition: String?
    @OptionGroup var options: PlanOptions
    @Flag(name: .long, help: "Print one JSON document on stdout.") var json = false

    func run() throws {
        let trace = try ReelTrace(options.resolve(plan, rendition: rendition))
        if json { return try Terminal.say(json: trace) }
        for line in trace.lines { Terminal.say(line) }
    }
}

struct SheetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sheet", abstract: "Draw a contact sheet of a reel, or of a Mega Asset.",
        discussion: """
            For every slot: its middle frame, its first and last frame, and what they are. With --waveform also the sound of the \
            whole reel with a line at each seam, and under each slot the half second around its beginning. The sheet is a PNG.

            With --mega and --index in place of a plan: for every title the middle frame of each of its clips. Where they don't fit on \
            one sheet there are several, sheet-1.png and so on.

              sizzle sheet reel.json --library lib --waveform -o sheet.png
              sizzle sheet --mega mega.mp4 --index clips.json -o sheet.png
            """)
    @Argument(help: "The plan (reel.json).") var plan: String?
    @Option(name: .long, help: "The Mega Asset; with --index.") var mega: String?
    @Option(name: .long, help: "The clip index (clips.json); with --mega.") var index: String?
    @Option(name: [.short, .long], help: "The PNG to write.") var output: String
    @Flag(name: .long, help: "Draw the sound too, as it is heard.") var waveform = false
    @OptionGroup var options: PlanOptions
    @OptionGroup var shown: OutputOptions

    func validate() throws {
        guard (mega == nil) == (index == nil) else {
            throw ValidationError("--mega and --index go together: the index says which frames are which clip")
        }
        if plan == nil, mega == nil { throw ValidationError("give a plan, or --mega and --index") }
        if mega != nil, plan != nil || waveform {
            throw ValidationError("--mega draws the Mega Asset; leave the plan and --waveform out")
        }
    }

    func run() throws {
        if let mega, let index { return try draw(mega, index) }
        guard let plan else { return }
        let reel = try options.resolve(plan)
        try options.check(output: output, of: reel, plan: plan)
        let sound = waveform ? try reel.waveform() : nil
        if waveform, sound == nil { Terminal.note("note: the reel has no sound to draw") }
        let png = try ReelSheet(reel.plan, reel.edition, waveform: sound).png(progress: shown.progressHandler())
        try OutputFile.write(png, to: output)
        Terminal.say("\(output): \(reel.plan.slots.count) clips")
    }

    private func draw(_ mega: String, _ index: String) throws {
        try IndexCommand.check(output: output, inputs: [mega, index])
        let (pages, titles, clips) = try MegaSheetRequest(mega: mega, index: index)
            .pages(progress: shown.progressHandler())
        for (number, page) in pages.enumerated() {
            try OutputFile.write(page, to: pages.count == 1 ? output : Self.name(output, number + 1))
        }
        let last = pages.count == 1 ? "" : " to \(Self.name(output, pages.count))"
        let first = pages.count == 1 ? output : Self.name(output, 1)
        Terminal.say("\(first)\(last): \(titles) titles, \(clips) clips")
    }

    /// `sheet.png` as `sheet-2.png`.
    private static func name(_ output: String, _ number: Int) -> String {
        guard output.hasSuffix(".png") else { return "\(output)-\(number)" }
        return "\(output.dropLast(4))-\(number).png"
    }
}
