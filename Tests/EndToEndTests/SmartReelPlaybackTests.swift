import MediaTime
import TestSupport
import Testing

/// Programs that share nothing with ours play and read reels of smart-cut clips: encoded edges, a copied middle.
@Suite struct SmartReelPlaybackTests {
    /// A kind of source, and the clips that are cut out of it off its grid of IDR pictures.
    struct Kind: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var codec: String
        var rate: FrameRate
        var source: [String]
        var ranges: [Range<Int>]
        /// GStreamer's elements, from the demuxer to the decoder.
        var chains: [[String]]

        var isHEVC: Bool { codec == "hevc" }
        /// The sample entry's type.
        var entry: String { isHEVC ? "hvc1" : "avc1" }
    }

    /// For IDR pictures at 0, 40, 95 and 150, and recovery points each 24 frames after them.
    private static let ranges = [7..<62, 30..<53, 90..<99, 143..<176, 0..<31, 110..<111, 201..<220, 85..<121]
    /// B-frames refer to others, and to frames before the recovery point that they follow in decoding order.
    static let pyramid = Kind(
        testDescription: "H.264, open GOP and B-pyramid", codec: "h264", rate: .common[0],
        source: ["--open-gop", "--idr", "0,40,95,150", "--b-pyramid", "normal"], ranges: ranges,
        chains: [["qtdemux", "h264parse", "avdec_h264"]])
    /// The one H.264 decoder in Debian that is not libavcodec, OpenH264, shows B-frames wrongly, the source's own too.
    static let plain = Kind(
        testDescription: "H.264 without B-frames", codec: "h264", rate: .film,
        source: ["--open-gop", "--idr", "0,40,95,150", "--bframes", "0"], ranges: ranges,
        chains: [["qtdemux", "h264parse", "avdec_h264"], ["qtdemux", "h264parse", "openh264dec"]])
    /// The encoder makes CRA pictures with RASL pictures each 24 frames, and no IDR picture but the first.
    static let hevc = Kind(
        testDescription: "HEVC with CRA and RASL pictures", codec: "hevc", rate: .common[3], source: ["--open-gop"],
        ranges: [0..<31, 0..<63, 0..<54, 33..<50, 90..<99, 110..<111, 143..<160, 201..<220],
        chains: [["qtdemux", "h265parse", "avdec_h265"]])
    private static let kinds = [pyramid, plain, hevc]

    /// A reel with sound, and what was said when its clips were made.
    struct SmartReel: Sendable {
        var played: PlayedReel
        var report: IngestReport

        init(_ kind: Kind) throws {
            let space = try SharedWorkspaces.make()
            let mega = try TestMedia.stamped(
                size: (320, 180), rate: kind.rate, frames: 240, gop: 24, sound: "none",
                more: ["--codec", kind.codec] + kind.source)
            let clips = kind.ranges.enumerated().map {
                IndexFile.Clip("T\($0)", "x", $1.lowerBound, $1.upperBound)
            }
            let beds = ["main=\(try TwelveTitles.music())"]
            report = try space.ingest(mega, rate: kind.rate, clips, condition: "smart", beds: beds)
            var random = FixedRandom(state: 12)
            let slots = clips.shuffled(using: &random)
            let path = try space.render(PlanFile(slots), as: "reel").reel
            played = PlayedReel(path: path, rate: kind.rate, frames: slots.flatMap(\.frames))
        }
    }

    /// Made once, whichever tests run.
    private enum Reels {
        static let pyramid = Result { try SmartReel(SmartReelPlaybackTests.pyramid) }
        static let plain = Result { try SmartReel(SmartReelPlaybackTests.plain) }
        static let hevc = Result { try SmartReel(SmartReelPlaybackTests.hevc) }
    }

    private func smart(_ kind: Kind) throws -> SmartReel {
        switch kind.testDescription {
        case Self.pyramid.testDescription: try Reels.pyramid.get()
        case Self.plain.testDescription: try Reels.plain.get()
        default: try Reels.hevc.get()
        }
    }

    private func reel(_ kind: Kind) throws -> PlayedReel { try smart(kind).played }

    @Test(arguments: kinds) func framesAreCopiedAndEncoded(kind: Kind) throws {
        let made = try smart(kind)
        #expect(made.report.framesCopied > 50)
        #expect(made.report.framesEncoded > 20)
        #expect(made.report.framesCopied + made.report.framesEncoded == made.played.frames.count)
        let conditions = made.report.cuts.map(\.condition)
        #expect(conditions.contains("smart") && conditions.contains("encode"))
        #expect(made.played.frames != made.played.frames.sorted())
    }

    @Test(arguments: kinds) func ffmpegDecodesEveryFrame(kind: Kind) throws {
        try reel(kind).checkFFmpeg()
    }

    @Test(.needs(program: "mpv"), arguments: kinds) func mpvPresentsEveryFrame(kind: Kind) throws {
        try reel(kind).checkMPV()
    }

    @Test(.needs(program: "chromium"), arguments: [[], ["--mse"]])
    func chromiumShowsEachFrameAtItsTime(how: [String]) throws {
        try reel(Self.pyramid).checkChromium(how)
    }

    @Test(.needsHEVCInChromium, arguments: [[], ["--mse"]])
    func chromiumShowsEachFrameOfHEVCAtItsTime(how: [String]) throws {
        try reel(Self.hevc).checkChromium(how)
    }

    /// The same pictures as ffmpeg's, each at its time, and no warning.
    @Test(.needs(program: "gst-launch-1.0"), arguments: kinds) func gstreamerDecodesEveryFrame(kind: Kind) throws {
        let (reel, rate) = (try reel(kind), kind.rate)
        let expected = try frameMD5s(of: reel.path)
        #expect(expected.count == reel.frames.count)
        let (numerator, denominator) = (rate.numerator, rate.denominator)
        let exact = expected.indices.map { Int64($0) * 1_000_000_000 * denominator / numerator }
        for chain in kind.chains {
            let play = try GStreamerPlay.decode(reel.path, chain)
            #expect(play.status == 0)
            #expect(play.messages == [])
            #expect(play.md5s == expected, "\(chain)")
            let first = try #require(play.times.first)
            // Nanoseconds, rounded down twice.
            let wrong = zip(play.times, exact).map { $0 - first - $1 }.filter { abs($0) > 1 }
            #expect(wrong == [], "\(chain)")
        }
    }

    /// A decoder of HEVC that is not libavcodec makes the same pictures.
    ///
    /// It gets a byte stream that the box reader makes: at a fragment of one frame qtdemux announces another frame rate, and
    /// GStreamer's libde265dec then begins anew, in ffmpeg's own fragmented files too.
    @Test(.needs(program: "gst-launch-1.0")) func libde265DecodesEveryFrame() throws {
        let reel = try reel(Self.hevc)
        let folder = try TemporaryFolder()
        let stream = folder.file("stream.h265")
        try NALUnits.read(reel.path, stream: stream)
        let play = try GStreamerPlay.decode(
            stream, ["h265parse", "video/x-h265,stream-format=byte-stream", "libde265dec"])
        #expect(play.status == 0)
        #expect(play.messages == [])
        #expect(play.md5s.count == reel.frames.count)
        #expect(try play.md5s == frameMD5s(of: reel.path))
    }

    @Test(.needs(program: "mediainfo"), arguments: kinds) func mediainfoReadsOneTrack(kind: Kind) throws {
        let reel = try reel(kind)
        let tracks = try MediaInfo.read(reel.path).tracks
        #expect(tracks.map(\.type) == ["General", "Video", "Audio"])
        let video = try #require(tracks.first { $0.type == "Video" })
        #expect(video.codecID == kind.entry)
        #expect(video.format == (kind.isHEVC ? "HEVC" : "AVC"))
        #expect(video.frameCount == "\(reel.frames.count)")
        #expect(video.frameRateMode == "CFR")
        #expect(video.frameRate == ["24000/1001": "23.976", "24/1": "24.000", "30000/1001": "29.970"]["\(kind.rate)"])
        #expect(video.width == "320" && video.height == "180")
    }

    /// It takes the samples apart and writes them anew: frames and times stay, in a file with one sample entry.
    @Test(.needsShakaPackager, arguments: kinds) func shakaPackagerReadsAndWrites(kind: Kind) throws {
        let reel = try reel(kind)
        let codecs = try ShakaPackager.codecs(of: reel.path)
        #expect(codecs.count == 2)
        let form = kind.isHEVC ? /hvc1\.1\.6\.L\d+\.90/ : /avc1\.[0-9a-f]{6}/
        #expect(codecs.first?.wholeMatch(of: form) != nil, "\(codecs)")
        let folder = try TemporaryFolder()
        let packaged = PlayedReel(path: folder.file("packaged.mp4"), rate: reel.rate, frames: reel.frames)
        try ShakaPackager.package(videoOf: reel.path, to: packaged.path)
        try packaged.checkFFmpeg()
        #expect(try frameMD5s(of: packaged.path) == frameMD5s(of: reel.path))
        #expect(try NALUnits.read(packaged.path).sampleEntries == [kind.entry])
        #expect(try Timeline.check(packaged.path).faults == [])
    }

    /// One sample entry holds the parameter sets of the source and of the encoder, and the samples hold none.
    @Test(arguments: kinds) func oneSampleEntryHoldsAllParameterSets(kind: Kind) throws {
        let reel = try reel(kind)
        let units = try NALUnits.read(reel.path)
        #expect(units.sampleEntries == [kind.entry])
        #expect(units.configuration == (kind.isHEVC ? "hvcC" : "avcC"))
        #expect(units.complete)
        #expect(units.samples == reel.frames.count)
        #expect(units.used == units.held, "each is there once and is needed")
        let kinds = kind.isHEVC ? ["PPS", "PPS", "SPS", "SPS", "VPS", "VPS"] : ["PPS", "PPS", "SPS", "SPS"]
        #expect(units.held.map { String($0.prefix(3)) } == kinds)
        #expect(units.types.filter((kind.isHEVC ? [32, 33, 34] : [7, 8, 13, 15]).contains) == [])
        // CRA, and RASL pictures that are referred to by none or by others.
        if kind.isHEVC { #expect(Set([8, 9, 21]).isSubset(of: units.types)) }
        #expect(try Timeline.check(reel.path).faults == [])
    }
}
