private import Diagnostics
private import Editions
private import Stitching

/// Every step of looking a reel up: title and type to index row, frames, ticks, fragments, bytes, and the place in the reel's file.
public struct ReelTrace: Sendable, Encodable {
    /// One fragment of a slot, or of the sound.
    public struct Part: Sendable, Encodable {
        /// The media object's file.
        public var file: String
        /// The fragment's number in its object, from 0; `nil` for sound.
        public var part: Int?
        /// Its first byte in the object.
        public var offset: Int64
        /// Its bytes.
        public var bytes: Int64
        /// Its frames: pictures, or AAC frames.
        public var frames: Int64
        /// What `mfhd.sequence_number` becomes, at `sequenceNumberOffset` of the fragment.
        public var sequenceNumber: Int64
        /// Where that stands, from the fragment's first byte.
        public var sequenceNumberOffset: Int32
        /// What `tfdt.baseMediaDecodeTime` becomes, at `decodeTimeOffset` of the fragment; ticks of the track.
        public var decodeTime: Int64
        /// Where that stands, from the fragment's first byte.
        public var decodeTimeOffset: Int32
        /// Its first byte in the reel's file.
        public var reelOffset: Int64
    }

    /// One slot.
    public struct Slot: Sendable, Encodable {
        /// From 1.
        public var slot: Int
        /// The title's id.
        public var title: String
        /// The clip type.
        public var type: String
        /// The row of `clips.idx`, from 0.
        public var row: Int
        /// The first frame in the Mega Asset.
        public var start: Int64
        /// The frame after the last.
        public var end: Int64
        /// The reel frame at which it begins.
        public var reelFrame: Int64
        /// The tick of the rendition at which it begins.
        public var reelTicks: Int64
        /// Its fragments.
        public var parts: [Part]
    }

    /// The reel's id.
    public var reel: String
    /// The edition's id.
    public var edition: String
    /// The clip table that rows are in.
    public var clipTable: String
    /// The rendition of the picture.
    public var rendition: String
    /// Ticks a second of the picture.
    public var timescale: Int32
    /// Bytes before the first fragment.
    public var headerBytes: Int64
    /// The slots in order.
    public var slots: [Slot]
    /// The fragments of the sound, in order.
    public var sound: [Part]

    /// Traces a reel.
    /// - Throws: what laying it out throws; sound that the library has not got is made.
    public init(_ reel: ResolvedReel) throws {
        let (edition, layout) = (reel.edition, reel.layout)
        let places = try ReelWriter(layout, sound: try reel.sound(), reel: reel.id).places()
        var picture = places.filter { !$0.isSound }[...]
        self.reel = reel.id
        self.edition = edition.id
        clipTable = edition.clipTablePath
        rendition = layout.picturing.name
        timescale = layout.picturing.timescale
        headerBytes = places.first?.offset ?? 0
        slots = try layout.slots.enumerated().map { number, slot in
            let count = try edition.clips.media(of: slot.clip, rendition: layout.rendition).parts.count
            let parts = picture.prefix(count).enumerated().map { Self.part($1, $0, edition) }
            picture = picture.dropFirst(count)
            return Slot(
                slot: number + 1, title: slot.clip.title, type: slot.clip.type, row: slot.clip.ordinal,
                start: slot.clip.range.start, end: slot.clip.range.end, reelFrame: slot.start,
                reelTicks: slot.startTicks,
                parts: parts)
        }
        sound = places.filter(\.isSound).map { Self.part($0, nil, edition) }
    }

    private static func part(_ placed: ReelWriter.Placed, _ number: Int?, _ edition: Edition) -> Part {
        let part = placed.piece.part
        return Part(
            file: edition.library.path(of: placed.piece.object, "m4s"), part: number, offset: part.offset,
            bytes: part.size,
            frames: part.frames, sequenceNumber: 1 + placed.piece.position,
            sequenceNumberOffset: part.sequenceNumberOffset,
            decodeTime: placed.piece.decodeTime, decodeTimeOffset: part.decodeTimeOffset, reelOffset: placed.offset)
    }

    /// The trace as lines for people.
    public var lines: [String] {
        var lines = [
            "reel \(reel): edition \(edition), rendition \(rendition), \(timescale) ticks a second, header of \(headerBytes) bytes",
            "clip table \(clipTable)",
        ]
        for slot in slots {
            lines.append("slot \(slot.slot): \(clipName(slot.title, slot.type))")
            lines.append(
                "  row \(slot.row) -> frames [\(slot.start), \(slot.end)) of the Mega Asset -> reel frame \(slot.reelFrame), tick \(slot.reelTicks)"
            )
            for part in slot.parts { lines += Self.lines(of: part, "part \(part.part ?? 0), \(part.frames) frames") }
        }
        if !sound.isEmpty { lines.append("sound: \(sound.count) fragments, ticks are samples at 48 kHz") }
        for part in sound { lines += Self.lines(of: part, "\(part.frames) AAC frames") }
        return lines
    }

    private static func lines(of part: Part, _ what: String) -> [String] {
        [
            "    \(what): bytes [\(part.offset), \(part.offset + part.bytes)) of \(part.file)",
            "      sequence_number \(part.sequenceNumber) at +\(part.sequenceNumberOffset), baseMediaDecodeTime \(part.decodeTime) at "
                + "+\(part.decodeTimeOffset) -> bytes [\(part.reelOffset), \(part.reelOffset + part.bytes)) of the reel",
        ]
    }
}
