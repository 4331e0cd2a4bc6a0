internal import Diagnostics
internal import Editions
internal import FFmpeg
internal import MediaTime
internal import Plans

/// Judges the sound of a reel: it begins in silence at 0, ends not after the picture, and is in between what the plan says: the bed's
/// own, sample for sample, or each clip in its slot.
struct SoundVerifier {
    private let plan: ReelPlan
    private let edition: Edition
    static let samplesPerFrame: Int64 = 1_024
    /// What a codec may leave of silence before a fade.
    static let silence: Float = 0.02

    init(_ plan: ReelPlan, _ edition: Edition) {
        self.plan = plan
        self.edition = edition
    }

    /// What is wrong with the sound of a reel.
    /// - Parameters:
    ///   - boundaries: the sample with which each slot begins, and the one with which the picture ends, rounded down.
    func faults(_ path: String, boundaries: [Int64]) throws -> [ReelFault] {
        let audio = try edition.resolved(plan.audio)
        let hasSound = try Demuxer.open(path).stream(.audio) != nil
        let length = (boundaries.last ?? 0) / Self.samplesPerFrame * Self.samplesPerFrame
        guard audio.mode != AudioSettings.Mode.none else {
            return hasSound ? [fault("has sound, and the plan asks for none")] : []
        }
        guard length > 0 else { return [] }
        guard hasSound else { return [fault("has no sound, and the plan asks for \(wanted(audio))")] }
        let bed = audio.mode == .clip ? nil : try edition.bed(audio.bed)
        guard let channels = bed?.channels ?? edition.manifest.clipSound?.channels else { return [] }
        var reel = SampleStream(try AudioReader.open(path, sampleRate: 48_000, channels: channels))
        if let fault = try beginning(&reel) { return [fault] }
        let found: ReelFault?
        if audio.mode == .bed, let bed {
            found = try compare(&reel, bed, audio, length)
        } else {
            found = try ClipSoundVerifier(plan, edition, bed, audio).fault(&reel, boundaries, length)
        }
        if let found { return [found] }
        let total = try reel.lengthToEnd()
        guard total == length else {
            return [fault("its sound has \(total) samples, not the \(length) that fit under the picture")]
        }
        return []
    }

    private func wanted(_ audio: AudioSettings) -> String {
        audio.bed.map { "bed '\($0)'" } ?? "that of the clips"
    }

    /// Reads the first AAC frame.
    private func beginning(_ reel: inout SampleStream) throws -> ReelFault? {
        guard try reel.start() == 0 else { return fault("its sound begins at sample \(try reel.start()), not at 0") }
        // The first AAC frame has nothing to overlap with: unless it is silent, it decodes to a crack.
        let first = try reel.take(Int(Self.samplesPerFrame))
        let loudest = first?.channels.joined().reduce(0) { max($0, abs($1)) } ?? 0
        guard loudest < Self.silence else {
            return fault("its sound does not begin in silence: sample values reach \(loudest) in the first 1,024")
        }
        return nil
    }

    /// The first difference from the bed between the fades.
    private func compare(
        _ reel: inout SampleStream, _ bed: Bed, _ audio: AudioSettings, _ length: Int64
    ) throws -> ReelFault? {
        // Both fades take whole AAC frames, of which one hands over: see ReelSound, which this does not rely on.
        let size = Self.samplesPerFrame
        let begin = max(3, ((audio.fadeIn ?? 0) + size - 1) / size) * size
        let end = max(begin, length - max(2, ((audio.fadeOut ?? 0) + size - 1) / size) * size)
        var position = size
        for (number, piece) in bed.heard(
            (audio.start ?? 0) / size * size + begin..<(audio.start ?? 0) / size * size + end
        ).enumerated() {
            // Where a loop goes back, the first AAC frame overlaps with another than in the bed itself.
            let skipped = number == 0 ? 0 : min(size, Int64(piece.count))
            let start = piece.lowerBound + skipped
            var original = SampleStream(
                try AudioReader.open(
                    Demuxer.open(
                        files: try edition.library.files(initSegment: bed.initSegment, media: bed.sound.object),
                        named: "bed '\(bed.name)'"), sampleRate: bed.sampleRate, channels: bed.channels))
            try original.skip(start)
            try reel.skip((number == 0 ? begin - size : 0) + skipped)
            position = (number == 0 ? begin : position) + skipped
            var left = piece.upperBound - start
            while left > 0 {
                try Interruption.check()
                let count = Int(min(8_192, left))
                guard let ours = try reel.take(count), let theirs = try original.take(count) else {
                    return fault("its sound ends before sample \(end) of \(length)")
                }
                if ours != theirs {
                    return fault("its sound is not that of bed '\(bed.name)' from sample \(position) on")
                }
                position += Int64(count)
                left -= Int64(count)
            }
        }
        return nil
    }

    private func fault(_ message: String) -> ReelFault {
        ReelFault(kind: .wrongSound, frame: nil, slot: nil, message: message)
    }
}

extension Bed {
    /// The bed's own samples that are heard in a range, in order: after its end a bed that loops goes back.
    func heard(_ range: Range<Int64>) -> [Range<Int64>] {
        guard let loop else { return range.isEmpty ? [] : [range] }
        var pieces: [Range<Int64>] = []
        var next = range.lowerBound
        while next < range.upperBound {
            let start = next < loop.end ? next : loop.start + (next - loop.start) % (loop.end - loop.start)
            let count = min(range.upperBound - next, loop.end - start)
            pieces.append(start..<start + count)
            next += count
        }
        return pieces
    }
}
