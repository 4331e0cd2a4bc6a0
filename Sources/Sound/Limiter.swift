internal import FFmpeg

/// Keeps true peaks below a ceiling by turning the sound down around them, smoothly and without memory.
///
/// The gain at a sample depends on the samples up to `reach` before and after it and on nothing else, so that pieces of a sound
/// which are limited apart join as if they had been limited together.
struct Limiter: Sendable {
    /// The ceiling; 1 is full scale.
    let ceiling: Float
    /// How far before and behind a peak the sound is turned down: 10 ms.
    private static let half = 480
    /// Samples before and after a sample on which its gain depends.
    static let reach = 2 * half + Oversampling.reach

    /// The gain of each of a window's samples but the first and last `reach`; `nil` where all are 1.
    func gains(_ window: SampleBlock) -> [Float]? {
        guard window.count > 2 * Self.reach else { return nil }
        let loudest = window.channels.reduce(Float(0)) { $1.reduce($0) { max($0, abs($1)) } }
        guard loudest * Oversampling.standard.largestGain > ceiling else { return nil }
        var wanted = [Float](repeating: 1, count: window.count)
        for channel in window.channels { channel.withUnsafeBufferPointer { require($0, &wanted) } }
        guard wanted.contains(where: { $0 < 1 }) else { return nil }
        // The smallest gain that any sample within `half` wants, then a mean over `half` twice as fine: never above what is wanted.
        let smallest = slidingMinimum(wanted, over: Self.half)
        let smooth = movingAverage(movingAverage(smallest, over: Self.half / 2), over: Self.half / 2)
        return Array(smooth[Self.reach..<window.count - Self.reach])
    }

    private func require(_ samples: UnsafeBufferPointer<Float>, _ wanted: inout [Float]) {
        Oversampling.standard.forEachPeak(in: samples, above: ceiling) { index, peak in
            wanted[index] = min(wanted[index], ceiling / peak)
            wanted[index + 1] = min(wanted[index + 1], ceiling / peak)
            return ceiling
        }
    }
}

/// The smallest value within `half` of each place.
private func slidingMinimum(_ values: [Float], over half: Int) -> [Float] {
    var result = values
    // Places of values that may still be the smallest of a later window, the smallest first.
    var candidates: [Int] = []
    var first = 0
    for index in 0..<values.count + half {
        if index < values.count {
            while candidates.count > first, values[candidates[candidates.count - 1]] >= values[index] {
                candidates.removeLast()
            }
            candidates.append(index)
        }
        let centre = index - half
        guard centre >= 0 else { continue }
        while candidates[first] < centre - half { first += 1 }
        result[centre] = values[candidates[first]]
    }
    return result
}

/// The mean of the values within `half` of each place; 1 beyond both ends.
private func movingAverage(_ values: [Float], over half: Int) -> [Float] {
    let width = Double(2 * half + 1)
    var result = values
    func value(_ index: Int) -> Double { values.indices.contains(index) ? Double(values[index]) : 1 }
    var sum = (-half - 1..<half).reduce(0.0) { $0 + value($1) }
    for index in values.indices {
        sum += value(index + half) - value(index - half - 1)
        result[index] = Float(min(1, sum / width))
    }
    return result
}

/// Limits a sound that comes in pieces.
struct LimitedStream {
    private let limiter: Limiter
    /// What came last: the first `reach` samples of it have been handed out already.
    private var waiting: SampleBlock
    /// How much of the limiter's gain the samples of a range get, from 0 to 1.
    private let weights: ((Range<Int64>) -> [Float])?
    /// The number of the next sample to hand out.
    private var position: Int64
    private static let step = 16_384

    /// - Parameters:
    ///   - position: the number of the first sample.
    ///   - weights: how much of the limiter's gain the samples of a range get, from 0 to 1; `nil` for all of it everywhere.
    init(
        _ limiter: Limiter, channels: Int, from position: Int64 = 0, weights: ((Range<Int64>) -> [Float])? = nil
    ) {
        self.limiter = limiter
        self.position = position
        self.weights = weights
        waiting = SampleBlock(silence: Limiter.reach, channels: channels)
    }

    /// Takes the next samples; calls `body` with those that are done.
    mutating func add(_ block: SampleBlock, _ body: (SampleBlock) throws -> Void) rethrows {
        waiting.append(block)
        if waiting.count >= Self.step + 2 * Limiter.reach { try hand(body) }
    }

    /// Calls `body` with the last samples.
    mutating func finish(_ body: (SampleBlock) throws -> Void) rethrows {
        waiting.append(SampleBlock(silence: Limiter.reach, channels: waiting.channels.count))
        try hand(body)
    }

    private mutating func hand(_ body: (SampleBlock) throws -> Void) rethrows {
        let reach = Limiter.reach
        guard waiting.count > 2 * reach else { return }
        var core = waiting[reach..<waiting.count - reach]
        let range = position..<position + Int64(core.count)
        position = range.upperBound
        if let gains = limiter.gains(waiting) {
            core.multiply(by: weights.map { zip(gains, $0(range)).map { 1 + ($0 - 1) * $1 } } ?? gains)
        }
        waiting = waiting[waiting.count - 2 * reach..<waiting.count]
        try body(core)
    }
}
