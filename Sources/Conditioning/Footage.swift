internal import Diagnostics
public import Editorial
internal import FFmpeg
public import MediaTime

/// The frames that the clips of an index are made of, numbered as the edition numbers them: those of the Mega Asset as it
/// presents them, or those that it shows at another, constant rate.
public struct Footage: Sendable {
    /// The Mega Asset.
    public let source: Source
    /// How the frames follow each other.
    public let mode: FrameRateMode
    /// The clips, in the order of the index, in the edition's numbers.
    public let clips: [ClipLabel]
    /// At a rate of its own: the source frame behind each frame, ascending.
    private let shown: [Int64]?

    /// Holds an index against a source.
    ///
    /// - Parameters:
    ///   - path: the index's file, for messages.
    ///   - rate: shows the source at this constant rate; `nil` takes its frames as they are. Frame n at the rate is the last one
    ///     that begins, to the nearest frame of the rate and counted from the first, at or before n: frames are repeated and dropped
    ///     where they must be, as FFmpeg's filter `fps` does. Labels of a `variable` index count the source's frames and are moved; those of a
    ///     constant one count the frames at the rate.
    /// - Throws: `Fault` when a clip ends after the last frame, when frames are not where the index's constant rate puts them, or
    ///   when nothing of a clip is left at the rate.
    public init(_ source: Source, _ index: ClipIndex, path: String, at rate: FrameRate? = nil) throws {
        self.source = source
        guard let rate else {
            try index.check(frameCount: source.index.count, file: path)
            if case .constant(let rate) = index.frameRate {
                try Self.requireTicks(rate, source.path)
                try source.index.requireGrid(rate, through: index.clips.map(\.range.end).max() ?? 0, path: source.path)
            }
            (mode, clips, shown) = (index.frameRate, index.clips, nil)
            try requireTicks()
            return
        }
        try Self.requireTicks(rate, source.path)
        let shown = try Self.frames(of: source, at: rate)
        switch index.frameRate {
        case .constant(rate):
            try index.check(frameCount: Int64(shown.count), file: path)
            clips = index.clips
        case .constant(let other):
            throw Fault(
                .usage,
                "--frame-rate \(rate): \(path) counts frames at \(other); give that rate, or label with 'variable'")
        case .variable:
            try index.check(frameCount: source.index.count, file: path)
            clips = try index.clips.map { try Self.moved($0, to: shown, rate, path) }
        }
        (mode, self.shown) = (.constant(rate), shown)
    }

    /// How many frames there are.
    public var count: Int64 { shown.map { Int64($0.count) } ?? source.index.count }

    /// The source frame behind frame `number`.
    func sourceFrame(_ number: Int64) -> Int64 { shown?[Int(number)] ?? number }

    /// The source frames of a range; `nil` where some are repeated or dropped.
    func sourceRange(_ range: FrameRange) -> FrameRange? {
        guard let shown else { return range }
        let start = shown[Int(range.start)]
        let follow = (range.start..<range.end).allSatisfy { shown[Int($0)] == start + $0 - range.start }
        return follow ? FrameRange(start, start + range.count) : nil
    }

    /// The sample of 48 kHz sound, on the file's clock, with which frame `number` begins; for the number of frames, with which
    /// the last one ends.
    public func sample(at number: Int64) -> Int64 { source.index.sample(at: number, mode) }

    /// Ticks a second of the edition's renditions.
    var timescale: Int32 {
        switch mode {
        case .constant(let rate): rate.mediaTiming.timescale
        case .variable: Int32(source.index.stream.timebase.denominator)
        }
    }

    /// Ticks from one frame to the next, in `timescale`; `nil` where frames have durations of their own.
    var ticksPerFrame: Int64? {
        guard case .constant(let rate) = mode else { return nil }
        return rate.mediaTiming.ticksPerFrame
    }

    /// How long each frame of a clip lasts, in `timescale`; `nil` where all last as long.
    func durations(of range: FrameRange) -> [UInt32]? {
        guard case .variable = mode else { return nil }
        let index = source.index
        let factor = index.stream.timebase.numerator
        return (range.start..<range.end).map {
            UInt32(clamping: (index.ticks(at: $0 + 1) - index.ticks(at: $0)) * factor)
        }
    }

    /// When the frames of a clip begin, in `timescale`.
    func times(of range: FrameRange) -> FrameTimes {
        if let ticksPerFrame { return .even(ticksPerFrame: ticksPerFrame) }
        return FrameTimes(durations: durations(of: range) ?? [])
    }

    /// The rate that an encoder is told: the frames' own, or what they come to on average.
    var nominalRate: FrameRate {
        switch mode {
        case .constant(let rate): rate
        case .variable: source.index.stream.averageRate ?? FrameRate.fallback
        }
    }

    /// So many hours at 60 frames a second that no Mega Asset has them: what claims more is damaged, or the rate is.
    private static let mostFrames: Int64 = 100 * 3600 * 60

    private static func frames(of source: Source, at rate: FrameRate) throws(Fault) -> [Int64] {
        let index = source.index
        let timebase = index.stream.timebase
        let first = index.presentationTicks.first ?? 0
        let span = Int128(index.endTicks - first) * Int128(timebase.numerator) * Int128(rate.numerator)
        guard span / Int128(timebase.denominator) / Int128(rate.denominator) < mostFrames else {
            throw Fault(
                .badInput,
                "\(source.path): would have more than \(mostFrames) frames at --frame-rate \(rate); choose a lower rate"
            )
        }
        func place(_ ticks: Int64) -> Int64 { rate.frameTimebase.rescaleNearest(ticks - first, from: timebase) }
        var shown: [Int64] = []
        for (number, ticks) in index.presentationTicks.enumerated() {
            let next = number + 1 < index.presentationTicks.count ? index.presentationTicks[number + 1] : index.endTicks
            shown += repeatElement(Int64(number), count: Int(max(0, place(next) - place(ticks))))
        }
        return shown
    }

    private static func moved(
        _ clip: ClipLabel, to shown: [Int64], _ rate: FrameRate, _ path: String
    ) throws(Fault) -> ClipLabel {
        let start = shown.partitioningIndex { $0 >= clip.range.start }
        let end = shown.partitioningIndex { $0 >= clip.range.end }
        guard let range = FrameRange(Int64(start), Int64(end)) else {
            throw Fault(
                .badInput,
                "\(path): clip (\(clip.title), \(clip.type)) \(clip.range) is shorter than a frame at \(rate) a second; lengthen it "
                    + "or convert to a higher rate")
        }
        return ClipLabel(title: clip.title, type: clip.type, range: range)
    }

    /// A sample's duration has 32 bits.
    private static func requireTicks(_ rate: FrameRate, _ path: String) throws(Fault) {
        guard rate.mediaTiming.ticksPerFrame <= Int64(Int32.max) else {
            throw Fault(
                .badInput, "\(path): at \(rate) a second frames last too long for an MP4 track; use a higher rate")
        }
    }

    /// The same of frames with durations of their own.
    private func requireTicks() throws(Fault) {
        guard case .variable = mode else { return }
        let limit = Int64(Int32.max) / source.index.stream.timebase.numerator
        for clip in clips {
            for number in clip.range.start..<clip.range.end
            where source.index.ticks(at: number + 1) - source.index.ticks(at: number) > limit {
                throw Fault(
                    .badInput,
                    "\(source.path): frame \(number) lasts too long for an MP4 track; show it at a constant rate with "
                        + "--frame-rate")
            }
        }
    }
}

extension FrameRate {
    /// What an encoder is told of frames of which nothing is known.
    fileprivate static let fallback: FrameRate = {
        guard let rate = FrameRate(25) else { preconditionFailure("25 is a rate") }
        return rate
    }()
}

/// Gives the frames of footage by their numbers. The last few are kept: repeated frames and neighbours cost nothing.
struct FootageReader: ~Copyable {
    private let footage: Footage
    private let deinterlaces: Bool
    /// Whether frames of another size than the first are passed on.
    private let resizes: Bool
    private var reader: VideoReader
    private var deinterlacer: Deinterlacer
    private var recent: [Int64: SharedFrame] = [:]

    init(_ work: ConditioningWork) throws {
        let source = work.footage.source
        let reader = try VideoReader.open(source.path, index: source.index, threads: work.threads)
        self.init(work.footage, work.deinterlaces, work.resizes, reader)
    }

    private init(_ footage: Footage, _ deinterlaces: Bool, _ resizes: Bool, _ reader: consuming VideoReader) {
        self.footage = footage
        self.deinterlaces = deinterlaces
        self.resizes = resizes
        self.reader = reader
        deinterlacer = Deinterlacer(footage.source.index)
    }

    /// Frame `number` of the footage.
    /// - Throws: `FFmpegError` when it cannot be decoded whole, `Fault` when its size is not the first frame's.
    mutating func frame(at number: Int64) throws -> SharedFrame { try sourceFrame(footage.sourceFrame(number)) }

    /// Frame `number` of the source.
    /// - Throws: as `frame(at:)`.
    mutating func sourceFrame(_ number: Int64) throws -> SharedFrame {
        if let known = recent[number] { return known }
        // A comparison looks one frame back and one ahead. Dropped before the next is decoded, which may take their memory.
        recent = recent.filter { abs($0.key - number) < 2 }
        let frame =
            if deinterlaces {
                SharedFrame(try deinterlacer.frame(at: number, from: &reader))
            } else {
                SharedFrame(try reader.frame(at: number))
            }
        try requireSize(frame, number)
        recent[number] = frame
        return frame
    }

    private func requireSize(_ frame: SharedFrame, _ number: Int64) throws(Fault) {
        let first = footage.source.index.firstFrame.picture
        let picture = frame.frame.pictureFormat
        guard !resizes, picture != first else { return }
        throw Fault(
            .badInput,
            "\(footage.source.path): frame \(number) is \(picture), and the first frame \(first); use --condition encode to make "
                + "all alike")
    }
}
