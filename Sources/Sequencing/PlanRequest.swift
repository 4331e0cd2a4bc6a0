public import MediaTime
public import Plans

/// One clip of an edition, as far as planning needs it.
public struct EditionClip: Hashable, Sendable {
    /// The clip's title id.
    public let title: String
    /// The clip's type.
    public let type: String
    /// The clip's frames in the Mega Asset; their number is the clip's length.
    public let range: FrameRange

    /// Describes a clip.
    public init(title: String, type: String, range: FrameRange) {
        self.title = title
        self.type = type
        self.range = range
    }
}

/// All that a plan is a function of: the same request gives the same plan, on any machine and at any time.
public struct PlanRequest: Sendable {
    /// The titles and the viewer; `snapshot.at` is the time for which is planned.
    public var snapshot: Snapshot
    /// The resolved id of the edition, never `current`.
    public var edition: String
    /// All clips of the edition.
    public var clips: [EditionClip]
    /// The template of the reel.
    public var cadence: Cadence
    /// The sound, resolved against the edition; it takes part in the reel's id.
    public var audio: AudioSettings
    /// The seed; `nil` takes ``Seed/daily(viewer:edition:at:)``.
    public var seed: UInt64?
    /// Where the viewer is, such as `DE`; `nil` if unknown, and titles cleared for some regions only are refused.
    public var region: String?
    /// How far the viewer's clock is ahead of UTC: dates of titles begin at the viewer's midnight.
    public var offset: UTCOffset
    /// The weights of the score.
    public var weights: ScoreWeights

    /// Makes a request.
    public init(
        snapshot: Snapshot, edition: String, clips: [EditionClip], cadence: Cadence = .default, audio: AudioSettings,
        seed: UInt64? = nil, region: String? = nil, offset: UTCOffset = .utc, weights: ScoreWeights = .standard
    ) {
        self.snapshot = snapshot
        self.edition = edition
        self.clips = clips
        self.cadence = cadence
        self.audio = audio
        self.seed = seed
        self.region = region
        self.offset = offset
        self.weights = weights
    }
}

/// A plan and what it left out.
public struct PlanOutcome: Sendable, Equatable {
    /// The plan, with its reel id, scores and reasons.
    public var plan: ReelPlan
    /// The titles that may not be in it, by rising id, each with a reason. Titles that were outranked are not here.
    public var refused: [Refusal]
    /// Where the reel differs from its cadence, one line each: a bumper that is left out, a reel that is shortened.
    public var notes: [String]
}
