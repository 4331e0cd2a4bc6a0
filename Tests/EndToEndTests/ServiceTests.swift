import Foundation
import TestSupport
import Testing

/// `sizzle serve`: who may ask, what is answered, and what stays true while editions change and processes end.
@Suite struct ServiceTests {
    private static let shared = Result { try ServiceStage() }

    @Test func onlyAKeyGetsAReel() throws {
        let stage = try Self.shared.get()
        let stranger = try stage.ask("/v1/reels", post: #"{"viewer": "v1"}"#, key: "nobody's")
        #expect(stranger.status == 401)
        #expect(stranger.problem == "urn:sizzle:problem:key-refused")
        #expect(stranger.headers["www-authenticate"] == "Bearer")
        let reel = try stage.reel(cadence: "default")
        #expect(reel.token.utf8.count < 200)
        #expect(reel.plan.slots.map(\.slot) == Array(1...12))
        #expect(
            reel.plan.slots.map(\.start)
                == reel.plan.slots.indices.map { reel.plan.slots[..<$0].reduce(0) { $0 + $1.frames } })
        #expect(reel.plan.slots.allSatisfy { $0.poster != nil })
        let poster = try stage.ask(#require(reel.poster))
        #expect(poster.status == 200 && poster.headers["content-type"] == "image/jpeg")
        let picture = try stage.space.write("", to: "poster.jpg")
        try poster.body.write(to: URL(fileURLWithPath: picture))
        #expect(try Decoded.stamps(of: picture) == [25], "the middle frame of the opening")
    }

    @Test func badRequestsAreAnsweredInWords() throws {
        let stage = try Self.shared.get()
        let cases: [(String, Int, String)] = [
            ("", 400, "the body"), ("[]", 400, "the body"), ("{}", 400, "viewer"), (#"{"viewer": ""}"#, 400, "viewer"),
            (#"{"viewer": 7}"#, 400, "viewer"), (#"{"viewer": "a", "cadence": "none"}"#, 400, "short"),
            (#"{"viewer": "a", "tz": "CET"}"#, 400, "+01:00"), (#"{"viewer": "a", "seed": -1}"#, 400, "seed"),
            (#"{"viewer": "a", "sound": "loud"}"#, 400, "sound"), (#"{"viewer": "a"#, 400, "not JSON"),
            (#"{"viewer": "\#(String(repeating: "a", count: 20_000))"}"#, 413, "16384"),
        ]
        for (body, status, words) in cases {
            let answer = try stage.ask("/v1/reels", post: body)
            #expect(answer.status == status, "\(body.prefix(40)): \(answer.text)")
            #expect(answer.problem != nil && answer.text.contains(words), "\(body.prefix(40)): \(answer.text)")
        }
        for (path, more, status) in [
            ("/nothing", [], 404), ("/v1/m/\(String(repeating: "0", count: 64)).mp4", [], 404),
            ("/v1/m/\(String(repeating: "0", count: 64)).0@0.m4s", [], 404), ("/v1/r/abc/main.m3u8", [], 403),
            ("/v1/reels", ["-X", "GET"], 405), ("/v1/events", ["-X", "DELETE"], 405),
            ("/healthz", ["-X", "POST"], 405),
            ("/" + String(repeating: "a", count: 5_000), [], 414),
        ] as [(String, [String], Int)] {
            let answer = try stage.ask(path, more)
            #expect(answer.status == status, "\(path.prefix(40)): \(answer.text)")
            #expect(answer.problem != nil)
        }
    }

    @Test func manifestsAndSegmentsConform() throws {
        let stage = try Self.shared.get()
        let reel = try stage.reel(cadence: "default")
        let result = try Script.run(
            "check_stream.py",
            ["--base", stage.server.address, "--hls", reel.hls, "--dash", reel.dash, "--forbid", reel.plan.edition])
        #expect(result.status == 0, "\(result.text)")
        #expect(result.lines.last?.hasSuffix(", 0 failed") == true)
        #expect(result.text.contains("4 requests until the first frame; dash: 2 renditions, "))
    }

    /// The judge of manifests finds what is wrong: 170 broken ones.
    @Test func theJudgeCanSayNo() throws {
        let result = try Script.run("test_check_stream.py", [])
        #expect(result.status == 0 && result.lines.last?.hasSuffix(" passed, 0 failed") == true, "\(result.text)")
    }

    /// The same reel as a file, byte for byte: each segment is a fragment of what `render` stitches.
    @Test func segmentsAreTheFragmentsOfTheFile() throws {
        let stage = try Self.shared.get()
        let reel = try stage.reel()
        let plan = PlanFile(
            reel.plan.slots.compactMap { slot in
                TwelveTitles.clips.first { $0.title == slot.title && $0.type == slot.type }
            })
        let file = try Data(contentsOf: URL(fileURLWithPath: stage.space.render(plan, as: "same").reel))
        let playlists = [reel.hls.replacing("main", with: "source"), reel.hls.replacing("main", with: "audio")]
        let segments = try playlists.flatMap { try stage.segments($0) }
        #expect(segments.count > 6)
        for segment in segments {
            #expect(try file.range(of: stage.ask(segment).body) != nil, "\(segment)")
        }
    }

    /// The stamps of all frames in order, by HLS and by DASH. SIZZLE_REELS sets how many viewers.
    @Test func ffmpegDecodesEachFrameOfEachReel() throws {
        let stage = try Self.shared.get()
        let count = ProcessInfo.processInfo.environment["SIZZLE_REELS"].flatMap { Int($0) } ?? 2
        for number in 0..<count {
            let reel = try stage.reel("viewer-\(number)", cadence: number.isMultiple(of: 2) ? "default" : "short")
            for path in [reel.hls, reel.dash] {
                #expect(try Decoded.stamps(of: stage.server.address + path) == reel.frames, "\(path)")
            }
        }
    }

    @Test func aPromotionReachesNewReelsAndOldOnesPlayOn() throws {
        let stage = try ServiceStage(["--temperature", "0"])
        let before = try stage.reel()
        let mega = try TwelveTitles.source()
        // T1 of 80 frames now shows what T12 does.
        var clips = TwelveTitles.clips
        let place = try #require(clips.firstIndex { $0.title == "T1" && $0.type == "80" })
        let other = try #require(clips.first { $0.title == "T12" && $0.type == "80" })
        clips[place] = .init("T1", "80", other.start, other.end)
        let second = try stage.space.ingest(
            mega, rate: .film, clips, condition: "copy", beds: ["main=\(TwelveTitles.music())", "own=100-1500"],
            more: ["--no-promote"]
        ).edition
        try Command.check([
            "editions", "promote", second, "--library", stage.space.library, "--force", "--why", "a test",
        ])
        let changed = Date()
        var after = try stage.reel("v2")
        while after.plan.edition != second, Date().timeIntervalSince(changed) < 5 {
            usleep(20_000)
            after = try stage.reel("v2")
        }
        #expect(after.plan.edition == second)
        #expect(Date().timeIntervalSince(changed) < 2, "a second, and some for a busy machine")
        #expect(try Decoded.stamps(of: stage.server.address + before.hls) == before.frames)
        // What did not change has the same address: it stays in every cache.
        let old = try stage.segments(before.hls.replacing("main", with: "source"))
        let new = try stage.segments(after.hls.replacing("main", with: "source"))
        #expect(old.count == new.count)
        let changedSegments = zip(old, new).filter { $0 != $1 }.map(\.0)
        let first = try #require(before.plan.slots.first { $0.title == "T1" && $0.type == "80" })
        let starts = Set(changedSegments.compactMap { $0.split(separator: "@").last.flatMap { Int($0.dropLast(4)) } })
        #expect(starts.allSatisfy { (first.start..<first.start + first.frames).contains($0) }, "\(starts)")
        #expect(!starts.isEmpty)
        // An edition that is gone is said to be gone; the service holds the one that it has open.
        try FileManager.default.moveItem(
            atPath: "\(stage.space.library)/editions/\(before.plan.edition)", toPath: stage.space.file("away"))
        let restarted = try stage.again()
        let gone = try stage.ask(before.hls, of: restarted)
        #expect(gone.status == 410 && gone.problem == "urn:sizzle:problem:edition-gone")
        #expect(try stage.ask(after.hls, of: restarted).status == 200)
    }

    @Test func aTokenOfAnotherServiceIsForeign() throws {
        let stage = try Self.shared.get()
        let other = try ServiceStage()
        let answer = try stage.ask(other.reel().hls)
        #expect(answer.status == 403 && answer.problem == "urn:sizzle:problem:token-refused")
    }

    @Test func conditionalAndPartialRequests() throws {
        let stage = try Self.shared.get()
        let reel = try stage.reel()
        let segment = try #require(stage.segments(reel.hls.replacing("main", with: "source")).first)
        let whole = try stage.ask(segment)
        let tag = try #require(whole.headers["etag"])
        #expect(whole.headers["cache-control"] == "public, max-age=31536000, immutable")
        #expect(try stage.ask(segment, ["-H", "If-None-Match: \"x\", \(tag)"]).status == 304)
        #expect(try stage.ask(segment, ["-H", "If-None-Match: \"x\""]).body == whole.body)
        let part = try stage.ask(segment, ["-H", "Range: bytes=10-19"])
        #expect(part.status == 206 && part.body == whole.body[10..<20])
        #expect(part.headers["content-range"] == "bytes 10-19/\(whole.body.count)")
        #expect(try stage.ask(segment, ["-H", "Range: bytes=10-19", "-H", "If-Range: \"x\""]).body == whole.body)
        #expect(try stage.ask(segment, ["-H", "Range: bytes=\(whole.body.count)-"]).status == 416)
        let head = try stage.ask(segment, ["-I"])
        #expect(head.headers["content-length"] == "\(whole.body.count)")
    }

    @Test func itEndsWhenWhatIsInFlightIsDone() throws {
        let stage = try ServiceStage()
        let reel = try stage.reel(cadence: "default")
        let segment = try #require(stage.segments(reel.hls.replacing("main", with: "source")).first)
        let whole = try stage.ask(segment).body
        let slow = try stage.space.write("", to: "slow")
        let done = DispatchSemaphore(value: 0)
        let address = stage.server.address + segment
        Thread.detachNewThread {
            _ = try? Tools.run("curl", ["-sS", "--limit-rate", "\(whole.count / 3)", "-o", slow, address])
            done.signal()
        }
        usleep(700_000)
        #expect(try stage.server.stop() == 0)
        done.wait()
        #expect(try Data(contentsOf: URL(fileURLWithPath: slow)) == whole)
        #expect(try Tools.run("curl", ["-sS", stage.server.address + "/healthz"]).status == 7, "nobody listens")
    }

    @Test func httpsSpeaksHTTP2() throws {
        let space = try Workspace()
        try Tools.check(
            "openssl",
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", space.file("key.pem"), "-out",
                space.file("cert.pem"), "-days",
                "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
            ])
        let stage = try ServiceStage(["--tls-cert", space.file("cert.pem"), "--tls-key", space.file("key.pem")])
        #expect(stage.server.address.hasPrefix("https://"))
        let trust = [
            "--cacert", space.file("cert.pem"), "-sS", "-o", "/dev/null", "-w", "%{http_version} %{http_code}",
        ]
        #expect(try Tools.check("curl", trust + ["--http2", stage.server.address + "/healthz"]).text == "2 200")
        #expect(try Tools.check("curl", trust + ["--http1.1", stage.server.address + "/healthz"]).text == "1.1 200")
    }

    /// Each request is a line of the log, found by the trace of whoever asked.
    @Test func theLogNamesTheCallersTrace() throws {
        struct Line: Decodable {
            var message: String
            var fields: [String: String]
        }
        let stage = try ServiceStage(["--log-requests"])
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        for header in ["traceparent: 00-\(trace)-00f067aa0ba902b7-01", "traceparent: 00-x", "accept: */*"] {
            #expect(try stage.ask("/healthz", ["-H", header]).status == 200)
        }
        #expect(try stage.server.stop() == 0)
        let lines = try stage.server.errors.split(separator: "\n").filter { $0.contains("\"answered\"") }.map {
            try JSONDecoder().decode(Line.self, from: Data($0.utf8))
        }
        #expect(lines.map(\.message) == ["answered", "answered", "answered"])
        #expect(lines.map { $0.fields["route"] } == ["/healthz", "/healthz", "/healthz"])
        let traces = lines.compactMap { $0.fields["trace_id"] }
        #expect(traces.first == trace && Set(traces).count == 3 && traces.allSatisfy { $0.count == 32 })
        #expect(Set(lines.compactMap { $0.fields["span_id"] }).count == 3)
    }

    /// Forged tokens, paths and headers that are none, endless bodies, slow clients. SIZZLE_MUTATIONS sets how many tokens.
    @Test func attackersGetNothing() throws {
        let stage = try ServiceStage(["--idle-seconds", "3"])
        let mutations = ProcessInfo.processInfo.environment["SIZZLE_MUTATIONS"] ?? "1000"
        let result = try Script.run(
            "attack_service.py",
            [
                "--base", stage.server.address, "--key", stage.key, "--mutations", mutations, "--slow-seconds", "12",
                "--pid",
                "\(stage.server.process)",
            ])
        #expect(result.status == 0, "\(result.text)\(result.errors)")
        #expect(result.lines.last?.hasSuffix(", 0 failed") == true)
    }

    /// Every answer is one that the service's own document has. SIZZLE_EXAMPLES sets how many requests each route gets.
    @Test func answersAreThoseOfItsDocument() throws {
        let stage = try ServiceStage()
        let examples = ProcessInfo.processInfo.environment["SIZZLE_EXAMPLES"] ?? "15"
        let result = try Script.run(
            "schema_service.py", ["--base", stage.server.address, "--key", stage.key, "--examples", examples])
        #expect(result.status == 0, "\(result.text)\(result.errors)")
        #expect(result.lines.last?.hasSuffix(", 0 failed") == true, "\(result.text)")
    }

    @Test(.needs(program: "promtool")) func prometheusReadsTheMetrics() throws {
        let stage = try Self.shared.get()
        _ = try stage.reel()
        let path = try stage.space.write(stage.ask("/metrics").text, to: "metrics")
        let result = try Tools.run("sh", ["-c", "promtool check metrics < '\(path)'"])
        #expect(result.status == 0, "\(result.text)\(result.errors)")
        for name in ["alerts.yml", "alerts-test.yml"] {
            let kind = name == "alerts.yml" ? ["check", "rules"] : ["test", "rules"]
            let checked = try Tools.run("promtool", kind + ["\(Package.root)/deploy/prometheus/\(name)"])
            #expect(checked.status == 0, "\(checked.text)\(checked.errors)")
        }
    }
}
