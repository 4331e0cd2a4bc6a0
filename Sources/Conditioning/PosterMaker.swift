internal import FFmpeg

/// Makes small JPEGs of frames, for people who look at a line-up.
struct PosterMaker: ~Copyable {
    private var conversion: FormatConversion?
    private var source: PictureFormat?
    /// Rows of a poster; smaller pictures keep their size.
    private static let height = 180

    /// The JPEG of a frame. Pixels are taken for square.
    /// - Throws: `FFmpegError` when FFmpeg cannot scale or encode it.
    mutating func jpeg(_ frame: borrowing Frame) throws(FFmpegError) -> [UInt8] {
        let format = frame.pictureFormat
        if source != format {
            let height = min(Self.height, format.height) / 2 * 2
            let width = max(2, format.width * height / format.height / 2 * 2)
            conversion = FormatConversion(
                to: PictureFormat(width: width, height: max(2, height), pixelFormat: .yuvj420p))
            source = format
        }
        guard let conversion else { return [] }
        let small = try conversion.convert(frame.reference())
        return try small.jpegBytes()
    }
}
