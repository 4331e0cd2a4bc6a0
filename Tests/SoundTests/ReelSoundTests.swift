import Editions
import MediaTime
import Plans
import TestSupport
import Testing

@testable import Sound

/// Where each AAC frame of a reel comes from, in whole values.
@Suite struct ReelSoundTests {
    private func sound(
        _ frames: Int64, _ rate: FrameRate = .film, start: Int64 = 0, fadeIn: Int64 = 3_072, fadeOut: Int64 = 48_000
    ) -> ReelSound {
        ReelSound(
            samples: Timebase.samples48k.rescaleFloor(frames, from: rate.frameTimebase),
            AudioSettings(start: start, fadeIn: fadeIn, fadeOut: fadeOut))
    }

    /// The AAC frames of a reel that are whole parts of a bed with parts of 96.
    private func wholeParts(_ sound: ReelSound) -> Range<Int64> {
        let bed = Bed.madeUp(parts: [Int64](repeating: 96, count: 60))
        let parts = BedTimeline(bed).wholeParts(
            in: sound.bedStart + sound.own.lowerBound..<sound.bedStart + sound.own.upperBound)
        guard let first = parts.first, let last = parts.last else { return 0..<0 }
        return first.start - sound.bedStart..<last.start + last.frames - sound.bedStart
    }

    /// `bedStart count in out own wholeParts`.
    private func described(_ sound: ReelSound) -> String {
        "\(sound.bedStart) \(sound.count) \(sound.fadeInFrames) \(sound.fadeOutFrames) \(sound.own) "
            + "\(wholeParts(sound))"
    }

    @Test func ordinaryReels() throws {
        let ntsc = try #require(FrameRate(30_000, 1_001))
        let sounds = [
            // 20 s: 960,000 samples are 937.5 AAC frames.
            sound(480), sound(480, start: 5_000), sound(480, start: 98_304), sound(480, fadeIn: 3_073, fadeOut: 48_128),
            // 160,160 and 161,761.6 samples.
            sound(100, ntsc), sound(101, ntsc), sound(1_000, .common[7]),
        ]
        #expect(
            sounds.map(described) == [
                "0 937 3 47 2..<890 96..<864", "4 937 3 47 2..<890 92..<860", "96 937 3 47 2..<890 96..<864",
                "0 937 4 47 3..<890 96..<864", "0 156 3 47 2..<109 0..<0", "0 157 3 47 2..<110 0..<0",
                "0 781 3 47 2..<734 96..<672",
            ])
    }

    /// A bed that begins at a part's end or shortly before it.
    @Test func partsAreTakenWholeOrNotAtAll() {
        let starts: [Int64] = [94, 95, 96, 97]
        #expect(
            starts.map { wholeParts(sound(480, start: $0 * 1_024)) } == [
                2..<866, 97..<865, 96..<864, 95..<863,
            ])
    }

    @Test func veryShortReels() {
        // 0, 2,000, 4,000, 6,000 and 8,000 samples.
        #expect(
            (0...4).map { described(sound($0, fadeOut: 0)) } == [
                "0 0 3 2 0..<0 0..<0", "0 1 3 2 1..<1 0..<0", "0 3 3 2 2..<2 0..<0", "0 5 3 2 2..<3 0..<0",
                "0 7 3 2 2..<5 0..<0",
            ])
        #expect((0...3).map { sound($0).own } == [0..<0, 1..<1, 2..<2, 2..<2])
    }

    @Test func fadesLongerThanTheReel() {
        let long = sound(48, fadeIn: 1_000_000, fadeOut: 1_000_000)
        #expect(described(long) == "0 93 977 977 93..<93 0..<0")
        let meeting = sound(48, fadeIn: 48_000, fadeOut: 48_000)
        #expect(described(meeting) == "0 93 47 47 46..<46 0..<0")
    }

    /// Every AAC frame is either encoded or the bed's own, and in one piece.
    @Test func nothingIsMissingOrTwice() {
        for frames in [0, 1, 2, 3, 7, 48, 100, 480] as [Int64] {
            for fade in [0, 1_024, 5_000, 48_000, 300_000] as [Int64] {
                for start in [0, 40_000, 97_280] as [Int64] {
                    let sound = sound(frames, start: start, fadeIn: fade, fadeOut: fade / 2)
                    let encoded = sound.encoded(in: 0..<sound.count)
                    #expect(Array(encoded[0]) + Array(sound.own) + Array(encoded[1]) == Array(0..<sound.count))
                    let parts = wholeParts(sound)
                    #expect(
                        parts.isEmpty
                            || sound.own.contains(parts.lowerBound) && parts.upperBound <= sound.own.upperBound)
                    #expect(parts.isEmpty || (sound.bedStart + parts.lowerBound) % 96 == 0 && parts.count % 96 == 0)
                }
            }
        }
    }

    @Test func theGainIsSilentAtBothEndsAndOneBetween() {
        let sound = sound(480, fadeIn: 5_120, fadeOut: 48_000)
        let end = sound.count * 1_024
        #expect([-1, 0, 1_023, 1_024, end, end + 5].map { sound.gain(at: $0) } == [0, 0, 0, 0, 0, 0])
        // It rises over [1024, 4 × 1024) and falls over the last 46 of 47 AAC frames: those are exact that are the bed's.
        #expect([2_560, 4_096, 4_097].map { sound.gain(at: $0) } == [0.5, 1, 1])
        let fall = end - 46 * 1_024
        #expect([fall - 1, fall, end - 23 * 1_024].map { sound.gain(at: $0) } == [1, 1, 0.5])
        let gains = (0..<end).map { sound.gain(at: $0) }
        let steps = zip(gains, gains.dropFirst()).map { $1 - $0 }
        #expect(gains.allSatisfy { (0...1).contains($0) })
        // But for the rounding of floats.
        #expect(steps[..<5_000].allSatisfy { $0 > -0.000_001 } && steps[5_000...].allSatisfy { $0 < 0.000_001 })
        // The steepest place of 3x² − 2x³ rises by 1.5 over the length.
        #expect(steps.allSatisfy { abs($0) <= 1.51 / (3 * 1_024) })
        let exact = Int(sound.own.lowerBound) * 1_024..<Int(sound.own.upperBound + 1) * 1_024
        #expect(gains[exact].allSatisfy { $0 == 1 })
    }

    /// Whatever the curve, a fade begins in silence, never turns back, and ends at the whole.
    @Test(arguments: FadeCurve.allCases)
    func everyCurveRises(curve: FadeCurve) {
        let gains = (0...1_000).map { curve.gain(Float($0) / 1_000) }
        #expect(gains[0] == 0 && gains[1_000] == 1)
        #expect(zip(gains, gains.dropFirst()).allSatisfy { $0 <= $1 })
        let middle = ["smooth": 0.5, "linear": 0.5, "equalPower": 0.7071, "exponential": 0.0306][curve.rawValue]
        #expect(abs(Double(gains[500]) - (middle ?? 0)) < 0.000_1)
        let sound = ReelSound(
            samples: 960_000, AudioSettings(fadeIn: 10_240, fadeOut: 20_480, fadeInCurve: curve, fadeOutCurve: curve))
        // Half of the way up, over AAC frames 1 to 8, and half of the way down.
        #expect(abs(sound.gain(at: 1_024 + 4 * 1_024) - gains[500]) < 0.000_1)
        #expect(abs(sound.gain(at: sound.count * 1_024 - 19 * 512) - gains[500]) < 0.000_1)
    }

    @Test func fadesThatMeetMultiply() {
        let sound = sound(48, fadeIn: 1_000_000, fadeOut: 1_000_000)
        let gains = (0..<sound.count * 1_024).map { sound.gain(at: $0) }
        #expect(gains.allSatisfy { (0...1).contains($0) })
        #expect(gains.prefix(1_024).allSatisfy { $0 == 0 })
        #expect((gains.last ?? 1) < 0.001)
    }
}
