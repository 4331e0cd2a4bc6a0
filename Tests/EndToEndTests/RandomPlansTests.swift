import Foundation
import MediaTime
import TestSupport
import Testing

/// A hundred reels of random clips under random settings of the sound, each judged by programs that share nothing with ours.
@Suite struct RandomPlansTests {
    /// A plan, and what the reel must be.
    private struct Case: Sendable {
        var number: Int
        var clips: [IndexFile.Clip]
        var audio: PlanFile.Audio?

        var frames: Int { clips.reduce(0) { $0 + $1.frames.count } }
        var sourceFrames: [Int] { clips.flatMap(\.frames) }
        var hasSound: Bool { audio?.mode != "none" }

        /// The reel frames at which fragments of the picture begin: at every clip, and in the middle of the long ones.
        var fragmentStarts: [Int] {
            var (starts, start) = ([Int](), 0)
            for clip in clips {
                starts += clip.type == "80" ? [start, start + 40] : [start]
                start += clip.frames.count
            }
            return starts
        }
    }

    /// The same hundred in every run.
    private static let cases: [Case] = {
        var random = FixedRandom(state: 20_261_124)
        return (0..<100).map { number in
            var clips = (0..<Int.random(in: 1...9, using: &random)).map { _ in
                TwelveTitles.ranked[Int.random(in: 0..<24, using: &random)]
            }
            if Bool.random(using: &random) { clips.insert(TwelveTitles.opening, at: 0) }
            if Bool.random(using: &random) { clips.append(TwelveTitles.closing) }
            return Case(number: number, clips: clips, audio: audio(&random))
        }
    }()

    private static func audio(_ random: inout FixedRandom) -> PlanFile.Audio? {
        switch Int.random(in: 0..<8, using: &random) {
        case 0...2: nil
        case 3: PlanFile.Audio(mode: "none")
        case 4...5: PlanFile.Audio(bed: "own", start: Int.random(in: 0...200_000, using: &random))
        default:
            PlanFile.Audio(
                bed: "main", mode: "bed", start: Int.random(in: 0...480_000, using: &random),
                fadeIn: Int.random(in: 0...60_000, using: &random), fadeOut: Int.random(in: 0...100_000, using: &random)
            )
        }
    }

    @Test func everyFrameIsTheSourcesAndEverySampleTheBeds() throws {
        let titles = try TwelveTitles.shared()
        try #require(Set(titles.sourceMD5s).count == 1700, "no two frames of the source look alike")
        let faults = try concurrently(Self.cases) { try Self.stitchAndDecode($0, titles) }
        #expect(faults == Self.cases.map { _ in [] })
        let reels = Self.cases.map { titles.space.file("random\($0.number).mp4") }
        let (timelines, movies) = try (Timeline.check(each: reels), MovieBoxes.read(each: reels))
        for (number, plan) in Self.cases.enumerated() {
            expect(timelines[number], plan)
            try expect(movies[number], plan, titles.edition.manifest.renditions[0])
        }
    }

    /// Renders a plan, decodes the reel with the ffmpeg program, and lets `sizzle verify` judge it too.
    private static func stitchAndDecode(_ plan: Case, _ titles: TwelveTitles) throws -> [String] {
        let (path, reel) = try titles.space.render(PlanFile(plan.clips, audio: plan.audio), as: "random\(plan.number)")
        let decoded = try DecodedReel(reel, hasSound: plan.hasSound)
        var faults: [String] = []
        if decoded.picture.md5s != plan.sourceFrames.map({ titles.sourceMD5s[$0] }) {
            faults.append("the frames are not the source's")
        }
        let grid = (0..<Int64(plan.frames)).map { $0 * 1000 }
        if decoded.picture.timebase != (1, 24_000) || decoded.picture.pts != grid {
            faults.append("the frames are not presented on the grid")
        }
        if plan.hasSound {
            let expected = ExpectedSound(pictureFrames: plan.frames, rate: .film, plan.audio)
            faults += expected.faults(decoded.samples, bed: titles.bedSamples[plan.audio?.bed ?? "main"] ?? Data())
        }
        let verdict = try Command.run(["verify", reel, "--plan", path, "--library", titles.space.library, "--quiet"])
        if verdict.status != 0 { faults.append("verify: \(verdict.status) \(verdict.text)\(verdict.errors)") }
        return faults
    }

    /// The independent box reader finds one gapless timeline a track.
    private func expect(_ timeline: Timeline, _ plan: Case) {
        #expect(timeline.faults == [])
        #expect(timeline.tracks.map(\.handler) == (plan.hasSound ? ["vide", "soun"] : ["vide"]))
        let picture = timeline.tracks[0]
        #expect(picture.timescale == 24_000)
        #expect(picture.presentationTimes == (0..<plan.frames).map { Double($0 * 1000) })
        #expect(picture.end == Double(plan.frames * 1000))
        guard plan.hasSound, let sound = timeline.tracks.last else { return }
        let length = ExpectedSound(pictureFrames: plan.frames, rate: .film, plan.audio).length
        #expect(sound.timescale == 48_000)
        #expect(sound.presentationTimes == stride(from: 0, to: length, by: 1024).map(Double.init))
        #expect(sound.end == Double(length))
        #expect(length <= plan.frames * 2000, "the sound never lasts longer than the picture")
    }

    /// Places, numbers and edit lists as the design has them.
    private func expect(_ movie: MovieBoxes, _ plan: Case, _ rendition: EditionReport.Rendition) throws {
        #expect(movie.movie?.timescale == 24_000)
        #expect(movie.movie?.mehdDuration == Int64(plan.frames * 1000))
        // With three B-frames in a pyramid a picture is shown two frames after it could be decoded.
        #expect(rendition.shift == 2000)
        let edit = MovieBoxes.Edit(segmentDuration: 0, mediaTime: 2000, rate: 1)
        #expect(movie.tracks.map(\.edits) == (plan.hasSound ? [[edit], []] : [[edit]]))
        #expect(movie.tracks.map(\.sampleEntries) == (plan.hasSound ? [["avc1"], ["mp4a"]] : [["avc1"]]))
        func fragments(of track: Int) -> [MovieBoxes.Fragment] {
            movie.fragments.filter { $0.tracks.map(\.trackId) == [track] }
        }
        let picture = fragments(of: movie.tracks[0].id)
        #expect(picture.map { $0.tracks[0].tfdt } == plan.fragmentStarts.map { Int64($0 * 1000) })
        #expect(picture.map(\.sequenceNumber) == plan.fragmentStarts.map { 1 + $0 })
        #expect(picture.map { $0.tracks[0].sync.first } == picture.map { _ in true })
        #expect(Set(picture.flatMap { $0.tracks[0].durations }) == [1000])
        let sound = plan.hasSound ? fragments(of: movie.tracks[1].id) : []
        #expect(picture.count + sound.count == movie.fragments.count)
        #expect(sound.map(\.sequenceNumber) == sound.map { 1 + Int(($0.tracks[0].tfdt ?? -1) / 1024) })
        #expect(Set(sound.flatMap { $0.tracks[0].durations }).isSubset(of: [1024]))
    }
}
