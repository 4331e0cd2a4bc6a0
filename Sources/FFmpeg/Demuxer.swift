internal import CFFmpeg

/// An open media file, read packet by packet in the order of its bytes (`AVFormatContext` for input).
///
/// Only local files are opened, and only as media: a playlist or a script that pretends to be a video cannot make it open
/// other files or addresses.
public struct Demuxer: ~Copyable {
    /// The file, as it was given.
    public let path: String
    /// All streams of the file, in order.
    public let streams: [StreamInfo]
    private let pointer: UnsafeMutablePointer<AVFormatContext>
    private let log: LogCapture
    /// The bytes behind `pointer`, where they are not those of one file; closed after it.
    private let source: SegmentSource?

    /// The containers that are read. Formats that refer to other files (playlists, `concat`, image patterns) are not
    /// among them.
    private static let containers =
        "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,flv,avi,mxf,mpeg,ogg,wav,w64,aiff,flac,mp3,aac,ac3,eac3,caf,h264,hevc,"
        + "m4v,mpegvideo,ivf,nut,dv,y4m,yuv4mpegpipe,png_pipe"

    /// Opens a file and reads as much of it as it takes to describe its streams.
    /// - Throws: `FFmpegError` when the file is missing, empty, not media, or described wrongly.
    public static func open(_ path: String) throws(FFmpegError) -> Demuxer {
        try open("file:" + path, as: path, source: nil)
    }

    /// Opens pieces of files that make one file in a row, such as an init segment and fragments.
    /// - Parameter name: how errors call it.
    /// - Throws: `FFmpegError` as `open(_:)`.
    public static func open(_ segments: [FileSegment], named name: String) throws(FFmpegError) -> Demuxer {
        try open("", as: name, source: try SegmentSource(segments, name: name))
    }

    /// Opens whole files that make one file in a row, such as an init segment and a media object.
    /// - Parameter name: how errors call it.
    /// - Throws: `FFmpegError` as `open(_:)`.
    public static func open(files: [String], named name: String) throws(FFmpegError) -> Demuxer {
        try open(files.map { FileSegment(path: $0) }, named: name)
    }

    private static func open(
        _ url: String, as path: String, source: SegmentSource?
    ) throws(FFmpegError) -> Demuxer {
        let log = LogCapture()
        guard let allocated = avformat_alloc_context() else {
            throw FFmpegError(code: .outOfMemory, operation: "open", path: path, stream: nil, frame: nil, log: [])
        }
        allocated.pointee.opaque = log.opaque
        allocated.pointee.pb = source?.context
        var options: OpaquePointer?
        defer { av_dict_free(&options) }
        av_dict_set(&options, "protocol_whitelist", "file", 0)
        av_dict_set(&options, "format_whitelist", containers, 0)
        var context: UnsafeMutablePointer<AVFormatContext>? = allocated
        // FFmpeg frees the context itself when opening fails.
        try check(avformat_open_input(&context, url, nil, &options), "open", path: path, log: log)
        guard let pointer = context else {
            throw FFmpegError(code: .invalidData, operation: "open", path: path, stream: nil, frame: nil, log: [])
        }
        let found = avformat_find_stream_info(pointer, nil)
        guard found >= 0 else {
            avformat_close_input(&context)
            throw FFmpegError(
                code: .init(rawValue: found), operation: "read the streams", path: path, stream: nil, frame: nil,
                log: log.recent)
        }
        return Demuxer(path: path, pointer: pointer, log: log, source: source)
    }

    private init(
        path: String, pointer: UnsafeMutablePointer<AVFormatContext>, log: LogCapture, source: SegmentSource? = nil
    ) {
        self.path = path
        self.pointer = pointer
        self.log = log
        self.source = source
        streams = (0..<Int(pointer.pointee.nb_streams)).compactMap { index in
            pointer.pointee.streams[index].map { StreamInfo($0) }
        }
    }

    deinit {
        var owned: UnsafeMutablePointer<AVFormatContext>? = pointer
        avformat_close_input(&owned)
    }

    /// FFmpeg's name of the container, such as `mov,mp4,m4a,3gp,3g2,mj2`.
    public var container: String { String(cString: pointer.pointee.iformat.pointee.name) }

    /// What the file says of itself as a whole: its metadata by key.
    public var tags: [String: String] {
        var result: [String: String] = [:]
        var entry = av_dict_get(pointer.pointee.metadata, "", nil, AV_DICT_IGNORE_SUFFIX)
        while let found = entry {
            result[String(cString: found.pointee.key)] = String(cString: found.pointee.value)
            entry = av_dict_get(pointer.pointee.metadata, "", found, AV_DICT_IGNORE_SUFFIX)
        }
        return result
    }

    /// The `number`-th stream of a kind, from 0; `nil` when there are fewer.
    public func stream(_ kind: StreamInfo.Kind, number: Int = 0) -> StreamInfo? {
        let matching = streams.filter { $0.kind == kind }
        return matching.indices.contains(number) ? matching[number] : nil
    }

    /// Tells FFmpeg to skip all streams but these.
    public mutating func select(_ indices: Set<Int>) {
        for stream in streams {
            let discard = indices.contains(stream.index) ? AVDISCARD_DEFAULT : AVDISCARD_ALL
            pointer.pointee.streams[stream.index]?.pointee.discard = discard
        }
    }

    /// Reads the next packet of the selected streams; `nil` at the end of the file.
    /// - Throws: `FFmpegError` when the file is damaged or cannot be read.
    public mutating func nextPacket() throws(FFmpegError) -> Packet? {
        let packet = Packet()
        let result = av_read_frame(pointer, packet.pointer)
        if result == shim_AVERROR_EOF { return nil }
        try check(result, "read a packet", path: path, log: log)
        return packet
    }

    /// Moves to a key frame at or before `ticks` of a stream, as far as the container's own index tells. The packet that
    /// follows may be another: callers check where they are.
    /// - Throws: `FFmpegError` when the container cannot seek.
    public mutating func seek(stream: Int, ticks: Int64) throws(FFmpegError) {
        try check(
            av_seek_frame(pointer, Int32(stream), ticks, AVSEEK_FLAG_BACKWARD), "seek", path: path, stream: stream,
            log: log)
    }

    /// The codec parameters of a stream, for a decoder or a muxer.
    func parameters(of stream: Int) -> UnsafeMutablePointer<AVCodecParameters>? {
        pointer.pointee.streams[stream]?.pointee.codecpar
    }
}
