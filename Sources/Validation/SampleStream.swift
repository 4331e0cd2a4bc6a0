internal import FFmpeg

/// Decoded sound as one row of samples.
struct SampleStream: ~Copyable {
    private var reader: AudioReader
    private var waiting: SampleBlock?
    private var first: Int64?
    private var taken: Int64 = 0

    init(_ reader: consuming AudioReader) { self.reader = reader }

    /// The number of the first sample.
    mutating func start() throws -> Int64 {
        try fill(1)
        return first ?? 0
    }

    private mutating func fill(_ count: Int) throws {
        while (waiting?.count ?? 0) < count, let run = try reader.next() {
            if first == nil { first = run.start }
            if waiting == nil { waiting = run.block } else { waiting?.append(run.block) }
        }
    }

    /// The next `count` samples; `nil` when there are fewer.
    mutating func take(_ count: Int) throws -> SampleBlock? {
        try fill(count)
        guard let available = waiting, available.count >= count else { return nil }
        waiting = available[count..<available.count]
        taken += Int64(count)
        return available[0..<count]
    }

    mutating func skip(_ count: Int64) throws {
        var left = count
        while left > 0, try take(Int(min(left, 8_192))) != nil { left -= min(left, 8_192) }
    }

    /// All samples of the track, after reading on to its end.
    mutating func lengthToEnd() throws -> Int64 {
        var total = taken + Int64(waiting?.count ?? 0)
        while let run = try reader.next() { total += Int64(run.block.count) }
        return total
    }
}
