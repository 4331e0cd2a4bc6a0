import Foundation
import MediaTime
import TestSupport
import Testing

/// Reels in which the clips are heard, alone or over the bed: each with its own picture, whatever stands beside it.
@Suite struct ClipSoundReelTests {
    /// Renders a reel, has it verified, and returns its decoded sound.
    private func sound(
        _ space: Workspace, _ clips: [IndexFile.Clip], _ audio: PlanFile.Audio
    ) throws -> [Float] {
        let (plan, reel) = try space.render(PlanFile(clips, audio: audio), as: UUID().uuidString)
        let verdict = try Command.run(["verify", reel, "--plan", plan, "--library", space.library, "--quiet"])
        #expect(verdict.status == 0, "\(verdict.text)\(verdict.errors)")
        let timeline = try Timeline.check(reel)
        #expect(timeline.faults == [])
        // No step in time from one AAC frame to the next, from 0 to the end.
        let times = try #require(timeline.tracks.last).presentationTimes
        #expect(times == times.indices.map { Double($0 * 1_024) })
        let samples = try Decoded.sound(of: reel)
        #expect(samples.count == times.count * 1_024)
        return samples
    }

    /// By how many samples sound and picture of a slot are apart, at a frame of the clip.
    private func shifts(
        _ samples: [Float], _ clips: [IndexFile.Clip], _ rate: FrameRate, at frame: Int
    ) -> [Int?] {
        var reelFrame = 0
        return clips.map { clip in
            defer { reelFrame += clip.frames.count }
            let start = SoundStamp.samples(ofFrame: reelFrame, rate: rate).lowerBound
            return SoundStamp.shift(
                ofFrame: clip.start + frame, in: Array(samples[start...]), rate: rate, from: clip.start)
        }
    }

    @Test func everyClipSoundsWithItsPicture() throws {
        let titles = try TwelveTitles.shared()
        var random = FixedRandom(state: 11)
        for _ in 0..<6 {
            let clips = (0..<Int.random(in: 2...9, using: &random)).map { _ in
                TwelveTitles.clips[Int.random(in: TwelveTitles.clips.indices, using: &random)]
            }
            let samples = try sound(titles.space, clips, .init(mode: "clip", fadeOut: 10_000))
            var frame = 0
            for clip in clips {
                let start = SoundStamp.samples(ofFrame: frame, rate: .film).lowerBound
                let end = min(
                    samples.count, SoundStamp.samples(ofFrame: frame + clip.frames.count, rate: .film).lowerBound)
                let numbers = SoundStamp.numbers(in: Array(samples[start..<end]), rate: .film, from: clip.start)
                // Near its ends a clip fades, and the reel at both of its.
                #expect(Array(numbers[6..<clip.frames.count - 6]) == Array(clip.frames.dropFirst(6).dropLast(6)))
                frame += clip.frames.count
            }
            #expect(shifts(samples, clips, .film, at: 20) == [Int?](repeating: 0, count: clips.count))
            _ = try sound(titles.space, clips, .init(mode: "mix", start: 4_096 * clips.count))
        }
    }

    /// Sixty clips on: no sample more apart than in the first slot.
    @Test(arguments: [FrameRate(24_000, 1_001), FrameRate(30_000, 1_001)].compactMap { $0 })
    func nothingAddsUp(rate: FrameRate) throws {
        let space = try Workspace()
        let mega = try TestMedia.stamped(size: (160, 96), rate: rate, frames: 420, idr: (1..<11).map { $0 * 40 })
        let clips = (0..<10).map { IndexFile.Clip("T\($0)", "40", $0 * 40, $0 * 40 + 40) }
        try space.ingest(mega, rate: rate, clips, condition: "copy")
        var random = FixedRandom(state: 5)
        let reel = (0..<60).map { _ in clips[Int.random(in: clips.indices, using: &random)] }
        let samples = try sound(space, reel, .init(mode: "clip", fadeOut: 4_096))
        for frame in [8, 31] {
            let found = shifts(samples, reel, rate, at: frame)
            #expect(found.allSatisfy { abs($0 ?? .max) <= 1 }, "\(found)")
        }
    }

    /// After an ingest that mixed ahead, a reel of the cadence needs nothing to be made.
    @Test func whatWasMixedAheadIsThere() throws {
        let space = try Workspace()
        let mega = try TestMedia.stamped(size: (160, 96), frames: 420, idr: (1..<11).map { $0 * 40 })
        let clips = [
            IndexFile.Clip("S", "opening", 400, 420), .init("A", "80", 0, 80), .init("B", "80", 80, 160),
            .init("A", "40", 160, 200), .init("B", "40", 200, 240), .init("C", "40", 240, 280),
        ]
        let cadence = try space.write(
            #"{"name": "two", "slots": [{"title": "S", "type": "opening", "optional": true}, {"type": "80"}, {"type": "40"}]}"#,
            to: "two.json")
        try space.ingest(
            mega, rate: .film, clips, condition: "copy", beds: ["main=\(TwelveTitles.music())"],
            more: ["--mix-for", cadence])
        let before = try Listing(of: [space.library])
        for long in ["A", "B"] {
            for short in ["A", "B", "C"] {
                for mode in ["mix", "bed"] {
                    let plan = [("S", "opening"), (long, "80"), (short, "40")].compactMap { name, type in
                        clips.first { $0.title == name && $0.type == type }
                    }
                    _ = try sound(space, plan, .init(mode: mode))
                }
            }
        }
        #expect(try Listing(of: [space.library]).changes(since: before) == [])
        // Where the slots are others, something has to be.
        _ = try sound(space, [clips[1], clips[3]], .init(mode: "mix"))
        #expect(try Listing(of: [space.library]).fileChanges(since: before).count == 4)
    }

    @Test func fiveOneStaysFiveOne() throws {
        let space = try Workspace()
        let mega = try TestMedia.stamped(size: (160, 96), frames: 120, idr: [40, 80])
        let clips = [IndexFile.Clip("A", "40", 0, 40), .init("B", "40", 40, 80)]
        try space.ingest(
            mega, rate: .film, clips, condition: "copy", beds: ["main=\(TwelveTitles.music())"],
            more: ["--channels", "5.1"])
        for mode in ["bed", "mix", "clip"] {
            let (plan, reel) = try space.render(PlanFile(clips, audio: .init(mode: mode)), as: mode)
            try Command.check(["verify", reel, "--plan", plan, "--library", space.library, "--quiet"])
            let probe = try Tools.check(
                "ffprobe",
                ["-v", "error", "-select_streams", "a", "-show_entries", "stream=channels", "-of", "csv=p=0", reel])
            #expect(probe.lines == ["6"])
        }
    }

    @Test func theTrackOfALanguageIsTaken() throws {
        let space = try Workspace()
        let stamped = try TestMedia.stamped(size: (160, 96), frames: 120, idr: [40, 80], sound: "none")
        let mega = space.file("two.mp4")
        let own = try TestMedia.stamped(frames: 120, container: "wav", sound: "pcm_s16le")
        try Tools.check(
            "ffmpeg",
            [
                "-v", "error", "-i", stamped, "-f", "lavfi", "-i", "sine=f=400:r=48000:d=5", "-i", own, "-map", "0:v",
                "-map",
                "1:a", "-map", "2:a", "-c:v", "copy", "-c:a", "flac", "-strict", "-2", "-metadata:s:a:0",
                "language=eng",
                "-metadata:s:a:1",
                "language=ger", mega,
            ])
        let clips = [IndexFile.Clip("A", "40", 40, 80)]
        for choice in ["de", "deu", "GER", "1"] {
            let library = space.file("lib-\(choice)")
            try space.ingest(
                mega, rate: .film, clips, condition: "copy", library: library, more: ["--audio-track", choice])
            let plan = try space.write(PlanFile(clips, audio: .init(mode: "clip", fadeOut: 4_096)), to: "plan.json")
            let reel = space.file("\(choice).mp4")
            try Command.check(["render", plan, "--library", library, "-o", reel, "--quiet"])
            let numbers = SoundStamp.numbers(in: try Decoded.sound(of: reel), rate: .film, from: 40)
            #expect(Array(numbers[6..<34]) == Array(46..<74))
        }
    }

    // MARK: Pictures

    @Test func theSheetShowsTheSound() throws {
        let titles = try TwelveTitles.shared()
        let space = try Workspace()
        let plan = try space.write(
            PlanFile(
                [TwelveTitles.ranked[0], TwelveTitles.ranked[3], TwelveTitles.ranked[4]], audio: .init(mode: "mix")),
            to: "reel.json")
        func size(_ arguments: [String]) throws -> String {
            let png = space.file("sheet.png")
            try Command.check(["sheet", plan, "--library", titles.space.library, "-o", png, "--quiet"] + arguments)
            return try Tools.check(
                "ffprobe", ["-v", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0", png]
            ).lines[0]
        }
        #expect(try size([]) == "1040,428")
        #expect(try size(["--waveform"]) == "1040,588")
        let silent = try space.write(PlanFile([TwelveTitles.ranked[0]], audio: .init(mode: "none")), to: "none.json")
        let result = try Command.run(
            ["sheet", silent, "--library", titles.space.library, "-o", space.file("n.png"), "--quiet", "--waveform"])
        #expect(result.status == 0 && result.errors == "note: the reel has no sound to draw\n")
    }
}
