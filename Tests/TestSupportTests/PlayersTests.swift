import Foundation
import Testing

@testable import TestSupport

@Suite struct PlayersTests {
    /// A fragmented reel of 48 frames in four fragments, B-frames and sound included.
    private func reel() throws -> String {
        try TestMedia.stamped(frames: 48, gop: 12, container: "fmp4")
    }

    @Test func theBoxReaderFindsAGaplessTimeline() throws {
        let timeline = try Timeline.check(reel())
        #expect(timeline.faults == [])
        #expect(timeline.tracks.map(\.handler) == ["vide", "soun"])
        #expect(timeline.tracks[0].presentationTimes == (0..<48).map { Double($0 * 512) })
        #expect(timeline.tracks[0].timescale == 12288)
    }

    @Test func theBoxReaderTellsAllOfAFragment() throws {
        let movie = try MovieBoxes.read(reel())
        #expect(movie.boxes.map(\.type).filter { $0 == "moof" }.count == 4)
        #expect(movie.fragments.map(\.sequenceNumber) == [1, 2, 3, 4])
        #expect(movie.fragments.map { $0.tracks[0].tfdt } == [0, 6144, 12288, 18432])
        #expect(movie.fragments.allSatisfy { $0.tracks.allSatisfy(\.dataInMdat) })
        #expect(movie.fragments[1].tracks[0].sync == [true] + [Bool](repeating: false, count: 11))
        #expect(movie.tracks[0].sampleEntries == ["avc1"])
        #expect(movie.tracks[0].edits == [.init(segmentDuration: 0, mediaTime: 1024, rate: 1)])
    }

    @Test func theBoxReaderFindsAGap() throws {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: reel()))
        let movie = try MovieBoxes.read(reel())
        let second = movie.fragments[1].offset
        // The first tfdt after the second moof: version 1, so its time is the 8 bytes after version and flags.
        let tfdt = try #require(bytes.range(of: Data("tfdt".utf8), in: second..<bytes.count))
        bytes[tfdt.upperBound + 11] &+= 1
        let folder = try TemporaryFolder()
        let path = folder.file("gap.mp4")
        try bytes.write(to: URL(fileURLWithPath: path))
        let timeline = try Timeline.check(path)
        #expect(timeline.faults.contains("track 1: fragment 2 starts at 6145, the one before it ends at 6144"))
    }

    @Test(.needs(program: "mpv")) func mpvPresentsEveryFrame() throws {
        let play = try MPVPlay.play(reel())
        #expect(play.status == 0)
        #expect(play.messages == [])
        #expect(play.timebase == "1/24000")
        #expect(play.times == (0..<48).map { $0 * 1000 })
    }

    @Test(.needs(program: "chromium"), arguments: [[], ["--mse"]])
    func chromiumShowsEachFrameAtItsTime(how: [String]) throws {
        let play = try BrowserPlay.play(how + [reel(), "--stamps"])
        #expect(play.ended && play.error == nil && play.failure == nil && !play.timedOut)
        #expect(play.totalVideoFrames == 48)
        #expect(play.buffered?.count == 1)
        #expect(play.firstMediaTime == 0)
        let shown = try #require(play.stampTimes)
        #expect(shown.map { Int(($0 * 24).rounded()) } == play.stamps, "the frame on show is the one of that time")
    }

    @Test(.needs(program: "chromium")) func chromiumTellsOfAFileItCannotPlay() throws {
        let folder = try TemporaryFolder()
        let play = try BrowserPlay.play([folder.write("not media", to: "broken.mp4")])
        #expect(!play.ended)
        #expect(play.error?.code == 4)
    }
}
