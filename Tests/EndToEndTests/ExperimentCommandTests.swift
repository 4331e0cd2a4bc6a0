import Foundation
import TestSupport
import Testing

/// Experiments by the command: from a file to what may be concluded.
@Suite struct ExperimentCommandTests {
    private let space: Workspace
    private let library: [String]

    init() throws {
        space = try Workspace()
        library = ["--library", space.library]
    }

    /// An experiment's file; `arms` and `more` as JSON.
    private func file(
        _ name: String = "2026-11", layer: String = "cadence",
        arms: String =
            #"[{"name": "now", "share": 0.5}, {"name": "short", "share": 0.5, "changes": {"cadence": "short"}}]"#,
        control: String = "now", more: String = #", "start": 1794268800000"#, as ending: String = "json"
    ) throws -> String {
        try space.write(
            #"{"name": "\#(name)", "layer": "\#(layer)", "hypothesis": "A shorter reel is completed more often", "#
                + #""arms": \#(arms), "control": "\#(control)", "metrics": {"primary": "completion"}, "smallestEffect": 0.05, "#
                + #""minimumPerArm": 50\#(more)}"#, to: "\(UUID().uuidString).\(ending)")
    }

    private func run(_ arguments: [String]) throws -> Tools.Result {
        try Command.run(["experiment"] + arguments + library)
    }

    private func expect(_ arguments: [String], _ status: Int32, _ words: [String]) throws {
        let result = try run(arguments)
        #expect(result.status == status, "\(arguments): \(result.status) \(result.errors)")
        #expect(result.text == "")
        #expect(
            result.errors.hasPrefix("error: ") && result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        #expect(words.filter { !result.errors.contains($0) } == [], "\(result.errors)")
    }

    private struct Listed: Decodable, Equatable {
        struct Arm: Decodable, Equatable {
            var name: String
            var buckets: [Int]
        }
        var name: String
        var layer: String
        var arms: [Arm]
        var start: Int64
        var stop: Int64?
    }

    @Test func fromStartToStop() throws {
        let started = try run(["start", try file()])
        #expect(
            started.status == 0 && started.text == "experiment cadence/2026-11 is started: now, short\n",
            "\(started.errors)")
        var listed = try Command.json([Listed].self, ["experiment", "list"] + library)
        let arms = [Listed.Arm(name: "now", buckets: [0, 5000]), Listed.Arm(name: "short", buckets: [5000, 10000])]
        #expect(listed == [Listed(name: "2026-11", layer: "cadence", arms: arms, start: 1_794_268_800_000)])
        let text = try run(["list"]).text
        #expect(text.hasPrefix("cadence/2026-11  runs") && text.contains("now, short"), "\(text)")
        // One that begins in a hundred years is planned, and may be changed until then.
        let late = #", "start": 4948992000000"#
        for arms in [
            #"[{"name": "a", "share": 0.1}, {"name": "b", "share": 0.2}]"#,
            #"[{"name": "a", "share": 0.3}, {"name": "b", "share": 0.2}]"#,
        ] {
            let path = try file("later", layer: "other", arms: arms, control: "a", more: late)
            #expect(try run(["start", path]).status == 0)
        }
        listed = try Command.json([Listed].self, ["experiment", "list"] + library)
        #expect(listed.map { "\($0.layer)/\($0.name)" } == ["cadence/2026-11", "other/later"])
        #expect(listed[1].arms.map(\.buckets) == [[0, 3000], [3000, 5000]])
        try expect(["stop", "other/later"], 65, ["other/later", "has not begun"])

        #expect(try run(["stop", "cadence/2026-11"]).text.hasPrefix("experiment cadence/2026-11 is stopped"))
        try expect(["stop", "cadence/2026-11"], 65, ["has ended already"])
        try expect(["stop", "cadence/none"], 66, ["'cadence/none' is not known", "cadence/2026-11"])
        try expect(["report", "2026-11"], 66, ["is not known"])
        #expect(try run(["list"]).text.contains("cadence/2026-11  ended"))
        #expect(try run(["report", "cadence/2026-11"]).text.contains("Ran from 2026-11-10 00:00 UTC"))
    }

    /// What YAML says is what JSON says.
    @Test func aFileMayBeYAML() throws {
        let yaml = """
            name: "2026-11"
            layer: weights
            hypothesis: Newer titles are played more
            arms:
              - {name: now, share: 0.5}
              - name: newer
                share: 0.5
                changes:
                  weights: {recency: 0.1}
                  exploration: {policy: softmax, temperature: 0.1}
            control: now
            metrics: {primary: plays_per_reel, secondary: [skip_rate]}
            smallestEffect: 5e-2
            start: 1794268800000
            """
        let started = try run(["start", try space.write(yaml, to: "e.yaml")])
        #expect(started.status == 0, "\(started.errors)")
        let listed = try Command.json([Listed].self, ["experiment", "list"] + library)
        #expect(listed.map(\.name) == ["2026-11"] && listed.map(\.arms.count) == [2])
        try expect(["start", try space.write("- a\n- b\n", to: "list.yaml")], 65, ["list.yaml", "an object"])
        try expect(["start", try space.write("a: [1\n", to: "broken.yml")], 65, ["broken.yml", "not YAML"])
        try expect(
            ["start", try space.write(yaml.replacing("share: 0.5}", with: "share: half}"), to: "half.yaml")], 65,
            ["half.yaml", "share"])
    }

    @Test(arguments: [
        (#"[{"name": "now", "share": 0.7}, {"name": "b", "share": 0.7}]"#, ["arms[1].share", "1.4, more than 1"]),
        (#"[{"name": "now", "share": -0.5}, {"name": "b", "share": 0.5}]"#, ["arms[0].share: -0.5"]),
        (#"[{"name": "now", "share": 1e-9}, {"name": "b", "share": 0.5}]"#, ["arms[0].share", "less than a bucket"]),
        (
            #"[{"name": "now", "buckets": [0, 6000]}, {"name": "b", "buckets": [5000, 10000]}]"#,
            ["arms[1].buckets: [5000, 10000) overlaps with [0, 6000) of 'now'"]
        ),
        (
            #"[{"name": "now", "buckets": [0, 10001]}, {"name": "b", "buckets": [1, 2]}]"#,
            ["arms[0].buckets", "[0, 10000)"]
        ),
        (
            #"[{"name": "now", "buckets": [-5, 6]}, {"name": "b", "buckets": [10, 20]}]"#,
            ["arms[0].buckets", "[0, 10000)"]
        ),
        (#"[{"name": "now", "buckets": [9, 5]}, {"name": "b", "buckets": [10, 20]}]"#, ["arms[0].buckets"]),
        (
            #"[{"name": "now", "share": 0.5, "buckets": [0, 5]}, {"name": "b", "share": 0.5}]"#,
            ["arms[0]", "either a share or buckets"]
        ),
        (#"[{"name": "now", "share": 0.5}, {"name": "now", "share": 0.5}]"#, ["arms[1].name: 'now' is there twice"]),
        (#"[{"name": "now", "share": 1}]"#, ["arms: 1 given"]),
        (#"[{"name": "other", "share": 0.5}, {"name": "b", "share": 0.5}]"#, ["control: 'now' is none of the arms"]),
        (
            #"[{"name": "now", "share": 0.5}, {"name": "b", "share": 0.5, "changes": {"colour": 1}}]"#,
            ["arms[1].changes", "colour"]
        ),
        (
            #"[{"name": "now", "share": 0.5}, {"name": "b", "share": 0.5, "changes": {"weights": {"recency": 1e4}}}]"#,
            ["weights.recency", "-1000 to 1000"]
        ),
        (
            #"[{"name": "now", "share": 0.5}, {"name": "b", "share": 0.5, "changes": {"weights": {"recency": NaN}}}]"#,
            ["not JSON"]
        ),
        (
            #"[{"name": "now", "share": 0.5}, {"name": "b", "share": 0.5, "changes": {"arrangement": "best"}}]"#,
            ["arrangement", "value"]
        ),
        (
            #"[{"name": "now", "share": 0.5}, {"name": "b", "share": 0.5, "changes": {"exploration": {"policy": "greedy", "temperature": 1}}}]"#,
            ["exploration.temperature", "greedy has no temperature"]
        ),
        (#"[{"name": "now", "share": 0.5}, {"name": "../b", "share": 0.5}]"#, ["arms[1].name", "../b"]),
        (#"[{"name": "now", "share": 0.5}, {"name": "b\u0000", "share": 0.5}]"#, ["arms[1].name", "U+0000"]),
    ]) func armsThatCannotRunAreRefused(arms: String, words: [String]) throws {
        let path = try file(arms: arms)
        try expect(["start", path], 65, [path] + words)
        #expect(try run(["list"]).text == "")
    }

    /// Experiments beside each other: one of a name, and no viewer in two of a layer.
    @Test func whatCannotRunBesideAnotherIsRefused() throws {
        #expect(try run(["start", try file()]).status == 0)
        try expect(["start", try file()], 65, ["'cadence/2026-11' has begun", "another name"])
        let salt = #", "start": 1794268800000, "salt": "reel.cadence.2026-11""#
        try expect(["start", try file("2026-12", more: salt)], 65, ["'cadence/2026-11' and 'cadence/2026-12' overlap"])
        try expect(["start", try file("2026-12")], 65, ["different salts"])
        try expect(["start", try file("2026-12", layer: "other")], 65, ["both change cadence from two layers"])
        try expect(
            ["start", try file("2026-12", more: #", "start": 1794268800"#)], 65, ["start: 1794268800", "milliseconds"])
        try expect(
            ["start", try file("2026-12", more: #", "start": 1794268800000, "stop": 1794268800000"#)], 65,
            ["not after the start"])
        try expect(["start", try file("2026-12", more: #", "end": 1"#)], 65, ["end"])
        #expect(try Command.json([Listed].self, ["experiment", "list"] + library).map(\.name) == ["2026-11"])
    }

    private struct Said: Decodable {
        struct Split: Decodable {
            var viewers: [Int]
            var isOff: Bool?
        }
        var conclusions: [String]?
    }

    /// A log whose viewers are dealt to arms as `share` says, and complete reels as `rates` says.
    private func log(_ viewers: Int, new: Double, rates: (now: Double, new: Double)) throws {
        var random = FixedRandom(state: 3)
        var lines: [String] = []
        for viewer in 0..<viewers {
            let isNew = Double.random(in: 0..<1, using: &random) < new
            let isDone = Double.random(in: 0..<1, using: &random) < (isNew ? rates.new : rates.now)
            let start = #"{"v":1,"viewer":"v\#(viewer)","reel":"r\#(viewer)","edition":"e","#
            lines.append(
                start + #""event_id":"i\#(viewer)","type":"impression","ts":"2026-11-12T20:00:00Z","#
                    + #""slots":[{"slot":1,"title":"A","clip":"80","ms":3000}],"arms":["cadence/2026-11/\#(isNew ? "short" : "now")"]}"#
            )
            for type in ["slot_start"] + (isDone ? ["slot_complete"] : []) {
                lines.append(
                    start + #""event_id":"\#(type)\#(viewer)","type":"\#(type)","ts":"2026-11-12T20:00:03Z","#
                        + #""slot":1,"title":"A","clip":"80","n":1}"#)
            }
        }
        try LearningStage.take(space, "events", lines, ["--backfill"])
    }

    private func report(_ more: [String] = []) throws -> Tools.Result {
        try run(["report", "cadence/2026-11", "--at", "2026-11-20T00:00:00Z"] + more)
    }

    @Test func aTrueDifferenceIsSaidInWords() throws {
        #expect(try run(["start", try file()]).status == 0)
        #expect(try report().text.contains("Not enough viewers yet: 0 of 50"))
        try log(3_000, new: 0.5, rates: (0.4, 0.6))
        let page = space.file("page.html")
        let text = try report(["--html", page]).text
        #expect(text.contains("is higher with 'short'") && text.contains("This may be concluded."), "\(text)")
        #expect(text.contains("The split is as meant"), "\(text)")
        let html = try String(contentsOfFile: page, encoding: .utf8)
        #expect(html.contains("is higher with") && html.hasPrefix("<!doctype html>") && !html.contains("<script"))
        let json = try JSONSerialization.jsonObject(with: report(["--json"]).output) as? [String: Any]
        #expect(json?["results"] as? [Any] != nil, "\(json ?? [:])")
    }

    @Test func withoutADifferenceNothingIsSaid() throws {
        #expect(try run(["start", try file()]).status == 0)
        try log(3_000, new: 0.5, rates: (0.5, 0.5))
        let text = try report().text
        #expect(!text.contains("is higher with") && !text.contains("is lower with"), "\(text)")
    }

    /// Arms that have not the viewers that they should: no result, in no form.
    @Test func aSplitThatIsOffWithholdsTheResult() throws {
        #expect(try run(["start", try file()]).status == 0)
        try log(3_000, new: 0.4, rates: (0.4, 0.6))
        let page = space.file("page.html")
        let text = try report(["--html", page]).text
        #expect(text.contains("The split is off") && text.contains("no result is shown until it is found"), "\(text)")
        let html = try String(contentsOfFile: page, encoding: .utf8)
        let json = try report(["--json"]).text
        for form in [text, html, json] {
            #expect(form.contains("The split is off"))
            #expect(!form.contains("is higher with") && !form.contains("corrected"), "\(form)")
        }
    }

    /// A cadence is a name to services, and a file to 'plan': an arm with one that is not there is named, before anything is written.
    @Test func anUnknownCadenceIsNamed() throws {
        try FileManager.default.copyItem(atPath: TwelveTitles.shared().space.library, toPath: space.library)
        let titles = (1...12).map { #"{"id": "T\#($0)"}"# }
        try LearningStage.take(space, "titles", titles)
        let all =
            #"[{"name": "now", "buckets": [0, 1]}, {"name": "short", "buckets": [1, 10000], "changes": {"cadence": "short"}}]"#
        #expect(try run(["start", try file(arms: all)]).status == 0)
        let (plan, log) = (space.file("plan.json"), space.file("impressions.ndjson"))
        let arguments =
            ["plan", "--viewer", "v1", "--impressions", log, "-o", plan, "--at", "2026-11-24T20:15:00Z"] + library
        let refused = try Command.run(arguments, in: space.path)
        #expect(
            refused.status == 66 && refused.errors.contains("short") && refused.errors.contains("cadence/2026-11"),
            "\(refused.errors)")
        #expect(!FileManager.default.fileExists(atPath: log) && !FileManager.default.fileExists(atPath: plan))
        // Without a record of it, no arm counts; a file of that cadence is taken by its name.
        #expect(try Command.run(Array(arguments[..<3]) + Array(arguments[5...])).status == 0)
        let short = try space.write(
            #"{"name": "short", "slots": [{"type": "80"}, {"type": "40"}, {"type": "40"}]}"#, to: "s.json")
        let planned = try Command.run(arguments + ["--cadence", short])
        #expect(planned.status == 0, "\(planned.errors)")
        let line = try String(contentsOfFile: log, encoding: .utf8)
        #expect(line.contains(#""cadence":"short""#) && line.contains(#""arms":["cadence/2026-11/short"]"#), "\(line)")
    }

    /// A service without that cadence serves its viewers all the same, and does not count them for the arm.
    @Test func aServiceWithoutTheCadenceStillServes() throws {
        try FileManager.default.copyItem(atPath: TwelveTitles.shared().space.library, toPath: space.library)
        let all =
            #"[{"name": "now", "buckets": [0, 1]}, {"name": "long", "buckets": [1, 10000], "changes": {"cadence": "long"}}]"#
        #expect(try run(["start", try file(arms: all)]).status == 0)
        let stage = try ServiceStage(space, titles: 12)
        let answer = try stage.ask("/v1/reels", post: #"{"viewer": "v1"}"#)
        #expect(answer.status == 201, "\(answer.text)")
        #expect(try stage.server.stop() == 0)
        let log = try String(contentsOfFile: "\(space.library)/events/events.ndjson", encoding: .utf8)
        #expect(log.contains(#""cadence":"default""#) && log.contains(#""arms":[]"#), "\(log)")
    }
}
