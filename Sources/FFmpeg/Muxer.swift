internal import CFFmpeg

/// A media file that is being written (`AVFormatContext` for output): lossless copies of sound, an assembled Mega Asset.
///
/// Reels are never written by it: `Stitching` copies fragments. Dropping a muxer unfinished closes the file and leaves the
/// bytes so far: the caller owns the path, and removes it.
public struct Muxer: ~Copyable {
    private let pointer: UnsafeMutablePointer<AVFormatContext>
    private let log: LogCapture
    private let path: String
    /// The time bases of the streams' encoders.
    private var timebases: [AVRational] = []

    /// Creates a file in the container `format` (`flac`) for the packets of `encoder`, and writes its header.
    /// - Throws: `FFmpegError` when the file cannot be created or the container cannot hold the codec.
    public static func create(
        _ path: String, format: String, for encoder: borrowing Encoder
    ) throws(FFmpegError) -> Muxer {
        var muxer = try allocate(path, format)
        try muxer.addStream(for: encoder)
        try muxer.begin()
        return muxer
    }

    /// Creates a file with two streams, 0 for the packets of `first` and 1 for those of `second`, and writes its header.
    /// - Throws: `FFmpegError` as `create(_:format:for:)`.
    public static func create(
        _ path: String, format: String, for first: borrowing Encoder, and second: borrowing Encoder
    ) throws(FFmpegError) -> Muxer {
        var muxer = try allocate(path, format)
        try muxer.addStream(for: first)
        try muxer.addStream(for: second)
        try muxer.begin()
        return muxer
    }

    private static func allocate(_ path: String, _ format: String) throws(FFmpegError) -> Muxer {
        let log = LogCapture()
        var context: UnsafeMutablePointer<AVFormatContext>?
        try check(
            avformat_alloc_output_context2(&context, nil, format, nil), "write \(format) files", path: path, log: log)
        guard let context else {
            throw FFmpegError(code: .outOfMemory, operation: "create", path: path, stream: nil, frame: nil, log: [])
        }
        return Muxer(pointer: context, log: log, path: path)
    }

    private mutating func addStream(for encoder: borrowing Encoder) throws(FFmpegError) {
        guard let stream = avformat_new_stream(pointer, nil) else {
            throw FFmpegError(code: .outOfMemory, operation: "create", path: path, stream: nil, frame: nil, log: [])
        }
        try check(
            avcodec_parameters_from_context(stream.pointee.codecpar, encoder.pointer), "describe a stream", path: path)
        stream.pointee.time_base = encoder.pointer.pointee.time_base
        stream.pointee.avg_frame_rate = encoder.pointer.pointee.framerate
        timebases.append(encoder.pointer.pointee.time_base)
    }

    private func begin() throws(FFmpegError) {
        try check(avio_open(&pointer.pointee.pb, "file:" + path, AVIO_FLAG_WRITE), "create", path: path, log: log)
        try check(avformat_write_header(pointer, nil), "write the header", path: path, log: log)
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

    /// Writes a packet of a stream's encoder, in its time base. Packets of one stream come in decoding order; those of several are brought
    /// into the order of time, for which they wait in memory.
    /// - Parameter duration: ticks that it lasts; 0 leaves what the encoder says.
    /// - Throws: `FFmpegError` when the disk is full or the packet out of order.
    public mutating func write(
        _ packet: consuming Packet, to stream: Int = 0, duration: Int64 = 0
    ) throws(FFmpegError) {
        packet.pointer.pointee.stream_index = Int32(stream)
        if duration > 0 { packet.pointer.pointee.duration = duration }
        guard timebases.count > 1, let target = pointer.pointee.streams[stream]?.pointee.time_base else {
            try check(av_write_frame(pointer, packet.pointer), "write a packet", path: path, log: log)
            return
        }
        av_packet_rescale_ts(packet.pointer, timebases[stream], target)
        try check(av_interleaved_write_frame(pointer, packet.pointer), "write a packet", path: path, log: log)
    }

    /// Writes the trailer and closes the file.
    /// - Throws: `FFmpegError` when the disk is full.
    public consuming func finish() throws(FFmpegError) {
        try check(av_write_trailer(pointer), "finish", path: path, log: log)
        try check(avio_closep(&pointer.pointee.pb), "finish", path: path, log: log)
    }
}
