public import MediaTime

/// What `edition.json` says: all of an edition but its clips, which `clips.idx` holds.
public struct EditionManifest: Sendable, Codable, Equatable {
    /// The newest version of this form. Version 2 has frames with durations of their own, version 3 clips with sound; an
    /// edition without is written as 1.
    public static let currentVersion = 3

    /// The version of the form.
    public var version: Int
    /// How frames follow each other, in the clips and in every reel.
    public var frameRate: FrameRateMode
    /// How many clips there are.
    public var clips: Int
    /// Frames of all clips together.
    public var frames: Int64
    /// The encodings of the picture, best first; at least one.
    public var renditions: [Rendition]
    /// The beds, in the order in which they were given; the first is the default.
    public var beds: [Bed]
    /// How the clips sound; `nil` where the library keeps no sound of them.
    public var clipSound: ClipSoundFormat?
    /// The SHA-256 of `clips.idx`.
    public var clipTable: ObjectID
    /// How and when it was made; not part of the edition's id.
    public var provenance: Provenance

    /// One encoding of the picture of all clips.
    public struct Rendition: Sendable, Codable, Equatable {
        /// `source`, or `v{HEIGHT}-{KBITS}` of a ladder.
        public var name: String
        /// The codec as manifests name it (RFC 6381): `avc1.64001f`.
        public var codec: String
        /// Luma samples in a row.
        public var width: Int
        /// Rows of luma.
        public var height: Int
        /// The init segment of all its clips.
        public var initSegment: ObjectID
        /// Ticks a second.
        public var timescale: Int32
        /// Ticks from one frame to the next; `nil` where each frame has a duration of its own.
        public var ticksPerFrame: Int64?
        /// By how many ticks presentation is shifted: the edit list's `media_time`.
        public var shift: Int64
        /// How the clips were made: `copy`, `smart` or `encode`.
        public var condition: String
        /// The settings that determine the bytes, by name.
        public var settings: [String: String]
        /// Bytes of all clips' objects.
        public var bytes: Int64

        /// Whether its ticks are ones that a track can have.
        var isSound: Bool { timescale > 0 && (1...Int64(Int32.max)).contains(ticksPerFrame ?? 1) && shift >= 0 }

        /// Seconds a tick.
        public var timebase: Timebase {
            guard let timebase = Timebase(1, Int64(timescale)) else {
                preconditionFailure("a rendition has at least a tick a second")
            }
            return timebase
        }

        /// Describes a rendition.
        public init(
            name: String, codec: String, width: Int, height: Int, initSegment: ObjectID, timescale: Int32,
            ticksPerFrame: Int64?, shift: Int64, condition: String, settings: [String: String], bytes: Int64
        ) {
            self.name = name
            self.codec = codec
            self.width = width
            self.height = height
            self.initSegment = initSegment
            self.timescale = timescale
            self.ticksPerFrame = ticksPerFrame
            self.shift = shift
            self.condition = condition
            self.settings = settings
            self.bytes = bytes
        }
    }

    /// How and when an edition was made.
    public struct Provenance: Sendable, Codable, Equatable {
        /// When (RFC 3339, UTC).
        public var created: String
        /// The name of the Mega Asset's file, without its folder.
        public var source: String
        /// Bytes of the Mega Asset.
        public var sourceBytes: Int64
        /// The version of the program.
        public var tool: String

        /// Describes how an edition was made.
        public init(created: String, source: String, sourceBytes: Int64, tool: String) {
            self.created = created
            self.source = source
            self.sourceBytes = sourceBytes
            self.tool = tool
        }
    }

    /// Describes an edition.
    public init(
        frameRate: FrameRateMode, clips: Int, frames: Int64, renditions: [Rendition], beds: [Bed],
        clipSound: ClipSoundFormat? = nil, clipTable: ObjectID, provenance: Provenance
    ) {
        version = clipSound != nil ? 3 : frameRate == .variable ? 2 : 1
        self.frameRate = frameRate
        self.clips = clips
        self.frames = frames
        self.renditions = renditions
        self.beds = beds
        self.clipSound = clipSound
        self.clipTable = clipTable
        self.provenance = provenance
    }
}

extension EditionManifest {
    private enum CodingKeys: String, CodingKey {
        case version, frameRate, clips, frames, renditions, beds, clipSound, clipTable, provenance
    }

    /// All that a manifest says but `provenance`: what the edition's id stands for.
    struct Identity: Encodable {
        let manifest: EditionManifest

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(manifest.version, forKey: .version)
            try container.encode(manifest.frameRate, forKey: .frameRate)
            try container.encode(manifest.clips, forKey: .clips)
            try container.encode(manifest.frames, forKey: .frames)
            try container.encode(manifest.renditions, forKey: .renditions)
            try container.encode(manifest.beds, forKey: .beds)
            try container.encodeIfPresent(manifest.clipSound, forKey: .clipSound)
            try container.encode(manifest.clipTable, forKey: .clipTable)
        }
    }

    /// Encodes the identity, and the provenance beside it.
    public func encode(to encoder: any Encoder) throws {
        try Identity(manifest: self).encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(provenance, forKey: .provenance)
    }
}

/// Music that runs under whole reels, encoded once.
public struct Bed: Sendable, Codable, Equatable {
    /// Its name in plans.
    public var name: String
    /// The codec as manifests name it (RFC 6381): `mp4a.40.2`.
    public var codec: String
    /// The init segment of the bed, and of its heads and tails.
    public var initSegment: ObjectID
    /// The AAC frames, in parts of `framesPerPart` but the last. Sample n is presented at n / 48000.
    public var sound: FragmentedObject
    /// AAC frames in every part but the last, and but the one before the sound that is repeated.
    public var framesPerPart: Int64
    /// The same sound in FLAC, of which heads and tails are made.
    public var lossless: ObjectID
    /// Samples a second: 48,000.
    public var sampleRate: Int
    /// Channels.
    public var channels: Int
    /// Samples in each channel of the lossless copy.
    public var samples: Int64
    /// Bits a second of the AAC.
    public var bitsPerSecond: Int
    /// Where it goes on after its end; `nil` when it then has ended.
    public var loop: BedLoop?
    /// How loud it is; `nil` where it was not measured.
    public var levels: SoundLevels?

    /// Whether its numbers are ones that a bed can have: they may come from anywhere.
    var isSound: Bool {
        let limit: Int64 = 1 << 40
        guard sound.isSound, !sound.parts.isEmpty, sound.parts.allSatisfy({ $0.frames < limit }),
            sound.parts.count < 1 << 24, framesPerPart > 0, sampleRate == 48_000, (1...64).contains(channels),
            (1...limit).contains(samples)
        else { return false }
        guard let loop else { return true }
        return loop.start >= 0 && loop.start < loop.end && loop.end <= samples && loop.crossfade >= 0
    }

    /// Describes a bed.
    public init(
        name: String, codec: String, initSegment: ObjectID, sound: FragmentedObject, framesPerPart: Int64,
        lossless: ObjectID, sampleRate: Int, channels: Int, samples: Int64, bitsPerSecond: Int,
        loop: BedLoop? = nil, levels: SoundLevels? = nil
    ) {
        self.name = name
        self.codec = codec
        self.initSegment = initSegment
        self.sound = sound
        self.framesPerPart = framesPerPart
        self.lossless = lossless
        self.sampleRate = sampleRate
        self.channels = channels
        self.samples = samples
        self.bitsPerSecond = bitsPerSecond
        self.loop = loop
        self.levels = levels
    }
}
