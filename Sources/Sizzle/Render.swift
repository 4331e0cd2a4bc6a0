public import Diagnostics
public import Editions
internal import FileSystem
public import Plans
public import Previews
private import Sound
public import Stitching
public import Validation

/// A plan with the edition that it means, ready to be stitched, verified or shown.
public struct ResolvedReel: Sendable {
    /// The edition, resolved once.
    public let edition: Edition
    /// The plan with the edition's id and every setting of its sound filled in.
    public let plan: ReelPlan
    /// The reel's id.
    public let id: String
    /// The fragments of the picture.
    public let layout: ReelLayout

    /// Resolves a plan.
    /// - Parameters:
    ///   - override: an edition that takes the place of the plan's.
    ///   - rendition: the name of a rendition; `nil` for the edition's best.
    /// - Throws: `Fault` naming slot, title or bed, when the edition cannot make this reel; `usage` when it has no such
    ///   rendition.
    public init(
        _ plan: ReelPlan, library: Library, edition override: String? = nil, rendition: String? = nil
    ) throws(Fault) {
        try self.init(plan, library.edition(override ?? plan.edition), rendition: rendition)
    }

    /// Resolves a plan against an edition, whichever it names.
    /// - Throws: as `init(_:library:edition:rendition:)`.
    init(_ plan: ReelPlan, _ edition: Edition, rendition: String? = nil) throws(Fault) {
        self.edition = edition
        let names = edition.manifest.renditions.map(\.name)
        guard let place = rendition.map({ names.firstIndex(of: $0) }) ?? 0 else {
            throw Fault(
                .usage,
                "--rendition \(rendition ?? ""): edition \(edition.id) has none of this name; it has "
                    + names.joined(separator: ", "))
        }
        layout = try ReelLayout(plan, edition, rendition: place)
        var resolved = plan
        resolved.edition = edition.id
        resolved.audio = try edition.resolved(plan.audio)
        self.plan = resolved
        id = resolved.identity(edition: edition.id)
    }

    /// The picture that stands for the reel: the middle frame of the first ranked slot's clip, of the first slot where none is ranked.
    /// - Returns: a JPEG file.
    /// - Throws: `Fault` when the edition was made without pictures, or the picture is damaged.
    public func poster() throws(Fault) -> [UInt8] {
        let place = plan.slots.firstIndex { $0.score != nil } ?? 0
        let clip = layout.slots[place].clip
        guard let object = try edition.poster(of: clip) else {
            throw Fault(
                .unavailable,
                "edition \(edition.id): has no picture of \(clipName(clip.title, clip.type)); ingest it again to make one"
            )
        }
        try edition.library.prepare([MadeObject(object, "jpg")])
        return try InputFile.contents(of: edition.library.path(of: object, "jpg"))
    }

    /// The fragments of the sound; `nil` for a silent reel. What the library has not got is made.
    /// - Parameter jobs: how many mixes are made at a time.
    /// - Throws: `Fault` when the bed is too short.
    func sound(jobs: Int = 1) throws -> SoundTrack? {
        try SoundTrack.made(
            for: edition, plan.audio, samples: layout.samples, jobs: jobs
        ) { () throws(Fault) in try layout.soundSlots() }
    }

    /// The outline of the reel's sound as it decodes; `nil` for a silent reel.
    /// - Throws: what making and decoding it throw.
    public func waveform() throws -> Waveform? {
        guard let file = try soundFile() else { return nil }
        return try withExtendedLifetime(file) { try Waveform.read(file.path) }
    }

    /// The reel's sound as a file of its own; `nil` for a silent reel.
    /// - Throws: what making it throws.
    func soundFile() throws -> ScratchFile? {
        guard let sound = try sound(), !sound.pieces.isEmpty else { return nil }
        let file = try ScratchFile(in: edition.library.root)
        try sound.write(from: edition.library, to: file)
        return file
    }

    /// Stitches the reel into one fragmented MP4. An older file at `path` is replaced when the new one is whole.
    /// - Parameters:
    ///   - isPlain: whether it has no fragments, but all that is said of its samples before them.
    ///   - jobs: how many mixes are made at a time, where the library has not got them.
    /// - Throws: `Fault` (`usage`) when `path` lies in the library, else what stitching throws.
    public func render(
        to path: String, isPlain: Bool = false, jobs: Int = 1, progress: ProgressHandler = { _ in }
    ) throws -> RenderResult {
        try edition.library.requireOutside(path)
        // Before sound is made for it: an output that cannot be written is said at once. Dropped, it leaves nothing.
        _ = try OutputFile.create(path)
        let writer = ReelWriter(layout, sound: try sound(jobs: jobs), reel: id)
        let bytes = try writer.write(to: path, isPlain: isPlain, progress: progress)
        return RenderResult(output: path, reel: id, edition: edition.id, frames: layout.frames, bytes: bytes)
    }

    /// Decodes a finished reel and compares it with the edition.
    /// - Throws: `Fault` when the file was made of something else, `FFmpegError` when it cannot be decoded.
    public func verify(_ path: String, progress: ProgressHandler = { _ in }) throws -> ReelReport {
        try ReelVerifier(plan, edition).verify(path, reel: id, progress: progress)
    }
}

/// What a render made.
public struct RenderResult: Sendable, Encodable {
    /// The file.
    public var output: String
    /// The reel's id.
    public var reel: String
    /// The edition's id.
    public var edition: String
    /// Frames of the picture.
    public var frames: Int64
    /// Bytes of the file.
    public var bytes: Int64
}
