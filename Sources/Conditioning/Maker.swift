internal import Diagnostics
internal import Editions
internal import FFmpeg
internal import ISOBMFF
internal import MediaTime

/// Makes all objects of one rendition, with the init segment that they share.
struct Maker {
    /// The init segment.
    let initSegment: InitSegment
    private let source: Source
    private let library: Library
    private let encoding: VideoEncoding
    private let timing: PictureTiming
    private let timescale: Int32
    private let configuration: AVCConfiguration
    private let framing: NALFraming?
    private let picture: (width: Int, height: Int)

    /// - Parameter copying: the packets of each clip when all are copied; `nil` when all are encoded.
    init(
        source: Source, rate: FrameRate, library: Library, encoding: VideoEncoding, copying runs: [Range<Int>]?
    ) throws {
        self.source = source
        self.library = library
        self.encoding = encoding
        let stream = source.index.stream
        let shift: Int64
        if let runs, case .possible(let configuration, let framing) = source.copying {
            // Packets are written with lengths of 4 bytes, whatever the source has.
            self.configuration = try AVCConfiguration(
                sequenceParameterSets: configuration.sequenceParameterSets,
                pictureParameterSets: configuration.pictureParameterSets,
                extensions: configuration.highProfile?.extensions ?? [])
            self.framing = framing
            shift = CutPlanner(source).reorderDelay(runs)
            picture = (stream.picture.width, stream.picture.height)
        } else {
            let encoder = try Encoder.video(encoding)
            configuration = try H264ParameterSets(annexB: encoder.codecHeader).configuration()
            framing = nil
            shift = Int64(encoder.reorderDelay)
            picture = (encoding.picture.width, encoding.picture.height)
        }
        let (timescale, ticksPerFrame) = rate.mediaTiming
        self.timescale = timescale
        let second = (rate.numerator + rate.denominator - 1) / rate.denominator
        timing = PictureTiming(ticksPerFrame: ticksPerFrame, shiftFrames: shift, framesPerPart: second)
        initSegment = try Self.initSegment(stream, configuration, picture, timescale, shift * ticksPerFrame)
    }

    private static func initSegment(
        _ stream: StreamInfo, _ configuration: AVCConfiguration, _ picture: (width: Int, height: Int),
        _ timescale: Int32,
        _ shift: Int64
    ) throws -> InitSegment {
        guard let width = UInt16(exactly: picture.width), let height = UInt16(exactly: picture.height) else {
            throw Fault(.badInput, "pictures of \(picture.width)x\(picture.height) are too large for an MP4 track")
        }
        let aspect = stream.sampleAspect
        let colour = ColourDescription(
            primaries: stream.colour.primaries, transfer: stream.colour.transfer, matrix: stream.colour.matrix,
            fullRange: stream.colour.isFullRange)
        let entry = AVCSampleEntry(
            width: width, height: height, configuration: configuration,
            pixelAspect: aspect == (1, 1) ? nil : (UInt32(aspect.width), UInt32(aspect.height)),
            colour: stream.colour.isSpecified ? colour : nil)
        let shown = Int64(picture.width) * Int64(aspect.width) / Int64(aspect.height)
        let track = TrackDescription(
            trackID: 1, kind: .video(width: UInt16(clamping: shown), height: height), timescale: UInt32(timescale),
            sampleEntry: entry.encoded(), editMediaTime: shift,
            matrix: matrix(rotation: stream.rotation, width: Int32(width), height: Int32(height)))
        return InitSegment(movieTimescale: UInt32(timescale), tracks: [track])
    }

    /// The matrix of `tkhd` for a clockwise turn in degrees (ISO/IEC 14496-12, 6.2.2); `nil` for none.
    private static func matrix(rotation: Int, width: Int32, height: Int32) -> [Int32]? {
        let one: Int32 = 0x10000
        let last: Int32 = 0x4000_0000
        switch rotation {
        case 90: return [0, one, 0, -one, 0, 0, height * one, 0, last]
        case 180: return [-one, 0, 0, 0, -one, 0, width * one, height * one, last]
        case 270: return [0, -one, 0, one, 0, 0, 0, width * one, last]
        default: return nil
        }
    }

    /// The objects of all clips, in order: of `runs` when copying, else of `ranges`.
    mutating func objects(
        _ runs: [(start: Int64, packets: Range<Int>)], _ ranges: [FrameRange], progress: (Int) -> Void
    ) throws -> [FragmentedObject] {
        if let framing {
            let conditioner = CopyConditioner(source: source, framing: framing, timing: timing, library: library)
            return try conditioner.objects(runs, progress: progress)
        }
        let conditioner = EncodeConditioner(source: source, encoding: encoding, timing: timing, library: library)
        return try conditioner.objects(ranges, progress: progress)
    }

    /// The rendition as an edition describes it.
    func rendition(initSegment: ObjectID, condition: ConditionMode, bytes: Int64) -> EditionManifest.Rendition {
        var settings: [String: String] = [:]
        if condition == .encode {
            settings = encoding.options
            settings["encoder"] = encoding.encoder
            settings["threads"] = "\(encoding.threads)"
        }
        let hex = [configuration.profile, configuration.compatibility, configuration.level]
            .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return EditionManifest.Rendition(
            name: "source", codec: "avc1.\(hex)", width: picture.width, height: picture.height,
            initSegment: initSegment,
            timescale: timescale, ticksPerFrame: timing.ticksPerFrame, shift: timing.shiftFrames * timing.ticksPerFrame,
            condition: condition.rawValue, settings: settings, bytes: bytes)
    }
}
