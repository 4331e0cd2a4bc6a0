import Diagnostics
import Experiments
import Foundation
import Testing

private func decoded(_ json: String) throws(Fault) -> Experiment {
    try StrictJSON.decode(Experiment.self, from: json.utf8, named: "e.json")
}

/// The definition of the documentation with one text replaced.
private func changed(_ text: String, _ replacement: String) -> String {
    let json = """
        {"name": "2026-11", "layer": "cadence", "salt": "reel.cadence.2026-11",
         "hypothesis": "A shorter reel is completed more often",
         "arms": [{"name": "now", "share": 0.5}, {"name": "shorter", "share": 0.5, "changes": {"cadence": "short"}}],
         "control": "now", "metrics": {"primary": "completion"}, "smallestEffect": 0.01,
         "start": 1793606400000, "stop": 1796025600000}
        """
    return json.replacingOccurrences(of: text, with: replacement)
}

@Suite struct ExperimentTests {
    @Test func isReadAsItIsWritten() throws {
        #expect(try decoded(changed("", "")) == experiment())
        // The salt of the vectors is also what an experiment without one gets.
        let short = try decoded(changed(#""salt": "reel.cadence.2026-11","#, ""))
        #expect(short == experiment())
        #expect(short.minimumPerArm == 1_000 && short.alpha == 0.05 && short.id == "cadence/2026-11")
        let open = try decoded(changed(#", "stop": 1796025600000"#, #", "minimumPerArm": 50, "alpha": 0.01"#))
        #expect(open.stop == nil && open.minimumPerArm == 50 && open.alpha == 0.01)
    }

    @Test func writesWhatItReads() throws {
        let changes = ReelChanges(
            weights: .init(preference: 1, popularity: 2, recency: 0, response: -1, skip: 0.5, daypart: 1_000),
            cadence: "short", arrangement: .cadence,
            exploration: .init(policy: .softmax, temperature: 0.05, tailTemperature: 0.3))
        var original = experiment(metrics: .init(primary: .ctr, secondary: [.playsPerReel, .rebufferRatio]))
        original.arms[1].changes = changes
        let bytes = try JSONEncoder().encode(original)
        #expect(try StrictJSON.decode(Experiment.self, from: bytes, named: "e.json") == original)
        #expect(
            changes.changed == [
                "weights.preference", "weights.popularity", "weights.recency", "weights.response", "weights.skip",
                "weights.daypart", "cadence", "arrangement", "exploration",
            ])
    }

    @Test func sharesAreLaidOutOneAfterTheOther() throws {
        let third = Array(repeating: "0.3333333333333333", count: 3).enumerated().map {
            #"{"name": "arm\#($0)", "share": \#($1)}"#
        }.joined(separator: ",")
        let json = changed(#"{"name": "now", "share": 0.5}, {"name": "shorter", "share": 0.5, "#, third + "§")
            .replacingOccurrences(of: #"§"changes": {"cadence": "short"}}"#, with: "")
            .replacingOccurrences(of: #""control": "now""#, with: #""control": "arm0""#)
        #expect(try decoded(json).arms.map(\.buckets) == [0..<3_333, 3_333..<6_667, 6_667..<10_000])
    }

    @Test func bucketsMayBeGiven() throws {
        let json = changed(#""share": 0.5}"#, #""buckets": [100, 200]}"#)
            .replacingOccurrences(of: #""share": 0.5,"#, with: #""buckets": [9000, 10000],"#)
        #expect(try decoded(json).arms.map(\.buckets) == [100..<200, 9_000..<10_000])
    }

    @Test(arguments: [
        (#""layer": "cadence", "#, "", "the key 'layer' is missing"),
        (
            #""control""#, #""Control""#,
            "Control: this key is not known; keys here are name, layer, salt, hypothesis, arms, control, metrics, "
                + "smallestEffect, minimumPerArm, alpha, start, stop"
        ),
        (#""name": "2026-11""#, #""name": """#, "name: it is empty"),
        (#""name": "2026-11""#, #""name": "a/b""#, "name: 'a/b' has more than letters, digits, '-', '_' and '.'"),
        (
            "cadence.2026-11", String(repeating: "x", count: 193),
            "salt: it has 198 characters, more than 192"
        ),
        (#""layer": "cadence""#, #""layer": 3"#, "layer: expected a string, found 3"),
        (
            #"reel.cadence.2026-11"#, "a b",
            "salt: 'a b' has more than letters, digits, '-', '_' and '.'"
        ),
        ("A shorter reel is completed more often", " ", "hypothesis: it is blank"),
        (
            #""arms": ["#, #""arms": [], "x": ["#,
            "x: this key is not known; keys here are name, layer, salt, "
                + "hypothesis, arms, control, metrics, smallestEffect, minimumPerArm, alpha, start, stop"
        ),
        (
            #", {"name": "shorter", "share": 0.5, "changes": {"cadence": "short"}}"#, "",
            "arms: 1 given; an experiment compares at least two"
        ),
        (#""shorter""#, #""now""#, "arms[1].name: 'now' is there twice"),
        (#""shorter", "share": 0.5"#, #""shorter""#, "arms[1]: it needs either a share or buckets"),
        (
            #""shorter", "share": 0.5"#, #""shorter", "share": 0.5, "buckets": [0, 1]"#,
            "arms[1]: it needs either a share or buckets"
        ),
        (
            #""shorter", "share": 0.5"#, #""shorter", "buckets": [5000, 6000]"#,
            "arms[1]: either all arms have a share, or all have buckets"
        ),
        (
            #""shorter", "share": 0.5"#, #""shorter", "share": 0.75"#,
            "arms[1].share: 0.75 brings the sum of the shares to 1.25, more than 1"
        ),
        (#""shorter", "share": 0.5"#, #""shorter", "share": 0"#, "arms[1].share: 0.0 is not from 0 to 1, or is 0"),
        (
            #""shorter", "share": 0.5"#, #""shorter", "share": 0.00001"#,
            "arms[1].share: 1e-05 is less than a bucket, 1/10000"
        ),
        (#""share": 0.5}"#, #""buckets": [3, 1]}"#, "arms[0].buckets: [3, 1] is not [from, to] with from below to"),
        (#""control": "now""#, #""control": "then""#, "control: 'then' is none of the arms"),
        (
            #""completion""#, #""clicks""#,
            "metrics.primary: 'clicks' is none of completion, full_watch, skip_rate, ctr, reel_ctr, play_through, "
                + "rebuffer_ratio, plays_per_reel"
        ),
        (
            #""completion"}"#, #""completion", "secondary": ["ctr", "clicks"]}"#,
            "metrics.secondary: 'clicks' is none of completion, full_watch, skip_rate, ctr, reel_ctr, play_through, "
                + "rebuffer_ratio, plays_per_reel"
        ),
        (
            #""completion"}"#, #""completion", "secondary": ["completion"]}"#,
            "metrics.secondary: 'completion' is there twice"
        ),
        (
            #""completion"}"#, #""completion", "third": 1}"#,
            "metrics.third: this key is not known; keys here are primary, secondary"
        ),
        (#""smallestEffect": 0.01"#, #""smallestEffect": 0"#, "smallestEffect: 0.0 is not from 0.000001 to 1000000"),
        (
            #""smallestEffect": 0.01"#, #""smallestEffect": 1"#,
            "smallestEffect: 1.0 is not less than 1; one point of a rate is 0.01"
        ),
        (
            #""stop""#, #""minimumPerArm": 1, "stop""#,
            "minimumPerArm: 1 is less than 2; a variance needs two viewers"
        ),
        (#""stop""#, #""alpha": 0.5, "stop""#, "alpha: 0.5 is not between 0 and 0.5; 0.05 is usual"),
        (#""stop""#, #""alpha": 1e999, "stop""#, "alpha: expected a number up to 1.8e308, found 1e999"),
        (
            "1793606400000", "1793606400",
            "start: 1793606400 is not from 1973 to 9999; times are milliseconds since 1970"
        ),
        ("1796025600000", "1793606400000", "stop: 1793606400000 is not after the start, 1793606400000"),
        ("1796025600000", "1796025600000.5", "stop: expected a whole number, found 1796025600000.5"),
    ])
    func refusesWhatCannotBeRun(text: String, replacement: String, message: String) {
        #expect(throws: Fault(.badInput, "e.json: \(message)")) { try decoded(changed(text, replacement)) }
    }

    @Test(arguments: [
        (
            #"{"cadences": "x"}"#,
            "cadences: this key is not known; keys here are weights, cadence, arrangement, exploration"
        ),
        (
            #"{"weights": {"novelty": 1}}"#,
            "weights.novelty: this key is not known; keys here are preference, popularity, recency, response, skip, "
                + "daypart"
        ),
        (#"{"weights": {"recency": "1"}}"#, "weights.recency: expected a number, found a string"),
        (#"{"weights": {"recency": 1e999}}"#, "weights.recency: expected a number up to 1.8e308, found 1e999"),
        (#"{"weights": {"recency": 1000.5}}"#, "weights.recency: 1000.5 is not from -1000 to 1000"),
        (#"{"cadence": ""}"#, "cadence: the name is empty"),
        (#"{"arrangement": "size"}"#, "arrangement: 'size' is none of value, cadence"),
        (
            #"{"exploration": {"temp": 1}}"#,
            "exploration.temp: this key is not known; keys here are policy, temperature, tailTemperature"
        ),
        (#"{"exploration": {"policy": "ucb"}}"#, "exploration.policy: 'ucb' is none of greedy, softmax, thompson"),
        (#"{"exploration": {"temperature": -0.1}}"#, "exploration.temperature: -0.1 is not from 0 to 1000"),
        (
            #"{"exploration": {"policy": "thompson", "tailTemperature": 0.3}}"#,
            "exploration.tailTemperature: thompson has no temperature; leave it out or use softmax"
        ),
    ])
    func refusesChangesThatMeanNothing(changes: String, message: String) {
        let json = changed(#"{"cadence": "short"}"#, changes)
        #expect(throws: Fault(.badInput, "e.json: arms[1].changes.\(message)")) { try decoded(json) }
    }

    @Test func whatIsNoNumberIsRefusedInCodeToo() {
        for number in [Double.nan, .infinity, -.infinity] {
            var wrong = experiment()
            wrong.arms[1].changes = ReelChanges(weights: .init(skip: number))
            let message = "arms[1].changes.weights.skip: \(number) is not from -1000 to 1000"
            #expect(throws: Fault(.badInput, message)) { try wrong.check() }
            wrong.arms[1].changes = ReelChanges(exploration: .init(tailTemperature: number))
            let other = "arms[1].changes.exploration.tailTemperature: \(number) is not from 0 to 1000"
            #expect(throws: Fault(.badInput, other)) { try wrong.check() }
            wrong = experiment()
            wrong.smallestEffect = number
            #expect(throws: Fault(.badInput, "smallestEffect: \(number) is not from 0.000001 to 1000000")) {
                try wrong.check()
            }
        }
    }

    @Test func armsMayNotOverlap() {
        let arms = [(0, 5_000), (4_000, 9_000), (9_000, 10_001)].enumerated().map {
            Experiment.Arm(name: "arm\($0)", buckets: $1.0..<$1.1)
        }
        #expect(throws: Fault(.badInput, "arms[1].buckets: [4000, 9000) overlaps with [0, 5000) of 'arm0'")) {
            try experiment(arms: Array(arms[0...1])).check()
        }
        #expect(throws: Fault(.badInput, "arms[1].buckets: [9000, 10001) is no part of [0, 10000)")) {
            try experiment(arms: [arms[0], arms[2]]).check()
        }
    }

    @Test func ofAListThePlaceIsNamed() {
        let json = "[\(changed("", "")), \(changed(#""share": 0.5,"#, #""share": 0.6,"#))]"
        let message = "e.json: [1].arms[1].share: 0.6 brings the sum of the shares to 1.1, more than 1"
        #expect(throws: Fault(.badInput, message)) {
            try StrictJSON.decode([Experiment].self, from: json.utf8, named: "e.json")
        }
    }
}
