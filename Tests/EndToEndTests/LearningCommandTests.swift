import Foundation
import TestSupport
import Testing

/// A library of twelve titles with a log of reels that were filled by chance.
struct LearningStage: Sendable {
    static let from: Int64 = 1_794_268_800_000  // 2026-11-10T00:00:00Z
    static let until = "2026-11-24T00:00:00Z"
    static let days: Int64 = 14

    let space: Workspace
    let log: LoggedAudience

    init(_ space: Workspace, reels: Int = 2_400, liking: Double = 0.4) throws {
        self.space = space
        let twelve = try TwelveTitles.shared()
        try FileManager.default.copyItem(atPath: twelve.space.library, toPath: space.library)
        let titles = (1...12).map {
            #"{"id": "T\#($0)", "genres": ["g\#(LoggedAudience.genre($0))"], "released": "2026-01-\#($0 + 10)", "popularity": 5}"#
        }
        try Self.take(space, "titles", titles)
        log = LoggedAudience(reels, edition: twelve.edition.id, from: Self.from, days: Self.days, liking: liking)
        // What the catalogue says does not depend on how the log came in: here backwards, in two files.
        let backwards = Array(log.lines.reversed())
        try Self.take(space, "events", Array(backwards.prefix(backwards.count / 3)), ["--backfill"])
        try Self.take(space, "events", backwards, ["--backfill"])
    }

    static func take(_ space: Workspace, _ what: String, _ lines: [String], _ more: [String] = []) throws {
        let path = try space.write(lines.joined(separator: "\n") + "\n", to: "\(what).ndjson")
        try Command.check([what, "import", path, "--library", space.library] + more)
    }

    /// A model that somebody wrote by hand.
    func writeModel(_ name: String, weights: String, temperature: Double) throws {
        let folder = "\(space.library)/models"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let line =
            #"{"arrangement":"value","diversity":1,"format":"sizzle model 1","origin":{"created":"2026-11-01T00:00:00Z"},"#
            + #""tailTemperature":\#(temperature),"temperature":\#(temperature),"weights":{\#(weights)}}"#
        try Data((line + "\n").utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name).model"))
    }
}

/// Reports, estimates and models by the command, held against what loops over the same log count.
@Suite struct LearningCommandTests {
    private static let made = Result { try LearningStage(SharedWorkspaces.make()) }
    private let stage: LearningStage
    private let library: [String]

    init() throws {
        stage = try Self.made.get()
        library = ["--library", stage.space.library]
    }

    private func lines(_ path: String) throws -> [String] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    /// Every row of both tables is what loops count; a report on those tables is the report on the library.
    @Test func theTablesAreWhatLoopsCount() throws {
        let space = try Workspace()
        let tables = space.file("tables")
        let first = try Command.check(["report", "--tables", tables, "--html", space.file("1.html")] + library)
        let reels = try lines("\(tables)/reel_days.csv")
        #expect([reels[0]] + reels.dropFirst().sorted() == stage.log.reelTable)
        let slots = try lines("\(tables)/slot_days.csv")
        #expect([slots[0]] + slots.dropFirst().sorted() == stage.log.slotTable)
        #expect(reels.count == 1 + 14 * 2 * 3 && slots.count > 700)
        let again = space.file("again")
        let second = try Command.check(
            ["report", "--aggregates", tables, "--tables", again, "--html", space.file("2.html")])
        #expect(first.text == second.text)
        for name in [
            "tables/reel_days.csv again/reel_days.csv", "tables/slot_days.csv again/slot_days.csv", "1.html 2.html",
        ] {
            let pair = name.split(separator: " ").map { space.file(String($0)) }
            #expect(FileManager.default.contentsEqual(atPath: pair[0], andPath: pair[1]), "\(name)")
        }
        for by in ["day", "cadence", "edition", "arm"] {
            let from = ["--by", by, "--from", "2026-11-12", "--to", "2026-11-14", "--json"]
            let own = try Command.check(["report"] + from + library).text
            #expect(try Command.check(["report", "--aggregates", tables] + from).text == own, "\(by)")
            #expect(own.contains(#""from" : "2026-11-12""#) && own.contains(#""to" : "2026-11-14""#))
        }
    }

    private struct Report: Decodable {
        struct Row: Decodable {
            var name: String
            var counts: [String: Int64]
            var completion: Double?
            var skipRate: Double?
        }
        var total: Row
        var reels: [Row]
        var places: [Row]
        var titles: [Row]
    }

    @Test func aReportAddsUp() throws {
        let report = try Command.json(Report.self, ["report", "--by", "arm"] + library)
        let people = stage.log.reels.filter { !$0.isBot }
        let started = people.count(where: \.isStarted)
        #expect(report.total.counts["delivered"] == Int64(people.count))
        #expect(report.total.counts["bots"] == Int64(stage.log.reels.count - people.count))
        #expect(report.total.completion == Double(people.count { $0.slots[2].isComplete }) / Double(started))
        #expect(report.reels.map(\.name) == ["layer/x/new", "layer/x/now"])
        #expect(report.reels.compactMap { $0.counts["started"] }.reduce(0, +) == Int64(started))
        #expect(report.places.map(\.name) == ["1", "2", "3"])
        for (place, row) in report.places.enumerated() {
            let shown = people.map { $0.slots[place] }.filter { $0.start != nil }
            #expect(row.skipRate == Double(shown.count { $0.skippedAfter != nil }) / Double(shown.count))
        }
        #expect(report.titles.map(\.name) == (1...12).map { "T\($0)" }.sorted())
        let text = try Command.check(["report", "--by", "arm"] + library).text
        #expect(text.contains("Reels of 2026-11-10 to 2026-11-23") && text.contains("layer/x/new"))
    }

    private struct Estimates: Decodable {
        struct Value: Decodable {
            var value: Double
            var standardError: Double?
        }
        struct Policy: Decodable {
            var policy: String
            var ips: Value
            var clippedIPS: Value
            var snips: Value
            var dm: Value
            var dr: Value
            var sndr: Value
            var effectiveSampleSize: Double
            var meanWeight: Double
            var largestWeight: Double
        }
        var rows: Int
        var positives: Int
        var lost: Int?
        var policies: [Policy]
    }

    /// Two policies whose odds are plain: all titles alike, and always the newest that is left.
    @Test func estimatesAreWhatLoopsWeigh() throws {
        try stage.writeModel("alike", weights: #""recency":0"#, temperature: 1)
        try stage.writeModel("newest", weights: #""recency":1"#, temperature: 0)
        let said = try Command.json(
            Estimates.self,
            [
                "evaluate", "--policy", "alike", "--policy", "newest", "--from", "2026-11-12T00:00:00Z", "--until",
                "2026-11-22T00:00:00Z",
            ]
                + library)
        var (rows, rewards): ([Double], [Double]) = ([], [])
        let window = LearningStage.from + 2 * LoggedAudience.day..<LearningStage.from + 12 * LoggedAudience.day
        for reel in stage.log.reels where window.contains(reel.at) && !reel.isBot {
            var left = Set(1...LoggedAudience.titles)
            for slot in reel.slots {
                if slot.start != nil {
                    rows.append(slot.title == left.max() ? 1 / slot.propensity : 0)
                    rewards.append(stage.log.isPlayed(reel, slot) ? 1 : 0)
                }
                left.remove(slot.title)
            }
        }
        #expect(said.rows == rows.count && said.positives == Int(rewards.reduce(0, +)) && said.lost == 0)
        let mean = rewards.reduce(0, +) / Double(rows.count)
        let (alike, newest) = (said.policies[0], said.policies[1])
        for estimate in [alike.ips, alike.clippedIPS, alike.snips] { #expect(abs(estimate.value - mean) < 1e-12) }
        #expect(abs(alike.effectiveSampleSize - Double(rows.count)) < 1e-6 && abs(alike.meanWeight - 1) < 1e-12)
        let weighed = zip(rows, rewards).reduce(0) { $0 + $1.0 * $1.1 }
        let (sum, squares) = (rows.reduce(0, +), rows.reduce(0) { $0 + $1 * $1 })
        #expect(abs(newest.ips.value - weighed / Double(rows.count)) < 1e-12)
        #expect(abs(newest.snips.value - weighed / sum) < 1e-12)
        #expect(abs(newest.effectiveSampleSize - sum * sum / squares) < 1e-6)
        #expect(newest.largestWeight == 12)
        // What is left out of a window is left out.
        let other = try Command.json(
            Estimates.self,
            ["evaluate", "--policy", "none", "--from", "2026-11-23T00:00:00Z", "--until", LearningStage.until] + library
        )
        #expect(other.rows < rows.count / 5)
    }

    private static let openBandit: String? = {
        let folder = SharedMedia.folder.map { "\($0)/../data/open-bandit" } ?? ""
        return FileManager.default.fileExists(atPath: "\(folder)/bts-all.csv") ? folder : nil
    }()

    /// The figures that obp gives, three-fold.
    @Test(.enabled(if: openBandit != nil, "the Open Bandit Dataset is not there; set SIZZLE_SHARED"))
    func openBanditsFigures() throws {
        let folder = try #require(Self.openBandit)
        let cases: [(log: String, policy: String, figures: [Double], rest: [Double])] = [
            (
                "bts-all.csv", "uniform",
                [0.0023596395, 0.0008710221, 0.0023596395, 0.0023337139, 0.0042906702, 0.0030851095, 0.0030983552],
                [340.37834, 1.0111091697, 277.777778]
            ),
            (
                "random-all.csv", "\(folder)/policy-bts-all.csv",
                [0.0045528800, 0.0020897720, 0.0035930400, 0.0047758331, 0.0045526329, 0.0042994092, 0.0042870089],
                [1639.50187, 0.9533164, 19.5984]
            ),
        ]
        for one in cases {
            let arguments = ["evaluate", "--log", "\(folder)/\(one.log)", "--policy", one.policy]
            let said = try Command.json(Estimates.self, arguments)
            let policy = try #require(said.policies.first)
            #expect(said.rows == 10_000 && said.positives == (one.log == "bts-all.csv" ? 42 : 38))
            let figures = [
                policy.ips.value, policy.ips.standardError ?? 0, policy.clippedIPS.value, policy.snips.value,
                policy.dm.value,
                policy.dr.value, policy.sndr.value,
            ]
            #expect(zip(figures, one.figures).allSatisfy { abs($0 - $1) < 1e-6 }, "\(one.log): \(figures)")
            let rest = [policy.effectiveSampleSize, policy.meanWeight, policy.largestWeight]
            #expect(zip(rest, one.rest).allSatisfy { abs($0 - $1) < 1e-6 * max(1, $1) }, "\(one.log): \(rest)")
            let text = try Command.check(arguments).text
            #expect(text.hasPrefix("10000 slots, ") && text.contains("ESS"))
        }
    }
}
