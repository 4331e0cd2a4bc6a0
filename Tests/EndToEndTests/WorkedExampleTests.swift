import Foundation
import MediaTime
import TestSupport
import Testing

/// The example that the project began with: three titles, a reel of three clips, every frame where it belongs.
@Suite struct WorkedExampleTests {
    private static let clips: [IndexFile.Clip] = [
        .init("A", "80", 1000, 1080), .init("A", "40", 1080, 1120), .init("B", "80", 1120, 1200),
        .init("B", "40", 1200, 1240), .init("C", "80", 1240, 1320),
    ]
    private static let reel = [clips[0], clips[3], clips[4]]
    private static let frames = Array(1000..<1080) + Array(1200..<1320)

    /// IDR pictures at every boundary, in between a B-pyramid.
    private static func safeSource(_ rate: FrameRate) throws -> String {
        try TestMedia.stamped(
            size: (288, 160), rate: rate, frames: 1400, idr: [1000, 1080, 1120, 1200, 1240, 1320], sound: "none")
    }

    /// Every 170th frame is an IDR picture, and none of them is a boundary.
    private static func unsafeSource(_ rate: FrameRate) throws -> String {
        try TestMedia.stamped(size: (288, 160), rate: rate, frames: 1400, gop: 170, sound: "none")
    }

    @Test(arguments: FrameRate.common) func copiedClipsAreTheSourcesOwn(rate: FrameRate) throws {
        let source = try Self.safeSource(rate)
        let space = try Workspace()
        let report = try space.ingest(source, rate: rate, Self.clips, condition: "copy")
        #expect(report.framesCopied == 320 && report.framesEncoded == 0)
        let reel = try expectTheReel(space, rate)
        let original = try Decoded.frames(of: source).md5s
        #expect(try Decoded.frames(of: reel).md5s == Self.frames.map { original[$0] })
        // The edition's id stands for every byte of it.
        let chosen = try space.ingest(source, rate: rate, Self.clips, condition: "auto")
        #expect(chosen.edition == report.edition)
        #expect(chosen.cuts.map(\.condition) == Self.clips.map { _ in "copy" })
    }

    @Test(arguments: FrameRate.common) func encodedClipsKeepEveryFrame(rate: FrameRate) throws {
        let source = try Self.unsafeSource(rate)
        let space = try Workspace()
        let report = try space.ingest(source, rate: rate, Self.clips, condition: "encode")
        #expect(report.framesCopied == 0 && report.framesEncoded == 320)
        _ = try expectTheReel(space, rate)
    }

    /// Looks the three clips up, stitches them, and reads the number that every frame of the reel carries.
    private func expectTheReel(_ space: Workspace, _ rate: FrameRate) throws -> String {
        let found = try Self.reel.map {
            try Command.json(LookupReport.self, ["lookup", $0.title, $0.type, "--library", space.library])
        }
        #expect(
            found == [
                LookupReport(title: "A", type: "80", start: 1000, end: 1080),
                LookupReport(title: "B", type: "40", start: 1200, end: 1240),
                LookupReport(title: "C", type: "80", start: 1240, end: 1320),
            ])
        let (plan, reel) = try space.render(PlanFile(Self.reel), as: "reel")
        #expect(try decodedStamps(of: reel) == Self.frames)
        let decoded = try Decoded.frames(of: reel)
        #expect(decoded.pts == Self.ticks(rate, decoded.timebase))
        try Command.check(["verify", reel, "--plan", plan, "--library", space.library, "--quiet"])
        return reel
    }

    /// When the 200 frames are due, in ticks of a time base in which a frame is a whole number of them.
    private static func ticks(_ rate: FrameRate, _ timebase: (numerator: Int64, denominator: Int64)) -> [Int64] {
        let (ticks, rest) = (rate.denominator * timebase.denominator)
            .quotientAndRemainder(dividingBy: rate.numerator * timebase.numerator)
        return rest == 0 ? (0..<200).map { $0 * ticks } : []
    }

    @Test(arguments: ["auto", "smart"]) func onlyEdgesAreEncoded(condition: String) throws {
        let space = try Workspace()
        let rate = FrameRate.common[3]
        let report = try space.ingest(Self.unsafeSource(rate), rate: rate, Self.clips, condition: condition)
        #expect(report.framesCopied > 0 && report.framesCopied + report.framesEncoded == 320)
        #expect(report.cuts.map(\.condition) == ["smart", "encode", "smart", "encode", "encode"])
        _ = try expectTheReel(space, rate)
    }

    @Test(arguments: FrameRate.common) func copyRefusesAnUnsafeBoundary(rate: FrameRate) throws {
        let space = try Workspace()
        let index = try space.write(IndexFile(frameRate: "\(rate)", clips: Self.clips), to: "clips.json")
        let result = try Command.run([
            "ingest", try Self.unsafeSource(rate), "--index", index, "--condition", "copy", "--library", space.library,
            "--quiet",
        ])
        #expect(result.status == 65)
        #expect(result.text == "")
        let line = result.errors
        #expect(line.hasPrefix("error: ") && line.hasSuffix("\n") && line.filter { $0 == "\n" }.count == 1)
        #expect(line.contains("clip (A, 80)") && line.contains("frame 1000"), "\(line)")
        #expect(!FileManager.default.fileExists(atPath: space.library))
    }

    /// The clip begins with an IDR, but the pictures before its end refer to one after it.
    @Test func copyRefusesAnOutPointInsideAGroup() throws {
        let space = try Workspace()
        let source = try TestMedia.stamped(size: (288, 160), frames: 1400, idr: [1000], sound: "none")
        let index = try space.write(
            IndexFile(frameRate: "24/1", clips: [.init("A", "80", 1000, 1079)]), to: "clips.json")
        let result = try Command.run([
            "ingest", source, "--index", index, "--condition", "copy", "--library", space.library, "--quiet",
        ])
        #expect(result.status == 65)
        #expect(result.errors.contains("clip (A, 80)") && result.errors.contains("the cut at 1079"), "\(result.errors)")
    }
}
