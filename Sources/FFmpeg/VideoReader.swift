/// Gives any presented frame of a picture track by its number.
///
/// Numbers are those of `FrameIndex`. A frame is decoded from the last safe entry before it, so it is the very picture that
/// decoding the whole file gives.
public struct VideoReader: ~Copyable {
    /// The frames of the track.
    public let index: FrameIndex
    private let path: String
    private var packets: PacketCursor
    private var decoder: Decoder
    /// The frame that the decoder hands out next, as far as is known.
    private var nextFrame: Int64 = 0

    /// Opens the `track`-th picture track of a file, reading all its packets once unless `index` is given.
    /// - Throws: `FFmpegError` when the file cannot be read, or its frames cannot be numbered.
    public static func open(
        _ path: String, track: Int = 0, index known: FrameIndex? = nil, threads: Int = 0
    ) throws -> VideoReader {
        let index = try known ?? FrameIndex.scan(path, track: track)
        let packets = try PacketCursor(path, index: index)
        let decoder = try Decoder.open(index.stream, of: packets.demuxer, threads: threads)
        return VideoReader(path: path, index: index, packets: packets, decoder: decoder)
    }

    private init(path: String, index: FrameIndex, packets: consuming PacketCursor, decoder: consuming Decoder) {
        self.path = path
        self.index = index
        self.packets = packets
        self.decoder = decoder
    }

    /// Frame `number`, from 0.
    /// - Throws: `FFmpegError` naming the frame, when there is none or it cannot be decoded whole.
    public mutating func frame(at number: Int64) throws(FFmpegError) -> Frame {
        guard number >= 0, number < index.count else {
            throw failure(.posix(22), "show a frame beyond the last of \(index.count)", number)
        }
        do throws(FFmpegError) {
            return try find(number)
        } catch {
            var named = error
            named.frame = number
            throw named
        }
    }

    private mutating func find(_ number: Int64) throws(FFmpegError) -> Frame {
        let entry = index.entry(for: number)
        if number < nextFrame || entry > packets.position { try move(to: entry) }
        while let frame = try decode() {
            guard let ticks = frame.presentationTicks, let found = index.frame(atTicks: ticks) else { continue }
            nextFrame = found + 1
            if found < number { continue }
            guard found == number else { break }
            if frame.isDamaged { throw failure(.invalidData, "decode video undamaged", number) }
            return frame
        }
        throw decodingError.take() ?? failure(.invalidData, "decode video", number)
    }

    /// Calls `body` with each frame of `range` in order.
    /// - Throws: what `frame(at:)` and `body` throw.
    public mutating func forEachFrame(
        in range: Range<Int64>, _ body: (_ number: Int64, _ frame: borrowing Frame) throws -> Void
    ) throws {
        for number in range {
            let frame = try frame(at: number)
            try body(number, frame)
        }
    }

    private mutating func move(to entry: Int) throws(FFmpegError) {
        decoder.flush()
        decodingError = nil
        nextFrame = 0
        try packets.move(to: entry)
    }

    /// The last damage that the decoder met.
    private var decodingError: FFmpegError?

    /// The next frame that can be decoded. Damage is remembered and passed over: decoders run ahead, and only a frame that is
    /// then missing tells what was damaged.
    private mutating func decode() throws(FFmpegError) -> Frame? {
        while true {
            do throws(FFmpegError) {
                return try decodeUndisturbed()
            } catch {
                guard error.code == .invalidData, error.operation.hasPrefix("decode") else { throw error }
                decodingError = error
            }
        }
    }

    private mutating func decodeUndisturbed() throws(FFmpegError) -> Frame? {
        while true {
            switch try decoder.receive() {
            case .frame(let frame): return frame
            case .endOfStream: return nil
            case .needsInput:
                if let packet = try packets.next() {
                    try decoder.send(packet)
                } else {
                    try decoder.drain()
                }
            }
        }
    }

    private func failure(_ code: FFmpegError.Code, _ operation: String, _ frame: Int64?) -> FFmpegError {
        FFmpegError(code: code, operation: operation, path: path, stream: index.stream.index, frame: frame, log: [])
    }
}
