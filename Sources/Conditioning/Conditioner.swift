public import Diagnostics
public import Editions
public import Editorial
internal import FFmpeg
internal import ISOBMFF
internal import MediaTime

/// How the clips of an edition are made.
public enum ConditionMode: String, Sendable, CaseIterable {
    /// Copy where every boundary is safe, else encode all.
    case auto
    /// Copy; a boundary that is not safe is an error.
    case copy
    /// Encode every frame.
    case encode
}

/// The picture of an edition, made and proved.
public struct ConditionedPicture: Sendable {
    /// The one rendition.
    public var rendition: EditionManifest.Rendition
    /// The clips, in the order of the index, each with one media object.
    public var entries: [ClipEntry]
    /// How each clip was taken, in the order of the index.
    public var cuts: [Cut]
    /// Frames that were copied bit for bit.
    public var framesCopied: Int64
    /// Frames that were encoded.
    public var framesEncoded: Int64
}

/// Makes and proves the picture of an edition.
public struct Conditioner: Sendable {
    /// How clips are made.
    public var mode: ConditionMode
    /// x264's constant rate factor where clips are encoded: lower is better and larger.
    public var quality: Int

    /// Chooses how clips are made.
    public init(mode: ConditionMode = .auto, quality: Int = 18) {
        self.mode = mode
        self.quality = quality
    }

    /// Decides how each clip of an index is taken from a source, without making anything.
    /// - Throws: `Fault` when the index does not fit the source; in mode `copy` also when a boundary is not safe.
    public func plan(_ source: Source, _ index: ClipIndex, path indexPath: String) throws -> [Cut] {
        let rate = try constantRate(index, indexPath)
        try index.check(frameCount: source.index.count, file: indexPath)
        try requireGrid(source, rate, through: index.clips.map(\.range.end).max() ?? 0)
        if mode == .encode {
            return index.clips.map { .encode(.init(frame: $0.range.start, reason: "encoding was asked for")) }
        }
        var cuts: [Cut]
        switch source.copying {
        case .possible:
            let planner = CutPlanner(source)
            cuts = index.clips.map { planner.cut($0.range) }
        case .impossible(let reason):
            cuts = index.clips.map {
                .encode(.init(frame: $0.range.start, reason: "the source cannot be copied: \(reason)"))
            }
        }
        if mode == .copy { try requireAllCopied(cuts, index, source) }
        // One sample entry for all: until edges can be matched to the source, all is copied or all encoded.
        let isMixed = cuts.contains { if case .encode = $0 { true } else { false } }
        if isMixed {
            cuts = cuts.enumerated().map { number, cut in
                guard case .copy = cut else { return cut }
                let reason = "could be copied, but others of the edition cannot"
                return .encode(.init(frame: index.clips[number].range.start, reason: reason))
            }
        }
        return cuts
    }

    /// Makes the media objects of all clips, and proves every frame of them.
    /// - Throws: `Fault` or `FFmpegError` when the index does not fit the source, a frame cannot be decoded, or the library
    ///   cannot be written.
    public func condition(
        _ source: Source, _ index: ClipIndex, indexPath: String, into library: Library, progress: ProgressHandler
    ) throws -> ConditionedPicture {
        let cuts = try plan(source, index, path: indexPath)
        let rate = try constantRate(index, indexPath)
        let total = index.clips.count
        var runs: [(start: Int64, packets: Range<Int>)] = []
        for (clip, cut) in zip(index.clips, cuts) {
            if case .copy(let packets) = cut { runs.append((clip.range.start, packets)) }
        }
        let isCopy = runs.count == total
        let encoding = EncodeConditioner.encoding(source.index.stream, rate: rate, quality: quality)
        var maker = try Maker(
            source: source, rate: rate, library: library, encoding: encoding,
            copying: isCopy ? runs.map(\.packets) : nil)
        let objects = try maker.objects(runs, index.clips.map(\.range)) {
            progress(ProgressReport(stage: isCopy ? "copying clips" : "encoding clips", done: $0, total: total))
        }
        let initSegment = try library.store(maker.initSegment.encoded(), "mp4")
        var proof = try Proof(source: source, isCopy: isCopy, format: encoding.picture)
        var entries: [ClipEntry] = []
        // In the order of the source, so that it is read once from front to back.
        let order = index.clips.indices.sorted { index.clips[$0].range.start < index.clips[$1].range.start }
        var hashes = [Proof.Hashes](repeating: .init(), count: total)
        for (done, clip) in order.enumerated() {
            let label = index.clips[clip]
            let files = library.files(initSegment: initSegment, media: objects[clip].object)
            let name = "clip (\(label.title), \(label.type))"
            hashes[clip] = try proof.prove(Demuxer.open(files: files, named: name), label.range)
            progress(ProgressReport(stage: "proving clips", done: done + 1, total: total))
        }
        for (clip, label) in index.clips.enumerated() {
            entries.append(
                ClipEntry(
                    title: label.title, type: label.type, range: label.range, pictures: hashes[clip].pictures,
                    media: [objects[clip]], frameHashes: [hashes[clip].frames]))
        }
        let frames = index.clips.reduce(0) { $0 + $1.range.count }
        let rendition = maker.rendition(
            initSegment: initSegment, condition: isCopy ? .copy : .encode,
            bytes: Set(objects).reduce(0) { $0 + $1.bytes })
        return ConditionedPicture(
            rendition: rendition, entries: entries, cuts: cuts, framesCopied: isCopy ? frames : 0,
            framesEncoded: isCopy ? 0 : frames)
    }

    private func constantRate(_ index: ClipIndex, _ path: String) throws(Fault) -> FrameRate {
        guard case .constant(let rate) = index.frameRate else {
            throw Fault(
                .badInput,
                "\(path): a 'variable' frame rate cannot be ingested: reels have one constant rate; conform the Mega Asset first"
            )
        }
        return rate
    }

    private func requireGrid(_ source: Source, _ rate: FrameRate, through end: Int64) throws {
        guard let off = source.index.firstOffGrid(rate, in: 0..<end) else { return }
        let claimed = source.index.stream.averageRate.map { "; the file says \($0) frames a second" } ?? ""
        throw Fault(
            .badInput,
            "\(source.path): frame \(off.frame) is presented at tick \(off.ticks), where \(rate) frames a second have it at "
                + "\(off.expected) (1 tick = \(source.index.stream.timebase) s)\(claimed); use the media's rate in the index"
        )
    }

    private func requireAllCopied(_ cuts: [Cut], _ index: ClipIndex, _ source: Source) throws {
        let unsafe = zip(index.clips, cuts).compactMap { clip, cut -> (ClipLabel, Cut.Obstacle)? in
            if case .encode(let obstacle) = cut { (clip, obstacle) } else { nil }
        }
        guard let (clip, obstacle) = unsafe.first else { return }
        let others = unsafe.count > 1 ? " (and \(unsafe.count - 1) more clips)" : ""
        throw Fault(
            .badInput,
            "\(source.path): clip (\(clip.title), \(clip.type)) cannot be copied: \(obstacle)\(others); use --condition auto or "
                + "encode")
    }
}
