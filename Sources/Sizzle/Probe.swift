public import Conditioning
public import Diagnostics
private import Editorial
private import FFmpeg
private import FileSystem
private import ISOBMFF
public import MediaTime

/// Tells what a Mega Asset is, where it may be cut, and what the clips of an index would cost. Makes nothing.
public struct Probe: Sendable {
    private let mega: String
    private let track: Int
    private let indexPath: String?
    private let frameRate: FrameRate?
    private let conditioner: Conditioner

    /// Describes what is to be looked at.
    /// - Parameters:
    ///   - track: the picture track, from 0.
    ///   - indexPath: a clip index, whose clips are planned as the conditioner would make them.
    ///   - frameRate: as `Ingest.frameRate`.
    public init(
        mega: String, track: Int = 0, indexPath: String? = nil, frameRate: FrameRate? = nil,
        conditioner: Conditioner = .init()
    ) {
        self.mega = mega
        self.track = track
        self.indexPath = indexPath
        self.frameRate = frameRate
        self.conditioner = conditioner
    }

    /// Reads all packets of the file once.
    /// - Throws: `Fault` or `FFmpegError` when the file cannot be read or its frames cannot be numbered, or the index does not fit.
    public func run(progress: ProgressHandler = { _ in }) throws -> Report {
        let index = try indexPath.map { try ClipIndex.load($0) }
        let size = try InputFile.open(mega).size
        let file = try Demuxer.open(mega)
        let source = try Source.read(mega, track: track) {
            progress(ProgressReport(stage: "reading the Mega Asset", done: Int($0), total: Int(size)))
        }
        let boundaries = CutPlanner(source).boundaries()
        return Report(
            file: mega, bytes: size, container: file.container, tracks: file.streams.map(Self.track),
            timecodes: file.streams.compactMap(\.timecode).reduce(into: []) {
                if !$0.contains($1) { $0.append($1) }
            },
            picture: Self.picture(source), safeInPoints: boundaries.entries, safeOutPoints: boundaries.exits,
            renditions: try index.map { try plans(source, $0) })
    }

    private func plans(_ source: Source, _ index: ClipIndex) throws -> [Report.Rendition] {
        let footage = try Footage(source, index, path: indexPath ?? "", at: frameRate)
        return try conditioner.plans(footage).map { plan in
            Report.Rendition(
                name: plan.name, condition: plan.condition, notes: plan.notes,
                clips: zip(footage.clips, plan.cuts).map { label, cut in ClipCut(label, cut, rendition: plan.name) })
        }
    }

    private static func track(_ stream: StreamInfo) -> Report.Track {
        let kind =
            switch stream.kind {
            case .video: "picture"
            case .audio: "sound"
            case .other: "other"
            }
        return Report.Track(
            stream: stream.index, kind: kind, codec: stream.codec, language: stream.language,
            width: stream.kind == .video ? stream.picture.width : nil,
            height: stream.kind == .video ? stream.picture.height : nil,
            channels: stream.kind == .audio ? stream.channels : nil,
            sampleRate: stream.kind == .audio ? stream.sampleRate : nil)
    }

    private static func picture(_ source: Source) -> Report.Picture {
        let index = source.index
        let (stream, first) = (index.stream, index.firstFrame)
        let start = index.presentationTicks.first ?? 0
        let rate = rate(of: index)
        return Report.Picture(
            stream: stream.index, codec: stream.codec, codecString: source.codecName, width: first.picture.width,
            height: first.picture.height, pixelFormat: "\(first.picture.pixelFormat)",
            sampleAspect: "\(stream.sampleAspect.width):\(stream.sampleAspect.height)", rotation: stream.rotation,
            fields: index.isInterlaced ? index.fieldOrder == .topFirst ? "topFirst" : "bottomFirst" : "progressive",
            colourPrimaries: Int(stream.colour.primaries), transfer: Int(stream.colour.transfer),
            matrix: Int(stream.colour.matrix), isFullRange: stream.colour.isFullRange,
            masteringLuminance: first.mastering.map { "\($0.minimumLuminance)-\($0.maximumLuminance)/10000" },
            maximumContentLight: first.light.map { Int($0.maximum) }, frameRate: rate?.description ?? "variable",
            averageRate: stream.averageRate?.description, frames: index.count, timebase: stream.timebase.description,
            startTicks: start, durationTicks: index.endTicks - start, obstacle: source.obstacle)
    }

    /// The constant rate on whose grid all frames are; `nil` when there is none.
    private static func rate(of index: FrameIndex) -> FrameRate? {
        let usual = [
            (24, 1), (25, 1), (30, 1), (24_000, 1_001), (30_000, 1_001), (50, 1), (60, 1), (60_000, 1_001), (48, 1),
            (15, 1), (12, 1), (10, 1), (120, 1),
        ].compactMap { FrameRate($0.0, $0.1) }
        return (usual + [index.stream.averageRate].compactMap { $0 }).first {
            index.firstOffGrid($0, in: 0..<index.count) == nil
        }
    }

    /// What was found.
    public struct Report: Sendable, Encodable {
        /// The Mega Asset, as it was given.
        public var file: String
        /// Bytes of the file.
        public var bytes: Int64
        /// FFmpeg's name of the container.
        public var container: String
        /// All tracks, in the file's order.
        public var tracks: [Track]
        /// The timecodes of the first frame that the file tells, each once.
        public var timecodes: [String]
        /// The picture track that is taken.
        public var picture: Picture
        /// The frames with which a copied piece may begin, ascending.
        public var safeInPoints: [Int64]
        /// The frames before which a piece may end that is copied from the last safe in-point before, ascending.
        public var safeOutPoints: [Int64]
        /// How each rendition would take the clips of the index; `nil` without an index.
        public var renditions: [Rendition]?

        /// A track.
        public struct Track: Sendable, Encodable {
            /// Its place in the file.
            public var stream: Int
            /// `picture`, `sound` or `other`.
            public var kind: String
            /// FFmpeg's name of the codec.
            public var codec: String
            /// Its language.
            public var language: String
            /// Of pictures.
            public var width: Int?
            /// Of pictures.
            public var height: Int?
            /// Of sound.
            public var channels: Int?
            /// Of sound, samples a second.
            public var sampleRate: Int?
        }

        /// The picture track.
        public struct Picture: Sendable, Encodable {
            /// Its place in the file.
            public var stream: Int
            /// FFmpeg's name of the codec.
            public var codec: String
            /// The codec as manifests name it (RFC 6381); `nil` where packets cannot be copied.
            public var codecString: String?
            /// Luma samples across.
            public var width: Int
            /// Luma samples down.
            public var height: Int
            /// FFmpeg's name of the sample layout.
            public var pixelFormat: String
            /// Width to height of a sample.
            public var sampleAspect: String
            /// The clockwise turn that a player applies, in degrees.
            public var rotation: Int
            /// `progressive`, `topFirst` or `bottomFirst`.
            public var fields: String
            /// ITU-T H.273; 2 is unspecified.
            public var colourPrimaries: Int
            /// ITU-T H.273; 2 is unspecified.
            public var transfer: Int
            /// ITU-T H.273; 2 is unspecified.
            public var matrix: Int
            /// Whether samples use all values.
            public var isFullRange: Bool
            /// The luminance of the mastering display of HDR, in steps of 0.0001 cd/m².
            public var masteringLuminance: String?
            /// MaxCLL of HDR, in cd/m².
            public var maximumContentLight: Int?
            /// The constant rate on whose grid all frames are, or `variable`.
            public var frameRate: String
            /// What the container says.
            public var averageRate: String?
            /// Presented frames.
            public var frames: Int64
            /// Seconds a tick.
            public var timebase: String
            /// When frame 0 is presented, in ticks.
            public var startTicks: Int64
            /// How long all frames are presented, in ticks.
            public var durationTicks: Int64
            /// Why no packet can be copied; `nil` where they can.
            public var obstacle: String?
        }

        /// A rendition that would be made.
        public struct Rendition: Sendable, Encodable {
            /// Its name.
            public var name: String
            /// How it would be made as a whole.
            public var condition: Condition
            /// What a person should know.
            public var notes: [String]
            /// How each clip would be taken.
            public var clips: [ClipCut]
        }
    }
}
