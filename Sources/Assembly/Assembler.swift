public import Diagnostics
public import Editorial
internal import FFmpeg
internal import FileSystem
public import MediaTime
internal import Sound

/// Makes one Mega Asset of many files: every clip in one size, rate and loudness, end to end, each beginning with an IDR picture, so that
/// an edition can copy it.
public struct Assembler: Sendable {
    /// What is taken where nothing else is said; see ``Choice``.
    public var choice = Choice()

    /// A format of which parts are left open.
    public struct Choice: Sendable {
        /// Width and height in square samples; `nil` takes the size that most clips have.
        public var size: (width: Int, height: Int)?
        /// Frames a second; `nil` takes the rate that most clips have.
        public var frameRate: FrameRate?
        /// How pictures of other shapes fill the frame.
        public var fit = AssemblyFormat.Fit.pad
        /// The loudness of each clip; `nil` leaves it as it is.
        public var loudness: Decibels?
        /// The constant rate factor.
        public var quality = 16

        /// Leaves all open.
        public init() {}
    }

    /// What was made.
    public struct Result: Sendable {
        /// The format of the video.
        public var format: AssemblyFormat
        /// The clips and their frames.
        public var index: ClipIndex
        /// What was done to clips, for people.
        public var notes: [String]
    }

    /// With everything left open.
    public init() {}

    /// Writes the Mega Asset and its index; older files are replaced when both are whole.
    /// - Parameters:
    ///   - path: the video, an MP4 with H.264 and AAC.
    ///   - indexPath: its clip index.
    /// - Throws: `Fault` naming the clip, when a name is not good, one is there twice, or a file is HDR; `FFmpegError` when one cannot be
    ///   decoded. Nothing is left behind.
    public func assemble(
        _ clips: [AssemblyClip], to path: String, indexPath: String, progress: @escaping ProgressHandler = { _ in }
    ) throws -> Result {
        let sources = try clips.map { try ClipSource($0) }
        let format = try format(of: sources)
        let conversions = sources.map {
            RateConversion(
                $0.index.presentationTicks, endTicks: $0.index.endTicks, timebase: $0.index.stream.timebase,
                to: format.frameRate)
        }
        let index = try self.index(sources, conversions.map(\.count), format.frameRate)
        var indexFile = try OutputFile.create(indexPath)
        try indexFile.append(index.fileBytes())
        let output = try OutputFile.create(path)
        var writer = try MegaWriter(output.writingPath, format, folder: Path.folder(of: path), progress: progress)
        writer.total = conversions.reduce(0) { $0 + $1.count }
        for (source, conversion) in zip(sources, conversions) { try writer.add(source, conversion) }
        try writer.finish()
        try output.commit()
        try indexFile.commit()
        return Result(
            format: format, index: index, notes: zip(sources, conversions).flatMap { Self.notes($0, $1, format) })
    }

    /// Fills in what was left open.
    private func format(of sources: [ClipSource]) throws(Fault) -> AssemblyFormat {
        let shapes = sources.map { "\($0.shape.width & ~1)x\($0.shape.height & ~1)" }
        let rates = sources.compactMap { $0.frameRate }
        guard let rate = choice.frameRate ?? Self.mostFrequent(rates) else {
            throw Fault(.badInput, "no clip has a frame rate; give one with --frame-rate")
        }
        let shape = Self.mostFrequent(shapes).flatMap { name in zip(shapes, sources).first { $0.0 == name }?.1.shape }
        guard let size = choice.size ?? shape else { throw Fault(.usage, "no clip is given") }
        return AssemblyFormat(
            width: max(2, size.width & ~1), height: max(2, size.height & ~1), frameRate: rate, fit: choice.fit,
            loudness: choice.loudness, quality: choice.quality)
    }

    /// What is there most often, of equals the first.
    private static func mostFrequent<Value: Hashable>(_ values: [Value]) -> Value? {
        let counts = values.reduce(into: [Value: Int]()) { $0[$1, default: 0] += 1 }
        return values.max { (counts[$0] ?? 0) < (counts[$1] ?? 0) }.flatMap { best in
            values.first { counts[$0] == counts[best] }
        }
    }

    private func index(_ sources: [ClipSource], _ counts: [Int64], _ rate: FrameRate) throws(Fault) -> ClipIndex {
        var start: Int64 = 0
        var clips: [ClipLabel] = []
        for (source, count) in zip(sources, counts) {
            guard let range = FrameRange(start, start + count) else { continue }
            clips.append(try ClipLabel(named: source.clip.name, range: range, file: source.clip.path))
            start += count
        }
        return try ClipIndex(frameRate: .constant(rate), clips: clips)
    }

    /// What people would want to know was done to a clip.
    private static func notes(_ source: ClipSource, _ conversion: RateConversion, _ format: AssemblyFormat) -> [String]
    {
        var changes: [String] = []
        let shape = source.shape
        if shape != (format.width, format.height) {
            let isSameShape = Placement(shape, in: format) == Placement((format.width, format.height), in: format)
            let how =
                isSameShape ? "scaled" : format.fit == .pad ? "scaled, with black beside it" : "scaled and cropped"
            changes.append("\(shape.width)x\(shape.height) \(how)")
        }
        let (before, after) = (source.index.count, conversion.count)
        if conversion.sources != Array(0..<before) { changes.append("\(before) frames shown as \(after)") }
        if source.index.isInterlaced { changes.append("deinterlaced") }
        if !source.hasSound { changes.append("silent") }
        return changes.isEmpty ? [] : ["\(printable(source.clip.path)): \(changes.joined(separator: ", "))"]
    }
}
