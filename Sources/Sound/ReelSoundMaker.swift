internal import Diagnostics
public import Editions
internal import FFmpeg
internal import FileSystem
internal import ISOBMFF

/// Makes what a reel's sound needs besides the bed's own fragments: its head and its tail, once, and kept in the library.
public struct ReelSoundMaker: Sendable {
    private let library: Library
    private let bed: Bed
    private let timeline: BedTimeline

    /// Makes sound from a bed of a library.
    public init(library: Library, bed: Bed) {
        self.library = library
        self.bed = bed
        timeline = BedTimeline(bed)
    }

    /// The fragments of a reel's sound in order.
    ///
    /// Head and tail are looked up by their recipe; what is not there is encoded from the bed's lossless copy and stored.
    /// - Throws: `Fault` (`badInput`) when the bed is too short; `Fault` or `FFmpegError` when something has to be made and
    ///   cannot be.
    public func pieces(_ sound: ReelSound) throws -> [TrackPiece] {
        try bed.requireLength(sound)
        guard sound.count > 0 else { return [] }
        let whole = timeline.wholeParts(
            in: sound.bedStart + sound.own.lowerBound..<sound.bedStart + sound.own.upperBound)
        guard let first = whole.first, let last = whole.last else { return try edge(sound, 0..<sound.count) }
        let head = 0..<first.start - sound.bedStart
        let tail = last.start + last.frames - sound.bedStart..<sound.count
        return try edge(sound, head)
            + whole.map { piece(bed.sound, $0.part, at: $0.start - sound.bedStart) }
            + edge(sound, tail)
    }

    /// A fragment that begins with the AAC frame `position` of the reel.
    private func piece(_ object: FragmentedObject, _ number: Int, at position: Int64) -> TrackPiece {
        TrackPiece(
            object: object.object, part: object.parts[number], number: number, position: position,
            decodeTime: position * Int64(SoundFormat.samplesPerFrame))
    }

    /// The piece with the AAC frames `range` of the reel, of which some are encoded and some the bed's.
    private func edge(_ sound: ReelSound, _ range: Range<Int64>) throws -> [TrackPiece] {
        guard !range.isEmpty else { return [] }
        let object = try library.derived(recipe(sound, range), making: { try make(sound, range) })
        return object.parts.indices.map { piece(object, $0, at: range.lowerBound) }
    }

    /// What determines the bytes of a piece, in words: a head does not depend on the reel's end, nor a tail on its beginning,
    /// unless the fades meet.
    private func recipe(_ sound: ReelSound, _ range: Range<Int64>) -> String {
        let first = sound.bedStart + range.lowerBound
        var text = "sound 2 \(bed.recipe) at \(first) \(range.count)"
        let meet = sound.own.isEmpty
        if meet || range.lowerBound < sound.own.lowerBound {
            text += " in \(sound.fadeInFrames) \(sound.fadeInCurve)"
        }
        if meet || range.upperBound > sound.own.upperBound {
            text += " out \(sound.fadeOutFrames) \(sound.fadeOutCurve)"
        }
        return text
    }

    private func make(_ sound: ReelSound, _ range: Range<Int64>) throws -> FragmentedObject {
        var packets = try ownPackets(sound, range)
        for wanted in sound.encoded(in: range) where !wanted.isEmpty {
            try encode(sound, wanted) { packets[$0] = $1 }
        }
        // Placed in the bed, as the recipe is: the object must not tell which reel it was first made for.
        var fragments = try SoundFragments(library: library, at: sound.bedStart + range.lowerBound)
        for number in range {
            guard let packet = packets[number] else {
                throw Fault(.internalError, "bed '\(bed.name)': AAC frame \(number) of the reel was not made")
            }
            try fragments.add(packet)
        }
        return try fragments.finish()
    }

    /// Encodes the AAC frames `wanted` of the reel from the lossless copy, with the reel's gain.
    private func encode(
        _ sound: ReelSound, _ wanted: Range<Int64>, _ body: (Int64, [UInt8]) -> Void
    ) throws {
        let size = Int64(SoundFormat.samplesPerFrame)
        // The encoder adapts to what came before: give it some frames of that, and of what comes after.
        let first = max(wanted.lowerBound - 8, -sound.bedStart)
        var packets = try AACPackets(startingAt: first, channels: bed.channels, bitsPerSecond: bed.bitsPerSecond)
        let music = try BedStream(bed, of: library, from: (sound.bedStart + first) * size)
        func keep(_ number: Int64, _ bytes: [UInt8]) { if wanted.contains(number) { body(number, bytes) } }
        for frame in first..<wanted.upperBound + 3 {
            try Interruption.check()
            var block = try music.take(SoundFormat.samplesPerFrame)
            if let gains = sound.gains(in: frame * size..<(frame + 1) * size) { block.multiply(by: gains) }
            try packets.add(block, keep)
        }
        try packets.finish(keep)
    }

    /// The bed's own AAC frames in `range`, by their number in the reel.
    private func ownPackets(_ sound: ReelSound, _ range: Range<Int64>) throws -> [Int64: [UInt8]] {
        let own = range.clamped(to: sound.own)
        guard !own.isEmpty else { return [:] }
        let file = try InputFile.open(library.file(of: bed.sound.object, "m4s"))
        var packets: [Int64: [UInt8]] = [:]
        for placed in timeline.parts(in: sound.bedStart + own.lowerBound..<sound.bedStart + own.upperBound) {
            let part = bed.sound.parts[placed.part]
            let bytes = try file.read(at: part.offset, count: Int(part.size))
            for (index, sample) in try FragmentInfo.parse(bytes).samples.enumerated() {
                let frame = placed.start + Int64(index) - sound.bedStart
                let payload = Int(sample.offset)..<Int(sample.offset) + Int(sample.size)
                guard payload.upperBound <= bytes.count else {
                    throw Fault(
                        .badInput, "\(file.path): part \(placed.part) is damaged; restore the edition or ingest again")
                }
                if own.contains(frame) { packets[frame] = Array(bytes[payload]) }
            }
        }
        return packets
    }
}

extension Bed {
    /// The bed in a recipe, in words: the bytes of what is made of it depend on this and on nothing else of the bed.
    var recipe: String {
        let looped = loop.map { " loop \($0.start) \($0.end)" } ?? ""
        return "\(sound.object) \(lossless)\(looped)"
    }

    /// Refuses a reel that would outlast the bed.
    func requireLength(_ reel: ReelSound) throws(Fault) {
        let end = reel.bedStart + reel.count
        guard let length = BedTimeline(self).length, end > length else { return }
        let size = Int64(SoundFormat.samplesPerFrame)
        throw Fault(
            .badInput,
            "bed '\(name)' is too short: the reel needs it up to sample \(end * size), and it has \(samples); begin "
                + "earlier in it (audio.start), take a longer bed or a shorter reel, or ingest the bed with --bed-loop")
    }
}

extension Library {
    /// What a recipe gives: made earlier, or made now and remembered.
    func derived(_ recipe: String, making make: () throws -> FragmentedObject) throws -> FragmentedObject {
        if let known = derived(recipe, as: FragmentedObject.self) { return known }
        // Until it is remembered nothing names it: it must not be pruned.
        let lock = try lockForAdding(waiting: 10)
        let made = try make()
        try remember(made, as: recipe)
        _ = consume lock
        return made
    }
}
