import Diagnostics
import Editions
import Foundation
import MediaTime
import TestSupport
import Testing

func objectID(_ seed: Int) throws -> ObjectID {
    try #require(ObjectID(bytes: (0..<32).map { UInt8(truncatingIfNeeded: seed &* 7 &+ $0 &+ seed >> 8) }))
}

/// An object whose parts have these frames, one after another.
func object(_ seed: Int, parts: [Int64]) throws -> FragmentedObject {
    var offset: Int64 = 0
    var result: [Part] = []
    for (number, frames) in parts.enumerated() {
        let size = 1_000 + frames * 100 + Int64(number)
        result.append(
            Part(
                offset: offset, size: size, frames: frames, sequenceNumberOffset: 20,
                decodeTimeOffset: 60 + Int32(number)))
        offset += size
    }
    return FragmentedObject(object: try objectID(seed), parts: result)
}

func frameHashes(_ seed: Int, _ count: Int) throws -> [FrameHash] {
    try (0..<count).map { frame in
        try #require(FrameHash(bytes: (0..<16).map { UInt8(truncatingIfNeeded: seed &+ frame &* 3 &+ $0) }))
    }
}

/// A clip with as many renditions as `parts` has lists.
func entry(_ title: String, _ type: String, _ start: Int64, seed: Int, parts: [[Int64]]) throws -> ClipEntry {
    let count = try #require(parts.first?.reduce(0, +))
    return ClipEntry(
        title: title, type: type, range: try #require(FrameRange(start, start + count)),
        pictures: [UInt64(seed), .max, 0x0123_4567_89AB_CDEF],
        media: try parts.enumerated().map { try object(seed * 10 + $0, parts: $1) },
        frameHashes: try parts.indices.map { try frameHashes(seed * 10 + $0, Int(count)) })
}

/// A manifest that names no clips yet.
func manifest(clips: Int, frames: Int64 = 0, renditions: Int = 1) throws -> EditionManifest {
    EditionManifest(
        frameRate: .constant(.film), clips: clips, frames: frames,
        renditions: try (0..<renditions).map { number in
            EditionManifest.Rendition(
                name: number == 0 ? "source" : "v\(number)", codec: "avc1.64001f", width: 640, height: 360,
                initSegment: try objectID(900 + number), timescale: 24_000, ticksPerFrame: 1_000, shift: 2_000,
                condition: "encode", settings: ["crf": "18", "threads": "4"], bytes: 12_345)
        },
        beds: [
            Bed(
                name: "main", codec: "mp4a.40.2", initSegment: try objectID(800),
                sound: try object(801, parts: [96, 4]),
                framesPerPart: 96, lossless: try objectID(802), sampleRate: 48_000, channels: 2, samples: 102_400,
                bitsPerSecond: 128_000)
        ],
        clipTable: try objectID(0),
        provenance: .init(created: "2026-01-02T03:04:05Z", source: "mega.mp4", sourceBytes: 1, tool: "sizzle 0"))
}

/// Promotes an edition.
func promote(_ id: String, in library: Library, at date: String, by user: String, why: String) throws(Fault) {
    try library.promote(id, .init(why, by: user, at: date), waiting: 0)
}
