private import Diagnostics
private import Editions
internal import Editorial
internal import FFmpeg
private import FileSystem
internal import MediaTime
public import Plans
public import Previews
internal import Sound

/// A preview of a plan: out of a Mega Asset and its clip index, or out of an edition.
public struct PreviewRequest: Sendable {
    /// Where the reel comes from.
    public enum Origin: Sendable {
        /// The Mega Asset and the index that names its clips; no edition is needed.
        case mega(path: String, index: String)
        /// The edition that the plan was resolved against.
        case edition(ResolvedReel)
    }

    /// The plan's file, for messages.
    public var path: String
    /// The plan.
    public var plan: ReelPlan
    /// Where the reel comes from.
    public var origin: Origin
    /// Music under a reel out of a Mega Asset, in place of the clips' own sound; `nil` for that.
    public var bed: Ingest.BedRequest?
    /// Lines of the picture's shorter side; even.
    public var lines = 360

    /// Asks for a preview.
    public init(_ plan: ReelPlan, path: String, from origin: Origin) {
        (self.plan, self.path, self.origin) = (plan, path, origin)
    }

    /// The files whose change changes the preview.
    public var inputs: [String] {
        guard case .mega(let mega, let index) = origin else { return [path] }
        return [path, mega, index] + bedFile
    }

    private var bedFile: [String] {
        guard case .file(let file)? = bed?.origin else { return [] }
        return [file]
    }

    /// Looks everything up, so that nothing is written of a preview that cannot be made.
    /// - Throws: `Fault` naming the plan's slot, the clip or the frame; `FFmpegError` when a file cannot be read.
    public func prepared() throws -> ReelPreview {
        switch origin {
        case .mega(let mega, let index): try prepared(mega, ClipIndex.load(index), named: index)
        case .edition(let reel): try prepared(reel)
        }
    }

    private func prepared(_ mega: String, _ index: ClipIndex, named name: String) throws -> ReelPreview {
        let labels = try labels(index, name)
        let frames = try FrameIndex.scan(mega) { _, _ in try Interruption.check() }
        try index.check(frameCount: frames.count, file: name)
        if case .constant(let rate) = index.frameRate {
            try frames.requireGrid(rate, through: labels.map(\.range.end).max() ?? 0, path: mega)
        }
        let timecode = try MegaTimecode(index.frameRate, index, mega: mega)
        let footage = try MegaFootage(mega, frames, ranges: labels.map(\.range), mode: index.frameRate)
        return try preview(
            labels.map { .init(title: $0.title, type: $0.type, range: $0.range) }, footage,
            sound: sound(mega, frames, labels.map(\.range), index.frameRate), timecode, index.frameRate)
    }

    func labels(_ index: ClipIndex, _ name: String) throws(Fault) -> [ClipLabel] {
        var labels: [ClipLabel] = []
        for (number, slot) in plan.slots.enumerated() {
            if let label = index.clips.first(where: { $0.title == slot.title && $0.type == slot.type }) {
                labels.append(label)
                continue
            }
            let types = index.clips.filter { $0.title == slot.title }.map(\.type)
            let found =
                types.isEmpty
                ? "no title '\(slot.title)'"
                : "no clip \(clipName(slot.title, slot.type)); the title has "
                    + types.joined(separator: ", ")
            throw Fault(.badInput, "\(path): slot \(number + 1): \(name) has \(found)")
        }
        return labels
    }

    /// What is heard without an edition: the bed that was given, else each clip's own sound; `nil` where there is neither, or the plan
    /// wants none.
    private func sound(
        _ mega: String, _ frames: FrameIndex, _ ranges: [FrameRange], _ mode: FrameRateMode
    ) throws -> (any PreviewSound)? {
        if plan.audio?.mode == AudioSettings.Mode.none { return nil }
        if let bed {
            var (file, start) = (mega, Int64(0))
            switch bed.origin {
            case .file(let path): file = path
            case .frames(let range):
                guard range.end <= frames.count else {
                    throw Fault(
                        .badInput,
                        "--bed \(bed.name)=\(range.start)-\(range.end): \(mega) has only \(frames.count) frames")
                }
                start = frames.sample(at: range.start, mode)
            }
            let length = ranges.reduce(0) { $0 + frames.sample(at: $1.end, mode) - frames.sample(at: $1.start, mode) }
            let shape = ReelSound(samples: length, plan.audio ?? AudioSettings())
            return try ContinuousSound(
                file, from: start + shape.bedStart * Int64(SoundFormat.samplesPerFrame), gain: { shape.gains(in: $0) })
        }
        guard try Demuxer.open(mega).stream(.audio) != nil else { return nil }
        return ClipByClipSound(
            mega, track: 0, ranges: ranges.map { frames.sample(at: $0.start, mode)..<frames.sample(at: $0.end, mode) })
    }

    private func prepared(_ reel: ResolvedReel) throws -> ReelPreview {
        let slots = reel.layout.slots
        let mode = reel.edition.manifest.frameRate
        return try preview(
            slots.map { .init(title: $0.clip.title, type: $0.clip.type, range: $0.clip.range) },
            EditionFootage(reel.edition, clips: slots.map(\.clip), rendition: reel.layout.rendition),
            sound: reel.soundFile().map { try ReelFileSound($0) }, MegaTimecode(mode, nil, mega: nil), mode)
    }

    private func preview(
        _ slots: [ReelPreview.Slot], _ footage: any PreviewFootage, sound: (any PreviewSound)?,
        _ timecode: MegaTimecode,
        _ mode: FrameRateMode
    ) throws -> ReelPreview {
        let reel = try MegaTimecode(mode, nil, mega: nil)
        return ReelPreview(
            slots, footage, sound: sound,
            timecodes: .init(mega: { timecode.text($0) }, reel: { reel.text($0) }), lines: lines)
    }
}

/// The sound of a reel as it will be heard.
private final class ReelFileSound: PreviewSound {
    private let file: ScratchFile
    private let sound: ContinuousSound

    init(_ file: ScratchFile) throws {
        self.file = file
        sound = try ContinuousSound(file.path)
    }

    func forEachBlock(of slot: Int, samples: Range<Int64>, _ body: (SampleBlock) throws -> Void) throws {
        try sound.forEachBlock(of: slot, samples: samples, body)
    }
}
