import Foundation
import TestSupport
import Testing

/// From a log to a model that plans are made by, and back.
@Suite struct TuneCommandTests {
    private struct Tuned: Decodable {
        struct Origin: Decodable {
            var created: String
            var previous: String?
            var fittedOn: [String]?
            var rows: Int?
            var positives: Int?
            var gate: String?
        }
        var model: String
        var isPromoted: Bool
        var weights: [String: Double]
        var origin: Origin
    }
    private struct Row: Decodable, Equatable {
        var model: String
        var isLive: Bool
        var gate: String?
    }
    private struct Shown: Decodable {
        var model: String
        var weights: [String: Double]
        var temperature: Double
        var tailTemperature: Double
        var titles: Int
    }
    private struct Plan: Decodable {
        struct Slot: Decodable {
            struct Term: Decodable {
                var feature: String
                var weight: Double
                var value: Double
            }
            var title: String
            var score: Double?
            var propensity: Double?
            var temperature: Double?
            var why: [Term]?
        }
        var slots: [Slot]
    }

    private static let tuning = ["tune", "--until", LearningStage.until, "--days", "11", "--holdout", "3"]

    private func plan(_ library: [String], _ more: [String] = []) throws -> Plan {
        try Command.json(
            Plan.self,
            ["plan", "--viewer", "v1", "--region", "DE", "--at", LearningStage.until, "--seed", "5"] + library + more)
    }

    private func weights(_ plan: Plan) -> [String: Double] {
        Dictionary(
            uniqueKeysWithValues: (plan.slots.first { $0.why != nil }?.why ?? []).map { ($0.feature, $0.weight) })
    }

    @Test func whatIsLearntIsWhatPlansAreMadeBy() throws {
        let stage = try LearningStage(Workspace())
        let library = ["--library", stage.space.library]
        let before = try plan(library)
        #expect(weights(before) == ["preference": 1, "popularity": 1, "recency": 0.02])
        #expect(try Command.json([Row].self, ["model", "list"] + library) == [])
        #expect(try Command.check(["model", "list"] + library).text == "the standard weights are live\n")

        let tuned = try Command.json(Tuned.self, Self.tuning + library)
        #expect(tuned.isPromoted && tuned.origin.gate?.hasPrefix("passed: ") == true, "\(tuned.origin)")
        #expect(tuned.origin.previous == nil)
        #expect(tuned.origin.fittedOn == ["2026-11-10T00:00:00Z", "2026-11-21T00:00:00Z"])
        // What it was fitted on, by loops.
        let fitted = stage.log.reels.filter { !$0.isBot && $0.at < LearningStage.from + 11 * LoggedAudience.day }
        let slots = fitted.flatMap { reel in reel.slots.filter { $0.start != nil }.map { (reel, $0) } }
        #expect(tuned.origin.rows == slots.count)
        #expect(tuned.origin.positives == slots.count { stage.log.isPlayed($0.0, $0.1) })
        // Viewers play what is of their genre ten times as often.
        #expect((tuned.weights["preference"] ?? 0) > 1.5, "\(tuned.weights)")

        let shown = try Command.json(Shown.self, ["model", "show"] + library)
        #expect(shown.model == tuned.model && shown.weights == tuned.weights && shown.titles == 12)
        #expect([shown.temperature, shown.tailTemperature] == [0.05, 0.3])
        #expect(
            try Command.json([Row].self, ["model", "list"] + library)
                == [Row(model: tuned.model, isLive: true, gate: tuned.origin.gate)])
        let text = try Command.check(["model", "show", tuned.model] + library).text
        #expect(text.contains("item-item weights of 12 titles") && text.contains("the standard weights"))

        // Plans carry its weights, and leave to chance what it does; 'none' and another name are others.
        let after = try plan(library)
        #expect(weights(after).filter { $0.value != 0 } == tuned.weights.filter { $0.value != 0 })
        #expect(after.slots.compactMap(\.temperature).sorted().prefix(1) == [0.05])
        for slot in after.slots where slot.why != nil {
            #expect(slot.score == slot.why?.reduce(0) { $0 + $1.weight * $1.value })
        }
        #expect(weights(try plan(library, ["--model", "none"])) == weights(before))
        let log = stage.space.file("impressions.ndjson")
        _ = try plan(library, ["--impressions", log])
        #expect(try String(contentsOfFile: log, encoding: .utf8).contains(#""model":"\#(tuned.model)""#))

        try goesBackAndForth(stage, tuned, weights(after))
    }

    private func goesBackAndForth(_ stage: LearningStage, _ tuned: Tuned, _ live: [String: Double]) throws {
        let library = ["--library", stage.space.library]
        // Another, from the one that is live: kept, and not live.
        let second = try Command.json(Tuned.self, Self.tuning + ["--lambda", "1000", "--no-promote"] + library)
        #expect(!second.isPromoted && second.origin.previous == tuned.model && second.model != tuned.model)
        #expect(weights(try plan(library)) == live)
        let promoted = try Command.check(["model", "promote", second.model, "--why", "by hand"] + library)
        #expect(promoted.text == "\(second.model) is live\n")
        #expect(weights(try plan(library)) != live)
        #expect(weights(try plan(library, ["--model", tuned.model])) == live)
        #expect(try Command.check(["model", "rollback"] + library).text == "\(tuned.model) is live\n")
        #expect(weights(try plan(library)) == live)
        #expect(try Command.check(["model", "rollback"] + library).text == "the standard weights are live\n")
        #expect(weights(try plan(library)) == ["preference": 1, "popularity": 1, "recency": 0.02])
        let nothing = try Command.run(["model", "rollback"] + library)
        #expect(nothing.status == 66 && nothing.errors.hasPrefix("error: "), "\(nothing.errors)")
        #expect(try Command.check(["model", "promote", "none"] + library).text == "the standard weights are live\n")
        let log = try String(contentsOfFile: "\(stage.space.library)/models/promotions.ndjson", encoding: .utf8)
        #expect(log.split(separator: "\n").count == 5 && log.contains(#""note":"by hand""#))
        // The same log and the same start give the same model: nothing new is kept.
        #expect(try Command.json(Tuned.self, Self.tuning + library).model == tuned.model)
        #expect(try Command.json([Row].self, ["model", "list"] + library).count == 2)
    }

    /// A log that says too little makes no model live, and says why.
    @Test func aLogThatSaysTooLittleChangesNothing() throws {
        let stage = try LearningStage(Workspace(), reels: 300)
        let library = ["--library", stage.space.library]
        let tuned = try Command.check(Self.tuning + library).text
        #expect(tuned.contains("refused: the log says") && tuned.contains("what was live stays so"), "\(tuned)")
        #expect(try Command.json([Row].self, ["model", "list"] + library).map(\.isLive) == [false])
        let early = try Command.run(
            ["tune", "--until", "2026-11-10T12:00:00Z", "--days", "1", "--holdout", "1"] + library)
        #expect(early.status == 65 && early.errors.contains("100 are the least"), "\(early.errors)")
        #expect(try Command.json([Row].self, ["model", "list"] + library).count == 1)
    }
}
