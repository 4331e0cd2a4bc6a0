import Crypto
public import Diagnostics
import Foundation
import GRDB
public import Sequencing

/// What forgetting a viewer took out of a catalogue.
public struct ForgottenCounts: Sendable, Hashable, Codable {
    /// Events that were removed.
    public var events = 0
    /// Reels that were delivered to the viewer, and are not on record any more.
    public var reels = 0

    /// Counts of nothing.
    public init() {}
}

extension Catalogue {
    /// Removes what a viewer did, who is known by several names, and does not take it again: lines from before `now` are passed over by
    /// later imports. What is kept of the viewer is a hash of each name.
    ///
    /// - Throws: `Fault`, see ``open(_:creating:busyTimeout:cache:)``.
    public func forget(_ names: [String], now: Timestamp) throws(Fault) -> ForgottenCounts {
        try write { db in
            // Pages that are freed are overwritten, not only given back.
            try db.execute(sql: "PRAGMA secure_delete = ON")
            var counts = ForgottenCounts()
            for name in names {
                for table in ["delivered_slots", "delivered_arms"] {
                    try db.execute(
                        sql: "DELETE FROM \(table) WHERE reel IN (SELECT reel FROM deliveries WHERE viewer = ?)",
                        arguments: [name])
                }
                try db.execute(sql: "DELETE FROM deliveries WHERE viewer = ?", arguments: [name])
                counts.reels += db.changesCount
                try db.execute(sql: "DELETE FROM events WHERE viewer = ?", arguments: [name])
                counts.events += db.changesCount
                try db.execute(
                    sql: """
                        INSERT INTO forgotten (viewer, until) VALUES (?, ?)
                        ON CONFLICT (viewer) DO UPDATE SET until = excluded.until
                        """, arguments: [Self.mark(of: name), now.milliseconds])
            }
            try Self.noteRemoval(db)
            return counts
        }
    }

    /// Removes events and deliveries from before a time.
    /// - Returns: how many events and reels went.
    /// - Throws: `Fault`, see ``open(_:creating:busyTimeout:cache:)``.
    public func forget(before time: Timestamp) throws(Fault) -> ForgottenCounts {
        try write { db in
            try db.execute(sql: "PRAGMA secure_delete = ON")
            var counts = ForgottenCounts()
            for table in ["delivered_slots", "delivered_arms"] {
                try db.execute(
                    sql: "DELETE FROM \(table) WHERE reel IN (SELECT reel FROM deliveries WHERE ts < ?)",
                    arguments: [time.milliseconds])
            }
            try db.execute(sql: "DELETE FROM deliveries WHERE ts < ?", arguments: [time.milliseconds])
            counts.reels = db.changesCount
            try db.execute(sql: "DELETE FROM events WHERE ts < ?", arguments: [time.milliseconds])
            counts.events = db.changesCount
            if counts != ForgottenCounts() { try Self.noteRemoval(db) }
            return counts
        }
    }

    /// Counts a removal, beside the viewers: a mark of one is never empty. Rows that went may come back as others under the same numbers, so
    /// that what was read before must be read anew.
    private static func noteRemoval(_ db: Database) throws {
        try db.execute(
            sql:
                "INSERT INTO forgotten (viewer, until) VALUES ('', 1) ON CONFLICT (viewer) DO UPDATE SET until = until + 1"
        )
    }

    /// What is kept of a viewer who was forgotten: the SHA-256 of the name, in hex.
    public static func mark(of viewer: String) -> String {
        Hex.text(SHA256.hash(data: Data(viewer.utf8)))
    }
}
