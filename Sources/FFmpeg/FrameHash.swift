private import CFFmpeg
private import Glibc

extension Frame {
    /// The MD5 of the picture's decoded planes in their native pixel format, 16 bytes: what `ffmpeg -f framemd5` prints.
    /// - Throws: `FFmpegError` when the picture cannot be laid out.
    public borrowing func md5() throws(FFmpegError) -> [UInt8] {
        guard let context = av_md5_alloc() else {
            throw FFmpegError(
                code: .outOfMemory, operation: "hash a picture", path: nil, stream: nil, frame: nil, log: [])
        }
        defer { av_free(UnsafeMutableRawPointer(context)) }
        av_md5_init(context)
        // Row by row: a copy of the planes without their padding would be as large as the picture.
        for plane in 0..<planeCount {
            let width = try rowBytes(plane)
            withPlane(plane) { bytes, stride in
                guard let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
                for row in 0..<planeHeight(plane) { av_md5_update(context, start + row * stride, width) }
            }
        }
        var digest = [UInt8](repeating: 0, count: 16)
        av_md5_final(context, &digest)
        return digest
    }

    /// Whether two pictures have one format and the same samples.
    /// - Throws: `FFmpegError` when one cannot be laid out.
    public borrowing func hasSamples(of other: borrowing Frame) throws(FFmpegError) -> Bool {
        guard pictureFormat == other.pictureFormat else { return false }
        for plane in 0..<planeCount {
            let width = try rowBytes(plane)
            let isEqual = withPlane(plane) { ours, stride in
                other.withPlane(plane) { theirs, otherStride in
                    guard let our = ours.baseAddress, let their = theirs.baseAddress else { return false }
                    return (0..<planeHeight(plane)).allSatisfy { row in
                        memcmp(our + row * stride, their + row * otherStride, width) == 0
                    }
                }
            }
            guard isEqual else { return false }
        }
        return true
    }

    private var planeCount: Int { max(0, Int(av_pix_fmt_count_planes(AVPixelFormat(pointer.pointee.format)))) }

    /// Bytes of a row that hold samples.
    private func rowBytes(_ plane: Int) throws(FFmpegError) -> Int {
        try Int(
            check(
                av_image_get_linesize(
                    AVPixelFormat(pointer.pointee.format), pointer.pointee.width, Int32(plane)), "measure a picture"))
    }

    /// The sum of absolute luma differences between two 8-bit pictures of one size, over all whole blocks of 16 × 16 samples
    /// (2 × 2 where a side is shorter than 16); samples beyond the last whole block are left out.
    ///
    /// - Precondition: both pictures have one size, and a plane of luma with 8 bits a sample.
    public borrowing func lumaDifference(from other: borrowing Frame) -> Int {
        let (width, height) = (pictureFormat.width, pictureFormat.height)
        precondition(width == other.pictureFormat.width && height == other.pictureFormat.height)
        precondition(pictureFormat.pixelFormat.bitDepth == 8 && other.pictureFormat.pixelFormat.bitDepth == 8)
        let bits: Int32 = min(width, height) >= 16 ? 4 : 1
        let side = 1 << Int(bits)
        guard let difference = av_pixelutils_get_sad_fn(bits, bits, 0, nil) else { return 0 }
        guard let ours = pointer.pointee.data.0, let theirs = other.pointer.pointee.data.0 else { return 0 }
        let (ourStride, theirStride) = (Int(pointer.pointee.linesize.0), Int(other.pointer.pointee.linesize.0))
        var sum = 0
        for y in stride(from: 0, through: height - side, by: side) {
            for x in stride(from: 0, through: width - side, by: side) {
                sum += Int(difference(ours + y * ourStride + x, ourStride, theirs + y * theirStride + x, theirStride))
            }
        }
        return sum
    }
}
