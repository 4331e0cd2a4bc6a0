import TestSupport
import Testing

/// The schemas take what the command reads and refuse what it refuses.
@Suite struct SchemaTests {
    /// What is wrong with a document by a schema of docs/schemas.
    static func faults(_ schema: String, _ document: String) throws -> [String] {
        let check = Repository.path("Tests/Tools/json_schema.py")
        let result = try Tools.run(
            "python3", [check, Repository.path("docs/schemas/\(schema).schema.json"), document])
        guard result.errors.isEmpty else { throw ToolError(description: result.errors) }
        return result.lines
    }

    @Test(arguments: [
        ("clips", #"{"frameRate": "24/1", "clips": []}"#, ["$.clips: has too few entries"]),
        (
            "clips", #"{"frameRate": 24, "clips": 1}"#,
            ["$.frameRate: is int, not string", "$.clips: is int, not array"]
        ),
        (
            "clips", #"{"frameRate": "variable", "clips": [{"title": "A", "type": "80", "start": -1, "end": 80}]}"#,
            ["$.clips[0].start: -1 is out of range"]
        ),
        (
            "clips", #"{"frameRate": "24/1", "clips": [{"title": "", "type": "80", "start": 0.5}], "more": 1}"#,
            [
                "$.clips[0]: lacks end", "$.clips[0].title: is too short", "$.clips[0].start: is float, not integer",
            ]
        ),
        ("reel", #"{"slots": [{"title": "A"}]}"#, ["$: lacks edition", "$.slots[0]: lacks type"]),
        (
            "reel", #"{"edition": "current", "slots": [{"title": "A", "type": "80"}], "audio": {"mode": "loud"}}"#,
            ["$.audio.mode: 'loud' is none of ['bed', 'mix', 'clip', 'none']"]
        ),
        ("reel", #"{"edition": "current", "slots": [{"title": "A", "type": "80"}], "audio": {"start": 0}}"#, []),
        (
            "cadence",
            #"{"name": "c", "minTitles": 1, "maxTitles": 2, "repeat": {"max": 2}, "slots": [{"title": "S", "type": "o", "optional": true}, {"type": "80", "alternates": ["hero"]}]}"#,
            []
        ),
        (
            "cadence", #"{"slots": [{"frames": 0, "alternates": "hero"}]}"#,
            [
                "$: lacks name", "$.slots[0]: lacks type", "$.slots[0].frames: 0 is out of range",
                "$.slots[0].alternates: is str, not array",
            ]
        ),
        (
            "experiment",
            #"{"name": "e", "layer": "l", "hypothesis": "h", "arms": [{"name": "a", "share": 0.5}, {"name": "b", "share": 0.5, "changes": {"weights": {"recency": 0.1}}}], "control": "a", "metrics": {"primary": "completion"}, "smallestEffect": 0.01}"#,
            []
        ),
        (
            "experiment",
            #"{"name": "e", "layer": "l", "hypothesis": "h", "arms": [{"name": "a"}], "control": "a", "metrics": {"primary": "joy"}, "smallestEffect": 0.01, "note": 1}"#,
            [
                "$.arms: has too few entries",
                "$.metrics.primary: 'joy' is none of ['completion', 'full_watch', 'skip_rate', 'ctr', 'reel_ctr', 'play_through', 'rebuffer_ratio', 'plays_per_reel']",
                "$: has note, which is not known",
            ]
        ),
    ])
    func refuse(schema: String, document: String, faults: [String]) throws {
        let folder = try TemporaryFolder()
        #expect(try Self.faults(schema, folder.write(document, to: "document.json")) == faults)
    }
}
