public import Diagnostics
public import MediaTime

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
    /// How the sound rises at the beginning. Default `smooth`.
    public var fadeInCurve: FadeCurve?
    /// How the sound falls at the end. Default `smooth`.
    public var fadeOutCurve: FadeCurve?
    /// With `mix`: by how much the bed is turned down under a clip's sound, in dB. Default: the edition's, else 12.
    public var duck: Decibels?
    /// With `mix`: samples in which the bed is turned down. Default: the edition's, else 4,800 (100 ms).
    public var attack: Int64?
    /// With `mix`: samples in which the bed is turned up again before the clip's end. Default: the edition's, else 14,400.
    public var release: Int64?

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
        public init(from decoder: any Decoder) throws { self = try decoder.oneOf(Self.self, "mode") }
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
        bed: String? = nil, mode: Mode? = nil, start: Int64? = nil, fadeIn: Int64? = nil, fadeOut: Int64? = nil,
        fadeInCurve: FadeCurve? = nil, fadeOutCurve: FadeCurve? = nil, duck: Decibels? = nil, attack: Int64? = nil,
        release: Int64? = nil
    ) {
        self.bed = bed
        self.mode = mode
        self.start = start
        self.fadeIn = fadeIn
        self.fadeOut = fadeOut
        self.fadeInCurve = fadeInCurve
        self.fadeOutCurve = fadeOutCurve
        self.duck = duck
        self.attack = attack
        self.release = release
    }

    /// These settings with nothing left open, for an edition with `beds` (its first is the default one).
    ///
    /// Keys that the mode has no use for become `nil`, and so does a curve that is the default, so two settings that sound alike
    /// resolve to the same value: `none` keeps the mode alone, `clip` drops the bed and its start.
    ///
    /// - Parameter ducking: how the edition mixes; `nil` where its clips have no sound.
    /// - Throws: `Fault` `.badInput` for a bed that the edition has not, or a mode that needs a bed or clip sound where
    ///   there is none.
    public func resolved(beds: [String], ducking: Ducking? = nil) throws(Fault) -> AudioSettings {
        let mode = self.mode ?? (beds.isEmpty ? (ducking != nil ? .clip : .none) : .bed)
        if mode == .clip || mode == .mix, ducking == nil {
            throw Fault(
                .badInput,
                "audio.mode: '\(mode.rawValue)' needs clips with sound, and this edition keeps none of its clips'; use "
                    + "'bed' or 'none', or ingest a Mega Asset with sound")
        }
        guard mode != .none else { return AudioSettings(mode: mode) }
        var settings = AudioSettings(
            mode: mode, fadeIn: fadeIn ?? Self.defaultFadeIn, fadeOut: fadeOut ?? Self.defaultFadeOut,
            fadeInCurve: fadeInCurve == .smooth ? nil : fadeInCurve,
            fadeOutCurve: fadeOutCurve == .smooth ? nil : fadeOutCurve)
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
        guard mode == .mix, let ducking else { return settings }
        settings.duck = duck ?? ducking.duck
        settings.attack = attack ?? ducking.attack
        settings.release = release ?? ducking.release
        return settings
    }

    /// Refuses what no reel can have.
    ///
    /// - Throws: `Fault` `.badInput` for a negative or endless start or fade and a blank bed, without the file's name.
    func check() throws(Fault) {
        let lengths = [
            ("start", start), ("fadeIn", fadeIn), ("fadeOut", fadeOut), ("attack", attack), ("release", release),
        ]
        for (key, samples) in lengths {
            if let samples, samples < 0 {
                throw Fault(.badInput, "audio.\(key): \(samples) is negative; it counts samples from 0")
            }
            if let samples, samples > Self.longest {
                throw Fault(
                    .badInput, "audio.\(key): \(samples) samples are longer than a year; it counts samples from 0")
            }
        }
        if let duck, !Ducking.range.contains(duck) {
            throw Fault(.badInput, "audio.duck: \(duck) is not from 0 to 60 dB; it says how far the bed is turned down")
        }
        if let bed, let flaw = flaw(inName: bed) { throw Fault(.badInput, "audio.bed: the name \(flaw)") }
    }
}

/// How sound rises from silence to its level, or falls.
public enum FadeCurve: String, Sendable, Codable, CaseIterable {
    /// A smooth step, 3x² − 2x³: without a corner at either end.
    case smooth
    /// A straight line in amplitude.
    case linear
    /// A quarter of a sine: two such fades over each other keep their power.
    case equalPower
    /// A straight line in decibels, from −60 dB.
    case exponential

    /// Decodes the curve's name.
    public init(from decoder: any Decoder) throws { self = try decoder.oneOf(Self.self, "curve") }
}

/// How a clip's sound is laid over the bed.
public struct Ducking: Sendable, Codable, Hashable {
    /// By how much the bed is turned down under a clip's sound.
    public var duck: Decibels
    /// Samples in which it is turned down after a seam.
    public var attack: Int64
    /// Samples in which it is turned up again before the next seam.
    public var release: Int64

    /// How far a bed can be turned down.
    public static let range = Decibels(hundredths: 0)...Decibels(hundredths: 6_000)

    /// Describes a mix. Defaults: 12 dB, in 100 ms, back in 300 ms.
    public init(duck: Decibels = Decibels(hundredths: 1_200), attack: Int64 = 4_800, release: Int64 = 14_400) {
        self.duck = duck
        self.attack = attack
        self.release = release
    }
}

extension Decoder {
    /// One of the names of an enumeration; the error lists them.
    fileprivate func oneOf<Choice: RawRepresentable<String> & CaseIterable>(
        _: Choice.Type, _ noun: String
    ) throws -> Choice {
        let container = try singleValueContainer()
        let name = try container.decode(String.self)
        guard let choice = Choice(rawValue: name) else {
            let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(printable(name))' is not a \(noun); use one of \(known)")
        }
        return choice
    }
}
