import Conditioning
public import Editions
import Editorial
import Foundation
import MediaTime
public import Plans
import Sound
public import Stitching
public import TestSupport
import Testing

/// An edition of stamped clips with a bed, in a library of its own.
public struct Stage {
    /// Where the library lies, and what is made of it.
    public let folder: TemporaryFolder
    /// A library of its own.
    public let library: Library
    /// The edition.
    public let edition: Edition

    /// Frames of each clip; IDR pictures stand every 40 frames, so 80 frames are two parts.
    public static let clips: [(title: String, type: String, range: (Int64, Int64))] = [
        ("A", "80", (0, 80)), ("B", "40", (80, 120)), ("C", "40", (160, 200)), ("D", "80", (160, 240)),
        ("E", "1", (120, 121)),
        ("Ünïcödé 'quoted\": 100%{n} [x];,\\", "40", (120, 160)),
    ]

    /// Makes the edition, with a bed if wanted.
    public init(withBed: Bool = true) throws {
        folder = try TemporaryFolder()
        library = try Library.create(folder.file("lib"))
        let mega = try TestMedia.stamped(
            size: (160, 90), frames: 240, idr: [40, 80, 120, 121, 160, 200], sound: "none")
        let index = try ClipIndex(
            frameRate: .constant(.film),
            clips: Self.clips.map {
                ClipLabel(title: $0.title, type: $0.type, range: try #require(FrameRange($0.range.0, $0.range.1)))
            })
        let picture = try Conditioner(mode: .copy).condition(
            Footage(Source.read(mega), index, path: "clips.json"), into: library, progress: { _ in })
        let bed =
            try withBed
            ? BedMaker().make(
                BedSource(name: "main", path: TestMedia.stamped(frames: 480, container: "wav", sound: "pcm_s16le")),
                into: library, progress: { _ in }) : nil
        let manifest = EditionManifest(
            frameRate: .constant(.film), clips: index.clips.count, frames: picture.framesCopied,
            renditions: picture.renditions,
            beds: bed.map { [$0] } ?? [], clipTable: ObjectID.of([]),
            provenance: .init(created: "2026-01-01T00:00:00Z", source: "mega.mp4", sourceBytes: 1, tool: "test"))
        let lock = try library.lockForWriting(waiting: 0)
        edition = try library.publish(manifest, clips: picture.entries, lock: lock)
    }

    /// A plan of clips by their titles.
    public func plan(_ titles: String, audio: AudioSettings? = nil) -> ReelPlan {
        let slots = titles.compactMap { title in Self.clips.first { $0.title == String(title) } }
        return ReelPlan(
            edition: edition.id, slots: slots.map { ReelPlan.Slot(title: $0.title, type: $0.type) }, audio: audio)
    }

    /// The sound of a reel under a plan's settings; `nil` where the edition has no bed.
    public func sound(_ plan: ReelPlan, _ layout: ReelLayout) throws -> (bed: Bed, pieces: [TrackPiece])? {
        let audio = try (plan.audio ?? AudioSettings()).resolved(beds: edition.manifest.beds.map(\.name))
        guard audio.mode == .bed else { return nil }
        let bed = try edition.bed(audio.bed)
        let sound = ReelSound(
            samples: layout.samples, start: audio.start ?? 0, fadeIn: audio.fadeIn ?? 0,
            fadeOut: audio.fadeOut ?? 0)
        return (bed, try ReelSoundMaker(library: library, bed: bed).pieces(sound))
    }

    /// Stitches a plan into a file of the stage's folder.
    @discardableResult
    public func stitch(_ plan: ReelPlan, as name: String, reel: String = "r1") throws -> String {
        let layout = try ReelLayout(plan, edition)
        let path = folder.file(name)
        let size = try ReelWriter(layout, sound: sound(plan, layout), reel: reel).write(to: path)
        #expect(size == Int64(try Data(contentsOf: URL(fileURLWithPath: path)).count))
        return path
    }
}
