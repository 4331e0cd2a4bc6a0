public import Diagnostics
import GRDB
public import Sequencing

/// Viewers by what is known of them.
public enum Segment: Sendable, Equatable {
    /// All of whom there is an event.
    case all
    /// All of whom there is an event within so many days.
    case active(days: Int64)
    /// All who like a title of a genre.
    case fans(genre: String)

    /// Reads `all`, `active:30` or `fans:drama`; `nil` for a text of another form, such as a file's name.
    /// - Throws: `Fault` (`usage`) for days that are none.
    public init?(_ text: String) throws(Fault) {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        switch (parts.first, parts.count) {
        case ("all", 1): self = .all
        case ("active", 2):
            guard let days = Int64(parts[1]), (1...36_500).contains(days) else {
                throw Fault(.usage, "segment \(printable(text)): write active:30 for the last 30 days")
            }
            self = .active(days: days)
        case ("fans", 2): self = .fans(genre: parts[1])
        default: return nil
        }
    }
}

extension Catalogue {
    /// The viewers of a segment as it stood at `at`, sorted.
    /// - Throws: `Fault`, see ``open(_:creating:busyTimeout:cache:)``.
    public func viewers(_ segment: Segment, at: Timestamp) throws(Fault) -> [String] {
        let now = at.milliseconds
        return try read { db in
            switch segment {
            case .all:
                try String.fetchAll(
                    db, sql: "SELECT DISTINCT viewer FROM events WHERE ts <= ? ORDER BY viewer", arguments: [now])
            case .active(let days):
                try String.fetchAll(
                    db, sql: "SELECT DISTINCT viewer FROM events WHERE ts <= ? AND ts > ? ORDER BY viewer",
                    arguments: [now, now - days * 86_400_000])
            case .fans(let genre):
                try String.fetchAll(
                    db,
                    sql: """
                        SELECT DISTINCT viewer FROM events JOIN titles ON titles.id = events.title,
                            json_each(titles.record, '$.genres') AS genre
                        WHERE is_like = 1 AND ts <= ? AND genre.value = ? ORDER BY viewer
                        """, arguments: [now, genre])
            }
        }
    }
}
