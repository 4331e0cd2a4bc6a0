import Foundation
import Sizzle

/// Times opening editions of few and of many clips, and looking clips up in them.
enum ClipTables {
    static func run(in folder: String) throws {
        for count in [10, 1_000_000] {
            let root = "\(folder)/clips-\(count)"
            let library = try Library.create(root)
            defer { try? FileManager.default.removeItem(atPath: root) }
            let id = try publish(count, in: library)
            let path = "\(root)/editions/\(id)/clips.idx"
            let size = try InputFile.open(path).size
            // One of the titles in turns, in an order that no cache foresees.
            let names = (0..<min(count, 100_000)).map { number in
                let clip = number &* 7_919 % count
                return (title(clip / 10), types[clip % 10])
            }
            let clock = ContinuousClock()
            var opened: [Duration] = []
            var found: [Duration] = []
            for _ in 0..<7 {
                var edition: Edition?
                opened.append(try clock.measure { edition = try library.edition(id) })
                guard let edition else { continue }
                var missing = 0
                found.append(
                    clock.measure {
                        for (title, type) in names where edition.clips.find(title: title, type: type) == nil {
                            missing += 1
                        }
                    })
                precondition(missing == 0, "a clip was not found")
            }
            let nanoseconds = { (duration: Duration) in
                Double(duration.components.seconds) * 1e9 + Double(duration.components.attoseconds) / 1e9
            }
            let open = opened.map(nanoseconds).sorted()[3] / 1e6
            let look = found.map(nanoseconds).sorted()[3] / Double(names.count)
            print(
                String(
                    format: "%9d clips  opened in %8.3f ms   looked up in %6.0f ns   %6.1f bytes a clip", count, open,
                    look,
                    Double(size) / Double(count)))
        }
    }

    private static let types = ["40", "80", "120", "160", "200", "240", "opening", "closing", "teaser", "scene"]
    private static func title(_ number: Int) -> String { "title-\(number)" }

    private static func publish(_ count: Int, in library: Library) throws -> String {
        guard let header = ObjectID(String(repeating: "00", count: 32)),
            let hash = FrameHash(String(repeating: "00", count: 16)), let rate = FrameRate(24)
        else { throw Fault(.internalError, "no id") }
        let part = Part(offset: 0, size: 1_000, frames: 1, sequenceNumberOffset: 20, decodeTimeOffset: 64)
        let entries = (0..<count).compactMap { number -> ClipEntry? in
            guard let range = FrameRange(Int64(number), Int64(number) + 1) else { return nil }
            return ClipEntry(
                title: title(number / 10), type: types[number % 10], range: range, pictures: [0, 0, 0],
                media: [FragmentedObject(object: header, parts: [part])], frameHashes: [[hash]])
        }
        let rendition = EditionManifest.Rendition(
            name: "source", codec: "avc1.64001f", width: 1_920, height: 1_080, initSegment: header, timescale: 24_000,
            ticksPerFrame: 1_000, shift: 0, condition: "copy", settings: [:], bytes: 0)
        let manifest = EditionManifest(
            frameRate: .constant(rate), clips: count, frames: Int64(count), renditions: [rendition], beds: [],
            clipTable: header, provenance: .init(created: "2026-01-01T00:00:00Z", source: "", sourceBytes: 0, tool: ""))
        let lock = try library.lockForAdding(waiting: 0)
        return try library.publish(manifest, clips: entries, lock: lock).id
    }
}
