import Catalogue
import Diagnostics
import Foundation
import Sequencing
import Testing

@Suite struct SnapshotTests {
    /// The state of a catalogue with titles A and B after these events, at a time.
    private func snapshot(
        _ events: [String], viewer: String = "v1", at: String = "2026-11-24T00:00:00Z"
    ) throws -> Snapshot {
        let folder = try Folder()
        let catalogue = try Catalogue.open(folder.catalogue)
        try catalogue.importTitles(
            try folder.file("t", #"[{"id": "A", "genres": ["x"], "popularity": 3}, {"id": "B"}]"#))
        try catalogue.importEvents(try folder.file("e", events.joined(separator: "\n")), receivedAt: received)
        return try catalogue.snapshot(viewer: viewer, at: time(at))
    }

    @Test func playsFadeAndOnlyThePastCounts() throws {
        let titles = try snapshot([
            event("1", ts: "2026-11-17T00:00:00Z"), event("2", ts: "2026-11-24T00:00:00Z"),
            event("3", ts: "2026-11-24T00:00:00.001Z"), event("4", ts: "2026-11-10T00:00:00Z", title: "B"),
            event("5", "click", more: slotKeys), event("6", title: "gone"),
        ]).titles
        #expect(titles.map(\.id) == ["A", "B"])
        #expect(titles.map(\.plays) == [1.5, 0.25])
        #expect(titles.map(\.popularity) == [3, 0])
    }

    @Test func aLikeIsAPlayOf10PercentOr5Minutes() throws {
        let keys = [
            "", #","watched_ms":299999"#, #","watched_ms":300000"#, #","watched_ms":10,"duration_ms":100"#,
            #","watched_ms":9,"duration_ms":100"#, #","watched_ms":10,"duration_ms":101"#, #","duration_ms":101"#,
            #","watched_ms":0,"duration_ms":0"#,
            #","watched_ms":299999,"duration_ms":9223372036854775807"#,
        ]
        let lines = keys.enumerated().map { event("\($0)", viewer: "v\($0)", more: $1) }
        let liked = try (0..<keys.count).map { try snapshot(lines, viewer: "v\($0)").viewer.liked == ["A"] }
        #expect(liked == [true, false, true, true, false, false, true, true, false])
        // Each play counts for the popularity, liked or not.
        #expect(try snapshot(lines).titles.map(\.plays) == [9, 0])
        #expect(try snapshot(lines).titles.map(\.likes) == [5, 0])
    }

    @Test func aViewerLikesATitleOnce() throws {
        let lines = [
            event("1"), event("2"), event("3", viewer: "v2"), event("4", viewer: "v2", title: "B"),
            event("5", ts: "2026-11-24T00:00:00.001Z", title: "B"), event("6", "click", title: "B", more: slotKeys),
        ]
        let first = try snapshot(lines)
        #expect(first.viewer == ViewerFacts(id: "v1", liked: ["A"]))
        #expect(first.titles.map(\.likes) == [2, 1])
        #expect(try snapshot(lines, viewer: "v2").viewer.liked == ["A", "B"])
        #expect(try snapshot(lines, viewer: "nobody").viewer == ViewerFacts(id: "nobody"))
        #expect(try snapshot(lines, at: "2026-11-25T00:00:00Z").viewer.liked == ["A", "B"])
    }

    /// Any order of any split into files leaves the same rows, and a snapshot that is the same to the last bit.
    @Test func theOrderOfEventsDoesNotMatter() throws {
        var generator = SplitMix64(seed: 7)
        let lines = (0..<120).map { number in
            let type = ["play", "play", "play", "click", "skip", "applause"].randomElement(using: &generator) ?? "play"
            let moment = Timestamp(
                milliseconds: 1_795_000_000_000 + Int64.random(in: 0..<500_000_000, using: &generator))
            return event(
                "e\(number % 100)", type, ts: moment.description, viewer: "v\(number % 7)", title: "t\(number % 5)",
                more: slotKeys + #","watched_ms":\#(number * 5_000)"#)
        }
        // Ids come once here: of two contents the first wins, and which is first depends on the order.
        let unique = Array(lines.prefix(100)) + lines.prefix(20)
        var states: Set<[String]> = []
        var snapshots: Set<Snapshot> = []
        for _ in 0..<12 {
            let folder = try Folder()
            let catalogue = try Catalogue.open(folder.catalogue)
            let titles = (0..<5).map { #"{"id": "t\#($0)"}"# }.joined(separator: "\n")
            try catalogue.importTitles(try folder.file("t", titles))
            let shuffled = unique.shuffled(using: &generator)
            let cut = Int.random(in: 0...shuffled.count, using: &generator)
            for (name, part) in [("1", shuffled[..<cut]), ("2", shuffled[cut...])] {
                try catalogue.importEvents(
                    try folder.file(name, part.joined(separator: "\n")), receivedAt: received)
            }
            states.insert(try folder.state())
            snapshots.insert(try catalogue.snapshot(viewer: "v3", at: received))
        }
        #expect(states.count == 1)
        #expect(snapshots.count == 1)
        #expect(snapshots.first?.titles.allSatisfy { $0.plays > 1 } == true)
    }
}
