internal import Diagnostics
public import FFmpeg

/// Where a preview gets its sound from, at 48 kHz in two channels.
public protocol PreviewSound: AnyObject {
    /// Calls `body` with the sound of a slot in pieces, `samples.count` in all; slots are asked for in order.
    /// - Parameter samples: of the reel.
    /// - Throws: `FFmpegError` when it cannot be decoded, and what `body` throws.
    func forEachBlock(of slot: Int, samples: Range<Int64>, _ body: (SampleBlock) throws -> Void) throws
}

/// The sound of a file under a whole reel: a bed, or the reel's own.
public final class ContinuousSound: PreviewSound {
    private var reader: AudioReader
    private var waiting: SampleBlock
    private var position: Int64?
    private let offset: Int64
    private let gain: (Range<Int64>) -> [Float]?

    /// - Parameters:
    ///   - start: the sample of the file, from its time 0, with which the reel begins.
    ///   - gain: the gains of a range of the reel's samples; `nil` where all are 1.
    /// - Throws: `FFmpegError` when the file has no sound.
    public init(
        _ path: String, track: Int = 0, from start: Int64 = 0, gain: @escaping (Range<Int64>) -> [Float]? = { _ in nil }
    ) throws {
        reader = try AudioReader.open(path, track: track, sampleRate: 48_000, channels: 2)
        waiting = SampleBlock(silence: 0, channels: 2)
        offset = start
        self.gain = gain
    }

    /// Reads on in the file, whichever slot it is; silence where the file has ended.
    /// - Throws: as `PreviewSound` says.
    public func forEachBlock(of slot: Int, samples: Range<Int64>, _ body: (SampleBlock) throws -> Void) throws {
        var next = samples.lowerBound
        while next < samples.upperBound {
            let wanted = next..<min(samples.upperBound, next + 4_096)
            var block = try take(wanted.lowerBound + offset..<wanted.upperBound + offset)
            if let gains = gain(wanted) { block.multiply(by: gains) }
            try body(block)
            next = wanted.upperBound
        }
    }

    /// Samples of the file, silence where it has none; ranges ascend.
    private func take(_ range: Range<Int64>) throws -> SampleBlock {
        while (position ?? .min) + Int64(waiting.count) < range.upperBound {
            guard let run = try reader.next() else { break }
            let end = run.start + Int64(run.block.count)
            if waiting.count == 0 || position == nil {
                (position, waiting) = (run.start, run.block)
            } else {
                waiting.append(run.block)
            }
            if end <= range.lowerBound { (position, waiting) = (end, SampleBlock(silence: 0, channels: 2)) }
        }
        var result = SampleBlock(silence: range.count, channels: 2)
        guard let position else { return result }
        let found = range.clamped(to: position..<position + Int64(waiting.count))
        if !found.isEmpty {
            result.add(
                waiting[Int(found.lowerBound - position)..<Int(found.upperBound - position)],
                at: Int(found.lowerBound - range.lowerBound))
        }
        let kept = min(max(0, Int(range.upperBound - position)), waiting.count)
        waiting = waiting[kept..<waiting.count]
        self.position = position + Int64(kept)
        return result
    }
}

/// Each slot with the sound that a file has under its clip.
public final class ClipByClipSound: PreviewSound {
    private let path: String
    private let track: Int
    private let ranges: [Range<Int64>]

    /// - Parameter ranges: the samples of each slot, from the file's time 0.
    public init(_ path: String, track: Int, ranges: [Range<Int64>]) {
        self.path = path
        self.track = track
        self.ranges = ranges
    }

    /// Reads what lies under the slot's clip, faded in and out over 5 ms.
    /// - Throws: as `PreviewSound` says.
    public func forEachBlock(of slot: Int, samples: Range<Int64>, _ body: (SampleBlock) throws -> Void) throws {
        let start = ranges[slot].lowerBound
        let range = start..<start + Int64(samples.count)
        var reader = try AudioReader.openNear(path, track: track, sample: start)
        // Some fade, lest it click at seams.
        var done = 0
        let fade = min(240, samples.count / 2)
        try reader.forEachBlock(in: [range]) { _, block in
            var block = block
            block.multiply(
                by: (done..<done + block.count).map { place in
                    let edge = min(place, samples.count - 1 - place)
                    return edge >= fade ? 1 : Float(edge) / Float(fade)
                })
            done += block.count
            try body(block)
        }
    }
}

extension AudioReader {
    /// Opens a track some seconds before a sample, or at its beginning where the file cannot be sought in.
    fileprivate static func openNear(_ path: String, track: Int, sample: Int64) throws -> AudioReader {
        let start = sample - 3 * 48_000
        guard start > 0 else { return try open(path, track: track, sampleRate: 48_000, channels: 2) }
        do throws(FFmpegError) {
            return try open(path, track: track, sampleRate: 48_000, channels: 2, from: start)
        } catch {
            return try open(path, track: track, sampleRate: 48_000, channels: 2)
        }
    }
}
