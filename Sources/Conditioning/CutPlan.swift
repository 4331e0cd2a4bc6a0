internal import FFmpeg
public import MediaTime

/// How one clip is taken from the Mega Asset.
public enum Cut: Sendable, Equatable {
    /// Its packets are copied: this run, in decoding order.
    case copy(packets: Range<Int>)
    /// Its frames are encoded, because a copy would not be exact.
    case encode(Obstacle)

    /// Why a clip cannot be copied.
    public struct Obstacle: Sendable, Equatable, CustomStringConvertible {
        /// The frame of the Mega Asset at which copying fails.
        public let frame: Int64
        /// What is wrong there.
        public let reason: String

        /// `frame 1000: …`.
        public var description: String { "frame \(frame): \(reason)" }
    }
}

/// Decides for frame ranges whether copying their packets is exact. Pure: packets in, decision out.
public struct CutPlanner: Sendable {
    /// The packets of the track, in decoding order, each with its frame.
    let packets: [FrameIndex.PacketRecord]
    /// The packet of each frame.
    let packetOfFrame: [Int]
    /// Whether each packet is an IDR access unit.
    let isIDR: [Bool]

    /// Takes what is known of a source.
    public init(_ source: Source) {
        self.init(packets: source.index.packets, packetOfFrame: source.index.packetOfFrame, isIDR: source.isIDR)
    }

    init(packets: [FrameIndex.PacketRecord], packetOfFrame: [Int], isIDR: [Bool]) {
        self.packets = packets
        self.packetOfFrame = packetOfFrame
        self.isIDR = isIDR
    }

    /// How `range` is taken.
    ///
    /// The in-point is safe when its access unit is an IDR. The out-point is safe when the set of kept packets, a contiguous run
    /// in decoding order from the IDR, is the set of kept frames: then no kept picture refers to a dropped one.
    public func cut(_ range: FrameRange) -> Cut {
        let first = packetOfFrame[Int(range.start)]
        guard isIDR[first] else {
            return .encode(.init(frame: range.start, reason: "is not an IDR picture\(neighbours(of: range.start))"))
        }
        let run = first..<first + Int(range.count)
        guard run.upperBound <= packets.count else {
            return .encode(.init(frame: range.end - 1, reason: "is decoded after packets that are not shown"))
        }
        for index in run {
            guard let frame = packets[index].frame, range.contains(frame) else {
                let reason =
                    "is decoded between frames of the clip without being one, so frames before the cut at \(range.end) "
                    + "may refer to it"
                return .encode(.init(frame: packets[index].frame ?? range.end, reason: reason))
            }
        }
        return .copy(packets: run)
    }

    /// The frames before and after `frame` at which a copied clip could begin, in words.
    private func neighbours(of frame: Int64) -> String {
        let entries = packets.indices.compactMap { isIDR[$0] ? packets[$0].frame : nil }
        let before = entries.filter { $0 < frame }.max()
        let after = entries.filter { $0 > frame }.min()
        switch (before, after) {
        case (let before?, let after?): return " (the nearest are frames \(before) and \(after))"
        case (let before?, nil): return " (the last is frame \(before))"
        case (nil, let after?): return " (the first is frame \(after))"
        case (nil, nil): return " (the file has none)"
        }
    }

    /// By how many frames pictures must be shown later than decoded, so that none of the runs shows one before it is decoded.
    func reorderDelay(_ runs: [Range<Int>]) -> Int64 {
        var delay: Int64 = 0
        for run in runs {
            guard let start = packets[run.lowerBound].frame else { continue }
            for (decoded, index) in run.enumerated() {
                guard let frame = packets[index].frame else { continue }
                delay = max(delay, Int64(decoded) - (frame - start))
            }
        }
        return delay
    }
}
