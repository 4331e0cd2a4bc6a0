import Foundation
import MediaTime
import TestSupport

/// An edition of twelve titles with two clips each, two bumpers and two beds, which several suites read.
///
/// The clips of 80 frames have an IDR picture in their middle too, so that they are two fragments each.
struct TwelveTitles {
    static let opening = IndexFile.Clip("Sizzle", "opening", 0, 50)
    static let closing = IndexFile.Clip("Sizzle", "closing", 1622, 1684)
    static let ranked: [IndexFile.Clip] = (0..<12).flatMap { number in
        let (name, start) = ("T\(number + 1)", 60 + 130 * number)
        return [
            IndexFile.Clip(name, "80", start, start + 80), IndexFile.Clip(name, "40", start + 85, start + 125),
        ]
    }
    static let clips = [opening] + ranked + [closing]

    /// Frames 100 to 1500 of the Mega Asset's own sound are the second bed.
    static let secondBed = 100..<1500

    let space: Workspace
    let mega: String
    /// The decoded samples of each bed, by its name, as ``DecodedReel/samples``.
    let bedSamples: [String: Data]
    /// The hash of every frame of the Mega Asset.
    let sourceMD5s: [String]
    let edition: EditionReport

    /// Made once for all that read it, and removed at the end of the process.
    static func shared() throws -> TwelveTitles { try made.get() }

    private static let made = Result { try TwelveTitles(SharedWorkspaces.make()) }

    static func source() throws -> String {
        let boundaries = clips.flatMap { clip in
            [clip.start, clip.end] + (clip.type == "80" ? [clip.start + 40] : [])
        }
        return try TestMedia.stamped(size: (160, 96), frames: 1700, idr: boundaries)
    }

    static func music() throws -> String { try TestMedia.stamped(frames: 1500, container: "wav") }

    private init(_ space: Workspace) throws {
        self.space = space
        mega = try Self.source()
        let beds = ["main=\(try Self.music())", "own=\(Self.secondBed.lowerBound)-\(Self.secondBed.upperBound)"]
        try space.ingest(mega, rate: .film, Self.clips, condition: "copy", beds: beds)
        edition = try space.edition()
        var samples: [String: Data] = [:]
        for (name, bed) in zip(["main", "own"], edition.manifest.beds) {
            // A bed by itself: its init segment, then its fragments.
            let path = space.file("\(name).mp4")
            let parts = [space.object(bed.initSegment, "mp4"), space.object(bed.sound.object, "m4s")]
            try parts.reduce(into: Data()) { $0 += try Data(contentsOf: URL(fileURLWithPath: $1)) }
                .write(to: URL(fileURLWithPath: path))
            samples[name] = try Tools.check(
                "ffmpeg", ["-v", "error", "-nostdin", "-i", path, "-f", "f32le", "-"]
            ).output
        }
        bedSamples = samples
        sourceMD5s = try Decoded.frames(of: mega).md5s
    }
}

/// What the ffmpeg program makes of a reel.
struct DecodedReel {
    /// When each frame is presented, and its hash.
    let picture: Decoded.Frames
    /// Interleaved 32-bit floats, as ffmpeg's AAC decoder makes them; empty without sound.
    let samples: Data

    /// Decodes picture and sound in one run.
    init(_ path: String, hasSound: Bool) throws {
        let soundPath = path + ".f32"
        let sound = ["-map", "0:a:0", "-f", "f32le", "-y", soundPath]
        let result = try Tools.check(
            "ffmpeg",
            ["-v", "error", "-nostdin", "-copyts", "-i", path, "-map", "0:v:0", "-fps_mode", "passthrough"]
                + ["-f", "framemd5", "-enc_time_base", "-1", "-"] + (hasSound ? sound : []))
        guard result.errors.isEmpty else { throw ToolError(description: "\(path): ffmpeg says \(result.errors)") }
        picture = try Decoded.Frames(framemd5: result.lines, of: path)
        samples = hasSound ? try Data(contentsOf: URL(fileURLWithPath: soundPath)) : Data()
        if hasSound { try FileManager.default.removeItem(atPath: soundPath) }
    }
}

/// What the design says of the sound of a reel, in samples of the reel.
struct ExpectedSound {
    /// Samples of one AAC frame.
    static let frame = 1024

    /// All samples: whole AAC frames, never longer than the picture.
    let length: Int
    /// Where the bed begins.
    let start: Int
    /// Samples that are the bed's own.
    let own: Range<Int>

    init(pictureFrames: Int, rate: FrameRate, _ audio: PlanFile.Audio?) {
        let size = Self.frame
        length = pictureFrames * 48_000 * Int(rate.denominator) / Int(rate.numerator) / size * size
        start = (audio?.start ?? 0) / size * size
        let begin = min(length, max(3, ((audio?.fadeIn ?? 3_072) + size - 1) / size) * size)
        own = begin..<max(begin, length - max(2, ((audio?.fadeOut ?? 48_000) + size - 1) / size) * size)
    }

    /// What is wrong with the samples of a reel under which this bed runs.
    func faults(_ samples: Data, bed: Data, channels: Int = 2) -> [String] {
        let width = 4 * channels
        guard samples.count == length * width else { return ["\(samples.count / width) samples, not \(length)"] }
        var faults: [String] = []
        let first = samples.prefix(Self.frame * width).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        // What the fade in the second frame leaves in the first is below -60 dB.
        if first.contains(where: { abs($0) > 0.001 }) { faults.append("the first AAC frame is not silent") }
        let ours = samples[own.lowerBound * width..<own.upperBound * width]
        let theirs = bed[(start + own.lowerBound) * width..<(start + own.upperBound) * width]
        if ours != theirs {
            let first = zip(ours, theirs).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? 0
            faults.append("not the bed's own from sample \(own.lowerBound + first / width) of \(own) on")
        }
        return faults
    }
}
