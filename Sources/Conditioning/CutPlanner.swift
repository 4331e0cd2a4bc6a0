internal import FFmpeg
public import MediaTime

/// Decides for frame ranges which of their packets can be copied exactly. Pure: packets in, decision out.
public struct CutPlanner: Sendable {
    /// The packets of the track, in decoding order, each with its frame.
    let packets: [FrameIndex.PacketRecord]
    /// The packet of each frame.
    let packetOfFrame: [Int]
    /// Whether each packet's picture leads a random access picture, which does not need it.
    private let isLeading: [Bool]
    /// Where a copied piece may begin, by its first frame, ascending.
    let entries: [Entry]

    /// A place where a copied piece may begin.
    struct Entry: Equatable {
        /// The piece's first frame.
        let frame: Int64
        /// The IDR's packet.
        let packet: Int
    }

    /// Takes what is known of a source.
    public init(_ source: Source) {
        self.init(
            packets: source.index.packets, packetOfFrame: source.index.packetOfFrame, isIDR: source.isIDR,
            isLeading: source.isLeading)
    }

    init(packets: [FrameIndex.PacketRecord], packetOfFrame: [Int], isIDR: [Bool], isLeading: [Bool]) {
        self.packets = packets
        self.packetOfFrame = packetOfFrame
        self.isLeading = isLeading
        entries = packets.indices.filter { isIDR[$0] }.flatMap { packet -> [Entry] in
            guard let frame = packets[packet].frame else { return [] }
            // Leading pictures belong to a piece that begins at the first of them, and are dropped from one that begins at the IDR.
            let leading = packets[(packet + 1)...].indices.prefix { isLeading[$0] }.compactMap { packets[$0].frame }
            let first = leading.min().map { [Entry(frame: $0, packet: packet)] } ?? []
            return first + [Entry(frame: frame, packet: packet)]
        }.sorted { $0.frame < $1.frame }
    }

    /// How `range` is taken with the fewest encoded frames.
    ///
    /// An in-point is safe when its access unit is an IDR. An out-point is safe when the set of kept packets, a contiguous run in
    /// decoding order from the IDR, is the set of kept frames: then no kept picture refers to a dropped one. What lies before
    /// the first safe in-point of the range, and after the last safe out-point, is encoded.
    public func cut(_ range: FrameRange) -> Cut {
        let first = entries.partitioningIndex { $0.frame >= range.start }
        let entry = first < entries.count && entries[first].frame < range.end ? entries[first] : nil
        let unsafeStart = Cut.Obstacle(
            frame: range.start, reason: "is not an IDR picture\(neighbours(of: range.start))")
        guard let entry else { return .encode(range, unsafeStart) }
        let exit = lastExit(from: entry, before: range.end)
        guard let middle = FrameRange(entry.frame, exit.frame) else {
            return .encode(range, exit.obstacle ?? unsafeStart)
        }
        var pieces = [Cut.Piece(frames: middle, making: .copy(packets: entry.packet..<exit.packet))]
        if let head = FrameRange(range.start, entry.frame) {
            pieces.insert(.init(frames: head, making: .encode(unsafeStart)), at: 0)
        }
        if let tail = FrameRange(exit.frame, range.end), let obstacle = exit.obstacle {
            pieces.append(.init(frames: tail, making: .encode(obstacle)))
        }
        return Cut(pieces: pieces)
    }

    /// Where a copied piece ends.
    private struct Exit {
        /// The frame after its last.
        var frame: Int64
        /// The packet after its last.
        var packet: Int
        /// What is in the way of a later end.
        var obstacle: Cut.Obstacle?
    }

    /// Where the source may be cut without encoding: the frames with which a copied piece may begin, and those before which one
    /// may end that begins at the last such frame before. Both ascending.
    public func boundaries() -> (entries: [Int64], exits: [Int64]) {
        var exits: [Int64] = []
        for (number, entry) in entries.enumerated() {
            let next = number + 1 < entries.count ? entries[number + 1].frame : Int64(packetOfFrame.count)
            var (latest, kept) = (entry.frame, Int64(0))
            for packet in packets[entry.packet...].indices {
                guard kept < next - entry.frame else { break }
                guard let frame = packets[packet].frame, frame >= entry.frame || isLeading[packet] else { break }
                if frame < entry.frame { continue }
                latest = max(latest, frame)
                kept += 1
                if latest - entry.frame + 1 == kept { exits.append(entry.frame + kept) }
            }
        }
        return (entries.map(\.frame), exits)
    }

    /// The last safe out-point of the frames from `entry` to `limit`, which may be at `entry` itself.
    private func lastExit(from entry: Entry, before limit: Int64) -> Exit {
        var exit = Exit(frame: entry.frame, packet: entry.packet)
        var latest = entry.frame
        var kept: Int64 = 0
        var stranger: Int64?
        for number in entry.packet..<packets.count {
            guard kept < limit - entry.frame else { break }
            guard let frame = packets[number].frame, frame >= entry.frame || isLeading[number] else {
                exit.obstacle = .init(
                    frame: exit.frame, reason: "is decoded after a picture that is not shown after frame \(entry.frame)"
                )
                return exit
            }
            if frame < entry.frame { continue }
            if frame >= limit, stranger == nil { stranger = frame }
            latest = max(latest, frame)
            kept += 1
            if latest - entry.frame + 1 == kept { (exit.frame, exit.packet) = (entry.frame + kept, number + 1) }
        }
        if exit.frame == limit { return exit }
        let reason =
            if let stranger {
                "may refer to frame \(stranger), which is decoded first and lies beyond the cut at \(limit)"
            } else {
                "is decoded after packets that are not shown"
            }
        exit.obstacle = .init(frame: exit.frame, reason: reason)
        return exit
    }

    /// The frames before and after `frame` at which copying could begin, in words.
    private func neighbours(of frame: Int64) -> String {
        let next = entries.partitioningIndex { $0.frame > frame }
        let before = entries[..<next].last { $0.frame < frame }?.frame
        let after = next < entries.count ? entries[next].frame : nil
        switch (before, after) {
        case (let before?, let after?): return " (the nearest are frames \(before) and \(after))"
        case (let before?, nil): return " (the last is frame \(before))"
        case (nil, let after?): return " (the first is frame \(after))"
        case (nil, nil): return " (the file has none)"
        }
    }

    /// By how many frames pictures must be shown later than decoded, so that none of the copied pieces shows one before it is
    /// decoded.
    func reorderDelay(_ cuts: [Cut]) -> Int64 {
        var delay: Int64 = 0
        for piece in cuts.flatMap(\.pieces) {
            guard case .copy(let run) = piece.making else { continue }
            var decoded: Int64 = 0
            for number in run {
                guard let frame = packets[number].frame, piece.frames.contains(frame) else { continue }
                delay = max(delay, decoded - (frame - piece.frames.start))
                decoded += 1
            }
        }
        return delay
    }
}
