import Catalogue
import Diagnostics
import Foundation
import GRDB
import Sequencing

/// A folder of its own for one test, removed at the end.
final class Folder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("sizzle-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file, and returns its path.
    func file(_ name: String, _ text: String) throws -> String {
        let file = path + "/" + name
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        return file
    }

    var catalogue: String { path + "/catalogue.sqlite" }

    /// All rows of both tables, in the order of their keys, by SQLite itself.
    func state() throws -> [String] {
        try DatabaseQueue(path: catalogue).read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM titles ORDER BY id").map(\.description)
                + Row.fetchAll(db, sql: "SELECT * FROM events ORDER BY event_id").map(\.description)
        }
    }
}

/// The instant of an RFC 3339 text; the tests' own texts are right.
func time(_ text: String) -> Timestamp { Timestamp(rfc3339: text) ?? Timestamp(milliseconds: .min) }

/// When the tests' events arrive: the midnight after most of them.
let received = time("2026-11-25T00:00:00Z")

/// A line of an events' file; `more` are further keys, as JSON.
func event(
    _ id: String, _ type: String = "play", ts: String = "2026-11-24T00:00:00Z", viewer: String = "v1",
    title: String = "A", more: String = ""
) -> String {
    #"{"v":1,"event_id":"\#(id)","type":"\#(type)","ts":"\#(ts)","viewer":"\#(viewer)","title":"\#(title)"\#(more)}"#
}

/// The keys that events of one slot have besides.
let slotKeys = #","reel":"r1","edition":"e1","slot":3,"clip":"80","n":1"#
