internal import FFmpeg
public import MediaTime

/// Decides for frame ranges which of their packets can be copied exactly. Pure: packets in, decision out.
public struct CutPlanner: Sendable {
    /// The packets of the track, in decoding order, each with its frame.
    let packets: [FrameIndex.PacketRecord]
    /// The packet of each frame.
    let packetOfFrame: [Int]
    /// Frames that are IDR pictures, ascending: where a copied piece may begin.
    let entries: [Int64]

    /// Takes what is known of a source.
    public init(_ source: Source) {
        self.init(packets: source.index.packets, packetOfFrame: source.index.packetOfFrame, isIDR: source.isIDR)
    }

    init(packets: [FrameIndex.PacketRecord], packetOfFrame: [Int], isIDR: [Bool]) {
        self.packets = packets
        self.packetOfFrame = packetOfFrame
        entries = packetOfFrame.indices.filter { isIDR[packetOfFrame[$0]] }.map(Int64.init)
    }

    /// How `range` is taken with the fewest encoded frames.
    ///
    /// An in-point is safe when its access unit is an IDR. An out-point is safe when the set of kept packets, a contiguous run in
    /// decoding order from the IDR, is the set of kept frames: then no kept picture refers to a dropped one. What lies before
    /// the first safe in-point of the range, and after the last safe out-point, is encoded.
    public func cut(_ range: FrameRange) -> Cut {
        let first = entries.partitioningIndex { $0 >= range.start }
        let entry = first < entries.count && entries[first] < range.end ? entries[first] : nil
        let unsafeStart = Cut.Obstacle(
            frame: range.start, reason: "is not an IDR picture\(neighbours(of: range.start))")
        guard let entry else { return .encode(range, unsafeStart) }
        let (end, obstacle) = lastExit(from: entry, before: range.end)
        guard let middle = FrameRange(entry, end) else {
            return .encode(range, obstacle ?? unsafeStart)
        }
        let start = packetOfFrame[Int(entry)]
        var pieces = [Cut.Piece(frames: middle, making: .copy(packets: start..<start + Int(middle.count)))]
        if let head = FrameRange(range.start, entry) {
            pieces.insert(.init(frames: head, making: .encode(unsafeStart)), at: 0)
        }
        if let tail = FrameRange(end, range.end), let obstacle {
            pieces.append(.init(frames: tail, making: .encode(obstacle)))
        }
        return Cut(pieces: pieces)
    }

    /// The last safe out-point of the frames `[entry, limit)`, `entry` where there is none; and what is in the way of a later one.
    private func lastExit(from entry: Int64, before limit: Int64) -> (end: Int64, Cut.Obstacle?) {
        var end = entry
        var latest = entry - 1
        let start = packetOfFrame[Int(entry)]
        var stranger: Int64?
        for number in start..<min(packets.count, start + Int(limit - entry)) {
            guard let frame = packets[number].frame, frame >= entry else {
                return (
                    end, .init(frame: end, reason: "is decoded after a picture that is not shown after frame \(entry)")
                )
            }
            if frame >= limit, stranger == nil { stranger = frame }
            latest = max(latest, frame)
            let decoded = Int64(number - start + 1)
            if latest - entry + 1 == decoded { end = entry + decoded }
        }
        if end == limit { return (end, nil) }
        guard let stranger else {
            return (end, .init(frame: end, reason: "is decoded after packets that are not shown"))
        }
        return (
            end,
            .init(
                frame: end,
                reason: "may refer to frame \(stranger), which is decoded first and lies beyond the cut at \(limit)")
        )
    }

    /// The frames before and after `frame` at which copying could begin, in words.
    private func neighbours(of frame: Int64) -> String {
        let next = entries.partitioningIndex { $0 > frame }
        let before = entries[..<next].last { $0 < frame }
        let after = next < entries.count ? entries[next] : nil
        switch (before, after) {
        case (let before?, let after?): return " (the nearest are frames \(before) and \(after))"
        case (let before?, nil): return " (the last is frame \(before))"
        case (nil, let after?): return " (the first is frame \(after))"
        case (nil, nil): return " (the file has none)"
        }
    }

    /// By how many frames pictures must be shown later than decoded, so that none of the runs shows one before it is decoded.
    func reorderDelay(_ runs: [(start: Int64, packets: Range<Int>)]) -> Int64 {
        var delay: Int64 = 0
        for run in runs {
            for (decoded, number) in run.packets.enumerated() {
                guard let frame = packets[number].frame else { continue }
                delay = max(delay, Int64(decoded) - (frame - run.start))
            }
        }
        return delay
    }
}
