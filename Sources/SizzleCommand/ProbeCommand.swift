import ArgumentParser
import Sizzle

struct ProbeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Tell what a Mega Asset is, where it may be cut, and what the clips of an index would cost.",
        discussion: """
            A safe in-point is a frame with which a copied clip may begin; a safe out-point is a frame before which one may \
            end. Between others, 'sizzle ingest' encodes the edges. Nothing is made; all packets are read once.

              sizzle probe mega.mp4
              sizzle probe mega.mp4 --index clips.json
              sizzle probe mega.mp4 --index clips.json --ladder 720:3000,480:1200 --json
            """)

    @Argument(help: "The Mega Asset: the video that holds all clips.")
    var mega: String

    @Option(name: .long, help: "A clip index (clips.json): how each clip would be made is told too.")
    var index: String?

    @OptionGroup var conditioning: ConditioningOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let report = try Probe(
            mega: mega, track: conditioning.videoTrack, indexPath: index, frameRate: try conditioning.constantRate(),
            conditioner: try conditioning.conditioner()
        ).run(progress: output.progressHandler())
        if output.json { return try Terminal.say(json: report) }
        for line in Self.lines(report) { Terminal.say(line) }
    }

    private static func lines(_ report: Probe.Report) -> [String] {
        let header = [["file", report.file], ["container", "\(report.container), \(report.bytes) bytes"]]
        let tracks = report.tracks.map { track in
            ["\(track.kind) (stream \(track.stream))", describe(track)]
        }
        let timecodes = report.timecodes.map { ["timecode", $0] }
        let boundaries = [
            ["safe in-points", summary(report.safeInPoints)], ["safe out-points", summary(report.safeOutPoints)],
        ]
        let facts = Terminal.table(header + tracks + timecodes + picture(report.picture) + boundaries)
        return facts + (report.renditions ?? []).flatMap(lines)
    }

    private static func describe(_ track: Probe.Report.Track) -> String {
        var parts = [track.codec]
        if let width = track.width, let height = track.height { parts.append("\(width)x\(height)") }
        if let channels = track.channels, let rate = track.sampleRate {
            parts.append("\(channels) channels, \(rate) Hz")
        }
        if track.language != "und" { parts.append(track.language) }
        return parts.joined(separator: ", ")
    }

    private static func picture(_ picture: Probe.Report.Picture) -> [[String]] {
        let kind = picture.codecString.map { "\(picture.codec) (\($0))" } ?? picture.codec
        var rows = [
            [
                "taken",
                "stream \(picture.stream): \(kind), \(picture.width)x\(picture.height) \(picture.pixelFormat), "
                    + (picture.fields == "progressive" ? "progressive" : "interlaced, \(picture.fields)"),
            ],
            ["frames", "\(picture.frames), the first at tick \(picture.startTicks) (1 tick = \(picture.timebase) s)"],
            [
                "frame rate",
                picture.frameRate == "variable"
                    ? "variable, \(picture.averageRate ?? "?") on average: label with \"variable\", or convert with --frame-rate"
                    : picture.frameRate,
            ],
        ]
        if picture.sampleAspect != "1:1" { rows.append(["sample aspect", picture.sampleAspect]) }
        if picture.rotation != 0 { rows.append(["turned by", "\(picture.rotation) degrees"]) }
        let codes = [picture.colourPrimaries, picture.transfer, picture.matrix]
        if codes != [2, 2, 2] {
            let light = picture.maximumContentLight.map { ", MaxCLL \($0)" } ?? ""
            let hdr = picture.masteringLuminance.map { ", mastered at \($0) cd/m²" } ?? ""
            rows.append([
                "colours",
                "\(codes.map(String.init).joined(separator: "/")) (H.273)\(picture.isFullRange ? ", full range" : "")\(hdr)\(light)",
            ])
        }
        if let obstacle = picture.obstacle { rows.append(["copying", "impossible: \(obstacle)"]) }
        return rows
    }

    /// A few of many frames.
    private static func summary(_ frames: [Int64]) -> String {
        guard !frames.isEmpty else { return "none" }
        let shown = frames.prefix(12).map(String.init).joined(separator: ", ")
        return "\(frames.count): \(shown)\(frames.count > 12 ? ", … (all with --json)" : "")"
    }

    private static func lines(_ rendition: Probe.Report.Rendition) -> [String] {
        let clips = rendition.clips
        let count = { (condition: Condition) in clips.count { $0.condition == condition } }
        let total =
            "rendition \(rendition.name): \(clips.count) clips, \(count(.copy)) copied whole, \(count(.smart)) in part, "
            + "\(count(.encode)) encoded; \(clips.reduce(0) { $0 + $1.framesCopied }) frames copied, "
            + "\(clips.reduce(0) { $0 + $1.framesEncoded }) encoded"
        return [""] + CutTable.lines(clips) + rendition.notes.map { "note: \($0)" } + [total]
    }
}
