public import Diagnostics

/// Aggregates as two tables of comma-separated values (RFC 4180), for machines that count elsewhere: `deploy/spark` writes the same.
extension Aggregates {
    private static let reelKeys = ["day", "edition", "cadence", "arm"]
    private static let slotKeys = ["day", "edition", "cadence", "slot", "title", "clip"]

    /// The table of reels, with its head.
    public var reelTable: String {
        Self.table(
            Self.reelKeys + ReelCounts.columns.map(\.name),
            reels.map { [$0.day, $0.edition, $0.cadence, $0.arm] + $0.counts.values.map { "\($0)" } })
    }

    /// The table of slots, with its head.
    public var slotTable: String {
        Self.table(
            Self.slotKeys + SlotCounts.columns.map(\.name),
            slots.map {
                [$0.day, $0.edition, $0.cadence, "\($0.slot)", $0.title, $0.clip] + $0.counts.values.map { "\($0)" }
            })
    }

    private static func table(_ head: [String], _ rows: [[String]]) -> String {
        ([head] + rows).map { $0.map(quoted).joined(separator: ",") + "\n" }.joined()
    }

    private static func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { !",\"\n\r".utf8.contains($0) }
        return isPlain ? text : "\"" + text.replacing("\"", with: "\"\"") + "\""
    }

    /// Reads the two tables.
    ///
    /// - Parameters:
    ///   - reelTable: what ``reelTable`` writes, its rows in any order.
    ///   - slotTable: what ``slotTable`` writes.
    ///   - names: what messages call them.
    /// - Throws: `Fault` `.badInput` that names table and line, for another head, and what is no count.
    public init(reelTable: String, slotTable: String, names: (reels: String, slots: String)) throws(Fault) {
        var (reels, slots): ([ReelDay], [SlotDay]) = ([], [])
        let reelHead = Self.reelKeys + ReelCounts.columns.map(\.name)
        for row in try Self.rows(reelTable, head: reelHead, named: names.reels) {
            reels.append(
                ReelDay(
                    day: row.cells[0], edition: row.cells[1], cadence: row.cells[2], arm: row.cells[3],
                    counts: ReelCounts(columns: try row.counts(from: 4))))
        }
        let slotHead = Self.slotKeys + SlotCounts.columns.map(\.name)
        for row in try Self.rows(slotTable, head: slotHead, named: names.slots) {
            slots.append(
                SlotDay(
                    day: row.cells[0], edition: row.cells[1], cadence: row.cells[2], slot: try row.count(3),
                    title: row.cells[4], clip: row.cells[5], counts: SlotCounts(columns: try row.counts(from: 6))))
        }
        self.init(reels: reels, slots: slots)
    }

    private struct TableRow {
        var cells: [String]
        var place: String

        /// More than any log has; sums of some millions of them are numbers still.
        private static let largest: Int64 = 1_000_000_000_000

        func count(_ column: Int) throws(Fault) -> Int64 {
            guard let count = Int64(cells[column]), (0...Self.largest).contains(count) else {
                throw Fault(.badInput, "\(place): '\(printable(cells[column]))' in column \(column + 1) is no count")
            }
            return count
        }

        func counts(from column: Int) throws(Fault) -> [Int64] {
            var counts: [Int64] = []
            for column in column..<cells.count { counts.append(try count(column)) }
            return counts
        }
    }

    private static func rows(_ table: String, head: [String], named name: String) throws(Fault) -> [TableRow] {
        let records = records(table)
        guard let first = records.first, first.cells == head else {
            throw Fault(.badInput, "\(printable(name)): its first line is not \(head.joined(separator: ","))")
        }
        var rows: [TableRow] = []
        for record in records.dropFirst() {
            let row = TableRow(cells: record.cells, place: "\(printable(name)): line \(record.line)")
            guard row.cells.count == head.count else {
                throw Fault(.badInput, "\(row.place): has \(row.cells.count) columns, not \(head.count)")
            }
            rows.append(row)
        }
        return rows
    }

    /// The records with the line on which each begins; blank lines are none. Not by characters: a mark may join a quote or a comma.
    private static func records(_ table: String) -> [(line: Int, cells: [String])] {
        var records: [(line: Int, cells: [String])] = []
        var (cells, cell) = ([String](), String.UnicodeScalarView())
        var (line, first, isQuoted) = (1, 1, false)
        func end() {
            if !(cells.isEmpty && cell.isEmpty) { records.append((first, cells + [String(cell)])) }
            (cells, cell, first) = ([], String.UnicodeScalarView(), line)
        }
        var rest = table.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            if scalar == "\n" { line += 1 }
            switch scalar {
            case "\"" where isQuoted && rest.first == "\"":
                cell.append(scalar)
                rest.removeFirst()
            case "\"": isQuoted.toggle()
            case "," where !isQuoted:
                cells.append(String(cell))
                cell = String.UnicodeScalarView()
            case "\n" where !isQuoted: end()
            case "\r" where !isQuoted && rest.first == "\n": break
            default: cell.append(scalar)
            }
        }
        end()
        return records
    }
}
