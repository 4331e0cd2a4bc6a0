internal import Diagnostics
internal import Editions
internal import FFmpeg
internal import MediaTime
internal import Plans

/// Judges the sound of a reel: it begins at 0, ends not after the picture, and between its fades is the bed's own.
struct SoundVerifier {
    private let plan: ReelPlan
    private let edition: Edition
    private static let samplesPerFrame: Int64 = 1_024
    /// What a codec may leave of silence before a fade.
    private static let silence: Float = 0.02

    init(_ plan: ReelPlan, _ edition: Edition) {
        self.plan = plan
        self.edition = edition
    }

    /// What is wrong with the sound of a reel whose picture lasts as long as `picture` samples.
    func faults(_ path: String, picture: Int64) throws -> [ReelFault] {
        let audio = try (plan.audio ?? AudioSettings()).resolved(beds: edition.manifest.beds.map(\.name))
        let hasSound = try Demuxer.open(path).stream(.audio) != nil
        guard audio.mode == .bed else {
            return hasSound ? [fault("has sound, and the plan asks for none")] : []
        }
        let bed = try edition.bed(audio.bed)
        let size = Self.samplesPerFrame
        let length = picture / size * size
        guard length > 0 else { return [] }
        guard hasSound else { return [fault("has no sound, and the plan asks for bed '\(bed.name)'")] }
        // Both fades take whole AAC frames, of which one hands over: see ReelSound, which this does not rely on.
        let begin = max(3, ((audio.fadeIn ?? 0) + size - 1) / size) * size
        let end = length - max(2, ((audio.fadeOut ?? 0) + size - 1) / size) * size
        let start = (audio.start ?? 0) / size * size
        return try compare(path, bed, start: start, length: length, exact: begin..<max(begin, end))
    }

    private func compare(
        _ path: String, _ bed: Bed, start: Int64, length: Int64, exact: Range<Int64>
    ) throws -> [ReelFault] {
        let files = edition.library.files(initSegment: bed.initSegment, media: bed.sound.object)
        var reel = SampleStream(try AudioReader.open(path, sampleRate: bed.sampleRate, channels: bed.channels))
        var original = SampleStream(
            try AudioReader.open(
                Demuxer.open(files: files, named: "bed '\(bed.name)'"), sampleRate: bed.sampleRate,
                channels: bed.channels))
        guard try reel.start() == 0 else {
            return [fault("its sound begins at sample \(try reel.start()), not at 0")]
        }
        // The first AAC frame has nothing to overlap with: unless it is silent, it decodes to a crack.
        let first = try reel.take(Int(Self.samplesPerFrame))
        let loudest = first?.channels.joined().reduce(0) { max($0, abs($1)) } ?? 0
        guard loudest < Self.silence else {
            return [fault("its sound does not begin in silence: sample values reach \(loudest) in the first 1,024")]
        }
        try reel.skip(exact.lowerBound - Self.samplesPerFrame)
        try original.skip(start + exact.lowerBound)
        var position = exact.lowerBound
        while position < exact.upperBound {
            try Interruption.check()
            let count = Int(min(8_192, exact.upperBound - position))
            guard let ours = try reel.take(count), let theirs = try original.take(count) else {
                return [fault("its sound ends before sample \(exact.upperBound) of \(length)")]
            }
            if ours != theirs {
                return [fault("its sound is not that of bed '\(bed.name)' from sample \(position) on")]
            }
            position += Int64(count)
        }
        let total = try reel.lengthToEnd()
        guard total == length else {
            return [fault("its sound has \(total) samples, not the \(length) that fit under the picture")]
        }
        return []
    }

    private func fault(_ message: String) -> ReelFault {
        ReelFault(kind: .wrongSound, frame: nil, slot: nil, message: message)
    }
}

/// Decoded sound as one row of samples.
private struct SampleStream: ~Copyable {
    private var reader: AudioReader
    private var waiting: SampleBlock?
    private var first: Int64?
    private var taken: Int64 = 0

    init(_ reader: consuming AudioReader) { self.reader = reader }

    /// The number of the first sample.
    mutating func start() throws -> Int64 {
        try fill(1)
        return first ?? 0
    }

    private mutating func fill(_ count: Int) throws {
        while (waiting?.count ?? 0) < count, let run = try reader.next() {
            if first == nil { first = run.start }
            if waiting == nil { waiting = run.block } else { waiting?.append(run.block) }
        }
    }

    /// The next `count` samples; `nil` when there are fewer.
    mutating func take(_ count: Int) throws -> SampleBlock? {
        try fill(count)
        guard let available = waiting, available.count >= count else { return nil }
        waiting = available[count..<available.count]
        taken += Int64(count)
        return available[0..<count]
    }

    mutating func skip(_ count: Int64) throws {
        var left = count
        while left > 0, try take(Int(min(left, 8_192))) != nil { left -= min(left, 8_192) }
    }

    /// All samples of the track, after reading on to its end.
    mutating func lengthToEnd() throws -> Int64 {
        var total = taken + Int64(waiting?.count ?? 0)
        while let run = try reader.next() { total += Int64(run.block.count) }
        return total
    }
}
