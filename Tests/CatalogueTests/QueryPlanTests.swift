import GRDB
import Sequencing
import Testing

@testable import Catalogue

/// How SQLite goes about what is counted of events.
@Suite struct QueryPlanTests {
    private static let statements: [(name: String, sql: String, arguments: StatementArguments)] = [
        ("reelDays", ReelSQL.reelDays, ["from": "", "until": "~"]),
        ("slotDays", ReelSQL.slotDays, ["from": "", "until": "~"]),
        ("armSums", ReelSQL.armSums, ["experiment": "l/e"]),
        ("loggedSlots", ReelSQL.loggedSlots, ["from": 0, "until": 1]),
        ("responses", ReelSQL.responses, ["at": 0, "half": 1]),
    ]

    /// No join goes through all rows of two tables: what is not found by an index is found by one made for the join.
    @Test(arguments: statements.indices) func nothingIsComparedWithEverything(statement: Int) throws {
        let folder = try Folder()
        let catalogue = try Catalogue.open(folder.catalogue)
        let (_, sql, arguments) = Self.statements[statement]
        let steps = try catalogue.read { db in
            try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN \(sql)", arguments: arguments).map {
                (parent: $0["parent"] as Int, detail: $0["detail"] as String)
            }
        }
        #expect(!steps.isEmpty)
        for (parent, loops) in Dictionary(grouping: steps.filter { $0.detail.hasPrefix("SCAN") }, by: \.parent) {
            #expect(loops.count == 1, "\(parent): \(loops.map(\.detail))")
        }
    }

    /// A slot that nobody has seen for ages has no rate; the title is there all the same.
    @Test func eventsTooOldToCountAreNoFault() throws {
        let folder = try Folder()
        let catalogue = try Catalogue.open(folder.catalogue)
        try catalogue.importTitles(Array(#"{"id":"A"}"#.utf8), named: "titles")
        let line =
            #"{"v":1,"event_id":"e","type":"slot_start","ts":"1452-03-16T04:22:22.221Z","viewer":"v","reel":"r","edition":"E","slot":1,"title":"A","clip":"80","n":1}"#
        try catalogue.importEvents(Array(line.utf8), named: "events", receivedAt: nil)
        let title = try #require(try catalogue.titles(at: Timestamp(milliseconds: 1_795_000_000_000)).first)
        #expect(title.clicks == ObservedCount(observed: 0, expected: 0))
    }

    @Test(arguments: ["a//b", "/b/c", "a/b", "a/b/c/d", ""]) func anArmHasThreeNames(arm: String) throws {
        let folder = try Folder()
        let catalogue = try Catalogue.open(folder.catalogue)
        let line =
            #"{"v":1,"event_id":"e","type":"impression","ts":"2026-03-16T04:22:22.221Z","viewer":"v","reel":"r","edition":"E","slots":[],"arms":["\#(arm)"]}"#
        let fault = #expect(throws: (any Error).self) {
            try catalogue.importEvents(Array(line.utf8), named: "events", receivedAt: nil)
        }
        #expect("\(fault.map { "\($0)" } ?? "")".contains("is not layer/experiment/arm"))
    }
}
