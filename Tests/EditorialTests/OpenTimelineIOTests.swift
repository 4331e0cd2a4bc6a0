import Editorial
import Foundation
import MediaTime
import TestSupport
import Testing

/// OpenTimelineIO's own library reads what is exported, and what it writes is imported.
@Suite struct OpenTimelineIOTests {
    private static let rates = ["24000/1001", "24/1", "25/1", "30000/1001", "60000/1001", "60/1"]

    private func run(_ arguments: String...) throws -> String {
        let result = try Script.run("otio_tool.py", arguments)
        #expect(result.status == 0, "\(result.errors)")
        return result.text
    }

    private func read(_ path: String) throws -> EditorialImport { try EditorialImport(file: path) }

    @Test(arguments: rates) func readsWhatIsExported(rate text: String) throws {
        let folder = try TemporaryFolder()
        let rate = try #require(FrameRate(text))
        let clips = try [("A", "48", 24, 72), ("Nächte \"2\" & Co", "opening", 100, 125), ("B", "5", 86_400, 86_405)]
            .map {
                ClipLabel(title: $0.0, type: $0.1, range: try #require(FrameRange($0.2, $0.3)))
            }
        let index = try ClipIndex(frameRate: .constant(rate), startTimecode: Timecode("01:00:00:00"), clips: clips)
        let file = folder.file("a.otio")
        try Data(index.exported(as: .otio, name: "reel")).write(to: URL(fileURLWithPath: file))
        let seconds = String(format: "%.6f", Double(rate.numerator) / Double(rate.denominator))
        let hour = try #require(Timecode("01:00:00:00"))
        let start = try #require(TimecodeCount(rate, isDropFrame: false)?.frame(of: hour))
        let lines = try run("read", file).split(separator: "\n").map(String.init)
        #expect(lines.first?.hasPrefix("start \(start) ") == true)
        #expect(
            Array(lines.dropFirst()) == [
                "length 86405", "24 48 \(seconds) A | 48", "100 25 \(seconds) Nächte \"2\" & Co | opening",
                "86400 5 \(seconds) B | 5",
            ])
    }

    @Test(arguments: rates) func whatItWritesIsRead(rate text: String) throws {
        let folder = try TemporaryFolder()
        let rate = try #require(FrameRate(text))
        for (kind, expected) in [
            ("write", ["A 48 [24, 72)", "B 25 [100, 125)"]), ("clips", ["A 48 [10, 58)", "B 25 [58, 83)"]),
        ] {
            let file = folder.file("\(kind).otio")
            _ = try run(kind, file, text)
            let index = try #require(try read(file).index)
            #expect(index.frameRate == .constant(rate))
            #expect(index.clips.map { "\($0.title) \($0.type) \($0.range)" } == expected)
        }
    }
}
