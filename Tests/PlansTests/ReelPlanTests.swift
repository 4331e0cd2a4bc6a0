import Diagnostics
import Foundation
import MediaTime
import Testing

@testable import Plans

/// Writes `json` to a file of its own, and hands its path to `body`.
private func withFile<T>(_ json: String, _ body: (String) throws -> T) throws -> T {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).json")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(json.utf8).write(to: file)
    return try body(file.path)
}

@Suite struct ReelPlanTests {
    /// The example of the contract.
    private let example = ReelPlan(
        slots: [.init(title: "A", type: "80"), .init(title: "B", type: "40")],
        audio: AudioSettings(bed: "main", mode: .bed, start: 0, fadeIn: 3_072, fadeOut: 48_000))

    @Test func readsTheContractsExample() throws {
        let json = """
            {"edition": "current", "slots": [{"title": "A", "type": "80"}, {"title": "B", "type": "40"}],
             "audio": {"bed": "main", "mode": "bed", "start": 0, "fadeIn": 3072, "fadeOut": 48000}, "extra": {}}
            """
        #expect(try withFile(json) { try ReelPlan.load($0) } == example)
    }

    @Test(arguments: [
        (#"{"edition": "current", "slots": []}"#, "slots: the list is empty; a reel needs at least one clip"),
        (#"{"edition": "current"}"#, "the key 'slots' is missing"),
        (#"{"edition": " ", "slots": []}"#, #"edition: the id is blank; write "current" for the live edition"#),
        (
            #"{"edition": "e", "slots": [{"title": "A", "type": "80"}, {"title": "", "type": "80"}]}"#,
            "slots[1].title: the name is empty"
        ),
        (#"{"edition": "e", "slots": [{"title": "A"}]}"#, "slots[0]: the key 'type' is missing"),
        (
            #"{"edition": "e", "slots": [{"title": "A", "type": "8"}], "audio": {"fadeIn": -1}}"#,
            "audio.fadeIn: -1 is negative; it counts samples from 0"
        ),
        (
            #"{"edition": "e", "slots": [{"title": "A", "type": "8"}], "audio": {"fadeOut": -48000}}"#,
            "audio.fadeOut: -48000 is negative; it counts samples from 0"
        ),
        (
            #"{"edition": "e", "slots": [{"title": "A", "type": "8"}], "audio": {"start": -5}}"#,
            "audio.start: -5 is negative; it counts samples from 0"
        ),
        (
            #"{"edition": "e", "slots": [{"title": "A", "type": "8"}], "audio": {"mode": "loud"}}"#,
            "audio.mode: 'loud' is not a mode; use one of bed, mix, clip, none"
        ),
        (
            #"{"edition": "e", "slots": [{"title": "A", "type": "8", "score": "1"}]}"#,
            "slots[0].score: expected a number, found a string"
        ),
    ])
    func refusesWhatNoEditionCouldRender(json: String, message: String) throws {
        try withFile(json) { path in
            _ = #expect(throws: Fault(.badInput, "\(path): \(message)")) { try ReelPlan.load(path) }
        }
    }

    @Test func writesSortedJSONThatReadsBackAsItself() throws {
        var plan = example
        plan.seed = .max
        plan.slots[0].score = 0.1 + 0.2
        plan.slots[0].why = [.init(feature: "recency", value: 0.5, weight: 0.02)]
        let json = try plan.encodedJSON()
        #expect(
            String(decoding: json, as: UTF8.self) == """
                {
                  "audio" : {
                    "bed" : "main",
                    "fadeIn" : 3072,
                    "fadeOut" : 48000,
                    "mode" : "bed",
                    "start" : 0
                  },
                  "edition" : "current",
                  "seed" : 18446744073709551615,
                  "slots" : [
                    {
                      "score" : 0.30000000000000004,
                      "title" : "A",
                      "type" : "80",
                      "why" : [
                        {
                          "feature" : "recency",
                          "product" : 0.01,
                          "value" : 0.5,
                          "weight" : 0.02
                        }
                      ]
                    },
                    {
                      "title" : "B",
                      "type" : "40"
                    }
                  ]
                }

                """)
        #expect(try withFile(String(decoding: json, as: UTF8.self)) { try ReelPlan.load($0) } == plan)
    }

    @Test func refusesToWriteWhatIsNoNumber() {
        var plan = example
        plan.slots[0].score = .nan
        #expect(throws: Fault.self) { try plan.encodedJSON() }
    }
}

@Suite struct ReelIdentityTests {
    private let plan = ReelPlan(
        slots: [.init(title: "Amélie \"2\"\u{1}\t\\/", type: "80"), .init(title: "B", type: "40")],
        audio: AudioSettings(bed: "main", mode: .bed, start: 0, fadeIn: 3_072, fadeOut: 48_000))

    /// python3: sha256(json.dumps({"edition": "0f" * 16, "slots": [["Amélie \"2\"\x01\t\\/", "80"], ["B", "40"]], "audio":
    /// {"bed": "main", "mode": "bed", "start": 0, "fadeIn": 3072, "fadeOut": 48000}}, sort_keys=True,
    /// separators=(",", ":"), ensure_ascii=False)).hexdigest()[:32]
    @Test func isTheHashOfTheCanonicalJSON() {
        #expect(plan.identity(edition: String(repeating: "0f", count: 16)) == "4efa50e197db97940550a03bde57c50a")
    }

    /// The same with `"audio": {"mode": "none"}`.
    @Test func leavesOutWhatTheSoundDoesNotNeed() {
        var silent = plan
        silent.audio = AudioSettings(mode: AudioSettings.Mode.none)
        #expect(silent.identity(edition: String(repeating: "0f", count: 16)) == "e223b93384e6435d5eefd372ddddc830")
    }

    @Test func ignoresWhatDoesNotMakeTheReel() {
        var other = plan
        other.viewer = "v1"
        other.cadence = "default"
        other.seed = 7
        other.at = "2026-11-24T00:00:00Z"
        other.reel = "x"
        other.edition = "0f"
        other.slots[0].score = 1
        other.slots[0].why = []
        #expect(other.identity(edition: "e") == plan.identity(edition: "e"))
    }

    @Test func changesWithAllThatMakesTheReel() {
        var ids = [plan.identity(edition: "e"), plan.identity(edition: "f")]
        for change: (inout ReelPlan) -> Void in [
            { $0.slots.swapAt(0, 1) }, { $0.slots[1].type = "80" }, { $0.slots[1].title = "C" },
            { $0.slots.removeLast() }, { $0.audio?.bed = "other" }, { $0.audio?.mode = .mix },
            { $0.audio?.start = 1024 },
            { $0.audio?.fadeIn = 0 }, { $0.audio?.fadeOut = 0 },
            {
                $0.slots[0].title = "B"; $0.slots[1].title = "A"
            },
        ] {
            var other = plan
            change(&other)
            ids.append(other.identity(edition: "e"))
        }
        #expect(Set(ids).count == ids.count)
    }
}

@Suite struct AudioSettingsTests {
    @Test func resolvesToWhatIsHeard() throws {
        let beds = ["main", "calm"]
        let full = AudioSettings(bed: "main", mode: .bed, start: 0, fadeIn: 3_072, fadeOut: 48_000)
        #expect(try AudioSettings().resolved(beds: beds) == full)
        #expect(try AudioSettings(start: 1_023).resolved(beds: beds) == full)
        #expect(
            try AudioSettings(bed: "calm", start: 2_050, fadeIn: 0, fadeOut: 1).resolved(beds: beds)
                == AudioSettings(bed: "calm", mode: .bed, start: 2_048, fadeIn: 0, fadeOut: 1))
        #expect(
            try AudioSettings(bed: "main", mode: AudioSettings.Mode.none).resolved(beds: beds)
                == AudioSettings(mode: AudioSettings.Mode.none))
        #expect(try AudioSettings().resolved(beds: []) == AudioSettings(mode: AudioSettings.Mode.none))
        #expect(
            try AudioSettings().resolved(beds: [], ducking: Ducking())
                == AudioSettings(mode: .clip, fadeIn: 3_072, fadeOut: 48_000))
    }

    /// What `mix` needs comes from the edition where the plan is silent; the other modes drop it.
    @Test func ducksAsTheEditionSays() throws {
        let ducking = Ducking(duck: Decibels(hundredths: 900), attack: 100, release: 200)
        let mixed = AudioSettings(
            bed: "main", mode: .mix, start: 0, fadeIn: 3_072, fadeOut: 48_000, duck: Decibels(hundredths: 900),
            attack: 100, release: 200)
        #expect(try AudioSettings(mode: .mix).resolved(beds: ["main"], ducking: ducking) == mixed)
        var own = AudioSettings(mode: .mix, duck: Decibels(hundredths: 650), attack: 0, release: 1)
        let found = try own.resolved(beds: ["main"], ducking: ducking)
        #expect([found.duck?.hundredths, found.attack.map(Int32.init), found.release.map(Int32.init)] == [650, 0, 1])
        own.mode = .bed
        #expect(
            try own.resolved(beds: ["main"], ducking: ducking)
                == AudioSettings(bed: "main", mode: .bed, start: 0, fadeIn: 3_072, fadeOut: 48_000))
    }

    /// A curve that is the default says nothing, so that it does not make another reel of the same sound.
    @Test func theUsualCurvesAreLeftOut() throws {
        let usual = AudioSettings(fadeInCurve: .smooth, fadeOutCurve: .smooth)
        #expect(try usual.resolved(beds: ["main"]) == AudioSettings().resolved(beds: ["main"]))
        let other = try AudioSettings(fadeInCurve: .linear, fadeOutCurve: .equalPower).resolved(beds: ["main"])
        #expect([other.fadeInCurve, other.fadeOutCurve] == [.linear, .equalPower])
    }

    /// Levels are written as RFC 8785 writes numbers: the id is a contract.
    @Test func theIdNamesEveryKey() {
        var plan = ReelPlan(edition: "e", slots: [.init(title: "A", type: "80")])
        for (hundredths, text) in [(1_200, "12"), (1_050, "10.5"), (5, "0.05"), (0, "0"), (1_000, "10")]
            as [(Int32, String)]
        {
            plan.audio = AudioSettings(
                bed: "m", mode: .mix, start: 0, fadeIn: 1, fadeOut: 2, fadeInCurve: .linear, fadeOutCurve: .equalPower,
                duck: Decibels(hundredths: hundredths), attack: 3, release: 4)
            #expect(
                String(decoding: plan.canonicalJSON(edition: "e"), as: UTF8.self)
                    == #"{"audio":{"attack":3,"bed":"m","duck":\#(text),"fadeIn":1,"fadeInCurve":"linear","fadeOut":2,"#
                    + #""fadeOutCurve":"equalPower","mode":"mix","release":4,"start":0},"edition":"e","slots":[["A","80"]]}"#
            )
        }
    }

    @Test func refusesWhatTheEditionHasNot() {
        #expect(throws: Fault(.badInput, "audio.bed: this edition has no bed 'x'; it has main, calm")) {
            try AudioSettings(bed: "x").resolved(beds: ["main", "calm"])
        }
        #expect(throws: Fault(.badInput, "audio.mode: 'bed' needs a bed; this edition has none")) {
            try AudioSettings(mode: .bed).resolved(beds: [])
        }
        for mode in [AudioSettings.Mode.mix, .clip] {
            #expect(
                throws: Fault(
                    .badInput,
                    "audio.mode: '\(mode.rawValue)' needs clips with sound, and this edition keeps none of its clips'; use 'bed' "
                        + "or 'none', or ingest a Mega Asset with sound")
            ) { try AudioSettings(mode: mode).resolved(beds: ["main"]) }
        }
    }
}
