public import Diagnostics
public import Editions
internal import FFmpeg
internal import MediaTime
public import Plans

/// Makes the sound of reels in which clips are heard: over a bed that is turned down under them (`mix`), or alone (`clip`).
///
/// Each slot's sound is encoded apart, once, and kept in the library. Slots join without encoding anything again: see
/// `MixSegment`.
public struct MixMaker: Sendable {
    private let library: Library
    private let format: ClipSoundFormat
    private let bed: Bed?
    private let audio: AudioSettings
    /// What peaks are limited to before they are encoded, in dBTP, as for beds.
    private static let ceiling = Decibels(hundredths: -200)
    private static let attempts = 8

    /// Makes mixes for an edition.
    /// - Parameter audio: resolved settings.
    /// - Throws: `Fault` when the edition has no sound of clips, or the bed has other channels.
    public init(_ edition: Edition, _ audio: AudioSettings) throws(Fault) {
        guard let format = edition.manifest.clipSound else {
            throw Fault(.badInput, "edition \(edition.id) keeps no sound of its clips")
        }
        let bed = audio.mode == .mix ? try edition.bed(audio.bed) : nil
        if let bed, bed.channels != format.channels {
            throw Fault(
                .badInput,
                "bed '\(bed.name)' has \(bed.channels) channels and the clips \(format.channels); ingest them with the same "
                    + "--channels")
        }
        self.init(library: edition.library, format: format, bed: bed, audio)
    }

    init(library: Library, format: ClipSoundFormat, bed: Bed?, _ audio: AudioSettings) {
        self.library = library
        self.format = format
        self.bed = bed
        self.audio = audio
    }

    /// The init segment of all that is made.
    public var initSegment: ObjectID { format.initSegment }

    /// The fragments of a reel's sound in order. What is not in the library is encoded and stored.
    /// - Parameter jobs: how many are encoded at a time.
    /// - Throws: `Fault` (`badInput`) when the bed is too short; `Fault` or `FFmpegError` when something has to be made and
    ///   cannot be.
    public func pieces(_ reel: ReelSound, _ slots: [SoundSlot], jobs: Int = 1) throws -> [TrackPiece] {
        try bed?.requireLength(reel)
        let segments = MixSegment.all(slots, reel, audio)
        let objects = try inParallel(segments.count, jobs: jobs) { number in
            let (slot, segment) = segments[number]
            return try library.derived(segment.recipe(reel, bed: bed, format)) { try make(segment, slot, reel) }
        }
        return zip(segments, objects).flatMap { segment, object in
            var position = segment.1.frames.lowerBound
            return object.parts.enumerated().map { number, part in
                defer { position += part.frames }
                return TrackPiece(
                    object: object.object, part: part, number: number, position: position,
                    decodeTime: position * Int64(SoundFormat.samplesPerFrame))
            }
        }
    }

    /// Encodes a segment; where the codec's own error lifts a peak too high, peaks are limited by as much lower.
    private func make(_ segment: MixSegment, _ slot: SoundSlot, _ reel: ReelSound) throws -> FragmentedObject {
        guard format.loudness != nil else { return try store(encode(segment, reel, ceiling: nil).packets) }
        var ceiling = Self.ceiling
        for _ in 0..<Self.attempts {
            let encoded = try encode(segment, reel, ceiling: ceiling)
            guard let peak = Decibels(peak: encoded.truePeak), peak > SoundFormat.truePeak else {
                return try store(encoded.packets)
            }
            ceiling.hundredths -= peak.hundredths - SoundFormat.truePeak.hundredths + 10
        }
        throw Fault(
            .badInput,
            "clip \(slot.name): its mix cannot be kept below \(SoundFormat.truePeak) dBTP; ingest with a lower --loudness"
        )
    }

    private func store(_ packets: [[UInt8]]) throws -> FragmentedObject {
        // Not placed: the object must not tell which reel it was first made for.
        var fragments = try SoundFragments(library: library)
        for packet in packets { try fragments.add(packet) }
        return try fragments.finish()
    }

    private func encode(
        _ segment: MixSegment, _ reel: ReelSound, ceiling: Decibels?
    ) throws -> (packets: [[UInt8]], truePeak: Float) {
        let size = Int64(SoundFormat.samplesPerFrame)
        let first = segment.frames.lowerBound - MixSegment.preroll
        var packets = try AACPackets(
            startingAt: first, channels: format.channels, bitsPerSecond: format.bitsPerSecond,
            checking: ceiling == nil ? nil : segment.frames)
        var kept: [[UInt8]] = []
        func keep(_ number: Int64, _ bytes: [UInt8]) { if segment.frames.contains(number) { kept.append(bytes) } }
        var queue = SampleQueue(channels: format.channels)
        func send(_ block: SampleBlock) throws { try queue.add(block) { try packets.add($0, keep) } }
        var limited = ceiling.map {
            LimitedStream(Limiter(ceiling: $0.factor), channels: format.channels, from: first * size) { range in
                // Where the bed is alone it stays as it is: there segments meet.
                range.map { segment.clipGain(at: $0) }
            }
        }
        let source = try MixSource(segment, reel, library: library, bed: bed, format)
        for _ in first..<segment.frames.upperBound + MixSegment.postroll {
            try Interruption.check()
            let block = try source.next()
            if limited == nil { try send(block) } else { try limited?.add(block, send) }
        }
        try limited?.finish(send)
        try packets.finish(keep)
        guard kept.count == segment.frames.count else {
            throw Fault(.internalError, "\(kept.count) of \(segment.frames.count) AAC frames of a mix were made")
        }
        return (kept, packets.truePeak)
    }
}

/// The mixed samples of a segment, an AAC frame at a time, with what is encoded before and after it.
private final class MixSource {
    private let segment: MixSegment
    private let reel: ReelSound
    private let channels: Int
    private let music: BedStream?
    private let speech: LosslessStream?
    /// The first sample of the next AAC frame.
    private var position: Int64
    /// The next sample of the clip's sound, counted as the reel's.
    private var heard: Int64

    init(_ segment: MixSegment, _ reel: ReelSound, library: Library, bed: Bed?, _ format: ClipSoundFormat) throws {
        let size = Int64(SoundFormat.samplesPerFrame)
        self.segment = segment
        self.reel = reel
        channels = format.channels
        position = (segment.frames.lowerBound - MixSegment.preroll) * size
        let bedSample = reel.bedStart * size + position
        music = try bed.map { try BedStream($0, of: library, from: bedSample) }
        heard = segment.audible.lowerBound
        speech =
            try segment.audible.isEmpty
            ? nil
            : segment.clip.map {
                try LosslessStream(
                    library.file(of: $0.lossless, "flac"), channels: format.channels,
                    from: format.handle + segment.audible.lowerBound - segment.start)
            }
    }

    /// The next 1,024 samples.
    func next() throws -> SampleBlock {
        let count = SoundFormat.samplesPerFrame
        let range = position..<position + Int64(count)
        position = range.upperBound
        var block = try music?.take(count) ?? SampleBlock(silence: count, channels: channels)
        let inside = range.clamped(to: segment.audible)
        if !inside.isEmpty, let speech {
            if music != nil { block.multiply(by: range.map { segment.bedGain(at: $0) }) }
            var clip = try speech.take(inside.count)
            clip.multiply(by: inside.map { segment.clipGain(at: $0) })
            block.add(clip, at: Int(inside.lowerBound - range.lowerBound))
        }
        if segment.meetsFadeIn(of: reel) || segment.meetsFadeOut(of: reel), let gains = reel.gains(in: range) {
            block.multiply(by: gains)
        }
        return block
    }
}
