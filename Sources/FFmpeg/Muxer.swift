internal import CFFmpeg

/// A media file that is being written with one stream (`AVFormatContext` for output): lossless copies of sound, pictures.
///
/// Reels are never written by it: `Stitching` copies fragments. Dropping a muxer unfinished closes the file and leaves the
/// bytes so far: the caller owns the path, and removes it.
public struct Muxer: ~Copyable {
    private let pointer: UnsafeMutablePointer<AVFormatContext>
    private let log: LogCapture
    private let path: String

    /// Creates a file in the container `format` (`flac`) for the packets of `encoder`, and writes its header.
    /// - Throws: `FFmpegError` when the file cannot be created or the container cannot hold the codec.
    public static func create(
        _ path: String, format: String, for encoder: borrowing Encoder
    ) throws(FFmpegError) -> Muxer {
        let log = LogCapture()
        var context: UnsafeMutablePointer<AVFormatContext>?
        try check(
            avformat_alloc_output_context2(&context, nil, format, nil), "write \(format) files", path: path, log: log)
        guard let pointer = context else {
            throw FFmpegError(code: .outOfMemory, operation: "create", path: path, stream: nil, frame: nil, log: [])
        }
        let muxer = Muxer(pointer: pointer, log: log, path: path)
        guard let stream = avformat_new_stream(pointer, nil) else {
            throw FFmpegError(code: .outOfMemory, operation: "create", path: path, stream: nil, frame: nil, log: [])
        }
        try check(
            avcodec_parameters_from_context(stream.pointee.codecpar, encoder.pointer), "describe a stream", path: path)
        stream.pointee.time_base = encoder.pointer.pointee.time_base
        try check(avio_open(&pointer.pointee.pb, "file:" + path, AVIO_FLAG_WRITE), "create", path: path, log: log)
        try check(avformat_write_header(pointer, nil), "write the header", path: path, log: log)
        return muxer
    }

    private init(pointer: UnsafeMutablePointer<AVFormatContext>, log: LogCapture, path: String) {
        self.pointer = pointer
        self.log = log
        self.path = path
        pointer.pointee.opaque = log.opaque
        pointer.pointee.flags |= AVFMT_FLAG_BITEXACT
    }

    deinit {
        avio_closep(&pointer.pointee.pb)
        avformat_free_context(pointer)
    }

    /// Writes a packet of the encoder, in its time base.
    /// - Throws: `FFmpegError` when the disk is full or the packet out of order.
    public mutating func write(_ packet: consuming Packet) throws(FFmpegError) {
        packet.pointer.pointee.stream_index = 0
        try check(av_write_frame(pointer, packet.pointer), "write a packet", path: path, log: log)
    }

    /// Writes the trailer and closes the file.
    /// - Throws: `FFmpegError` when the disk is full.
    public consuming func finish() throws(FFmpegError) {
        try check(av_write_trailer(pointer), "finish", path: path, log: log)
        try check(avio_closep(&pointer.pointee.pb), "finish", path: path, log: log)
    }
}
