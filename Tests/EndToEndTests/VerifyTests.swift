import Foundation
import MediaTime
import TestSupport
import Testing

/// `sizzle verify` passes a good reel and names the first wrong frame of a bad one.
@Suite struct VerifyTests {
    /// 200 frames: slots begin at frames 0, 80 and 120, fragments at 40 and 160 too.
    private static let clips = [TwelveTitles.ranked[0], TwelveTitles.ranked[3], TwelveTitles.ranked[4]]
    /// As long, with another title in slot 2.
    private static let others = [clips[0], TwelveTitles.ranked[11], clips[2]]

    /// The good reel, and the one with another title.
    private struct Reels {
        var titles: TwelveTitles
        var plan: String
        var good: Data
        var other: Data
        var boxes: MovieBoxes
        var otherBoxes: MovieBoxes

        static let made = Result {
            let titles = try TwelveTitles.shared()
            let (plan, good) = try titles.space.render(PlanFile(clips), as: "verify-good")
            let (_, other) = try titles.space.render(PlanFile(others), as: "verify-other")
            return Reels(
                titles: titles, plan: plan, good: try Data(contentsOf: URL(fileURLWithPath: good)),
                other: try Data(contentsOf: URL(fileURLWithPath: other)), boxes: try MovieBoxes.read(good),
                otherBoxes: try MovieBoxes.read(other))
        }

        /// What `verify` says of a file with these bytes.
        func judge(_ bytes: Data) throws -> (status: Int32, report: VerifyReport?, errors: String) {
            let space = try Workspace()
            try bytes.write(to: URL(fileURLWithPath: space.file("reel.mp4")))
            let result = try Command.run([
                "verify", space.file("reel.mp4"), "--plan", plan, "--library", titles.space.library, "--json",
                "--quiet",
            ])
            return (result.status, try? JSONDecoder().decode(VerifyReport.self, from: result.output), result.errors)
        }

        /// The first fault, where the command worked and found some.
        func firstFault(_ bytes: Data) throws -> VerifyReport.Fault? {
            let verdict = try judge(bytes)
            #expect(verdict.status == 1 && verdict.errors == "", "\(verdict)")
            return verdict.report?.faults.first
        }
    }

    private let reels: Reels

    init() throws { reels = try Reels.made.get() }

    @Test func passesTheGoodReel() throws {
        let verdict = try reels.judge(reels.good)
        #expect(verdict.status == 0 && verdict.errors == "")
        #expect(verdict.report == VerifyReport(frames: 200, faults: []))
    }

    @Test func refusesTheReelOfAnotherPlan() throws {
        let verdict = try reels.judge(reels.other)
        #expect(verdict.status == 65 && verdict.report == nil)
        #expect(verdict.errors.hasPrefix("error: ") && verdict.errors.contains("take the plan it was made of"))
    }

    /// A reel that lies about its origin is found out by its frames.
    @Test func findsTheWrongTitleBehindTheRightName() throws {
        let (own, others) = try (id(reels.boxes, reels.good), id(reels.otherBoxes, reels.other))
        var bytes = reels.other
        let place = try #require(bytes.range(of: Data(others.utf8)))
        bytes.replaceSubrange(place, with: Data(own.utf8))
        #expect(try reels.firstFault(bytes) == .init(kind: "wrongFrame", frame: 80, slot: 2))
    }

    @Test func findsASwappedFragment() throws {
        var bytes = reels.good
        bytes.replaceSubrange(
            try fragment(at: 80, of: reels.boxes, reels.good).bytes,
            with: reels.other[try fragment(at: 80, of: reels.otherBoxes, reels.other).bytes])
        #expect(try reels.firstFault(bytes) == .init(kind: "wrongFrame", frame: 80, slot: 2))
    }

    @Test func saysInWordsWhatIsWrong() throws {
        var bytes = reels.good
        bytes.replaceSubrange(
            try fragment(at: 80, of: reels.boxes, reels.good).bytes,
            with: reels.other[try fragment(at: 80, of: reels.otherBoxes, reels.other).bytes])
        let space = try Workspace()
        try bytes.write(to: URL(fileURLWithPath: space.file("reel.mp4")))
        let result = try Command.run([
            "verify", space.file("reel.mp4"), "--plan", reels.plan, "--library", reels.titles.space.library, "--quiet",
        ])
        #expect(result.status == 1 && result.errors == "")
        let clip = Self.clips[1]
        #expect(
            result.text.contains(
                "frame 80 (slot 2, clip (\(clip.title), 40), frame \(clip.start) of the Mega Asset) decodes to "),
            "\(result.text)")
    }

    /// One bit of one picture: of the IDR that begins slot 2, and of two that nothing refers to.
    @Test(arguments: [(80, 2), (57, 1), (125, 3)]) func findsAFlippedBit(frame: Int, slot: Int) throws {
        var bytes = reels.good
        let sample = try self.sample(showing: frame)
        // Behind the slice header, so that the picture is still read.
        bytes[sample.offset + sample.size * 3 / 4] ^= 0x10
        let verdict = try reels.judge(bytes)
        if verdict.status == 1 {
            let fault = try #require(verdict.report?.faults.first)
            #expect(fault == .init(kind: "wrongFrame", frame: frame, slot: slot))
        } else {
            // What the decoder itself finds broken.
            #expect(verdict.status == 65)
            #expect(verdict.errors.hasPrefix("error: ") && verdict.errors.contains("frame \(frame)"), "\(verdict)")
        }
    }

    @Test func findsAFlippedBitInTheSound() throws {
        var bytes = reels.good
        let sound = try #require(reels.boxes.fragments.filter { $0.tracks[0].trackId == 2 }.first)
        let index = sound.tracks[0].sampleCount / 2
        bytes[sound.tracks[0].offsets[index] + sound.tracks[0].sizes[index] / 2] ^= 0x10
        let verdict = try reels.judge(bytes)
        if verdict.status == 1 {
            #expect(verdict.report?.faults.map(\.kind) == ["wrongSound"])
        } else {
            #expect(verdict.status == 65)
            #expect(verdict.errors.hasPrefix("error: ") && verdict.errors.contains("sound"), "\(verdict)")
        }
    }

    @Test(arguments: [1000, 1, 500]) func findsAFragmentThatIsLate(ticks: Int) throws {
        let fragment = try fragment(at: 80, of: reels.boxes, reels.good)
        let fault = try reels.firstFault(delayed(reels.good, fragment.bytes, by: ticks))
        #expect(fault == .init(kind: "wrongTime", frame: 80, slot: 2))
    }

    @Test func findsSoundThatIsLate() throws {
        let first = try #require(reels.boxes.fragments.first { $0.tracks[0].trackId == 2 })
        let bytes = try delayed(reels.good, first.offset..<reels.good.count, by: 1024)
        #expect(try reels.firstFault(bytes)?.kind == "wrongSound")
    }

    /// Cut in the last fragment, and at its beginning.
    @Test(arguments: [5000, 0]) func findsAMissingEnd(kept: Int) throws {
        let last = try fragment(at: 160, of: reels.boxes, reels.good).bytes
        let verdict = try reels.judge(reels.good.prefix(last.lowerBound + kept))
        if verdict.status == 1 {
            let frame = try #require(verdict.report?.faults.first?.frame)
            #expect(kept == 0 ? frame == 160 : (160..<200).contains(frame))
        } else {
            #expect(verdict.status == 65)
            #expect(verdict.errors.hasPrefix("error: ") && verdict.errors.contains("frame"), "\(verdict.errors)")
        }
    }

    @Test func findsAMissingSoundTrack() throws {
        let (_, silent) = try reels.titles.space.render(
            PlanFile(Self.clips, audio: .init(mode: "none")), as: UUID().uuidString)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: silent))
        let (own, others) = try (id(reels.boxes, reels.good), id(MovieBoxes.read(silent), bytes))
        let place = try #require(bytes.range(of: Data(others.utf8)))
        var renamed = bytes
        renamed.replaceSubrange(place, with: Data(own.utf8))
        #expect(try reels.firstFault(renamed) == .init(kind: "wrongSound", frame: nil, slot: nil))
    }

    /// The reel's id as the file has it: the last 32 hex digits of its `udta`.
    private func id(_ boxes: MovieBoxes, _ bytes: Data) throws -> String {
        let key = try #require(bytes.range(of: Data("sizzle_reel".utf8)))
        let data = try #require(bytes.range(of: Data("data".utf8), in: key.upperBound..<key.upperBound + 64))
        return String(decoding: bytes[data.upperBound + 8..<data.upperBound + 40], as: UTF8.self)
    }

    /// The picture's fragment that begins at a reel frame, with its bytes: `moof` and `mdat`.
    private func fragment(
        at frame: Int, of boxes: MovieBoxes, _ bytes: Data
    ) throws -> (track: MovieBoxes.TrackFragment, bytes: Range<Int>) {
        let found = try #require(
            boxes.fragments.first { $0.tracks[0].trackId == 1 && $0.tracks[0].tfdt == Int64(frame * 1000) })
        let next = boxes.fragments.map(\.offset).filter { $0 > found.offset }.min() ?? bytes.count
        return (found.tracks[0], found.offset..<next)
    }

    /// Where the sample lies that shows a reel frame.
    private func sample(showing frame: Int) throws -> (offset: Int, size: Int) {
        for fragment in reels.boxes.fragments.map({ $0.tracks[0] }) where fragment.trackId == 1 {
            for index in 0..<fragment.sampleCount {
                let time = (fragment.tfdt ?? 0) + Int64(index * 1000) + fragment.compositionOffsets[index] - 2000
                if time == Int64(frame * 1000) { return (fragment.offsets[index], fragment.sizes[index]) }
            }
        }
        throw ToolError(description: "no sample shows frame \(frame)")
    }

    /// The file with the first `tfdt` of a range set later.
    private func delayed(_ bytes: Data, _ range: Range<Int>, by ticks: Int) throws -> Data {
        var bytes = bytes
        let place = try #require(bytes.range(of: Data("tfdt".utf8), in: range)).upperBound + 4
        let time = bytes[place..<place + 8].reduce(0) { $0 << 8 | UInt64($1) } + UInt64(ticks)
        bytes.replaceSubrange(place..<place + 8, with: (0..<8).map { UInt8(truncatingIfNeeded: time >> (56 - 8 * $0)) })
        return bytes
    }
}
