import Foundation
import TestSupport
import Testing

/// The help of each command is as it was when somebody last read it.
@Suite struct HelpTests {
    static let commands = [
        "", "index", "index import", "index export", "index check", "index diff", "assemble", "validate", "strip",
        "trace",
        "ingest", "editions", "editions list",
        "editions show", "editions verify", "editions promote", "editions rollback", "editions log", "editions diff",
        "editions prune", "editions pin", "editions unpin", "editions export", "editions import", "lookup", "titles",
        "titles import",
        "events", "events import", "events prune", "viewers", "viewers snapshot", "viewers forget", "cadence",
        "cadence check", "tune", "model", "model list", "model show", "model promote", "model rollback", "evaluate",
        "experiment", "experiment start", "experiment stop", "experiment list", "experiment report", "report",
        "rank", "plan", "probe", "render", "verify", "sheet", "serve", "keys", "keys new",
        "keys rotate", "keys add", "farm", "farm submit", "farm status", "farm merge", "jobs", "jobs make", "preview",
    ]

    /// Compares with `Tests/Golden/help/NAME.txt`; `SIZZLE_RECORD=1` writes it anew, and fails.
    @Test(arguments: commands) func isTheGoldenText(command: String) throws {
        let words = command.split(separator: " ").map(String.init)
        let name = (["sizzle"] + words).joined(separator: "-") + ".txt"
        let golden = Repository.path("Tests/Golden/help/\(name)")
        let help = try Tools.check(Repository.sizzle, words + ["--help"], environment: ["COLUMNS": "80"]).text
        if ProcessInfo.processInfo.environment["SIZZLE_RECORD"] != nil {
            try help.write(toFile: golden, atomically: true, encoding: .utf8)
            Issue.record("recorded \(name); look at it and run again without SIZZLE_RECORD")
            return
        }
        let expected = try? String(contentsOfFile: golden, encoding: .utf8)
        #expect(help == expected, "run with SIZZLE_RECORD=1 and look at the difference")
    }

    /// No command is forgotten in the list above.
    @Test func everyCommandIsListed() throws {
        var found = [""]
        for command in Self.commands {
            let words = command.split(separator: " ").map(String.init)
            let help = try Tools.check(Repository.sizzle, words + ["--help"]).text
            guard let part = help.components(separatedBy: "SUBCOMMANDS:\n").dropFirst().first else { continue }
            // A subcommand's name stands after two spaces, the continuation of its abstract after more.
            for line in part.split(separator: "\n") where line.hasPrefix("  ") && !line.hasPrefix("   ") {
                guard let name = line.split(separator: " ").first, name != "See" else { continue }
                found.append((words + [String(name)]).joined(separator: " "))
            }
        }
        #expect(found.sorted() == Self.commands.sorted())
    }
}
