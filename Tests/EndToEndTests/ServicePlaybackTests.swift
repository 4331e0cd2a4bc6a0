import Foundation
import TestSupport
import Testing

/// Reels from the service in real players: each plays to the end, and shows what was planned.
@Suite(.serialized) struct ServicePlaybackTests {
    private static let shared = Result { try ServiceStage() }

    @Test(.needs(program: "mpv")) func mpvPlaysBoth() throws {
        let stage = try Self.shared.get()
        let reel = try stage.reel()
        for path in [reel.hls, reel.dash] {
            let play = try MPVPlay.play(stage.server.address + path)
            #expect(play.status == 0, "\(path): \(play)")
            #expect(try play.frames == reel.frames.count, "\(path)")
        }
    }

    @Test(.needs(program: "gst-launch-1.0"), arguments: ["hls", "dash"]) func gstreamerDecodesEachFrame(kind: String)
        throws
    {
        let stage = try Self.shared.get()
        let reel = try stage.reel()
        let md5s = try TwelveTitles.shared().sourceMD5s
        let play = try GStreamerPlay.play(stage.server.address + (kind == "hls" ? reel.hls : reel.dash))
        #expect(play.status == 0, "\(play.messages)")
        let expected = try reel.frames.map { md5s[$0] }
        #expect(
            play.md5s == expected,
            "\(play.md5s.count) of \(expected.count), wrong: \(zip(play.md5s, expected).enumerated().filter { $1.0 != $1.1 }.map(\.offset))"
        )
    }

    @Test(.needs(program: "chromium")) func chromiumPlaysHLSByItself() throws {
        let stage = try Self.shared.get()
        let reel = try stage.reel()
        let play = try BrowserPlay.play(["--url", stage.server.address + reel.hls])
        #expect(play.ended && play.error == nil && play.failure == nil, "\(play)")
        #expect(play.waiting == [])
        let frames = try reel.frames.count
        #expect(abs((play.duration ?? 0) - Double(frames) / 24) < 0.001)
    }

    private struct Page: Decodable {
        struct Pane: Decodable {
            var state: String
            var stalls: Int
            var switches: Int
            var representation: String?
        }
        struct Slot: Decodable {
            var slot: Int
            var stamp: Int?
            var pane: Int?
        }
        var pane: Pane
        var slots: [Slot]
        var problems: String
        var requests: [String]
    }

    private static func page(_ stage: ServiceStage, _ query: String, _ options: [String]) throws -> Page {
        let result = try Script.run("browser_page.py", [stage.server.address + "/?" + query] + options)
        do {
            return try JSONDecoder().decode(Page.self, from: result.output)
        } catch { throw ToolError(description: "\(error): \(result.text)\(result.errors)") }
    }

    /// Our own page plays by Media Source Extensions; a seek to each slot shows the slot's first frame.
    @Test(.needs(program: "chromium")) func thePageSeeksToEachSlot() throws {
        let stage = try ServiceStage(["--open"])
        let page = try Self.page(stage, "viewer=v1&cadence=short&autoplay=1&muted=1", ["--seek-slots"])
        #expect(page.pane.state == "ended" && page.problems == "", "\(page)")
        #expect(page.pane.stalls == 0)
        let reel = try stage.reel()
        let frames = try reel.frames
        #expect(page.slots.map(\.stamp) == reel.plan.slots.map { frames[$0.start] })
        #expect(page.slots.map(\.pane) == [1, 2, 3])
        // One manifest, then an init segment and one segment of each track: nothing else is needed for the first frame.
        let asked = page.requests.filter { $0.hasPrefix("/v1/") && !$0.hasSuffix(".jpg") }
        #expect(asked.first == "/v1/reels" && asked.dropFirst().first?.hasSuffix("/manifest.mpd") == true)
        #expect(Set(asked.dropFirst(2).prefix(4).map { $0.suffix(4) }) == [".mp4", ".m4s"], "\(asked)")
        // What the page saw, it told.
        #expect(try stage.metric(#"sizzle_slot_starts_total{slot="1"}"#) > 0)
    }

    /// Renditions of a ladder are switched while it plays; each shows the same frames.
    @Test(.needs(program: "chromium")) func aSwitchOfRenditionShowsNoWrongFrame() throws {
        let space = try Workspace()
        let clips: [IndexFile.Clip] = [
            .init("T1", "80", 0, 80), .init("T2", "40", 80, 120), .init("T3", "40", 120, 160),
        ]
        let mega = try TestMedia.stamped(size: (320, 180), frames: 160, sound: "none")
        let music = try TestMedia.stamped(frames: 300, container: "wav")
        try space.ingest(
            mega, rate: .film, clips, condition: "encode", beds: ["main=\(music)"],
            more: ["--ladder", "180:400,90:120"])
        let stage = try ServiceStage(space, titles: 3, ["--open"])
        let reel = try stage.reel()
        let result = try Script.run(
            "check_stream.py", ["--base", stage.server.address, "--hls", reel.hls, "--dash", reel.dash])
        #expect(result.status == 0, "\(result.text)")
        for stream in 0..<2 {
            #expect(
                try Decoded.stamps(of: stage.server.address + reel.hls, stream: stream, scaledTo: (320, 180))
                    == Array(0..<160))
        }
        let page = try Self.page(
            stage, "viewer=v1&cadence=short&autoplay=1&muted=1",
            ["--seek-slots", "--qualities", "v90-120,v180-400,v90-120"])
        #expect(page.pane.state == "ended" && page.problems == "" && page.pane.stalls == 0, "\(page)")
        #expect(page.pane.switches > 0)
        #expect(page.slots.map(\.stamp) == [0, 80, 120])
    }

    /// The edges of deploy/, for real: one request of a thousand reaches the service, what is cached stays, what is private does not.
    @Test(arguments: [("nginx", "nginx/sizzle.conf"), ("varnish", "varnish/sizzle.vcl")])
    func edgesCollapseAndCache(program: String, file: String) throws {
        let stage = try ServiceStage()
        let reel = try stage.reel()
        let segment = try #require(stage.segments(reel.hls.replacing("main", with: "source")).first)
        let misses = ProcessInfo.processInfo.environment["SIZZLE_MISSES"] ?? "300"
        let result = try Script.run(
            "check_edge.py",
            [
                program, "--origin", String(stage.server.address.dropFirst(7)), "--config",
                "\(Package.root)/deploy/\(file)", "--path",
                segment, "--playlist", reel.hls, "--misses", misses,
            ])
        #expect(result.status == 0, "\(result.text)\(result.errors)")
        #expect(result.lines.last?.hasSuffix(", 0 failed") == true || result.text.contains("skipped"), "\(result.text)")
    }
}
