import Foundation
import MediaTime
import Testing

@testable import TestSupport

@Suite struct StampTests {
    @Test(arguments: FrameRate.common) func everyFrameTellsItsNumber(rate: FrameRate) throws {
        let path = try TestMedia.stamped(rate: rate, frames: 70, idr: [13, 40])
        #expect(try decodedStamps(of: path) == Array(0..<70))
        let frames = try Decoded.frames(of: path)
        #expect(Set(frames.md5s).count == 70)
        let (tick, second) = frames.timebase
        #expect(
            frames.pts.map { $0 * tick * rate.numerator } == (0..<70).map { $0 * second * rate.denominator },
            "frame n is presented at n / rate")
    }

    @Test func numbersSurviveLossyCodingAndScaling() throws {
        let path = try TestMedia.stamped(frames: 60, more: ["--crf", "35"])
        #expect(try Decoded.stamps(of: path, scaledTo: (426, 240)) == Array(0..<60))
        let folder = try TemporaryFolder()
        let small = folder.file("small.mp4")
        try Tools.check(
            "ffmpeg",
            ["-v", "error", "-i", path, "-vf", "scale=426:240", "-c:v", "libx264", "-crf", "35", "-an", small])
        #expect(try decodedStamps(of: small) == Array(0..<60))
    }

    @Test func largeNumbersAndOddShapes() throws {
        let path = try TestMedia.stamped(size: (360, 640), frames: 6, more: ["--first", "16777210"])
        #expect(try decodedStamps(of: path) == Array(16_777_210..<16_777_216))
        let tiny = try TestMedia.stamped(size: (160, 90), frames: 6, more: ["--first", "345600"])
        #expect(try decodedStamps(of: tiny) == Array(345_600..<345_606))
    }

    @Test func aBlendOfTwoPicturesHasNoNumber() throws {
        let path = try TestMedia.stamped(frames: 12)
        let folder = try TemporaryFolder()
        let blended = folder.file("blended.mp4")
        try Tools.check("ffmpeg", ["-v", "error", "-i", path, "-vf", "tmix=frames=2:weights=1 1", "-an", blended])
        let stamps = try decodedStamps(of: blended)
        #expect(stamps.count == 12)
        #expect(stamps.dropFirst().allSatisfy { $0 == nil })
    }

    @Test func anUnstampedPictureHasNoNumber() {
        for value in [0, 128, 255] as [UInt8] {
            let plane = [UInt8](repeating: value, count: 320 * 180)
            #expect(plane.withUnsafeBytes { FrameStamp.read(luma: $0, width: 320, height: 180, stride: 320) } == nil)
        }
        let noise = (0..<320 * 180).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
        #expect(noise.withUnsafeBytes { FrameStamp.read(luma: $0, width: 320, height: 180, stride: 320) } == nil)
        #expect(noise.withUnsafeBytes { FrameStamp.read(luma: $0, width: 321, height: 180, stride: 321) } == nil)
    }

    @Test(arguments: ["mov", "mkv", "ts", "fmp4"]) func everyContainerHoldsAllFrames(container: String) throws {
        let path = try TestMedia.stamped(frames: 50, idr: [20], container: container)
        #expect(try decodedStamps(of: path) == Array(0..<50))
    }

    @Test(arguments: [
        ["--open-gop", "--gop", "22"], ["--codec", "hevc"], ["--interlaced"], ["--durations", "1,1,3"],
    ])
    func everyCodingHoldsAllFrames(more: [String]) throws {
        let path = try TestMedia.stamped(frames: 50, more: more)
        #expect(try decodedStamps(of: path) == Array(0..<50))
    }

    @Test func forcedFramesAreTheOnlyKeyFrames() throws {
        let path = try TestMedia.stamped(frames: 60, idr: [7, 31, 32], sound: "none")
        let packets = try Tools.check(
            "ffprobe",
            [
                "-v", "error", "-select_streams", "v", "-show_entries", "packet=pts,duration,flags", "-of", "csv=p=0",
                path,
            ])
        let keys = packets.lines.map { $0.split(separator: ",") }.filter { $0[2].hasPrefix("K") }
        #expect(try keys.map { try #require(Int($0[0])) / (try #require(Int($0[1]))) } == [0, 7, 31, 32])
    }
}

@Suite struct SoundStampTests {
    @Test(arguments: FrameRate.common) func everyFrameSoundsItsNumber(rate: FrameRate) throws {
        let path = try TestMedia.stamped(rate: rate, frames: 70, idr: [13, 40])
        let numbers = SoundStamp.numbers(in: try Decoded.sound(of: path), rate: rate)
        #expect(numbers == Array(0..<70))
    }

    @Test func numbersAreToldModulo4096() throws {
        let path = try TestMedia.stamped(
            size: (72, 64), frames: 20, container: "wav", sound: "pcm_s16le", more: ["--first", "8180"])
        let numbers = SoundStamp.numbers(in: try Decoded.sound(of: path), rate: .film)
        #expect(numbers == (8180..<8200).map { $0 % SoundStamp.modulus })
    }

    @Test func silenceAndOtherSoundTellNothing() {
        #expect(SoundStamp.read([Float](repeating: 0, count: 2000)[...]) == nil)
        let tone = (0..<2000).map { 0.5 * sin(Float($0) * 0.2) }
        #expect(SoundStamp.read(tone[...]) == nil)
    }

    @Test func aShiftIsFoundToTheSample() throws {
        let path = try TestMedia.stamped(frames: 70, idr: [13, 40])
        let sound = try Decoded.sound(of: path)
        #expect([3, 30, 60].map { SoundStamp.shift(ofFrame: $0, in: sound, rate: .film) } == [0, 0, 0])
        let early = Array(sound.dropFirst(17))
        #expect(SoundStamp.shift(ofFrame: 30, in: early, rate: .film) == -17)
        let later = Array(sound.dropFirst(20 * 2000 - 1))
        #expect(SoundStamp.shift(ofFrame: 30, in: later, rate: .film, from: 20) == 1)
    }

    @Test func aShiftByHalfAFrameIsNotRead() throws {
        let path = try TestMedia.stamped(frames: 70, idr: [13, 40])
        let sound = try Decoded.sound(of: path)
        let shifted = SoundStamp.numbers(in: Array(sound.dropFirst(1000)), rate: .film)
        #expect(shifted.filter { $0 != nil }.count < 10)
    }
}
