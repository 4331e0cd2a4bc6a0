import Foundation
import TestSupport
import Testing

/// Many reels in all players, players on a slow link, and reels in which clips are heard.
@Suite(.serialized) struct ServicePlayerTests {
    private static let environment = ProcessInfo.processInfo.environment

    /// `SIZZLE_REELS` says how many.
    @Test(.needs(program: "mpv")) func randomReelsPlayWholeInEveryPlayer() throws {
        let titles = try TwelveTitles.shared()
        let stage = try ServiceStage()
        // Titles that all are alike are drawn by the seed: each reel is another.
        let lines = (1...12).map { #"{"id": "T\#($0)", "popularity": 1}"# }.joined(separator: "\n")
        try Command.check([
            "titles", "import", try stage.space.write(lines, to: "alike.json"), "--library", stage.space.library,
        ])
        let again = try stage.again()
        let result = try Script.run(
            "many_reels.py",
            [
                "--base", again.address, "--count", Self.environment["SIZZLE_REELS"] ?? "2", "--cadence",
                "short,default",
                "--key", stage.key, "--index", titles.space.file("clips.json"), "--source", titles.mega,
            ])
        #expect(result.status == 0, "\(result.text)\(result.errors)")
        #expect(result.lines.last?.hasSuffix(", 0 failed") == true, "\(result.text)")
    }

    /// 3 Mbit/s and 80 ms, from second 8 on 0.8 Mbit/s: our page begins within the limit and never waits. `SIZZLE_PLAYERS` names
    /// players, such as `page,chromium,mpv,gstreamer-hls,gstreamer-dash,ffmpeg`; all have limits.
    @Test(.needs(program: "chromium")) func aLinkThatGetsSlowStallsNobody() throws {
        let checked = try Script.run("test_shaped_link.py", [])
        #expect(checked.status == 0 && checked.text.contains(", 0 failed"), "\(checked.text)\(checked.errors)")
        let space = try Workspace()
        let clips = (0..<12).map { number in
            let (start, length) = (number * 80, number < 8 ? 80 : 40)
            return IndexFile.Clip("T\(number + 1)", "\(length)", start, start + length)
        }
        let mega = try TestMedia.stamped(size: (640, 360), frames: 960)
        try space.ingest(
            mega, rate: .film, clips, condition: "encode", beds: ["main=\(try TwelveTitles.music())"],
            more: ["--ladder", "360:1500,180:400,90:120"])
        let slots = clips.map { #"{"type": "\#($0.type)"}"# }.joined(separator: ", ")
        let cadence = try space.write(#"{"name": "twelve", "slots": [\#(slots)]}"#, to: "twelve.json")
        let stage = try ServiceStage(space, titles: 12, ["--open", "--cadence", cadence])
        let reel = try stage.reel(cadence: "twelve")
        let result = try Script.run(
            "shaped_players.py",
            [
                "--origin", stage.server.address, "--hls", reel.hls, "--dash", reel.dash, "--page",
                "viewer=v1&cadence=twelve&autoplay=1&muted=1", "--limits",
                "\(Package.root)/Tests/Golden/shaped-players.json", "--players",
                Self.environment["SIZZLE_PLAYERS"] ?? "page",
            ])
        #expect(result.status == 0, "\(result.text)\(result.errors)")
    }

    /// Clips over the ducked bed, as segments: to the sample the sound of the file that is rendered.
    @Test func mixedSoundIsTheFilesOwn() throws {
        let stage = try ServiceStage()
        for sound in ["mix", "clip"] {
            let answer = try stage.ask(
                "/v1/reels", post: #"{"viewer": "v1", "cadence": "short", "sound": "\#(sound)"}"#)
            #expect(answer.status == 201, "\(answer.text)")
            let reel = try JSONDecoder().decode(ServiceStage.Reel.self, from: answer.body)
            let judged = try Script.run(
                "check_stream.py", ["--base", stage.server.address, "--hls", reel.hls, "--dash", reel.dash])
            #expect(judged.status == 0, "\(judged.text)")
            let clips = reel.plan.slots.map { IndexFile.Clip($0.title, $0.type, 0, $0.frames) }
            let file = try stage.space.render(PlanFile(clips, audio: .init(mode: sound)), as: sound).reel
            let expected = try DecodedReel(file, hasSound: true)
            for path in [reel.hls, reel.dash] {
                #expect(
                    try Decoded.sound(of: stage.server.address + path) == Decoded.sound(of: file), "\(sound): \(path)")
            }
            let titles = try TwelveTitles.shared()
            #expect(try expected.picture.md5s == reel.frames.map { titles.sourceMD5s[$0] })
        }
    }

    /// Titles that this viewer may not see are left out, and said so to whoever may know.
    @Test func ageAndLanguageComeBeforeTheRanking() throws {
        let stage = try ServiceStage()
        let lines = [
            #"{"id": "T1", "popularity": 99, "maturity": 18}"#, #"{"id": "T2", "popularity": 98, "languages": ["fr"]}"#,
        ].joined(separator: "\n")
        try Command.check([
            "titles", "import", try stage.space.write(lines, to: "more.json"), "--library", stage.space.library,
        ])
        let again = try stage.again(["--temperature", "0"])
        func reel(_ more: String) throws -> [String] {
            let body = #"{"viewer": "v1", "cadence": "short"\#(more)}"#
            let answer = try stage.ask("/v1/reels", of: again, post: body)
            guard answer.status == 201 else { return ["\(answer.status) \(answer.text)"] }
            return try JSONDecoder().decode(ServiceStage.Reel.self, from: answer.body).plan.slots.map(\.title)
        }
        #expect(try reel("") == ["T1", "T2", "T3"])
        #expect(try reel(#", "maturity": 12, "languages": ["EN"]"#) == ["T3", "T4", "T5"])
        #expect(try reel(#", "maturity": 18, "languages": ["fr", "de"]"#) == ["T1", "T2", "T3"])
        for wrong in [
            #", "maturity": -1"#, #", "maturity": "12""#, #", "languages": ["e n"]"#, #", "languages": "en""#,
        ] {
            #expect(try reel(wrong).first?.hasPrefix("400 ") == true, "\(wrong)")
        }
    }
}
