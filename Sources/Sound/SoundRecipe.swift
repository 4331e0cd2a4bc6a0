internal import Editions
internal import FFmpeg
internal import MediaTime

/// All that a bed, or a clip's lossless copy, depends on, but its name.
struct SoundRecipe: Encodable {
    /// What is made, and the version of how.
    private let kind: String
    /// The samples as they were decoded.
    private let content: String
    private let channels: Int
    private let loudness: Int32?
    private let bitsPerSecond: Int?
    private let loop: [Int64]?
    private let samples: Int?
    private let gain: Int32?
    private let ffmpeg = FFmpegVersion.name

    init(
        _ kind: String, _ spool: SampleSpool, _ settings: SoundSettings, bitsPerSecond: Int? = nil,
        loop: [Int64]? = nil,
        samples: Int? = nil, gain: Int32? = nil
    ) {
        self.kind = kind
        content = spool.content.description
        channels = settings.channels
        loudness = settings.loudness?.hundredths
        (self.bitsPerSecond, self.loop, self.samples, self.gain) = (bitsPerSecond, loop, samples, gain)
    }
}
