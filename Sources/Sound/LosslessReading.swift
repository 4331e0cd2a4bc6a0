internal import Diagnostics
internal import Editions
internal import FFmpeg

/// The samples of a lossless copy one after another, silence before its first and after its last.
final class LosslessStream {
    private var reader: AudioReader
    private let channels: Int
    private var waiting: SampleBlock
    /// The sample after those that are waiting.
    private var end: Int64
    private var hasEnded = false

    /// Opens a lossless copy to be read from a sample on, which may be negative.
    init(_ path: String, channels: Int, from sample: Int64) throws {
        reader = try AudioReader.open(
            path, sampleRate: SoundFormat.sampleRate, channels: channels, from: max(0, sample))
        self.channels = channels
        end = sample
        waiting = SampleBlock(silence: 0, channels: channels)
    }

    /// The next `count` samples.
    func take(_ count: Int) throws -> SampleBlock {
        while waiting.count < count, !hasEnded { try fill() }
        if waiting.count < count {
            waiting.append(SampleBlock(silence: count - waiting.count, channels: channels))
        }
        let taken = waiting[0..<count]
        waiting = waiting[count..<waiting.count]
        return taken
    }

    private func fill() throws {
        guard let run = try reader.next() else {
            if let damage = reader.damages.first { throw damage.error }
            hasEnded = true
            return
        }
        let runEnd = run.start + Int64(run.block.count)
        guard runEnd > end else { return }
        if run.start > end { waiting.append(SampleBlock(silence: Int(run.start - end), channels: channels)) }
        waiting.append(run.block[Int(max(0, end - run.start))..<run.block.count])
        end = runEnd
    }
}

/// The samples of a bed one after another as they are heard, from a place in it on: where it loops, without an end.
final class BedStream {
    private let path: String
    private let channels: Int
    private let timeline: BedTimeline
    private var position: Int64
    private var stream: LosslessStream?
    /// The sample of the copy that `stream` hands out next.
    private var next: Int64 = 0

    /// - Parameter sample: the first sample, counted from the bed's beginning; may be negative.
    /// - Throws: `Fault` when the bed's copy cannot be fetched.
    init(_ bed: Bed, of library: Library, from sample: Int64) throws(Fault) {
        path = try library.file(of: bed.lossless, "flac")
        channels = bed.channels
        timeline = BedTimeline(bed)
        position = sample
    }

    /// The next `count` samples.
    func take(_ count: Int) throws -> SampleBlock {
        var block = SampleBlock(silence: 0, channels: channels)
        for piece in timeline.lossless(position..<position + Int64(count)) {
            // Where a loop goes back, the copy is read anew.
            if stream == nil || piece.lowerBound != next {
                stream = try LosslessStream(path, channels: channels, from: piece.lowerBound)
            }
            if let stream { block.append(try stream.take(piece.count)) }
            next = piece.upperBound
        }
        position += Int64(count)
        return block
    }
}
