internal import Editorial
internal import FFmpeg
internal import MediaTime

/// The clips without any sound, where the Mega Asset has a sound track.
struct SilentClips {
    /// Title and type of each.
    private(set) var names: Set<[String]> = []
    /// −60 dBFS.
    private static let threshold: Float = 0.001

    init(_ mega: String, _ frames: FrameIndex, _ mode: FrameRateMode, _ clips: [ClipLabel]) throws {
        guard try Demuxer.open(mega).stream(.audio) != nil, !clips.isEmpty else { return }
        let timebase = frames.stream.timebase
        let sample = { (frame: Int64) -> Int64 in
            let ticks = frame < frames.count ? frames.presentationTicks[Int(frame)] : frames.endTicks
            return Timebase.samples48k.rescaleNearest(ticks, from: timebase)
        }
        var reader = try AudioReader.open(mega, sampleRate: 48_000, channels: 2)
        var heard: Set<Int> = []
        let ranges = clips.map { sample($0.range.start)..<sample($0.range.end) }
        try reader.forEachBlock(in: ranges) { place, block in
            guard !heard.contains(place) else { return }
            if block.channels.contains(where: { $0.contains { abs($0) > Self.threshold } }) { heard.insert(place) }
        }
        names = Set(clips.indices.filter { !heard.contains($0) }.map { [clips[$0].title, clips[$0].type] })
    }
}
