public import FFmpeg
public import MediaTime

/// The sound of a range of a file at 48 kHz, brought to one loudness with its peaks below the usual ceiling.
public struct ConformedSound {
    private let mastering: Mastering
    /// What peaks are limited to before they are encoded, in dBTP: the codec adds to them.
    private static let ceiling = Decibels(hundredths: -200)

    /// Decodes and measures the sound.
    /// - Parameters:
    ///   - samples: the range, in samples at 48 kHz from the file's time 0.
    ///   - loudness: the integrated loudness (EBU R 128) that it is brought to, in LUFS; `nil` leaves it as it is.
    ///   - folder: the samples wait on its disk, nameless.
    /// - Throws: `FFmpegError` when the sound cannot be decoded, `Fault` when the disk is full.
    public init(
        _ path: String, samples: Range<Int64>, channels: Int, loudness: Decibels?, folder: String
    ) throws {
        let spool = try SampleSpool(in: folder, channels: channels)
        try AudioReader.forEachBlock(
            of: path, sampleRate: SoundFormat.sampleRate, channels: channels, in: samples
        ) { try spool.append($0) }
        mastering = try Mastering(spool, core: 0..<spool.count, target: loudness, ceiling: Self.ceiling)
    }

    /// Calls `body` with the samples in pieces.
    /// - Throws: what reading them back and `body` throw.
    public func forEachBlock(_ body: (SampleBlock) throws -> Void) throws { try mastering.forEachBlock(body) }
}
