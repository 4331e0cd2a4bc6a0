/// Where each AAC frame of a reel's sound comes from: the bed's own between an encoded beginning and an encoded end.
///
/// Pure arithmetic. Frames are counted from the reel's first; `bedStart` turns them into the bed's.
public struct ReelSound: Sendable, Equatable {
    /// The bed's AAC frame with which the reel begins.
    public let bedStart: Int64
    /// AAC frames of the reel: the sound never lasts longer than the picture.
    public let count: Int64
    /// AAC frames until the sound is the bed's own, sample for sample; at least 3.
    public let fadeInFrames: Int64
    /// AAC frames before the end in which it is not; at least 2.
    public let fadeOutFrames: Int64

    /// Lays out the sound of a reel.
    ///
    /// - Parameters:
    ///   - samples: how long the picture lasts; the sound ends with the last whole AAC frame before.
    ///   - start: the sample of the bed with which the reel begins, rounded down to an AAC frame.
    ///   - fadeIn: samples until the sound is the bed's own, rounded up to whole AAC frames, at least 3: the first decodes to
    ///     garbage unless it is silent, the second fades in, the third hands over.
    ///   - fadeOut: samples in which the sound fades to silence, rounded up to whole AAC frames, at least 2: the first hands
    ///     over, the rest fades.
    public init(samples: Int64, start: Int64, fadeIn: Int64, fadeOut: Int64) {
        let size = Int64(SoundFormat.samplesPerFrame)
        bedStart = start / size
        count = samples / size
        fadeInFrames = max(3, (fadeIn + size - 1) / size)
        fadeOutFrames = max(2, (fadeOut + size - 1) / size)
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

    /// The AAC frames of the reel that are whole parts of the bed; empty when there is none.
    func wholeParts(framesPerPart: Int64) -> Range<Int64> {
        let first = (bedStart + own.lowerBound + framesPerPart - 1) / framesPerPart * framesPerPart - bedStart
        let end = (bedStart + own.upperBound) / framesPerPart * framesPerPart - bedStart
        return first < end ? first..<end : 0..<0
    }

    /// The gain of sample `sample` of the reel, from 0 to 1: 0 in the first AAC frame and after the end, and a smooth step
    /// (3x² − 2x³) where it fades.
    func gain(at sample: Int64) -> Float {
        let size = Int64(SoundFormat.samplesPerFrame)
        let rise = smoothStep(sample, from: size, to: (fadeInFrames - 1) * size)
        let fall = smoothStep(sample, from: (count - fadeOutFrames + 1) * size, to: count * size)
        return rise * (1 - fall)
    }

    private func smoothStep(_ sample: Int64, from start: Int64, to end: Int64) -> Float {
        if sample < start { return 0 }
        if sample >= end { return 1 }
        let x = Float(sample - start) / Float(end - start)
        return x * x * (3 - 2 * x)
    }
}
