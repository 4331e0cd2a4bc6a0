import Foundation
import TestSupport
import Testing

/// Events that players send to the service: none that was acknowledged is lost, whatever happens to the process.
@Suite struct EventServiceTests {
    private struct Line: Decodable, Equatable {
        var event_id: String
        var type: String
        var viewer: String
        var reel: String
        var edition: String
    }

    private static func body(_ reel: ServiceStage.Reel, _ ids: [String], type: String = "slot_start") -> String {
        let events = ids.map {
            #"{"v": 1, "event_id": "\#($0)", "type": "\#(type)", "ts": "2026-11-24T20:15:03.120Z", "slot": 1, "title": "T1", "#
                + #""clip": "80", "n": 1, "viewer": "somebody else", "more": {"kept": [1, null, "ü"]}}"#
        }
        return #"{"token": "\#(reel.token)", "events": [\#(events.joined(separator: ","))]}"#
    }

    private static func lines(_ stage: ServiceStage, _ type: String) throws -> [Line] {
        let folder = "\(stage.space.library)/events"
        var lines: [Line] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() where name.hasSuffix(".ndjson")
        {
            for line in try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8).split(separator: "\n") {
                lines.append(try JSONDecoder().decode(Line.self, from: Data(line.utf8)))
            }
        }
        return lines.filter { $0.type == type }
    }

    /// The ids that the catalogue has, as SQLite's own program reads them.
    private static func stored(_ stage: ServiceStage) throws -> [String] {
        let script =
            "import sqlite3,sys\nfor r in sqlite3.connect('file:'+sys.argv[1]+'?mode=ro',uri=True)"
            + ".execute(\"select event_id from events where type='slot_start' order by 1\"): print(r[0])"
        return try Tools.check("python3", ["-c", script, "\(stage.space.library)/catalogue.sqlite"]).lines
    }

    private static func waitUntilStored(_ stage: ServiceStage, _ count: Int) throws -> [String] {
        let limit = Date().addingTimeInterval(10)
        while true {
            let ids = try stored(stage)
            if ids.count >= count || Date() > limit { return ids }
            usleep(100_000)
        }
    }

    @Test func eventsAreLoggedStoredAndCountedOnce() throws {
        let stage = try ServiceStage()
        let reel = try stage.reel()
        let first = try stage.ask("/v1/events", post: Self.body(reel, ["e1", "e2"]))
        #expect(first.status == 202 && first.text == #"{"accepted":2,"duplicates":0}"#, "\(first.text)")
        let second = try stage.ask("/v1/events", post: Self.body(reel, ["e2", "e3"]))
        #expect(second.text == #"{"accepted":1,"duplicates":1}"#)
        let lines = try Self.lines(stage, "slot_start")
        #expect(lines.map(\.event_id) == ["e1", "e2", "e3"])
        #expect(Set(lines.map(\.reel)) == [reel.reel] && Set(lines.map(\.edition)) == [reel.plan.edition])
        // Whose they are, the token says: by a name that nobody can trace.
        #expect(
            Set(lines.map(\.viewer)).count == 1 && lines[0].viewer.utf8.count == 32 && !lines[0].viewer.contains("v1"))
        #expect(try Self.waitUntilStored(stage, 3) == ["e1", "e2", "e3"])
        #expect(try Self.lines(stage, "impression").map(\.reel) == [reel.reel])
        #expect(try stage.metric(#"sizzle_slot_starts_total{slot="1"}"#) == 3)
        #expect(try stage.metric(#"sizzle_events_total{type="any",result="duplicate"}"#) == 1)
    }

    /// What was on screen: a slot that came to its end counts whole, a skipped one as far as it came, and not beyond its end.
    @Test func timeOnScreenIsCounted() throws {
        let stage = try ServiceStage()
        let reel = try stage.reel()
        #expect(reel.plan.slots[0].frames == 80)
        let skip = Self.body(reel, ["s1"], type: "skip").replacing(
            #""n": 1"#, with: #""n": 1, "to": "next", "at_ms": 1200"#)
        let late = skip.replacing("s1", with: "s2").replacing("1200", with: "999999")
        for body in [Self.body(reel, ["c1"], type: "slot_complete"), skip, late, skip] {
            #expect(try stage.ask("/v1/events", post: body).status == 202)
        }
        // 80 frames of 24 a second are 3,333 ms.
        let text = try stage.ask("/metrics").text
        #expect(text.contains("\nsizzle_played_seconds_total 7.866\n"), "\(text)")
    }

    /// What players say of themselves with requests for media is counted, and logged where it tells of a wait.
    @Test func clientDataIsCountedAndLogged() throws {
        let stage = try ServiceStage()
        let reel = try stage.reel()
        let segment = try #require(stage.segments(reel.hls.replacing("main", with: "source")).first)
        #expect(try stage.ask(segment, ["-H", "CMCD-Object: br=800", "-H", "CMCD-Status: bs"]).status == 200)
        #expect(try stage.ask(segment + "?CMCD=br%3D400%2Csu%2Csid%3D%22abc%22").status == 200)
        #expect(try stage.ask(segment + "?CMCD=br%3D300").status == 200)
        // Of what is not there nobody can say anything.
        let nothing = "/v1/m/\(String(repeating: "0a", count: 32)).0@0.m4s"
        #expect(try stage.ask(nothing, ["-H", "CMCD-Status: bs"]).status == 404)
        #expect(try stage.metric("sizzle_cmcd_starvations_total") == 1)
        #expect(try stage.metric("sizzle_cmcd_startups_total") == 1)
        #expect(try stage.metric("sizzle_cmcd_requests_total") == 3)
        #expect(try stage.metric("sizzle_cmcd_kilobits_total") == 1_500)
        #expect(try stage.server.stop() == 0)
        let log = try String(contentsOfFile: "\(stage.space.library)/events/events.ndjson", encoding: .utf8)
        let lines = log.split(separator: "\n").filter { $0.contains(#""type":"cmcd""#) }
        #expect(
            lines.count == 2 && lines[0].contains(#""br":800,"bs":1"#) && lines[1].contains(#""sid":"abc""#), "\(log)")
    }

    @Test func wrongEventsAreRefusedWhole() throws {
        let stage = try ServiceStage()
        let reel = try stage.reel()
        let good = Self.body(reel, ["g"])
        let cases: [(String, Int, String)] = [
            ("", 400, "the body"), (#"{"events": []}"#, 400, "the body"),
            (#"{"token": "abc", "events": []}"#, 403, "token"),
            (Self.body(reel, ["a"], type: "dance"), 400, "dance"),
            (good.replacing(#""slot": 1"#, with: #""slot": 0"#), 400, "events[0]"),
            (good.replacing("2026-11-24T", with: "yesterday"), 400, "ts"),
            (good.replacing(#""v": 1"#, with: #""v": 9"#), 400, "version"),
            (Self.body(reel, ["ok", "ok2"]).replacing(#""event_id": "ok2", "#, with: ""), 400, "events[1]"),
            (Self.body(reel, (0...500).map { "many\($0)" }), 413, "500"),
            (good.replacing(#""ü""#, with: "\"" + String(repeating: "x", count: 256 << 10) + "\""), 413, "262144"),
        ]
        for (body, status, words) in cases {
            let path = try stage.space.write(body, to: "body")
            let answer = try stage.ask("/v1/events", ["--data-binary", "@\(path)"])
            #expect(answer.status == status, "\(body.prefix(60)): \(answer.text)")
            #expect(answer.text.contains(words), "\(answer.text)")
        }
        #expect(try Self.lines(stage, "slot_start") == [])
    }

    /// Kills the service while events come in; whatever it acknowledged is there afterwards, in the log and in the catalogue.
    @Test func aKillLosesNothingThatWasAcknowledged() throws {
        let stage = try ServiceStage()
        let reel = try stage.reel()
        let acknowledged = stage.space.file("acknowledged")
        // Four senders, one event a request, each of which is noted only when it was answered with 202.
        let script = """
            for i in $(seq 1 400); do
              id=$1-$i
              body=$(printf '%s' "$2" | sed "s/ID/$id/")
              [ "$(curl -s -m 5 -o /dev/null -w '%{http_code}' --data-binary "$body" "$3/v1/events")" = 202 ] && echo "$id" >> "$4"
            done; true
            """
        let template = Self.body(reel, ["ID"])
        let done = DispatchGroup()
        let address = stage.server.address
        for sender in 0..<4 {
            done.enter()
            Thread.detachNewThread {
                _ = try? Tools.run("sh", ["-c", script, "sh", "s\(sender)", template, address, acknowledged])
                done.leave()
            }
        }
        while ((try? String(contentsOfFile: acknowledged, encoding: .utf8))?.count ?? 0) < 400 { usleep(20_000) }
        #expect(try stage.server.stop(SIGKILL) == 128 + SIGKILL)
        done.wait()
        let expected = Set(
            try String(contentsOfFile: acknowledged, encoding: .utf8).split(separator: "\n").map(String.init))
        #expect(expected.count > 40)
        let again = try stage.again(isAlone: true)
        #expect(try stage.ask("/readyz", of: again).status == 200)
        #expect(expected.subtracting(try Self.lines(stage, "slot_start").map(\.event_id)) == [])
        #expect(expected.subtracting(try Self.waitUntilStored(stage, expected.count)) == [])
    }

    /// A disk that is full turns events away, in words, while reels go on.
    @Test(Mounts.needed) func aFullDiskRefusesEventsAndServesReels() throws {
        let space = try Workspace()
        try FileManager.default.copyItem(atPath: TwelveTitles.shared().space.library, toPath: space.library)
        let folder = space.file("small")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let stage = try ServiceStage(space, titles: 12, ["--events", folder]) {
            try Mounts.server($0, on: folder, "size=64k")
        }
        let reel = try stage.reel()
        var statuses: [Int] = []
        for number in 0..<12 where statuses.last != 503 {
            let ids = (0..<40).map { "e\(number)-\($0)" }
            let answer = try stage.ask("/v1/events", post: Self.body(reel, ids))
            statuses.append(answer.status)
            if answer.status == 503 { #expect(answer.headers["retry-after"] == "5") }
        }
        #expect(statuses.first == 202 && statuses.last == 503, "\(statuses)")
        #expect(try stage.reel("v2").plan.slots.count == 3)
        #expect(try stage.ask(reel.hls).status == 200)
        #expect(try stage.metric("sizzle_events_refused_total") == 1)
    }
}
