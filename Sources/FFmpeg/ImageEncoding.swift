private import MediaTime

extension Frame {
    /// The picture as a PNG file. It must be in `rgb24` or `gray8`.
    /// - Throws: `FFmpegError` when FFmpeg cannot encode it.
    public borrowing func pngBytes() throws(FFmpegError) -> [UInt8] {
        guard let rate = FrameRate(25) else { return [] }
        var encoder = try Encoder.video(
            VideoEncoding(
                encoder: "png", picture: pictureFormat, rate: rate,
                colour: .init(primaries: 2, transfer: 2, matrix: 2, isFullRange: true), threads: 1, options: [:]))
        try encoder.send(self, at: 0)
        try encoder.drain()
        guard let packet = try encoder.nextPacket() else { return [] }
        return packet.withBytes { Array($0) }
    }
}
