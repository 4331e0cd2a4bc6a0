public import Diagnostics
public import MediaTime

/// The presented frames of a picture track, found by reading its packets without decoding them.
///
/// Frame n is the n-th frame that a player presents, from 0: in order of presentation, after the edit list, without
/// leading pictures that cannot be decoded.
public struct FrameIndex: Sendable {
    /// The track.
    public let stream: StreamInfo
    /// The number of the track among the file's picture tracks, from 0.
    public let track: Int
    /// What the first frame says of all.
    public let firstFrame: FirstFrame
    /// When each frame is presented, in ticks of the stream's time base, ascending.
    public let presentationTicks: [Int64]
    /// When the last frame ends, in ticks: by its packet's duration, or where that is unknown as long as the one before.
    public let endTicks: Int64
    /// All packets of the track in decoding order.
    public let packets: [PacketRecord]
    /// The packet of each frame: an index into `packets`.
    public let packetOfFrame: [Int]

    /// What is known of one packet without decoding it.
    public struct PacketRecord: Sendable, Equatable {
        /// When it is presented, in ticks.
        public let presentationTicks: Int64
        /// When it is decoded, in ticks; `nil` where the file does not say.
        public let decodeTicks: Int64?
        /// How long it is presented, in ticks; 0 where the file does not say.
        public let durationTicks: Int64
        /// Whether decoding can begin here, with all frames that are presented from here on right.
        public let isEntry: Bool
        /// Whether the demuxer found it damaged or cut short.
        public let isDamaged: Bool
        /// Its frame number; `nil` when it is not presented.
        public internal(set) var frame: Int64?
    }

    /// How many frames are presented.
    public var count: Int64 { Int64(presentationTicks.count) }

    /// Reads all packets of a track, and decodes its first frame.
    /// - Parameters:
    ///   - inspect: called with each packet and its index, in decoding order.
    ///   - begin: called once before, with the track.
    /// - Throws: `FFmpegError` when the file cannot be read, a packet has no time, or two have the same; what `inspect`
    ///   throws.
    public static func scan(
        _ path: String, track: Int = 0, inspect: (borrowing Packet, Int) throws -> Void = { _, _ in },
        begin: (StreamInfo) throws -> Void = { _ in }
    ) throws -> FrameIndex {
        var demuxer = try Demuxer.open(path)
        let stream = try demuxer.requireVideo(track)
        demuxer.select([stream.index])
        try begin(stream)
        let entryTest = EntryTest(stream)
        var packets: [PacketRecord] = []
        var hidden: Set<Int> = []
        while let packet = try demuxer.nextPacket() {
            guard packet.stream == stream.index else { continue }
            if packet.isEncrypted { throw encrypted(path, stream) }
            guard let ticks = packet.presentationTicks else {
                throw FFmpegError(
                    code: .invalidData,
                    operation: "number the frames: packet \(packets.count) has no presentation time",
                    path: path, stream: stream.index, frame: nil, log: [])
            }
            guard stream.timebase.isPossible(ticks) else {
                throw FFmpegError(
                    code: .invalidData,
                    operation: "number the frames: packet \(packets.count) has the impossible time \(ticks)",
                    path: path,
                    stream: stream.index, frame: nil, log: [])
            }
            try inspect(packet, packets.count)
            if packet.isDiscarded { hidden.insert(packets.count) }
            packets.append(
                PacketRecord(
                    presentationTicks: ticks, decodeTicks: packet.decodeTicks,
                    durationTicks: stream.timebase.isPossible(packet.durationTicks) ? packet.durationTicks : 0,
                    isEntry: packet.isFlaggedKey && packet.withBytes(entryTest.isEntry),
                    isDamaged: packet.isDamaged, frame: nil))
        }
        do throws(FFmpegError) {
            let (first, ticks) = try firstFrame(path, track: track)
            return try number(packets, of: stream, track, hidden: hidden, from: ticks, first, path: path)
        } catch {
            // A scrambled stream is refused by its name; FFmpeg finds only damage in it.
            if isScrambled(path, stream) { throw encrypted(path, stream) }
            throw error
        }
    }

    private static func number(
        _ records: [PacketRecord], of stream: StreamInfo, _ track: Int, hidden: Set<Int>, from first: Int64,
        _ firstFrame: FirstFrame, path: String
    ) throws(FFmpegError) -> FrameIndex {
        var packets = records
        let shown = packets.indices
            .filter { !hidden.contains($0) && packets[$0].presentationTicks >= first }
            .sorted { packets[$0].presentationTicks < packets[$1].presentationTicks }
        for (frame, packet) in shown.enumerated() {
            if frame > 0, packets[shown[frame - 1]].presentationTicks == packets[packet].presentationTicks {
                throw FFmpegError(
                    code: .invalidData, operation: "number the frames: two frames are presented at the same time",
                    path: path, stream: stream.index, frame: Int64(frame), log: [])
            }
            packets[packet].frame = Int64(frame)
        }
        let ticks = shown.map { packets[$0].presentationTicks }
        return FrameIndex(
            stream: stream, track: track, firstFrame: firstFrame, presentationTicks: ticks,
            endTicks: end(of: shown.map { packets[$0] }), packets: packets, packetOfFrame: shown)
    }

    private static func end(of frames: [PacketRecord]) -> Int64 {
        guard let last = frames.last else { return 0 }
        if last.durationTicks > 0 { return last.presentationTicks + last.durationTicks }
        let before = frames.dropLast().last?.presentationTicks
        return last.presentationTicks + (before.map { last.presentationTicks - $0 } ?? 1)
    }

    private static func firstFrame(_ path: String, track: Int) throws(FFmpegError) -> (FirstFrame, ticks: Int64) {
        var reader = try FrameReader.open(path, track: track, threads: 1)
        guard let frame = try reader.next(), let ticks = frame.presentationTicks else {
            throw FFmpegError(
                code: .invalidData, operation: "decode a single frame", path: path, stream: reader.stream.index,
                frame: nil, log: [])
        }
        return (FirstFrame(frame, reader.stream), ticks)
    }

    /// The frame that is presented at exactly `ticks`; `nil` when none is.
    public func frame(atTicks ticks: Int64) -> Int64? {
        let position = presentationTicks.partitioningIndex { $0 >= ticks }
        guard position < presentationTicks.count, presentationTicks[position] == ticks else { return nil }
        return Int64(position)
    }

    /// The first frame in `range` whose time is not where a constant `rate` puts it, to the nearest tick.
    ///
    /// Frame n belongs at first + n / rate. Containers round, and muxers with them: one tick off is no gap, where a frame lasts
    /// eight ticks or more.
    /// - Returns: the frame with its ticks and where they should be, counted from frame 0; `nil` when all agree.
    public func firstOffGrid(
        _ rate: FrameRate, in range: Range<Int64>
    ) -> (frame: Int64, ticks: Int64, expected: Int64)? {
        guard let first = presentationTicks.first else { return nil }
        let timebase = stream.timebase
        let tolerance: Int64 = rate.ticks(atFrame: 1, in: timebase) >= 8 ? 1 : 0
        for frame in range where frame < count {
            let ticks = presentationTicks[Int(frame)] - first
            let expected = rate.ticks(atFrame: frame, in: timebase)
            if abs(ticks - expected) > tolerance { return (frame, ticks, expected) }
        }
        return nil
    }

    /// When frame `number` is presented, in ticks; for the number of frames, when the last one ends.
    public func ticks(at number: Int64) -> Int64 { number < count ? presentationTicks[Int(number)] : endTicks }

    /// The sample of 48 kHz sound, on the file's clock, with which frame `number` begins; for the number of frames, with which
    /// the last one ends. At a constant rate it is the rate that tells, from the first frame on.
    public func sample(at number: Int64, _ mode: FrameRateMode) -> Int64 {
        guard case .constant(let rate) = mode else {
            return Timebase.samples48k.rescaleNearest(ticks(at: number), from: stream.timebase)
        }
        let first = Timebase.samples48k.rescaleNearest(presentationTicks.first ?? 0, from: stream.timebase)
        return first + rate.ticks(atFrame: number, in: .samples48k)
    }

    /// Refuses frames that are not where a constant `rate` puts them.
    /// - Parameters:
    ///   - end: the frame after the last that is looked at.
    ///   - path: the file, for the message.
    /// - Throws: `Fault` (`badInput`) naming the first frame that is elsewhere.
    public func requireGrid(_ rate: FrameRate, through end: Int64, path: String) throws(Fault) {
        guard let off = firstOffGrid(rate, in: 0..<end) else { return }
        let claimed = stream.averageRate.map { "; the file says \($0) frames a second" } ?? ""
        throw Fault(
            .badInput,
            "\(path): frame \(off.frame) is presented at tick \(off.ticks), where \(rate) frames a second have it at "
                + "\(off.expected) (1 tick = \(stream.timebase) s)\(claimed); use the media's rate in the index, or "
                + "\"variable\", or convert with --frame-rate")
    }

    /// The last packet at which decoding can begin for `frame` to be right.
    public func entry(for frame: Int64) -> Int {
        let target = packetOfFrame[Int(frame)]
        let ticks = presentationTicks[Int(frame)]
        return packets[...target].lastIndex { $0.isEntry && $0.presentationTicks <= ticks } ?? 0
    }
}

extension Timebase {
    /// Whether a time of a file lies within 30,000 years: what is computed from it then fits 64 bits.
    fileprivate func isPossible(_ ticks: Int64) -> Bool {
        (Int128(ticks).magnitude * Int128(numerator).magnitude) / Int128(denominator).magnitude < 1 << 40
    }
}

extension Array {
    /// The index of the first element for which `belongsInSecondPartition` holds, in an array partitioned by it.
    package func partitioningIndex(where belongsInSecondPartition: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if belongsInSecondPartition(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
