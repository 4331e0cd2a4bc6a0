public import Diagnostics
import GRDB
public import Sequencing

extension Catalogue {
    /// The titles and one viewer as they stood at `at`; only events up to and at that time count.
    ///
    /// - Plays fade with a half-life of 7 days and are added up by rising (time, event id), so the result does not depend
    ///   on the order in which events were imported, to the last bit.
    /// - A viewer likes a title of which there is at least one play that counts as a like; it counts once.
    /// - A viewer nobody knows likes nothing. Events of titles that the catalogue does not know are left aside.
    ///
    /// - Throws: `Fault`, see ``open(_:creating:busyTimeout:)``.
    public func snapshot(viewer: String, at: Timestamp) throws(Fault) -> Snapshot {
        try read { db in
            Snapshot(
                at: at, titles: try Self.titles(db, at: at),
                viewer: ViewerFacts(id: viewer, liked: try Self.liked(db, by: [viewer], at: at)))
        }
    }

    /// The titles as they stood at `at`, as ``snapshot(viewer:at:)`` has them.
    /// - Throws: `Fault`, see ``open(_:creating:busyTimeout:)``.
    public func titles(at: Timestamp) throws(Fault) -> [TitleFacts] { try read { try Self.titles($0, at: at) } }

    /// What people call the titles, by their ids; those without a name are not in it.
    /// - Throws: `Fault`, see ``open(_:creating:busyTimeout:)``.
    public func titleNames() throws(Fault) -> [String: String] {
        try read { db in
            var names: [String: String] = [:]
            let records = try String.fetchCursor(db, sql: "SELECT record FROM titles")
            while let record = try records.next() {
                let title = try StrictJSON.decode(TitleRecord.self, from: record.utf8, named: "the catalogue's titles")
                names[title.id] = title.name
            }
            return names
        }
    }

    /// The titles that a viewer liked up to `at`, who is known by several names.
    /// - Throws: `Fault`, see ``open(_:creating:busyTimeout:)``.
    public func liked(by viewer: [String], at: Timestamp) throws(Fault) -> Set<String> {
        try read { try Self.liked($0, by: viewer, at: at) }
    }

    private static func titles(_ db: Database, at: Timestamp) throws -> [TitleFacts] {
        let plays = try plays(db, at: at)
        let likes = try likes(db, at: at)
        let records = try String.fetchCursor(db, sql: "SELECT record FROM titles ORDER BY id")
        var titles: [TitleFacts] = []
        while let record = try records.next() {
            let title = try StrictJSON.decode(TitleRecord.self, from: record.utf8, named: "the catalogue's titles")
            titles.append(title.facts(plays: plays[title.id] ?? 0, likes: likes[title.id] ?? 0))
        }
        return titles
    }

    private static func liked(_ db: Database, by viewer: [String], at: Timestamp) throws -> Set<String> {
        var liked: Set<String> = []
        let statement = try db.cachedStatement(
            sql: "SELECT DISTINCT title FROM events WHERE is_like = 1 AND viewer = ? AND ts <= ?")
        for name in viewer {
            liked.formUnion(try String.fetchSet(statement, arguments: [name, at.milliseconds]))
        }
        return liked
    }

    /// The decayed plays of each title.
    private static func plays(_ db: Database, at: Timestamp) throws -> [String: Double] {
        var stores: [String: ForwardDecay] = [:]
        let rows = try Row.fetchCursor(
            db, sql: "SELECT title, ts FROM events WHERE type = 'play' AND ts <= ? ORDER BY title, ts, event_id",
            arguments: [at.milliseconds])
        while let row = try rows.next() {
            let title: String = row[0]
            // The landmark is now, so an old play adds next to nothing and no sum ever overflows.
            stores[title, default: ForwardDecay(landmark: at)].add(at: Timestamp(milliseconds: row[1]))
        }
        return stores.mapValues(\.sum)
    }

    /// How many viewers like each title.
    private static func likes(_ db: Database, at: Timestamp) throws -> [String: Int] {
        var likes: [String: Int] = [:]
        let rows = try Row.fetchCursor(
            db, sql: "SELECT title, count(DISTINCT viewer) FROM events WHERE is_like = 1 AND ts <= ? GROUP BY title",
            arguments: [at.milliseconds])
        while let row = try rows.next() { likes[row[0], default: 0] += row[1] }
        return likes
    }
}
