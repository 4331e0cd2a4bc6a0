internal import CFFmpeg
public import ISOBMFF
public import MediaTime

/// What a file says of one of its streams: a copied value that outlives the file.
public struct StreamInfo: Sendable {
    /// What a stream carries.
    public enum Kind: Sendable, Equatable {
        /// Pictures.
        case video
        /// Sound.
        case audio
        /// Anything else: timecode, subtitles, telemetry, cover art.
        case other
    }

    /// Position in the file, from 0.
    public let index: Int
    /// The container's own number: the PID in a transport stream, the track's id in MP4.
    public let identifier: Int
    /// What the stream carries. A cover picture counts as `other`.
    public let kind: Kind
    /// FFmpeg's name of the codec: `h264`, `hevc`, `aac`; `none` when unknown.
    public let codec: String
    /// Seconds a tick, for all times of the stream's packets and frames.
    public let timebase: Timebase
    /// The average number of frames a second that the container claims; `nil` where it claims none.
    public let averageRate: FrameRate?
    /// Size and pixel format of the pictures, as far as the container and the first packets tell.
    public let picture: PictureFormat
    /// Width to height of one sample of the picture; 1:1 where the file does not say.
    public let sampleAspect: (width: Int32, height: Int32)
    /// How the picture's colours are meant.
    public let colour: Colour
    /// Clockwise turn that a player applies before showing, in degrees: 0, 90, 180 or 270.
    public let rotation: Int
    /// How the lines of the pictures were taken, as far as the container and the first packets tell.
    public let fieldOrder: FieldOrder
    /// By how many pictures the order of decoding differs from that of presentation at most, as far as the first packets tell.
    public let reorderDelay: Int
    /// Channels of the sound.
    public let channels: Int
    /// Samples a second of the sound.
    public let sampleRate: Int
    /// The codec's own header: `avcC` or `hvcC` content for MP4 and Matroska, Annex B parameter sets or nothing for TS.
    public let codecHeader: [UInt8]
    /// The mastering display of HDR, where the container tells.
    public let mastering: MasteringDisplay?
    /// The light of HDR, where the container tells.
    public let light: ContentLight?
    /// The timecode of the first frame, where the stream or its track reference says one: `01:00:00:00`.
    public let timecode: String?
    /// The language tag, `und` where the file does not say.
    public let language: String

    /// How the lines of a picture were taken.
    public enum FieldOrder: Sendable, Equatable {
        /// All at once.
        case progressive
        /// In two fields, the one with the topmost line first.
        case topFirst
        /// In two fields, the one with the topmost line last.
        case bottomFirst
        /// Nothing is said.
        case unknown
    }

    /// The colour description of ITU-T H.273, in its numbers; 2 is unspecified.
    public struct Colour: Sendable, Equatable {
        /// `colour_primaries`.
        public var primaries: UInt16
        /// `transfer_characteristics`.
        public var transfer: UInt16
        /// `matrix_coefficients`.
        public var matrix: UInt16
        /// Whether samples use all values (0 to 255) rather than the studio range (16 to 235).
        public var isFullRange: Bool

        /// Describes colours by their codes.
        public init(primaries: UInt16, transfer: UInt16, matrix: UInt16, isFullRange: Bool) {
            (self.primaries, self.transfer, self.matrix) = (primaries, transfer, matrix)
            self.isFullRange = isFullRange
        }

        /// Whether anything is said at all.
        public var isSpecified: Bool { primaries != 2 || transfer != 2 || matrix != 2 || isFullRange }
    }
}

extension StreamInfo {
    init(_ stream: UnsafeMutablePointer<AVStream>) {
        let parameters = stream.pointee.codecpar.pointee
        index = Int(stream.pointee.index)
        identifier = Int(stream.pointee.id)
        let isCover = stream.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC != 0
        kind =
            switch parameters.codec_type {
            case AVMEDIA_TYPE_VIDEO where !isCover: .video
            case AVMEDIA_TYPE_AUDIO: .audio
            default: .other
            }
        codec = String(cString: avcodec_get_name(parameters.codec_id))
        timebase =
            Timebase(Int64(stream.pointee.time_base.num), Int64(stream.pointee.time_base.den)) ?? Timebase.samples48k
        averageRate = FrameRate(
            Int64(stream.pointee.avg_frame_rate.num), Int64(stream.pointee.avg_frame_rate.den))
        picture = PictureFormat(
            width: Int(parameters.width), height: Int(parameters.height),
            pixelFormat: PixelFormat(rawValue: parameters.format))
        let aspect = av_guess_sample_aspect_ratio(nil, stream, nil)
        sampleAspect = aspect.num > 0 && aspect.den > 0 ? (aspect.num, aspect.den) : (1, 1)
        colour = Colour(
            primaries: UInt16(clamping: parameters.color_primaries.rawValue),
            transfer: UInt16(clamping: parameters.color_trc.rawValue),
            matrix: UInt16(clamping: parameters.color_space.rawValue),
            isFullRange: parameters.color_range == AVCOL_RANGE_JPEG || parameters.format == AV_PIX_FMT_YUVJ420P.rawValue
        )
        rotation = Self.rotation(of: stream)
        fieldOrder =
            switch parameters.field_order {
            case AV_FIELD_PROGRESSIVE: .progressive
            case AV_FIELD_TT, AV_FIELD_BT: .topFirst
            case AV_FIELD_BB, AV_FIELD_TB: .bottomFirst
            default: .unknown
            }
        reorderDelay = Int(parameters.video_delay)
        channels = Int(parameters.ch_layout.nb_channels)
        sampleRate = Int(parameters.sample_rate)
        codecHeader = Array(
            UnsafeBufferPointer(start: parameters.extradata, count: Int(parameters.extradata_size)))
        mastering = Self.mastering(of: stream)
        light = Self.light(of: stream)
        timecode = Self.tag("timecode", of: stream)
        language = Self.tag("language", of: stream) ?? "und"
    }

    private static func tag(_ key: String, of stream: UnsafeMutablePointer<AVStream>) -> String? {
        av_dict_get(stream.pointee.metadata, key, nil, 0).map { String(cString: $0.pointee.value) }
    }

    private static func rotation(of stream: UnsafeMutablePointer<AVStream>) -> Int {
        var size = 0
        guard let data = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size), size >= 36 else { return 0 }
        // The matrix turns anticlockwise; the angle is only ever compared with the four right angles.
        let angle = data.withMemoryRebound(to: Int32.self, capacity: 9) { av_display_rotation_get($0) }
        guard angle.isFinite else { return 0 }
        return ((-Int(angle.rounded()) % 360) + 360) % 360
    }
}
