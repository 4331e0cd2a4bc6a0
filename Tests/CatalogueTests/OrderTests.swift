import Catalogue
import Experiments
import Foundation
import GRDB
import Reports
import Sequencing
import TestSupport
import Testing

/// Events of any kind: state and aggregates are the same, in whatever order and portions they come in. SIZZLE_EXAMPLES sets how many logs are
/// tried.
@Suite struct OrderTests {
    private static let examples = Int(ProcessInfo.processInfo.environment["SIZZLE_EXAMPLES"] ?? "") ?? 15
    private static let until = time("2026-12-10T00:00:00Z")

    /// A log of a few viewers, titles and reels, so that they meet often; times reach past 48 hours and the clock's tolerance.
    private func log(_ random: inout FixedRandom) -> [String] {
        var lines: [String] = []
        func at(_ random: inout FixedRandom) -> String {
            let step = Int64.random(in: 0..<400, using: &random) * 1_800_000 + Int64.random(in: 0..<3, using: &random)
            return Timestamp(milliseconds: received.milliseconds - 5 * Timestamp.day + step).description
        }
        for reel in 0..<Int.random(in: 1..<20, using: &random) {
            let viewer = "v\(reel % 4)"
            let keys = #","reel":"r\#(reel)","edition":"e\#(reel % 2)""#
            let slots = (1...3).map {
                #"{"slot":\#($0),"title":"T\#((reel + $0) % 5)","clip":"80","ms":3000,"propensity":0.2}"#
            }
            if reel % 5 > 0 {
                let arms = reel % 3 > 0 ? #","arms":["l/x/\#(reel % 2)"]"# : ""
                lines.append(
                    event(
                        "i\(reel)", "impression", ts: at(&random), viewer: viewer,
                        more: keys + #","cadence":"c\#(reel % 2)","slots":[\#(slots.joined(separator: ","))]\#(arms)"#))
            }
            for number in 0..<Int.random(in: 0..<12, using: &random) {
                let slot = Int.random(in: 1...3, using: &random)
                let type = ["slot_start", "slot_complete", "skip", "click"].randomElement(using: &random) ?? ""
                lines.append(
                    event(
                        "s\(reel)-\(number)", type, ts: at(&random), viewer: viewer, title: "T\((reel + slot) % 5)",
                        more: keys
                            + #","slot":\#(slot),"clip":"80","at_ms":\#(number * 100),"tz":"+0\#(number % 9):00""#))
            }
            if reel % 4 == 0 {
                lines.append(
                    event("b\(reel)", "rebuffer", ts: at(&random), viewer: viewer, more: keys + #","stalled_ms":300"#))
            }
        }
        for play in 0..<Int.random(in: 0..<40, using: &random) {
            let watched = play % 3 == 0 ? #","watched_ms":\#(play * 1_000),"duration_ms":100000"# : ""
            lines.append(
                event(
                    "p\(play)", ts: at(&random), viewer: "v\(play % 4)", title: "T\(play % 5)",
                    more: #","tz":"+02:00""# + watched))
        }
        return lines
    }

    /// All that a catalogue says, and all rows of its tables.
    private func told(_ lines: [[String]], receivedAt: Timestamp?) throws -> [String] {
        let folder = try Folder()
        let catalogue = try Catalogue.open(folder.catalogue)
        try catalogue.importTitles(
            try folder.file("t", (0..<5).map { #"{"id":"T\#($0)","genres":["g"]}"# }.joined(separator: "\n")))
        for part in lines {
            try catalogue.importEvents(Array(part.joined(separator: "\n").utf8), named: "e", receivedAt: receivedAt)
        }
        var told = try folder.state()
        told += try DatabaseQueue(path: folder.catalogue).read { db in
            try ["deliveries", "delivered_slots", "delivered_arms"].flatMap {
                try Row.fetchAll(db, sql: "SELECT * FROM \($0) ORDER BY 1, 2").map(\.description)
            }
        }
        let aggregates = try catalogue.aggregates()
        told += [aggregates.reelTable, aggregates.slotTable]
        for arm in try catalogue.armSums(of: "l/x") {
            told.append("\(arm.arm) \(arm.viewers)")
            told += Experiment.Metric.allCases.map { "\($0) \(String(describing: arm.metrics[$0]))" }
        }
        told += try catalogue.titles(at: Self.until).map { "\($0)" }.map(sorted)
        told += try catalogue.loggedReels(from: time("2020-01-01T00:00:00Z"), until: Self.until).map { "\($0)" }
        let viewers = try catalogue.viewers()
        told += (0..<4).map { viewers.liked(by: ["v\($0)"]).sorted().joined(separator: " ") }
        return told
    }

    /// Sets print in no order.
    private func sorted(_ text: String) -> String { String(text.sorted()) }

    @Test func orderAndPortionsDoNotMatter() throws {
        var random = FixedRandom(state: 17)
        for example in 0..<Self.examples {
            let lines = log(&random)
            for at in [nil, received] {
                let plain = try told([lines], receivedAt: at)
                var shuffled = lines.shuffled(using: &random)
                var parts: [[String]] = []
                while !shuffled.isEmpty {
                    let size = Int.random(in: 1...max(1, shuffled.count / 2), using: &random)
                    parts.append(Array(shuffled.prefix(size)))
                    shuffled.removeFirst(min(size, shuffled.count))
                    // Some come again, with their own part or with another.
                    if let again = parts.randomElement(using: &random) { parts.append(again) }
                }
                #expect(try told(parts, receivedAt: at) == plain, "log \(example)")
            }
        }
    }
}
