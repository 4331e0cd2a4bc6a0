public import Diagnostics
import FileSystem
import GRDB
import Sequencing

extension Catalogue {
    /// Writes what each viewer likes into a file that ``ViewerSnapshot/open(_:)`` reads.
    /// - Returns: how many viewers are in it, and its size in bytes.
    /// - Throws: `Fault`, see ``open(_:creating:busyTimeout:cache:)``, and when the file cannot be written.
    public func writeViewers(to path: String) throws(Fault) -> (viewers: Int, bytes: Int) {
        let encoded = try encodedViewers()
        try OutputFile.write(encoded.bytes, to: path)
        return (encoded.count, encoded.bytes.count)
    }

    /// What each viewer likes at present, in memory.
    /// - Throws: `Fault`, see ``open(_:creating:busyTimeout:cache:)``.
    public func viewers() throws(Fault) -> ViewerSnapshot {
        try ViewerSnapshot(OwnedBytes(try encodedViewers().bytes), named: "the catalogue's viewers")
    }

    private func encodedViewers() throws(Fault) -> (bytes: [UInt8], count: Int) {
        try read { db in
            let last = try Int64.fetchOne(db, sql: "SELECT max(rowid) FROM events") ?? 0
            let titles = try String.fetchAll(
                db, sql: "SELECT DISTINCT title FROM events WHERE is_like = 1 ORDER BY title")
            let numbers = Dictionary(uniqueKeysWithValues: titles.enumerated().map { ($1, UInt32($0)) })
            var viewers: [(key: ViewerSnapshot.Key, titles: [UInt32])] = []
            var current: String?
            // The index gives them viewer by viewer.
            let rows = try Row.fetchCursor(
                db, sql: "SELECT viewer, title FROM events WHERE is_like = 1 GROUP BY viewer, title ORDER BY viewer")
            while let row = try rows.next() {
                let viewer: String = row[0]
                if viewer != current {
                    viewers.append((ViewerSnapshot.key(of: viewer), []))
                    current = viewer
                }
                if let number = numbers[row[1]] { viewers[viewers.count - 1].titles.append(number) }
            }
            let bytes = ViewerSnapshot.encode(
                viewers, titles: titles, lastRow: last, removals: try Self.removals(db))
            return (bytes, viewers.count)
        }
    }

    /// What was liked since a snapshot was made, in the order in which it came in.
    /// - Parameter row: the last row that is known already.
    /// - Returns: viewers and titles, and the last row there is.
    /// - Throws: `Fault`, see ``open(_:creating:busyTimeout:cache:)``.
    public func newLikes(after row: Int64) throws(Fault) -> (likes: [(viewer: String, title: String)], lastRow: Int64) {
        try read { db in
            let last = try Int64.fetchOne(db, sql: "SELECT max(rowid) FROM events") ?? 0
            let likes = try Row.fetchAll(
                db, sql: "SELECT viewer, title FROM events WHERE rowid > ? AND is_like = 1", arguments: [row]
            ).map { (viewer: $0[0] as String, title: $0[1] as String) }
            return (likes, last)
        }
    }

    /// How often something was removed: whoever keeps what was read before the last time keeps too much.
    /// - Throws: `Fault`, see ``open(_:creating:busyTimeout:cache:)``.
    public func removals() throws(Fault) -> Int64 { try read { try Self.removals($0) } }

    static func removals(_ db: Database) throws -> Int64 {
        try Int64.fetchOne(db, sql: "SELECT until FROM forgotten WHERE viewer = ''") ?? 0
    }
}
