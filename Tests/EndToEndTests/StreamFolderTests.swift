import Foundation
import TestSupport
import Testing

/// Reels as folders that any web server can serve.
@Suite struct StreamFolderTests {
    private static let clips = Array(TwelveTitles.ranked[3..<7])

    /// A plan of four clips, and its frames in the Mega Asset.
    private struct Stage {
        let space: Workspace
        let library: String
        let plan: String
        let frames: [String]

        init(_ audio: PlanFile.Audio? = nil) throws {
            let titles = try TwelveTitles.shared()
            space = try Workspace()
            library = titles.space.library
            plan = try space.write(PlanFile(StreamFolderTests.clips, audio: audio), to: "reel.json")
            frames = StreamFolderTests.clips.flatMap { clip in clip.frames.map { titles.sourceMD5s[$0] } }
        }

        var folder: String { space.file("stream") }

        func render(_ more: String...) throws -> Tools.Result {
            try Command.run(["render", plan, "--library", library, "--quiet"] + more)
        }

        func files() throws -> [String] {
            try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
        }
    }

    @Test func bothKindsPlayAsTheFileDoes() throws {
        let stage = try Stage()
        for format in ["hls", "dash"] {
            let result = try stage.render("-o", stage.folder, "--format", format)
            #expect(result.status == 0, "\(result.errors)")
        }
        #expect(try stage.render("-o", stage.space.file("reel.mp4")).status == 0)
        let file = try DecodedReel(stage.space.file("reel.mp4"), hasSound: true)
        for entry in ["main.m3u8", "manifest.mpd"] {
            let stream = try DecodedReel("\(stage.folder)/\(entry)", hasSound: true)
            #expect(stream.picture.md5s == stage.frames, "\(entry)")
            #expect(stream.samples == file.samples, "\(entry)")
        }
        let names = try stage.files().filter { !$0.hasPrefix("media/") }
        #expect(
            names == [
                "audio.m3u8", "main.m3u8", "manifest.mpd", "media", "source-iframes.m3u8", "source.m3u8",
            ])
        // Over HTTP, against the clauses of both; GStreamer reads it too.
        let server = try Server("python3", ["\(Package.root)/Tests/Tools/range_server.py", stage.folder])
        let judged = try Script.run(
            "check_stream.py",
            ["--static", "--base", server.address, "--hls", "/main.m3u8", "--dash", "/manifest.mpd"])
        #expect(judged.status == 0, "\(judged.text)")
        #expect(try GStreamerPlay.play(server.address + "/main.m3u8").md5s == stage.frames)
    }

    @Test func anotherReelInTheFolderAndTheSameAgain() throws {
        let stage = try Stage()
        #expect(try stage.render("-o", stage.folder, "--format", "hls").status == 0)
        let before = try Listing(of: [stage.folder])
        #expect(try stage.render("-o", stage.folder, "--format", "hls").status == 0)
        #expect(try Listing(of: [stage.folder]).fileChanges(since: before) == [])
    }

    /// What a static host gets: each clip's bytes, read as the playlist says, are the clip.
    @Test(.needs(program: "chromium")) func aStaticPlaylistPointsAtTheLibrary() throws {
        let stage = try Stage(.init(mode: "none"))
        #expect(try stage.render("-o", stage.folder, "--static").status == 0)
        #expect(try stage.files() == ["main.m3u8", "source-iframes.m3u8", "source.m3u8"])
        let text = try String(contentsOfFile: "\(stage.folder)/source.m3u8", encoding: .utf8)
        var clips: [Data] = []
        var (initSegment, isNew) = (Data(), true)
        for line in text.split(separator: "\n") {
            if line == "#EXT-X-DISCONTINUITY" { isNew = true }
            if line.hasPrefix("#EXT-X-MAP:URI=\""), let name = line.split(separator: "\"").dropFirst().first {
                initSegment = try Data(contentsOf: URL(fileURLWithPath: "\(stage.folder)/\(name)"))
            }
            guard !line.hasPrefix("#") else { continue }
            if isNew { clips.append(initSegment) }
            isNew = false
            clips[clips.count - 1] += try Data(contentsOf: URL(fileURLWithPath: "\(stage.folder)/\(line)"))
        }
        let decoded = try clips.map { clip in
            try clip.write(to: URL(fileURLWithPath: stage.space.file("clip.mp4")))
            return try Decoded.frames(of: stage.space.file("clip.mp4")).md5s
        }
        let titles = try TwelveTitles.shared()
        #expect(decoded == Self.clips.map { clip in clip.frames.map { titles.sourceMD5s[$0] } })
        // Chromium joins them by itself.
        let base = "/library"
        try FileManager.default.createSymbolicLink(
            atPath: stage.folder + base, withDestinationPath: stage.library)
        #expect(try stage.render("-o", stage.folder, "--static", "--media-base", base).status == 0)
        let server = try Server("python3", ["\(Package.root)/Tests/Tools/range_server.py", stage.folder])
        let play = try BrowserPlay.play(["--url", server.address + "/main.m3u8"])
        #expect(play.ended && play.error == nil && play.failure == nil, "\(play)")
    }

    @Test func whatCannotBeWrittenLeavesNothing() throws {
        let stage = try Stage()
        let file = try stage.space.write("mine", to: "file")
        let link = stage.space.file("link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: stage.library)
        let before = try Listing(of: [stage.library])
        let cases: [([String], Int32, String)] = [
            (["-o", stage.library, "--format", "hls"], 64, "lies in the library"),
            (["-o", link, "--static"], 64, "lies in the library"),
            (["-o", file, "--format", "hls"], 73, "is a file"),
            (["-o", stage.library + "/stream", "--format", "dash"], 64, "lies in the library"),
            (["-o", stage.folder, "--static", "--format", "dash"], 64, "--static makes HLS"),
            (["-o", stage.folder, "--media-base", "x"], 64, "--media-base is for --static"),
            (["-o", stage.space.file("no/such/folder/stream"), "--format", "hls"], 73, "stream"),
            (["-o", stage.folder, "--format", "hls", "--rendition", "v9"], 64, "has none of this name"),
        ]
        for (arguments, status, words) in cases {
            let result = try Command.run(["render", stage.plan, "--library", stage.library, "--quiet"] + arguments)
            #expect(result.status == status && result.errors.contains(words), "\(arguments): \(result.errors)")
        }
        #expect(try Listing(of: [stage.library]).fileChanges(since: before) == [])
        #expect(try Listing(of: [stage.folder]).paths == [])
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "mine")
    }

    @Test func aLostObjectIsNamedAndNothingStays() throws {
        let stage = try Stage()
        let library = stage.space.library
        try FileManager.default.copyItem(atPath: stage.library, toPath: library)
        struct Trace: Decodable {
            struct Slot: Decodable {
                struct Part: Decodable { var file: String }
                var parts: [Part]
            }
            var slots: [Slot]
        }
        let trace = try Command.json(Trace.self, ["trace", stage.plan, "--library", library])
        let path = trace.slots[2].parts[0].file
        try FileManager.default.removeItem(atPath: path)
        let result = try Command.run([
            "render", stage.plan, "--library", library, "-o", stage.folder, "--format", "hls", "--quiet",
        ])
        #expect(result.status == 65 || result.status == 66, "\(result.errors)")
        #expect(result.errors.contains(String(path.suffix(40).dropLast(4))), "\(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: stage.folder))
    }
}
