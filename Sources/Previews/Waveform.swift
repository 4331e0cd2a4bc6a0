internal import Diagnostics
internal import FFmpeg

/// The outline of a sound: its smallest and largest sample in short steps, all channels together.
public struct Waveform: Sendable, Equatable {
    /// Samples in a step.
    static let step = 16
    /// How many samples the sound has, at 48 kHz.
    public let samples: Int64
    private let outline: [Span]

    /// The smallest and the largest value of a run of samples; full scale is −1 to 1.
    struct Span: Sendable, Equatable {
        var low: Float
        var high: Float

        static let silence = Span(low: 0, high: 0)

        mutating func widen(to other: Span) {
            low = min(low, other.low)
            high = max(high, other.high)
        }
    }

    /// Decodes the sound of a file.
    /// - Throws: `FFmpegError` when it has none, or it cannot be decoded.
    public static func read(_ path: String) throws -> Waveform {
        var reader = try AudioReader.open(path, sampleRate: 48_000, channels: 2)
        var outline: [Span] = []
        var count: Int64 = 0
        while let run = try reader.next() {
            try Interruption.check()
            for channel in run.block.channels {
                for (offset, sample) in channel.enumerated() {
                    let place = Int(count + Int64(offset)) / step
                    if place == outline.count { outline.append(.silence) }
                    outline[place].widen(to: Span(low: sample, high: sample))
                }
            }
            count += Int64(run.block.count)
        }
        if let damage = reader.damages.first { throw damage.error }
        return Waveform(samples: count, outline: outline)
    }

    /// The outline of a range of samples, in `columns` equal parts; silence beyond both ends.
    func spans(_ range: Range<Int64>, columns: Int) -> [Span] {
        (0..<columns).map { column in
            let start = range.lowerBound + Int64(range.count * column / columns)
            let end = max(start + 1, range.lowerBound + Int64(range.count * (column + 1) / columns))
            let first = max(0, start / Int64(Self.step))
            let last = min(Int64(outline.count), (end + Int64(Self.step) - 1) / Int64(Self.step))
            guard end > 0, first < last else { return .silence }
            return outline[Int(first)..<Int(last)].reduce(into: .silence) { $0.widen(to: $1) }
        }
    }

    /// The largest absolute value.
    var peak: Float { outline.reduce(0) { max($0, -$1.low, $1.high) } }
}
