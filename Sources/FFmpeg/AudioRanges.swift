extension AudioReader {
    /// Calls `body` with the samples `[start, end)` of a track in pieces, silence where the track has none.
    /// - Parameter seeking: whether to begin at the range rather than at the file's beginning; exact for FLAC and PCM.
    /// - Throws: `FFmpegError` when the track cannot be read or decoded; what `body` throws.
    public static func forEachBlock(
        of path: String, track: Int = 0, sampleRate: Int, channels: Int, in range: Range<Int64>, seeking: Bool = false,
        _ body: (SampleBlock) throws -> Void
    ) throws {
        var reader = try open(
            path, track: track, sampleRate: sampleRate, channels: channels, from: seeking ? range.lowerBound : 0)
        try reader.forEachBlock(in: [range]) { _, block in try body(block) }
        if let damage = reader.damages.first(where: { $0.samples.overlaps(range) }) { throw damage.error }
    }

    /// Calls `body` with the samples of several ranges in pieces, silence where the track has none. The file is read once; each
    /// range comes in order and whole; ranges may overlap.
    ///
    /// Each range is decoded by itself, from a second before it, by which time every codec has forgotten what it did not see: so a range's
    /// samples depend on nothing else that is asked for. What could not be decoded is silence: see `damages`.
    /// - Parameter body: is given the place of the range in `ranges`, and its next samples.
    /// - Throws: `FFmpegError` when the track cannot be read; what `body` throws.
    public mutating func forEachBlock(in ranges: [Range<Int64>], _ body: (Int, SampleBlock) throws -> Void) throws {
        var waiting = ranges.indices.sorted { ranges[$0].lowerBound < ranges[$1].lowerBound }[...]
        var begun: [RangeDecoder] = []
        var heard: Range<Int64>?
        while !(waiting.isEmpty && begun.isEmpty), let packet = try nextPacket() {
            heard = packet.samples(at: sampleRate, from: stream.timebase) ?? heard
            while let first = waiting.first, (heard?.upperBound ?? .max) > ranges[first].lowerBound - Int64(sampleRate)
            {
                begun.append(try RangeDecoder(first, ranges[first], &self))
                waiting.removeFirst()
            }
            for range in begun { try range.send(packet, body) }
            for range in begun where range.isDone { damages += range.damages }
            begun.removeAll(where: \.isDone)
        }
        for place in waiting { begun.append(try RangeDecoder(place, ranges[place], &self)) }
        for range in begun {
            try range.finish(body)
            damages += range.damages
        }
    }
}

/// Decodes one range of a track.
private final class RangeDecoder {
    private let place: Int
    private var next: Int64
    private let end: Int64
    private var decoder: SoundDecoder

    init(_ place: Int, _ range: Range<Int64>, _ reader: inout AudioReader) throws {
        self.place = place
        next = range.lowerBound
        end = range.upperBound
        decoder = try SoundDecoder.open(
            reader.stream, of: reader.demuxer, sampleRate: reader.sampleRate, channels: reader.channels)
    }

    var isDone: Bool { next >= end }
    var damages: [AudioReader.Damage] { decoder.damages }

    func send(_ packet: borrowing Packet, _ body: (Int, SampleBlock) throws -> Void) throws {
        guard !isDone else { return }
        try decoder.send(packet)
        try receive(body)
    }

    /// Hands out what is left; after the track's end there is silence.
    func finish(_ body: (Int, SampleBlock) throws -> Void) throws {
        try decoder.drain()
        try receive(body)
        try fill(before: end, body)
    }

    private func receive(_ body: (Int, SampleBlock) throws -> Void) throws {
        while !isDone, case .run(let run) = try decoder.receive() {
            let runEnd = run.start + Int64(run.block.count)
            guard runEnd > next else { continue }
            try fill(before: min(run.start, end), body)
            guard next < end else { return }
            let last = min(runEnd, end)
            try body(place, run.block[Int(next - run.start)..<Int(last - run.start)])
            next = last
        }
    }

    /// Hands out silence up to `sample`.
    private func fill(before sample: Int64, _ body: (Int, SampleBlock) throws -> Void) throws {
        while next < sample {
            let count = min(65_536, sample - next)
            try body(place, SampleBlock(silence: Int(count), channels: decoder.channels))
            next += count
        }
    }
}
