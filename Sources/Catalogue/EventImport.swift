public import Diagnostics
import Foundation
import GRDB
public import Sequencing

/// What an import of events did. Every line of the file that is not blank is counted once, `clamped` apart.
public struct EventImportSummary: Sendable, Hashable, Codable {
    /// Events that were stored.
    public var added = 0
    /// Events that were stored before with the same content.
    public var duplicates = 0
    /// Events whose id was stored before with another content; the stored one stays.
    public var conflicts = 0
    /// Events of types that this version does not know, by type; they are not stored.
    public var skipped: [String: Int] = [:]
    /// Of `added`, those whose time lay more than 5 minutes after their receipt; they count at the time of receipt.
    public var clamped = 0

    /// A summary of nothing.
    public init() {}
}

extension Catalogue {
    /// Imports events, one JSON object a line, that were received at `receivedAt`.
    ///
    /// `event_id` makes them idempotent: a retry or a file that is imported again changes nothing, and the order of the lines
    /// does not matter (unless a file has one id with two contents: then the first line wins). The whole line is kept, with
    /// keys that this version does not know.
    ///
    /// - Throws: `Fault` `.notFound` for a missing file; `.badInput` that names the file and the line, for a line that is not a
    ///   JSON object, lacks a key or has one of a wrong type: nothing is imported then. See also
    ///   ``open(_:creating:busyTimeout:)``.
    @discardableResult
    public func importEvents(_ path: String, receivedAt: Timestamp) throws(Fault) -> EventImportSummary {
        try importEvents(StrictJSON.contents(ofFile: path), named: path, receivedAt: receivedAt)
    }

    /// Imports events that are in memory, as ``importEvents(_:receivedAt:)`` does.
    /// - Parameter name: what messages call them.
    /// - Throws: as that.
    @discardableResult
    public func importEvents(
        _ bytes: some Collection<UInt8>, named name: String, receivedAt: Timestamp
    ) throws(Fault) -> EventImportSummary {
        // Read and stored line by line: a day's events need not fit into memory as values.
        try write { db in
            var summary = EventImportSummary()
            var lines = StrictJSON.Lines(bytes, named: name)
            while let line = try lines.next() {
                let type = try line.decode(EventKind.self).type
                if EventType(rawValue: type) == nil {
                    summary.skipped[type, default: 0] += 1
                } else {
                    try insert(line.decode(EventRecord.self), line, receivedAt, into: db, &summary)
                }
            }
            return summary
        }
    }

    /// How far a player's clock may be ahead before it is not believed, in milliseconds.
    private static let clockTolerance: Int64 = 5 * 60_000

    private func insert(
        _ event: EventRecord, _ line: StrictJSON.Line, _ receivedAt: Timestamp, into db: Database,
        _ summary: inout EventImportSummary
    ) throws {
        let isAhead = event.ts.milliseconds > receivedAt.milliseconds + Self.clockTolerance
        let ts = isAhead ? receivedAt : event.ts
        // Only a known id is passed over; any other broken rule of the table is an error.
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO events (event_id, type, ts, is_clamped, received_at, viewer, title, is_like, raw)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (event_id) DO NOTHING
                """)
        try statement.execute(arguments: [
            event.id, event.type.rawValue, ts.milliseconds, isAhead, receivedAt.milliseconds, event.viewer, event.title,
            event.isLike, line.text,
        ])
        if db.changesCount > 0 {
            summary.added += 1
            if isAhead { summary.clamped += 1 }
        } else if try isStored(line, id: event.id, in: db) {
            summary.duplicates += 1
        } else {
            summary.conflicts += 1
        }
    }

    /// Whether the stored event says the same as the line, be it with other spaces or another order of keys.
    private func isStored(_ line: StrictJSON.Line, id: String, in db: Database) throws -> Bool {
        let stored = try String.fetchOne(db, sql: "SELECT raw FROM events WHERE event_id = ?", arguments: [id])
        guard let raw = stored else { return false }
        return try raw == line.text || StrictJSON.parse(raw.utf8, named: line.place) == line.value
    }
}

/// What has to be known of a line before anything else of it is looked at.
private struct EventKind: Decodable {
    var type: String
}
