import FFmpeg
import MediaTime
import Testing

@testable import Previews

/// What stands on the pictures of a preview: as values, and drawn on the pictures that they are for.
@Suite struct BurntInTests {
    private static func slots() throws -> [ReelPreview.Slot] {
        [
            .init(title: "Ünïcödé", type: "80", range: try #require(FrameRange(20, 22))),
            .init(title: "B", type: "1", range: try #require(FrameRange(7, 8))),
        ]
    }

    @Test func everyFrameSaysWhichItIs() throws {
        let burntIn = BurntIn(
            (640, 360), try Self.slots(), [0, 2, 3],
            .init(mega: { "01:00:00:\($0)" }, reel: { $0 == 2 ? nil : "t\($0)" }))
        let found = burntIn.lines.map { "\($0.shown.map { "\($0)" } ?? "all") \($0.text)" }.sorted()
        #expect(
            found == [
                "0..<1 mega 20  01:00:00:20", "0..<1 reel 0  t0", "0..<2 80 · slot 1 of 2", "0..<2 Ünïcödé",
                "1..<2 mega 21  01:00:00:21", "1..<2 reel 1  t1", "2..<3 1 · slot 2 of 2", "2..<3 B",
                "2..<3 mega 7  01:00:00:7", "2..<3 reel 2",
            ])
    }

    /// A line is on the pictures that it is for, and on no other, however far into the reel.
    @Test(arguments: [0, 1, 99, 6_000, 359_999, 360_001] as [Int64]) func linesAreOnTheirPictures(first: Int64) throws {
        let format = PictureFormat(width: 160, height: 96, pixelFormat: .yuv420p)
        let line = Lettering.Line(text: "W", place: .init(x: 8, y: 8), size: 40, shown: first..<first + 2)
        var graph = try Lettering([line], width: 160, height: 96).graph(for: format)
        var plain = try Lettering([], width: 160, height: 96).graph(for: format)
        for number in max(0, first - 2)..<first + 4 {
            let canvas = try Frame.picture(format)
            let empty = try plain.apply(canvas, at: Lettering.ticks(number)).md5()
            let isDrawn = try graph.apply(canvas, at: Lettering.ticks(number)).md5() != empty
            #expect(isDrawn == (line.shown ?? 0..<0).contains(number), "picture \(number)")
        }
    }

    /// Nothing in a title is a command, or ends the line.
    @Test(arguments: [
        "{\\an5\\fs200}", "a\\Nb\\nc\\h", "}{", "Dialogue: 0,0:00:00.00", "100% [x];,'\"", "\u{202E}abc", "",
    ])
    func titlesAreText(title: String) throws {
        let format = PictureFormat(width: 320, height: 96, pixelFormat: .yuv420p)
        let canvas = try Frame.picture(format)
        let drawn = try Lettering.draw(
            [.init(text: title, place: .init(x: 4, y: 4), size: 12)], on: canvas)
        let found = drawn.pictureFormat
        #expect(found == format)
    }

    @Test func longTextIsWrappedBetweenWordsAndEndsWithAnEllipsis() {
        #expect("one two three".wrapped(columns: 8, lines: 2) == ["one two", "three"])
        #expect("one two three four".wrapped(columns: 8, lines: 2) == ["one two", "three f…"])
        #expect("unbreakable".wrapped(columns: 5, lines: 2) == ["unbre", "akab…"])
        #expect("千と千尋の神隠し".wrapped(columns: 8, lines: 2) == ["千と千尋", "の神隠し"])
        #expect("".wrapped(columns: 8, lines: 2) == [])
    }
}
