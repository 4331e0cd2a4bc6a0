import Foundation
import MediaTime
import TestSupport
import Testing

/// From titles and events to a viewer's own reel: ranked, planned, stitched and verified.
@Suite struct PersonalReelTests {
    private static let at = "2026-11-24T20:15:00Z"

    /// A plan as the command computes it.
    private struct Plan: Decodable {
        struct Term: Decodable {
            var feature: String
            var value: Double
            var weight: Double
            var product: Double
        }

        struct Slot: Decodable {
            var title: String
            var type: String
            var score: Double?
            var propensity: Double?
            var temperature: Double?
            var scaled: Double?
            var why: [Term]?
        }

        var edition: String
        var viewer: String
        var seed: UInt64
        var slots: [Slot]

        var ranked: [Slot] { slots.filter { $0.score != nil } }
    }

    private struct Ranking: Decodable {
        struct Row: Decodable {
            var title: String
            var score: Double
            var terms: [String: Double]
        }

        var titles: [Row]
    }

    /// An edition of twelve titles in three genres; viewer `d` plays drama, viewer `c` comedy, and nobody knows `new`.
    private static let library = Result {
        let space = try SharedWorkspaces.make()
        let beds = ["main=\(try TwelveTitles.music())"]
        try space.ingest(TwelveTitles.source(), rate: .film, TwelveTitles.clips, condition: "copy", beds: beds)
        let genres = ["drama", "comedy", "science fiction"]
        let titles = (1...12).map { number in
            #"{"id": "T\#(number)", "genres": ["\#(genres[number % 3])"], "released": "2026-0\#(1 + number % 9)-01", "#
                + #""popularity": 5.5}"#
        }
        let events = (1...12).flatMap { number -> [String] in
            guard let viewer = ["d", "c", nil][number % 3] else { return [] }
            return (1...2).map { day in
                #"{"v": 1, "event_id": "\#(viewer)-\#(number)-\#(day)", "type": "play", "viewer": "\#(viewer)", "#
                    + #""ts": "2026-11-2\#(day)T20:00:00Z", "title": "T\#(number)"}"#
            }
        }
        let titleFile = try space.write("[" + titles.joined(separator: ",\n") + "]", to: "titles.json")
        let eventFile = try space.write(events.joined(separator: "\n") + "\n", to: "events.ndjson")
        try Command.check(["titles", "import", titleFile, "--library", space.library])
        try Command.check(["events", "import", eventFile, "--library", space.library])
        return space
    }

    private let space: Workspace

    init() throws { space = try Self.library.get() }

    private func plan(_ viewer: String, at: String = Self.at, _ more: [String] = []) throws -> Data {
        try Command.check(
            ["plan", "--viewer", viewer, "--at", at, "--library", space.library, "--json"] + more
        ).output
    }

    private func read(_ bytes: Data) throws -> Plan { try JSONDecoder().decode(Plan.self, from: bytes) }

    @Test func theSameArgumentsGiveTheSamePlan() throws {
        let first = try plan("d")
        #expect(try plan("d") == first)
        let path = space.file("\(UUID().uuidString).json")
        try Command.check(["plan", "--viewer", "d", "--at", Self.at, "--library", space.library, "-o", path])
        #expect(FileManager.default.contents(atPath: path) == first, "the file and stdout are the same")
        // Another day draws with another seed, and the seed decides nothing but ties.
        let tomorrow = try read(plan("d", at: "2026-11-25T20:15:00Z"))
        #expect(try tomorrow.seed != read(first).seed)
        #expect(try read(plan("d", ["--seed", "7"])).seed == 7)
    }

    @Test func viewersWithDifferentHistoriesGetDifferentReels() throws {
        let reels = try ["d", "c", "new"].map { try read(plan($0)).ranked.map(\.title) }
        #expect(Set(reels).count == 3)
        // A genre's fan gets it in the long slots; ids modulo 3 are genres.
        func genres(_ titles: [String]) -> [Int] { titles.prefix(4).compactMap { Int($0.dropFirst()) }.map { $0 % 3 } }
        #expect(genres(reels[0]) == [0, 0, 0, 0])
        #expect(genres(reels[1]) == [1, 1, 1, 1])
    }

    @Test(arguments: ["d", "c", "new"]) func aPlanKeepsItsRules(viewer: String) throws {
        let plan = try read(plan(viewer))
        #expect(plan.viewer == viewer)
        #expect(
            plan.slots.map(\.type) == ["opening"] + Array(repeating: "80", count: 4) + Array(repeating: "40", count: 6)
                + ["closing"])
        #expect(plan.slots.first?.title == "Sizzle" && plan.slots.last?.title == "Sizzle")
        let titles = plan.ranked.map(\.title)
        #expect(titles.count == 10 && Set(titles).count == 10, "no title twice: \(titles)")
        let scores = plan.ranked.compactMap(\.score)
        #expect(scores == scores.sorted(by: >), "higher scores run longer and earlier")
    }

    /// What is read from the file adds up from left to right, to the last bit.
    @Test(arguments: ["d", "c", "new"]) func theTermsAddUpToTheScore(viewer: String) throws {
        for slot in try read(plan(viewer, ["--explain"])).ranked {
            let why = try #require(slot.why)
            #expect(why.map(\.feature) == ["preference", "popularity", "recency"])
            #expect(why.map(\.product) == why.map { $0.weight * $0.value })
            #expect(slot.score == why.reduce(0) { $0 + $1.product })
        }
    }

    @Test(arguments: ["d", "c", "new"]) func theRankingIsThePlans(viewer: String) throws {
        let arguments = ["rank", "--viewer", viewer, "--at", Self.at, "--library", space.library]
        let ranking = try Command.json(Ranking.self, arguments)
        #expect(ranking.titles.count == 12)
        // In a plan the seed orders titles whose scores are equal; in a ranking their ids do.
        let ranked = try read(plan(viewer)).ranked.sorted { ($1.score ?? 0, $0.title) < ($0.score ?? 0, $1.title) }
        #expect(ranking.titles.prefix(10).map(\.title) == ranked.map(\.title))
        #expect(ranking.titles.prefix(10).map(\.score) == ranked.map(\.score))
        for row in ranking.titles {
            let sum = ["preference", "popularity", "recency"].reduce(0) { $0 + (row.terms[$1] ?? .nan) }
            #expect(sum == row.score)
        }
        #expect(
            try Command.json(Ranking.self, arguments + ["--top", "3"]).titles.map(\.title) == ranked[..<3].map(\.title))
    }

    /// What is left to chance is said, and drawn again from the plan's own seed.
    @Test func aPlanSaysWhatItLeftToChance() throws {
        let chance = ["--temperature", "0.5", "--tail-temperature", "2", "--diversity", "0.8", "--weights", "2,1,0.1"]
        let first = try plan("d", chance)
        #expect(try plan("d", chance) == first)
        let drawn = try read(first)
        #expect(try plan("d", chance + ["--seed", "\(drawn.seed)"]) == first)
        #expect(
            drawn.ranked.allSatisfy { (0.0...1).contains($0.propensity ?? -1) && (0.0...1).contains($0.scaled ?? -1) })
        #expect(drawn.ranked.map(\.temperature) == Array(repeating: 0.5, count: 8) + [2, 2])
        #expect(drawn.ranked.allSatisfy { $0.why?.map(\.weight) == [2, 1, 0.1] })
        let orders = try Set((1...8).map { try read(plan("d", chance + ["--seed", "\($0)"])).slots.map(\.title) })
        #expect(orders.count > 4)
        #expect(try read(plan("d")).ranked.allSatisfy { $0.propensity == nil && $0.temperature == nil })
    }

    @Test(arguments: [
        ["--temperature=-1"], ["--temperature", "nan"], ["--tail-temperature", "inf"], ["--diversity", "1.1"],
        ["--weights", "1,1"], ["--weights", "1,x,1"], ["--weights", "nan,1,1"], ["--weights", "1,1,1e9"],
        ["--maturity=-3"], ["--tz", "later"],
    ]) func anUnsoundPolicyIsRefused(options: [String]) throws {
        let space = try Self.library.get()
        let result = try Command.run(["plan", "--viewer", "d", "--library", space.library] + options)
        #expect(result.status == 64, "\(result.errors)")
        #expect(
            result.errors.hasPrefix("error: \(options[0].prefix { $0 != "=" }) ") && result.text.isEmpty,
            "\(result.errors)")
    }

    @Test func nobodysTasteIsPopularityAndRecency() throws {
        for slot in try read(plan("new")).ranked { #expect(slot.why?.first?.value == 0) }
    }

    /// All the way: the reel of a computed plan shows its clips, frame for frame.
    @Test(arguments: ["d", "new"]) func aPersonalReelIsItsPlan(viewer: String) throws {
        let (path, reel) = (space.file("\(viewer).json"), space.file("\(viewer).mp4"))
        try Command.check(["plan", "--viewer", viewer, "--at", Self.at, "--library", space.library, "-o", path])
        try Command.check(["render", path, "--library", space.library, "-o", reel, "--quiet"])
        let slots = try read(Data(contentsOf: URL(fileURLWithPath: path))).slots
        let frames = slots.flatMap { slot in
            TwelveTitles.clips.first { $0.title == slot.title && $0.type == slot.type }.map { Array($0.frames) } ?? []
        }
        #expect(try decodedStamps(of: reel) == frames)
        try Command.check(["verify", reel, "--plan", path, "--library", space.library, "--quiet"])
        try Command.check(["sheet", path, "--library", space.library, "-o", space.file("\(viewer).png"), "--quiet"])
        #expect(
            FileManager.default.contents(atPath: space.file("\(viewer).png"))?.prefix(4) == Data([137, 80, 78, 71]))
    }
}
