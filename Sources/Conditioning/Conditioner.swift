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
    /// The renditions, best first.
    public var renditions: [EditionManifest.Rendition]
    /// The clips, in the order of the index, each with a media object for each rendition.
    public var entries: [ClipEntry]
    /// How each clip was taken in each rendition: by rendition, then in the order of the index.
    public var cuts: [[Cut]]
    /// Frames that were copied bit for bit, in all renditions.
    public var framesCopied: Int64 { cuts.joined().reduce(0) { $0 + $1.framesCopied } }
    /// Frames that were encoded, in all renditions.
    public var framesEncoded: Int64 { cuts.joined().reduce(0) { $0 + $1.framesEncoded } }
}

/// How the clips of an index are to be taken from a source in one rendition.
public struct ConditioningPlan: Sendable {
    /// The rendition's name: `source`, or that of a rung.
    public let name: String
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

    /// Chooses how clips are made.
    public init(
        mode: ConditionMode = .auto, quality: Int = 15, codec: EncodedCodec = .h264, ladder: Ladder? = nil,
        keepsSource: Bool = false
    ) {
        self.ladder = ladder
        self.keepsSource = keepsSource
        self.codec = codec
        self.mode = mode
        self.quality = quality
    }

    /// Decides how each clip of an index is taken from a source, without making anything.
    /// - Returns: the renditions' plans, best first.
    /// - Throws: `Fault` when the index does not fit the source; in mode `copy` also when a boundary is not safe, and in mode
    ///   `smart` when the source's packets cannot be copied at all; `usage` for a ladder higher than the source.
    public func plans(_ source: Source, _ index: ClipIndex, path indexPath: String) throws -> [ConditioningPlan] {
        let rate = try constantRate(index, indexPath)
        try index.check(frameCount: source.index.count, file: indexPath)
        try requireGrid(source, rate, through: index.clips.map(\.range.end).max() ?? 0)
        guard let ladder else { return [try sourcePlan(source, index, rate)] }
        guard keepsSource || mode == .auto || mode == .encode else {
            throw Fault(
                .usage,
                "--condition \(mode.rawValue): a ladder encodes every rendition; add --keep-source for one that does not"
            )
        }
        let stream = source.index.stream
        if let rung = ladder.rungs.first(where: { $0.height > stream.picture.height }) {
            throw Fault(.usage, "--ladder \(rung): \(source.path) has only \(stream.picture.height) lines")
        }
        let own = keepsSource ? [try sourcePlan(source, index, rate)] : []
        return own
            + ladder.rungs.map { rung in
                ConditioningPlan(
                    name: rung.name, cuts: encoded(index) { _ in "every frame of a ladder is encoded" },
                    condition: .encode, encoding: EncodingSettings.rung(rung, stream, codec: codec, rate: rate),
                    codec: codec)
            }
    }

    private func encoded(_ index: ClipIndex, because reason: (_ clip: Int) -> String) -> [Cut] {
        index.clips.enumerated().map { number, clip in
            Cut.encode(clip.range, .init(frame: clip.range.start, reason: reason(number)))
        }
    }

    /// The plan for the rendition that has the source's own size.
    private func sourcePlan(_ source: Source, _ index: ClipIndex, _ rate: FrameRate) throws -> ConditioningPlan {
        func plan(
            _ cuts: [Cut], _ condition: Condition, _ edges: EncodingSettings.Matched? = nil
        ) -> ConditioningPlan {
            ConditioningPlan(
                name: "source", cuts: cuts, condition: condition, encoding: edges?.encoding ?? standard, codec: codec,
                edges: edges)
        }
        let standard = EncodingSettings.standard(
            source.index.stream, codec: codec, rate: rate, quality: quality)
        if mode == .encode { return plan(encoded(index) { _ in "encoding was asked for" }, .encode) }
        let format: Source.Format
        switch source.copying {
        case .possible(let possible): format = possible
        case .impossible(let reason):
            guard mode == .auto else {
                throw Fault(.badInput, "\(source.path): cannot be copied: \(reason); use --condition auto or encode")
            }
            return plan(encoded(index) { _ in "the source cannot be copied: \(reason)" }, .encode)
        }
        let planner = CutPlanner(source)
        let cuts = index.clips.map { planner.cut($0.range) }
        if mode == .copy { try requireAllCopied(cuts, index, source) }
        if cuts.allSatisfy({ $0.framesEncoded == 0 }) { return plan(cuts, .copy) }
        if cuts.allSatisfy({ $0.framesCopied == 0 }) { return plan(cuts, .encode) }
        switch EncodingSettings.matched(source.index.stream, format.configuration, rate: rate, quality: quality) {
        case .success(let edges): return plan(cuts, .smart, edges)
        case .failure(let mismatch):
            let all = encoded(index) { clip in
                let own =
                    cuts[clip].obstacles.first.map { "frame \($0.frame) \($0.reason)" } ?? "other clips need encoding"
                return "\(own), and encoded pictures cannot share a track with the source's: \(mismatch.reason)"
            }
            return plan(all, .encode)
        }
    }

    /// Makes the media objects of all clips in all renditions, and proves every frame of them.
    /// - Throws: `Fault` or `FFmpegError` when the index does not fit the source, a frame cannot be decoded, or the library
    ///   cannot be written.
    public func condition(
        _ source: Source, _ index: ClipIndex, indexPath: String, into library: Library, progress: ProgressHandler
    ) throws -> ConditionedPicture {
        let plans = try plans(source, index, path: indexPath)
        let rate = try constantRate(index, indexPath)
        let targets = try plans.map { try Target($0, of: source, rate: rate) }
        // In the order of the source, so that it is read once from front to back.
        let order = index.clips.indices.sorted { index.clips[$0].range.start < index.clips[$1].range.start }
        var maker = try ClipMaker(source, targets: targets, library: library)
        var entries = index.clips.map {
            ClipEntry(title: $0.title, type: $0.type, range: $0.range, pictures: [], media: [], frameHashes: [])
        }
        let stage = plans.contains { $0.condition == .encode } ? "encoding clips" : "copying clips"
        for (done, clip) in order.enumerated() {
            entries[clip].media = try maker.objects(index.clips[clip].range, plans.map { $0.cuts[clip] })
            progress(ProgressReport(stage: stage, done: done + 1, total: order.count))
        }
        var renditions: [EditionManifest.Rendition] = []
        for (number, (plan, target)) in zip(plans, targets).enumerated() {
            let initSegment = try library.store(target.initSegment.encoded(), "mp4")
            var proof = try Proof(source: source, format: target.encoding.picture)
            for (done, clip) in order.enumerated() {
                let label = index.clips[clip]
                let files = library.files(initSegment: initSegment, media: entries[clip].media[number].object)
                let name = "clip (\(label.title), \(label.type)), rendition \(plan.name)"
                let hashes = try proof.prove(Demuxer.open(files: files, named: name), plan.cuts[clip])
                entries[clip].frameHashes.append(hashes.frames)
                if number == 0 { entries[clip].pictures = hashes.pictures }
                progress(
                    ProgressReport(
                        stage: "proving clips", done: number * order.count + done + 1, total: plans.count * order.count)
                )
            }
            let bytes = Set(entries.map { $0.media[number] }).reduce(0) { $0 + $1.bytes }
            renditions.append(target.rendition(initSegment: initSegment, bytes: bytes))
        }
        return ConditionedPicture(renditions: renditions, entries: entries, cuts: plans.map(\.cuts))
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
