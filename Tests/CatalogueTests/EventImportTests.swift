import Catalogue
import Diagnostics
import Foundation
import Sequencing
import Testing

@Suite struct EventImportTests {
    private func summary(
        added: Int = 0, duplicates: Int = 0, conflicts: Int = 0, skipped: [String: Int] = [:], clamped: Int = 0,
        late: Int = 0
    ) -> EventImportSummary {
        var summary = EventImportSummary()
        (summary.added, summary.duplicates, summary.conflicts) = (added, duplicates, conflicts)
        (summary.skipped, summary.clamped, summary.late) = (skipped, clamped, late)
        return summary
    }

    /// The line of SEQUENCING, section 5.
    private let skip =
        #"{"v":1,"event_id":"d45c1ebe-cf6a-5142-aa65-80a966f5fc9d","type":"skip","#
        + #""ts":"2026-11-24T20:15:03.120Z","viewer":"viewer-1","reel":"reel-1","edition":"…","slot":3,"title":"A","#
        + #""clip":"80","n":1,"at_ms":1200,"to":"next","tz":"+01:00"}"#

    @Test func keepsTheWholeLine() throws {
        let folder = try Folder()
        let catalogue = try Catalogue.open(folder.catalogue)
        let file = try folder.file("e.ndjson", skip + "\n")
        #expect(try catalogue.importEvents(file, receivedAt: received) == summary(added: 1))
        let raw = skip.replacingOccurrences(of: "\"", with: "\\\"")
        #expect(
            try folder.state() == [
                #"[event_id:"d45c1ebe-cf6a-5142-aa65-80a966f5fc9d" type:"skip" ts:1795551303120 is_clamped:0 "#
                    + #"received_at:1795564800000 viewer:"viewer-1" title:"A" is_like:0 raw:"\#(raw)" "#
                    + #"reel:"reel-1" edition:"…" slot:3 clip:"80" at_ms:1200 stalled_ms:NULL band:3 is_late:0]"#
            ])
    }

    @Test func aReplayChangesNothing() throws {
        let folder = try Folder()
        let catalogue = try Catalogue.open(folder.catalogue)
        let lines = [skip, event("1"), event("2"), event("1"), event("3", "applause"), event("4", "applause")]
        let file = try folder.file("e.ndjson", lines.joined(separator: "\n"))
        #expect(
            try catalogue.importEvents(file, receivedAt: received)
                == summary(added: 3, duplicates: 1, skipped: ["applause": 2]))
        let state = try folder.state()
        let later = Timestamp(milliseconds: received.milliseconds + 86_400_000)
        #expect(
            try catalogue.importEvents(file, receivedAt: later)
                == summary(duplicates: 4, skipped: ["applause": 2]))
        #expect(try folder.state() == state)
    }

    @Test func theFirstOfTwoContentsWins() throws {
        let folder = try Folder()
        let catalogue = try Catalogue.open(folder.catalogue)
        try catalogue.importEvents(try folder.file("1", event("1", title: "A")), receivedAt: received)
        let state = try folder.state()
        let same =
            #"{ "title": "A", "viewer": "v1", "ts": "2026-11-24T00:00:00Z", "type": "play","#
            + #" "event_id": "1", "v": 1 }"#
        let second = [event("1", title: "B"), same, event("1", more: #","extra":1"#)].joined(separator: "\n")
        #expect(
            try catalogue.importEvents(try folder.file("2", second), receivedAt: received)
                == summary(duplicates: 1, conflicts: 2))
        #expect(try folder.state() == state)
    }

    @Test func aClockThatIsAheadIsClamped() throws {
        let folder = try Folder()
        let catalogue = try Catalogue.open(folder.catalogue)
        try catalogue.importTitles(try folder.file("t", #"[{"id": "A"}]"#))
        let lines = [
            event("1", ts: "2026-11-25T00:05:00Z"), event("2", ts: "2026-11-25T00:05:00.001Z"),
            event("3", ts: "2030-01-01T00:00:00Z"),
        ]
        let file = try folder.file("e", lines.joined(separator: "\n"))
        #expect(try catalogue.importEvents(file, receivedAt: received) == summary(added: 3, clamped: 2))
        #expect(try catalogue.snapshot(viewer: "v", at: received).titles.map(\.plays) == [2])
    }

    @Test(arguments: [
        ("nope", "not JSON: found 'n' where a value should be, at byte 1"),
        ("[]", "expected an object, found an array"),
        (#"{"v":1}"#, "the key 'type' is missing"),
        (#"{"v":1,"type":7}"#, "type: expected a string, found 7"),
        (#"{"type":"play"}"#, "the key 'v' is missing"),
        (#"{"v":2,"type":"play"}"#, "v: events of version 2 are not known; this program reads 1"),
        (#"{"v":1,"type":"play"}"#, "the key 'event_id' is missing"),
        (event(""), "event_id: it is empty"),
        (event("1", viewer: " "), "viewer: it is blank"),
        (event("1", ts: "2026-11-24"), "ts: '2026-11-24' is not an RFC 3339 time such as 2026-11-24T20:15:03.120Z"),
        (
            event("1", ts: "2026-11-24T23:59:60Z"),
            "ts: '2026-11-24T23:59:60Z' is not an RFC 3339 time such as 2026-11-24T20:15:03.120Z"
        ),
        (
            #"{"v":1,"event_id":"1","type":"play","ts":1764014400,"viewer":"v","title":"A"}"#,
            "ts: expected a string, found 1764014400"
        ),
        (
            #"{"v":1,"event_id":"1","type":"play","ts":"2026-11-24T00:00:00Z","viewer":"v"}"#,
            "the key 'title' is missing"
        ),
        (event("1", "click"), "the key 'reel' is missing"),
        (event("1", "impression", more: #","reel":"r""#), "the key 'edition' is missing"),
        (event("1", "skip", more: #","reel":"r","edition":"e","slot":1"#), "the key 'clip' is missing"),
        (event("1", "skip", more: #","reel":"r","edition":"e","clip":"80""#), "the key 'slot' is missing"),
        (event("1", "skip", more: #","reel":"r","edition":"e","slot":0,"clip":"80""#), "slot: 0 is less than 1"),
        (
            event("1", "skip", more: #","reel":"r","edition":"e","slot":1.5,"clip":"80""#),
            "slot: expected a whole number, found 1.5"
        ),
        (event("1", more: #","watched_ms":-1"#), "watched_ms: -1 is less than 0"),
        (event("1", more: #","duration_ms":"9""#), "duration_ms: expected a whole number, found a string"),
    ])
    func aBadLineUndoesTheImport(line: String, message: String) throws {
        let folder = try Folder()
        let catalogue = try Catalogue.open(folder.catalogue)
        let file = try folder.file("e.ndjson", event("good") + "\n\n" + line + "\n" + event("good too"))
        #expect(throws: Fault(.badInput, "\(file): line 3: \(message)")) {
            try catalogue.importEvents(file, receivedAt: received)
        }
        #expect(try folder.state() == [])
    }

    @Test func takesAllTypesThatItKnows() throws {
        let folder = try Folder()
        let catalogue = try Catalogue.open(folder.catalogue)
        let types = ["impression", "slot_start", "slot_complete", "skip", "click", "play", "rebuffer"]
        let lines = types.map { event($0, $0, more: slotKeys) }
        #expect(
            try catalogue.importEvents(try folder.file("e", lines.joined(separator: "\n")), receivedAt: received)
                == summary(added: 7))
        #expect(try catalogue.importEvents(try folder.file("0", ""), receivedAt: received) == summary())
    }
}
