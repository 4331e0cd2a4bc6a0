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

/// What of a plan belongs to one viewer and one request; the rest is in a ``PlanTable``.
public struct PlanRequest: Sendable {
    /// The viewer for whom is planned.
    public var viewer: ViewerFacts
    /// The sound, resolved against the edition; it takes part in the reel's id.
    public var audio: AudioSettings
    /// The seed; `nil` takes ``Seed/daily(viewer:edition:at:)``.
    public var seed: UInt64?
    /// How scores become a plan.
    public var policy: RankingPolicy

    /// Makes a request.
    public init(
        viewer: ViewerFacts, audio: AudioSettings, seed: UInt64? = nil, policy: RankingPolicy = .standard
    ) {
        self.viewer = viewer
        self.audio = audio
        self.seed = seed
        self.policy = policy
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
