import Diagnostics
import Foundation
import Learning
import Reports
import TestSupport
import Testing

@Suite struct FactorRatesTests {
    /// Counts that follow the model exactly give its factors back: place 2 is skipped three times as often, titles and lengths as usual.
    @Test func tellsThePlaceFromTheTitle() throws {
        var cells: [FactorRates.Cell] = []
        let places = [1.0, 3.0, 1.0]
        let titles = [1.0, 0.5, 2.0, 1.0]
        // Title 2, which is skipped twice as often, stands in place 1 (of 0, 1, 2) more often than the others.
        for (place, placeFactor) in places.enumerated() {
            for (title, titleFactor) in titles.enumerated() {
                let starts = title == 2 && place == 1 ? 9_000_000.0 : 1_000_000
                cells.append(
                    .init(levels: [place, title], starts: starts, count: starts * 0.02 * placeFactor * titleFactor))
            }
        }
        let rates = try FactorRates(cells, levels: [3, 4])
        // Ratios are relative to the mean of the data, which is the same for all levels of a thing.
        let byPlace = rates.things[0].compactMap(\.ratio)
        let byTitle = rates.things[1].compactMap(\.ratio)
        #expect(abs(byPlace[1] / byPlace[0] - 3) < 1e-3 && abs(byPlace[2] / byPlace[0] - 1) < 1e-3)
        #expect(abs(byTitle[2] / byTitle[0] - 2) < 1e-3 && abs(byTitle[1] / byTitle[0] - 0.5) < 1e-3)
        // A thing that makes no difference on the whole is not blamed: its levels are as expected together.
        for levels in rates.things {
            let (observed, expected) = levels.reduce((0, 0)) { ($0.0 + $1.observed, $0.1 + $1.expected) }
            #expect(abs(expected / observed - 1) < 1e-12)
        }
        // The plain rates would say otherwise: title 2 seems worse than it is, since its place is bad.
        let plain = rates.things[1].map { $0.observed / $0.starts }
        #expect(plain[2] / plain[0] > 2.9)
    }

    @Test func nothingIsNothing() throws {
        let rates = try FactorRates([], levels: [2, 1])
        #expect(rates.rate == 0)
        #expect(rates.things.map(\.count) == [2, 1])
        #expect(rates.things[0][0].ratio == nil)
        #expect(throws: Fault.self) { try FactorRates([.init(levels: [2], starts: 1, count: 0)], levels: [2]) }
        #expect(throws: Fault.self) { try FactorRates([.init(levels: [0], starts: -1, count: 0)], levels: [2]) }
    }
}

@Suite struct SuccessReportTests {
    private func aggregates() -> Aggregates {
        let days = ["2026-11-23", "2026-11-24"].map { day in
            ReelDay(
                day: day, edition: "E", cadence: "short", arm: "",
                counts: ReelCounts(columns: [110, 100, 60, 40, 10, 20, 25, 1_000, 99_000, 2]))
        }
        let arm = ReelDay(
            day: "2026-11-24", edition: "E", cadence: "short", arm: "l/x/new",
            counts: ReelCounts(columns: [50, 50, 30, 20, 5, 10, 12, 0, 1, 0]))
        // Slot 2 is skipped five times as often, whichever title stands there.
        let slots = [(1, "A", 20), (1, "B", 20), (2, "A", 100), (2, "B", 100)].map { slot, title, skips in
            SlotDay(
                day: "2026-11-24", edition: "E", cadence: "short", slot: Int64(slot), title: title, clip: "80",
                counts: SlotCounts(columns: [1_000, Int64(1_000 - skips), Int64(skips), 30, 50]))
        }
        return Aggregates(reels: days + [arm], slots: slots)
    }

    @Test func ratesAreBySharedThings() throws {
        let report = try SuccessReport(aggregates())
        #expect([report.from, report.to] == ["2026-11-23", "2026-11-24"])
        #expect(report.total.counts.values == [220, 200, 120, 80, 20, 40, 50, 2_000, 198_000, 4])
        #expect(report.total.completion == 0.6)
        #expect(report.total.rebufferRatio == 0.01)
        #expect(report.reels.map(\.name) == ["2026-11-23", "2026-11-24"])
        #expect(try SuccessReport(aggregates(), by: .arm).reels.map(\.name) == ["l/x/new"])
        #expect(report.places.map(\.skipRate) == [0.02, 0.1])
        #expect(report.titles.map(\.skipRate) == [0.06, 0.06])
    }

    @Test func thePlaceIsBlamedAndNotTheTitles() throws {
        let report = try SuccessReport(aggregates())
        #expect(report.findings.count == 2)
        #expect(report.findings.allSatisfy { $0.hasPrefix("Slot ") })
        #expect(
            Set(report.findings.map { $0.prefix(26) }) == ["Slot 1 is skipped 0.33 tim", "Slot 2 is skipped 1.67 tim"])
        #expect(report.titles.compactMap(\.skipsOverExpected).allSatisfy { abs($0 - 1) < 0.01 })
        #expect(report.text.contains("over expected"))
    }

    /// Of many things that stand out the first few are said, and that there are more.
    @Test func aFewFindingsAreSaid() throws {
        var many = aggregates()
        many.slots = (0..<20).map { title in
            let skips = title % 2 == 0 ? 20 : 200 + title
            return SlotDay(
                day: "2026-11-24", edition: "E", cadence: "short", slot: 1, title: "T\(title)", clip: "80",
                counts: SlotCounts(columns: [1_000, Int64(1_000 - skips), Int64(skips), 30, 50]))
        }
        let findings = try SuccessReport(many).findings
        #expect(findings.count == 9 && findings[0].hasPrefix("Title 'T19' is skipped 1."))
        #expect(findings[8] == "12 more stand out less; the tables have them.")
    }

    @Test func thePageIsSafeAndWhole() throws {
        var strange = aggregates()
        strange.slots[0].title = "<script>alert(1)</script>"
        strange.reels[0].cadence = "\"quoted\" & more"
        let page = try SuccessReport(strange, by: .cadence).page
        #expect(!page.contains("<script>"))
        #expect(page.contains("&lt;script&gt;"))
        #expect(page.contains("<svg class=\"bars\""))
        #expect(page.hasPrefix("<!doctype html>") && page.hasSuffix("</html>\n"))
        let empty = try SuccessReport(Aggregates(reels: [], slots: []))
        #expect(empty.from == nil && empty.findings.isEmpty)
        #expect(empty.text.hasPrefix("Reels of no day: none was delivered"))
    }

    @Test func tablesComeBackAsTheyWent() throws {
        var strange = aggregates()
        strange.slots[1].title = "a \"b\", c"
        let back = try Aggregates(
            reelTable: strange.reelTable, slotTable: strange.slotTable, names: ("r.csv", "s.csv"))
        #expect(back == strange)
        #expect(strange.slotTable.contains("\"a \"\"b\"\", c\""))
        let fault = #expect(throws: Fault.self) {
            try Aggregates(
                reelTable: strange.reelTable + "2026,E,short,,1,2\n", slotTable: strange.slotTable,
                names: ("r.csv", "s.csv"))
        }
        #expect(fault?.message == "r.csv: line 5: has 6 columns, not 14")
        #expect(throws: Fault.self) {
            try Aggregates(reelTable: "x\n", slotTable: strange.slotTable, names: ("r.csv", "s.csv"))
        }
        #expect(throws: Fault.self) {
            try Aggregates(
                reelTable: strange.reelTable.replacing("220", with: "-1").replacing(",110,", with: ",x,"),
                slotTable: strange.slotTable, names: ("r.csv", "s.csv"))
        }
    }
}

@Suite struct AggregateTableTests {
    /// What a table says is read back, whatever names hold.
    @Test func namesComeBackAsTheyWere() throws {
        let odd = ["plain", "a,b", "a\"b", "two\nlines", "\r\n", "\u{301}mark", "\"", ",", "é\u{301},\u{301}\"x", " "]
        let aggregates = Aggregates(
            reels: odd.map {
                ReelDay(
                    day: "2026-11-24", edition: "E", cadence: $0, arm: $0,
                    counts: ReelCounts(columns: (0..<10).map { $0 }))
            },
            slots: odd.map {
                SlotDay(
                    day: "2026-11-24", edition: "E", cadence: $0, slot: 1, title: $0, clip: $0,
                    counts: SlotCounts(columns: (0..<5).map { $0 }))
            })
        let read = try Aggregates(
            reelTable: aggregates.reelTable, slotTable: aggregates.slotTable, names: ("reels.csv", "slots.csv"))
        #expect(read == aggregates)
    }

    /// A fault names the line on which its record begins.
    @Test func aFaultNamesItsLine() {
        let good = Aggregates(
            reels: [
                ReelDay(
                    day: "d", edition: "E", cadence: "two\nlines", arm: "",
                    counts: ReelCounts(columns: (0..<10).map { $0 }))
            ], slots: [])
        let fault = #expect(throws: Fault.self) {
            try Aggregates(
                reelTable: good.reelTable + "\nd,E\n", slotTable: good.slotTable, names: ("reels.csv", "slots.csv"))
        }
        #expect(fault?.message.hasPrefix("reels.csv: line 5: has 2 columns") == true)
    }
}
