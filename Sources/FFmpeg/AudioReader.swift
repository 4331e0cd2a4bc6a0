internal import MediaTime

/// Decodes one sound track to planar float at a wanted rate and number of channels.
///
/// Encoder delay and edit lists are honoured, as FFmpeg reports them. Gaps in the track are filled with silence.
public struct AudioReader: ~Copyable {
    /// The track that is decoded.
    public let stream: StreamInfo
    /// Samples a second of what is handed out.
    public let sampleRate: Int
    /// Channels of what is handed out.
    public let channels: Int
    /// What could not be decoded so far, in order: it was handed out as silence.
    public internal(set) var damages: [Damage] = []
    var demuxer: Demuxer
    private var decoder: SoundDecoder

    /// A run of sound and when it is heard.
    public struct Run: Sendable {
        /// The first sample's number at `sampleRate`, from the file's time 0. May be negative.
        public let start: Int64
        /// The samples.
        public let block: SampleBlock
    }

    /// Sound that could not be decoded.
    public struct Damage: Sendable {
        /// When it would be heard, in samples at `sampleRate` from the file's time 0.
        public let samples: Range<Int64>
        /// What FFmpeg said.
        public let error: FFmpegError
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
        guard let stream = demuxer.stream(.audio, number: track) else {
            let found = demuxer.streams.map { "\($0.index): \($0.kind) \($0.codec)" }.joined(separator: ", ")
            throw FFmpegError(
                code: .streamNotFound, operation: "find sound track \(track) (streams: \(found))", path: demuxer.path,
                stream: nil, frame: nil, log: [])
        }
        demuxer.select([stream.index])
        if sample > 0, let rate = Timebase(1, Int64(sampleRate)) {
            try demuxer.seek(stream: stream.index, ticks: stream.timebase.rescaleFloor(sample, from: rate))
        }
        let decoder = try SoundDecoder.open(stream, of: demuxer, sampleRate: sampleRate, channels: channels)
        return AudioReader(demuxer: demuxer, decoder: decoder)
    }

    private init(demuxer: consuming Demuxer, decoder: consuming SoundDecoder) {
        stream = decoder.stream
        sampleRate = decoder.sampleRate
        channels = decoder.channels
        self.demuxer = demuxer
        self.decoder = decoder
    }

    /// The next run of sound, directly after the one before; `nil` after the last.
    /// - Throws: `FFmpegError` when the file cannot be read, or the sound goes back in time or changes its form.
    public mutating func next() throws(FFmpegError) -> Run? {
        while true {
            let output = try decoder.receive()
            damages = decoder.damages
            switch output {
            case .run(let run): return run
            case .endOfStream: return nil
            case .needsInput:
                if let packet = try nextPacket() { try decoder.send(packet) } else { try decoder.drain() }
            }
        }
    }

    /// The track's next packet; `nil` after the last.
    mutating func nextPacket() throws(FFmpegError) -> Packet? {
        while let packet = try demuxer.nextPacket() {
            if packet.stream == stream.index { return packet }
        }
        return nil
    }
}
