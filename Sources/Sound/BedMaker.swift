public import Diagnostics
public import Editions
internal import FFmpeg
internal import FileSystem
internal import ISOBMFF

/// Where a bed comes from.
public struct BedSource: Sendable {
    /// The bed's name in plans.
    public var name: String
    /// The file.
    public var path: String
    /// The samples of the file at 48 kHz, from its time 0; `nil` for all.
    public var samples: Range<Int64>?

    /// Names a bed's source.
    public init(name: String, path: String, samples: Range<Int64>? = nil) {
        self.name = name
        self.path = path
        self.samples = samples
    }
}

/// Makes beds: a lossless copy, and AAC on a grid of its own with nothing before its first sample.
public struct BedMaker: Sendable {
    /// Bits a second of the AAC.
    public var bitsPerSecond: Int
    /// Channels; other numbers are mixed down or up.
    public var channels: Int
    /// AAC frames in a fragment.
    static let framesPerPart: Int64 = 96

    /// Chooses how beds are encoded.
    public init(bitsPerSecond: Int = 128_000, channels: Int = 2) {
        self.bitsPerSecond = bitsPerSecond
        self.channels = channels
    }

    /// Looks whether a source has sound that can be read, before a library is touched for it.
    /// - Throws: `FFmpegError` when it has none.
    public func check(_ source: BedSource) throws {
        var reader = try AudioReader.open(source.path, sampleRate: SoundFormat.sampleRate, channels: channels)
        _ = try reader.next()
    }

    /// Makes a bed and stores its media objects.
    /// - Throws: `FFmpegError` when the source cannot be read, `Fault` when it is shorter than an AAC frame or the library
    ///   cannot be written.
    public func make(_ source: BedSource, into library: Library, progress: ProgressHandler) throws -> Bed {
        progress(ProgressReport(stage: "making bed \(source.name)", done: 0, total: 2))
        let (lossless, samples) = try losslessCopy(source, library)
        progress(ProgressReport(stage: "making bed \(source.name)", done: 1, total: 2))
        let frames = samples / Int64(SoundFormat.samplesPerFrame)
        guard frames > 0 else {
            throw Fault(
                .badInput,
                "\(source.path): bed '\(source.name)' has \(samples) samples, less than an AAC frame of 1,024")
        }
        var packets = try AACPackets(startingAt: 0, channels: channels, bitsPerSecond: bitsPerSecond)
        let header = packets.header
        var fragments = try SoundFragments(library: library)
        func keep(_ number: Int64, _ bytes: [UInt8]) throws {
            guard (0..<frames).contains(number) else { return }
            try fragments.add(bytes, closingAfter: Self.framesPerPart)
        }
        var blocks = SampleQueue(channels: channels)
        try AudioReader.forEachBlock(
            of: library.path(of: lossless, "flac"), sampleRate: SoundFormat.sampleRate, channels: channels,
            in: 0..<samples
        ) { block in
            try Interruption.check()
            try blocks.add(block) { try packets.add($0, keep) }
        }
        if let rest = blocks.paddedRest { try packets.add(rest, keep) }
        try packets.finish(keep)
        let sound = try fragments.finish()
        let initSegment = try library.store(self.initSegment(header).encoded(), "mp4")
        progress(ProgressReport(stage: "making bed \(source.name)", done: 2, total: 2))
        return Bed(
            name: source.name, codec: "mp4a.40.2", initSegment: initSegment, sound: sound,
            framesPerPart: Self.framesPerPart, lossless: lossless, sampleRate: SoundFormat.sampleRate,
            channels: channels, samples: samples, bitsPerSecond: bitsPerSecond)
    }

    private func initSegment(_ header: [UInt8]) -> InitSegment {
        let entry = AACSampleEntry(
            channels: UInt16(channels), sampleRate: UInt32(SoundFormat.sampleRate), audioSpecificConfig: header,
            averageBitrate: UInt32(bitsPerSecond), maximumBitrate: UInt32(bitsPerSecond))
        let track = TrackDescription(
            trackID: 2, kind: .audio, timescale: UInt32(SoundFormat.sampleRate), sampleEntry: entry.encoded())
        return InitSegment(movieTimescale: UInt32(SoundFormat.sampleRate), tracks: [track])
    }

    /// Writes the source's samples as 24-bit FLAC at 48 kHz, of which AAC, heads and tails are made.
    private func losslessCopy(_ source: BedSource, _ library: Library) throws -> (ObjectID, samples: Int64) {
        let path = library.temporaryPath("flac")
        defer { try? Path.remove(path) }
        var writer = try LosslessWriter.create(path, channels: channels)
        try forEachBlock(of: source) { try writer.add($0) }
        let samples = try writer.finish()
        return (try library.store(fileAt: path, "flac"), samples)
    }

    private func forEachBlock(of source: BedSource, _ body: (SampleBlock) throws -> Void) throws {
        if let range = source.samples {
            return try AudioReader.forEachBlock(
                of: source.path, sampleRate: SoundFormat.sampleRate, channels: channels, in: range, body)
        }
        var reader = try AudioReader.open(source.path, sampleRate: SoundFormat.sampleRate, channels: channels)
        while let run = try reader.next() { try body(run.block) }
    }
}
