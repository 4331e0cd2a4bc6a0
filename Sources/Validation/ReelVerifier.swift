public import Diagnostics
public import Editions
internal import FFmpeg
internal import MediaTime
public import Plans

/// Something in a reel that is not what its plan and its edition say.
public struct ReelFault: Sendable, Equatable, Codable {
    /// What is wrong.
    public enum Kind: String, Sendable, Codable {
        /// A decoded frame has another hash than the edition records.
        case wrongFrame
        /// A frame is not presented where the durations of those before it put it.
        case wrongTime
        /// The reel has fewer or more frames than the plan.
        case wrongLength
        /// The sound is not the bed's, or does not begin or end where it should.
        case wrongSound
    }

    /// What is wrong.
    public var kind: Kind
    /// The reel frame, from 0; `nil` where no single frame is meant.
    public var frame: Int64?
    /// The slot, from 1; `nil` where no single slot is meant.
    public var slot: Int?
    /// One line for a person.
    public var message: String
}

/// What verifying a reel found.
public struct ReelReport: Sendable, Equatable, Codable {
    /// Frames that were decoded.
    public var frames: Int64
    /// All faults, in the order of the reel; at most `ReelVerifier.maximumFaults`.
    public var faults: [ReelFault]

    /// A report with these frames and faults.
    public init(frames: Int64 = 0, faults: [ReelFault] = []) { (self.frames, self.faults) = (frames, faults) }
}

/// Judges a finished reel by decoding it: every frame's hash, every frame's time, and the sound, against the edition.
public struct ReelVerifier: Sendable {
    /// After so many faults the rest of the reel is not looked at.
    public static let maximumFaults = 20

    private let edition: Edition
    private let plan: ReelPlan

    /// Takes a plan and its edition.
    public init(_ plan: ReelPlan, _ edition: Edition) {
        self.plan = plan
        self.edition = edition
    }

    /// Decodes the reel at `path` and compares it.
    /// - Parameter reel: the id that the plan gives to the reel.
    /// - Throws: `Fault` (`badInput`) when the file says that it was made of another edition or another plan, or the plan does
    ///   not fit the edition; `FFmpegError` when the file cannot be decoded.
    public func verify(_ path: String, reel: String, progress: ProgressHandler = { _ in }) throws -> ReelReport {
        let opened = try Demuxer.open(path)
        try requireOrigin(opened.tags, path, reel)
        let rendition = try self.rendition(opened, path)
        var expected = try ExpectedFrames(plan, edition, rendition: rendition)
        var report = ReelReport()
        var reader = try FrameReader.open(opened)
        while let frame = try reader.next() {
            try Interruption.check()
            if report.faults.count >= Self.maximumFaults { break }
            let number = report.frames
            report.frames += 1
            guard let wanted = try expected.next() else { continue }
            if let fault = try compare(frame, number, wanted) { report.faults.append(fault) }
            if let fault = checkTime(frame, number, reader.stream.timebase, wanted) { report.faults.append(fault) }
            progress(
                ProgressReport(
                    stage: "verifying frames", done: Int(report.frames), total: Int(max(expected.count, report.frames)))
            )
        }
        if report.frames != expected.count, report.faults.count < Self.maximumFaults {
            report.faults.append(
                ReelFault(
                    kind: .wrongLength, frame: min(report.frames, expected.count), slot: nil,
                    message: "\(path): has \(report.frames) frames, the plan \(expected.count)"))
        }
        report.faults += try SoundVerifier(plan, edition).faults(path, boundaries: expected.soundBoundaries)
        return report
    }

    private func requireOrigin(_ tags: [String: String], _ path: String, _ reel: String) throws(Fault) {
        if let made = tags["sizzle_edition"], made != edition.id {
            throw Fault(
                .badInput,
                "\(path): was made of edition \(made), and the plan names \(edition.id); verify with --edition \(made)")
        }
        if let made = tags["sizzle_reel"], made != reel {
            throw Fault(
                .badInput, "\(path): is reel \(made), and the plan is reel \(reel); take the plan it was made of")
        }
    }

    /// The rendition that the file says it has, and that its picture's size agrees with; where it says none, the first of that size.
    private func rendition(_ file: borrowing Demuxer, _ path: String) throws(Fault) -> Int {
        guard let picture = file.stream(.video)?.picture else {
            throw Fault(.badInput, "\(path): has no picture")
        }
        let renditions = edition.manifest.renditions
        let named = file.tags["sizzle_rendition"]
        guard
            let found = renditions.firstIndex(where: {
                $0.width == picture.width && $0.height == picture.height && $0.name == named ?? $0.name
            })
        else {
            throw Fault(
                .badInput,
                "\(path): is \(picture.width)x\(picture.height), which no rendition \(named.map { "\($0) " } ?? "")of edition "
                    + "\(edition.id) is")
        }
        return found
    }

    private func compare(
        _ frame: borrowing Frame, _ number: Int64, _ wanted: ExpectedFrames.Expected
    ) throws -> ReelFault? {
        let found = FrameHash(bytes: try frame.md5())
        guard found != wanted.hash else { return nil }
        let clip = wanted.clip
        return ReelFault(
            kind: .wrongFrame, frame: number, slot: wanted.slot,
            message:
                "frame \(number) (slot \(wanted.slot), clip (\(clip.title), \(clip.type)), frame \(wanted.source) of the Mega "
                + "Asset) decodes to \(found.map(\.description) ?? "?"), the edition has \(wanted.hash)")
    }

    private func checkTime(
        _ frame: borrowing Frame, _ number: Int64, _ timebase: Timebase, _ wanted: ExpectedFrames.Expected
    ) -> ReelFault? {
        let recorded = edition.manifest.renditions[wanted.rendition].timebase
        let expected = timebase.rescaleNearest(wanted.ticks, from: recorded)
        guard frame.presentationTicks != expected else { return nil }
        let found = frame.presentationTicks.map { "\($0)" } ?? "no time"
        return ReelFault(
            kind: .wrongTime, frame: number, slot: wanted.slot,
            message: "frame \(number) is presented at \(found), not at tick \(expected) of \(timebase) s")
    }
}

/// The frames that a plan asks for, one after another.
private struct ExpectedFrames {
    struct Expected {
        var slot: Int
        var clip: ClipTable.Clip
        /// The frame of the Mega Asset.
        var source: Int64
        var hash: FrameHash
        /// When it is presented, in ticks of the rendition.
        var ticks: Int64
        var rendition: Int
    }

    let count: Int64
    /// The sample of 48 kHz sound with which each slot begins, to the nearest, and that with which the last ends, rounded down.
    let soundBoundaries: [Int64]
    private let edition: Edition
    private let rendition: Int
    private let clips: [ClipTable.Clip]
    private var slot = 0
    private var frame = 0
    private var hashes: [FrameHash] = []
    private var times = FrameTimes.listed([0])
    /// When the clip at hand begins.
    private var start: Int64 = 0

    init(_ plan: ReelPlan, _ edition: Edition, rendition: Int) throws(Fault) {
        self.edition = edition
        self.rendition = rendition
        var clips: [ClipTable.Clip] = []
        var duration: Int64 = 0
        let timebase = edition.manifest.renditions[rendition].timebase
        var boundaries: [Int64] = []
        for slot in plan.slots {
            let clip = try edition.clip(title: slot.title, type: slot.type)
            clips.append(clip)
            boundaries.append(Timebase.samples48k.rescaleNearest(duration, from: timebase))
            duration += try edition.times(of: clip, rendition: rendition).start(of: clip.range.count)
        }
        self.clips = clips
        soundBoundaries = boundaries + [Timebase.samples48k.rescaleFloor(duration, from: timebase)]
        count = clips.reduce(0) { $0 + $1.range.count }
    }

    mutating func next() throws(Fault) -> Expected? {
        if frame == hashes.count {
            guard slot < clips.count else { return nil }
            start += times.start(of: Int64(hashes.count))
            hashes = try edition.clips.frameHashes(of: clips[slot], rendition: rendition)
            times = try edition.times(of: clips[slot], rendition: rendition)
            slot += 1
            frame = 0
        }
        let clip = clips[slot - 1]
        defer { frame += 1 }
        return Expected(
            slot: slot, clip: clip, source: clip.range.start + Int64(frame), hash: hashes[frame],
            ticks: start + times.start(of: Int64(frame)), rendition: rendition)
    }
}
