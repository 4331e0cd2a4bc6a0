public import Diagnostics
public import Editions
public import Editorial
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
    /// The one rendition.
    public var rendition: EditionManifest.Rendition
    /// The clips, in the order of the index, each with one media object.
    public var entries: [ClipEntry]
    /// How each clip was taken, in the order of the index.
    public var cuts: [Cut]
    /// Frames that were copied bit for bit.
    public var framesCopied: Int64 { cuts.reduce(0) { $0 + $1.framesCopied } }
    /// Frames that were encoded.
    public var framesEncoded: Int64 { cuts.reduce(0) { $0 + $1.framesEncoded } }
}

/// How the clips of an index are to be taken from a source.
public struct ConditioningPlan: Sendable {
    /// How each clip is taken, in the order of the index.
    public let cuts: [Cut]
    /// How the rendition is made: in `smart`, a clip may be copied or encoded whole too.
    public let condition: Condition
    /// How frames are encoded.
    let encoding: VideoEncoding
    /// What frames are encoded to where every frame is.
    let codec: EncodedCodec
    /// In `smart`: what encoded frames have of their own.
    var edges: EncodingSettings.Matched?

    var stage: String { condition == .encode ? "encoding clips" : "copying clips" }
}

/// Makes and proves the picture of an edition.
public struct Conditioner: Sendable {
    /// How clips are made.
    public var mode: ConditionMode
    /// The constant rate factor of x264 or x265 where clips are encoded: lower is better and larger.
    public var quality: Int
    /// What clips are encoded to where all of them are.
    public var codec: EncodedCodec

    /// Chooses how clips are made.
    public init(mode: ConditionMode = .auto, quality: Int = 15, codec: EncodedCodec = .h264) {
        self.codec = codec
        self.mode = mode
        self.quality = quality
    }

    /// Decides how each clip of an index is taken from a source, without making anything.
    /// - Throws: `Fault` when the index does not fit the source; in mode `copy` also when a boundary is not safe, and in mode
    ///   `smart` when the source's packets cannot be copied at all.
    public func plan(_ source: Source, _ index: ClipIndex, path indexPath: String) throws -> ConditioningPlan {
        let rate = try constantRate(index, indexPath)
        try index.check(frameCount: source.index.count, file: indexPath)
        try requireGrid(source, rate, through: index.clips.map(\.range.end).max() ?? 0)
        let standard = EncodingSettings.standard(
            source.index.stream, codec: codec, rate: rate, quality: quality)
        func encodingAll(because reason: (_ clip: Int) -> String) -> ConditioningPlan {
            let cuts = index.clips.enumerated().map { number, clip in
                Cut.encode(clip.range, .init(frame: clip.range.start, reason: reason(number)))
            }
            return ConditioningPlan(cuts: cuts, condition: .encode, encoding: standard, codec: codec)
        }
        if mode == .encode { return encodingAll { _ in "encoding was asked for" } }
        guard case .possible(let format) = source.copying else {
            return try planWithoutCopying(source, else: encodingAll)
        }
        let planner = CutPlanner(source)
        let cuts = index.clips.map { planner.cut($0.range) }
        if mode == .copy { try requireAllCopied(cuts, index, source) }
        if cuts.allSatisfy({ $0.framesEncoded == 0 }) {
            return ConditioningPlan(cuts: cuts, condition: .copy, encoding: standard, codec: codec)
        }
        if cuts.allSatisfy({ $0.framesCopied == 0 }) {
            return ConditioningPlan(cuts: cuts, condition: .encode, encoding: standard, codec: codec)
        }
        switch EncodingSettings.matched(source.index.stream, format.configuration, rate: rate, quality: quality) {
        case .success(let edges):
            return ConditioningPlan(cuts: cuts, condition: .smart, encoding: edges.encoding, codec: codec, edges: edges)
        case .failure(let mismatch):
            return encodingAll { clip in
                let own =
                    cuts[clip].obstacles.first.map { "frame \($0.frame) \($0.reason)" } ?? "other clips need encoding"
                return "\(own), and encoded pictures cannot share a track with the source's: \(mismatch.reason)"
            }
        }
    }

    /// What to do with a source of which no packet can be copied.
    private func planWithoutCopying(
        _ source: Source, else encodingAll: ((Int) -> String) -> ConditioningPlan
    ) throws -> ConditioningPlan {
        guard case .impossible(let reason) = source.copying else {
            throw Fault(.internalError, "\(source.path): can be copied after all")
        }
        guard mode == .auto else {
            throw Fault(
                .badInput, "\(source.path): cannot be copied: \(reason); use --condition auto or encode")
        }
        return encodingAll { _ in "the source cannot be copied: \(reason)" }
    }

    /// Makes the media objects of all clips, and proves every frame of them.
    /// - Throws: `Fault` or `FFmpegError` when the index does not fit the source, a frame cannot be decoded, or the library
    ///   cannot be written.
    public func condition(
        _ source: Source, _ index: ClipIndex, indexPath: String, into library: Library, progress: ProgressHandler
    ) throws -> ConditionedPicture {
        let plan = try plan(source, index, path: indexPath)
        let target = try Target(plan, of: source, rate: constantRate(index, indexPath))
        // In the order of the source, so that it is read once from front to back.
        let order = index.clips.indices.sorted { index.clips[$0].range.start < index.clips[$1].range.start }
        var maker = try ClipMaker(source, targets: [target], library: library)
        var objects = [[FragmentedObject]](repeating: [], count: order.count)
        for (done, clip) in order.enumerated() {
            objects[clip] = try maker.objects(index.clips[clip].range, [plan.cuts[clip]])
            progress(ProgressReport(stage: plan.stage, done: done + 1, total: order.count))
        }
        let initSegment = try library.store(target.initSegment.encoded(), "mp4")
        var proof = try Proof(source: source, format: plan.encoding.picture)
        var hashes = [Proof.Hashes](repeating: .init(), count: order.count)
        for (done, clip) in order.enumerated() {
            let label = index.clips[clip]
            let files = library.files(initSegment: initSegment, media: objects[clip][0].object)
            let name = "clip (\(label.title), \(label.type))"
            hashes[clip] = try proof.prove(Demuxer.open(files: files, named: name), plan.cuts[clip])
            progress(ProgressReport(stage: "proving clips", done: done + 1, total: order.count))
        }
        let entries = index.clips.enumerated().map { clip, label in
            ClipEntry(
                title: label.title, type: label.type, range: label.range, pictures: hashes[clip].pictures,
                media: objects[clip], frameHashes: [hashes[clip].frames])
        }
        let bytes = Set(objects.joined()).reduce(0) { $0 + $1.bytes }
        return ConditionedPicture(
            rendition: target.rendition(initSegment: initSegment, bytes: bytes), entries: entries, cuts: plan.cuts)
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
        let unsafe = zip(index.clips, cuts).compactMap { clip, cut in cut.obstacles.first.map { (clip, $0) } }
        guard let (clip, obstacle) = unsafe.first else { return }
        let others = unsafe.count > 1 ? " (and \(unsafe.count - 1) more clips)" : ""
        throw Fault(
            .badInput,
            "\(source.path): clip (\(clip.title), \(clip.type)) cannot be copied: \(obstacle)\(others); use --condition "
                + "smart, auto or encode")
    }
}
