public import FFmpeg
internal import MediaTime

/// Encodes samples to AAC frames that stand on one grid: frame n holds samples [1024 n, 1024 (n + 1)).
///
/// AAC frames overlap: frame n carries the transform of samples [1024 n, 1024 (n + 2)), and a decoder needs frames n − 1 and
/// n for the samples of frame n. What the encoder puts before the first sample (its priming) is left out.
struct AACPackets: ~Copyable {
    private var encoder: Encoder
    private let monitor: Monitor?
    private var next: Int64
    private let channels: Int

    /// - Parameters:
    ///   - start: the AAC frame at which the samples begin.
    ///   - checked: the AAC frames that are decoded again, to know their true peak.
    init(startingAt start: Int64, channels: Int, bitsPerSecond: Int, checking checked: Range<Int64>? = nil) throws {
        let encoder = try Encoder.audio(
            AudioEncoding(
                encoder: "aac", sampleFormat: .floatPlanar, sampleRate: SoundFormat.sampleRate, channels: channels,
                bitsPerSecond: bitsPerSecond,
                // Noise substitution depends on the decoder's history: a frame would not always decode alike.
                options: ["aac_pns": "0"]))
        var monitor: Monitor?
        if let checked { monitor = try Monitor(like: encoder, checking: checked, channels: channels) }
        self.init(encoder, monitor, next: start * Int64(SoundFormat.samplesPerFrame), channels: channels)
    }

    private init(_ encoder: consuming Encoder, _ monitor: Monitor?, next: Int64, channels: Int) {
        self.encoder = encoder
        self.monitor = monitor
        self.next = next
        self.channels = channels
    }

    /// The `AudioSpecificConfig` of what is encoded.
    var header: [UInt8] { encoder.codecHeader }

    /// The true peak of the checked frames so far as they decode, 1 being full scale.
    var truePeak: Float { monitor?.meter.peak ?? 0 }

    /// The integrated loudness of the checked frames so far as they decode, in LUFS; `nil` where it cannot be told.
    var loudness: Decibels? { monitor?.loudness.loudness.flatMap(Decibels.init(nearest:)) }

    /// Encodes the next 1,024 samples; calls `body` with the AAC frames that are ready and their numbers.
    mutating func add(_ block: SampleBlock, _ body: (Int64, [UInt8]) throws -> Void) throws {
        precondition(block.count == SoundFormat.samplesPerFrame && block.channels.count == channels)
        let frame = try Frame.sound(block, format: .floatPlanar, sampleRate: SoundFormat.sampleRate)
        try encoder.send(frame, at: next)
        next += Int64(block.count)
        try take(body)
    }

    /// Encodes silence until all frames of the samples so far are out.
    mutating func finish(_ body: (Int64, [UInt8]) throws -> Void) throws {
        // The encoder looks ahead: silence after the end keeps the last frame's transform defined.
        for _ in 0..<2 { try add(SampleBlock(silence: SoundFormat.samplesPerFrame, channels: channels), body) }
        try encoder.drain()
        try take(body)
    }

    private mutating func take(_ body: (Int64, [UInt8]) throws -> Void) throws {
        while let packet = try encoder.nextPacket() {
            // The encoder stamps packets by their first sample, the priming before the first included.
            guard let ticks = packet.presentationTicks else { continue }
            let number = ticks / Int64(SoundFormat.samplesPerFrame)
            try monitor?.take(packet, number)
            try body(number, packet.withBytes { Array($0) })
        }
    }
}

/// Decodes what is encoded, to know its loudness and its true peak.
private final class Monitor {
    private var decoder: Decoder
    private let checked: Range<Int64>
    private(set) var meter: TruePeakMeter
    private(set) var loudness: LoudnessMeter

    init(like encoder: borrowing Encoder, checking checked: Range<Int64>, channels: Int) throws {
        decoder = try Decoder.open(like: encoder)
        self.checked = checked
        meter = TruePeakMeter(channels: channels)
        loudness = try LoudnessMeter.open(sampleRate: SoundFormat.sampleRate, channels: channels)
    }

    func take(_ packet: borrowing Packet, _ number: Int64) throws {
        try decoder.send(packet)
        while case .frame(let frame) = try decoder.receive() {
            guard checked.contains(number) else { continue }
            let block = SampleBlock(frame)
            meter.add(block)
            try loudness.add(block)
        }
    }
}

/// Cuts runs of any length into blocks of one size.
public struct SampleQueue {
    private var waiting: SampleBlock
    private let size: Int

    /// An empty queue.
    /// - Parameter size: samples of a block, in each channel.
    public init(channels: Int, size: Int = SoundFormat.samplesPerFrame) {
        waiting = SampleBlock(silence: 0, channels: channels)
        self.size = size
    }

    /// Adds a run, and calls `body` with each block that is full.
    public mutating func add(_ block: SampleBlock, _ body: (SampleBlock) throws -> Void) rethrows {
        waiting.append(block)
        var start = 0
        while waiting.count - start >= size {
            try body(waiting[start..<start + size])
            start += size
        }
        if start > 0 { waiting = waiting[start..<waiting.count] }
    }

    /// The samples that do not fill a block; `nil` when there are none.
    public var rest: SampleBlock? { waiting.count > 0 ? waiting : nil }

    /// `rest` with silence after it, as a full block.
    var paddedRest: SampleBlock? {
        guard var block = rest else { return nil }
        block.append(SampleBlock(silence: size - block.count, channels: block.channels.count))
        return block
    }
}
