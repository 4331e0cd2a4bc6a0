internal import FFmpeg
private import Foundation

/// Sound between its samples: three more values in each gap, by a windowed sinc, as true peaks are measured (ITU-R BS.1770-4,
/// annex 2).
struct Oversampling: Sendable {
    /// Samples that a value between two depends on, on either side.
    static let reach = 12
    /// The filters of the values a quarter, a half and three quarters of a sample on.
    private let filters: [[Float]]
    /// By how much a value between samples can exceed the largest of them, at most.
    let largestGain: Float

    static let standard = Oversampling()

    private init() {
        filters = (1...3).map { Self.filter(Double($0) / 4) }
        largestGain = filters.map { $0.reduce(0) { $0 + abs($1) } }.max() ?? 1
    }

    /// The taps for samples −11 to 12 around a gap, for a value `offset` behind sample 0.
    private static func filter(_ offset: Double) -> [Float] {
        let taps = (1 - reach...reach).map { tap -> Double in
            let x = Double(tap) - offset
            let window = 0.5 + 0.5 * cos(.pi * x / Double(reach + 1))
            return sin(.pi * x) / (.pi * x) * window
        }
        let sum = taps.reduce(0, +)
        return taps.map { Float($0 / sum) }
    }

    /// The largest absolute value from sample `index` to the next, both included; `reach` samples on either side are read.
    func peak(_ samples: UnsafeBufferPointer<Float>, at index: Int) -> Float {
        var largest = max(abs(samples[index]), abs(samples[index + 1]))
        let first = index + 1 - Self.reach
        for filter in filters {
            var sum: Float = 0
            for tap in filter.indices { sum += filter[tap] * samples[first + tap] }
            largest = max(largest, abs(sum))
        }
        return largest
    }

    /// Calls `body` with every gap between two samples in which a peak above `threshold` may be, and its peak; `body` returns the
    /// threshold from there on. The first and last `reach` samples only help to tell.
    func forEachPeak(
        in samples: UnsafeBufferPointer<Float>, above threshold: Float, _ body: (Int, Float) -> Float
    ) {
        let reach = Self.reach
        var threshold = threshold
        var start = reach - 1
        while start + reach < samples.count {
            let end = min(start + Self.stride, samples.count - reach)
            var largest: Float = 0
            for index in start + 1 - reach..<end + reach { largest = max(largest, abs(samples[index])) }
            // No value between samples exceeds them by more: most of a sound need not be looked into.
            if largest * largestGain > threshold {
                for index in start..<end {
                    let peak = peak(samples, at: index)
                    if peak > threshold { threshold = body(index, peak) }
                }
            }
            start = end
        }
    }

    private static let stride = 64
}

/// Measures the true peak of sound that comes in pieces.
struct TruePeakMeter {
    /// The largest value so far; 1 is full scale.
    private(set) var peak: Float = 0
    private var history: SampleBlock

    init(channels: Int) {
        history = SampleBlock(silence: 2 * Oversampling.reach, channels: channels)
    }

    /// Takes the next samples.
    mutating func add(_ block: SampleBlock) {
        var window = history
        window.append(block)
        var largest = peak
        for channel in window.channels {
            channel.withUnsafeBufferPointer { samples in
                Oversampling.standard.forEachPeak(in: samples, above: largest) { _, peak in
                    largest = peak
                    return peak
                }
            }
        }
        peak = largest
        history = window[max(0, window.count - 2 * Oversampling.reach)..<window.count]
    }

    /// Takes silence after the last sample.
    mutating func finish() {
        add(SampleBlock(silence: 2 * Oversampling.reach, channels: history.channels.count))
    }
}
