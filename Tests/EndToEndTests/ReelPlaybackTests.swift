import MediaTime
import TestSupport
import Testing

/// Players play a reel with B-frames and sound to its end: every frame, each at its time.
@Suite struct ReelPlaybackTests {
    private static let clips: [IndexFile.Clip] = [
        .init("A", "80", 20, 100), .init("B", "40", 130, 170), .init("C", "80", 200, 280),
    ]
    private static let slots = [clips[2], clips[1], clips[0]]

    /// A reel that was copied at 24 frames a second, and one that was encoded at 30000/1001.
    private enum Reels {
        static let copied = Result { try reel(film, "copy") }
        static let encoded = Result { try reel(video, "encode") }

        private static func reel(_ rate: FrameRate, _ condition: String) throws -> PlayedReel {
            let space = try SharedWorkspaces.make()
            let boundaries = clips.flatMap { [$0.start, $0.end] }
            let mega = try TestMedia.stamped(size: (320, 180), rate: rate, frames: 300, idr: boundaries)
            try space.ingest(mega, rate: rate, clips, condition: condition, beds: ["main=\(TwelveTitles.music())"])
            let path = try space.render(PlanFile(slots), as: "reel").reel
            return PlayedReel(path: path, rate: rate, frames: slots.flatMap(\.frames))
        }
    }

    private static let film = FrameRate.film
    private static let video = FrameRate.common[3]

    private func reel(_ rate: FrameRate) throws -> PlayedReel {
        try rate == Self.film ? Reels.copied.get() : Reels.encoded.get()
    }

    @Test(arguments: [film, video]) func ffmpegDecodesEveryFrame(rate: FrameRate) throws {
        try reel(rate).checkFFmpeg()
    }

    @Test(.needs(program: "mpv"), arguments: [film, video]) func mpvPresentsEveryFrame(rate: FrameRate) throws {
        try reel(rate).checkMPV()
    }

    @Test(.needs(program: "chromium"), arguments: [film, video], [[], ["--mse"]])
    func chromiumShowsEachFrameAtItsTime(rate: FrameRate, how: [String]) throws {
        try reel(rate).checkChromium(how)
    }
}
