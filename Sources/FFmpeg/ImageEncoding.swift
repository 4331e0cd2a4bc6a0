private import MediaTime

extension Frame {
    /// The picture as a PNG file. It must be in `rgb24` or `gray8`.
    /// - Throws: `FFmpegError` when FFmpeg cannot encode it.
    public borrowing func pngBytes() throws(FFmpegError) -> [UInt8] { try encoded(by: "png") }

    /// The picture as a JPEG file. It must be in `yuvj420p`.
    /// - Throws: `FFmpegError` when FFmpeg cannot encode it.
    public borrowing func jpegBytes() throws(FFmpegError) -> [UInt8] {
        // A little coarser than the encoder's best: nobody sees the difference at the size of a stamp.
        try encoded(by: "mjpeg", ["qmin": "4", "qmax": "4"])
    }

    private borrowing func encoded(
        by encoder: String, _ options: [String: String] = [:]
    ) throws(FFmpegError) -> [UInt8] {
        guard let rate = FrameRate(25) else { return [] }
        var encoder = try Encoder.video(
            VideoEncoding(
                encoder: encoder, picture: pictureFormat, rate: rate,
                colour: .init(primaries: 2, transfer: 2, matrix: 2, isFullRange: true), threads: 1, options: options))
        try encoder.send(self, at: 0)
        try encoder.drain()
        guard let packet = try encoder.nextPacket() else { return [] }
        return packet.withBytes { Array($0) }
    }
}
