import Foundation
import TestSupport
import Testing

/// `sizzle index`, as a person or CI runs it.
@Suite struct IndexCommandTests {
    private static let good = """
        TITLE: markers
        FCM: NON-DROP FRAME

        001  001      V     C        01:00:00:00 01:00:00:01 01:00:00:00 01:00:00:01
         |C:ResolveColorBlue |M:A | 80 |D:80

        002  001      V     C        01:00:03:08 01:00:03:09 01:00:03:08 01:00:03:09
         |C:ResolveColorRed |M:B |D:40

        """
    private static let importing = ["--frame-rate", "24", "--start-timecode", "01:00:00:00"]

    @Test func markersBecomeAnIndexAndGoBack() throws {
        let space = try Workspace()
        let list = try space.write(Self.good, to: "markers.edl")
        let index = space.file("clips.json")
        let made = try Command.check(["index", "import", list, "-o", index] + Self.importing)
        #expect(made.text == "\(index): 2 clips of 2 titles at 24/1, from a DaVinci Resolve marker EDL\n")
        #expect(made.errors == "")
        #expect(
            try String(contentsOfFile: index, encoding: .utf8) == """
                {
                  "frameRate": "24/1",
                  "startTimecode": "01:00:00:00",
                  "clips": [
                    {"title": "A", "type": "80", "start": 0, "end": 80},
                    {"title": "B", "type": "40", "start": 80, "end": 120}
                  ]
                }

                """)
        // Without an output the index goes to stdout, and nothing else does.
        let printed = try Command.check(["index", "import", list] + Self.importing)
        #expect(printed.output == FileManager.default.contents(atPath: index))
        for format in ["otio", "edl", "csv"] {
            let back = space.file("back.\(format)")
            try Command.check(["index", "export", index, "--format", format, "-o", back])
            let options = format == "otio" ? [] : format == "csv" ? ["--frame-rate", "24"] : Self.importing
            try Command.check(["index", "import", back, "-o", space.file("\(format).json")] + options)
            let diff = try Command.run(["index", "diff", index, space.file("\(format).json")])
            #expect(diff.text == "no difference\n" && diff.status == 0, "\(format)")
        }
    }

    @Test func everyFaultIsToldAndTheOldIndexStays() throws {
        let space = try Workspace()
        let bad = Self.good.replacing("|D:40", with: "|D:0").replacing("|M:A | 80", with: "|M:A | 80 | x")
        let list = try space.write(bad, to: "markers.edl")
        let index = try space.write("old", to: "clips.json")
        let before = try Listing(of: [space.path])
        let result = try Command.run(["index", "import", "markers.edl", "-o", index] + Self.importing, in: space.path)
        #expect(result.status == 65)
        #expect(result.text == "")
        #expect(
            result.errors == """
                markers.edl:4: the name 'A | 80 | x' has more than one '|'; write TITLE | TYPE
                markers.edl:7: 'B' at frame 80 is a point; give it a length, or pass over points with --skip-points
                error: markers.edl: 2 faults as a DaVinci Resolve marker EDL, so no index is written; mend the lines named above

                """)
        #expect(try Listing(of: [space.path]).changes(since: before) == [])
        let document = try Command.run(["index", "import", list, "--json"] + Self.importing)
        #expect(document.status == 65)
        let read = try JSONDecoder().decode(Imported.self, from: document.output)
        #expect(read.format == "resolve-edl")
        #expect(read.faults.map(\.line) == [4, 7])
        #expect(read.index == nil)
    }

    private struct Imported: Decodable {
        struct Fault: Decodable {
            var line: Int?
            var message: String
        }

        var format: String
        var faults: [Fault]
        var index: [String: String]?
    }

    @Test func checkAndDiffEndAsTheySay() throws {
        let space = try Workspace()
        let index = try space.write(
            IndexFile(frameRate: "24/1", clips: [.init("A", "80", 0, 80), .init("B", "80", 90, 169)]), to: "clips.json")
        let found = try Command.run(["index", "check", "clips.json"], in: space.path)
        #expect(found.status == 1)
        #expect(
            found.text == """
                clips.json: warning: (B, 80): is 79 frames long, and its type says 80; its last frame may be meant to be in it: end at 170
                clips.json: note: frames [80, 90) before (B, 80) belong to no clip

                """)
        #expect(try Command.run(["index", "check", index, "--fail-on", "error"]).status == 0)
        let mended = try space.write(
            IndexFile(frameRate: "24/1", clips: [.init("A", "80", 0, 80), .init("B", "80", 80, 160)]), to: "new.json")
        let quiet = try Command.check(["index", "check", mended, "--fail-on", "note"])
        #expect(quiet.text == "\(mended): 2 clips, nothing to say\n")
        let diff = try Command.run(["index", "diff", index, mended])
        #expect(diff.status == 1)
        #expect(
            diff.text
                == "(B, 80): the in-point 10 frames earlier and the out-point 9 frames earlier, 1 frame longer, [90, 169) to [80, 160)\n"
        )
    }

    /// Neither a hang nor a message of 50 MB.
    @Test(arguments: ["title,type,start,end\nA,x,0,", "<xmeml a=\"", "{\"OTIO_SCHEMA\": \"", "TITLE: "])
    func oneLineOfFiftyMegabytes(beginning: String) throws {
        let space = try Workspace()
        let path = space.file("long")
        try (Data(beginning.utf8) + Data(repeating: 0x61, count: 50_000_000)).write(to: URL(fileURLWithPath: path))
        let result = try Command.run(
            ["index", "import", path]
                + (beginning.hasPrefix("<") || beginning.hasPrefix("{") ? [] : ["--frame-rate", "24"]))
        #expect(result.status == 65)
        #expect(result.text == "")
        #expect(
            result.errors.contains("\(path): ") && result.errors.utf8.count < 2_000, "\(result.errors.prefix(3_000))")
    }

    static let refusals: [Refusal] = [
        Refusal("no such file", 66, ["error: none.edl: "]) { _ in ["index", "import", "none.edl"] },
        Refusal("a folder", 66, ["error: .: "]) { _ in ["index", "import", "."] },
        Refusal("an empty file", 65, ["e.csv: the file is empty"]) { space in
            ["index", "import", try space.write("", to: "e.csv")]
        },
        Refusal("an output in no folder", 73, ["none/clips.json"]) { space in
            ["index", "import", try space.write(good, to: "m.edl"), "-o", "none/clips.json"] + importing
        },
        Refusal("the input as output", 64, ["is an input of this command"]) { space in
            ["index", "import", try space.write(good, to: "m.edl"), "-o", "m.edl"] + importing
        },
        Refusal("a rate that is none", 64, ["--frame-rate fast: is no rate"]) { space in
            ["index", "import", try space.write(good, to: "m.edl"), "--frame-rate", "fast"]
        },
        Refusal("no rate", 64, ["give it with --frame-rate"]) { space in
            ["index", "import", try space.write(good, to: "m.edl")]
        },
        Refusal("a timecode that is none", 64, ["--start-timecode 1h: is no timecode"]) { space in
            ["index", "import", try space.write(good, to: "m.edl"), "--frame-rate", "24", "--start-timecode", "1h"]
        },
        Refusal("entities", 65, ["x.xml: line 1: a document type that declares entities"]) { space in
            ["index", "import", try space.write("<!DOCTYPE xmeml [<!ENTITY a \"b\">]><xmeml/>", to: "x.xml")]
        },
        Refusal("a name that EDL cannot hold", 65, ["clip (A|B, x)", "export csv"]) { space in
            let index = IndexFile(frameRate: "24/1", clips: [.init("A|B", "x", 0, 5)])
            return ["index", "export", try space.write(index, to: "c.json"), "--format", "edl", "-o", "out.edl"]
        },
        Refusal("timecode in CSV", 64, ["CSV is written in frames"]) { space in
            let index = IndexFile(frameRate: "24/1", clips: [.init("A", "x", 0, 5)])
            let path = try space.write(index, to: "c.json")
            return ["index", "export", path, "--format", "csv", "--start-timecode", "01:00:00:00"]
        },
        Refusal("a range beyond all frames", 65, ["ends beyond frame 2^53"]) { space in
            let index = IndexFile(frameRate: "24/1", clips: [.init("A", "9223372036854775806", 0, .max)])
            return ["index", "check", try space.write(index, to: "c.json")]
        },
        Refusal("an index that is none", 65, ["c.json: not JSON"]) { space in
            ["index", "diff", try space.write("title,type", to: "c.json"), "c.json"]
        },
    ]

    @Test(arguments: refusals) func refuses(refusal: Refusal) throws { try refusal.expect() }
}
