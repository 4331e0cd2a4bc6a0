public import Diagnostics
public import Editions
public import Editorial
public import FFmpeg
internal import MediaTime

/// Judges the boundaries of a Mega Asset's clips by its pictures, before anything is made of it.
public struct MegaValidator: Sendable {
    /// How many frames from a boundary a hard cut is looked for.
    public var searchRadius: Int64 = 3
    /// Whether every frame and all sound is looked at, not only the neighbourhood of boundaries.
    public var isFull = false
    /// An edition whose clips should show the same pictures.
    public var reference: Edition?
    /// The picture track, from 0.
    public var track = 0

    /// With all settings as usual.
    public init() {}

    /// Frames on either side of a boundary that are decoded: what is searched, and as much around it as a cut is compared with.
    private var margin: Int64 { searchRadius + 2 * Int64(ShotScan.context) }

    /// Looks at the clips of an index.
    /// - Parameter frames: the file's frames, where they have been numbered already.
    /// - Throws: `Fault` or `FFmpegError` when the file cannot be read at all, or its frames cannot be numbered.
    public func validate(
        _ mega: String, _ index: ClipIndex, frames: FrameIndex? = nil, progress: ProgressHandler = { _ in }
    ) throws -> MegaReport {
        let file = try Demuxer.open(mega)
        let frames = try frames ?? FrameIndex.scan(mega, track: track) { _, _ in try Interruption.check() }
        let clips = index.clips.filter { $0.range.end <= frames.count }
        let regions = isFull ? [0..<frames.count] : self.regions(clips, frames.count)
        var reading = MegaReading(regions: regions, wantsHashes: reference != nil)
        try reading.read(mega, frames, progress)
        let judge = ClipJudge(searchRadius: searchRadius, frameCount: frames.count, reading: reading)
        var faults = try timecodeFault(index, frames, file) + gone(index)
        let comparison = reference.map { ReferenceComparison(reading, $0) }
        let silent = isFull ? try SilentClips(mega, frames, index.frameRate, clips).names : []
        for clip in index.clips {
            if clip.range.end > frames.count {
                faults.append(Self.pastEnd(clip, frames.count))
                continue
            }
            if let fault = Self.rateFault(clip, index, frames) { faults.append(fault) }
            faults += judge.faults(of: clip)
            if silent.contains([clip.title, clip.type]) { faults.append(Self.silence(clip)) }
            if let fault = try comparison?.fault(of: clip) { faults.append(fault) }
        }
        return MegaReport(
            file: mega, frames: frames.count, framesRead: reading.framesRead,
            clips: index.clips.map { .init(title: $0.title, type: $0.type, start: $0.range.start, end: $0.range.end) },
            faults: faults)
    }

    /// The neighbourhoods of all boundaries, merged where they meet.
    private func regions(_ clips: [ClipLabel], _ count: Int64) -> [Range<Int64>] {
        let boundaries = Set(clips.flatMap { [$0.range.start, $0.range.end] }).sorted()
        var regions: [Range<Int64>] = []
        for boundary in boundaries {
            let region = max(0, boundary - margin)..<min(count, boundary + margin)
            if let last = regions.last, region.lowerBound <= last.upperBound {
                regions[regions.count - 1] = last.lowerBound..<max(last.upperBound, region.upperBound)
            } else {
                regions.append(region)
            }
        }
        return regions
    }

    private static func pastEnd(_ clip: ClipLabel, _ count: Int64) -> MegaFault {
        MegaFault(
            clip, .pastEnd, .error, clip.range.end, shift: count - clip.range.end,
            "ends at frame \(clip.range.end), and the Mega Asset has \(count)",
            fix: "shorten the clip, or take the right Mega Asset")
    }

    private static func silence(_ clip: ClipLabel) -> MegaFault {
        MegaFault(
            clip, .silence, .warning, clip.range.start, "has no sound above −60 dBFS",
            fix: "check the clip's sound in the edit")
    }

    /// Frames that are not where the rate of the index puts them.
    private static func rateFault(_ clip: ClipLabel, _ index: ClipIndex, _ frames: FrameIndex) -> MegaFault? {
        guard case .constant(let rate) = index.frameRate,
            let off = frames.firstOffGrid(rate, in: clip.range.start..<clip.range.end)
        else { return nil }
        return MegaFault(
            clip, .frameRate, .error, off.frame,
            "frame \(off.frame) is presented at tick \(off.ticks), not at \(off.expected) as \(rate) frames a second would have it",
            fix: "take the file's own rate for the index ('sizzle probe' shows it), or convert the file to \(rate)")
    }

    /// The timecode of the file's first frame against that of the index.
    private func timecodeFault(_ index: ClipIndex, _ frames: FrameIndex, _ file: borrowing Demuxer) throws
        -> [MegaFault]
    {
        guard let expected = index.startTimecode, case .constant(let rate) = index.frameRate else { return [] }
        let texts = file.streams.compactMap(\.timecode)
        guard let text = texts.first, let found = Timecode(text),
            let count = TimecodeCount(rate, isDropFrame: found.mark == .semicolon),
            let foundFrame = count.frame(of: found),
            let expectedCount = TimecodeCount(rate, isDropFrame: expected.mark == .semicolon),
            let expectedFrame = expectedCount.frame(of: expected)
        else { return [] }
        guard found.mark != expected.mark || foundFrame != expectedFrame else { return [] }
        let shift = expectedFrame - foundFrame
        let fix = "import the index again with --start-timecode '\(found)', or set the file's timecode"
        return [
            MegaFault(
                title: nil, type: nil, kind: .timecode, severity: .warning, frame: 0, shift: shift,
                message: "the file's first frame has the timecode \(found), and the index counts from \(expected)"
                    + (shift == 0 ? "" : ": \(frameWords(shift)) apart"), fix: fix)
        ]
    }

    private func gone(_ index: ClipIndex) throws -> [MegaFault] {
        guard let reference else { return [] }
        let names = Set(index.clips.map { [$0.title, $0.type] })
        return try reference.clips.all().filter { !names.contains([$0.title, $0.type]) }.map { clip in
            MegaFault(
                title: clip.title, type: clip.type, kind: .gone, severity: .note, frame: nil, shift: nil,
                message: "clip \(clipName(clip.title, clip.type)) is in edition \(reference.id), and not in the index",
                fix: nil)
        }
    }
}

extension MegaFault {
    /// A fault of a clip, whose name stands before the message.
    init(
        _ clip: ClipLabel, _ kind: Kind, _ severity: Severity, _ frame: Int64, shift: Int64? = nil, _ message: String,
        fix: String? = nil
    ) {
        self.init(
            title: clip.title, type: clip.type, kind: kind, severity: severity, frame: frame, shift: shift,
            message: "clip \(clipName(clip.title, clip.type)) \(message)", fix: fix)
    }
}
