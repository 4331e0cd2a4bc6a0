internal import FFmpeg
internal import ISOBMFF
internal import MediaTime

/// How pictures are encoded where they cannot be copied.
enum EncodingSettings {
    /// For renditions of which every frame is encoded, with libx264 or libx265.
    ///
    /// - Parameters:
    ///   - quality: the constant rate factor: lower is better and larger.
    ///   - fields: how the lines of pictures are taken that keep their fields, which only H.264 does; else progressive.
    static func standard(
        _ index: FrameIndex, codec: EncodedCodec, rate: FrameRate, quality: Int,
        fields: StreamInfo.FieldOrder = .progressive
    ) -> VideoEncoding {
        let stream = index.stream
        let format = stream.picture.pixelFormat
        let pixelFormat: PixelFormat =
            if codec == .hevc, format.bitDepth > 8 {
                .yuv420p10
            } else {
                // Full range stays what it is: libswscale takes a format with a j for full range, and one without for studio range.
                format.description.hasPrefix("yuvj") ? .yuvj420p : .yuv420p
            }
        // 4:2:0 has a chroma sample for two luma samples each way: sides are even.
        let picture = PictureFormat(
            width: max(2, stream.picture.width & ~1), height: max(2, stream.picture.height & ~1),
            pixelFormat: pixelFormat)
        // IDR pictures at the same frames in every rendition, wherever scenes change.
        let parameters = ["keyint=\(2 * rate.framesPerSecond)", "scenecut=0"]
        switch codec {
        case .h264:
            return x264(
                stream, picture, rate: rate, quality: quality, parameters: parameters + interlacing(fields))
        case .hevc: return x265(index, picture, rate: rate, quality: quality, parameters: parameters)
        }
    }

    /// For a rendition of a ladder: its bit rate on average, and at most a fifth more over a second and a half.
    static func rung(
        _ rung: Ladder.Rung, _ index: FrameIndex, codec: EncodedCodec, rate: FrameRate
    ) -> VideoEncoding {
        var encoding = standard(index, codec: codec, rate: rate, quality: 0)
        let source = encoding.picture
        encoding.picture.height = rung.height
        // To the nearest even width.
        encoding.picture.width = max(2, (source.width * rung.height + source.height) / (2 * source.height) * 2)
        encoding.options["crf"] = nil
        // With a buffer to keep to, threads make the encoders' bytes differ from run to run.
        switch codec {
        case .h264: encoding.threads = 1
        case .hevc: encoding.options["x265-params"]? += ":const-vbv=1:frame-threads=1"
        }
        encoding.options["b"] = "\(rung.kilobits)k"
        encoding.options["maxrate"] = "\(rung.kilobits * 6 / 5)k"
        encoding.options["bufsize"] = "\(rung.kilobits * 3 / 2)k"
        return encoding
    }

    /// For the edges of copied clips: pictures that may stand beside the source's in one track.
    ///
    /// The encoder gets the source's profile, level, pixel format, number of reference frames, reordering, field coding, shape of a
    /// sample, colours and timing, and ids for its parameter sets that the source does not use. What the encoder makes of them
    /// is read back.
    /// - Returns: the settings with the encoder's configuration, or why there are none.
    static func matched(
        _ index: FrameIndex, _ source: VideoConfiguration, rate: FrameRate, quality: Int
    ) -> Result<Matched, Mismatch> {
        do {
            switch source {
            case .avc(let avc): return try matched(index, avc, rate: rate, quality: quality)
            case .hevc(let hevc): return try matched(index, hevc, rate: rate, quality: quality)
            }
        } catch {
            return .failure(Mismatch("\(error)"))
        }
    }

    private static func matched(
        _ index: FrameIndex, _ configuration: HEVCConfiguration, rate: FrameRate, quality: Int
    ) throws -> Result<Matched, Mismatch> {
        let source = try configuration.sequenceParameterSets.map { try HEVCSequenceParameterSet(nalUnit: $0) }
        guard let first = source.first else { return .failure(Mismatch("it has no sequence parameter set")) }
        guard source.allSatisfy({ $0.shape.size == first.shape.size }) else {
            return .failure(Mismatch("its pictures change their size"))
        }
        guard let renaming = try HEVCRenaming(besides: configuration) else {
            return .failure(Mismatch("its parameter sets use every id"))
        }
        let reordering =
            switch first.maximumReorderFrames {
            case 0: "bframes=0"
            case 1: "bframes=2:b-pyramid=0"
            default: "bframes=3:b-pyramid=1"
            }
        let encoding = x265(
            index, index.stream.picture, rate: rate, quality: quality, speed: .veryfast,
            parameters: ["keyint=-1", reordering])
        let encoder = try Encoder.video(encoding)
        guard
            case .hevc(let own) = try EncodedCodec.hevc.configuration(
                EncodedCodec.hevc.parameterSets(encoder.codecHeader))
        else { return .failure(Mismatch("libx265 made no HEVC")) }
        let made = try own.sequenceParameters()
        guard made.shape == first.shape, made.profile.profile == first.profile.profile else {
            return .failure(Mismatch("libx265 cannot make pictures of its kind"))
        }
        return .success(
            Matched(
                encoding: encoding, configuration: .hevc(try renaming.renamed(own)),
                shift: Int64(made.maximumReorderFrames), renaming: renaming))
    }

    private static func matched(
        _ index: FrameIndex, _ configuration: AVCConfiguration, rate: FrameRate, quality: Int
    ) throws -> Result<Matched, Mismatch> {
        let stream = index.stream
        let source = try configuration.sequenceParameterSets.map { try H264SequenceParameterSet(nalUnit: $0) }
        guard let first = source.first else { return .failure(Mismatch("it has no sequence parameter set")) }
        guard source.allSatisfy({ $0.shape.size == first.shape.size }) else {
            return .failure(Mismatch("its pictures change their size"))
        }
        guard let profile = profiles[first.profile] else {
            return .failure(Mismatch("its profile \(first.profile) is not one that libx264 writes"))
        }
        let picture = try configuration.pictureParameterSets.map { try H264PictureParameterSet(nalUnit: $0).id }
        let used = Set(source.map(\.id)).union(picture)
        guard let free = (0...31).first(where: { !used.contains($0) }) else {
            return .failure(Mismatch("its parameter sets use every id"))
        }
        var matched = x264(
            stream, stream.picture, rate: rate, quality: quality, speed: .veryfast,
            parameters: parameters(first, index, level: configuration.level, id: free))
        matched.options["profile"] = profile
        let encoder = try Encoder.video(matched)
        let own = try H264ParameterSets(annexB: encoder.codecHeader).configuration()
        let made = try own.sequenceParameters()
        guard made.shape == first.shape, made.framesOnly == first.framesOnly else {
            return .failure(Mismatch("libx264 cannot make pictures of its kind"))
        }
        let shift = Int64(encoder.reorderDelay)
        return .success(Matched(encoding: matched, configuration: .avc(own), shift: shift))
    }

    /// Settings for edges.
    struct Matched {
        /// The settings.
        var encoding: VideoEncoding
        /// The encoder's parameter sets.
        var configuration: VideoConfiguration
        /// By how many frames the encoder's pictures are shown later than decoded, at most.
        var shift: Int64
        /// The ids that the encoder's parameter sets get, where it cannot give them itself.
        var renaming: HEVCRenaming?
    }

    /// Why edges cannot be made for a source.
    struct Mismatch: Error {
        let reason: String
        init(_ reason: String) { self.reason = reason }
    }

    /// libx264's names of `profile_idc`.
    private static let profiles: [UInt8: String] = [
        66: "baseline", 77: "main", 100: "high", 110: "high10", 122: "high422", 244: "high444",
    ]

    private static func parameters(
        _ source: H264SequenceParameterSet, _ index: FrameIndex, level: UInt8, id: UInt8
    ) -> [String] {
        let references = max(1, min(16, source.maximumReferenceFrames))
        // Without a word in the stream, FFmpeg's own estimate.
        let reorder = source.maximumReorderFrames.map(Int.init) ?? index.stream.reorderDelay
        let reordering =
            if source.profile == 66 || reorder == 0 || references < 2 {
                "bframes=0"
            } else if reorder == 1 || references < 4 {
                "bframes=2:b-pyramid=none"
            } else {
                "bframes=3:b-pyramid=normal"
            }
        var result = ["keyint=infinite", "sps-id=\(id)", "level=\(level)", "ref=\(references)", reordering]
        if !source.framesOnly {
            let coding = interlacing(index.fieldOrder)
            result += coding.isEmpty ? ["fake-interlaced=1"] : coding
        }
        if source.timing?.isFixed == true { result.append("force-cfr=1") }
        return result
    }

    /// The encoders' presets that are used.
    private enum Speed: String {
        /// For whole renditions, of which every byte is sent many times.
        case medium
        /// For edges: a few frames among many that are copied.
        case veryfast

        /// Frames that libx264 looks ahead.
        var lookahead: Int { self == .medium ? 15 : 10 }
    }

    private static func interlacing(_ order: StreamInfo.FieldOrder) -> [String] {
        switch order {
        case .topFirst: ["tff=1"]
        case .bottomFirst: ["bff=1"]
        case .progressive, .unknown: []
        }
    }

    private static func x264(
        _ stream: StreamInfo, _ picture: PictureFormat, rate: FrameRate, quality: Int, speed: Speed = .medium,
        parameters: [String]
    ) -> VideoEncoding {
        // Without cpu-independent the macroblock tree differs between SSE2, AVX and C, and with AVX-512 it depends on memory
        // that was never written (seen in core 164: the bytes change with MALLOC_PERTURB_).
        // One thread: clips are encoded side by side, and an encoder's memory grows with its threads and its lookahead.
        let common = ["open-gop=0", "min-keyint=1", "rc-lookahead=\(speed.lookahead)", "cpu-independent=1"]
        return VideoEncoding(
            encoder: "libx264", picture: picture, rate: rate, sampleAspect: stream.sampleAspect, colour: stream.colour,
            threads: 1,
            options: [
                "preset": speed.rawValue, "crf": "\(quality)", "forced-idr": "1",
                "x264-params": (common + parameters).joined(separator: ":"),
            ])
    }

    private static func x265(
        _ index: FrameIndex, _ picture: PictureFormat, rate: FrameRate, quality: Int, speed: Speed = .medium,
        parameters: [String]
    ) -> VideoEncoding {
        // The number of frame threads is a setting: libx265's bytes depend on it.
        let common = ["open-gop=0", "min-keyint=1", "frame-threads=2", "info=0", "log-level=error"]
        let stream = index.stream
        return VideoEncoding(
            encoder: "libx265", picture: picture, rate: rate, sampleAspect: stream.sampleAspect, colour: stream.colour,
            threads: 0,
            options: [
                "preset": speed.rawValue, "crf": "\(quality)", "forced-idr": "1",
                "x265-params": (common + parameters + hdr(index.firstFrame)).joined(separator: ":"),
            ])
    }

    /// The metadata of HDR, which libx265 writes as SEI messages before each IDR picture.
    private static func hdr(_ first: FirstFrame) -> [String] {
        var result: [String] = []
        if let display = first.mastering {
            let points = [("G", display.green), ("B", display.blue), ("R", display.red), ("WP", display.white)]
            result.append(
                "master-display=" + points.map { "\($0)(\($1.x),\($1.y))" }.joined()
                    + "L(\(display.maximumLuminance),\(display.minimumLuminance))")
        }
        if let light = first.light { result.append("max-cll=\(light.maximum),\(light.maximumAverage)") }
        return result
    }
}

extension FrameRate {
    /// Frames that make at least a second.
    var framesPerSecond: Int { Int((numerator + denominator - 1) / denominator) }
}

/// What pictures of one track must have in common.
private struct PictureShape: Equatable {
    var size: [UInt16]
    var chromaFormat: UInt8
    var bitDepths: [UInt8]
}

extension H264SequenceParameterSet {
    fileprivate var shape: PictureShape {
        PictureShape(size: [width, height], chromaFormat: chromaFormat, bitDepths: [bitDepthLuma, bitDepthChroma])
    }
}

extension HEVCSequenceParameterSet {
    fileprivate var shape: PictureShape {
        PictureShape(size: [width, height], chromaFormat: chromaFormat, bitDepths: [bitDepthLuma, bitDepthChroma])
    }
}
