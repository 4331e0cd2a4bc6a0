private import CFFmpeg

extension Frame {
    /// The MD5 of the picture's decoded planes in their native pixel format, 16 bytes: what `ffmpeg -f framemd5` prints.
    /// - Throws: `FFmpegError` when the picture cannot be laid out.
    public borrowing func md5() throws(FFmpegError) -> [UInt8] {
        let picture = pointer.pointee
        let format = AVPixelFormat(picture.format)
        let size = Int(
            try check(av_image_get_buffer_size(format, picture.width, picture.height, 1), "measure a picture"))
        var data = picture.data
        var lines = picture.linesize
        var copied: Int32 = 0
        let packed = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            withUnsafePointer(to: &data) { data in
                withUnsafePointer(to: &lines) { lines in
                    copied = av_image_copy_to_buffer(
                        buffer.baseAddress, Int32(size),
                        UnsafeRawPointer(data).assumingMemoryBound(to: UnsafePointer<UInt8>?.self),
                        UnsafeRawPointer(lines).assumingMemoryBound(to: Int32.self),
                        format, picture.width, picture.height, 1)
                }
            }
            count = copied < 0 ? 0 : size
        }
        try check(copied, "lay out a picture")
        var digest = [UInt8](repeating: 0, count: 16)
        av_md5_sum(&digest, packed, Int(size))
        return digest
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
