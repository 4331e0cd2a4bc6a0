import ArgumentParser
import Foundation
import Sizzle

/// How an ingest takes sound.
struct SoundOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Music to run under reels: a file, or frames of the Mega Asset as START-END. Repeat for more; the first is the default.",
            valueName: "name=file"))
    var bed: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Let a bed go on at START when it has come to END, or to its end: samples at 48 kHz, or seconds as 4.5s. On the grid of AAC frames.",
            valueName: "name=start[-end]"))
    var bedLoop: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "How long the end of a looped bed fades over into its beginning: samples, or seconds as 0.1s.",
            valueName: "time"))
    var bedCrossfade = "4800"

    @Option(name: .long, help: "Bits a second of all sound. Default: 64000 for each channel.")
    var audioBitrate: Int?

    @Option(name: .long, help: "Channels of all sound: 1, 2 or 5.1; other numbers are mixed down or up.")
    var channels: ChannelChoice = .stereo

    // Levels are negative, and so look like options.
    @Option(
        name: .long, parsing: .unconditional,
        help: ArgumentHelp(
            "The integrated loudness (EBU R 128) of every bed and clip in LUFS, true peaks limited to -1 dBTP; 'off' leaves every sample as it is.",
            valueName: "lufs"))
    var loudness = "-23"

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The Mega Asset's sound track: its number among the sound tracks from 0, or a language such as de.",
            valueName: "track"))
    var audioTrack: String?

    @Flag(name: .long, inversion: .prefixedNo, help: "Keep the clips' own sound, for reels in which it is heard.")
    var clipSound = true

    @Option(name: .long, help: "What becomes of sound of clips that cannot be decoded: 'refuse' or 'silence'.")
    var damagedSound: DamagedSound = .refuse

    @Option(
        name: .long,
        help: ArgumentHelp(
            "How many dB louder than others the clips of a title are, or one clip. Repeat for more.",
            valueName: "title[/type]=db"))
    var clipGain: [String] = []

    @Option(name: .long, help: "By how many dB the bed is turned down under a clip's sound (0 to 60).")
    var duck = 12.0

    @Option(
        name: .long,
        help: ArgumentHelp("In what time the bed is turned down: samples, or seconds as 0.1s.", valueName: "time"))
    var duckAttack = "4800"

    @Option(
        name: .long,
        help: ArgumentHelp(
            "In what time the bed is turned up again before the clip's end: samples, or seconds as 0.3s.",
            valueName: "time"))
    var duckRelease = "14400"

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Make the sound of all reels of a cadence ahead ('default' or a file): each clip mixed at each slot that it can take. Repeat for more.",
            valueName: "cadence"))
    var mixFor: [String] = []

    func validate() throws {
        if let audioBitrate, !(32_000...768_000).contains(audioBitrate) {
            throw ValidationError("--audio-bitrate \(audioBitrate): is not from 32000 to 768000")
        }
        guard (0...60).contains(duck) else { throw ValidationError("--duck \(duck): is not from 0 to 60 dB") }
    }

    /// What they describe.
    /// - Throws: `Fault` (`usage`) for what is none; `Fault` for a cadence that cannot be read.
    func request() throws -> SoundRequest {
        var request = SoundRequest()
        request.settings = SoundSettings(
            channels: channels.count, bitsPerSecond: audioBitrate ?? 64_000 * channels.count,
            loudness: try Self.targetLoudness(loudness))
        request.beds = try beds()
        request.track = try audioTrack.map { text throws(Fault) in try SoundRequest.TrackChoice(text) }
        request.keepsClips = clipSound
        request.toleratesDamage = damagedSound == .silence
        request.gains = try clipGain.map { text throws(Fault) in try SoundRequest.ClipGain(text) }
        request.ducking = Ducking(
            duck: Decibels(nearest: duck) ?? Ducking().duck, attack: try Self.samples(duckAttack, "--duck-attack"),
            release: try Self.samples(duckRelease, "--duck-release"))
        request.cadences = try mixFor.map(CadenceFile.load)
        return request
    }

    /// Reads `--loudness`; `nil` for `off`.
    static func targetLoudness(_ text: String) throws(Fault) -> Decibels? {
        if text == "off" { return nil }
        guard let value = Double(text), (-60...(-5)).contains(value), let level = Decibels(nearest: value) else {
            throw Fault(.usage, "--loudness \(text): is neither from -60 to -5 LUFS nor 'off'")
        }
        return level
    }

    private func beds() throws(Fault) -> [Ingest.BedRequest] {
        var beds: [Ingest.BedRequest] = []
        for text in bed { beds.append(try Ingest.BedRequest(text)) }
        let crossfade = try Self.samples(bedCrossfade, "--bed-crossfade")
        for text in bedLoop {
            let halves = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard halves.count == 2, let place = beds.firstIndex(where: { $0.name == halves[0] }) else {
                throw Fault(.usage, "--bed-loop \(text): write NAME=START or NAME=START-END, with the name of a --bed")
            }
            let times = halves[1].split(separator: "-", maxSplits: 1).map(String.init)
            let start = try Self.samples(times.first ?? "", "--bed-loop \(text)")
            var end: Int64?
            if times.count == 2 { end = try Self.samples(times[1], "--bed-loop \(text)") }
            beds[place].loop = BedSource.Loop(start: start, end: end, crossfade: crossfade)
        }
        return beds
    }

    /// Reads `4800` (samples at 48 kHz) or `0.1s`.
    private static func samples(_ text: String, _ option: String) throws(Fault) -> Int64 {
        let most = Int64(48_000) * 86_400
        let samples =
            text.hasSuffix("s")
            ? Decimal(string: String(text.dropLast()), locale: nil).map {
                NSDecimalNumber(decimal: $0 * 48_000).int64Value
            }
            : Int64(text)
        let isPlain = text.dropLast().allSatisfy { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard isPlain, let samples, (0...most).contains(samples) else {
            throw Fault(
                .usage,
                "\(option): '\(text)' is no time; write samples at 48 kHz, such as 4800, or seconds, such as 0.1s")
        }
        return samples
    }
}

/// The values of `--channels`.
enum ChannelChoice: String, ExpressibleByArgument, CaseIterable {
    case mono = "1"
    case stereo = "2"
    case surround = "5.1"

    var count: Int {
        switch self {
        case .mono: 1
        case .stereo: 2
        case .surround: 6
        }
    }
}

/// The values of `--damaged-sound`.
enum DamagedSound: String, ExpressibleByArgument, CaseIterable {
    case refuse
    case silence
}

/// How loud an edition's beds and clips are, for people.
enum LoudnessTable {
    /// A row for each bed and, if wanted, each clip: what it measured, by how much it was turned up, what it measures now.
    static func lines(_ report: Ingest.SoundReport, clips: Bool = true) -> [String] {
        let beds = report.beds.map { ["bed '\($0.name)'"] + columns($0.levels) }
        return Terminal.table(
            beds + (clips ? report.clips.map { ["sound of (\($0.name), \($0.type ?? ""))"] + columns($0.levels) } : []))
    }

    static func columns(_ levels: SoundLevels?) -> [String] {
        guard let levels else { return ["silent"] }
        func level(_ value: Decibels?, _ unit: String) -> String { value.map { "\($0) \(unit)" } ?? "not measured" }
        return [
            level(levels.source, "LUFS"), "\(levels.gain.hundredths < 0 ? "" : "+")\(levels.gain) dB",
            level(levels.loudness, "LUFS"), level(levels.truePeak, "dBTP") + (levels.isLimited ? ", limited" : ""),
        ]
    }
}
