internal import CFFmpeg

/// A media file that is being written (`AVFormatContext` for output): lossless copies of sound, an assembled Mega Asset.
///
/// Reels are never written by it: `Stitching` copies fragments. Dropping a muxer unfinished closes the file and leaves the
/// bytes so far: the caller owns the path, and removes it.
public struct Muxer: ~Copyable {
    private let pointer: UnsafeMutablePointer<AVFormatContext>
    private let log: LogCapture
    private let path: String
    /// Takes the bytes in place of a file.
    private let sink: ByteSink?
    /// The time bases in which packets come.
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

    /// Begins a fragmented MP4 that is written as it goes, never to be sought in: each fragment begins with a key frame of the picture and
    /// is handed out when the next begins. Stream 0 is the picture; stream 1, where there is one, the sound.
    /// - Parameters:
    ///   - name: how errors call it.
    ///   - timescale: ticks a second of the picture's times.
    ///   - sound: ticks are its samples.
    /// - Throws: `FFmpegError` when an encoder's codec does not go into MP4, or `sink` fails.
    public static func fragmented(
        into sink: ByteSink, named name: String, picture: borrowing Encoder, timescale: Int32,
        sound: borrowing Encoder?
    ) throws(FFmpegError) -> Muxer {
        var muxer = try allocate(name, "mp4", sink: sink)
        try muxer.addStream(for: picture, timescale: timescale)
        try muxer.addSound(sound)
        try muxer.begin([
            "movflags": "+empty_moov+default_base_moof+frag_keyframe+skip_trailer",
            "video_track_timescale": "\(timescale)",
        ])
        return muxer
    }

    private mutating func addSound(_ encoder: borrowing Encoder?) throws(FFmpegError) {
        switch encoder {
        case .some(let encoder): try addStream(for: encoder)
        case .none: break
        }
    }

    private static func allocate(
        _ path: String, _ format: String, sink: ByteSink? = nil
    ) throws(FFmpegError) -> Muxer {
        let log = LogCapture()
        var context: UnsafeMutablePointer<AVFormatContext>?
        try check(
            avformat_alloc_output_context2(&context, nil, format, nil), "write \(format) files", path: path, log: log)
        guard let context else {
            throw FFmpegError(code: .outOfMemory, operation: "create", path: path, stream: nil, frame: nil, log: [])
        }
        return Muxer(pointer: context, log: log, path: path, sink: sink)
    }

    private mutating func addStream(
        for encoder: borrowing Encoder, timescale: Int32? = nil
    ) throws(FFmpegError) {
        let timebase = timescale.map { AVRational(num: 1, den: $0) } ?? encoder.pointer.pointee.time_base
        guard let stream = avformat_new_stream(pointer, nil) else {
            throw FFmpegError(code: .outOfMemory, operation: "create", path: path, stream: nil, frame: nil, log: [])
        }
        try check(
            avcodec_parameters_from_context(stream.pointee.codecpar, encoder.pointer), "describe a stream", path: path)
        stream.pointee.time_base = timebase
        stream.pointee.avg_frame_rate = encoder.pointer.pointee.framerate
        timebases.append(timebase)
    }

    private func begin(_ options: [String: String] = [:]) throws(FFmpegError) {
        if let sink {
            pointer.pointee.pb = sink.context
            pointer.pointee.flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_FLUSH_PACKETS
        } else {
            try check(avio_open(&pointer.pointee.pb, "file:" + path, AVIO_FLAG_WRITE), "create", path: path, log: log)
        }
        var dictionary: OpaquePointer?
        defer { av_dict_free(&dictionary) }
        for (key, value) in options { av_dict_set(&dictionary, key, value, 0) }
        try check(avformat_write_header(pointer, &dictionary), "write the header", path: path, log: log)
    }

    private init(
        pointer: UnsafeMutablePointer<AVFormatContext>, log: LogCapture, path: String, sink: ByteSink?
    ) {
        self.pointer = pointer
        self.log = log
        self.path = path
        self.sink = sink
        pointer.pointee.opaque = log.opaque
        pointer.pointee.flags |= AVFMT_FLAG_BITEXACT
    }

    deinit {
        // What is the sink's is closed with it.
        if sink == nil { avio_closep(&pointer.pointee.pb) } else { pointer.pointee.pb = nil }
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
        guard timebases.count > 1 || sink != nil, let target = pointer.pointee.streams[stream]?.pointee.time_base else {
            try check(av_write_frame(pointer, packet.pointer), "write a packet", path: path, log: log)
            return
        }
        av_packet_rescale_ts(packet.pointer, timebases[stream], target)
        try check(av_interleaved_write_frame(pointer, packet.pointer), "write a packet", path: path, log: log)
    }

    /// Writes a packet that is presented in the order of decoding, at a time of its own.
    /// - Parameters:
    ///   - ticks: when it is presented, in ticks of its stream.
    ///   - duration: ticks that it lasts.
    /// - Throws: `FFmpegError` as `write(_:to:duration:)`.
    public mutating func write(
        _ packet: consuming Packet, to stream: Int, at ticks: Int64, duration: Int64
    ) throws(FFmpegError) {
        (packet.pointer.pointee.pts, packet.pointer.pointee.dts) = (ticks, ticks)
        try write(packet, to: stream, duration: duration)
    }

    /// Writes the trailer and closes the file.
    /// - Throws: `FFmpegError` when the disk is full.
    public consuming func finish() throws(FFmpegError) {
        try check(av_write_trailer(pointer), "finish", path: path, log: log)
        if sink == nil { try check(avio_closep(&pointer.pointee.pb), "finish", path: path, log: log) }
    }
}
