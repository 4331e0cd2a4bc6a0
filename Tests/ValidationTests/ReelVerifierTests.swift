import StageSupport
import Diagnostics
import Editions
import Foundation
import MediaTime
import Plans
import Stitching
import TestSupport
import Testing

@testable import Validation

/// A good reel passes; each thing that can be wrong in one is found and named.
@Suite struct ReelVerifierTests {
    private let stage: Stage
    private let audio = AudioSettings(start: 5_000, fadeIn: 3_072, fadeOut: 24_000)

    init() throws { stage = try Stage() }

    private func verify(_ plan: ReelPlan, _ name: String, reel: String = "r1") throws -> ReelReport {
        try ReelVerifier(plan, stage.edition).verify(stage.folder.file(name), reel: reel)
    }

    /// `kind frame slot` of each fault.
    private func kinds(_ report: ReelReport) -> [String] {
        report.faults.map { fault in
            "\(fault.kind.rawValue) \(fault.frame.map(String.init) ?? "-") \(fault.slot.map(String.init) ?? "-")"
        }
    }

    /// Changes a stitched file in place.
    private func tamper(_ name: String, _ change: (inout [UInt8], MovieBoxes) throws -> Void) throws {
        let path = stage.folder.file(name)
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        try change(&bytes, try MovieBoxes.read(path))
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    /// Where each fragment of a track begins and ends.
    private func fragments(_ boxes: MovieBoxes, track: Int, in bytes: [UInt8]) -> [Range<Int>] {
        let starts = boxes.fragments.map(\.offset) + [bytes.count]
        return boxes.fragments.indices.filter { boxes.fragments[$0].tracks[0].trackId == track }
            .map { starts[$0]..<starts[$0 + 1] }
    }

    @Test func goodReelsPass() throws {
        for (titles, audio) in [
            ("ABADEC", self.audio), ("A", nil), ("EE", nil), ("CCCC", AudioSettings(mode: AudioSettings.Mode.none)),
            ("DB", AudioSettings(fadeIn: 1_000_000, fadeOut: 1_000_000)), ("BB", AudioSettings(fadeIn: 0, fadeOut: 0)),
        ] as [(String, AudioSettings?)] {
            let plan = stage.plan(titles, audio: audio)
            try stage.stitch(plan, as: "good.mp4")
            let report = try verify(plan, "good.mp4")
            #expect(report.faults == [], "\(titles)")
            #expect(
                report.frames
                    == plan.slots.reduce(0) { sum, slot in
                        sum + Stage.clips.filter { $0.title == slot.title }.reduce(0) { $0 + $1.range.1 - $1.range.0 }
                    })
        }
    }

    @Test func anotherClipInASlotIsFound() throws {
        let plan = stage.plan("ABC", audio: audio)
        try stage.stitch(stage.plan("ACC", audio: audio), as: "other.mp4")
        let report = try verify(plan, "other.mp4")
        // C shows other frames than B: all that are looked at are wrong, and after twenty nothing more is looked at.
        #expect(kinds(report) == (80..<100).map { "wrongFrame \($0) 2" })
        #expect(
            try #require(report.faults.first).message.hasPrefix(
                "frame 80 (slot 2, clip (B, 40), frame 80 of the Mega Asset) decodes to "))
    }

    @Test func aFragmentAtTheWrongTimeIsFound() throws {
        let plan = stage.plan("BCE")
        try stage.stitch(plan, as: "late.mp4")
        try tamper("late.mp4") { bytes, boxes in
            let last = try #require(fragments(boxes, track: 1, in: bytes).last)
            let name = try #require(bytes[last].firstRange(of: Array("tfdt".utf8)))
            // The last byte of a decode time of 64 bits: a tick of 1,000 a frame.
            bytes[name.upperBound + 11] += 1
        }
        let report = try verify(plan, "late.mp4")
        #expect(kinds(report) == ["wrongTime 80 3"])
        #expect(report.faults.map(\.message) == ["frame 80 is presented at 80001, not at tick 80000 of 1/24000 s"])
    }

    @Test func missingAndSurplusFramesAreFound() throws {
        let plan = stage.plan("ABC", audio: AudioSettings(mode: AudioSettings.Mode.none))
        try stage.stitch(stage.plan("AB", audio: plan.audio), as: "short.mp4")
        let short = try verify(plan, "short.mp4")
        #expect(kinds(short) == ["wrongLength 120 -"])
        #expect(short.frames == 120)
        try stage.stitch(stage.plan("ABCE", audio: plan.audio), as: "long.mp4")
        let long = try verify(plan, "long.mp4")
        #expect(kinds(long) == ["wrongLength 160 -"])
        #expect(long.faults.map(\.message) == ["\(stage.folder.file("long.mp4")): has 161 frames, the plan 160"])
    }

    @Test func theWrongSoundIsFound() throws {
        let plan = stage.plan("ABADEC", audio: audio)
        func check(_ other: AudioSettings, _ words: String) throws {
            try stage.stitch(stage.plan("ABADEC", audio: other), as: "sound.mp4")
            let report = try verify(plan, "sound.mp4")
            #expect(kinds(report) == ["wrongSound - -"])
            #expect(report.faults.first?.message.contains(words) == true, "\(report.faults)")
        }
        try check(AudioSettings(mode: AudioSettings.Mode.none), "has no sound")
        // One AAC frame further into the bed.
        try check(
            AudioSettings(start: 6_144, fadeIn: 3_072, fadeOut: 24_000), "is not that of bed 'main' from sample 3072 on"
        )
        // A fade that is still going on where the plan's is over.
        try check(
            AudioSettings(start: 5_000, fadeIn: 48_000, fadeOut: 24_000),
            "is not that of bed 'main' from sample 3072 on")
        try check(AudioSettings(start: 5_000, fadeIn: 3_072, fadeOut: 96_000), "is not that of bed 'main'")

        let silent = stage.plan("AB", audio: AudioSettings(mode: AudioSettings.Mode.none))
        try stage.stitch(stage.plan("AB", audio: audio), as: "loud.mp4")
        #expect(kinds(try verify(silent, "loud.mp4")) == ["wrongSound - -"])
    }

    @Test func aMissingPartOfTheSoundIsFound() throws {
        let plan = stage.plan("ABADEC", audio: audio)
        try stage.stitch(plan, as: "end.mp4")
        try tamper("end.mp4") { bytes, boxes in
            bytes.removeSubrange(try #require(fragments(boxes, track: 2, in: bytes).last))
        }
        #expect(kinds(try verify(plan, "end.mp4")) == ["wrongSound - -"])
        try stage.stitch(plan, as: "middle.mp4")
        try tamper("middle.mp4") { bytes, boxes in
            let parts = fragments(boxes, track: 2, in: bytes)
            bytes.removeSubrange(parts[2])
        }
        #expect(kinds(try verify(plan, "middle.mp4")) == ["wrongSound - -"])
        try stage.stitch(plan, as: "late.mp4")
        try tamper("late.mp4") { bytes, boxes in
            for part in fragments(boxes, track: 2, in: bytes) {
                let name = try #require(bytes[part].firstRange(of: Array("tfdt".utf8)))
                // 65,536 samples later.
                bytes[name.upperBound + 9] += 1
            }
        }
        let late = try verify(plan, "late.mp4")
        #expect(kinds(late) == ["wrongSound - -"])
        #expect(late.faults.map(\.message) == ["its sound begins at sample 65536, not at 0"])
    }

    /// The bed's own beginning in place of the head: right from sample 3,072 on, and a crack before.
    @Test func aReelThatDoesNotBeginInSilenceIsFound() throws {
        let plan = stage.plan("ABADEC", audio: AudioSettings(start: 96 * 1_024, fadeIn: 3_072, fadeOut: 24_000))
        let layout = try ReelLayout(plan, stage.edition)
        var sound = try #require(try stage.sound(plan, layout))
        #expect(sound.pieces[0].part.frames == 96)
        let bed = try stage.edition.bed(nil)
        sound.pieces[0].object = bed.sound.object
        sound.pieces[0].part = bed.sound.parts[1]
        _ = try ReelWriter(layout, sound: sound, reel: "r1").write(to: stage.folder.file("crack.mp4"))
        let report = try verify(plan, "crack.mp4")
        #expect(kinds(report) == ["wrongSound - -"])
        #expect(report.faults.first?.message.hasPrefix("its sound does not begin in silence: ") == true)
    }

    @Test func whatSaysItIsSomethingElseIsRefused() throws {
        let plan = stage.plan("AB", audio: audio)
        let path = try stage.stitch(plan, as: "reel.mp4", reel: "r2")
        #expect(
            try fault { _ = try verify(plan, "reel.mp4", reel: "r1") }
                == Fault(
                    .badInput, "\(path): is reel r2, and the plan is reel r1; take the plan it was made of"))
        let other = try Stage(withBed: false)
        try other.stitch(other.plan("AB"), as: "reel.mp4", reel: "r1")
        let foreign = other.folder.file("reel.mp4")
        #expect(
            try fault { _ = try ReelVerifier(plan, stage.edition).verify(foreign, reel: "r1") }
                == Fault(
                    .badInput,
                    "\(foreign): was made of edition \(other.edition.id), and the plan names \(stage.edition.id); verify with "
                        + "--edition \(other.edition.id)"))
        let size = try TestMedia.stamped(size: (128, 72), frames: 24, sound: "none")
        #expect(
            try fault { _ = try ReelVerifier(plan, stage.edition).verify(size, reel: "r1") }.message
                == "\(size): is 128x72, which no rendition of edition \(stage.edition.id) is")
    }
}
