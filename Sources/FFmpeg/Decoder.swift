internal import CFFmpeg
internal import MediaTime

/// Turns the packets of one stream into frames (`AVCodecContext` for decoding).
public struct Decoder: ~Copyable {
    private let pointer: UnsafeMutablePointer<AVCodecContext>
    private let log: LogCapture
    private let path: String
    private let stream: Int

    /// What came of asking for a frame.
    public enum Output: ~Copyable {
        /// A decoded frame.
        case frame(Frame)
        /// Nothing yet: send another packet.
        case needsInput
        /// The last frame has been handed out.
        case endOfStream
    }

    /// Opens a decoder for a stream of an open file, which it does not keep.
    /// - Parameter threads: how many threads decode; 0 is one a core. The frames are the same for any number.
    /// - Throws: `FFmpegError` when FFmpeg has no decoder for the codec, or refuses the stream's header.
    public static func open(
        _ stream: StreamInfo, of demuxer: borrowing Demuxer, threads: Int = 0
    ) throws(FFmpegError) -> Decoder {
        let path = demuxer.path
        func failure(_ code: FFmpegError.Code, _ log: [String] = []) -> FFmpegError {
            FFmpegError(
                code: code, operation: "open a decoder for \(stream.codec)", path: path, stream: stream.index,
                frame: nil, log: log)
        }
        guard let parameters = demuxer.parameters(of: stream.index),
            let codec = avcodec_find_decoder(parameters.pointee.codec_id)
        else { throw failure(.decoderNotFound) }
        guard let pointer = avcodec_alloc_context3(codec) else { throw failure(.outOfMemory) }
        let decoder = Decoder(pointer: pointer, log: LogCapture(), path: path, stream: stream.index)
        pointer.pointee.opaque = decoder.log.opaque
        pointer.pointee.thread_count = Int32(threads)
        pointer.pointee.pkt_timebase = AVRational(
            num: Int32(stream.timebase.numerator), den: Int32(stream.timebase.denominator))
        let copied = avcodec_parameters_to_context(pointer, parameters)
        guard copied >= 0 else { throw failure(.init(rawValue: copied), decoder.log.recent) }
        let opened = avcodec_open2(pointer, codec, nil)
        guard opened >= 0 else { throw failure(.init(rawValue: opened), decoder.log.recent) }
        return decoder
    }

    /// Opens a decoder for what an encoder makes.
    /// - Throws: `FFmpegError` when FFmpeg has no decoder for it.
    public static func open(like encoder: borrowing Encoder) throws(FFmpegError) -> Decoder {
        func failure(_ code: FFmpegError.Code) -> FFmpegError {
            FFmpegError(
                code: code, operation: "open a decoder for what was encoded", path: nil, stream: nil, frame: nil,
                log: [])
        }
        guard let codec = avcodec_find_decoder(encoder.pointer.pointee.codec_id) else {
            throw failure(.decoderNotFound)
        }
        guard let pointer = avcodec_alloc_context3(codec) else { throw failure(.outOfMemory) }
        let decoder = Decoder(pointer: pointer, log: LogCapture(), path: "", stream: 0)
        pointer.pointee.opaque = decoder.log.opaque
        pointer.pointee.pkt_timebase = encoder.pointer.pointee.time_base
        var parameters = avcodec_parameters_alloc()
        defer { avcodec_parameters_free(&parameters) }
        try check(avcodec_parameters_from_context(parameters, encoder.pointer), "describe what was encoded")
        try check(avcodec_parameters_to_context(pointer, parameters), "describe what was encoded")
        try check(avcodec_open2(pointer, codec, nil), "open a decoder for what was encoded", log: decoder.log)
        return decoder
    }

    private init(pointer: UnsafeMutablePointer<AVCodecContext>, log: LogCapture, path: String, stream: Int) {
        self.pointer = pointer
        self.log = log
        self.path = path
        self.stream = stream
    }

    deinit {
        var owned: UnsafeMutablePointer<AVCodecContext>? = pointer
        avcodec_free_context(&owned)
    }

    /// Feeds a packet of the stream. All waiting frames must have been received before.
    /// - Throws: `FFmpegError` when the packet cannot be decoded.
    public mutating func send(_ packet: borrowing Packet) throws(FFmpegError) {
        try check(
            avcodec_send_packet(pointer, packet.pointer), "decode \(kindName)", path: path, stream: stream, log: log)
    }

    /// Says that no packet follows, so that the last frames come out.
    /// - Throws: `FFmpegError` when the decoder has already been drained.
    public mutating func drain() throws(FFmpegError) {
        try check(
            avcodec_send_packet(pointer, nil), "decode the last of \(kindName)", path: path, stream: stream, log: log)
    }

    /// Asks for the next frame in order of presentation.
    /// - Throws: `FFmpegError` when the data is damaged beyond concealment.
    public mutating func receive() throws(FFmpegError) -> Output {
        let frame = Frame()
        let result = avcodec_receive_frame(pointer, frame.pointer)
        switch result {
        case shim_AVERROR_EAGAIN: return .needsInput
        case shim_AVERROR_EOF: return .endOfStream
        default:
            try check(result, "decode \(kindName)", path: path, stream: stream, log: log)
            return .frame(frame)
        }
    }

    /// Forgets everything sent so far; called after a seek.
    public mutating func flush() { avcodec_flush_buffers(pointer) }

    private var kindName: String { pointer.pointee.codec_type == AVMEDIA_TYPE_AUDIO ? "sound" : "video" }
}
