import Diagnostics
import Editorial
import Foundation
import MediaTime
import TestSupport
import Testing

/// What is exported comes back as it was, in every format and at every rate.
@Suite struct ExportTests {
    static let rates = [
        "24000/1001", "24/1", "25/1", "30000/1001", "30/1", "50/1", "60000/1001", "60/1", "48000/1001", "12/1", "120/1",
        "240/1",
    ]
    /// Pieces of names that tools trip over: marks of each format, quotes, accents that join what stands before them, other scripts.
    static let pieces = [
        "A", "b c", "é", "e\u{301}", "\u{301}", "\"", "\"\u{301}", ",", ";", "'", "&", "<", ">", "|M:", "|D:5", " |C:x",
        "//", "80", "s",
        "Ночь", "映画", "🎬", "\u{200D}", "\\", "%20", "=", "  ", "#", "٣", "\u{FEFF}", "\u{A0}x", "{", "]]>",
    ]

    /// An index that is sound, of names made of the pieces above.
    /// - Parameter isPlain: whether its names are such that every format can hold them.
    static func randomIndex(_ random: inout FixedRandom, _ rate: FrameRate, isPlain: Bool) throws -> ClipIndex {
        let count = Int.random(in: 1...12, using: &random)
        var clips: [ClipLabel] = []
        var names: Set<[String]> = []
        for _ in 0..<count {
            let start = Int64.random(in: 0...900_000, using: &random)
            let length = Int64.random(in: 1...5_000, using: &random)
            let title = name(&random, isPlain)
            let type = Bool.random(using: &random) ? "\(length)" : name(&random, isPlain)
            let range = try #require(FrameRange(start, start + length))
            if names.insert([title, type]).inserted { clips.append(ClipLabel(title: title, type: type, range: range)) }
        }
        return try ClipIndex(frameRate: .constant(rate), clips: clips)
    }

    private static func name(_ random: inout FixedRandom, _ isPlain: Bool) -> String {
        while true {
            let name = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                pieces.randomElement(using: &random) ?? ""
            }.joined()
            if isPlain, name.contains("|") || name.contains("//") || name.first == " " || name.last == " " { continue }
            if name.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) { return name }
        }
    }

    /// Title, type and range of each clip to the byte, in the order in which an import has them.
    static func rows(_ index: ClipIndex) -> [[[UInt8]]] {
        let rows = index.clips.map { ($0.range.start, $0.range.end, [Array($0.title.utf8), Array($0.type.utf8)]) }
        return rows.sorted { first, second in
            if (first.0, first.1) != (second.0, second.1) { return (first.0, first.1) < (second.0, second.1) }
            return first.2[0] != second.2[0]
                ? first.2[0].lexicographicallyPrecedes(second.2[0]) : first.2[1].lexicographicallyPrecedes(second.2[1])
        }.map { [Array("\($0.0)-\($0.1)".utf8)] + $0.2 }
    }

    @Test func randomIndexesComeBack() throws {
        var random = FixedRandom(state: 20_261_128)
        var refused = 0
        var returned: [ExportFormat: Int] = [:]
        for number in 0..<1_000 {
            let rate = try #require(FrameRate(Self.rates[number % Self.rates.count]))
            let index = try Self.randomIndex(&random, rate, isPlain: number % 4 != 0)
            let drops = ["30000/1001", "60000/1001"].contains("\(rate)") && number % 2 == 0
            let start = try #require(Timecode(drops ? "01:00:00;00" : "01:00:00:00"))
            for format in ExportFormat.allCases {
                let bytes: [UInt8]
                do throws(Fault) {
                    bytes = try index.exported(as: format, startTimecode: format == .csv ? nil : start, name: "reel")
                } catch let fault {
                    // What a format cannot hold is told, never bent: names with its own marks or white space at their ends.
                    #expect(fault.status == .badInput && format != .csv, "\(fault.message)")
                    refused += 1
                    continue
                }
                var options = ImportOptions()
                if format != .otio { options.frameRate = .constant(rate) }
                if format == .edl { options.startTimecode = start }
                let read = try EditorialImport(bytes, named: "\(format)", options)
                #expect(read.faults == [], "\(format)")
                #expect(read.frameRate == .constant(rate))
                #expect(Self.rows(try #require(read.index)) == Self.rows(index), "\(format) of index \(number)")
                if format == .edl { #expect(read.index?.startTimecode == start) }
                returned[format, default: 0] += 1
            }
        }
        #expect(returned[.csv] == 1_000)
        #expect(try #require(returned[.edl]) > 500, "\(returned)")
        #expect(returned[.otio] == returned[.edl])
        #expect(refused > 300)
    }

    static let refusals: [(ExportFormat, String, String, String)] = [
        (
            .edl, "24/1", "A|B",
            "clip (A|B, 5): 'A|B' holds '|', which stands between title and type there; rename it, or export csv"
        ),
        (
            .otio, "24/1", " A",
            "clip ( A, 5): ' A | 5' begins or ends with white space, or is too long, and would not come back the same; rename it, or export csv"
        ),
        (
            .otio, "1000/33", "A",
            "the rate 1000/33 is no decimal that OpenTimelineIO could hold; export csv, and give the rate when it is read"
        ),
        (
            .edl, "1000/33", "A",
            "the start timecode 01:00:00:00 does not exist at 1000/33, so an EDL cannot count; give another with --start-timecode, or export csv"
        ),
        (.edl, "variable", "A", "the index counts frames of a variable rate, which 'edl' cannot hold; export csv"),
    ]

    @Test(arguments: refusals)
    func whatCannotBeHeldIsRefused(format: ExportFormat, rate: String, title: String, message: String) throws {
        let clip = ClipLabel(title: title, type: "5", range: try #require(FrameRange(0, 5)))
        let index = try ClipIndex(frameRate: try #require(FrameRateMode(rate)), clips: [clip])
        #expect(throws: Fault(.badInput, message)) { try index.exported(as: format, name: "n") }
    }

    @Test func timecodeEndsAfterADay() throws {
        let clip = ClipLabel(title: "A", type: "5", range: try #require(FrameRange(24 * 3600 * 23, 24 * 3600 * 23 + 5)))
        let index = try ClipIndex(frameRate: .constant(try #require(FrameRate(24))), clips: [clip])
        let fault = #expect(throws: Fault.self) { try index.exported(as: .edl, name: "n") }
        #expect(try #require(fault).message.hasPrefix("clip (A, 5) begins at frame 1987200, where timecode"))
        _ = try index.exported(as: .edl, startTimecode: Timecode("00:00:00:00"), name: "n")
    }
}
