internal import Diagnostics
internal import Editorial
internal import FFmpeg
internal import MediaTime

/// How the clips of an index are to be taken from footage in one rendition.
public struct ConditioningPlan: Sendable {
    /// The rendition's name: `source`, or that of a rung.
    public let name: String
    /// How each clip is taken, in the order of the index.
    public let cuts: [Cut]
    /// How the rendition is made: in `smart`, a clip may be copied or encoded whole too.
    public let condition: Condition
    /// What a person should know of it: fields that are kept, colours that are lost.
    public var notes: [String] = []
    /// Whether encoded frames are made of two fields.
    var keepsFields = false
    /// How frames are encoded.
    let encoding: VideoEncoding
    /// What frames are encoded to where every frame is.
    let codec: EncodedCodec
    /// In `smart`: what encoded frames have of their own.
    var edges: EncodingSettings.Matched?
    /// By how many frames copied pictures must be shown later than decoded.
    var reordering: Int64 = 0
}

/// Decides how each clip of footage is taken, without making anything.
struct Planning {
    private let options: Conditioner
    private let footage: Footage
    private let source: Source

    init(_ options: Conditioner, _ footage: Footage) {
        self.options = options
        self.footage = footage
        source = footage.source
    }

    /// The renditions' plans, best first.
    func plans() throws -> [ConditioningPlan] {
        if deinterlaces, [.copy, .smart].contains(options.mode) {
            throw Fault(
                .usage,
                "--condition \(options.mode.rawValue): deinterlacing encodes every frame; use --condition auto or encode"
            )
        }
        guard let ladder = options.ladder else { return [try sourcePlan()] }
        guard options.keepsSource || options.mode == .auto || options.mode == .encode else {
            throw Fault(
                .usage,
                "--condition \(options.mode.rawValue): a ladder encodes every rendition; add --keep-source for one that does not"
            )
        }
        let lines = source.index.stream.picture.height
        if let rung = ladder.rungs.first(where: { $0.height > lines }) {
            throw Fault(.usage, "--ladder \(rung): \(source.path) has only \(lines) lines")
        }
        return try (options.keepsSource ? [sourcePlan()] : []) + ladder.rungs.map(rungPlan)
    }

    private var deinterlaces: Bool { options.deinterlaces && source.index.isInterlaced }

    private func rungPlan(_ rung: Ladder.Rung) throws -> ConditioningPlan {
        if source.index.isInterlaced, !deinterlaces {
            throw Fault(
                .usage,
                "--ladder \(rung): \(source.path) is interlaced, and other sizes cannot keep its fields; add --deinterlace"
            )
        }
        return ConditioningPlan(
            name: rung.name, cuts: encoded { _ in "every frame of a ladder is encoded" }, condition: .encode,
            notes: notes(fields: .progressive),
            encoding: EncodingSettings.rung(rung, source.index, codec: options.codec, rate: footage.nominalRate),
            codec: options.codec)
    }

    private func encoded(because reason: (_ clip: Int) -> String) -> [Cut] {
        footage.clips.enumerated().map { number, clip in
            Cut.encode(clip.range, .init(frame: footage.sourceFrame(clip.range.start), reason: reason(number)))
        }
    }

    /// The plan for the rendition that has the source's own size.
    private func sourcePlan() throws -> ConditioningPlan {
        if options.mode == .encode { return try encodingPlan { _ in "encoding was asked for" } }
        if deinterlaces { return try encodingPlan { _ in "it is deinterlaced" } }
        switch source.copying {
        case .possible(let format): return try copyingPlan(format)
        case .impossible(let reason):
            guard options.mode == .auto else {
                throw Fault(.badInput, "\(source.path): cannot be copied: \(reason); use --condition auto or encode")
            }
            return try encodingPlan { _ in "the source cannot be copied: \(reason)" }
        }
    }

    private func encodingPlan(because reason: (_ clip: Int) -> String) throws -> ConditioningPlan {
        let fields = try keptFields()
        return ConditioningPlan(
            name: "source", cuts: encoded(because: reason), condition: .encode, notes: notes(fields: fields),
            keepsFields: fields != .progressive,
            encoding: EncodingSettings.standard(
                source.index, codec: options.codec, rate: footage.nominalRate, quality: options.quality, fields: fields),
            codec: options.codec)
    }

    private func copyingPlan(_ format: Source.Format) throws -> ConditioningPlan {
        let planner = CutPlanner(source)
        // In the source's numbers, then in the footage's.
        let own = footage.clips.map { clip in footage.sourceRange(clip.range).map(planner.cut) }
        let cuts = zip(footage.clips, own).map { clip, cut in
            cut.map { $0.moved(by: clip.range.start - $0.frames.start) }
                ?? Cut.encode(
                    clip.range,
                    .init(
                        frame: footage.sourceFrame(clip.range.start),
                        reason: "frames are repeated or dropped to make \(footage.mode) a second"))
        }
        func plan(_ condition: Condition, _ edges: EncodingSettings.Matched? = nil) -> ConditioningPlan {
            ConditioningPlan(
                name: "source", cuts: cuts, condition: condition, notes: copyingNotes,
                encoding: edges?.encoding ?? standard,
                codec: options.codec, edges: edges, reordering: planner.reorderDelay(own.compactMap { $0 }))
        }
        let standard = EncodingSettings.standard(
            source.index, codec: options.codec, rate: footage.nominalRate, quality: options.quality)
        if options.mode == .copy { try requireAllCopied(cuts) }
        if cuts.allSatisfy({ $0.framesEncoded == 0 }) { return plan(.copy) }
        if cuts.allSatisfy({ $0.framesCopied == 0 }) {
            return try encodingPlan { cuts[$0].obstacles.first?.reason ?? "nothing of any clip can be copied" }
        }
        let matched = EncodingSettings.matched(
            source.index, format.configuration, rate: footage.nominalRate, quality: options.quality)
        switch matched {
        case .success(let edges): return plan(.smart, edges)
        case .failure(let mismatch):
            return try encodingPlan { clip in
                let own = cuts[clip].obstacles.first?.reason ?? "other clips need encoding"
                return "\(own), and encoded pictures cannot share a track with the source's: \(mismatch.reason)"
            }
        }
    }

    private func requireAllCopied(_ cuts: [Cut]) throws(Fault) {
        let unsafe = zip(footage.clips, cuts).compactMap { clip, cut in cut.obstacles.first.map { (clip, $0) } }
        guard let (clip, obstacle) = unsafe.first else { return }
        let others = unsafe.count > 1 ? " (and \(unsafe.count - 1) more clips)" : ""
        throw Fault(
            .badInput,
            "\(source.path): clip (\(clip.title), \(clip.type)) cannot be copied: \(obstacle)\(others); use --condition "
                + "smart, auto or encode")
    }

    /// How fields are kept where every frame is encoded at the source's own size.
    private func keptFields() throws(Fault) -> StreamInfo.FieldOrder {
        let index = source.index
        guard index.isInterlaced, !deinterlaces else { return .progressive }
        let picture = index.firstFrame.picture
        guard options.codec == .h264, picture.height % 4 == 0 else {
            throw Fault(
                .usage,
                "\(source.path): is interlaced, and encoding \(picture) to \(options.codec) cannot keep its fields; add "
                    + "--deinterlace")
        }
        return index.fieldOrder
    }

    /// What was asked for and changes nothing.
    private var copyingNotes: [String] {
        options.deinterlaces && !source.index.isInterlaced
            ? ["the source is not interlaced: --deinterlace does nothing"] : []
    }

    /// What encoding all frames does to them that a person should know.
    private func notes(fields: StreamInfo.FieldOrder) -> [String] {
        let index = source.index
        var notes: [String] = []
        switch fields {
        case .topFirst: notes.append("interlaced: fields are kept, top field first; --deinterlace makes whole frames")
        case .bottomFirst:
            notes.append("interlaced: fields are kept, bottom field first; --deinterlace makes whole frames")
        case .progressive, .unknown: break
        }
        if deinterlaces { notes.append("interlaced: fields are made into whole frames, one for each frame") }
        notes += copyingNotes
        let format = index.firstFrame.picture.pixelFormat
        if options.codec == .h264, format.bitDepth > 8 {
            let hdr = [16, 18].contains(index.stream.colour.transfer) ? ", HDR without its mastering metadata" : ""
            notes.append("\(format.bitDepth)-bit pictures become 8-bit ones\(hdr); --codec hevc keeps 10 bits")
        }
        return notes
    }
}
