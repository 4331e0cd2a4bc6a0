import StageSupport
import Diagnostics
import Editions
import Foundation
import MediaTime
import Plans
import Stitching
import TestSupport
import Testing

/// The file of a reel: the fragments of its clips, each with two integers replaced and nothing else.
@Suite struct ReelWriterTests {
    private let audio = AudioSettings(start: 5_000, fadeIn: 3_072, fadeOut: 24_000)

    private func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

    private func big(_ value: Int64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> Int64(8 * (count - 1 - $0))) }
    }

    @Test func aReelIsOneTimelineOfItsClips() throws {
        let stage = try Stage()
        let plan = stage.plan("ABADEC", audio: audio)
        let path = try stage.stitch(plan, as: "reel.mp4", reel: "0123456789abcdef")
        let timeline = try Timeline.check(path)
        #expect(timeline.faults == [])
        #expect(timeline.tracks.map(\.handler) == ["vide", "soun"])
        #expect(timeline.tracks[0].presentationTimes == (0..<321).map { Double($0 * 1_000) })
        // 642,000 samples are 626.9 AAC frames: the sound is never longer than the picture.
        #expect(timeline.tracks[1].presentationTimes == (0..<626).map { Double($0 * 1_024) })

        let boxes = try MovieBoxes.read(path)
        #expect(boxes.tracks.map(\.sampleEntries) == [["avc1"], ["mp4a"]])
        #expect(boxes.movie?.mehdDuration == 321_000)
        #expect(boxes.movie?.timescale == 24_000)
        let tags = try Tools.check(
            "ffprobe",
            [
                "-v", "error", "-show_entries", "format_tags=sizzle_edition,sizzle_reel", "-of", "default=nw=1:nk=1",
                path,
            ])
        #expect(Set(tags.lines) == [stage.edition.id, "0123456789abcdef"])

        let expected = plan.slots.flatMap { slot in
            Stage.clips.filter { $0.title == slot.title }.flatMap { $0.range.0..<$0.range.1 }
        }
        #expect(try decodedStamps(of: path) == expected.map(Int.init))
    }

    @Test func decodedFramesAreTheEditions() throws {
        let stage = try Stage(withBed: false)
        let path = try stage.stitch(stage.plan("DABEC"), as: "reel.mp4")
        let hashes = try "DABEC".flatMap { title in
            let clip = try #require(Stage.clips.first { $0.title == String(title) })
            return try stage.edition.clips.frameHashes(
                of: stage.edition.clip(title: clip.title, type: clip.type), rendition: 0
            ).map(\.description)
        }
        #expect(try frameMD5s(of: path) == hashes)
        #expect(try MovieBoxes.read(path).tracks.map(\.handler) == ["vide"])
    }

    /// Picture and sound in order of time, at the same time the picture first.
    @Test func fragmentsStandInOrderOfTime() throws {
        let stage = try Stage()
        let path = try stage.stitch(stage.plan("ABADEC", audio: audio), as: "reel.mp4")
        let fragments = try MovieBoxes.read(path).fragments.map { ($0.sequenceNumber, $0.tracks[0]) }
        func time(_ track: MovieBoxes.TrackFragment) throws -> Int64 {
            // In units in which both tracks are whole: 1/48000 s.
            try #require(track.tfdt) * (track.trackId == 1 ? 2 : 1)
        }
        let order = try fragments.map { [try time($0.1), Int64($0.1.trackId)] }
        #expect(order == order.sorted { $0.lexicographicallyPrecedes($1) })
        #expect(order.filter { $0[1] == 1 }.map { $0[0] / 2_000 } == [0, 40, 80, 120, 160, 200, 240, 280, 281])
        // The bed begins 4 AAC frames in, so its parts begin at 92 + 96 n; the fade takes the last 24.
        #expect(order.filter { $0[1] == 2 }.map { $0[0] / 1_024 } == [0, 92, 188, 284, 380, 476, 572])
        #expect(
            fragments.map(\.0)
                == order.map { 1 + Int($0[0] / ($0[1] == 1 ? 2_000 : 1_024)) })
    }

    /// What is written is what is stored, but for 4 bytes of sequence number and 8 bytes of decode time.
    @Test func nothingButTwelveBytesIsReplaced() throws {
        let stage = try Stage()
        let plan = stage.plan("BADC", audio: audio)
        let layout = try ReelLayout(plan, stage.edition)
        let sound = try #require(try stage.sound(plan, layout))
        let file = try bytes(stage.stitch(plan, as: "reel.mp4"))
        let boxes = try MovieBoxes.read(stage.folder.file("reel.mp4"))
        for (track, pieces, step) in [(1, layout.picture, 1_000), (2, sound.pieces, 1_024)]
            as [(Int, [TrackPiece], Int64)]
        {
            let fragments = boxes.fragments.filter { $0.tracks[0].trackId == track }
            #expect(fragments.count == pieces.count)
            for (fragment, piece) in zip(fragments, pieces) {
                let part = piece.part
                let stored = try bytes(stage.library.path(of: piece.object, "m4s"))
                let before = stored[Int(part.offset)..<Int(part.offset + part.size)]
                let after = file[fragment.offset..<fragment.offset + Int(part.size)]
                var expected = Array(before)
                let (number, time) = (Int(part.sequenceNumberOffset), Int(part.decodeTimeOffset))
                expected.replaceSubrange(number..<number + 4, with: big(1 + piece.position, 4))
                expected.replaceSubrange(time..<time + 8, with: big(piece.position * step, 8))
                let same = Array(after) == expected
                #expect(same, "track \(track), \(piece.position)")
            }
        }
        // And nothing stands between the fragments.
        let first = try #require(boxes.fragments.first)
        let sizes = (layout.picture + sound.pieces).reduce(0) { $0 + Int($1.part.size) }
        #expect(file.count == first.offset + sizes)
    }

    @Test func theSamePlanGivesTheSameBytes() throws {
        let stages = try (0..<2).map { _ in try Stage() }
        let files = try stages.map { try bytes($0.stitch($0.plan("BADC", audio: audio), as: "reel.mp4")) }
        let same = files[0] == files[1]
        #expect(same)
        #expect(stages[0].edition.id == stages[1].edition.id)
    }

    @Test func aFaultLeavesTheOlderFile() throws {
        let stage = try Stage(withBed: false)
        let plan = stage.plan("BADC")
        let output = try stage.folder.write("old", to: "reel.mp4")
        let media = try stage.edition.clips.media(of: stage.edition.clip(title: "C", type: "40"), rendition: 0)
        let object = stage.library.path(of: media.object, "m4s")
        let whole = try bytes(object)
        try Data(whole.dropLast()).write(to: URL(fileURLWithPath: object))
        #expect(
            try fault { try stage.stitch(plan, as: "reel.mp4") }
                == Fault(.badInput, "\(object): ends before byte \(whole.count) that is needed"))
        try FileManager.default.removeItem(atPath: object)
        #expect(try fault { try stage.stitch(plan, as: "reel.mp4") }.status == .notFound)
        #expect(try bytes(output) == Array("old".utf8))
        #expect(try FileManager.default.contentsOfDirectory(atPath: stage.folder.path).sorted() == ["lib", "reel.mp4"])
        #expect(try fault { try stage.stitch(stage.plan("A"), as: "missing/reel.mp4") }.status == .cannotCreate)
    }
}
