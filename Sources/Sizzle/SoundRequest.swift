private import Conditioning
public import Diagnostics
private import Editions
private import Editorial
private import FFmpeg
private import Foundation
public import MediaTime
public import Plans
public import Sequencing
public import Sound

/// How an ingest takes sound: the beds, the clips' own sound, and the mixes that are made ahead.
public struct SoundRequest: Sendable {
    /// Channels, bit rate and loudness of everything.
    public var settings = SoundSettings()
    /// The beds; the first is the default one.
    public var beds: [Ingest.BedRequest] = []
    /// The Mega Asset's sound track; `nil` for its first.
    public var track: TrackChoice?
    /// Whether the clips' own sound is kept, where the Mega Asset has sound.
    public var keepsClips = true
    /// Whether sound of clips that cannot be decoded becomes silence; else the ingest fails.
    public var toleratesDamage = false
    /// How much louder or softer than others clips are.
    public var gains: [ClipGain] = []
    /// How clips are mixed over beds where a plan says nothing else.
    public var ducking = Ducking()
    /// The cadences at whose slots mixes are made ahead.
    public var cadences: [Cadence] = []
    /// How many clips and mixes are worked on at a time.
    public var jobs = 1

    /// Beds and clips at their own level, stereo.
    public init() {}

    /// A sound track of a file.
    public enum TrackChoice: Sendable, Equatable {
        /// By its number among the sound tracks, from 0.
        case number(Int)
        /// The first in a language, by its ISO 639 code of two or three letters.
        case language(String)

        /// Reads `1`, `de` or `deu`.
        /// - Throws: `Fault` (`usage`) when it is neither.
        public init(_ text: String) throws(Fault) {
            if let number = Int(text), (0...999).contains(number) {
                self = .number(number)
            } else if (2...3).contains(text.count), text.allSatisfy({ $0.isASCII && $0.isLetter }) {
                self = .language(text.lowercased())
            } else {
                throw Fault(
                    .usage, "--audio-track \(text): is neither a number from 0 nor a language such as de or deu")
            }
        }
    }

    /// The gain of a title's clips, or of one of them.
    public struct ClipGain: Sendable, Equatable {
        /// `TITLE` or `TITLE/TYPE`.
        public var clip: String
        /// By how much they are turned up after normalising.
        public var gain: Decibels

        /// Reads `TITLE=DB` or `TITLE/TYPE=DB`.
        /// - Throws: `Fault` (`usage`) when it is neither.
        public init(_ text: String) throws(Fault) {
            guard let equals = text.lastIndex(of: "="), equals > text.startIndex,
                let value = Double(text[text.index(after: equals)...]), abs(value) <= 60,
                let gain = Decibels(nearest: value)
            else {
                throw Fault(.usage, "--clip-gain \(text): write TITLE=DB or TITLE/TYPE=DB, from -60 to 60 dB")
            }
            clip = String(text[..<equals])
            self.gain = gain
        }
    }
}

extension SoundRequest {
    /// The number of the wanted sound track of a file, among its sound tracks; `nil` when it has no sound and none was asked for.
    /// - Throws: `Fault` (`badInput`) when the one that was asked for is missing; it lists what there is.
    func track(of path: String) throws -> Int? {
        let tracks = try Demuxer.open(path).streams.filter { $0.kind == .audio }
        switch track {
        case nil: return tracks.isEmpty ? nil : 0
        case .number(let number) where tracks.indices.contains(number): return number
        case .number(let number): throw Self.missing("\(number)", path, tracks.map(\.language))
        case .language(let code):
            let wanted = Self.normalised(code)
            guard let found = tracks.firstIndex(where: { Self.normalised($0.language) == wanted }) else {
                throw Self.missing(code, path, tracks.map(\.language))
            }
            return found
        }
    }

    private static func missing(_ wanted: String, _ path: String, _ languages: [String]) -> Fault {
        let list = languages.enumerated().map { "\($0) (\($1))" }.joined(separator: ", ")
        return Fault(
            .badInput, "--audio-track \(wanted): \(path) has \(list.isEmpty ? "no sound" : "the sound tracks " + list)")
    }

    /// A language's code in one of its forms: German is `de`, `deu` and, in films, mostly `ger`.
    private static func normalised(_ code: String) -> String {
        let code = code.lowercased()
        return bibliographic[code] ?? Locale.LanguageCode(code).identifier(.alpha3) ?? code
    }

    /// The codes of ISO 639-2/B that are others than those of ISO 639-2/T, which Foundation knows.
    private static let bibliographic = [
        "alb": "sqi", "arm": "hye", "baq": "eus", "bur": "mya", "chi": "zho", "cze": "ces", "dut": "nld", "fre": "fra",
        "geo": "kat", "ger": "deu", "gre": "ell", "ice": "isl", "mac": "mkd", "mao": "mri", "may": "msa", "per": "fas",
        "rum": "ron", "slo": "slk", "tib": "bod", "wel": "cym",
    ]

    /// The gain of a clip: that of the clip itself, else of its title.
    func gain(of clip: ClipLabel) -> Decibels {
        let own = gains.last { $0.clip == "\(clip.title)/\(clip.type)" } ?? gains.last { $0.clip == clip.title }
        return own?.gain ?? Decibels(hundredths: 0)
    }

    /// Refuses gains of clips that are not there.
    func checkGains(_ clips: [ClipLabel]) throws(Fault) {
        for gain in gains
        where !clips.contains(where: { $0.title == gain.clip || "\($0.title)/\($0.type)" == gain.clip }) {
            throw Fault(.usage, "--clip-gain \(gain.clip)=\(gain.gain): the clip index has no such title or clip")
        }
    }

    /// Takes the sound of an edition's clips; `nil` where none is kept.
    func clipSound(
        _ footage: Footage, of path: String, track: Int?, into library: Library,
        progress: @escaping ProgressHandler
    ) throws -> ClipSoundMaker.Made? {
        guard keepsClips, let track else { return nil }
        let sources = footage.clips.map { clip in
            ClipSoundSource(
                name: "(\(clip.title), \(clip.type))",
                samples: footage.sample(at: clip.range.start)..<footage.sample(at: clip.range.end), gain: gain(of: clip)
            )
        }
        return try ClipSoundMaker(settings, toleratesDamage: toleratesDamage, jobs: jobs).make(
            sources, of: path, track: track, ducking: ducking, into: library, progress: progress)
    }
}
