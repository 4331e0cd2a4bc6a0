internal import ISOBMFF
public import MediaTime

/// The sound format of every library: AAC-LC, 48 kHz, frames of 1,024 samples.
public enum SoundFormat {
    /// Samples a second.
    public static let sampleRate = 48_000
    /// Samples of an AAC frame.
    public static let samplesPerFrame = 1_024
    /// The codec as manifests name it (RFC 6381).
    public static let codec = "mp4a.40.2"
    /// Samples of the Mega Asset that a clip's lossless copy holds before the clip, and as many after it: 16 AAC frames.
    public static let handle: Int64 = 16 * 1_024
    /// What no decoded sound exceeds, in dBTP, where loudness is normalised.
    public static let truePeak = Decibels(hundredths: -100)
}

/// How sound is brought into a library.
public struct SoundSettings: Sendable, Equatable {
    /// Channels; other numbers are mixed down or up. 1, 2 or 6 (5.1).
    public var channels: Int
    /// Bits a second of the AAC.
    public var bitsPerSecond: Int
    /// The integrated loudness (EBU R 128) that beds and clips are brought to, in LUFS; `nil` leaves every sample as it is.
    public var loudness: Decibels?

    /// How far quiet sound is turned up at most: beyond that one hears noise, not the sound.
    public static let largestGain = Decibels(hundredths: 3_000)

    /// Chooses how sound is brought in.
    public init(channels: Int = 2, bitsPerSecond: Int = 128_000, loudness: Decibels? = nil) {
        self.channels = channels
        self.bitsPerSecond = bitsPerSecond
        self.loudness = loudness
    }
}

extension SoundSettings {
    /// The init segment of AAC with an `AudioSpecificConfig`.
    func initSegment(_ header: [UInt8]) -> InitSegment {
        let entry = AACSampleEntry(
            channels: UInt16(channels), sampleRate: UInt32(SoundFormat.sampleRate), audioSpecificConfig: header,
            averageBitrate: UInt32(bitsPerSecond), maximumBitrate: UInt32(bitsPerSecond))
        let track = TrackDescription(
            trackID: 2, kind: .audio, timescale: UInt32(SoundFormat.sampleRate), sampleEntry: entry.encoded())
        return InitSegment(movieTimescale: UInt32(SoundFormat.sampleRate), tracks: [track])
    }
}
