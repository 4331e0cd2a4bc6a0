internal import MediaTime

/// Decodes one picture track from its beginning, frame after frame, as a player would present it.
///
/// Frame 0 is the first frame that FFmpeg presents after the edit list. Memory is that of one decoder, however long the
/// file is.
public struct FrameReader: ~Copyable {
    /// The track that is decoded.
    public let stream: StreamInfo
    private let path: String
    private var demuxer: Demuxer
    private var decoder: Decoder
    private var count: Int64 = 0

    /// Opens the `track`-th picture track of a file, from 0.
    /// - Throws: `FFmpegError` when the file cannot be opened, has no such track, or its codec has no decoder.
    public static func open(_ path: String, track: Int = 0, threads: Int = 0) throws(FFmpegError) -> FrameReader {
        try open(Demuxer.open(path), track: track, threads: threads)
    }

    /// Decodes the `track`-th picture track of an open file that has not been read from.
    /// - Throws: `FFmpegError` when there is no such track, or its codec has no decoder.
    public static func open(
        _ opened: consuming Demuxer, track: Int = 0, threads: Int = 0
    ) throws(FFmpegError) -> FrameReader {
        var demuxer = opened
        let path = demuxer.path
        let stream = try demuxer.requireVideo(track)
        demuxer.select([stream.index])
        let decoder = try Decoder.open(stream, of: demuxer, threads: threads)
        return FrameReader(stream: stream, path: path, demuxer: demuxer, decoder: decoder)
    }

    private init(stream: StreamInfo, path: String, demuxer: consuming Demuxer, decoder: consuming Decoder) {
        self.stream = stream
        self.path = path
        self.demuxer = demuxer
        self.decoder = decoder
    }

    /// The next frame; `nil` after the last.
    /// - Throws: `FFmpegError` naming the frame, when it cannot be decoded whole.
    public mutating func next() throws(FFmpegError) -> Frame? {
        do throws(FFmpegError) {
            guard let frame = try decode() else { return nil }
            if frame.isDamaged {
                throw FFmpegError(
                    code: .invalidData, operation: "decode video undamaged", path: path, stream: stream.index,
                    frame: count, log: [])
            }
            count += 1
            return frame
        } catch {
            var named = error
            named.frame = count
            throw named
        }
    }

    private mutating func decode() throws(FFmpegError) -> Frame? {
        while true {
            switch try decoder.receive() {
            case .frame(let frame): return frame
            case .endOfStream: return nil
            case .needsInput: try feed()
            }
        }
    }

    private mutating func feed() throws(FFmpegError) {
        while let packet = try demuxer.nextPacket() {
            guard packet.stream == stream.index else { continue }
            return try decoder.send(packet)
        }
        try decoder.drain()
    }
}

extension Demuxer {
    /// The `track`-th picture track, or an error that says which streams there are.
    func requireVideo(_ track: Int) throws(FFmpegError) -> StreamInfo {
        if let stream = stream(.video, number: track) { return stream }
        let found = streams.map { "\($0.index): \($0.kind) \($0.codec)" }.joined(separator: ", ")
        throw FFmpegError(
            code: .streamNotFound, operation: "find video track \(track) (streams: \(found.isEmpty ? "none" : found))",
            path: path, stream: nil, frame: nil, log: [])
    }
}
