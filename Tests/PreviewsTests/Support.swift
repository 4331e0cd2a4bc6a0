import Conditioning
import Editions
import Editorial
import MediaTime
import Plans
import TestSupport
import Testing

/// An edition of stamped clips, in a library of its own.
struct Stage {
    let folder: TemporaryFolder
    let library: Library
    let edition: Edition

    /// Frames of each clip; IDR pictures stand every 40 frames, so 80 frames are two parts.
    static let clips: [(title: String, type: String, range: (Int64, Int64))] = [
        ("A", "80", (0, 80)), ("B", "40", (80, 120)), ("C", "40", (160, 200)), ("D", "80", (160, 240)),
        ("E", "1", (120, 121)),
        ("Ünïcödé 'quoted\": 100%{n} [x];,\\", "40", (120, 160)),
    ]

    init() throws {
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
            Source.read(mega), index, indexPath: "clips.json", into: library, progress: { _ in })
        let manifest = EditionManifest(
            frameRate: .film, clips: index.clips.count, frames: picture.framesCopied, renditions: picture.renditions,
            beds: [], clipTable: ObjectID.of([]),
            provenance: .init(created: "2026-01-01T00:00:00Z", source: "mega.mp4", sourceBytes: 1, tool: "test"))
        let lock = try library.lockForWriting(waiting: 0)
        edition = try library.publish(manifest, clips: picture.entries, lock: lock)
    }

    /// A plan of clips by their titles.
    func plan(_ titles: String) -> ReelPlan {
        let slots = titles.compactMap { title in Self.clips.first { $0.title == String(title) } }
        return ReelPlan(
            edition: edition.id, slots: slots.map { ReelPlan.Slot(title: $0.title, type: $0.type) })
    }
}
