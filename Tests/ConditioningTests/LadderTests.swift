import Diagnostics
import Editions
import Foundation
import MediaTime
import TestSupport
import Testing

@testable import Conditioning

/// Renditions at given sizes and bit rates, made in one pass.
@Suite struct LadderTests {
    private static let ranges: [(Int64, Int64)] = [(5, 101), (30, 31), (96, 192), (0, 192)]

    private func ladder(
        _ text: String, of path: String, mode: ConditionMode = .auto, keepsSource: Bool = false,
        codec: EncodedCodec = .h264
    ) throws -> (Library, ConditionedPicture, TemporaryFolder) {
        let folder = try TemporaryFolder()
        let library = try Library.create(folder.file("lib"))
        let conditioner = Conditioner(mode: mode, codec: codec, ladder: try Ladder(text), keepsSource: keepsSource)
        let picture = try conditioner.condition(
            footage(path, Self.ranges), into: library, progress: { _ in })
        return (library, picture, folder)
    }

    private func source() throws -> String {
        try TestMedia.stamped(size: (640, 360), frames: 192, idr: [96], gop: 48, sound: "none")
    }

    @Test(arguments: [EncodedCodec.h264, .hevc]) func everyRungHasTheSameFramesAndBoundaries(codec: EncodedCodec) throws
    {
        let (library, picture, folder) = try ladder("180:300,360:900", of: source(), codec: codec)
        #expect(picture.renditions.map(\.name) == ["v360-900", "v180-300"])
        #expect(picture.renditions.map(\.width) == [640, 320])
        #expect(picture.renditions.map(\.height) == [360, 180])
        #expect(picture.renditions.map(\.condition) == ["encode", "encode"])
        for (clip, entry) in picture.entries.enumerated() {
            #expect(entry.media.map { $0.parts.map(\.frames) }.allSatisfy { $0 == entry.media[0].parts.map(\.frames) })
            for (number, rendition) in picture.renditions.enumerated() {
                let file = folder.file("\(clip)-\(number).mp4")
                try Data(
                    contentsOf: URL(fileURLWithPath: library.path(of: rendition.initSegment, "mp4"))
                ).write(to: URL(fileURLWithPath: file))
                let handle = try #require(FileHandle(forWritingAtPath: file))
                try handle.seekToEnd()
                try handle.write(
                    contentsOf: Data(
                        contentsOf: URL(fileURLWithPath: library.path(of: entry.media[number].object, "m4s"))))
                try handle.close()
                #expect(try decodedStamps(of: file) == Array(Int(entry.range.start)..<Int(entry.range.end)))
                #expect(try frameMD5s(of: file) == entry.frameHashes[number].map(\.description))
            }
        }
    }

    /// The longest clip's average lies within a fifth of what was asked for, and the smaller rung's is the smaller.
    @Test func bitRatesAreKept() throws {
        let (_, picture, _) = try ladder("360:900,180:300", of: source())
        let kilobits = picture.entries[3].media.map { Int($0.bytes * 8 * 24 / 192 / 1000) }
        #expect((720...1080).contains(kilobits[0]), "\(kilobits)")
        #expect((240...360).contains(kilobits[1]), "\(kilobits)")
    }

    @Test func theSourcesOwnRenditionIsAdded() throws {
        let path = try source()
        let (_, picture, _) = try ladder("180:300", of: path, keepsSource: true)
        #expect(picture.renditions.map(\.name) == ["source", "v180-300"])
        #expect(picture.renditions.map(\.condition) == ["smart", "encode"])
        #expect(picture.plans[0].cuts.map(\.condition) == [.smart, .encode, .copy, .copy])
        let original = try frameMD5s(of: path)
        #expect(picture.entries[2].frameHashes[0].map(\.description) == Array(original[96..<192]))
        // The same as without a ladder.
        let alone = try condition(path, .auto, Self.ranges)
        #expect(alone.picture.entries.map { $0.media[0] } == picture.entries.map { $0.media[0] })
        #expect(alone.picture.renditions[0] == picture.renditions[0])
    }

    @Test(arguments: [EncodedCodec.h264, .hevc]) func theSameInputGivesTheSameBytes(codec: EncodedCodec) throws {
        let made = try (0..<2).map { _ in try ladder("180:300", of: source(), codec: codec).1 }
        #expect(made[0].entries.map(\.media) == made[1].entries.map(\.media))
    }

    @Test(arguments: [
        "", "720", "720:", ":3000", "720:3000,", "721:3000", "720:3000,720:3000", "8:300", "720:1", "a:b", "720:3000:2",
    ])
    func senselessLaddersAreRefused(text: String) throws {
        let fault = try #require(throws: Fault.self) { try Ladder(text) }
        #expect(fault.status == .usage && fault.message.hasPrefix("--ladder "), "\(fault)")
    }

    @Test func laddersThatDoNotFitAreRefused() throws {
        let path = try source()
        let higher = try #require(throws: Fault.self) { try ladder("720:3000", of: path) }
        #expect(higher == Fault(.usage, "--ladder 720:3000: \(path) has only 360 lines"))
        let copied = try #require(throws: Fault.self) { try ladder("180:300", of: path, mode: .copy) }
        #expect(copied.status == .usage && copied.message.contains("--keep-source"))
    }
}
