internal import CFFmpeg

/// The layout of a picture's samples in memory (`AVPixelFormat`).
public struct PixelFormat: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// FFmpeg's number of the format; −1 is none.
    public let rawValue: Int32

    /// Wraps FFmpeg's number.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// Planar 4:2:0, 8 bits.
    public static let yuv420p = PixelFormat(rawValue: AV_PIX_FMT_YUV420P.rawValue)
    /// Planar 4:2:0, 8 bits, full range, as old files mark it.
    public static let yuvj420p = PixelFormat(rawValue: AV_PIX_FMT_YUVJ420P.rawValue)
    /// Planar 4:2:0, 10 bits in two bytes, the lower first.
    public static let yuv420p10 = PixelFormat(rawValue: AV_PIX_FMT_YUV420P10LE.rawValue)
    /// Packed red, green, blue, 8 bits each.
    public static let rgb24 = PixelFormat(rawValue: AV_PIX_FMT_RGB24.rawValue)
    /// One plane of luma, 8 bits.
    public static let gray8 = PixelFormat(rawValue: AV_PIX_FMT_GRAY8.rawValue)

    /// FFmpeg's name of the format, such as `yuv420p`.
    public var description: String {
        av_get_pix_fmt_name(AVPixelFormat(rawValue)).map { String(cString: $0) } ?? "none"
    }
    /// Bits of the luma sample; 0 for an unknown format.
    public var bitDepth: Int { av_pix_fmt_desc_get(AVPixelFormat(rawValue)).map { Int($0.pointee.comp.0.depth) } ?? 0 }
}

/// Size and sample layout of a picture.
public struct PictureFormat: Hashable, Sendable, CustomStringConvertible {
    /// Luma samples in a row.
    public var width: Int
    /// Rows of luma.
    public var height: Int
    /// The layout of the samples.
    public var pixelFormat: PixelFormat

    /// Describes a picture.
    public init(width: Int, height: Int, pixelFormat: PixelFormat) {
        self.width = width
        self.height = height
        self.pixelFormat = pixelFormat
    }

    /// `1280x720 yuv420p`.
    public var description: String { "\(width)x\(height) \(pixelFormat)" }
}
