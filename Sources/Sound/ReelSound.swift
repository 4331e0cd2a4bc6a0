public import Plans
private import Foundation

/// Where each AAC frame of a reel's sound comes from: the bed's own between an encoded beginning and an encoded end.
///
/// Pure arithmetic. Frames are counted from the reel's first; `bedStart` turns them into the bed's.
public struct ReelSound: Sendable, Equatable {
    /// The bed's AAC frame with which the reel begins; 0 without a bed.
    public let bedStart: Int64
    /// AAC frames of the reel: the sound never lasts longer than the picture.
    public let count: Int64
    /// AAC frames until the sound is the bed's own, sample for sample; at least 3.
    public let fadeInFrames: Int64
    /// AAC frames before the end in which it is not; at least 2.
    public let fadeOutFrames: Int64
    /// How the sound rises.
    public let fadeInCurve: FadeCurve
    /// How the sound falls.
    public let fadeOutCurve: FadeCurve

    /// Lays out the sound of a reel.
    ///
    /// - Parameters:
    ///   - samples: how long the picture lasts; the sound ends with the last whole AAC frame before.
    ///   - audio: resolved settings. `start` is rounded down to an AAC frame. `fadeIn` is rounded up to whole AAC frames, at
    ///     least 3: the first decodes to garbage unless it is silent, the second fades in, the third hands over. `fadeOut` is
    ///     rounded up to whole AAC frames, at least 2: the first hands over, the rest fades.
    public init(samples: Int64, _ audio: AudioSettings) {
        let size = Int64(SoundFormat.samplesPerFrame)
        bedStart = (audio.start ?? 0) / size
        count = samples / size
        fadeInFrames = max(3, ((audio.fadeIn ?? AudioSettings.defaultFadeIn) + size - 1) / size)
        fadeOutFrames = max(2, ((audio.fadeOut ?? AudioSettings.defaultFadeOut) + size - 1) / size)
        fadeInCurve = audio.fadeInCurve ?? .smooth
        fadeOutCurve = audio.fadeOutCurve ?? .smooth
    }

    /// The AAC frames that are taken from the bed; decoded samples are exact from the second of them on, since frames overlap.
    /// Empty when the reel is so short that its fades meet.
    var own: Range<Int64> {
        let first = min(fadeInFrames - 1, count)
        return first..<max(first, count - fadeOutFrames)
    }

    /// The AAC frames of `range` that are encoded for the reel: those before and those after `own`.
    func encoded(in range: Range<Int64>) -> [Range<Int64>] {
        [range.clamped(to: 0..<own.lowerBound), range.clamped(to: own.upperBound..<max(own.upperBound, count))]
    }

    /// The gain of sample `sample` of the reel, from 0 to 1: 0 in the first AAC frame and after the end, 1 between the fades.
    func gain(at sample: Int64) -> Float {
        let size = Int64(SoundFormat.samplesPerFrame)
        let rise = Self.step(sample, from: size, to: (fadeInFrames - 1) * size)
        let rest = 1 - Self.step(sample, from: (count - fadeOutFrames + 1) * size, to: count * size)
        return fadeInCurve.gain(rise) * fadeOutCurve.gain(rest)
    }

    /// The gains of the samples of a range; `nil` where all are 1.
    public func gains(in range: Range<Int64>) -> [Float]? {
        let size = Int64(SoundFormat.samplesPerFrame)
        let flat = (fadeInFrames - 1) * size..<max((fadeInFrames - 1) * size, (count - fadeOutFrames + 1) * size)
        if flat.lowerBound <= range.lowerBound, range.upperBound <= flat.upperBound { return nil }
        return range.map { gain(at: $0) }
    }

    /// How far `sample` has come from `start` to `end`, from 0 to 1.
    static func step(_ sample: Int64, from start: Int64, to end: Int64) -> Float {
        if sample < start { return 0 }
        if sample >= end { return 1 }
        return Float(sample - start) / Float(end - start)
    }
}

extension FadeCurve {
    /// The gain at a point from 0 (silence) to 1 (all of the sound).
    func gain(_ point: Float) -> Float {
        switch self {
        case _ where point <= 0: 0
        case _ where point >= 1: 1
        case .smooth: point * point * (3 - 2 * point)
        case .linear: point
        case .equalPower: sin(point * .pi / 2)
        // From −60 dB, less what would be left at the end: it begins and ends at 0 and 1.
        case .exponential: (pow(1_000, point) - 1) / 999
        }
    }
}
