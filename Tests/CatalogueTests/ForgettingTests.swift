import Catalogue
import Diagnostics
import Foundation
import Sequencing
import Testing

@Suite struct ForgettingTests {
    private let impression = event(
        "i", "impression", ts: "2026-11-20T00:00:00Z", viewer: "v1",
        more: #","reel":"r1","edition":"e1","slots":[{"slot":1,"title":"A","clip":"80"}],"arms":["l/x/a"]"#)

    @Test func nothingOfAViewerStays() throws {
        let folder = try Folder()
        let catalogue = try Catalogue.open(folder.catalogue)
        let theirs = [
            impression, event("1", ts: "2026-11-20T00:00:00Z"),
            event("2", "click", ts: "2026-11-21T00:00:00Z", more: slotKeys),
        ]
        let others = [event("3", ts: "2026-11-20T00:00:00Z", viewer: "v2")]
        let file = try folder.file("e", (theirs + others).joined(separator: "\n"))
        try catalogue.importEvents(file, receivedAt: nil)
        let now = time("2026-11-22T00:00:00Z")
        var counts = ForgottenCounts()
        (counts.events, counts.reels) = (3, 1)
        #expect(try catalogue.forget(["v1", "another name"], now: now) == counts)
        // The bytes are gone from the file and its log, not only the rows.
        try catalogue.checkpoint()
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where name.hasPrefix("catalogue") {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\(name)"))
            #expect(bytes.range(of: Data("\"v1\"".utf8)) == nil, "\(name)")
        }
        #expect(try catalogue.snapshot(viewer: "v1", at: received).viewer.liked == [])
        #expect(try catalogue.snapshot(viewer: "v2", at: received).viewer.liked == ["A"])
        #expect(try catalogue.loggedReels(from: time("2020-01-01T00:00:00Z"), until: received).isEmpty)
        // A file that is imported again does not bring them back; what they do later counts.
        var summary = EventImportSummary()
        (summary.duplicates, summary.forgotten) = (1, 3)
        #expect(try catalogue.importEvents(file, receivedAt: nil) == summary)
        let later = try folder.file("later", event("9", ts: "2026-11-23T00:00:00Z"))
        #expect(try catalogue.importEvents(later, receivedAt: nil).added == 1)
        #expect(try catalogue.removals() == 1)
    }

    @Test func whatIsOldGoes() throws {
        let folder = try Folder()
        let catalogue = try Catalogue.open(folder.catalogue)
        let lines = [
            impression, event("1", ts: "2026-11-21T00:00:00Z"), event("2", ts: "2026-11-20T23:59:59.999Z"),
        ]
        try catalogue.importEvents(try folder.file("e", lines.joined(separator: "\n")), receivedAt: nil)
        var counts = ForgottenCounts()
        (counts.events, counts.reels) = (2, 1)
        #expect(try catalogue.forget(before: time("2026-11-21T00:00:00Z")) == counts)
        #expect(try catalogue.forget(before: time("2026-11-21T00:00:00Z")) == ForgottenCounts())
    }
}
