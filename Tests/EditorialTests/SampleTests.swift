import Diagnostics
import Editorial
import Foundation
import MediaTime
import TestSupport
import Testing

/// The samples of editors' exports, against lists that were computed by other means.
@Suite(.serialized) struct SampleTests {
    /// One entry of `expected.json`.
    struct Expected: Decodable {
        var file: String
        var frameRate: String
        var startTimecode: String?
        var ranges: [Range]

        struct Range: Decodable, Hashable {
            var name: String
            var start: Int64
            var end: Int64

            init(_ name: String, _ start: Int64, _ end: Int64) {
                (self.name, self.start, self.end) = (name, start, end)
            }

            init(from decoder: any Decoder) throws {
                var values = try decoder.unkeyedContainer()
                name = try values.decode(String.self)
                start = try values.decode(Int64.self)
                end = try values.decode(Int64.self)
            }
        }
    }

    private static let folder = SharedMedia.editorial

    private static var expected: [Expected] {
        guard let folder, let data = FileManager.default.contents(atPath: "\(folder)/expected/expected.json") else {
            return []
        }
        return (try? JSONDecoder().decode([Expected].self, from: data)) ?? []
    }

    static func options(_ expected: Expected) throws -> ImportOptions {
        var options = ImportOptions()
        options.frameRate = .constant(try #require(FrameRate(expected.frameRate)))
        options.startTimecode = expected.startTimecode.flatMap { Timecode($0) }
        return options
    }

    @Test(.needsSharedMedia)
    func everySampleGivesItsList() throws {
        let folder = try #require(Self.folder)
        #expect(Self.expected.count == 20)
        for sample in Self.expected {
            var options = try Self.options(sample)
            let bytes = try Array(StrictJSON.contents(ofFile: "\(folder)/\(sample.file)"))
            let read = try EditorialImport(bytes, named: sample.file, options)
            // Keywords are in the order of the file, which lists each clip's.
            let order = { (ranges: [Expected.Range]) in
                sample.file.hasPrefix("fcpxml") ? ranges.sorted { ($0.start, $0.end) < ($1.start, $1.end) } : ranges
            }
            #expect(
                order(read.marks.map { Expected.Range($0.name, $0.start, $0.end) }) == order(sample.ranges),
                "\(sample.file)")
            // What states its rate needs no option, and refuses another.
            guard read.format.statesFrameRate else { continue }
            options.frameRate = nil
            #expect(try EditorialImport(bytes, named: "a", options).marks == read.marks, "\(sample.file)")
            options.frameRate = .constant(try #require(FrameRate(48)))
            #expect(throws: Fault.self) { try EditorialImport(bytes, named: "a", options) }
        }
    }
}
