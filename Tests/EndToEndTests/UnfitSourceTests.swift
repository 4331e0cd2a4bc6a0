import Foundation
import MediaTime
import TestSupport
import Testing

/// Sources that cannot be read without a key, or that change in their middle.
@Suite struct UnfitSourceTests {
    private static let clip = IndexFile.Clip("A", "40", 40, 80)

    private static func source(_ size: (Int, Int) = (160, 96), container: String = "mp4") throws -> String {
        try TestMedia.stamped(
            size: (size.0, size.1), frames: 96, gop: 24, container: container, sound: "none")
    }

    @Sendable private static func ingest(
        _ space: Workspace, _ mega: String, _ clips: [IndexFile.Clip] = [clip], more: [String] = []
    ) throws -> [String] {
        let index = try space.write(IndexFile(frameRate: "24/1", clips: clips), to: "clips.json")
        return ["ingest", mega, "--index", index, "--library", space.library, "--quiet"] + more
    }

    /// MP4 with common encryption.
    @Sendable private static func encrypted(_ space: Workspace) throws -> String {
        let key = [
            "-encryption_key", "76a6c65c5ea762046bd749a2e632ccbb", "-encryption_kid",
            "a7e61c373e219033c21091fa607bf3b8",
        ]
        try Tools.check(
            "ffmpeg",
            ["-nostdin", "-i", source(), "-c", "copy", "-encryption_scheme", "cenc-aes-ctr"] + key + [
                space.file("cenc.mp4")
            ])
        return space.file("cenc.mp4")
    }

    /// A transport stream whose picture packets are scrambled with the even key, as DVB does: what stands in them is noise.
    @Sendable private static func scrambled(_ space: Workspace) throws -> String {
        var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: source(container: "ts"))))
        var random = FixedRandom(state: 1)
        for packet in stride(from: 0, to: bytes.count - 187, by: 188)
        where Int(bytes[packet + 1] & 0x1F) << 8 | Int(bytes[packet + 2]) == 0x100 {
            bytes[packet + 3] |= 0x80
            let payload = bytes[packet + 3] & 0x20 != 0 ? 5 + Int(bytes[packet + 4]) : 4
            for place in payload..<188 { bytes[packet + place] = UInt8.random(in: 0...255, using: &random) }
        }
        try Data(bytes).write(to: URL(fileURLWithPath: space.file("scrambled.ts")))
        return space.file("scrambled.ts")
    }

    /// 96 frames of 160x96, then 96 of 192x108, in one transport stream: one stream whose pictures change.
    @Sendable private static func resized(_ space: Workspace) throws -> String {
        let pieces = try [source(), source((192, 108))]
        let list = try space.write(pieces.map { "file '\($0)'\n" }.joined(), to: "list.txt")
        try Tools.check(
            "ffmpeg",
            ["-nostdin", "-f", "concat", "-safe", "0", "-i", list, "-c", "copy", "-y", space.file("resized.ts")])
        return space.file("resized.ts")
    }

    /// The packet of frame 59, the sixty-first in order of decoding, claims a NAL unit longer than itself.
    @Sendable private static func damaged(_ space: Workspace) throws -> String {
        let track = try MovieBoxes.read(source()).tracks[0]
        var bytes = try Data(contentsOf: URL(fileURLWithPath: source()))
        let offset = track.offsets[60]
        bytes.replaceSubrange(offset..<offset + 4, with: [0x7F, 0xFF, 0xFF, 0xFF])
        try bytes.write(to: URL(fileURLWithPath: space.file("damaged.mp4")))
        return space.file("damaged.mp4")
    }

    private static let refusals: [Refusal] = [
        Refusal("a damaged packet, copying", 65, ["damaged.mp4", "frame 59 is damaged"]) {
            try ingest($0, damaged($0), [.init("A", "x", 48, 72)], more: ["--condition", "copy"])
        },
        Refusal("a damaged packet, encoding", 65, ["damaged.mp4", "frame"]) {
            try ingest($0, damaged($0), [.init("A", "x", 50, 72)], more: ["--condition", "encode"])
        },
        Refusal("common encryption", 65, ["cenc.mp4", "encrypted"]) { try ingest($0, encrypted($0)) },
        Refusal("common encryption, encoding", 65, ["cenc.mp4", "encrypted"]) {
            try ingest($0, encrypted($0), more: ["--condition", "encode"])
        },
        Refusal("scrambled transport stream", 65, ["scrambled.ts", "encrypted"]) { try ingest($0, scrambled($0)) },
        Refusal("pictures of another size", 65, ["resized.ts", "frame 96", "192x108", "--condition encode"]) {
            try ingest($0, resized($0), [.init("A", "x", 90, 100)])
        },
        Refusal("pictures of another size, whole clip", 65, ["resized.ts", "192x108", "--condition encode"]) {
            try ingest($0, resized($0), [.init("A", "x", 120, 144)])
        },
        Refusal("no such picture track", 65, ["track 1"]) { try ingest($0, source(), more: ["--video-track", "1"]) },
        Refusal("negative picture track", 64, ["--video-track"]) {
            try ingest($0, source(), more: ["--video-track=-1"])
        },
        Refusal("no jobs", 64, ["--jobs"]) { try ingest($0, source(), more: ["--jobs", "0"]) },
        Refusal("too many jobs", 64, ["--jobs"]) { try ingest($0, source(), more: ["--jobs", "1000"]) },
    ]

    @Test(arguments: refusals) func unfitSourcesAreRefused(refusal: Refusal) throws { try refusal.expect() }

    @Test(arguments: ["copy", "smart", "auto"]) func damageHurtsOnlyTheClipsThatHaveIt(condition: String) throws {
        let space = try Workspace()
        let clips: [IndexFile.Clip] = [.init("A", "x", 0, 48), .init("B", "x", 72, 96)]
        let report = try Command.json(
            IngestReport.self, Self.ingest(space, Self.damaged(space), clips, more: ["--condition", condition]))
        #expect(report.framesCopied == 72 && report.framesEncoded == 0)
        let (_, reel) = try space.render(PlanFile(clips), as: "reel")
        #expect(try decodedStamps(of: reel) == Array(0..<48) + Array(72..<96))
    }

    /// Clips that the change does not touch are made; `encode` makes all frames alike.
    @Test func aChangeOfSizeHurtsOnlyWhereItIs() throws {
        let space = try Workspace()
        let clips: [IndexFile.Clip] = [.init("A", "x", 24, 48), .init("B", "x", 60, 90)]
        try Command.check(Self.ingest(space, Self.resized(space), clips))
        let (_, reel) = try space.render(PlanFile(clips), as: "reel")
        #expect(try decodedStamps(of: reel) == Array(24..<48) + Array(60..<90))
        let across: [IndexFile.Clip] = [.init("A", "x", 90, 110)]
        try Command.check(Self.ingest(space, Self.resized(space), across, more: ["--condition", "encode"]))
        let (_, encoded) = try space.render(PlanFile(across), as: "encoded")
        #expect(try decodedStamps(of: encoded) == Array(90..<96) + Array(0..<14))
    }
}
