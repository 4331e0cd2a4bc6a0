/// The perceptual hash of a picture: 64 bits that change little when it is scaled or encoded anew.
///
/// The difference hash: the picture is scaled to 9 × 8 samples of luma, and each bit says whether a sample is darker than its
/// right neighbour (N. Krawetz, "Kind of Like That", 2013).
public struct PictureHash: ~Copyable {
    private var conversion = FormatConversion(
        to: PictureFormat(width: 9, height: 8, pixelFormat: .gray8))

    /// Prepares for pictures of any format.
    public init() {}

    /// The hash of one picture.
    /// - Throws: `FFmpegError` when FFmpeg cannot scale it.
    public mutating func hash(_ frame: borrowing Frame) throws(FFmpegError) -> UInt64 {
        let small = try conversion.convert(frame.reference())
        return small.withPlane(0) { bytes, stride in
            var hash: UInt64 = 0
            for y in 0..<8 {
                for x in 0..<8 {
                    let isDarker = bytes[y * stride + x] < bytes[y * stride + x + 1]
                    hash = hash << 1 | (isDarker ? 1 : 0)
                }
            }
            return hash
        }
    }
}
