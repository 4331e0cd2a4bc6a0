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
    /// - Throws: `Fault`, see ``open(_:creating:busyTimeout:cache:)``.
    public func snapshot(viewer: String, at: Timestamp) throws(Fault) -> Snapshot {
        try read { db in
            Snapshot(
                at: at, titles: try Self.titles(db, at: at),
                viewer: ViewerFacts(id: viewer, liked: try Self.liked(db, by: [viewer], at: at)))
        }
    }

    /// The titles as they stood at `at`, as ``snapshot(viewer:at:)`` has them.
    /// - Throws: `Fault`, see ``open(_:creating:busyTimeout:cache:)``.
    public func titles(at: Timestamp) throws(Fault) -> [TitleFacts] { try read { try Self.titles($0, at: at) } }

    /// What each viewer liked, and when for the first time.
    ///
    /// - Parameter until: only likes before that time.
    /// - Returns: for each viewer the titles by rising time.
    /// - Throws: `Fault`, see ``open(_:creating:busyTimeout:cache:)``.
    public func likes(until: Timestamp) throws(Fault) -> [String: [Like]] {
        try read { db in
            var likes: [String: [Like]] = [:]
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT viewer, title, min(ts) FROM events WHERE is_like = 1 AND ts < ? GROUP BY viewer, title
                    ORDER BY 1, 3, 2
                    """, arguments: [until.milliseconds])
            while let row = try rows.next() {
                likes[row[0], default: []].append(Like(title: row[1], at: Timestamp(milliseconds: row[2])))
            }
            return likes
        }
    }

    /// What people call the titles, by their ids; those without a name are not in it.
    /// - Throws: `Fault`, see ``open(_:creating:busyTimeout:cache:)``.
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
    /// - Throws: `Fault`, see ``open(_:creating:busyTimeout:cache:)``.
    public func liked(by viewer: [String], at: Timestamp) throws(Fault) -> Set<String> {
        try read { try Self.liked($0, by: viewer, at: at) }
    }

    private static func titles(_ db: Database, at: Timestamp) throws -> [TitleFacts] {
        let plays = try plays(db, at: at)
        let likes = try likes(db, at: at)
        let dayparts = try likesByDaypart(db, at: at)
        let responses = try responses(db, at: at)
        let records = try String.fetchCursor(db, sql: "SELECT record FROM titles ORDER BY id")
        var titles: [TitleFacts] = []
        while let record = try records.next() {
            let title = try StrictJSON.decode(TitleRecord.self, from: record.utf8, named: "the catalogue's titles")
            var facts = title.facts(plays: plays[title.id] ?? 0, likes: likes[title.id] ?? 0)
            facts.likesByDaypart = dayparts[title.id] ?? []
            if let response = responses[title.id] { (facts.clicks, facts.skips) = (response.clicks, response.skips) }
            titles.append(facts)
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

    /// The decayed plays of each title. The index gives them by rising (time, id), so that their sum is the same to the last bit in whatever
    /// order they came; an old play adds next to nothing, and no sum ever overflows.
    private static func plays(_ db: Database, at: Timestamp) throws -> [String: Double] {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT title, sum(pow(2.0, (ts - :at) / :half)) FROM
                    (SELECT title, ts FROM events WHERE type = 'play' AND ts <= :at ORDER BY title, ts, event_id)
                GROUP BY title
                """, arguments: ["at": at.milliseconds, "half": Features.playHalfLife])
        return Dictionary(uniqueKeysWithValues: rows.map { ($0[0], $0[1]) })
    }

    /// The likes of each title by part of the week, where that is known.
    private static func likesByDaypart(_ db: Database, at: Timestamp) throws -> [String: [Int]] {
        var likes: [String: [Int]] = [:]
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT title, band, count(*) FROM events WHERE is_like = 1 AND band IS NOT NULL AND ts <= ?
                GROUP BY title, band
                """, arguments: [at.milliseconds])
        while let row = try rows.next() {
            let band: Int = row[1]
            likes[row[0], default: Array(repeating: 0, count: Daypart.count)][band] = row[2]
        }
        return likes
    }

    /// Clicks and skips of each title, beside what its slots and lengths give on average.
    private static func responses(
        _ db: Database, at: Timestamp
    ) throws -> [String: (clicks: ObservedCount, skips: ObservedCount)] {
        let rows = try Row.fetchAll(
            db, sql: ReelSQL.responses, arguments: ["at": at.milliseconds, "half": Features.responseHalfLife])
        return Dictionary(
            uniqueKeysWithValues: rows.map { row in
                (
                    row[0],
                    (
                        ObservedCount(observed: row[1], expected: row[2]),
                        ObservedCount(observed: row[3], expected: row[4])
                    )
                )
            })
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

/// A title that a viewer liked.
public struct Like: Hashable, Sendable {
    /// The title's id.
    public var title: String
    /// When it was played so for the first time.
    public var at: Timestamp
}
