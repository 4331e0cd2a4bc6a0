internal import MediaTime

/// Decodes one sound track to planar float at a wanted rate and number of channels.
///
/// Encoder delay and edit lists are honoured, as FFmpeg reports them. Gaps in the track are filled with silence.
public struct AudioReader: ~Copyable {
    /// The track that is decoded.
    public let stream: StreamInfo
    /// Samples a second of what is handed out.
    public let sampleRate: Int
    private let channels: Int
    private let path: String
    private var demuxer: Demuxer
    private var decoder: Decoder
    private var resampler: Resampler?
    private var hasEnded = false
    /// The next sample to hand out, at `sampleRate` from time 0; known after the first frame.
    private var position: Int64?
    /// Where the track's next frame should be, in its own ticks.
    private var expectedTicks: Int64?

    /// A run of sound and when it is heard.
    public struct Run: Sendable {
        /// The first sample's number at `sampleRate`, from the file's time 0. May be negative.
        public let start: Int64
        /// The samples.
        public let block: SampleBlock
    }

    /// Opens the `track`-th sound track of a file, from 0.
    /// - Parameter sample: where to begin: what is handed out begins at or before it. Only tracks that need no history
    ///   (FLAC, PCM) are exact from there; others are from the start.
    /// - Throws: `FFmpegError` when the file cannot be opened or has no such track.
    public static func open(
        _ path: String, track: Int = 0, sampleRate: Int, channels: Int, from sample: Int64 = 0
    ) throws(FFmpegError) -> AudioReader {
        try open(Demuxer.open(path), track: track, sampleRate: sampleRate, channels: channels, from: sample)
    }

    /// Decodes the `track`-th sound track of an open file that has not been read from.
    /// - Throws: `FFmpegError` when there is no such track, or its codec has no decoder.
    public static func open(
        _ opened: consuming Demuxer, track: Int = 0, sampleRate: Int, channels: Int, from sample: Int64 = 0
    ) throws(FFmpegError) -> AudioReader {
        var demuxer = opened
        let path = demuxer.path
        guard let stream = demuxer.stream(.audio, number: track) else {
            let found = demuxer.streams.map { "\($0.index): \($0.kind) \($0.codec)" }.joined(separator: ", ")
            throw FFmpegError(
                code: .streamNotFound, operation: "find sound track \(track) (streams: \(found))", path: path,
                stream: nil, frame: nil, log: [])
        }
        demuxer.select([stream.index])
        if sample > 0, let rate = Timebase(1, Int64(sampleRate)) {
            try demuxer.seek(stream: stream.index, ticks: stream.timebase.rescaleFloor(sample, from: rate))
        }
        let decoder = try Decoder.open(stream, of: demuxer, threads: 1)
        return AudioReader(
            stream: stream, sampleRate: sampleRate, channels: channels, path: path, demuxer: demuxer, decoder: decoder)
    }

    private init(
        stream: StreamInfo, sampleRate: Int, channels: Int, path: String, demuxer: consuming Demuxer,
        decoder: consuming Decoder
    ) {
        self.stream = stream
        self.sampleRate = sampleRate
        self.channels = channels
        self.path = path
        self.demuxer = demuxer
        self.decoder = decoder
    }

    /// The next run of sound, directly after the one before; `nil` after the last.
    /// - Throws: `FFmpegError` when the data is damaged, or goes back in time.
    public mutating func next() throws(FFmpegError) -> Run? {
        while !hasEnded {
            switch try decoder.receive() {
            case .frame(let frame):
                if let run = try convert(frame) { return run }
            case .needsInput: try feed()
            case .endOfStream:
                hasEnded = true
                guard let rest = try resampler?.finish(), rest.count > 0 else { return nil }
                return advance(over: rest)
            }
        }
        return nil
    }

    private mutating func feed() throws(FFmpegError) {
        while let packet = try demuxer.nextPacket() {
            guard packet.stream == stream.index else { continue }
            return try decoder.send(packet)
        }
        try decoder.drain()
    }

    private mutating func convert(_ frame: borrowing Frame) throws(FFmpegError) -> Run? {
        guard let inputRate = Timebase(1, Int64(stream.sampleRate)), let outputRate = Timebase(1, Int64(sampleRate))
        else { return nil }
        let ticks = frame.presentationTicks ?? expectedTicks ?? 0
        if position == nil { position = outputRate.rescaleNearest(ticks, from: stream.timebase) }
        let gap = ticks - (expectedTicks ?? ticks)
        let silence = outputRate.rescaleNearest(gap, from: stream.timebase)
        expectedTicks = ticks + stream.timebase.rescaleNearest(Int64(frame.sampleCount), from: inputRate)
        // Containers round times, some to whole milliseconds; a real gap is longer than that.
        let tolerance = Int64(sampleRate / 100)
        if silence < -tolerance {
            throw FFmpegError(
                code: .invalidData, operation: "order the sound: it goes back by \(-gap) ticks at \(ticks)", path: path,
                stream: stream.index, frame: nil, log: [])
        }
        if resampler == nil {
            resampler = try Resampler.open(like: frame, sampleRate: sampleRate, channels: channels)
        }
        guard let converted = try resampler?.convert(frame) else { return nil }
        var block = SampleBlock(silence: silence > tolerance ? Int(silence) : 0, channels: channels)
        block.append(converted)
        return block.count > 0 ? advance(over: block) : nil
    }

    private mutating func advance(over block: SampleBlock) -> Run {
        let start = position ?? 0
        position = start + Int64(block.count)
        return Run(start: start, block: block)
    }
}

extension AudioReader {
    /// Calls `body` with the samples `[start, end)` of a track in pieces, silence where the track has none.
    /// - Throws: `FFmpegError` when the track cannot be read; what `body` throws.
    public static func forEachBlock(
        of path: String, track: Int = 0, sampleRate: Int, channels: Int, in range: Range<Int64>, seeking: Bool = false,
        _ body: (SampleBlock) throws -> Void
    ) throws {
        var reader = try open(
            path, track: track, sampleRate: sampleRate, channels: channels, from: seeking ? range.lowerBound : 0)
        var next = range.lowerBound
        while next < range.upperBound, let run = try reader.next() {
            let end = run.start + Int64(run.block.count)
            guard end > next else { continue }
            if run.start > next {
                let silence = min(run.start, range.upperBound) - next
                try body(SampleBlock(silence: Int(silence), channels: channels))
                next += silence
            }
            guard next < range.upperBound else { break }
            try body(run.block[Int(next - run.start)..<Int(min(end, range.upperBound) - run.start)])
            next = min(end, range.upperBound)
        }
        if next < range.upperBound {
            try body(SampleBlock(silence: Int(range.upperBound - next), channels: channels))
        }
    }
}
