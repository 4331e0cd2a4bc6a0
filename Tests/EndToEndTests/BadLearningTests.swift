import Foundation
import TestSupport
import Testing

/// What commands about learning must refuse: with one line and the right status, and nothing left behind.
@Suite struct BadLearningTests {
    /// A library with titles, and a log of two viewers.
    private static func library(_ space: Workspace, log: [String] = [play("1", "v1"), play("2", "v2")]) throws
        -> [String]
    {
        try LearningStage.take(space, "titles", [#"{"id": "T1"}"#])
        if !log.isEmpty { try LearningStage.take(space, "events", log, ["--backfill"]) }
        return ["--library", space.library]
    }

    private static func play(_ id: String, _ viewer: String, more: String = "") -> String {
        #"{"v":1,"event_id":"\#(id)","type":"play","ts":"2026-11-20T00:00:00Z","viewer":"\#(viewer)","title":"T1"\#(more)}"#
    }

    /// A command on a sound library.
    private static func on(_ arguments: [String]) -> @Sendable (Workspace) throws -> [String] {
        { space in arguments + (try library(space)) }
    }

    static let arguments: [Refusal] = [
        Refusal("tune, days", 64, ["--days 0", "1 to 366"], on(["tune", "--days", "0"])),
        Refusal("tune, negative days", 64, ["--days -3"], on(["tune", "--days=-3"])),
        Refusal("tune, days that are none", 64, ["days", "nan"], on(["tune", "--days", "nan"])),
        Refusal("tune, holdout", 64, ["--holdout 367"], on(["tune", "--holdout", "367"])),
        Refusal("tune, lambda", 64, ["--lambda nan"], on(["tune", "--lambda", "nan"])),
        Refusal("tune, item lambda", 64, ["--item-lambda inf"], on(["tune", "--item-lambda", "inf"])),
        Refusal("tune, until", 64, ["--until tomorrow", "not a time"], on(["tune", "--until", "tomorrow"])),
        Refusal("tune, little of a log", 65, ["0 slots were shown", "100 are the least"], on(["tune"])),
        Refusal("evaluate, no policy", 64, ["no --policy"], on(["evaluate"])),
        Refusal(
            "evaluate, an unknown model", 66, ["2026-01-01-00000000"],
            on(["evaluate", "--policy", "2026-01-01-00000000"])),
        Refusal("evaluate, little of a log", 65, ["0 slots that were shown"], on(["evaluate", "--policy", "none"])),
        Refusal(
            "evaluate, a window that ends first", 64, ["--from 2026-11-22", "not before"],
            on(["evaluate", "--policy", "none", "--from", "2026-11-22T00:00:00Z", "--until", "2026-11-21T00:00:00Z"])),
        Refusal(
            "evaluate, from", 64, ["--from then", "not a time"], on(["evaluate", "--policy", "none", "--from", "then"])),
        Refusal("evaluate, no log", 66, ["none.csv"], on(["evaluate", "--policy", "uniform", "--log", "none.csv"])),
        Refusal("model, outside", 64, ["'../live' is no model's name"], on(["model", "show", "../live"])),
        Refusal("model, a hostile name", 64, ["is no model's name"], on(["model", "promote", "a\u{1B}[2Jb"])),
        Refusal("model, none is live", 66, ["no model is live"], on(["model", "show"])),
        Refusal(
            "model, promoting nothing", 66, ["2026-01-01-00000000"], on(["model", "promote", "2026-01-01-00000000"])),
        Refusal("model, nothing to go back to", 66, ["nothing was promoted"], on(["model", "rollback"])),
        Refusal("report, by", 64, ["by", "weather"], on(["report", "--by", "weather"])),
        Refusal("report, from", 64, ["--from 2026-13-01", "not a day"], on(["report", "--from", "2026-13-01"])),
        Refusal(
            "report, backwards", 64, ["--to 2026-11-01", "before --from"],
            on(["report", "--from", "2026-11-02", "--to", "2026-11-01"])),
        Refusal("report, no tables", 66, ["reel_days.csv"], on(["report", "--aggregates", "none"])),
        Refusal("report, nowhere", 73, ["none/page.html"], on(["report", "--html", "none/page.html"])),
        Refusal("report, tables where a file is", 73, ["titles.ndjson"], on(["report", "--tables", "titles.ndjson"])),
        Refusal("experiment, no file", 66, ["none.json"], on(["experiment", "start", "none.json"])),
        Refusal("experiment, a folder", 66, ["library"], on(["experiment", "start", "library"])),
        Refusal("experiment, of titles", 65, ["titles.ndjson"], on(["experiment", "start", "titles.ndjson"])),
        Refusal(
            "experiment, unknown", 66, ["'a/b' is not known", "there is none"], on(["experiment", "report", "a/b"])),
        Refusal(
            "experiment, no look", 64, ["--at never"],
            { space in
                _ = try library(space)
                return ["experiment", "report", "a/b", "--at", "never", "--library", space.library]
            }),
        Refusal("viewers, blank", 64, ["the viewer's id is blank"], on(["viewers", "forget", " "])),
        Refusal("viewers, a control character", 64, ["U+0007"], on(["viewers", "forget", "v\u{07}"])),
        Refusal("viewers, no keys", 66, ["none.json"], on(["viewers", "forget", "v1", "--keys", "none.json"])),
        Refusal(
            "viewers, keys that are none", 65, ["titles.ndjson"],
            on(["viewers", "forget", "v1", "--keys", "titles.ndjson"])),
        Refusal("snapshot, nowhere", 73, ["none/viewers"], on(["viewers", "snapshot", "-o", "none/viewers"])),
        Refusal("prune, no days", 64, ["retain-days"], on(["events", "prune"])),
        Refusal("prune, nothing kept", 64, ["--retain-days 0"], on(["events", "prune", "--retain-days", "0"])),
        Refusal("prune, negative", 64, ["--retain-days -1"], on(["events", "prune", "--retain-days=-1"])),
        Refusal(
            "prune, for ever", 64, ["--retain-days"], on(["events", "prune", "--retain-days", "99999999999999999999"])),
        Refusal("rank, weights", 64, ["--weights nan,1,1"], on(["rank", "--viewer", "v1", "--weights", "nan,1,1"])),
        Refusal("plan, weights", 64, ["--weights 1,1,1e9"], on(["plan", "--viewer", "v1", "--weights", "1,1,1e9"])),
        Refusal(
            "plan, temperature", 64, ["--temperature inf"], on(["plan", "--viewer", "v1", "--temperature", "inf"])),
        Refusal("plan, diversity", 64, ["--diversity nan"], on(["plan", "--viewer", "v1", "--diversity", "nan"])),
        Refusal("cadence, none", 66, ["none.yaml"], on(["cadence", "check", "none.yaml"])),
    ]

    @Test(arguments: arguments) func wrongArguments(refusal: Refusal) throws { try refusal.expect() }

    /// Commands that need a library, where there is none.
    static let commands = [
        ["tune"], ["evaluate", "--policy", "none"], ["model", "list"], ["model", "show"], ["model", "rollback"],
        ["report"],
        ["experiment", "list"], ["experiment", "stop", "a/b"], ["experiment", "report", "a/b"],
        ["viewers", "snapshot"],
        ["viewers", "forget", "v1"], ["events", "prune", "--retain-days", "9"], ["rank", "--viewer", "v1"],
        ["plan", "--viewer", "v1"],
    ]

    @Test(arguments: commands) func noLibrary(command: [String]) throws {
        try Refusal("no option", 64, ["no library is given"]) { _ in command }.expect()
        try Refusal("nothing there", 66, ["none"]) { _ in command + ["--library", "none"] }.expect()
        try Refusal("a file", 66, ["library"]) { space in
            command + ["--library", try space.write("hello", to: "library")]
        }.expect()
    }

    /// Commands that read the catalogue, on one that is none, is damaged, or is another program's.
    @Test(arguments: commands.filter { $0[0] != "model" }) func aBadCatalogue(command: [String]) throws {
        let broken: [(String, @Sendable (String) throws -> Void)] = [
            (
                "catalogue.sqlite",
                {
                    try Data("hello, I am no database, and long enough to be looked at".utf8).write(
                        to: URL(fileURLWithPath: $0))
                }
            ),
            (
                "not a catalogue",
                { path in
                    try FileManager.default.removeItem(atPath: path)
                    try Tools.check(
                        "python3",
                        [
                            "-c",
                            "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute('create table a(b)'); c.commit()",
                            path,
                        ])
                }
            ),
            (
                "schema version 99",
                { path in
                    try Tools.check(
                        "python3",
                        [
                            "-c",
                            "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute('pragma user_version=99'); c.commit()",
                            path,
                        ])
                }
            ),
        ]
        for (words, damage) in broken {
            let space = try Workspace()
            let library = try Self.library(space)
            let path = "\(space.library)/catalogue.sqlite"
            for more in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + more) }
            try damage(path)
            let before = try Listing(of: [space.path])
            let result = try Command.run(command + library)
            Refusal(words, 65, [words == "catalogue.sqlite" ? "catalogue.sqlite" : words]) { _ in [] }.expect(result)
            #expect(try Listing(of: [space.path]).changes(since: before).filter(Refusal.isOurs) == [])
        }
    }

    /// A model that is damaged is named by all that would use it, and nothing else becomes live.
    @Test(arguments: [
        Data(), Data("{".utf8), Data("\n".utf8), Data("{}\n".utf8),
        model(#""recency":1e9"#), model(#""recency":NaN"#), model(#""colour":1"#),
        model(#""recency":1"#, temperature: "-1"),
        model(#""recency":1"#) + Data([0, 0]), model(#""recency":1"#, more: #","titles":["A","A"]"#) + Data(count: 16),
        model(#""recency":1"#, more: #","titles":["A"]"#) + Data([0, 0, 0xC0, 0x7F]),
        model(#""recency":1"#, more: #","titles":["A","B"]"#) + Data(count: 15),
    ]) func aDamagedModel(bytes: Data) throws {
        let space = try Workspace()
        let library = try Self.library(space)
        let folder = "\(space.library)/models"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try bytes.write(to: URL(fileURLWithPath: "\(folder)/bad.model"))
        let before = try Listing(of: [folder])
        let named = [
            ["model", "show", "bad"], ["model", "promote", "bad"], ["model", "list"],
            ["evaluate", "--policy", "none", "--policy", "bad"],
            ["rank", "--viewer", "v1", "--model", "bad"], ["plan", "--viewer", "v1", "--model", "bad"],
        ]
        for command in named where command[0] != "evaluate" {
            Refusal("", 65, ["bad.model"]) { _ in [] }.expect(try Command.run(command + library))
        }
        try Data(#"{"model":"bad"}"#.utf8).write(to: URL(fileURLWithPath: "\(folder)/live"))
        for command in [["tune"], ["rank", "--viewer", "v1"], ["model", "show"]] {
            Refusal("", 65, []) { _ in [] }.expect(try Command.run(command + library))
        }
        try FileManager.default.removeItem(atPath: "\(folder)/live")
        #expect(try Listing(of: [folder]).changes(since: before) == [])
    }

    private static func model(_ weights: String, temperature: String = "0", more: String = "") -> Data {
        Data(
            (#"{"arrangement":"value","diversity":1,"format":"sizzle model 1","origin":{"created":"2026-11-01"},"tailTemperature":0,"#
                + #""temperature":\#(temperature),"weights":{\#(weights)}\#(more)}"# + "\n").utf8)
    }

    @Test func aDamagedLiveFile() throws {
        for text in [
            "", "{", "[]", #"{"model": 5}"#, #"{"model": "../../etc/passwd"}"#, #"{"model": "2026-01-01-00000000"}"#,
        ] {
            let space = try Workspace()
            let library = try Self.library(space)
            _ = try space.write("", to: "x")
            try FileManager.default.createDirectory(
                atPath: "\(space.library)/models", withIntermediateDirectories: true)
            _ = try space.write(text, to: "library/models/live")
            for command in [["rank", "--viewer", "v1"], ["tune"], ["model", "show"]] {
                let result = try Command.run(command + library)
                #expect([64, 65, 66].contains(result.status), "\(text): \(result.status) \(result.errors)")
                #expect(
                    result.errors.hasPrefix("error: ") && result.errors.split(separator: "\n").count == 1,
                    "\(result.errors)")
            }
        }
    }

    /// Lines of events that are refused with their place: nothing of the file is taken.
    @Test(arguments: [
        (play("x", "v\u{0}"), ["line 2"]),
        (play("x", #"v\u0000"#), ["line 2", "viewer", "U+0000"]),
        (play("x", "v", more: #","watched_ms":-1"#), ["line 2", "watched_ms: -1"]),
        (play("x", "v", more: #","watched_ms":1e400"#), ["line 2", "watched_ms"]),
        (
            play("x", "v").replacing("2026-11-20T00:00:00Z", with: "2026-02-30T00:00:00Z"),
            ["line 2", "ts", "2026-02-30"]
        ),
        (play("x", "v").replacing(#""play""#, with: "7"), ["line 2", "type"]),
        (impression(#""slot":1,"propensity":1.5"#), ["line 2", "propensity"]),
        (impression(#""slot":1,"propensity":NaN"#), ["line 2"]),
        (impression(#""slot":2"#), ["line 2", "slot 2 is not the 1th"]),
        (impression(#""slot":1,"ms":9223372036854775807"#), ["line 2", "length from 0 to a day"]),
    ]) func aBadLine(line: String, words: [String]) throws { try refuses(line, words) }

    @Test func aHugeLine() throws {
        let big = String(repeating: "x", count: 10 << 20)
        try refuses(Self.play("x", "v", more: #","big":"\#(big)""#), ["line 2", "10485859 bytes, more than 1048576"])
        try refuses(String(repeating: "[", count: 1 << 20), ["line 2"])
    }

    private func refuses(_ line: String, _ words: [String]) throws {
        try Refusal("a bad line", 65, ["bad.ndjson"] + words) { space in
            let library = try Self.library(space)
            let path = try space.write(Self.play("good", "v9") + "\n" + line + "\n", to: "bad.ndjson")
            return ["events", "import", path] + library
        }.expect()
    }

    private static func impression(_ slot: String) -> String {
        play("x", "v").replacing(#""play""#, with: #""impression""#).dropLast()
            + #","reel":"r","edition":"e","slots":[{\#(slot),"title":"A","clip":"80"}]}"#
    }

    /// Numbers as large as can be written are taken, and break no sum.
    @Test func hugeNumbersBreakNoReport() throws {
        let space = try Workspace()
        let huge = "9223372036854775807"
        let slot = #","reel":"R","edition":"e","slot":\#(huge),"clip":"80","n":\#(huge)"#
        let log = (0..<3).flatMap { number in
            [
                Self.play("p\(number)", "v", more: #","watched_ms":\#(huge),"duration_ms":\#(huge)"#),
                Self.play(
                    "b\(number)", "v",
                    more: slot.replacing("R", with: "r\(number)") + #","stalled_ms":\#(huge),"at_ms":\#(huge)"#
                )
                .replacing(#""play""#, with: #""rebuffer""#),
                Self.play("s\(number)", "v", more: slot.replacing("R", with: "r\(number)") + #","at_ms":\#(huge)"#)
                    .replacing(#""play""#, with: #""skip""#),
            ]
        }
        let library = try Self.library(space, log: log)
        for by in ["day", "arm"] {
            let report = try Command.run(["report", "--by", by, "--tables", space.file("tables")] + library)
            #expect(report.status == 0, "\(report.errors)")
        }
        let reels = try String(contentsOfFile: space.file("tables/reel_days.csv"), encoding: .utf8).split(
            separator: "\n")
        // Nobody waits longer than an hour, and no slot runs for more than a day; all were shown at once, and the play is one of them.
        #expect(reels.last == "2026-11-20,e,,,3,0,0,0,0,0,1,10800000,259200000,0", "\(reels)")
        #expect(try Command.run(["rank", "--viewer", "v"] + library).status == 0)
    }

    /// Tables from elsewhere.
    @Test(arguments: [
        ("", "", ["reel_days.csv", "its first line is not day,edition"]),
        (reelHead, "", ["slot_days.csv", "its first line is not day,edition"]),
        (reelHead + "2026-11-20,e,c,,1,1\n", slotHead, ["reel_days.csv: line 2", "has 6 columns, not 14"]),
        (
            reelHead + "2026-11-20,e,c,,1,1,1,1,1,1,1,1,1,-1\n", slotHead,
            ["reel_days.csv: line 2", "'-1' in column 14 is no count"]
        ),
        (reelHead + "2026-11-20,e,c,,1,1,1,1,1,1,1,nan,1,1\n", slotHead, ["reel_days.csv: line 2", "'nan'"]),
        (
            reelHead + "2026-11-20,e,c,,1,1,1,1,1,1,1,1,9223372036854775807,1\n", slotHead,
            ["reel_days.csv: line 2", "no count"]
        ),
        (reelHead, slotHead + "2026-11-20,e,c,x,T,80,1,1,1,1,1\n", ["slot_days.csv: line 2", "'x'"]),
        (reelHead, slotHead + "2026-11-20,e,c,1,\"T,80,1,1,1,1,1\n", ["slot_days.csv: line 2", "columns"]),
    ]) func badTables(reels: String, slots: String, words: [String]) throws {
        try Refusal("bad tables", 65, words) { space in
            try FileManager.default.createDirectory(atPath: space.file("t"), withIntermediateDirectories: true)
            _ = try space.write(reels, to: "t/reel_days.csv")
            _ = try space.write(slots, to: "t/slot_days.csv")
            return ["report", "--aggregates", space.file("t")]
        }.expect()
    }

    private static let reelHead =
        "day,edition,cadence,arm,delivered,started,completed,full,clicked,played_through,plays,stalled_ms,played_ms,bots\n"
    private static let slotHead = "day,edition,cadence,slot,title,clip,starts,completes,skips,clicks,plays\n"
}
