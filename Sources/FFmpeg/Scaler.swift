internal import CFFmpeg

/// Changes size and pixel format of pictures (`SwsContext`), with the same result on every machine.
public struct Scaler: ~Copyable {
    private let pointer: OpaquePointer
    private let source: PictureFormat
    private let target: PictureFormat

    /// How samples between those of the source are found.
    public enum Method: Sendable {
        /// The usual one.
        case bicubic
        /// The mean of what a sample covers: twice as fast, for pictures that become very small.
        case area
    }

    /// Prepares the change from one format to another.
    /// - Throws: `FFmpegError` when FFmpeg cannot convert between the formats.
    public static func open(
        from source: PictureFormat, to target: PictureFormat, by method: Method = .bicubic
    ) throws(FFmpegError) -> Scaler {
        let flags =
            switch method {
            case .bicubic: SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_BITEXACT
            case .area: SWS_AREA | SWS_BITEXACT
            }
        guard
            let pointer = sws_getContext(
                Int32(source.width), Int32(source.height), AVPixelFormat(source.pixelFormat.rawValue),
                Int32(target.width), Int32(target.height), AVPixelFormat(target.pixelFormat.rawValue), flags, nil, nil,
                nil)
        else {
            throw FFmpegError(
                code: .posix(22), operation: "convert pictures from \(source) to \(target)", path: nil, stream: nil,
                frame: nil, log: [])
        }
        return Scaler(pointer: pointer, source: source, target: target)
    }

    private init(pointer: OpaquePointer, source: PictureFormat, target: PictureFormat) {
        self.pointer = pointer
        self.source = source
        self.target = target
    }

    deinit { sws_freeContext(pointer) }

    /// A converted copy of `frame`, without its time.
    /// - Throws: `FFmpegError` when `frame` has not the format that the scaler was opened for.
    public mutating func scale(_ frame: borrowing Frame) throws(FFmpegError) -> Frame {
        guard frame.pictureFormat == source else {
            throw FFmpegError(
                code: .posix(22), operation: "convert a picture of \(frame.pictureFormat) as one of \(source)",
                path: nil, stream: nil, frame: nil, log: [])
        }
        let result = try Frame.picture(target)
        try check(sws_scale_frame(pointer, result.pointer, frame.pointer), "convert a picture to \(target)")
        return result
    }
}

/// Changes the pixel format of interlaced pictures, each field by itself: lines of one are never mixed with lines of the other.
public struct FieldScaler: ~Copyable {
    private var graph: FilterGraph

    /// Prepares the change from one format to another.
    /// - Throws: `FFmpegError` when FFmpeg cannot convert between the formats.
    public init(from source: PictureFormat, to target: PictureFormat) throws(FFmpegError) {
        let scale = FilterGraph.Filter(
            "scale",
            [
                "w": "\(target.width)", "h": "\(target.height)", "interl": "1",
                "flags": "bicubic+accurate_rnd+full_chroma_int+bitexact",
            ])
        graph = try FilterGraph.open([scale, .init("format", ["pix_fmts": "\(target.pixelFormat)"])], for: source)
    }

    /// A converted copy of `frame`, without its time.
    /// - Throws: `FFmpegError` when `frame` has another format than the scaler was made for.
    public mutating func scale(_ frame: borrowing Frame) throws(FFmpegError) -> Frame { try graph.apply(frame) }
}
