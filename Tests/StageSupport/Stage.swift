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

    /// Makes the edition, with a bed and the clips' own sound if wanted.
    public init(withBed: Bool = true, withClipSound: Bool = false) throws {
        folder = try TemporaryFolder()
        library = try Library.create(folder.file("lib"))
        let mega = try TestMedia.stamped(
            size: (160, 90), frames: 240, idr: [40, 80, 120, 121, 160, 200],
            sound: withClipSound ? "aac" : "none")
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
        let clipSound =
            withClipSound
            ? try ClipSoundMaker().make(
                index.clips.map {
                    ClipSoundSource(name: $0.title, samples: $0.range.start * 2_000..<$0.range.end * 2_000)
                }, of: mega, track: 0, ducking: Ducking(), into: library, progress: { _ in }) : nil
        let manifest = EditionManifest(
            frameRate: .constant(.film), clips: index.clips.count, frames: picture.framesCopied,
            renditions: picture.renditions,
            beds: bed.map { [$0] } ?? [], clipSound: clipSound?.format, clipTable: ObjectID.of([]),
            provenance: .init(created: "2026-01-01T00:00:00Z", source: "mega.mp4", sourceBytes: 1, tool: "test"))
        let lock = try library.lockForAdding(waiting: 0)
        var entries = picture.entries
        for (place, sound) in (clipSound?.clips ?? []).enumerated() { entries[place].sound = sound }
        edition = try library.publish(manifest, clips: entries, lock: lock)
    }

    /// A plan of clips by their titles.
    public func plan(_ titles: String, audio: AudioSettings? = nil) -> ReelPlan {
        let slots = titles.compactMap { title in Self.clips.first { $0.title == String(title) } }
        return ReelPlan(
            edition: edition.id, slots: slots.map { ReelPlan.Slot(title: $0.title, type: $0.type) }, audio: audio)
    }

    /// The sound of a reel under a plan's settings; `nil` where the edition has no bed.
    public func sound(_ plan: ReelPlan, _ layout: ReelLayout) throws -> SoundTrack? {
        let audio = try edition.resolved(plan.audio)
        guard audio.mode == .bed else { return try clipSound(audio, layout) }
        let bed = try edition.bed(audio.bed)
        let pieces = try ReelSoundMaker(library: library, bed: bed).pieces(ReelSound(samples: layout.samples, audio))
        return SoundTrack(initSegment: bed.initSegment, pieces: pieces)
    }

    /// The sound of a reel in which clips are heard.
    private func clipSound(_ audio: AudioSettings, _ layout: ReelLayout) throws -> SoundTrack? {
        guard audio.mode != AudioSettings.Mode.none else { return nil }
        let maker = try MixMaker(edition, audio)
        let slots = try layout.slots.map { slot in
            SoundSlot(
                name: slot.clip.title, start: layout.sample(of: slot), firstFrame: layout.soundFrame(of: slot),
                sound: try edition.clips.sound(of: slot.clip))
        }
        let pieces = try maker.pieces(ReelSound(samples: layout.samples, audio), slots)
        return SoundTrack(initSegment: maker.initSegment, pieces: pieces)
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
