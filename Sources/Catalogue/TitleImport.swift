public import Diagnostics
import Foundation
import GRDB

/// What an import of titles did.
public struct TitleImportSummary: Sendable, Hashable, Codable {
    /// Titles that the catalogue did not know.
    public var added = 0
    /// Titles whose record is another now.
    public var updated = 0
    /// Titles whose record was the same already.
    public var unchanged = 0

    /// A summary of nothing.
    public init() {}
}

extension Catalogue {
    /// Imports titles from a JSON file: an array, an object with `titles`, or one object a line.
    ///
    /// A title's record replaces the one that the catalogue has, keys that are left out included; titles that are not in
    /// the file stay as they are.
    ///
    /// - Throws: `Fault` `.notFound` for a missing file; `.badInput` that names the file and the entry or line, for what is not
    ///   JSON, a known key of a wrong type, a bad date, a negative popularity, and an id that is there twice: nothing is
    ///   imported then. See also ``open(_:creating:busyTimeout:cache:)``.
    @discardableResult
    public func importTitles(_ path: String) throws(Fault) -> TitleImportSummary {
        try importTitles(Array(StrictJSON.contents(ofFile: path)), named: path)
    }

    /// Imports titles that are in memory, as ``importTitles(_:)`` does.
    /// - Parameter name: what messages call them.
    /// - Throws: as that.
    @discardableResult
    public func importTitles(_ bytes: [UInt8], named name: String) throws(Fault) -> TitleImportSummary {
        let entries = try TitlesFile.entries(of: Data(bytes), named: name)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try write { db in
            var summary = TitleImportSummary()
            for entry in entries {
                let record = String(decoding: try encoder.encode(entry.record), as: UTF8.self)
                let known = try String.fetchOne(
                    db, sql: "SELECT record FROM titles WHERE id = ?", arguments: [entry.record.id])
                guard known != record else {
                    summary.unchanged += 1
                    continue
                }
                try db.execute(
                    sql: """
                        INSERT INTO titles (id, record) VALUES (?, ?)
                        ON CONFLICT (id) DO UPDATE SET record = excluded.record
                        """, arguments: [entry.record.id, record])
                if known == nil { summary.added += 1 } else { summary.updated += 1 }
            }
            return summary
        }
    }
}

/// The three shapes of a titles' file.
private struct TitlesFile: Decodable {
    var titles: [TitleRecord]

    /// A title and where it stands: `entry 3` or `line 3`.
    struct Entry {
        var record: TitleRecord
        var place: String
    }

    /// The titles of a file, each id once.
    static func entries(of bytes: Data, named name: String) throws(Fault) -> [Entry] {
        let entries = try isOneTitleALine(bytes) ? lines(of: bytes, named: name) : document(bytes, named: name)
        var placeOfID: [String: String] = [:]
        for entry in entries {
            if let earlier = placeOfID.updateValue(entry.place, forKey: entry.record.id) {
                throw Fault(
                    .badInput,
                    "\(printable(name)): \(entry.place): title '\(printable(entry.record.id))' is there twice, before in "
                        + "\(earlier); remove one")
            }
        }
        return entries
    }

    /// Whether the first line that is not blank is a whole object of its own, and not one with `titles`.
    private static func isOneTitleALine(_ bytes: Data) -> Bool {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
        let line = bytes.split(separator: 0x0A).first { !$0.allSatisfy(isSpace) }
        // A first line that is no document of its own is the beginning of one; whatever is wrong is found there.
        guard let line, case .object(let members)? = try? StrictJSON.parse(line, named: "") else { return false }
        return members["titles"] == nil
    }

    private static func lines(of bytes: Data, named name: String) throws(Fault) -> [Entry] {
        var entries: [Entry] = []
        var lines = StrictJSON.Lines(bytes, named: name)
        while let line = try lines.next() {
            entries.append(Entry(record: try line.decode(TitleRecord.self), place: "line \(line.number)"))
        }
        return entries
    }

    private static func document(_ bytes: Data, named name: String) throws(Fault) -> [Entry] {
        let value = try StrictJSON.parse(bytes, named: name)
        let records: [TitleRecord]
        switch value {
        case .array:
            records = try StrictJSON.decode([TitleRecord].self, from: value, named: name)
        case .object(let members) where members["titles"] != nil:
            records = try StrictJSON.decode(TitlesFile.self, from: value, named: name).titles
        case .object(let members) where members["id"] != nil:
            records = [try StrictJSON.decode(TitleRecord.self, from: value, named: name)]
        default:
            throw Fault(
                .badInput,
                "\(printable(name)): expected an array of titles, an object with \"titles\" or one title a line, found "
                    + value.found)
        }
        return records.enumerated().map { Entry(record: $1, place: "entry \($0 + 1)") }
    }
}
