import Foundation
import TestSupport
import Testing

/// Logs and policies as tables, and snapshots of viewers, that are not what they should be.
@Suite struct BadBanditTests {
    private static let head = "item_id,position,click,propensity_score\n"
    private static let good = head + "0,1,0,0.5\n1,1,1,0.5\n"

    @Test(
        arguments: [
            ("", 65, ["no column 'item_id'"]),
            ("item_id,position,click\n0,1,0\n", 65, ["no column 'propensity_score'"]),
            (head, 65, []),
            (head + "0,1,0\n", 65, ["line 2", "has 3 columns, not 4"]),
            (head + "0,1,0,nan\n", 65, ["line 2", "'nan' is no number"]),
            (head + "0,1,inf,0.5\n", 65, ["line 2", "'inf' is no number"]),
            (head + "a,1,0,0.5\n", 65, ["line 2", "'a' is no whole number"]),
            (head + "0,0,0,0.5\n", 65, ["line 2", "position 0 is out of range"]),
            (head + "-1,1,0,0.5\n", 65, ["line 2", "item -1"]),
            (head + "9223372036854775807,1,0,0.5\n", 65, ["line 2", "out of range"]),
            (head + "0,-9223372036854775808,0,0.5\n", 65, ["line 2", "out of range"]),
            (head + "0,1,0,0\n1,1,0,0.5\n", 65, ["propensity"]),
            (head + "0,1,0,-0.5\n1,1,0,0.5\n", 65, ["propensity"]),
            (head + "0,1,0,1.5\n1,1,0,0.5\n", 65, ["propensity"]),
            (head + "0,1,0\u{0},0.5\n", 65, ["line 2"]),
        ] as [(String, Int32, [String])]) func aBadLog(text: String, status: Int32, words: [String]) throws
    {
        try Refusal("a log", status, ["log.csv"] + words) { space in
            ["evaluate", "--policy", "uniform", "--log", try space.write(text, to: "log.csv")]
        }.expect()
    }

    @Test(arguments: [
        ("item_id,position\n0,1\n", ["no column 'probability'"]),
        ("item_id,position,probability\n", []),
        ("item_id,position,probability\n0,1,0.5\n1,1,0.4\n", ["add up to 0.9"]),
        ("item_id,position,probability\n0,1,1.5\n1,1,-0.5\n", ["1.5 is not a probability"]),
        ("item_id,position,probability\n0,1,nan\n1,1,1\n", ["line 2", "'nan'"]),
        ("item_id,position,probability\n20000,1,1\n", ["line 2", "out of range"]),
    ]) func aBadPolicy(text: String, words: [String]) throws {
        try Refusal("a policy", 65, ["policy.csv"] + words) { space in
            let policy = try space.write(text, to: "policy.csv")
            return ["evaluate", "--policy", policy, "--log", try space.write(Self.good, to: "log.csv")]
        }.expect()
    }

    @Test func aHugeLog() throws {
        try Refusal("a log", 65, ["log.csv: line 2", "no whole number"]) { space in
            let text = Self.head + String(repeating: "9", count: 10 << 20) + ",1,0,0.5\n"
            return ["evaluate", "--policy", "uniform", "--log", try space.write(text, to: "log.csv")]
        }.expect()
    }

    /// Nothing happened yet: reports are empty, and say so.
    @Test func anEmptyLog() throws {
        let space = try Workspace()
        try LearningStage.take(space, "titles", [#"{"id": "T1"}"#])
        let library = ["--library", space.library]
        let report = try Command.check(
            ["report", "--html", space.file("page.html"), "--tables", space.file("t")] + library)
        #expect(report.text.contains("no day: none was delivered"))
        let page = try String(contentsOfFile: space.file("page.html"), encoding: .utf8)
        #expect(page.contains("no day: none was delivered") && page.hasSuffix("</html>\n"))
        #expect(try Command.check(["report", "--aggregates", space.file("t")]).text == report.text)
        #expect(try Command.check(["viewers", "snapshot"] + library).text.contains("0 viewers"))
        #expect(
            try Command.check(["events", "prune", "--retain-days", "1"] + library).text.hasPrefix(
                "0 events and 0 reels"))
        #expect(try Command.check(["rank", "--viewer", "v"] + library).text.contains("T1"))
        try LearningStage.take(space, "events", [""])
        #expect(try Command.check(["model", "list"] + library).text == "the standard weights are live\n")
    }

    /// A name is text, wherever it is shown.
    @Test func hostileNamesAreTextInPages() throws {
        let space = try Workspace()
        let name = #"<script>alert(1)</script>,\"&"#
        let lines = (1...2).map {
            #"{"v":1,"event_id":"\#($0)","type":"slot_start","ts":"2026-11-20T00:00:0\#($0)Z","viewer":"v","reel":"r","#
                + #""edition":"e","slot":\#($0),"title":"\#(name)","clip":"\#(name)","n":1}"#
        }
        try LearningStage.take(space, "events", lines, ["--backfill"])
        let page = space.file("page.html")
        let arguments = ["report", "--html", page, "--tables", space.file("t"), "--library", space.library]
        let text = try Command.check(arguments).text
        let html = try String(contentsOfFile: page, encoding: .utf8)
        #expect(!html.contains("<script>") && html.contains("&lt;script&gt;"))
        let slots = try String(contentsOfFile: space.file("t/slot_days.csv"), encoding: .utf8)
        #expect(
            slots.contains(
                #"2026-11-20,e,,1,"<script>alert(1)</script>,""&","<script>alert(1)</script>,""&",1,0,0,0,0"#),
            "\(slots)")
        #expect(try Command.check(["report", "--aggregates", space.file("t")]).text == text)
    }

    /// A service refuses to start on a snapshot that is none.
    @Test func aDamagedSnapshotIsNamed() throws {
        let space = try Workspace()
        try LearningStage.take(space, "titles", [#"{"id": "T1"}"#])
        let play = #"{"v":1,"event_id":"1","type":"play","ts":"2026-11-20T00:00:00Z","viewer":"v","title":"T1"}"#
        try LearningStage.take(space, "events", [play], ["--backfill"])
        let path = space.file("viewers.snapshot")
        try Command.check(["viewers", "snapshot", "-o", path, "--library", space.library])
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        var counts = whole
        counts.replaceSubrange(32..<40, with: [255, 255, 255, 255, 255, 255, 255, 127])
        var negative = whole
        negative.replaceSubrange(40..<48, with: Array(repeating: 255, count: 8))
        for bytes in [Data(), whole.prefix(63), whole.dropLast(3), counts, negative, Data("hello\n".utf8)] {
            try bytes.write(to: URL(fileURLWithPath: path))
            let result = try Command.run(
                ["serve", "--open", "--port", "0", "--viewers", path, "--library", space.library], timeout: 20)
            #expect(
                result.status == 65 && result.errors.contains("\(path): is no snapshot of viewers"), "\(result.errors)")
        }
    }

    /// Where nothing can be written.
    @Test(arguments: [
        ["report", "--html", "/proc/page.html"], ["report", "--tables", "/proc/tables"],
        ["viewers", "snapshot", "-o", "/proc/viewers.snapshot"], ["report", "--html", "/"],
        ["viewers", "snapshot", "-o", "/"],
    ]) func anUnwritablePlace(command: [String]) throws {
        try Refusal("unwritable", 73, [command.last ?? ""]) { space in
            try LearningStage.take(space, "titles", [#"{"id": "T1"}"#])
            return command + ["--library", space.library]
        }.expect()
    }
}
