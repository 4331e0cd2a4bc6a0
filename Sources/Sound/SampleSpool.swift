internal import Diagnostics
internal import Editions
internal import FFmpeg
internal import FileSystem

/// Samples that wait on disk until all of them are known: a bed can last hours.
final class SampleSpool {
    /// Samples so far, in each channel.
    private(set) var count: Int64 = 0
    let channels: Int
    /// The hash of all samples that were added, whatever was replaced since: what they are is known by it.
    var content: ObjectID { hash.finish() }
    private var hash = ObjectHash()
    private let file: ScratchFile
    private static let step: Int64 = 16_384

    /// - Parameter folder: the samples lie on its disk.
    init(in folder: String, channels: Int) throws(Fault) {
        self.channels = channels
        file = try ScratchFile(in: folder)
    }

    /// Adds samples at the end.
    func append(_ block: SampleBlock) throws(Fault) {
        let interleaved = interleaved(block)
        interleaved.withUnsafeBytes { hash.update($0) }
        try write(interleaved, at: count)
        count += Int64(block.count)
    }

    /// Replaces samples, or adds them at the end.
    func write(_ block: SampleBlock, at start: Int64) throws(Fault) { try write(interleaved(block), at: start) }

    private func interleaved(_ block: SampleBlock) -> [Float] {
        var interleaved = [Float](repeating: 0, count: block.count * channels)
        for (channel, samples) in block.channels.enumerated() {
            for (index, sample) in samples.enumerated() { interleaved[index * channels + channel] = sample }
        }
        return interleaved
    }

    private func write(_ interleaved: [Float], at start: Int64) throws(Fault) {
        let result = interleaved.withUnsafeBytes { bytes in
            Result { () throws(Fault) in try file.write(bytes, at: start * Int64(4 * channels)) }
        }
        try result.get()
    }

    /// Forgets the samples from `end` on.
    func truncate(to end: Int64) { count = min(count, end) }

    /// The samples of a range, silence where there are none.
    func read(_ range: Range<Int64>) throws(Fault) -> SampleBlock {
        var block = SampleBlock(silence: range.count, channels: channels)
        let inside = range.clamped(to: 0..<count)
        guard !inside.isEmpty else { return block }
        var interleaved = [Float](repeating: 0, count: inside.count * channels)
        let result = interleaved.withUnsafeMutableBytes { bytes in
            Result { () throws(Fault) in try file.read(into: bytes, at: inside.lowerBound * Int64(4 * channels)) }
        }
        try result.get()
        let first = Int(inside.lowerBound - range.lowerBound)
        for channel in 0..<channels {
            for index in 0..<inside.count {
                block.channels[channel][first + index] = interleaved[index * channels + channel]
            }
        }
        return block
    }

    /// Calls `body` with the samples of a range in pieces.
    func forEachBlock(in range: Range<Int64>, _ body: (SampleBlock) throws -> Void) throws {
        var next = range.lowerBound
        while next < range.upperBound {
            try Interruption.check()
            let end = min(next + Self.step, range.upperBound)
            try body(read(next..<end))
            next = end
        }
    }

    /// Calls `body` with all samples in pieces.
    func forEachBlock(_ body: (SampleBlock) throws -> Void) throws { try forEachBlock(in: 0..<count, body) }
}
