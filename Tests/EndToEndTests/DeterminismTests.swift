import Foundation
import MediaTime
import TestSupport
import Testing

/// The same input gives the same bytes, wherever and however often.
@Suite struct DeterminismTests {
    private static let clips: [IndexFile.Clip] = [.init("A", "80", 40, 120), .init("B", "40", 130, 170)]

    @Test(arguments: ["copy", "encode"]) func anIngestGivesTheSameEdition(condition: String) throws {
        let space = try Workspace()
        let mega = try TestMedia.stamped(size: (160, 96), frames: 240, idr: [40, 120, 130, 170])
        let libraries = ["first", "second"].map { space.file($0) }
        let reports = try libraries.map {
            try space.ingest(mega, rate: .film, Self.clips, condition: condition, beds: ["main=0-240"], library: $0)
        }
        #expect(reports[0].edition == reports[1].edition)
        // All but when it was made and by whom, which edition.json and the log say, and the hash of the former.
        let contents = try libraries.map { library in
            try Listing(of: [library]).paths.filter { path in
                !["/edition.json", "/SHA256SUMS", "/promotions.ndjson"].contains { path.hasSuffix($0) }
            }.map {
                Entry(path: String($0.dropFirst(library.count)), content: FileManager.default.contents(atPath: $0))
            }
        }
        #expect(contents[0] == contents[1])

        // Once more into the same library: nothing new.
        let before = try Listing(of: [libraries[0]])
        let again = try space.ingest(
            mega, rate: .film, Self.clips, condition: condition, beds: ["main=0-240"], library: libraries[0])
        #expect(again.edition == reports[0].edition)
        let changes = try Listing(of: [libraries[0]]).changes(since: before)
        #expect(changes.filter { !$0.hasSuffix("/promotions.ndjson") } == [])
    }

    private struct Entry: Equatable {
        var path: String
        var content: Data?
    }

    /// Encoders may read memory that they never wrote: what lies there must not matter. The width is no multiple of 128,
    /// where that was seen.
    @Test func whatLiesInFreedMemoryDoesNotMatter() throws {
        let space = try Workspace()
        let mega = try TestMedia.stamped(size: (160, 96), frames: 240, idr: [40, 120, 130, 170])
        let index = try space.write(IndexFile(frameRate: "24/1", clips: Self.clips), to: "clips.json")
        let reports = try [0, 85, 170, 255].map { filling in
            try Tools.check(
                Command.path,
                ["ingest", mega, "--index", index, "--library", space.file("\(filling)"), "--condition", "encode"]
                    + ["--bed", "main=0-240", "--quiet"],
                environment: ["MALLOC_PERTURB_": "\(filling)"]
            ).text
        }
        #expect(Set(reports).count == 1, "\(reports)")
    }

    /// The order of an index is the editors' affair.
    @Test func theOrderOfTheIndexDoesNotMatter() throws {
        let space = try Workspace()
        let mega = try TestMedia.stamped(size: (160, 96), frames: 240, idr: [40, 120, 130, 170])
        let reports = try [Self.clips, Self.clips.reversed()].map { try space.ingest(mega, rate: .film, $0) }
        #expect(reports[0].edition == reports[1].edition)
    }

    @Test func otherClipsGiveAnotherEdition() throws {
        let space = try Workspace()
        let mega = try TestMedia.stamped(size: (160, 96), frames: 240, idr: [40, 120, 130, 170])
        let reports = try [
            Self.clips, [Self.clips[0]], [Self.clips[0], .init("C", "40", 130, 170)],
        ].map { try space.ingest(mega, rate: .film, $0) }
        #expect(Set(reports.map(\.edition)).count == 3)
    }

    @Test func aRenderGivesTheSameBytes() throws {
        let titles = try TwelveTitles.shared()
        let plan = PlanFile(Array(TwelveTitles.ranked[4..<9]), audio: .init(start: 40_960))
        let reels = try (0..<2).map { _ in try titles.space.render(plan, as: UUID().uuidString).reel }
        #expect(FileManager.default.contentsEqual(atPath: reels[0], andPath: reels[1]))

        // Also where the sound has to be made anew, in another library.
        let space = try Workspace()
        try space.ingest(
            titles.mega, rate: .film, TwelveTitles.clips, condition: "copy",
            beds: ["main=\(TwelveTitles.music())", "own=100-1500"])
        #expect(try space.edition().id == titles.edition.id)
        let (_, elsewhere) = try space.render(plan, as: "reel")
        #expect(FileManager.default.contentsEqual(atPath: reels[0], andPath: elsewhere))
    }
}
