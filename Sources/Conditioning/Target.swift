internal import Diagnostics
internal import Editions
internal import Editorial
internal import FFmpeg
internal import ISOBMFF
internal import MediaTime

/// A rendition in the making: what all its clips share.
struct Target: Sendable {
    /// The init segment.
    let initSegment: InitSegment
    /// How frames that cannot be copied are encoded.
    let encoding: VideoEncoding
    /// By how many ticks presentation is shifted.
    let shift: Int64
    /// A fragment is closed at an IDR once it has as many frames.
    let framesPerPart: Int64
    /// Whether its frames are made of two fields.
    let keepsFields: Bool
    /// How encoded pictures get the ids of their parameter sets.
    let renaming: HEVCRenaming?
    /// The rendition's name.
    let name: String
    private let condition: Condition
    private let timescale: Int32
    private let ticksPerFrame: Int64?
    /// The codec of its pictures.
    let codec: EncodedCodec
    private let configuration: VideoConfiguration
    private let picture: (width: Int, height: Int)

    /// - Parameter plan: how the clips are taken from the footage.
    init(_ plan: ConditioningPlan, of footage: Footage) throws {
        let source = footage.source
        let stream = source.index.stream
        name = plan.name
        condition = plan.condition
        encoding = plan.encoding
        keepsFields = plan.keepsFields
        renaming = plan.edges?.renaming
        var reordering = plan.reordering
        switch plan.condition {
        case .encode:
            let encoder = try Encoder.video(encoding)
            codec = plan.codec
            configuration = try codec.configuration(codec.parameterSets(encoder.codecHeader))
            // libx265 does not tell FFmpeg; the parameter sets do.
            reordering = try configuration.reorderDelay() ?? Int64(encoder.reorderDelay)
            picture = (encoding.picture.width, encoding.picture.height)
        case .copy, .smart:
            guard case .possible(let format) = source.copying else {
                throw Fault(.internalError, "\(source.path): packets are to be copied that cannot be")
            }
            codec = format.codec
            if let edges = plan.edges {
                configuration = try format.configuration.merging(edges.configuration)
                reordering = max(reordering, edges.shift)
            } else {
                configuration = format.configuration
            }
            picture = (stream.picture.width, stream.picture.height)
        }
        timescale = footage.timescale
        ticksPerFrame = footage.ticksPerFrame
        framesPerPart = Int64(footage.nominalRate.framesPerSecond)
        shift = footage.clips.reduce(0) {
            max($0, footage.times(of: $1.range).shift(reordering: reordering, count: $1.range.count))
        }
        // H.264 that is encoded anew has 8 bits: HDR is kept by copies and by HEVC.
        let keepsHDR = plan.condition != .encode || plan.codec == .hevc
        initSegment = try Self.initSegment(
            source.index, configuration, picture, timescale, shift, keepsHDR: keepsHDR)
    }

    private static func initSegment(
        _ index: FrameIndex, _ configuration: VideoConfiguration, _ picture: (width: Int, height: Int),
        _ timescale: Int32, _ shift: Int64, keepsHDR: Bool
    ) throws -> InitSegment {
        guard let width = UInt16(exactly: picture.width), let height = UInt16(exactly: picture.height) else {
            throw Fault(.badInput, "pictures of \(picture.width)x\(picture.height) are too large for an MP4 track")
        }
        let stream = index.stream
        let aspect = stream.sampleAspect
        let colour = ColourDescription(
            primaries: stream.colour.primaries, transfer: stream.colour.transfer, matrix: stream.colour.matrix,
            fullRange: stream.colour.isFullRange)
        let entry = VideoSampleEntry(
            width: width, height: height, configuration: configuration,
            pixelAspect: aspect == (1, 1) ? nil : (UInt32(aspect.width), UInt32(aspect.height)),
            colour: stream.colour.isSpecified ? colour : nil,
            mastering: keepsHDR ? index.firstFrame.mastering : nil, light: keepsHDR ? index.firstFrame.light : nil)
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

    /// What determines the bytes of encoded frames, by name; empty where nothing is encoded.
    var settings: [String: String] {
        guard condition != .copy else { return [:] }
        return encoding.options.merging([
            "encoder": encoding.encoder, "threads": "\(encoding.threads)",
            "pixelFormat": "\(encoding.picture.pixelFormat)",
        ]) { own, _ in own }
    }

    /// When a clip's frames begin.
    func timing(_ times: FrameTimes) -> PictureTiming {
        PictureTiming(times: times, shift: shift, framesPerPart: framesPerPart)
    }

    /// The rendition as an edition describes it.
    /// - Parameter bytes: of all clips' objects.
    func rendition(initSegment: ObjectID, bytes: Int64) -> EditionManifest.Rendition {
        EditionManifest.Rendition(
            name: name, codec: configuration.name, width: picture.width, height: picture.height,
            initSegment: initSegment, timescale: timescale, ticksPerFrame: ticksPerFrame, shift: shift,
            condition: condition.rawValue, settings: settings,
            bytes: bytes)
    }
}

extension VideoConfiguration {
    /// One record for streams of one codec that share a track.
    fileprivate func merging(_ other: VideoConfiguration) throws -> VideoConfiguration {
        switch (self, other) {
        case (.avc(let own), .avc(let other)): .avc(try AVCConfiguration(merging: [own, other]))
        case (.hevc(let own), .hevc(let other)): .hevc(try HEVCConfiguration(merging: [own, other]))
        default: throw Fault(.internalError, "H.264 and HEVC cannot share a track")
        }
    }
}
