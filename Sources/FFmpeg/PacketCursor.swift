/// Reads the packets of a picture track by their numbers in a `FrameIndex`, from any of them on.
public struct PacketCursor: ~Copyable {
    /// The frames and packets of the track.
    public let index: FrameIndex
    /// The number of the packet that `next()` gives.
    public private(set) var position = 0
    private let path: String
    private(set) var demuxer: Demuxer
    /// The packet at `position`, where looking for it has read it already.
    private var pending: Packet?

    /// Opens a file whose packets have been read into `index`.
    /// - Throws: `FFmpegError` when the file cannot be opened.
    public init(_ path: String, index: FrameIndex) throws(FFmpegError) {
        self.path = path
        self.index = index
        demuxer = try Demuxer.open(path)
        demuxer.select([index.stream.index])
    }

    /// The next packet in decoding order; `nil` after the last.
    /// - Throws: `FFmpegError` when the file cannot be read.
    public mutating func next() throws(FFmpegError) -> Packet? {
        guard let packet = try read() else { return nil }
        position += 1
        return packet
    }

    /// Puts the cursor before packet `number`, by the container's own index where that works, else by reading from the start.
    /// - Throws: `FFmpegError` when the file has no such packet any more.
    public mutating func move(to number: Int) throws(FFmpegError) {
        if number == position { return }
        let target = index.packets[number]
        // Reading on is quicker than seeking when what lies between is little.
        if number > position, number - position < 32 { return try skip(to: number) }
        if number > 0, let ticks = target.decodeTicks,
            (try? demuxer.seek(stream: index.stream.index, ticks: ticks)) != nil, try find(number)
        {
            return
        }
        demuxer = try Demuxer.open(path)
        demuxer.select([index.stream.index])
        pending = nil
        position = 0
        try skip(to: number)
    }

    private mutating func skip(to number: Int) throws(FFmpegError) {
        while position < number {
            guard try next() != nil else {
                throw FFmpegError(
                    code: .endOfFile, operation: "find packet \(number)", path: path, stream: index.stream.index,
                    frame: nil, log: [])
            }
        }
    }

    /// Reads on until the packet `number`; `false` when the seek went past it.
    private mutating func find(_ number: Int) throws(FFmpegError) -> Bool {
        let wanted = index.packets[number]
        pending = nil
        while let packet = try read() {
            if packet.presentationTicks == wanted.presentationTicks, packet.decodeTicks == wanted.decodeTicks {
                pending = consume packet
                position = number
                return true
            }
            guard let read = packet.decodeTicks, let limit = wanted.decodeTicks, read < limit else { return false }
        }
        return false
    }

    private mutating func read() throws(FFmpegError) -> Packet? {
        if let packet = pending.take() { return packet }
        while let packet = try demuxer.nextPacket() {
            if packet.stream == index.stream.index { return packet }
        }
        return nil
    }
}
