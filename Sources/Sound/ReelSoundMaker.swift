internal import Diagnostics
public import Editions
internal import FFmpeg
internal import FileSystem
internal import ISOBMFF

/// Makes what a reel's sound needs besides the bed's own fragments: its head and its tail, once, and kept in the library.
public struct ReelSoundMaker: Sendable {
    private let library: Library
    private let bed: Bed

    /// Makes sound from a bed of a library.
    public init(library: Library, bed: Bed) {
        self.library = library
        self.bed = bed
    }

    /// The fragments of a reel's sound in order.
    ///
    /// Head and tail are looked up by their recipe; what is not there is encoded from the bed's lossless copy and stored.
    /// - Throws: `Fault` (`badInput`) when the bed is too short; `Fault` or `FFmpegError` when something has to be made and
    ///   cannot be.
    public func pieces(_ sound: ReelSound) throws -> [TrackPiece] {
        try requireLength(sound)
        guard sound.count > 0 else { return [] }
        let whole = sound.wholeParts(framesPerPart: bed.framesPerPart)
        guard !whole.isEmpty else { return try edge(sound, 0..<sound.count) }
        var pieces = whole.lowerBound > 0 ? try edge(sound, 0..<whole.lowerBound) : []
        let firstPart = (sound.bedStart + whole.lowerBound) / bed.framesPerPart
        let lastPart = (sound.bedStart + whole.upperBound) / bed.framesPerPart
        for number in firstPart..<lastPart {
            pieces.append(
                piece(
                    bed.sound.object, bed.sound.parts[Int(number)], at: number * bed.framesPerPart - sound.bedStart))
        }
        return pieces + (try edge(sound, whole.upperBound..<sound.count))
    }

    /// A fragment that begins with the AAC frame `position` of the reel.
    private func piece(_ object: ObjectID, _ part: Part, at position: Int64) -> TrackPiece {
        TrackPiece(
            object: object, part: part, position: position,
            decodeTime: position * Int64(SoundFormat.samplesPerFrame))
    }

    private func requireLength(_ sound: ReelSound) throws(Fault) {
        let end = sound.bedStart + sound.count
        guard end > bed.sound.frames else { return }
        let needed = end * Int64(SoundFormat.samplesPerFrame)
        throw Fault(
            .badInput,
            "bed '\(bed.name)' is too short: the reel needs it up to sample \(needed), and it has \(bed.samples); begin "
                + "earlier in it (audio.start), take a longer bed or a shorter reel")
    }

    /// The piece with the AAC frames `range` of the reel, of which some are encoded and some the bed's.
    private func edge(_ sound: ReelSound, _ range: Range<Int64>) throws -> [TrackPiece] {
        let recipe = self.recipe(sound, range)
        let object: FragmentedObject
        if let known = library.derived(recipe, as: FragmentedObject.self) {
            object = known
        } else {
            object = try make(sound, range)
            try library.remember(object, as: recipe)
        }
        return object.parts.map { piece(object.object, $0, at: range.lowerBound) }
    }

    /// What determines the bytes of a piece, in words: a head does not depend on the reel's end, nor a tail on its beginning,
    /// unless the fades meet.
    private func recipe(_ sound: ReelSound, _ range: Range<Int64>) -> String {
        let first = sound.bedStart + range.lowerBound
        var text = "sound 1 \(bed.sound.object) \(bed.lossless) \(first) \(range.count)"
        let meet = sound.own.isEmpty
        if meet || range.lowerBound < sound.own.lowerBound { text += " in \(sound.fadeInFrames)" }
        if meet || range.upperBound > sound.own.upperBound { text += " out \(sound.fadeOutFrames)" }
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
        let end = wanted.upperBound + 3
        var packets = try AACPackets(startingAt: first, channels: bed.channels, bitsPerSecond: bed.bitsPerSecond)
        var queue = SampleQueue(channels: bed.channels)
        var position = first * size
        func keep(_ number: Int64, _ bytes: [UInt8]) { if wanted.contains(number) { body(number, bytes) } }
        try AudioReader.forEachBlock(
            of: library.path(of: bed.lossless, "flac"), sampleRate: SoundFormat.sampleRate, channels: bed.channels,
            in: (sound.bedStart + first) * size..<(sound.bedStart + end) * size, seeking: true
        ) { block in
            try queue.add(block) { block in
                var faded = block
                for channel in faded.channels.indices {
                    for index in 0..<faded.count {
                        faded.channels[channel][index] *= sound.gain(at: position + Int64(index))
                    }
                }
                position += Int64(block.count)
                try packets.add(faded, keep)
            }
        }
        try packets.finish(keep)
    }

    /// The bed's own AAC frames in `range`, by their number in the reel.
    private func ownPackets(_ sound: ReelSound, _ range: Range<Int64>) throws -> [Int64: [UInt8]] {
        let own = range.clamped(to: sound.own)
        guard !own.isEmpty else { return [:] }
        let file = try InputFile.open(library.path(of: bed.sound.object, "m4s"))
        var packets: [Int64: [UInt8]] = [:]
        let firstPart = (sound.bedStart + own.lowerBound) / bed.framesPerPart
        let lastPart = (sound.bedStart + own.upperBound - 1) / bed.framesPerPart
        for number in firstPart...lastPart {
            let part = bed.sound.parts[Int(number)]
            let bytes = try file.read(at: part.offset, count: Int(part.size))
            for (index, sample) in try FragmentInfo.parse(bytes).samples.enumerated() {
                let frame = number * bed.framesPerPart + Int64(index) - sound.bedStart
                let payload = Int(sample.offset)..<Int(sample.offset) + Int(sample.size)
                guard payload.upperBound <= bytes.count else {
                    throw Fault(
                        .badInput, "\(file.path): part \(number) is damaged; restore the edition or ingest again")
                }
                if own.contains(frame) { packets[frame] = Array(bytes[payload]) }
            }
        }
        return packets
    }
}
