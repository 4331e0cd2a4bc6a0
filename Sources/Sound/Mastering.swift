internal import Diagnostics
internal import Editions
internal import FFmpeg
private import Foundation
internal import MediaTime

/// How a sound is brought to its loudness: a gain for all of it, and a ceiling for its peaks.
///
/// Loudness and peak are those of `core`, what is heard; what lies around it takes part in nothing but the same gain.
struct Mastering {
    /// By how much all of it is turned up.
    private(set) var gain: Decibels
    /// What peaks are limited to, in dBTP; `nil` where no peak reaches it.
    private(set) var ceiling: Decibels?
    /// What the source measures.
    private(set) var source: Decibels?
    /// What it measures with gain and ceiling.
    private(set) var loudness: Decibels?
    private let spool: SampleSpool
    private let core: Range<Int64>
    /// The loudness that is wanted, in hundredths, and the most that it may be turned up; `nil` where it stays as it is.
    private var wanted: (loudness: Int32, gain: Int32)?
    /// The loudness that is to be heard, in hundredths.
    private var aim: Int32 = 0
    /// What peaks are limited to, if any must be.
    private let limit: Decibels
    private let peak: Float

    /// Measures a sound and finds its gain.
    /// - Parameters:
    ///   - core: the samples that are heard.
    ///   - target: the loudness that it is brought to; `nil` leaves it as it is, but for `offset`.
    ///   - ceiling: what its peaks are limited to, with a target.
    ///   - offset: what an editor wants it louder or softer than others.
    init(
        _ spool: SampleSpool, core: Range<Int64>, target: Decibels?, ceiling: Decibels,
        offset: Decibels = Decibels(hundredths: 0)
    ) throws {
        self.spool = spool
        self.core = core
        limit = ceiling
        gain = offset
        var meter = try LoudnessMeter.open(sampleRate: SoundFormat.sampleRate, channels: spool.channels)
        var peaks = TruePeakMeter(channels: spool.channels)
        try spool.forEachBlock(in: core) {
            try meter.add($0)
            if target != nil { peaks.add($0) }
        }
        peak = peaks.peak
        source = meter.loudness.flatMap(Decibels.init(nearest:))
        if let target {
            aim = target.hundredths + offset.hundredths
            wanted = (aim, SoundSettings.largestGain.hundredths + offset.hundredths)
        }
        try settle()
    }

    /// Finds the gain that gives the wanted loudness, with peaks limited where they have to be.
    private mutating func settle() throws {
        guard let wanted else {
            loudness = source.map { Decibels(hundredths: $0.hundredths + gain.hundredths) }
            return
        }
        if let source { gain = Decibels(hundredths: min(wanted.gain, wanted.loudness - source.hundredths)) }
        if ceiling == nil, Decibels(peak: peak * gain.factor).map({ $0 > limit }) ?? false { ceiling = limit }
        loudness = source.map { Decibels(hundredths: $0.hundredths + gain.hundredths) }
        guard ceiling != nil, source != nil else { return }
        // Limiting takes some of the loudness.
        for _ in 0..<4 {
            var meter = try LoudnessMeter.open(sampleRate: SoundFormat.sampleRate, channels: spool.channels)
            try forEachBlock(in: core) { try meter.add($0) }
            loudness = meter.loudness.flatMap(Decibels.init(nearest:))
            let missing = wanted.loudness - (loudness?.hundredths ?? wanted.loudness)
            guard abs(missing) > 10, gain.hundredths < wanted.gain || missing < 0 else { return }
            gain = Decibels(hundredths: min(wanted.gain, gain.hundredths + missing))
        }
    }

    /// Makes up for what the codec does to loudness and peaks.
    /// - Parameters:
    ///   - heard: the loudness as it decodes.
    ///   - peak: the true peak as it decodes.
    ///   - allowed: what the peak may be.
    /// - Returns: whether anything has changed, so that it has to be encoded again.
    mutating func correct(heard: Decibels?, peak: Decibels?, allowed: Decibels) throws -> Bool {
        guard let target = wanted else { return false }
        var isChanged = false
        if let peak, peak > allowed {
            ceiling = Decibels(hundredths: (ceiling ?? limit).hundredths - (peak.hundredths - allowed.hundredths) - 10)
            isChanged = true
        }
        if let heard, source != nil {
            let missing = aim - heard.hundredths
            if abs(missing) > 20, missing < 0 || gain.hundredths < target.gain {
                wanted = (target.loudness + missing, target.gain)
                isChanged = true
            }
        }
        if isChanged { try settle() }
        return isChanged
    }

    /// Calls `body` with all samples as they are to be kept.
    func forEachBlock(_ body: (SampleBlock) throws -> Void) throws {
        try forEachBlock(in: 0..<spool.count, body)
    }

    private func forEachBlock(in range: Range<Int64>, _ body: (SampleBlock) throws -> Void) throws {
        let factor = gain.factor
        guard let ceiling else {
            return try spool.forEachBlock(in: range) { block in
                var block = block
                if factor != 1 { block.multiply(by: factor) }
                try body(block)
            }
        }
        var limited = LimitedStream(Limiter(ceiling: ceiling.factor), channels: spool.channels)
        try spool.forEachBlock(in: range) { block in
            var block = block
            block.multiply(by: factor)
            try limited.add(block, body)
        }
        try limited.finish(body)
    }

    /// The figures, with what is heard: where it is not told, it is as loud as what is kept.
    func levels(heard: Decibels? = nil, truePeak: Float) -> SoundLevels {
        SoundLevels(
            source: source, gain: gain, loudness: heard ?? loudness, truePeak: Decibels(peak: truePeak),
            isLimited: ceiling != nil)
    }
}

extension Decibels {
    /// By how much it multiplies samples.
    var factor: Float { hundredths == 0 ? 1 : Float(pow(10, value / 20)) }

    /// The level of a peak, 1 being full scale; `nil` for silence.
    init?(peak: Float) { self.init(nearest: 20 * log10(Double(peak))) }
}
