import Foundation
import MediaTime
import TestSupport
import Testing

/// Settings of the sound one by one, at their limits.
@Suite struct SoundSettingsTests {
    private static let long = Array(TwelveTitles.ranked[0..<8])

    @Test(arguments: [
        PlanFile.Audio(start: 1024), PlanFile.Audio(start: 5000), PlanFile.Audio(bed: "own", start: 99_999),
        PlanFile.Audio(fadeIn: 0), PlanFile.Audio(fadeIn: 3073), PlanFile.Audio(fadeIn: 96_000),
        PlanFile.Audio(fadeOut: 0), PlanFile.Audio(fadeOut: 2049), PlanFile.Audio(fadeOut: 240_000),
        PlanFile.Audio(start: 480_001, fadeIn: 10_000, fadeOut: 10_000),
    ])
    func betweenTheFadesTheBedIsItsOwn(audio: PlanFile.Audio) throws {
        try Self.expectSound(Self.long, audio)
    }

    /// The bed plays at its own speed: what sounds at sample n of the reel is sample start + n of the music.
    @Test func theMusicIsNotShifted() throws {
        let titles = try TwelveTitles.shared()
        let name = UUID().uuidString
        let (_, reel) = try titles.space.render(PlanFile(Self.long, audio: .init(start: 20_480)), as: name)
        let samples = try Decoded.sound(of: reel)
        // Frame 20 of the stamped music begins at sample 40,000, so at 19,520 of the reel.
        for frame in [20, 100, 150] {
            let begin = 2000 * frame - 20_480
            let around = Array(samples[begin - 2000..<begin + 4000])
            #expect(SoundStamp.shift(ofFrame: frame, in: around, rate: .film, from: frame - 1) == 0)
        }
    }

    @Test(arguments: [TwelveTitles.ranked[1], TwelveTitles.ranked[0], TwelveTitles.opening])
    func aReelOfOneClip(clip: IndexFile.Clip) throws {
        try Self.expectSound([clip], nil)
        try Self.expectSound([clip], .init(fadeIn: 0, fadeOut: 0))
        // Fades that meet leave nothing of the bed itself.
        try Self.expectSound([clip], .init(fadeIn: 480_000, fadeOut: 480_000))
    }

    @Test func noneHasNoSoundTrack() throws {
        let titles = try TwelveTitles.shared()
        let name = UUID().uuidString
        let (plan, reel) = try titles.space.render(PlanFile([Self.long[0]], audio: .init(mode: "none")), as: name)
        #expect(try MovieBoxes.read(reel).tracks.map(\.handler) == ["vide"])
        try Command.check(["verify", reel, "--plan", plan, "--library", titles.space.library])
    }

    /// The last start at which the bed suffices, and the first at which it does not.
    @Test func aBedThatIsTooShortIsRefused() throws {
        let titles = try TwelveTitles.shared()
        let space = try Workspace()
        let clips = [Self.long[0]]
        let length = ExpectedSound(pictureFrames: 80, rate: .film, nil).length
        let frames = titles.edition.manifest.beds[0].samples / 1024
        let last = (frames - length / 1024) * 1024
        try Self.expectSound(clips, .init(start: last))
        let plan = try space.write(PlanFile(clips, audio: .init(start: last + 4096)), to: "plan.json")
        // The library is shared with tests that run beside this one.
        let before = try Listing(of: [space.path])
        let result = try Command.run([
            "render", plan, "--library", titles.space.library, "-o", space.file("reel.mp4"), "--quiet",
        ])
        #expect(result.status == 65)
        #expect(result.errors.hasPrefix("error: ") && result.errors.contains("bed 'main' is too short"))
        #expect(try Listing(of: [space.path]).changes(since: before) == [])
    }

    /// Stitches a reel; its picture is the source's, its sound the bed's, and `verify` passes it.
    private static func expectSound(_ clips: [IndexFile.Clip], _ audio: PlanFile.Audio?) throws {
        let titles = try TwelveTitles.shared()
        let (plan, reel) = try titles.space.render(PlanFile(clips, audio: audio), as: UUID().uuidString)
        let decoded = try DecodedReel(reel, hasSound: true)
        let frames = clips.flatMap(\.frames)
        let expected = ExpectedSound(pictureFrames: frames.count, rate: .film, audio)
        var faults = expected.faults(decoded.samples, bed: titles.bedSamples[audio?.bed ?? "main"] ?? Data())
        if decoded.picture.md5s != frames.map({ titles.sourceMD5s[$0] }) {
            faults.append("the frames are not the source's")
        }
        faults += try Timeline.check(reel).faults
        let verdict = try Command.run(["verify", reel, "--plan", plan, "--library", titles.space.library, "--quiet"])
        if verdict.status != 0 { faults.append("verify: \(verdict.status) \(verdict.text)\(verdict.errors)") }
        #expect(faults == [])
    }
}
