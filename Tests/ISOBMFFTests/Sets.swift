import TestSupport
import ISOBMFF

/// Real parameter sets, and what FFmpeg's `trace_headers` reads in them.
enum Sets {
    /// 720x480 interlaced, 10:11 pixels, colours, HRD (timecode-2997i.mov).
    static let interlacedSPS = hex(
        "6764001eac1b2940b47b606d4180419000dbf240337f980e2600063910001e848fc638c4c000c7220003d091f8c70a")
    static let interlacedPPS = hex("68e9083525")
    /// 704x576 High 4:4:4 Predictive, 4:4:4 (androidx-edit-open-gop.mp4).
    static let predictiveSPS = hex("67f40016919b2816024d80880000030008000003001078b16cb0")
    static let predictivePPS = hex("68ebe3c448")
    /// 64x48 High with both ids 1 (x264 `sps-id=1`).
    static let secondSPS = hex("6764000a4b36511ec044000003000400000300c83c489658")
    static let secondPPS = hex("684abe3cb22c")

    static func configuration() throws -> AVCConfiguration {
        try AVCConfiguration(sequenceParameterSets: [interlacedSPS], pictureParameterSets: [interlacedPPS])
    }

    static let samples: [MediaSample] = [
        MediaSample(size: 1000, duration: 1000, compositionOffset: 2000, isSync: true),
        MediaSample(size: 200, duration: 1000, compositionOffset: 4000, isSync: false),
        MediaSample(size: 100, duration: 1000, compositionOffset: 0, isSync: false, isDisposable: true),
    ]

    /// An init segment with a picture and a sound track and user data.
    static func initSegment() throws -> InitSegment {
        let picture = VideoSampleEntry(
            width: 720, height: 480, configuration: .avc(try configuration()), pixelAspect: (10, 11),
            colour: ColourDescription(primaries: 6, transfer: 1, matrix: 6, fullRange: false))
        let sound = AACSampleEntry(
            channels: 2, sampleRate: 48000, audioSpecificConfig: [0x11, 0x90], averageBitrate: 128_000,
            maximumBitrate: 160_000)
        return InitSegment(
            movieTimescale: 24000,
            tracks: [
                TrackDescription(
                    trackID: 1, kind: .video(width: 655, height: 480), timescale: 24000, sampleEntry: picture.encoded(),
                    editMediaTime: 2000),
                TrackDescription(
                    trackID: 2, kind: .audio, timescale: 48000, sampleEntry: sound.encoded(), language: "deu"),
            ],
            fragmentDuration: 96000, userData: [UserData.encode(["sizzle_reel": "00ff", "sizzle_edition": "abcd"])])
    }
}
