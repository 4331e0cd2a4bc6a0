import Foundation
import TestSupport
import Testing

/// Viewers that are forgotten, events that are too old, and the snapshot that services open.
@Suite struct ForgetCommandTests {
    private struct Receipt: Decodable {
        struct Counts: Decodable, Equatable {
            var events: Int
            var reels: Int
        }
        struct File: Decodable, Equatable {
            var path: String
            var lines: Int
        }
        var viewer: [String]
        var at: String
        var catalogue: Counts
        var files: [File]
        var pending: [String]
        var isSnapshotRenewed: Bool
        var models: [String]
    }
    private struct Snapshot: Decodable {
        var output: String
        var viewers: Int
        var bytes: Int
    }

    private let space: Workspace
    private let library: [String]

    /// Thirty viewers of a log, which lies where a service would have written it too.
    init() throws {
        space = try Workspace()
        library = ["--library", space.library]
        let log = LoggedAudience(90, edition: "e", from: LearningStage.from, days: 14, viewers: 30, liking: 1)
        try LearningStage.take(space, "events", log.lines, ["--backfill"])
        try FileManager.default.createDirectory(atPath: "\(space.library)/events", withIntermediateDirectories: true)
        for (number, part) in [log.lines.prefix(200), log.lines.dropFirst(200)].enumerated() {
            _ = try space.write(part.joined(separator: "\n") + "\n", to: "library/events/events-\(number).ndjson")
        }
        #expect(log.lines.count > 300)
    }

    private func lines(_ path: String) throws -> [String] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    /// What the catalogue has of a viewer, by SQLite's own program.
    private func stored(_ viewer: String) throws -> [Int] {
        let script = """
            import sqlite3,sys
            db = sqlite3.connect('file:' + sys.argv[1] + '?mode=ro', uri=True)
            for table in ['events', 'deliveries']:
                print(db.execute('select count(*) from ' + table + ' where viewer = ?', sys.argv[2:]).fetchone()[0])
            for table in ['delivered_slots', 'delivered_arms']:
                print(db.execute('select count(*) from ' + table + ' where reel not in (select reel from deliveries)').fetchone()[0])
            """
        return try Tools.check("python3", ["-c", script, "\(space.library)/catalogue.sqlite", viewer]).lines.compactMap
        { Int($0) }
    }

    /// Where in the library a text still stands, SQLite's files included.
    private func places(of text: String) throws -> [String] {
        guard let names = FileManager.default.enumerator(atPath: space.library) else { return [] }
        return names.compactMap { $0 as? String }.filter { name in
            (FileManager.default.contents(atPath: "\(space.library)/\(name)") ?? Data()).range(of: Data(text.utf8))
                != nil
        }
    }

    @Test func nothingOfAViewerIsLeft() throws {
        let log = LoggedAudience(90, edition: "e", from: LearningStage.from, days: 14, viewers: 30, liking: 1)
        let mine = log.lines.filter { $0.contains(#""viewer":"v7""#) }
        let reels = log.reels.count { $0.viewer == 7 }
        let before = try stored("v7")
        #expect(before == [mine.count, reels, 0, 0] && reels == 3)
        let written = try Command.json(Snapshot.self, ["viewers", "snapshot"] + library)
        #expect(written.output == "\(space.library)/viewers.snapshot" && written.viewers > 20)
        let others = try ["0", "1"].map { try lines("\(space.library)/events/events-\($0).ndjson") }

        let receipt = try Command.json(Receipt.self, ["viewers", "forget", "v7"] + library)
        #expect(receipt.catalogue == .init(events: mine.count, reels: reels))
        let digest = try Tools.check("sha256sum", [try space.write("v7", to: "name")]).text.prefix(64)
        #expect(receipt.viewer == [String(digest)])
        let removed = others.enumerated().map { number, lines in
            Receipt.File(
                path: "\(space.library)/events/events-\(number).ndjson",
                lines: lines.count { $0.contains(#""viewer":"v7""#) })
        }
        #expect(receipt.files == removed.filter { $0.lines > 0 } && receipt.pending == [] && receipt.models == [])
        #expect(receipt.isSnapshotRenewed)
        #expect(try stored("v7") == [0, 0, 0, 0])
        #expect(try places(of: #""v7""#) == [])
        // Nobody else lost a line, in the log or in the catalogue.
        for (number, lines) in others.enumerated() {
            let now = try self.lines("\(space.library)/events/events-\(number).ndjson")
            #expect(now == lines.filter { !$0.contains(#""viewer":"v7""#) })
        }
        #expect(try stored("v8")[0] == log.lines.count { $0.contains(#""viewer":"v8""#) })
        let renewed = try Command.json(
            Snapshot.self, ["viewers", "snapshot", "-o", space.file("other.snapshot")] + library)
        #expect(renewed.viewers == written.viewers - 1)
        #expect(FileManager.default.contentsEqual(atPath: renewed.output, andPath: written.output))

        // What comes from any file again is not taken; what the viewer does from now on is.
        let again = try Command.check(["events", "import", space.file("events.ndjson"), "--backfill"] + library).text
        #expect(
            again.contains("0 events added") && again.contains("\(mine.count) of forgotten viewers left out"),
            "\(again)")
        #expect(try stored("v7") == [0, 0, 0, 0] && places(of: #""v7""#) == [])
        let now = Date().addingTimeInterval(60).formatted(.iso8601)
        let play = #"{"v":1,"event_id":"new","type":"play","ts":"\#(now)","viewer":"v7","title":"T1"}"#
        try LearningStage.take(space, "events", [play])
        #expect(try stored("v7")[0] == 1)
        // For people, the second time.
        let text = try Command.check(["viewers", "forget", "v7"] + library).text
        #expect(
            text.contains("1 events and 0 reels of the catalogue")
                && text.contains("the snapshot of viewers was made anew"))
        #expect(try stored("v7")[0] == 0)
    }

    /// The service's pseudonym is found by its keys; without them only the id.
    @Test func pseudonymsAreForgottenByTheKeys() throws {
        let keys = space.file("keys.json")
        try Command.check(["keys", "new", keys])
        let receipt = try Command.json(Receipt.self, ["viewers", "forget", "v1", "--keys", keys] + library)
        #expect(receipt.viewer.count == 2 && Set(receipt.viewer.map(\.count)) == [64])
        let nobody = try Command.json(Receipt.self, ["viewers", "forget", "nobody"] + library)
        #expect(nobody.catalogue == .init(events: 0, reels: 0) && nobody.files == [] && !nobody.isSnapshotRenewed)
    }

    private struct Counts: Decodable {
        var events: Int
        var reels: Int
    }

    @Test func whatIsOldGoes() throws {
        let days = (0..<10).map { Date().addingTimeInterval(Double(-$0) * 86_400 - 60).formatted(.iso8601) }
        let plays = days.enumerated().map {
            #"{"v":1,"event_id":"d\#($0)","type":"play","ts":"\#($1)","viewer":"w\#($0)","title":"T1"}"#
        }
        try LearningStage.take(space, "events", plays, ["--backfill"])
        let snapshot = try Command.json(Snapshot.self, ["viewers", "snapshot"] + library)
        let before = try ["w0", "w4", "w5", "w9"].map { try stored($0)[0] }
        #expect(before == [1, 1, 1, 1])
        let text = try Command.check(["events", "prune", "--retain-days", "5"] + library).text
        #expect(text.contains("events and 90 reels from before") && text.contains("are removed"), "\(text)")
        #expect(try ["w0", "w4", "w5", "w9"].map { try stored($0)[0] } == [1, 1, 0, 0])
        #expect(try stored("v8") == [0, 0, 0, 0])
        let counts = try Command.json(Counts.self, ["events", "prune", "--retain-days", "5"] + library)
        #expect(counts.events == 0 && counts.reels == 0)
        // What services would open has nothing older either.
        let fresh = try Command.json(Snapshot.self, ["viewers", "snapshot", "-o", space.file("fresh")] + library)
        #expect(fresh.viewers == 5 && fresh.viewers < snapshot.viewers)
        #expect(FileManager.default.contentsEqual(atPath: fresh.output, andPath: snapshot.output))
    }

    /// A snapshot never takes the place of the library's own files.
    @Test func aSnapshotOverwritesNothingOfTheLibrary() throws {
        for name in ["catalogue.sqlite", "events/events-0.ndjson", "library.json"] {
            let refused = try Command.run(["viewers", "snapshot", "-o", "\(space.library)/\(name)"] + library)
            #expect(
                refused.status == 64 && refused.errors.contains("lies in the library"), "\(name): \(refused.errors)")
        }
        #expect(try stored("v7")[0] > 0)
    }
}
