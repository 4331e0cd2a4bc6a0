public import Diagnostics
public import Editions
internal import Editorial
internal import FFmpeg
internal import ISOBMFF
internal import MediaTime

/// How the clips of an edition are made.
public enum ConditionMode: String, Sendable, CaseIterable {
    /// For each clip the cheapest that is provably exact: copy, smart, or encode where nothing can be copied.
    case auto
    /// Copy; a boundary that is not safe is an error.
    case copy
    /// Copy what is safe and encode the edges; a source that cannot be copied is an error.
    case smart
    /// Encode every frame.
    case encode
}

/// The picture of an edition, made and proved.
public struct ConditionedPicture: Sendable {
    /// The renditions, best first.
    public var renditions: [EditionManifest.Rendition]
    /// The clips, in the order of the index, each with a media object for each rendition.
    public var entries: [ClipEntry]
    /// How the clips were taken, for each rendition.
    public var plans: [ConditioningPlan]
    /// Clips that an earlier ingest had made and proved, in all renditions.
    public var clipsReused: Int
    /// How long it took to make the clips, over all workers.
    public var making: Duration
    /// How long it took to prove them, over all workers.
    public var proving: Duration
    /// Frames that were copied bit for bit, in all renditions.
    public var framesCopied: Int64 { plans.flatMap(\.cuts).reduce(0) { $0 + $1.framesCopied } }
    /// Frames that were encoded, in all renditions.
    public var framesEncoded: Int64 { plans.flatMap(\.cuts).reduce(0) { $0 + $1.framesEncoded } }
}

/// Makes and proves the picture of an edition.
public struct Conditioner: Sendable {
    /// How clips are made.
    public var mode: ConditionMode
    /// The constant rate factor of x264 or x265 where clips are encoded: lower is better and larger.
    public var quality: Int
    /// What clips are encoded to where all of them are.
    public var codec: EncodedCodec
    /// Renditions to encode at given sizes and bit rates; `nil` for the source's own alone.
    public var ladder: Ladder?
    /// Whether there is a rendition of the source's own size beside a ladder's.
    public var keepsSource: Bool
    /// Whether interlaced frames become whole ones.
    public var deinterlaces: Bool
    /// How many clips are made at a time. The result is the same for any number.
    public var jobs: Int

    /// Chooses how clips are made.
    public init(
        mode: ConditionMode = .auto, quality: Int = 15, codec: EncodedCodec = .h264, ladder: Ladder? = nil,
        keepsSource: Bool = false, deinterlaces: Bool = false, jobs: Int = 1
    ) {
        self.ladder = ladder
        self.keepsSource = keepsSource
        self.codec = codec
        self.mode = mode
        self.quality = quality
        self.deinterlaces = deinterlaces
        self.jobs = jobs
    }

    /// Decides how each clip of footage is taken, without making anything.
    /// - Returns: the renditions' plans, best first.
    /// - Throws: `Fault` in mode `copy` when a boundary is not safe, and in mode `smart` when the source's packets cannot be copied
    ///   at all; `usage` for a ladder higher than the source, and for fields that encoding cannot keep.
    public func plans(_ footage: Footage) throws -> [ConditioningPlan] {
        try Planning(self, footage).plans()
    }

    /// Makes the media objects of all clips in all renditions, and proves every frame of them. A clip that an earlier ingest
    /// has made of the same packets in the same way is taken from the library.
    /// - Parameter known: what `plans(_:)` gave for the footage, where that has been asked already.
    /// - Throws: `Fault` or `FFmpegError` when a frame cannot be decoded, or the library cannot be written.
    public func condition(
        _ footage: Footage, as known: [ConditioningPlan]? = nil, into library: Library,
        progress: @escaping ProgressHandler
    ) throws -> ConditionedPicture {
        let plans = try known ?? plans(footage)
        let work = ConditioningWork(
            footage: footage, targets: try plans.map { try Target($0, of: footage) }, library: library,
            deinterlaces: deinterlaces && footage.source.index.isInterlaced, resizes: mode == .encode,
            threads: jobs > 1 ? 1 : 2)
        let initSegments = try work.targets.map { try library.store($0.initSegment.encoded(), "mp4") }
        let made = try ClipPool(work, initSegments, plans, progress).run(jobs: jobs)
        let renditions = zip(work.targets, initSegments).enumerated().map { number, pair in
            let bytes = Set(made.entries.map { $0.media[number] }).reduce(0) { $0 + $1.bytes }
            return pair.0.rendition(initSegment: pair.1, bytes: bytes)
        }
        return ConditionedPicture(
            renditions: renditions, entries: made.entries, plans: plans, clipsReused: made.reused,
            making: made.effort.making, proving: made.effort.proving)
    }
}
