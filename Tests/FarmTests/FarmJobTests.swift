import Diagnostics
import Farm
import Plans
import Testing

@Suite struct FarmJobTests {
    private func job(_ text: String) throws -> FarmJob {
        try FarmJob(StrictJSON.Line(Array(text.utf8)[...], number: 7, of: "jobs.ndjson"))
    }

    @Test func aLineIsAPlanOrAViewer() throws {
        let plan = try job(
            #"{"output": "d/a.mp4", "edition": "current", "slots": [{"title": "A", "type": "80", "why": [1]}], "#
                + #""audio": {"mode": "none"}, "rendition": "v360-500", "more": {}}"# + "\r")
        #expect(plan.output == "d/a.mp4" && plan.rendition == "v360-500" && plan.edition == "current")
        #expect(
            plan.content
                == .plan(
                    ReelPlan(
                        slots: [.init(title: "A", type: "80")], audio: AudioSettings(mode: AudioSettings.Mode.none))))
        let viewer = try job(#"{"output": "b.mp4", "viewer": "v1", "cadence": "short.yaml", "seed": 7}"#)
        #expect(viewer.content == .viewer(ViewerJob(viewer: "v1", cadence: "short.yaml", seed: 7)))
        #expect(try job(#"{"output": "b.mp4", "viewer": "v1"}"#).content == .viewer(ViewerJob(viewer: "v1")))
    }

    static let slots = #""slots": [{"title": "A", "type": "80"}]"#
    static let refused: [(String, String)] = [
        ("{\"output\"", "not JSON"), ("[]", "expected an object"), ("{\(slots)}", "output: is missing"),
        (#"{"output": 1}"#, "output: expected a string, found 1"),
        ("{\"output\": \"../a.mp4\", \(slots)}", "leads out"),
        ("{\"output\": \"a/../../b\", \(slots)}", "leads out"), ("{\"output\": \"/a\", \(slots)}", "is absolute"),
        ("{\"output\": \"a//b\", \(slots)}", "empty part"), ("{\"output\": \"./a\", \(slots)}", "empty part"),
        ("{\"output\": \"a/\", \(slots)}", "empty part"), ("{\"output\": \"\", \(slots)}", "is empty"),
        ("{\"output\": \"a\\nb\", \(slots)}", "U+000A"), ("{\"output\": \"a\\u0000b\", \(slots)}", "U+0000"),
        ("{\"output\": \"shards/a\", \(slots)}", "farm keeps"),
        ("{\"output\": \"manifest.ndjson\", \(slots)}", "farm keeps"),
        ("{\"output\": \".a.partial\", \(slots)}", "unfinished"),
        ("{\"output\": \"\(String(repeating: "a", count: 201))\", \(slots)}", "200 bytes"),
        (#"{"output": "a"}"#, "neither slots nor a viewer"),
        (#"{"output": "a", "slots": []}"#, "slots: the list is empty"),
        (#"{"output": "a", "slots": [{"title": "A"}]}"#, "slots[0]: needs a title and a type"),
        (#"{"output": "a", "slots": [{"title": "A", "type": 80}]}"#, "slots[0].type: expected a string, found 80"),
        (#"{"output": "a", "slots": [1]}"#, "slots[0]: expected an object"),
        (#"{"output": "a", "slots": {}}"#, "slots: expected an array"),
        ("{\"output\": \"a\", \"audio\": {\"mode\": \"loud\"}, \(slots)}", "'loud' is not a mode"),
        ("{\"output\": \"a\", \"audio\": {\"start\": -1}, \(slots)}", "audio.start: -1 is negative"),
        ("{\"output\": \"a\", \"edition\": 1, \(slots)}", "edition: expected a string"),
        (#"{"output": "a", "viewer": " "}"#, "viewer: the name is blank"),
        (#"{"output": "a", "viewer": "v", "seed": -1}"#, "seed: expected a whole number from 0, found -1"),
    ]

    @Test(arguments: refused) func aLineThatIsWrongIsNamed(text: String, reason: String) {
        let fault = #expect(throws: Fault.self) { try job(text) }
        #expect(fault?.status == .badInput)
        #expect(fault?.message.hasPrefix("jobs.ndjson: line 7: ") == true, "\(fault?.message ?? "")")
        #expect(fault?.message.contains(reason) == true, "\(fault?.message ?? "")")
    }
}
