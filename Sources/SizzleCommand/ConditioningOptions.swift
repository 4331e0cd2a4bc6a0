public import ArgumentParser
import Foundation
public import Sizzle

/// How clips are made: what `ingest` does and `probe` foretells.
struct ConditioningOptions: ParsableArguments {
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

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Show the Mega Asset at this constant rate, such as 25 or 30000/1001: frames are repeated or dropped where they must be. The clips of a 'variable' index are moved.",
            valueName: "rate"))
    var frameRate: String?

    @Flag(
        name: .long, help: "Make whole frames of an interlaced Mega Asset, one for each frame. All clips are encoded.")
    var deinterlace = false

    @Option(
        name: .long,
        help: ArgumentHelp("The picture track to take, counted from 0 as 'sizzle probe' does.", valueName: "number"))
    var videoTrack = 0

    func validate() throws {
        if keepSource, ladder == nil { throw ValidationError("--keep-source: only goes with --ladder") }
        guard (0...51).contains(quality) else { throw ValidationError("--quality \(quality): is not from 0 to 51") }
        guard (0...999).contains(videoTrack) else {
            throw ValidationError("--video-track \(videoTrack): tracks are counted from 0")
        }
    }

    /// The conditioner that they describe.
    /// - Throws: `Fault` (`usage`) for a ladder that is none.
    func conditioner(jobs: Int = 1) throws(Fault) -> Conditioner {
        var ladder: Ladder?
        if let text = self.ladder { ladder = try Ladder(text) }
        return Conditioner(
            mode: condition, quality: quality, codec: codec, ladder: ladder, keepsSource: keepSource,
            deinterlaces: deinterlace, jobs: jobs)
    }

    /// The rate of `--frame-rate`.
    /// - Throws: `Fault` (`usage`) when it is not exact.
    func constantRate() throws(Fault) -> FrameRate? {
        guard let frameRate else { return nil }
        guard let rate = FrameRate(frameRate) else {
            throw Fault(.usage, "--frame-rate \(frameRate): is not an exact rate; write it as 25 or 30000/1001")
        }
        return rate
    }
}

extension ConditionMode: ExpressibleByArgument {}
extension EncodedCodec: ExpressibleByArgument {}
extension AudioSettings.Mode: ExpressibleByArgument {}

/// How clips were or would be taken, for people.
enum CutTable {
    /// A row for each clip, and one for each further run of frames that is encoded.
    static func lines(_ cuts: [ClipCut]) -> [String] {
        let rows = cuts.flatMap { clip -> [[String]] in
            let encoded = clip.encoded.map { "encoded [\($0.start), \($0.end)): \($0.why)" }
            var first = [
                clip.title, clip.type, "[\(clip.start), \(clip.end))", clip.rendition, clip.condition.rawValue,
                "\(clip.framesCopied) copied", "\(clip.framesEncoded) encoded",
            ]
            if let bytes = clip.bytes { first.append("\(bytes) bytes") }
            let blank = [String](repeating: "", count: first.count)
            return [first + [encoded.first ?? ""]] + encoded.dropFirst().map { blank + [$0] }
        }
        return Terminal.table(rows)
    }
}
