public import Diagnostics
import Foundation
import GRDB
public import Sequencing
private import Synchronization

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
    /// Of `added`, those that came more than 48 hours after their time; reports of closed days leave them out.
    public var late = 0
    /// Events from before their viewer was forgotten; they are not stored.
    public var forgotten = 0

    /// A summary of nothing.
    public init() {}
}

extension Catalogue {
    /// Imports events, one JSON object a line, that were received at `receivedAt`; without it each at its own time, as a log of the past is.
    ///
    /// `event_id` makes them idempotent: a retry or a file that is imported again changes nothing, and the order of the lines
    /// does not matter (unless a file has one id with two contents: then the first line wins). The whole line is kept, with
    /// keys that this version does not know.
    ///
    /// - Throws: `Fault` `.notFound` for a missing file; `.badInput` that names the file and the line, for a line that is not a
    ///   JSON object, lacks a key or has one of a wrong type: nothing is imported then. See also
    ///   ``open(_:creating:busyTimeout:cache:)``.
    @discardableResult
    public func importEvents(_ path: String, receivedAt: Timestamp?) throws(Fault) -> EventImportSummary {
        try importEvents(StrictJSON.contents(ofFile: path), named: path, receivedAt: receivedAt)
    }

    /// Imports events that are in memory, as ``importEvents(_:receivedAt:)`` does.
    /// - Parameter name: what messages call them.
    /// - Throws: as that.
    @discardableResult
    public func importEvents(
        _ bytes: some Collection<UInt8>, named name: String, receivedAt: Timestamp?
    ) throws(Fault) -> EventImportSummary {
        // Read and stored line by line: a day's events need not fit into memory as values.
        try write { db in
            var writer = try EventWriter(db, receivedAt: receivedAt)
            let reader = EventReader(StrictJSON.Lines(bytes, named: name))
            while let batch = reader.next() {
                for (row, event) in batch { try writer.add(row, event) }
            }
            return writer.summary
        }
    }
}

/// Stores events, in one transaction.
private struct EventWriter {
    private(set) var summary = EventImportSummary()
    private let db: Database
    private let receivedAt: Timestamp?
    private let insertion: Statement
    /// Those who were forgotten, and up to when their events are not taken any more.
    private let forgotten: [String: Int64]

    /// How far a player's clock may be ahead before it is not believed, in milliseconds.
    private static let clockTolerance: Int64 = 5 * 60_000
    /// Bytes of a line; events have some hundred, impressions of long reels some thousand.
    private static let longestLine = 1 << 20
    /// How long after its day an event may come and still count in it, in milliseconds.
    private static let lateness = 2 * Timestamp.day

    init(_ db: Database, receivedAt: Timestamp?) throws {
        (self.db, self.receivedAt) = (db, receivedAt)
        forgotten = Dictionary(
            uniqueKeysWithValues: try Row.fetchAll(db, sql: "SELECT viewer, until FROM forgotten").map {
                ($0[0], $0[1])
            })
        // Only a known id is passed over; any other broken rule of the table is an error.
        insertion = try db.makeStatement(
            sql: """
                INSERT INTO events (event_id, type, ts, is_clamped, received_at, viewer, title, is_like, raw,
                    reel, edition, slot, clip, at_ms, stalled_ms, band, is_late)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (event_id) DO NOTHING
                """)
    }

    /// - Parameter event: what the row says, where it is written like most.
    mutating func add(_ row: StrictJSON.Row, _ event: EventRecord?) throws {
        guard row.bytes.count <= Self.longestLine else {
            throw Fault(.badInput, "\(row.place): the line has \(row.bytes.count) bytes, more than \(Self.longestLine)")
        }
        if let event { return try add(event, nil, row) }
        let line = try row.parsed()
        let type = try line.decode(EventKind.self).type
        guard EventType(rawValue: type) != nil else {
            summary.skipped[type, default: 0] += 1
            return
        }
        let event = try line.decode(EventRecord.self)
        try add(event, event.type == .impression ? line.decode(Delivery.self) : nil, row)
    }

    private mutating func add(_ event: EventRecord, _ delivery: Delivery?, _ row: StrictJSON.Row) throws {
        if !forgotten.isEmpty, let until = forgotten[Catalogue.mark(of: event.viewer)], event.ts.milliseconds <= until {
            summary.forgotten += 1
            return
        }
        let received = receivedAt ?? event.ts
        let isAhead = event.ts.milliseconds > received.milliseconds + Self.clockTolerance
        let ts = isAhead ? received : event.ts
        let isLate = ts.milliseconds < received.milliseconds - Self.lateness
        let band = event.offset.map { Daypart.band(at: ts, offset: $0) }
        let text = String(decoding: row.bytes, as: UTF8.self)
        insertion.setUncheckedArguments([
            event.id, event.type.rawValue, ts.milliseconds, isAhead, received.milliseconds, event.viewer, event.title,
            event.isLike, text, event.reel, event.edition, event.slot, event.clip, event.atMilliseconds, event.stall,
            band, isLate,
        ])
        try insertion.execute()
        guard db.changesCount > 0 else {
            if try isStored(row, text, id: event.id) { summary.duplicates += 1 } else { summary.conflicts += 1 }
            return
        }
        try delivery?.store(event, at: ts, in: db)
        summary.added += 1
        if isAhead { summary.clamped += 1 }
        if isLate { summary.late += 1 }
    }

    /// Whether the stored event says the same as the line, be it with other spaces or another order of keys.
    private func isStored(_ row: StrictJSON.Row, _ text: String, id: String) throws -> Bool {
        let statement = try db.cachedStatement(sql: "SELECT raw FROM events WHERE event_id = ?")
        guard let raw = try String.fetchOne(statement, arguments: [id]) else { return false }
        return try raw == text || StrictJSON.parse(raw.utf8, named: row.place) == row.parsed().value
    }
}

/// Reads lines some thousands at a time, the next while those before are stored.
private final class EventReader: Sendable {
    typealias Batch = [(row: StrictJSON.Row, event: EventRecord?)]
    private struct State {
        var lines: StrictJSON.Lines
        var batch: Batch?
    }
    private let state: Mutex<State>
    private let isRead = DispatchSemaphore(value: 0)
    private static let size = 4_096

    init(_ lines: StrictJSON.Lines) {
        state = Mutex(State(lines: lines))
        readAhead()
    }

    private func readAhead() {
        DispatchQueue.global().async { [self] in
            state.withLock { state in
                var batch: Batch = []
                while batch.count < Self.size, let row = state.lines.nextRow() {
                    batch.append((row, row.bytes.withUnsafeBufferPointer(EventScanner.record)))
                }
                state.batch = batch
            }
            isRead.signal()
        }
    }

    /// The next lines; `nil` at the end.
    func next() -> Batch? {
        isRead.wait()
        guard let batch = state.withLock({ $0.batch.take() }), !batch.isEmpty else { return nil }
        readAhead()
        return batch
    }
}

/// What has to be known of a line before anything else of it is looked at.
private struct EventKind: Decodable {
    var type: String
}
