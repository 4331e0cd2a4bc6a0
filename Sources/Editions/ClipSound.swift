public import MediaTime
public import Plans

/// The sound of one clip as the library keeps it: normalised, at 48 kHz, lossless.
public struct ClipSound: Sendable, Hashable, Codable {
    /// The FLAC: the clip's samples with a handle of the Mega Asset's sound before and after, whose length `ClipSoundFormat` tells.
    public var lossless: ObjectID
    /// The clip's own samples in each channel, without the handles: as long as its picture, to the nearest sample.
    public var samples: Int64
    /// How loud it is.
    public var levels: SoundLevels

    /// Describes a clip's sound.
    public init(lossless: ObjectID, samples: Int64, levels: SoundLevels) {
        self.lossless = lossless
        self.samples = samples
        self.levels = levels
    }
}

/// How the clips of an edition sound: all in one form, so that any of them can follow any other.
public struct ClipSoundFormat: Sendable, Codable, Equatable {
    /// The codec as manifests name it (RFC 6381): `mp4a.40.2`.
    public var codec: String
    /// The init segment of what is made of clips' sound.
    public var initSegment: ObjectID
    /// Samples a second: 48,000.
    public var sampleRate: Int
    /// Channels.
    public var channels: Int
    /// Bits a second of the AAC.
    public var bitsPerSecond: Int
    /// Samples of the Mega Asset that lossless copies hold before a clip, and as many after it.
    public var handle: Int64
    /// The loudness that beds and clips were brought to, in LUFS; `nil` where they are as they came.
    public var loudness: Decibels?
    /// How mixes are made where a plan says nothing else.
    public var ducking: Ducking
    /// Clips that have sound at all; the others are silent.
    public var clips: Int
    /// The loudness of the clip that was quietest in the Mega Asset, and of the loudest; `nil` where none could be measured.
    public var quietest: Decibels?
    /// See `quietest`.
    public var loudest: Decibels?

    /// Describes the sound of an edition's clips.
    public init(
        codec: String, initSegment: ObjectID, sampleRate: Int, channels: Int, bitsPerSecond: Int, handle: Int64,
        loudness: Decibels?, ducking: Ducking, clips: Int, quietest: Decibels?, loudest: Decibels?
    ) {
        self.codec = codec
        self.initSegment = initSegment
        self.sampleRate = sampleRate
        self.channels = channels
        self.bitsPerSecond = bitsPerSecond
        self.handle = handle
        self.loudness = loudness
        self.ducking = ducking
        self.clips = clips
        self.quietest = quietest
        self.loudest = loudest
    }
}

/// Where a bed goes on when it has come to its end.
public struct BedLoop: Sendable, Codable, Hashable {
    /// The first sample of what is repeated; a multiple of 1,024.
    public var start: Int64
    /// The sample after the last that is repeated, where the bed ends; a multiple of 1,024.
    public var end: Int64
    /// Samples before `end` in which the bed fades over into what stands before `start`.
    public var crossfade: Int64

    /// Describes a loop.
    public init(start: Int64, end: Int64, crossfade: Int64) {
        self.start = start
        self.end = end
        self.crossfade = crossfade
    }
}

/// How loud a piece of sound was, and is as the library keeps it, measured whole.
public struct SoundLevels: Sendable, Hashable, Codable {
    /// The integrated loudness of the source (EBU R 128), in LUFS; `nil` where it is silent, or shorter than 400 ms.
    public var source: Decibels?
    /// By how much it was turned up, in dB.
    public var gain: Decibels
    /// The integrated loudness of what is kept, in LUFS.
    public var loudness: Decibels?
    /// The true peak of what is heard (after AAC for beds), in dBTP; `nil` for digital silence.
    public var truePeak: Decibels?
    /// Whether peaks were limited.
    public var isLimited: Bool

    /// Describes levels.
    public init(source: Decibels?, gain: Decibels, loudness: Decibels?, truePeak: Decibels?, isLimited: Bool) {
        self.source = source
        self.gain = gain
        self.loudness = loudness
        self.truePeak = truePeak
        self.isLimited = isLimited
    }
}
