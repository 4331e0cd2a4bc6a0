import Diagnostics
import Editions
import Editorial
import Foundation
import MediaTime
import TestSupport
import Testing

@testable import Conditioning

/// Clips that were made before are not made again, and several are made at a time.
@Suite struct ReuseTests {
    private static let ranges: [(Int64, Int64)] = [(5, 45), (40, 96), (0, 2), (30, 72), (11, 12), (96, 144), (10, 144)]

    private func source(_ more: [String] = []) throws -> String {
        try TestMedia.stamped(size: (320, 180), frames: 144, gop: 24, sound: "none", more: more)
    }

    private func condition(
        _ path: String, _ ranges: [(Int64, Int64)], _ library: Library, _ conditioner: Conditioner = .init()
    ) throws -> ConditionedPicture {
        try conditioner.condition(footage(path, ranges), into: library, progress: { _ in })
    }

    @Test(arguments: [ConditionMode.auto, .encode]) func theNumberOfJobsMakesNoDifference(mode: ConditionMode) throws {
        let folder = try TemporaryFolder()
        let made = try [1, 2, 5, 64].map { jobs in
            try condition(
                source(), Self.ranges, Library.create(folder.file("lib\(jobs)")),
                Conditioner(mode: mode, ladder: mode == .encode ? try Ladder("180:600,90:200") : nil, jobs: jobs))
        }
        for picture in made.dropFirst() {
            #expect(picture.entries.map(\.media) == made[0].entries.map(\.media))
            #expect(picture.entries.map(\.frameHashes) == made[0].entries.map(\.frameHashes))
            #expect(picture.entries.map(\.pictures) == made[0].entries.map(\.pictures))
            #expect(picture.renditions == made[0].renditions)
        }
    }

    /// One failing clip ends all workers, and its error is told.
    @Test func aFailureOfOneWorkerIsToldOnce() throws {
        let folder = try TemporaryFolder()
        let damaged = folder.file("damaged.mp4")
        var bytes = try Data(contentsOf: URL(fileURLWithPath: source()))
        let middle = bytes.count * 2 / 3
        bytes.replaceSubrange(middle..<middle + 4_000, with: [UInt8](repeating: 0xA5, count: 4_000))
        try bytes.write(to: URL(fileURLWithPath: damaged))
        let library = try Library.create(folder.file("lib"))
        #expect(throws: (any Error).self) {
            try condition(damaged, Self.ranges, library, Conditioner(mode: .encode, jobs: 4))
        }
        // Clips that the damage does not touch are fine.
        let whole = try condition(damaged, [(0, 40)], library, Conditioner(mode: .encode, jobs: 4))
        #expect(whole.entries[0].frameHashes[0].count == 40)
    }

    @Test func whatWasMadeIsTakenFromTheLibrary() throws {
        let folder = try TemporaryFolder()
        let library = try Library.create(folder.file("lib"))
        let first = try condition(source(), Self.ranges, library)
        #expect(first.clipsReused == 0)
        let again = try condition(source(), Self.ranges, library)
        #expect(again.clipsReused == Self.ranges.count)
        #expect(again.entries.map(\.media) == first.entries.map(\.media))
        #expect(again.entries.map(\.frameHashes) == first.entries.map(\.frameHashes))
        #expect(again.entries.map(\.pictures) == first.entries.map(\.pictures))
        // One clip moved by a frame, and another index's order.
        var moved = Self.ranges
        moved[1] = (41, 96)
        let edited = try condition(source(), moved.reversed(), library)
        #expect(edited.clipsReused == Self.ranges.count - 1)
        // Another quality is another clip, unless it is copied whole.
        let better = try condition(source(), Self.ranges, library, Conditioner(quality: 20))
        #expect(better.clipsReused == 0 || better.entries.filter { $0.media == first.entries[5].media }.count == 1)
    }

    /// The same packets elsewhere are the same clip; others at the same place are not.
    @Test func clipsAreKnownByTheirPackets() throws {
        let folder = try TemporaryFolder()
        let library = try Library.create(folder.file("lib"))
        let path = try source()
        let range: [(Int64, Int64)] = [(53, 70), (96, 120)]
        _ = try condition(path, range, library)
        // Without its first two groups, in another container: two groups of 24 frames come earlier.
        let later = folder.file("later.mkv")
        try Tools.check("ffmpeg", ["-nostdin", "-ss", "2", "-i", path, "-c", "copy", "-y", later])
        #expect(try decodedStamps(of: later).first == 48)
        let copied = try condition(later, [(48, 72)], library)
        #expect(copied.clipsReused == 0 && copied.framesEncoded == 0)
        let renamed = folder.file("renamed.mp4")
        try FileManager.default.copyItem(atPath: path, toPath: renamed)
        #expect(try condition(renamed, range, library).clipsReused == 2)
        let other = try source(["--crf", "30"])
        #expect(try condition(other, range, library).clipsReused == 0)
    }

    @Test func damagedLeftoversAreMadeAnew() throws {
        let folder = try TemporaryFolder()
        let library = try Library.create(folder.file("lib"))
        let first = try condition(source(), Self.ranges, library)
        let object = library.path(of: first.entries[0].media[0].object, "m4s")
        let whole = try Data(contentsOf: URL(fileURLWithPath: object))
        try (whole.dropLast(9) + Data(repeating: 0, count: 9)).write(to: URL(fileURLWithPath: object))
        try FileManager.default.removeItem(atPath: library.path(of: first.entries[1].media[0].object, "m4s"))
        let again = try condition(source(), Self.ranges, library)
        #expect(again.clipsReused == Self.ranges.count - 2)
        #expect(again.entries.map(\.media) == first.entries.map(\.media))
        for entry in again.entries {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: library.path(of: entry.media[0].object, "m4s")))
            #expect(ObjectID.of(Array(bytes)) == entry.media[0].object)
        }
    }
}
