internal import Diagnostics
internal import FFmpeg

/// Writes samples as 24-bit FLAC at 48 kHz.
struct LosslessWriter: ~Copyable {
    /// Samples written so far, in each channel.
    private(set) var samples: Int64 = 0
    private var encoder: Encoder
    private var muxer: Muxer
    private var queue: SampleQueue

    /// Creates the file at `path`; the caller owns it.
    static func create(_ path: String, channels: Int) throws -> LosslessWriter {
        let encoder = try Encoder.audio(
            AudioEncoding(
                encoder: "flac", sampleFormat: .int32, sampleRate: SoundFormat.sampleRate, channels: channels))
        let muxer = try Muxer.create(path, format: "flac", for: encoder)
        let queue = SampleQueue(channels: channels, size: encoder.samplesPerFrame)
        return LosslessWriter(encoder: encoder, muxer: muxer, queue: queue)
    }

    private init(encoder: consuming Encoder, muxer: consuming Muxer, queue: SampleQueue) {
        self.encoder = encoder
        self.muxer = muxer
        self.queue = queue
    }

    /// Writes a run of any length.
    mutating func add(_ block: SampleBlock) throws {
        try Interruption.check()
        var full: [SampleBlock] = []
        queue.add(block) { full.append($0) }
        for block in full { try encode(block) }
    }

    private mutating func encode(_ block: SampleBlock) throws {
        try encoder.send(Frame.sound(block, format: .int32, sampleRate: SoundFormat.sampleRate), at: samples)
        samples += Int64(block.count)
        try writePackets()
    }

    private mutating func writePackets() throws {
        while let packet = try encoder.nextPacket() { try muxer.write(packet) }
    }

    /// Writes what is left, and closes the file.
    /// - Returns: the samples in each channel.
    consuming func finish() throws -> Int64 {
        if let rest = queue.rest { try encode(rest) }
        try encoder.drain()
        try writePackets()
        let count = samples
        try muxer.finish()
        return count
    }
}
