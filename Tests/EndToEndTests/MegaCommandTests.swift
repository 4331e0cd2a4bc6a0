import Foundation
import FoundationXML
import TestSupport
import Testing

/// `validate`, `strip`, `trace` and `verify --against`, on a film of known shots.
@Suite struct MegaCommandTests {
    /// Hard cuts at 48 and 96. The index has B one frame early at both ends.
    private static let index = IndexFile(
        frameRate: "24/1",
        clips: [.init("A", "48", 0, 48), .init("B & <b>", "48", 47, 95), .init("C", "48", 96, 144)])

    /// The film, its index, an edition of it and a reel.
    private static let shared = Result {
        let space = try SharedWorkspaces.make()
        try ShotFilm.make(
            [.init(.chart, 48), .init(.fractal, 48), .init(.turned, 48)], at: space.file("mega.mp4"),
            more: ["-timecode", "01:00:00:00"])
        _ = try space.ingest(space.file("mega.mp4"), rate: .film, index.clips)
        try space.render(PlanFile(index.clips.reversed()), as: "reel")
        return space
    }

    private let space: Workspace

    init() throws { space = try Self.shared.get() }

    private func run(_ arguments: String...) throws -> Tools.Result { try Command.run(arguments, in: space.path) }

    @Test func validateEndsAsItSays() throws {
        let found = try run("validate", "mega.mp4", "--index", "clips.json", "--junit", "report.xml", "--quiet")
        #expect(found.status == 1)
        #expect(
            found.text == """
                mega.mp4: error: clip (B & <b>, 48) begins 1 frame before a hard cut: its first frame belongs to the shot before; \
                move the in-point to 48, 1 frame later
                mega.mp4: warning: clip (B & <b>, 48) ends 1 frame before a hard cut: the shot's last frame is left out; \
                move the out-point to 96, 1 frame later
                mega.mp4: 3 clips, 92 of 144 frames looked at: 1 error, 1 warning, 0 notes

                """)
        #expect(found.errors == "")
        // Read by another reader of XML: a case for the file and one for each clip, one of them failed.
        let report = try XMLDocument(contentsOf: URL(fileURLWithPath: space.file("report.xml")))
        func values(_ path: String) throws -> [String] { try report.nodes(forXPath: path).map { $0.stringValue ?? "" } }
        #expect(try values("/testsuites/@tests") == ["4"])
        #expect(try values("/testsuites/testsuite/@failures") == ["1"])
        #expect(try values("//testcase/@name") == ["the file", "A | 48", "B & <b> | 48", "C | 48"])
        #expect(try values("//testcase[failure]/@name") == ["B & <b> | 48"])
        #expect(try values("//failure/@type") == ["in-point"])
        #expect(try values("//system-out").map { $0.prefix(17) } == ["warning: clip (B "])
        // A mended index passes, and its report has no failure.
        let mended = try space.write(
            IndexFile(
                frameRate: "24/1",
                clips: [.init("A", "48", 0, 48), .init("B & <b>", "48", 48, 96), .init("C", "48", 96, 144)]),
            to: "mended.json")
        let good = try run("validate", "mega.mp4", "--index", mended, "--fail-on", "note", "--quiet")
        #expect(good.status == 0)
        #expect(good.text == "mega.mp4: 3 clips, 90 of 144 frames looked at: 0 errors, 0 warnings, 0 notes\n")
    }

    private struct Report: Decodable {
        struct Fault: Decodable {
            var kind: String
            var severity: String
            var title: String?
            var frame: Int?
            var shift: Int?
        }

        var faults: [Fault]
    }

    /// Held against the edition, an index that moved is told from one that did not, by its pictures.
    @Test func validateAgainstAnEdition() throws {
        let moved = try space.write(
            IndexFile(
                frameRate: "24/1",
                clips: [.init("A", "48", 2, 48), .init("B & <b>", "48", 49, 97), .init("D", "48", 96, 144)]),
            to: "moved.json")
        let result = try run(
            "validate", "mega.mp4", "--index", moved, "--reference", "current", "--library", "library", "--json",
            "--quiet",
            "--full")
        #expect(result.status == 1)
        let faults = try JSONDecoder().decode(Report.self, from: result.output).faults
        let said = faults.map { "\($0.title ?? "-") \($0.kind) \($0.severity) \($0.shift.map { "\($0)" } ?? "-")" }
        #expect(said.contains("C gone note -"))
        #expect(said.contains("B & <b> moved error -2"))
        #expect(said.contains("A moved error -2"))
        #expect(!said.contains { $0.hasPrefix("D moved") })
        let same = try run(
            "validate", "mega.mp4", "--index", "clips.json", "--reference", "current", "--library", "library", "--json",
            "--quiet")
        let kinds = try JSONDecoder().decode(Report.self, from: same.output).faults.map(\.kind)
        #expect(kinds == ["in-point", "out-point"])
    }

    /// Against a picture that people looked at; fonts and decoders may differ a little.
    @Test func stripIsThePictureThatPeopleLookedAt() throws {
        let drawn = try run(
            "strip", "B & <b>", "48", "--mega", "mega.mp4", "--index", "clips.json", "--library", "library", "--reel",
            "reel.mp4",
            "--plan", "reel.json", "-o", "strip.png", "--quiet")
        #expect(drawn.status == 0)
        #expect(
            drawn.text.hasSuffix("\nstrip.png: drawn\n")
                && drawn.text.hasPrefix("error: clip (B & <b>, 48) begins 1 frame"))
        let golden = "\(Package.root)/docs/images/strip.png"
        if ProcessInfo.processInfo.environment["SIZZLE_RECORD"] != nil {
            try Tools.check(
                "ffmpeg",
                ["-v", "error", "-y", "-i", space.file("strip.png"), "-vf", "scale=1022:-2:flags=area", golden])
            Issue.record("recorded \(golden): look at it")
        }
        let (ours, theirs) = (try pixels(space.file("strip.png")), try pixels(golden))
        #expect(ours.count == theirs.count && !ours.isEmpty)
        let differences = zip(ours, theirs).map { abs(Int($0) - Int($1)) }
        #expect(differences.reduce(0, +) < 2 * differences.count, "the mean difference is 2 steps or more")
        // A frame that is another one, or a border that is not there, changes far more than a font.
        #expect(differences.count { $0 > 48 } * 200 < differences.count)
    }

    private func pixels(_ path: String) throws -> [UInt8] {
        let arguments = [
            "-v", "error", "-i", path, "-vf", "scale=1022:-2:flags=area,format=rgb24", "-f", "rawvideo", "-",
        ]
        return [UInt8](try Tools.check("ffmpeg", arguments).output)
    }

    private struct Trace: Decodable {
        struct Slot: Decodable {
            var title: String
            var start: Int
            var end: Int
            var reelFrame: Int
            var parts: [Part]
        }

        struct Part: Decodable {
            var file: String
            var offset: Int
            var bytes: Int
            var frames: Int
            var reelOffset: Int
            var sequenceNumber: Int
            var sequenceNumberOffset: Int
            var decodeTime: Int
            var decodeTimeOffset: Int
        }

        var slots: [Slot]
    }

    /// Every byte of the reel is where the trace says that it came from, but for the two integers.
    @Test func traceSaysWhereEachByteCameFrom() throws {
        let result = try run("trace", "reel.json", "--library", "library", "--json")
        let trace = try JSONDecoder().decode(Trace.self, from: result.output)
        let clips = Self.index.clips.reversed()
        #expect(
            trace.slots.map { [$0.start, $0.end, $0.reelFrame] }
                == zip(clips, [0, 48, 96]).map { [$0.start, $0.end, $1] })
        let reel = [UInt8](try Data(contentsOf: URL(fileURLWithPath: space.file("reel.mp4"))))
        var frame = 0
        for part in trace.slots.flatMap(\.parts) {
            let media = [UInt8](try Data(contentsOf: URL(fileURLWithPath: space.file(part.file))))
            var expected = Array(media[part.offset..<part.offset + part.bytes])
            func put(_ value: Int, _ size: Int, at offset: Int) {
                for place in 0..<size { expected[offset + place] = UInt8(value >> (8 * (size - 1 - place)) & 255) }
            }
            put(part.sequenceNumber, 4, at: part.sequenceNumberOffset)
            put(part.decodeTime, 8, at: part.decodeTimeOffset)
            #expect(part.decodeTime == frame * 1000 && part.sequenceNumber == frame + 1)
            #expect(Array(reel[part.reelOffset..<part.reelOffset + part.bytes]) == expected)
            frame += part.frames
        }
        #expect(frame == 144)
        // Other commands print the same steps for people, on stderr.
        let text = try run("trace", "reel.json", "--library", "library").text
        let traced = try run(
            "render", "reel.json", "--library", "library", "-o", "again.mp4", "--quiet", "--log-level", "trace")
        #expect(traced.status == 0)
        #expect(traced.errors == text.split(separator: "\n").map { "trace: \($0)\n" }.joined())
        #expect(text.hasPrefix("reel "))
    }

    @Test func verifyAgainstAReel() throws {
        try Tools.check(
            "ffmpeg",
            [
                "-v", "error", "-y", "-i", space.file("reel.mp4"), "-c:v", "libx264", "-crf", "20",
                space.file("anew.mp4"),
            ])
        #expect(try run("verify", "reel.mp4", "--against", "reel.mp4", "--quiet").status == 0)
        // Encoded anew it shows the same.
        #expect(try run("verify", "anew.mp4", "--against", "reel.mp4", "--quiet").status == 0)
        // One frame too many in the middle: everything after it is one frame late.
        try Tools.check(
            "ffmpeg",
            [
                "-v", "error", "-y", "-i", space.file("reel.mp4"), "-vf", "loop=1:1:20,setpts=N/24/TB", "-r", "24",
                "-c:v", "libx264", "-crf", "16", space.file("late.mp4"),
            ])
        let late = try run("verify", "late.mp4", "--against", "reel.mp4", "--json", "--quiet")
        #expect(late.status == 1)
        let report = try JSONDecoder().decode(VerifyReport.self, from: late.output)
        #expect(report.frames >= 21)
        #expect((20...22).contains(try #require(report.faults.first?.frame)))
    }

    static let refusals: [Refusal] = [
        Refusal("no Mega Asset", 66, ["none.mp4"]) { space in
            ["validate", "none.mp4", "--index", try space.write(index, to: "c.json")]
        },
        Refusal("a Mega Asset that is text", 65, ["c.json"]) { space in
            let path = try space.write(index, to: "c.json")
            return ["validate", path, "--index", path]
        },
        Refusal("an index that is none", 65, ["c.json: not JSON"]) { space in
            ["validate", "c.json", "--index", try space.write("x", to: "c.json")]
        },
        Refusal("a search that is too wide", 64, ["--search 13: is not from 1 to 12"]) { space in
            ["validate", "m.mp4", "--index", try space.write(index, to: "c.json"), "--search", "13"]
        },
        Refusal("a report over the index", 64, ["is an input of this command"]) { space in
            let path = try space.write(index, to: "c.json")
            return ["validate", "m.mp4", "--index", path, "--junit", path]
        },
        Refusal("a report in no folder", 73, ["none/r.xml"]) { space in
            [
                "validate", try shared.get().file("mega.mp4"), "--index", try space.write(index, to: "c.json"),
                "--quiet", "--junit", "none/r.xml",
            ]
        },
        Refusal("a strip of a clip that is not there", 65, ["c.json: has no clip (Z, 48)"]) { space in
            [
                "strip", "Z", "48", "--mega", try shared.get().file("mega.mp4"), "--index",
                try space.write(index, to: "c.json"), "-o", "s.png", "--quiet",
            ]
        },
        Refusal("a strip of nothing", 64, ["give --mega FILE"]) { space in
            ["strip", "A", "48", "--index", try space.write(index, to: "c.json"), "-o", "s.png", "--quiet"]
        },
        Refusal("a comparison with nothing", 64, ["--plan"]) { _ in ["verify", "r.mp4"] },
        Refusal("a reference that is not there", 66, ["none.mp4"]) { _ in
            ["verify", try shared.get().file("reel.mp4"), "--against", "none.mp4", "--quiet"]
        },
    ]

    @Test(arguments: refusals) func refuses(refusal: Refusal) throws { try refusal.expect() }
}
