import Foundation
import MediaTime
import TestSupport
import Testing

/// What the commands that read an edition or the catalogue say of plans, names and files that cannot be used.
///
/// The library that they read must not change either.
@Suite struct BadPlanTests {
    private static let good = PlanFile([TwelveTitles.ranked[0], TwelveTitles.ranked[3]])

    /// The library of the twelve titles.
    @Sendable private static func library() throws -> String { try TwelveTitles.shared().space.library }

    @Sendable private static func render(_ space: Workspace, _ plan: PlanFile) throws -> [String] {
        try render(space, space.write(plan, to: "reel.json"))
    }

    @Sendable private static func render(_ space: Workspace, text: String) throws -> [String] {
        try render(space, space.write(text, to: "reel.json"))
    }

    @Sendable private static func render(_ space: Workspace, _ path: String) throws -> [String] {
        try ["render", path, "--library", library(), "-o", space.file("reel.mp4"), "--quiet"]
    }

    @Sendable private static func edited(_ change: (inout PlanFile) -> Void) -> PlanFile {
        var plan = good
        change(&plan)
        return plan
    }

    private static let plans: [Refusal] = [
        Refusal("missing plan", 66, ["nowhere.json"]) { try render($0, $0.file("nowhere.json")) },
        Refusal("plan that is not JSON", 65, ["reel.json"]) { try render($0, text: "A 80, B 40") },
        Refusal("empty plan file", 65, ["reel.json"]) { try render($0, text: "") },
        Refusal("plan without slots", 65, ["reel.json", "slots"]) {
            try render($0, text: #"{"edition": "current", "slots": []}"#)
        },
        Refusal("slots that are no list", 65, ["reel.json", "slots"]) {
            try render($0, text: #"{"edition": "current", "slots": "A"}"#)
        },
        Refusal("type as a number", 65, ["reel.json", "type"]) {
            try render($0, text: #"{"edition": "current", "slots": [{"title": "T1", "type": 80}]}"#)
        },
        Refusal("unknown title", 65, ["reel.json", "slot 2", "Nobody"]) {
            try render($0, edited { $0.slots[1].title = "Nobody" })
        },
        Refusal("unknown type", 65, ["reel.json", "slot 2", "T2", "60"]) {
            try render($0, edited { $0.slots[1].type = "60" })
        },
        Refusal("unknown bed", 65, ["reel.json", "Polka", "main"]) {
            try render($0, edited { $0.audio = .init(bed: "Polka") })
        },
        Refusal("unknown mode", 65, ["reel.json", "loud"]) {
            try render($0, edited { $0.audio = .init(mode: "loud") })
        },
        Refusal("ducking upwards", 65, ["reel.json", "audio.duck"]) {
            try render(
                $0, text: #"{"edition": "current", "slots": [{"title": "A", "type": "80"}], "audio": {"duck": -3}}"#)
        },
        Refusal("unknown curve", 65, ["reel.json", "audio.fadeInCurve", "smooth"]) {
            try render(
                $0,
                text: #"{"edition": "current", "slots": [{"title": "A", "type": "80"}], "audio": {"fadeInCurve": "x"}}"#
            )
        },
        Refusal("negative start", 65, ["reel.json", "start"]) {
            try render($0, edited { $0.audio = .init(start: -1) })
        },
        Refusal("start past the bed", 65, ["reel", "too short"]) {
            try render($0, edited { $0.audio = .init(start: 100_000_000) })
        },
        Refusal("start at the end of time", 65, ["reel.json", "audio.start"]) {
            try render($0, edited { $0.audio = .init(start: .max) })
        },
        Refusal("fades at the end of time", 65, ["reel.json", "audio.fadeIn"]) {
            try render($0, edited { $0.audio = .init(fadeIn: .max, fadeOut: .max) })
        },
        Refusal("unknown edition", 66, [String(repeating: "0", count: 32)]) {
            try render($0, edited { $0.edition = String(repeating: "0", count: 32) })
        },
        Refusal("edition that is none", 65, ["../../etc"]) { try render($0, edited { $0.edition = "../../etc" }) },
    ]

    private static let places: [Refusal] = [
        Refusal("missing library", 66, ["nowhere"]) {
            ["lookup", "T1", "80", "--library", $0.file("nowhere")]
        },
        Refusal("a folder that is no library", 66, ["not a library"]) { ["lookup", "T1", "80", "--library", $0.path] },
        Refusal("lookup of an unknown title", 65, ["Nobody"]) { _ in
            try ["lookup", "Nobody", "80", "--library", library()]
        },
        Refusal("lookup of an unknown type", 65, ["T1", "60", "80"]) { _ in
            try ["lookup", "T1", "60", "--library", library()]
        },
        Refusal("lookup in an unknown edition", 66, [String(repeating: "0", count: 32)]) { _ in
            try ["lookup", "T1", "80", "--library", library(), "--edition", String(repeating: "0", count: 32)]
        },
        Refusal("promotion of an unknown edition", 66, [String(repeating: "f", count: 32)]) { _ in
            try ["editions", "promote", String(repeating: "f", count: 32), "--library", library()]
        },
        Refusal("rank without a catalogue", 66, ["catalogue"]) { _ in
            try ["rank", "--viewer", "v1", "--library", library()]
        },
        Refusal("plan without a catalogue", 66, ["catalogue"]) {
            try ["plan", "--viewer", "v1", "--library", library(), "-o", $0.file("reel.json")]
        },
        Refusal("rank of no titles", 64, ["--top"]) { _ in
            try ["rank", "--viewer", "v1", "--top", "0", "--library", library()]
        },
        Refusal("a time that is none", 64, ["--at", "yesterday"]) {
            try ["plan", "--viewer", "v1", "--at", "yesterday", "--library", library(), "-o", $0.file("reel.json")]
        },
        Refusal("verify of a missing reel", 66, ["nowhere.mp4"]) {
            let plan = try $0.write(good, to: "reel.json")
            return try ["verify", $0.file("nowhere.mp4"), "--plan", plan, "--library", library(), "--quiet"]
        },
        Refusal("verify of a text", 65, ["reel.mp4"]) {
            let plan = try $0.write(good, to: "reel.json")
            let text = try $0.write("no reel at all", to: "reel.mp4")
            return try ["verify", text, "--plan", plan, "--library", library(), "--quiet"]
        },
        Refusal("verify of another film", 65, ["288x160"]) {
            let plan = try $0.write(good, to: "reel.json")
            let other = try TestMedia.stamped(size: (288, 160), frames: 48)
            return try ["verify", other, "--plan", plan, "--library", library(), "--quiet"]
        },
        Refusal("titles that are not JSON", 65, ["titles.json"]) {
            ["titles", "import", try $0.write("A, B", to: "titles.json"), "--library", try library()]
        },
        Refusal("missing titles", 66, ["titles.json"]) {
            ["titles", "import", $0.file("titles.json"), "--library", try library()]
        },
        Refusal("missing events", 66, ["events.ndjson"]) {
            ["events", "import", $0.file("events.ndjson"), "--library", try library()]
        },
        Refusal("unknown subcommand", 64, ["frobnicate"]) { _ in ["frobnicate"] },
        Refusal("unknown flag", 64, ["--frobnicate"]) { _ in ["lookup", "A", "80", "--frobnicate"] },
        Refusal("an argument too many", 64, ["extra"]) { _ in ["lookup", "A", "80", "extra"] },
        Refusal("an argument missing", 64, ["type"]) { _ in ["lookup", "A"] },
    ]

    private static let outputs: [Refusal] = [
        Refusal("output folder missing", 73, ["nowhere"]) {
            let plan = try $0.write(good, to: "reel.json")
            return try ["render", plan, "--library", library(), "-o", $0.file("nowhere/reel.mp4"), "--quiet"]
        },
        Refusal("output is a folder", 73, ["is a folder"]) {
            let plan = try $0.write(good, to: "reel.json")
            return try ["render", plan, "--library", library(), "-o", $0.path, "--quiet"]
        },
        Refusal("output is the plan", 64, ["reel.json", "input"]) {
            let plan = try $0.write(good, to: "reel.json")
            return try ["render", plan, "--library", library(), "-o", $0.path + "/./reel.json", "--quiet"]
        },
        Refusal("output is a link to the plan", 64, ["link.mp4", "input"]) {
            let plan = try $0.write(good, to: "reel.json")
            try FileManager.default.createSymbolicLink(atPath: $0.file("link.mp4"), withDestinationPath: plan)
            return try ["render", plan, "--library", library(), "-o", $0.file("link.mp4"), "--quiet"]
        },
        Refusal("output in the library", 64, ["library"]) {
            let plan = try $0.write(good, to: "reel.json")
            return try ["render", plan, "--library", library(), "-o", "\(library())/media/reel.mp4", "--quiet"]
        },
        Refusal("output in the library by a link", 64, ["library"]) {
            let plan = try $0.write(good, to: "reel.json")
            try FileManager.default.createSymbolicLink(
                atPath: $0.file("out"), withDestinationPath: "\(library())/editions")
            return try ["render", plan, "--library", library(), "-o", $0.file("out/reel.mp4"), "--quiet"]
        },
        Refusal("sheet in the library", 64, ["library"]) {
            let plan = try $0.write(good, to: "reel.json")
            return try ["sheet", plan, "--library", library(), "-o", "\(library())/sheet.png", "--quiet"]
        },
        Refusal("sheet over the plan", 64, ["reel.json"]) {
            let plan = try $0.write(good, to: "reel.json")
            return try ["sheet", plan, "--library", library(), "-o", plan, "--quiet"]
        },
    ]

    @Test(arguments: plans) func refusesPlans(refusal: Refusal) throws { try refusal.expect() }
    @Test(arguments: places) func refusesNames(refusal: Refusal) throws { try refusal.expect() }
    @Test(arguments: outputs) func refusesOutputs(refusal: Refusal) throws { try refusal.expect() }

    /// A refused command leaves its library alone too: with one of its own, which no other test uses meanwhile.
    @Test func leavesTheLibraryAsItIs() throws {
        let space = try Workspace()
        let mega = try TestMedia.stamped(size: (160, 96), frames: 240, idr: [40, 80, 120])
        try space.ingest(mega, rate: .film, [.init("A", "40", 40, 80)], beds: ["main=0-240"])
        let plan = try space.write(PlanFile([.init("A", "40", 40, 80)]), to: "reel.json")
        let refusals = [
            Refusal("no such title", 65, []) { _ in ["lookup", "B", "40", "--library", space.library] },
            Refusal("no such edition", 66, []) { _ in
                ["editions", "promote", String(repeating: "0", count: 32), "--library", space.library]
            },
            Refusal("no such folder", 73, []) { _ in
                ["render", plan, "--library", space.library, "-o", space.file("nowhere/reel.mp4"), "--quiet"]
            },
            Refusal("an index that does not fit", 65, []) {
                let clips = IndexFile(frameRate: "24/1", clips: [.init("A", "40", 40, 80), .init("B", "40", 80, 999)])
                return [
                    "ingest", mega, "--index", try $0.write(clips, to: "clips.json"), "--library", space.library,
                    "--quiet",
                ]
            },
        ]
        for refusal in refusals { try refusal.expect(watching: [space.path]) }
    }
}
