@testable import Editions
import Diagnostics
import FileSystem
import MediaTime
import TestSupport
import Testing

@Suite struct ClipTableTests {
    private func table(_ entries: [ClipEntry], renditions: Int, in folder: TemporaryFolder) throws -> ClipTable {
        let path = folder.file("clips.idx")
        try OutputFile.write(ClipTable.encoded(entries, renditions: renditions), to: path)
        return try ClipTable(path: path)
    }

    /// What went in, in no order, comes out sorted by bytes: title, type, range, pictures, objects, hashes.
    @Test func everythingComesBack() throws {
        let folder = try TemporaryFolder()
        // The two é are one character to people and to Swift's ==, and two titles by their bytes.
        let titles = ["Zebra", "e\u{301}", "A", "\u{E9}", "Größe", "日本", "A", "A ", "80"]
        let types = ["80", "80", "80", "80", "opening", "40", "40", "80", "A"]
        let entries = try zip(titles, types).enumerated().map { number, name in
            try entry(
                name.0, name.1, Int64(number) * 1_000, seed: number + 1,
                parts: [number % 2 == 0 ? [24, 24, 2] : [50], [Int64](repeating: 1, count: 50)])
        }
        let table = try table(entries, renditions: 2, in: folder)
        #expect(table.count == entries.count)
        #expect(table.renditions == 2)
        let sorted = entries.sorted {
            ($0.title.utf8 + [0] + $0.type.utf8).lexicographicallyPrecedes($1.title.utf8 + [0] + $1.type.utf8)
        }
        let clips = try table.all()
        #expect(clips.map { Array($0.title.utf8) } == sorted.map { Array($0.title.utf8) })
        #expect(clips.map(\.type) == sorted.map(\.type))
        #expect(clips.map(\.range) == sorted.map(\.range))
        #expect(clips.map(\.pictures) == sorted.map(\.pictures))
        #expect(clips.map(\.ordinal) == Array(clips.indices))
        for rendition in 0..<2 {
            #expect(
                try clips.map { try table.media(of: $0, rendition: rendition) } == sorted.map { $0.media[rendition] })
            #expect(
                try clips.map { try table.frameHashes(of: $0, rendition: rendition) }
                    == sorted.map { $0.frameHashes[rendition] })
        }
        for entry in entries {
            let found = try #require(table.find(title: entry.title, type: entry.type))
            #expect(Array(found.title.utf8) == Array(entry.title.utf8))
            #expect(found.range == entry.range)
        }
        for (title, type) in [
            ("A", "8"), ("A", "800"), ("", ""), ("Zebr", "80"), ("Zebras", "80"), ("80", "80"),
            ("Gro\u{308}ße", "opening"), ("\u{FFFF}", "80"),
        ] {
            #expect(table.find(title: title, type: type) == nil, "\(title), \(type)")
        }
    }

    /// Sound comes back whole, from clips that have some and clips that have none; without any the table is of version 1.
    @Test func soundComesBack() throws {
        let folder = try TemporaryFolder()
        func level(_ value: Int32) -> Decibels { Decibels(hundredths: value) }
        let sounds: [ClipSound?] = [
            ClipSound(
                lossless: ObjectID.of([1]), samples: 160_160,
                levels: .init(
                    source: level(-4_567), gain: level(2_267), loudness: level(-2_300), truePeak: level(-104),
                    isLimited: true)),
            nil,
            ClipSound(
                lossless: ObjectID.of([2]), samples: 1,
                levels: .init(source: nil, gain: level(0), loudness: nil, truePeak: level(0), isLimited: false)),
            ClipSound(
                lossless: ObjectID.of([3]), samples: .max,
                levels: .init(source: level(0), gain: level(-1), loudness: nil, truePeak: nil, isLimited: false)),
        ]
        var entries = try sounds.indices.map { try entry("t\(9 - $0)", "80", Int64($0), seed: $0, parts: [[3]]) }
        #expect(ClipTable.encoded(entries, renditions: 1)[8] == 1)
        for (place, sound) in sounds.enumerated() { entries[place].sound = sound }
        #expect(ClipTable.encoded(entries, renditions: 1)[8] == 3)
        let table = try table(entries, renditions: 1, in: folder)
        #expect(try table.all().map { try table.sound(of: $0) } == sounds.reversed())
        #expect(try table.all().map { try table.media(of: $0, rendition: 0) } == entries.reversed().map { $0.media[0] })

        // Flags that nobody writes: damage.
        var bytes = ClipTable.encoded(entries, renditions: 1)
        let record = try #require(bytes.firstRange(of: ObjectID.of([2]).bytes)).lowerBound
        bytes[record + 57] = 1
        let path = folder.file("damaged")
        try OutputFile.write(bytes, to: path)
        let damaged = try ClipTable(path: path)
        let clip = try #require(damaged.find(title: "t7", type: "80"))
        #expect(
            try fault { _ = try damaged.sound(of: clip) }
                == Fault(.badInput, "\(path): is damaged at the sound of (t7, 80); restore the edition or ingest again")
        )
    }

    @Test func orderOfEntriesDoesNotMatter() throws {
        var random = FixedRandom(state: 3)
        let entries = try (0..<40).map { try entry("t\($0 % 7)", "\($0 / 7)", Int64($0), seed: $0, parts: [[3]]) }
        let bytes = ClipTable.encoded(entries, renditions: 1)
        #expect(ClipTable.encoded(entries.shuffled(using: &random), renditions: 1).count == bytes.count)
        // Objects are listed clip by clip, so the whole table is the same.
        #expect(ClipTable.encoded(entries.shuffled(using: &random), renditions: 1) == bytes)
    }

    @Test func noClipsAreATableToo() throws {
        let folder = try TemporaryFolder()
        let table = try table([], renditions: 1, in: folder)
        #expect(try table.all() == [])
        #expect(table.find(title: "A", type: "80") == nil)
    }

    @Test func manyClipsAreFound() throws {
        let folder = try TemporaryFolder()
        let count = 100_000
        let media = try object(1, parts: [1])
        let hashes = try frameHashes(1, 1)
        let entries = try (0..<count).map { number in
            ClipEntry(
                title: "title-\((number / 4) &* 7_919 % 25_000)", type: ["80", "40", "opening", "é"][number % 4],
                range: try #require(FrameRange(Int64(number), Int64(number) + 1)), pictures: [0, 1, 2],
                media: [media], frameHashes: [hashes])
        }
        let table = try table(entries, renditions: 1, in: folder)
        #expect(table.count == count)
        let wrong = stride(from: 0, to: count, by: 37).filter { number in
            table.find(title: entries[number].title, type: entries[number].type)?.range != entries[number].range
        }
        #expect(wrong == [])
        #expect(table.find(title: "title-25000", type: "80") == nil)
    }

    // MARK: Damage

    /// Asks a table for all that it has; errors are fine, traps are not.
    private func readAll(_ bytes: [UInt8], at path: String) throws -> Int {
        try OutputFile.write(bytes, to: path)
        let table: ClipTable
        do { table = try ClipTable(path: path) } catch { return 0 }
        var read = 0
        for ordinal in 0..<min(table.count, 100) {
            guard let clip = try? table.clip(ordinal) else { continue }
            for rendition in 0..<min(table.renditions, 10) {
                if let media = try? table.media(of: clip, rendition: rendition) {
                    read += 1
                    // What a stitcher relies on, for its arithmetic and its reads.
                    #expect(media.frames == clip.range.count)
                    var next: Int64 = 0
                    for part in media.parts {
                        #expect(part.offset == next && part.size > 0 && part.frames > 0)
                        next += part.size
                        for offset in [part.sequenceNumberOffset, part.decodeTimeOffset] {
                            #expect(offset >= 8 && Int64(offset) + 8 <= part.size)
                        }
                    }
                }
                if let hashes = try? table.frameHashes(of: clip, rendition: rendition) {
                    #expect(hashes.count == Int(clip.range.count))
                }
            }
        }
        for (title, type) in [("b", "80"), ("b", "40"), ("é", "80"), ("x", "x")] {
            read += table.find(title: title, type: type) == nil ? 0 : 1
        }
        return read
    }

    private func sample() throws -> [UInt8] {
        ClipTable.encoded(
            try [
                entry("b", "80", 100, seed: 1, parts: [[3, 2], [5]]),
                entry("b", "40", 0, seed: 2, parts: [[4], [2, 2]]),
                entry("é", "80", 7, seed: 3, parts: [[1], [1]]),
            ], renditions: 2)
    }

    @Test func everyTruncationIsAnErrorOrAValue() throws {
        let folder = try TemporaryFolder()
        let bytes = try sample()
        #expect(try readAll(bytes, at: folder.file("t")) == 9)
        for count in 0..<bytes.count { _ = try readAll(Array(bytes[..<count]), at: folder.file("t")) }
    }

    @Test func flippedBytesAreErrorsOrValues() throws {
        let folder = try TemporaryFolder()
        let bytes = try sample()
        var random = FixedRandom(state: 11)
        for round in 0..<4_000 {
            var damaged = bytes
            for _ in 0...round % 4 {
                // The header and the records before the hashes are where numbers stand.
                let position = Int.random(in: 8..<(round % 2 == 0 ? 64 : bytes.count), using: &random)
                damaged[position] = random.next() & 3 == 0 ? 0xFF : UInt8(truncatingIfNeeded: random.next())
            }
            _ = try readAll(damaged, at: folder.file("t"))
        }
    }

    @Test func countsBeyondAllMeasureAreRefused() throws {
        let folder = try TemporaryFolder()
        var bytes = try sample()
        for position in 12..<32 { bytes[position] = 0xFF }
        try OutputFile.write(bytes, to: folder.file("t"))
        #expect(
            try fault { _ = try ClipTable(path: folder.file("t")) }
                == Fault(.badInput, "\(folder.file("t")): is damaged: it is shorter than its sections"))
    }

    @Test func otherFilesAndNewerVersionsAreRefused() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("t")
        try OutputFile.write(Array("SZLCLIPT".utf8) + [UInt8](repeating: 0, count: 100), to: path)
        #expect(try fault { _ = try ClipTable(path: path) } == Fault(.badInput, "\(path): is not a clip table"))
        var bytes = try sample()
        bytes[8] = 4
        try OutputFile.write(bytes, to: path)
        #expect(
            try fault { _ = try ClipTable(path: path) }
                == Fault(.badInput, "\(path): is of version 4, newer than 3; update sizzle"))
        #expect(try fault { _ = try ClipTable(path: folder.file("missing")) }.status == .notFound)
    }
}
