import Diagnostics
import Editions
import Foundation
import MediaTime
import Plans
import StageSupport
import Stitching
import TestSupport
import Testing

@testable import Validation

/// Reels in which clips are heard: each clip where it belongs, in step, over the bed, is right; all else is found.
@Suite struct ClipSoundVerifierTests {
    private let stage: Stage

    init() throws { stage = try Stage(withClipSound: true) }

    private func audio(_ mode: AudioSettings.Mode, start: Int64? = nil) -> AudioSettings {
        AudioSettings(mode: mode, start: start, fadeOut: 10_000)
    }

    /// `slot: message` of the faults of a reel that has the picture of one plan and the sound of another.
    private func faults(picture: String, sound: String, _ made: AudioSettings, judgedAs wanted: AudioSettings) throws
        -> [String]
    {
        let plan = stage.plan(picture, audio: wanted)
        let layout = try ReelLayout(plan, stage.edition)
        let other = stage.plan(sound, audio: made)
        let track = try stage.sound(other, ReelLayout(other, stage.edition))
        let path = stage.folder.file("mixed.mp4")
        _ = try ReelWriter(layout, sound: track, reel: "r1").write(to: path)
        return try ReelVerifier(plan, stage.edition).verify(path, reel: "r1").faults.map { fault in
            #expect(fault.kind == .wrongSound)
            return "\(fault.slot.map(String.init) ?? "-"): \(fault.message)"
        }
    }

    @Test(arguments: [AudioSettings.Mode.mix, .clip])
    func goodReelsPass(mode: AudioSettings.Mode) throws {
        for titles in ["ABADEC", "A", "EE", "CCCC", "DEEEB"] {
            #expect(try faults(picture: titles, sound: titles, audio(mode), judgedAs: audio(mode)) == [], "\(titles)")
        }
    }

    @Test(arguments: [AudioSettings.Mode.mix, .clip])
    func anotherClipIsFound(mode: AudioSettings.Mode) throws {
        let found = try faults(picture: "ADAD", sound: "AADD", audio(mode), judgedAs: audio(mode))
        #expect(found.count == 1 && found[0].hasPrefix("2: slot 2, clip (D, 80): between samples "), "\(found)")
    }

    /// Under slot 1 the bed tells the same numbers as the clip; under slot 2 it does not.
    @Test func theBedAloneIsNotAMix() throws {
        let found = try faults(picture: "AD", sound: "AD", audio(.bed), judgedAs: audio(.mix))
        #expect(found.count == 1 && found[0].hasPrefix("2: slot 2, clip (D, 80)"), "\(found)")
        #expect(try faults(picture: "AD", sound: "AD", audio(.clip), judgedAs: audio(.bed)).count == 1)
    }

    /// The bed from elsewhere under the right clips.
    @Test func theWrongPlaceOfTheBedIsFound() throws {
        var wanted = audio(.mix)
        wanted.duck = Decibels(hundredths: 0)
        var made = wanted
        made.start = 100 * 1_024
        #expect(try faults(picture: "AD", sound: "AD", made, judgedAs: wanted).count == 1)
    }

    @Test func soundThatBeginsLateIsFound() throws {
        let plan = stage.plan("ADAD", audio: audio(.clip))
        let layout = try ReelLayout(plan, stage.edition)
        var track = try #require(try stage.sound(plan, layout))
        for place in track.pieces.indices {
            track.pieces[place].position += 4
            track.pieces[place].decodeTime += 4_096
        }
        _ = try ReelWriter(layout, sound: track, reel: "r1").write(to: stage.folder.file("late.mp4"))
        let report = try ReelVerifier(plan, stage.edition).verify(stage.folder.file("late.mp4"), reel: "r1")
        #expect(report.faults.map(\.message) == ["its sound begins at sample 4096, not at 0"])
    }
}
