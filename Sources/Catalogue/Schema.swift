import Diagnostics
import GRDB

/// The tables of a catalogue and how an older one becomes a newer one.
///
/// `PRAGMA user_version` counts the steps that were taken; `PRAGMA application_id` tells a catalogue from any other SQLite
/// database. (GRDB's migrator keeps its own table and looks at it outside the transaction, so two processes that make a
/// catalogue at once could both take a step.)
enum Schema {
    /// "SZZL" in ASCII.
    static let applicationID: Int64 = 0x535A_5A4C

    /// The version that this program reads and writes.
    static var version: Int64 { Int64(steps.count) }

    /// Step n leads from version n to version n + 1. A step that was released is never changed.
    private static let steps: [String] = [
        """
        CREATE TABLE titles (
            id TEXT PRIMARY KEY NOT NULL,
            record TEXT NOT NULL              -- JSON of the keys that titles may have, sorted
        ) STRICT;
        CREATE TABLE events (
            event_id TEXT PRIMARY KEY NOT NULL,
            type TEXT NOT NULL,
            ts INTEGER NOT NULL,              -- when it counts: milliseconds since 1970
            is_clamped INTEGER NOT NULL,      -- 1: the player's clock was ahead, ts is received_at
            received_at INTEGER NOT NULL,
            viewer TEXT NOT NULL,
            title TEXT,
            is_like INTEGER NOT NULL,         -- 1: a play that shows that the viewer likes the title
            raw TEXT NOT NULL                 -- the line as it was sent, unknown keys too
        ) STRICT;
        CREATE INDEX plays ON events (title, ts, event_id) WHERE type = 'play';
        CREATE INDEX likes ON events (title, viewer, ts) WHERE is_like = 1;
        CREATE INDEX likes_of_viewer ON events (viewer, title, ts) WHERE is_like = 1;
        """,
        """
        ALTER TABLE events ADD COLUMN reel TEXT;
        ALTER TABLE events ADD COLUMN edition TEXT;
        ALTER TABLE events ADD COLUMN slot INTEGER;           -- from 1, bumpers included
        ALTER TABLE events ADD COLUMN clip TEXT;
        ALTER TABLE events ADD COLUMN at_ms INTEGER;          -- how far into the slot
        ALTER TABLE events ADD COLUMN stalled_ms INTEGER;     -- of a rebuffer after start-up and no seek
        ALTER TABLE events ADD COLUMN band INTEGER;           -- daypart where the viewer is, 0 to 7
        ALTER TABLE events ADD COLUMN is_late INTEGER NOT NULL DEFAULT 0;  -- 1: came when its day was closed
        UPDATE events SET
            reel = raw ->> '$.reel', edition = raw ->> '$.edition', slot = raw ->> '$.slot', clip = raw ->> '$.clip',
            at_ms = raw ->> '$.at_ms',
            stalled_ms = CASE WHEN type = 'rebuffer' AND coalesce(raw ->> '$.startup', 0) = 0
                THEN raw ->> '$.stalled_ms' END;
        CREATE TABLE deliveries (
            reel TEXT PRIMARY KEY NOT NULL,
            viewer TEXT NOT NULL,
            ts INTEGER NOT NULL,
            edition TEXT NOT NULL,
            cadence TEXT,
            model TEXT,
            circumstances TEXT NOT NULL,      -- JSON of region, tz, maturity, languages, as far as they were known
            slots INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE delivered_slots (
            reel TEXT NOT NULL,
            slot INTEGER NOT NULL,
            title TEXT NOT NULL,
            clip TEXT NOT NULL,
            ms INTEGER,                       -- how long it is
            propensity REAL,                  -- null: not left to chance, or a bumper
            PRIMARY KEY (reel, slot)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE delivered_arms (
            reel TEXT NOT NULL,
            experiment TEXT NOT NULL,         -- layer/name
            arm TEXT NOT NULL,
            PRIMARY KEY (reel, experiment)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE experiments (
            id INTEGER PRIMARY KEY,           -- tokens name it
            layer TEXT NOT NULL,
            name TEXT NOT NULL,
            record TEXT NOT NULL,
            UNIQUE (layer, name)
        ) STRICT;
        CREATE TABLE forgotten (
            viewer TEXT PRIMARY KEY NOT NULL, -- SHA-256 of the viewer's id, in hex; '' counts removals
            until INTEGER NOT NULL            -- events up to then are not taken
        ) STRICT, WITHOUT ROWID;
        """,
    ]

    /// Refuses a database that is not a catalogue or that a newer program wrote. Changes nothing.
    static func check(_ db: Database, path: String) throws {
        let owner = try Int64.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let found = try Int64.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        guard owner == applicationID else {
            let isNew = try owner == 0 && found == 0 && Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") == 0
            if isNew { return }
            throw Fault(.badInput, "\(printable(path)): an SQLite database, but not a catalogue; name another file")
        }
        guard (0...version).contains(found) else {
            throw Fault(
                .badInput,
                "\(printable(path)): has schema version \(found), this program knows versions up to \(version); "
                    + "use a newer one")
        }
    }

    /// Takes the steps that are missing. Runs inside one write transaction.
    static func migrate(_ db: Database, path: String) throws {
        try check(db, path: path)
        let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        for step in steps[found...] { try db.execute(sql: step) }
        try db.execute(sql: "PRAGMA application_id = \(applicationID)")
        try db.execute(sql: "PRAGMA user_version = \(version)")
    }
}
