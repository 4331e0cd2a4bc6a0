internal import MediaTime

/// Decodes packets of one sound track to planar float at a wanted rate and number of channels.
///
/// Gaps between packets are filled with silence, and so are packets that cannot be decoded.
struct SoundDecoder: ~Copyable {
    let stream: StreamInfo
    let sampleRate: Int
    let channels: Int
    private let path: String
    private var decoder: Decoder
    private var resampler: Resampler?
    /// The next sample to hand out, at `sampleRate` from time 0; known after the first frame.
    private var position: Int64?
    /// Where the track's next frame should be, in its own ticks.
    private var expectedTicks: Int64?
    /// When the packet that was sent last is heard, at `sampleRate`.
    private var lastSent: Range<Int64>?
    private var hasEnded = false
    /// What could not be decoded so far, in order.
    private(set) var damages: [AudioReader.Damage] = []

    /// What came of asking for samples.
    enum Output {
        case run(AudioReader.Run)
        case needsInput
        case endOfStream
    }

    static func open(
        _ stream: StreamInfo, of demuxer: borrowing Demuxer, sampleRate: Int, channels: Int
    ) throws(FFmpegError) -> SoundDecoder {
        SoundDecoder(
            stream: stream, sampleRate: sampleRate, channels: channels, path: demuxer.path,
            decoder: try Decoder.open(stream, of: demuxer, threads: 1))
    }

    private init(stream: StreamInfo, sampleRate: Int, channels: Int, path: String, decoder: consuming Decoder) {
        self.stream = stream
        self.sampleRate = sampleRate
        self.channels = channels
        self.path = path
        self.decoder = decoder
    }

    /// Feeds a packet of the track. All that can be received must have been received before.
    mutating func send(_ packet: borrowing Packet) throws(FFmpegError) {
        lastSent = packet.samples(at: sampleRate, from: stream.timebase) ?? lastSent
        do throws(FFmpegError) {
            try decoder.send(packet)
        } catch {
            try bear(error)
        }
    }

    /// Says that no packet follows.
    mutating func drain() throws(FFmpegError) { try decoder.drain() }

    /// The next samples, directly after those before.
    /// - Throws: `FFmpegError` when the sound goes back in time or changes its form.
    mutating func receive() throws(FFmpegError) -> Output {
        while !hasEnded {
            let output: Decoder.Output
            do throws(FFmpegError) {
                output = try decoder.receive()
            } catch {
                try bear(error)
                continue
            }
            switch output {
            case .frame(let frame):
                if let run = try convert(frame) { return .run(run) }
            case .needsInput: return .needsInput
            case .endOfStream:
                hasEnded = true
                guard let rest = try resampler?.finish(), rest.count > 0 else { break }
                return .run(advance(over: rest))
            }
        }
        return .endOfStream
    }

    /// Notes a packet that cannot be decoded.
    private mutating func bear(_ error: FFmpegError) throws(FFmpegError) {
        guard error.code != .outOfMemory, let lastSent else { throw error }
        damages.append(AudioReader.Damage(samples: lastSent, error: error))
    }

    private mutating func convert(_ frame: borrowing Frame) throws(FFmpegError) -> AudioReader.Run? {
        guard let inputRate = Timebase(1, Int64(frame.sampleRate)), let outputRate = Timebase(1, Int64(sampleRate))
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
        var block = SampleBlock(silence: silence > tolerance ? Int(silence) : 0, channels: channels)
        block.append(try resample(frame))
        return block.count > 0 ? advance(over: block) : nil
    }

    private mutating func resample(_ frame: borrowing Frame) throws(FFmpegError) -> SampleBlock {
        do throws(FFmpegError) {
            if resampler == nil {
                resampler = try Resampler.open(like: frame, sampleRate: sampleRate, channels: channels)
            }
            return try resampler?.convert(frame) ?? SampleBlock(silence: 0, channels: channels)
        } catch {
            var named = error
            (named.path, named.stream) = (path, stream.index)
            throw named
        }
    }

    private mutating func advance(over block: SampleBlock) -> AudioReader.Run {
        let start = position ?? 0
        position = start + Int64(block.count)
        return AudioReader.Run(start: start, block: block)
    }
}

extension Packet {
    /// When the packet is heard, in samples at a rate; `nil` where the file does not say.
    func samples(at sampleRate: Int, from timebase: Timebase) -> Range<Int64>? {
        guard let ticks = presentationTicks, let rate = Timebase(1, Int64(sampleRate)) else { return nil }
        let start = rate.rescaleFloor(ticks, from: timebase)
        return start..<max(start + 1, rate.rescaleCeiling(ticks + durationTicks, from: timebase))
    }
}
