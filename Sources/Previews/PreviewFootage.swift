public import Editions
public import FFmpeg
public import MediaTime

/// Where a preview gets the frames of its slots from.
public protocol PreviewFootage: AnyObject {
    /// The track in which the frames are, for shape and colours.
    var stream: StreamInfo { get }
    /// Ticks a second of `times`.
    var timescale: Int32 { get }

    /// When the frames of a slot begin, from the slot's beginning, in ticks; one more than frames, for the end.
    /// - Throws: `Fault` when that is not known.
    func times(of slot: Int) throws -> FrameTimes

    /// Calls `body` with each frame of a slot, from 0, in order.
    /// - Throws: `FFmpegError` when one cannot be decoded, and what `body` throws.
    func forEachFrame(of slot: Int, _ body: (Int64, borrowing Frame) throws -> Void) throws
}

/// Frames of a Mega Asset.
public final class MegaFootage: PreviewFootage {
    private let ranges: [FrameRange]
    private let mode: FrameRateMode
    private let index: FrameIndex
    private var reader: VideoReader
    private var deinterlacer: Deinterlacer?

    /// - Parameters:
    ///   - ranges: the frames of each slot.
    ///   - mode: how the frames follow each other.
    /// - Throws: `FFmpegError` when the file cannot be opened.
    public init(_ path: String, _ index: FrameIndex, ranges: [FrameRange], mode: FrameRateMode) throws {
        self.ranges = ranges
        self.mode = mode
        self.index = index
        reader = try VideoReader.open(path, index: index)
        deinterlacer = index.isInterlaced ? Deinterlacer(index) : nil
    }

    /// The file's picture.
    public var stream: StreamInfo { index.stream }

    /// Ticks a second.
    public var timescale: Int32 {
        switch mode {
        case .constant(let rate): rate.mediaTiming.timescale
        case .variable: Int32(clamping: index.stream.timebase.denominator)
        }
    }

    /// By the rate, or, where it varies, by the file's own times.
    public func times(of slot: Int) -> FrameTimes {
        if case .constant(let rate) = mode { return .even(ticksPerFrame: rate.mediaTiming.ticksPerFrame) }
        let range = ranges[slot]
        let first = index.ticks(at: range.start)
        return .listed(
            (range.start...range.end).map { (index.ticks(at: $0) - first) * index.stream.timebase.numerator })
    }

    /// Seeks to the clip and decodes it.
    /// - Throws: as `PreviewFootage` says.
    public func forEachFrame(of slot: Int, _ body: (Int64, borrowing Frame) throws -> Void) throws {
        let range = ranges[slot]
        for number in range.start..<range.end {
            let frame = try deinterlacer?.frame(at: number, from: &reader) ?? reader.frame(at: number)
            try body(number - range.start, frame)
        }
    }
}

/// Frames of an edition's clips.
public final class EditionFootage: PreviewFootage {
    private let edition: Edition
    private let clips: [ClipTable.Clip]
    private let rendition: Int

    /// The picture of the first clip; all are alike.
    public let stream: StreamInfo

    /// - Parameter clips: those of each slot; at least one.
    /// - Throws: `Fault` or `FFmpegError` when the first cannot be opened.
    public init(_ edition: Edition, clips: [ClipTable.Clip], rendition: Int) throws {
        self.edition = edition
        self.clips = clips
        self.rendition = rendition
        stream = try Self.reader(edition, clips[0], rendition).stream
    }

    /// Ticks a second of the rendition.
    public var timescale: Int32 { edition.manifest.renditions[rendition].timescale }

    /// As the edition records them.
    /// - Throws: as `PreviewFootage` says.
    public func times(of slot: Int) throws -> FrameTimes { try edition.times(of: clips[slot], rendition: rendition) }

    /// Decodes the clip's media.
    /// - Throws: as `PreviewFootage` says.
    public func forEachFrame(of slot: Int, _ body: (Int64, borrowing Frame) throws -> Void) throws {
        var reader = try Self.reader(edition, clips[slot], rendition)
        var number: Int64 = 0
        while let frame = try reader.next() {
            try body(number, frame)
            number += 1
        }
    }

    private static func reader(
        _ edition: Edition, _ clip: ClipTable.Clip, _ rendition: Int
    ) throws -> FrameReader {
        try FrameReader.open(
            Demuxer.open(
                files: edition.files(of: clip, rendition: rendition), named: "clip (\(clip.title), \(clip.type))"))
    }
}
