import Foundation
import TestSupport
import Testing

/// What people look at beside the reel: the Mega Asset on a sheet, the line-up in a terminal, and the picture that stands for a reel.
@Suite struct LookTests {
    private let titles: TwelveTitles
    private let space: Workspace

    init() throws {
        titles = try TwelveTitles.shared()
        space = try Workspace()
    }

    private func index() throws -> String {
        try space.write(IndexFile(frameRate: "24/1", clips: TwelveTitles.clips), to: "clips.json")
    }

    /// A picture file as its luma.
    private func luma(_ path: String) throws -> (bytes: [UInt8], width: Int, height: Int) {
        let size = try Tools.check(
            "ffprobe", ["-v", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0", path]
        ).text.split(whereSeparator: { ",\n".contains($0) }).compactMap { Int($0) }
        let gray = try Tools.check("ffmpeg", ["-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "gray", "-"])
        return ([UInt8](gray.output), size[0], size[1])
    }

    /// Each clip's middle frame stands in the row of its title, in the order of the Mega Asset.
    @Test func aSheetOfTheMegaAssetShowsEachClip() throws {
        let output = space.file("sheet.png")
        let result = try Command.check([
            "sheet", "--mega", titles.mega, "--index", index(), "-o", output, "--quiet",
        ])
        #expect(result.text == "\(output): 13 titles, 26 clips\n")
        let sheet = try luma(output)
        #expect(sheet.width == 2 * 24 + 2 * 240 + 12 && sheet.height == 2 * 24 + 40 + 13 * 220)
        let found = (0..<13).map { row in
            (0..<2).map { column in
                sheet.bytes.withUnsafeBytes { bytes in
                    let (x, y) = (24 + 252 * column, 64 + 220 * row + 26)
                    return FrameStamp.read(
                        luma: UnsafeRawBufferPointer(rebasing: bytes[(y * sheet.width + x)...]), width: 240,
                        height: 144,
                        stride: sheet.width)
                }
            }
        }
        let ranked = (0..<12).map { [60 + 130 * $0 + 40, 60 + 130 * $0 + 85 + 20] }
        #expect(found == [[25, 1653]] + ranked)
    }

    @Test func aLineUpHasBars() throws {
        let plan = try space.write(
            #"{"edition": "current", "slots": [{"title": "Sizzle", "type": "opening"}, "#
                + #"{"title": "T2", "type": "80", "score": 1.5}, {"title": "T10", "type": "40", "score": 0.75}]}"#,
            to: "reel.json")
        let lines = [
            "   at      title   type     length                            score  ",
            "1  0:00.0  Sizzle  opening  50      ███████████████           fixed  ",
            "2  0:02.0  T2      80       80      ████████████████████████  1.500  ████████████████",
            "3  0:05.4  T10     40       40      ████████████              0.750  ████████",
            "3 slots, 170 frames, 0:07.0",
        ]
        for source in [["--library", titles.space.library], ["--mega", titles.mega, "--index", try index()]] {
            #expect(try Command.check(["preview", plan, "--table"] + source).lines == lines)
        }
    }

    /// The first slot that was ranked, not the bumper before it.
    @Test func thePosterIsOfTheFirstRankedSlot() throws {
        let plan = try space.write(
            #"{"edition": "current", "slots": [{"title": "Sizzle", "type": "opening"}, "#
                + #"{"title": "T2", "type": "80", "score": 1.5}]}"#, to: "reel.json")
        try Command.check([
            "render", plan, "--library", titles.space.library, "-o", space.file("reel.mp4"), "--poster",
            space.file("poster.jpg"),
        ])
        let poster = try luma(space.file("poster.jpg"))
        let stamp = poster.bytes.withUnsafeBytes {
            FrameStamp.read(luma: $0, width: poster.width, height: poster.height, stride: poster.width)
        }
        #expect(stamp == 190 + 40)
    }

    static let refusals = [
        Refusal("nothing to draw", 64, ["give a plan, or --mega and --index"]) { _ in ["sheet", "-o", "s.png"] },
        Refusal("no index", 64, ["--mega and --index go together"]) { _ in ["sheet", "--mega", "m", "-o", "s.png"] },
        Refusal("a plan too", 64, ["leave the plan and --waveform out"]) { _ in
            ["sheet", "reel.json", "--mega", "m", "--index", "i", "-o", "s.png"]
        },
        Refusal("a Mega Asset that is not there", 66, ["absent.mp4"]) { space in
            let index = try space.write(IndexFile(frameRate: "24/1", clips: TwelveTitles.clips), to: "clips.json")
            return ["sheet", "--mega", "absent.mp4", "--index", index, "-o", "s.png"]
        },
        Refusal("an index of a longer one", 65, ["clips.json"]) { space in
            let clip = IndexFile.Clip("A", "80", 5_000, 5_080)
            let index = try space.write(IndexFile(frameRate: "24/1", clips: [clip]), to: "clips.json")
            return ["sheet", "--mega", try TwelveTitles.source(), "--index", index, "-o", "s.png", "--quiet"]
        },
        Refusal("the sheet over the index", 64, ["clips.json"]) { space in
            let index = try space.write(IndexFile(frameRate: "24/1", clips: TwelveTitles.clips), to: "clips.json")
            return ["sheet", "--mega", try TwelveTitles.source(), "--index", index, "-o", index]
        },
        Refusal("a table and a film", 64, ["--table makes no film"]) { _ in
            ["preview", "reel.json", "--table", "-o", "p.mp4"]
        },
        Refusal("a poster of a list", 64, ["--poster is not for --jobs"]) { _ in
            ["render", "--jobs", "j", "--output-dir", "d", "--poster", "p.jpg"]
        },
        Refusal("a poster over the reel", 64, ["is the reel itself"]) { space in
            let plan = try space.write(
                #"{"edition": "current", "slots": [{"title": "T2", "type": "80"}]}"#, to: "reel.json")
            let library = try TwelveTitles.shared().space.library
            return ["render", plan, "--library", library, "-o", "r.mp4", "--poster", "r.mp4"]
        },
    ]

    @Test(arguments: refusals) func whatMakesNoSenseIsRefused(refusal: Refusal) throws { try refusal.expect() }
}
