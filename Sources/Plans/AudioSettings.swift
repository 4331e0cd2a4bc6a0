public import Diagnostics

/// The sound of a reel. Every key may be left out.
public struct AudioSettings: Sendable, Equatable, Codable {
    /// The name of the bed; `nil` is the edition's first.
    public var bed: String?
    /// What is heard; `nil` is `bed` where the edition has a bed, else `clip` where its clips have sound, else `none`.
    public var mode: Mode?
    /// The sample of the bed (48 kHz) at which the reel begins; rounded down to a multiple of 1,024. Default 0.
    public var start: Int64?
    /// After this many samples the sound is the bed's own, sample for sample. Default 3,072.
    public var fadeIn: Int64?
    /// For this many samples before the end the sound fades to silence. Default 48,000.
    public var fadeOut: Int64?

    /// Where a reel's sound comes from.
    public enum Mode: String, Sendable, Codable, CaseIterable {
        /// The bed alone.
        case bed
        /// The clips' sound over the ducked bed.
        case mix
        /// The clips' sound alone.
        case clip
        /// No sound at all.
        case none

        /// Whether the mode plays a bed.
        public var needsBed: Bool { self == .bed || self == .mix }

        /// Decodes the mode's name.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            let name = try container.decode(String.self)
            guard let mode = Mode(rawValue: name) else {
                let known = Mode.allCases.map(\.rawValue).joined(separator: ", ")
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "'\(printable(name))' is not a mode; use one of \(known)")
            }
            self = mode
        }
    }

    /// Samples of the head: an AAC stream needs its first frame silent and fades in over the next two.
    public static let defaultFadeIn: Int64 = 3_072
    /// Samples of the fade at the end: one second.
    public static let defaultFadeOut: Int64 = 48_000
    /// The largest start and fade: no sound is longer than a year, and sums of these stay far from the limits of 64 bits.
    static let longest: Int64 = 1 << 41
    /// Samples of an AAC frame; a bed begins at a multiple of it.
    public static let frameSamples: Int64 = 1_024

    /// Makes settings; what is `nil` takes its default when a reel is made.
    public init(
        bed: String? = nil, mode: Mode? = nil, start: Int64? = nil, fadeIn: Int64? = nil, fadeOut: Int64? = nil
    ) {
        self.bed = bed
        self.mode = mode
        self.start = start
        self.fadeIn = fadeIn
        self.fadeOut = fadeOut
    }

    /// These settings with nothing left open, for an edition with `beds` (its first is the default one).
    ///
    /// Keys that the mode has no use for become `nil`, so two settings that sound alike resolve to the same value: `none`
    /// keeps the mode alone, `clip` drops the bed and its start.
    ///
    /// - Throws: `Fault` `.badInput` for a bed that the edition has not, or a mode that needs a bed or clip sound where
    ///   there is none.
    public func resolved(beds: [String], clipsHaveSound: Bool = false) throws(Fault) -> AudioSettings {
        let mode = self.mode ?? (beds.isEmpty ? (clipsHaveSound ? .clip : .none) : .bed)
        if mode == .clip || mode == .mix, !clipsHaveSound {
            throw Fault(.badInput, "audio.mode: '\(mode.rawValue)' needs clips with sound; this edition's have none")
        }
        guard mode != .none else { return AudioSettings(mode: mode) }
        var settings = AudioSettings(
            mode: mode, fadeIn: fadeIn ?? Self.defaultFadeIn, fadeOut: fadeOut ?? Self.defaultFadeOut)
        guard mode.needsBed else { return settings }
        guard let bed = self.bed ?? beds.first else {
            throw Fault(.badInput, "audio.mode: '\(mode.rawValue)' needs a bed; this edition has none")
        }
        guard beds.contains(bed) else {
            let known = beds.isEmpty ? "it has none" : "it has " + beds.map { printable($0) }.joined(separator: ", ")
            throw Fault(.badInput, "audio.bed: this edition has no bed '\(printable(bed))'; \(known)")
        }
        settings.bed = bed
        settings.start = (start ?? 0) / Self.frameSamples * Self.frameSamples
        return settings
    }

    /// Refuses what no reel can have.
    ///
    /// - Throws: `Fault` `.badInput` for a negative or endless start or fade and a blank bed, without the file's name.
    func check() throws(Fault) {
        for (key, samples) in [("start", start), ("fadeIn", fadeIn), ("fadeOut", fadeOut)] {
            if let samples, samples < 0 {
                throw Fault(.badInput, "audio.\(key): \(samples) is negative; it counts samples from 0")
            }
            if let samples, samples > Self.longest {
                throw Fault(
                    .badInput, "audio.\(key): \(samples) samples are longer than a year; it counts samples from 0")
            }
        }
        if let bed, let flaw = flaw(inName: bed) { throw Fault(.badInput, "audio.bed: the name \(flaw)") }
    }
}
