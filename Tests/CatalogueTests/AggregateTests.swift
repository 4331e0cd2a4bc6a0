import Catalogue
import Diagnostics
import Experiments
import Foundation
import Reports
import Sequencing
import Testing

/// A log of three-slot reels: section 4 of the sequencing design, worked out by hand.
private struct ReelLog {
    private(set) var lines: [String] = []
    private var number = 0

    /// Milliseconds of a slot.
    static let length = 4_000

    mutating func add(
        _ type: String, reel: String, viewer: String, at: Int, slot: Int? = nil, title: String? = nil, more: String = ""
    ) {
        number += 1
        let ts = Timestamp(milliseconds: 1_795_550_000_000 + Int64(at)).description
        var line = #"{"v":1,"event_id":"e\#(number)","type":"\#(type)","ts":"\#(ts)","viewer":"\#(viewer)""#
        if type != "play" { line += #","reel":"\#(reel)","edition":"E""# }
        if let slot { line += #","slot":\#(slot),"clip":"80","n":1"# }
        if let title { line += #","title":"\#(title)""# }
        lines.append(line + more + "}")
    }

    mutating func deliver(_ reel: String, _ viewer: String, titles: [String], arm: String? = nil) {
        let slots = titles.enumerated().map {
            #"{"slot":\#($0 + 1),"title":"\#($1)","clip":"80","ms":\#(Self.length),"propensity":0.5}"#
        }
        let arms = arm.map { #","arms":["\#($0)"]"# } ?? ""
        add(
            "impression", reel: reel, viewer: viewer, at: 0,
            more: #","cadence":"short","slots":[\#(slots.joined(separator: ","))]\#(arms)"#)
    }

    mutating func complete(_ reel: String, _ viewer: String, slot: Int, title: String) {
        let start = slot * Self.length
        add("slot_start", reel: reel, viewer: viewer, at: start, slot: slot, title: title)
        add("slot_complete", reel: reel, viewer: viewer, at: start + Self.length, slot: slot, title: title)
    }

    /// R1 all complete, click 2, play 2 after 1 h; R2 skips slot 2 (next), completes 1, 3; R3 all complete; R4 skips slot 1 (exit); R5 is
    /// delivered, never started.
    static var vector: ReelLog {
        var log = ReelLog()
        let titles = ["A", "B", "C"]
        for number in 1...5 {
            log.deliver("R\(number)", "v\(number)", titles: titles, arm: number % 2 == 0 ? "l/x/new" : "l/x/old")
        }
        for (reel, viewer) in [("R1", "v1"), ("R3", "v3")] {
            for slot in 1...3 { log.complete(reel, viewer, slot: slot, title: titles[slot - 1]) }
        }
        log.add("click", reel: "R1", viewer: "v1", at: 9_000, slot: 2, title: "B", more: #","at_ms":1000"#)
        log.add("play", reel: "", viewer: "v1", at: 3_608_000, title: "B")
        log.complete("R2", "v2", slot: 1, title: "A")
        log.add("slot_start", reel: "R2", viewer: "v2", at: 8_000, slot: 2, title: "B")
        log.add("skip", reel: "R2", viewer: "v2", at: 9_000, slot: 2, title: "B", more: #","at_ms":1000,"to":"next""#)
        log.complete("R2", "v2", slot: 3, title: "C")
        log.add("slot_start", reel: "R4", viewer: "v4", at: 4_000, slot: 1, title: "A")
        log.add("skip", reel: "R4", viewer: "v4", at: 5_000, slot: 1, title: "A", more: #","at_ms":500,"to":"exit""#)
        log.add("rebuffer", reel: "R1", viewer: "v1", at: 6_000, more: #","stalled_ms":800,"startup":false"#)
        log.add("rebuffer", reel: "R3", viewer: "v3", at: 6_000, more: #","stalled_ms":1200,"startup":false"#)
        log.add("rebuffer", reel: "R2", viewer: "v2", at: 3_000, more: #","stalled_ms":700,"startup":true"#)
        return log
    }
}

@Suite struct AggregateTests {
    private func catalogue(_ folder: Folder, _ lines: [String]) throws -> Catalogue {
        let catalogue = try Catalogue.open(folder.catalogue)
        try catalogue.importEvents(try folder.file("e", lines.joined(separator: "\n")), receivedAt: nil)
        return catalogue
    }

    private func reelCounts(_ columns: [Int64]) -> ReelCounts { ReelCounts(columns: columns) }

    @Test func theWorkedExample() throws {
        let folder = try Folder()
        let aggregates = try catalogue(folder, ReelLog.vector.lines).aggregates()
        let day = "2026-11-24"
        // delivered, started, completed, full, clicked, played through, plays, stalled, played, bots
        let all = reelCounts([5, 4, 3, 2, 1, 1, 1, 2_000, 8 * 4_000 + 1_500, 0])
        #expect(
            aggregates.reels == [
                ReelDay(day: day, edition: "E", cadence: "short", arm: "", counts: all),
                ReelDay(
                    day: day, edition: "E", cadence: "short", arm: "l/x/new",
                    counts: reelCounts([2, 2, 1, 0, 0, 0, 0, 0, 9_500, 0])),
                ReelDay(
                    day: day, edition: "E", cadence: "short", arm: "l/x/old",
                    counts: reelCounts([3, 2, 2, 2, 1, 1, 1, 2_000, 24_000, 0])),
            ])
        #expect(
            [all.completion, all.fullWatch, all.clickThrough, all.playThrough] == [0.75, 0.5, 0.25, 0.25])
        let slots: [(String, [Int64])] = [("A", [4, 3, 1, 0, 0]), ("B", [3, 2, 1, 1, 1]), ("C", [3, 3, 0, 0, 0])]
        #expect(
            aggregates.slots
                == slots.enumerated().map { number, row in
                    SlotDay(
                        day: day, edition: "E", cadence: "short", slot: Int64(number + 1), title: row.0, clip: "80",
                        counts: SlotCounts(columns: row.1))
                })
        #expect(aggregates.slots.map(\.counts.skipRate) == [0.25, 1.0 / 3, 0])
        #expect(aggregates.slots[1].counts.clickThrough == 1.0 / 3)
    }

    @Test func theStallRatioOfTheVector() {
        // Stalls of 0.8 and 1.2 s, 58 s played.
        let counts = reelCounts([0, 0, 0, 0, 0, 0, 0, 2_000, 58_000, 0])
        #expect(abs((counts.rebufferRatio ?? 0) - 0.033333333333) < 1e-12)
        #expect(ReelCounts().rebufferRatio == nil)
    }

    @Test func aPlayCountsForTheLastSlotBeforeIt() throws {
        var log = ReelLog()
        for (number, reel) in ["R1", "R2", "R3"].enumerated() {
            log.add("slot_start", reel: reel, viewer: "v", at: number * 3_600_000, slot: 1, title: "A")
        }
        // An hour after the second reel began; the third begins with it.
        log.add("play", reel: "", viewer: "v", at: 7_199_999, title: "A")
        log.add("play", reel: "", viewer: "v", at: 7_199_999, title: "B")
        log.add("play", reel: "", viewer: "w", at: 7_199_999, title: "A")
        // Twice: once. A day and more later: not at all.
        log.add("play", reel: "", viewer: "v", at: 7_100_000, title: "A")
        log.add("play", reel: "", viewer: "v", at: 7_200_001 + 86_400_000, title: "A")
        let folder = try Folder()
        let reels = try catalogue(folder, log.lines).aggregates().reels
        #expect(reels.map(\.counts.playedThrough) == [1])
        #expect(reels.map(\.counts.started) == [3])
    }

    @Test func machinesAreSetAside() throws {
        var log = ReelLog()
        log.deliver("R1", "v1", titles: ["A", "B"])
        log.deliver("R2", "v2", titles: ["A", "B"])
        for (slot, title) in [(1, "A"), (2, "B")] {
            log.add("slot_start", reel: "R1", viewer: "v1", at: 300 * slot, slot: slot, title: title)
            log.add("slot_start", reel: "R2", viewer: "v2", at: 1_000 * slot, slot: slot, title: title)
        }
        let folder = try Folder()
        let aggregates = try catalogue(folder, log.lines).aggregates()
        #expect(aggregates.reels.map(\.counts.values) == [[1, 1, 0, 0, 0, 0, 0, 0, 0, 1]])
        #expect(aggregates.slots.map(\.counts.starts) == [1, 1])
    }

    @Test func daysAreHalfOpen() throws {
        let folder = try Folder()
        let catalogue = try catalogue(folder, ReelLog.vector.lines)
        #expect(try catalogue.aggregates(from: "2026-11-24", until: "2026-11-25").reels.count == 3)
        #expect(try catalogue.aggregates(from: "2026-11-25") == Aggregates(reels: [], slots: []))
        #expect(try catalogue.aggregates(until: "2026-11-24") == Aggregates(reels: [], slots: []))
    }

    /// The sums over viewers are what a loop over them gives.
    @Test func sumsOverViewers() throws {
        var log = ReelLog.vector
        // v1 sees another reel, and completes nothing of it.
        log.deliver("R6", "v1", titles: ["C", "B", "A"], arm: "l/x/old")
        log.add("slot_start", reel: "R6", viewer: "v1", at: 50_000, slot: 1, title: "C")
        let folder = try Folder()
        let sums = try catalogue(folder, log.lines).armSums(of: "l/x")
        #expect(sums.map(\.arm) == ["new", "old"])
        #expect(sums.map(\.viewers) == [2, 3])
        var old = RatioSums()
        old.add(numerator: 1, denominator: 2)
        old.add(numerator: 1, denominator: 1)
        #expect(sums[1].metrics[.completion] == old)
        var skips = RatioSums()
        skips.add(numerator: 1, denominator: 3)
        skips.add(numerator: 1, denominator: 1)
        #expect(sums[0].metrics[.skipRate] == skips)
        #expect(try catalogue(folder, []).armSums(of: "l/other") == [])
    }
}
