public import MediaTime

/// One clip of an edition that is being made.
public struct ClipEntry: Sendable {
    /// The title's id.
    public var title: String
    /// The clip type.
    public var type: String
    /// Its frames in the Mega Asset.
    public var range: FrameRange
    /// Perceptual hashes of its first, middle and last frame.
    public var pictures: [UInt64]
    /// Its media object in each rendition, in the order of the edition's list.
    public var media: [FragmentedObject]
    /// The hash of each of its frames, in each rendition.
    public var frameHashes: [[FrameHash]]
    /// How many ticks each of its frames lasts, in all renditions; `nil` where all frames of an edition last as long.
    public var durations: [UInt32]?
    /// Its sound; `nil` where it has none.
    public var sound: ClipSound?

    /// Describes a clip.
    public init(
        title: String, type: String, range: FrameRange, pictures: [UInt64], media: [FragmentedObject],
        frameHashes: [[FrameHash]], durations: [UInt32]? = nil, sound: ClipSound? = nil
    ) {
        self.title = title
        self.type = type
        self.range = range
        self.pictures = pictures
        self.media = media
        self.frameHashes = frameHashes
        self.durations = durations
        self.sound = sound
    }
}

extension ClipTable {
    /// The bytes of a table that holds `entries`, in any order. The form is told at `ClipTable`.
    ///
    /// - Precondition: every clip has `renditions` objects with its frames, as many lists of hashes, and 3 perceptual hashes;
    ///   all clips have durations, or none has.
    public static func encoded(_ entries: [ClipEntry], renditions: Int) -> [UInt8] {
        let sorted = entries.sorted { first, second in
            first.title.utf8.elementsEqual(second.title.utf8)
                ? first.type.utf8.lexicographicallyPrecedes(second.type.utf8)
                : first.title.utf8.lexicographicallyPrecedes(second.title.utf8)
        }
        var sections = Sections()
        for entry in sorted { sections.append(entry, renditions: renditions) }
        return sections.joined(clips: sorted.count, renditions: renditions)
    }
}

/// The sections of a table while it is written.
private struct Sections {
    var clips: [UInt8] = []
    var media: [UInt8] = []
    var parts: [UInt8] = []
    var hashes: [UInt8] = []
    var durations: [UInt8] = []
    /// A record for each clip; dropped where none has sound.
    var sounds: [UInt8] = []
    var hasSound = false
    var strings: [UInt8] = []
    /// By their bytes: Swift takes strings for equal that differ in them, such as an é of one scalar and one of two.
    var knownStrings: [[UInt8]: UInt32] = [:]

    mutating func append(_ entry: ClipEntry, renditions: Int) {
        precondition(entry.media.count == renditions && entry.frameHashes.count == renditions)
        precondition(entry.pictures.count == 3)
        for string in [entry.title, entry.type] {
            clips.little(offset(of: string))
            clips.little(UInt32(string.utf8.count))
        }
        clips.little(entry.range.start)
        clips.little(entry.range.end)
        for picture in entry.pictures { clips.little(picture) }
        for (object, frames) in zip(entry.media, entry.frameHashes) {
            precondition(object.frames == entry.range.count && Int64(frames.count) == entry.range.count)
            media += object.object.bytes
            media.little(UInt32(parts.count / ClipTable.partSize))
            media.little(UInt32(object.parts.count))
            media.little(UInt64(hashes.count / ClipTable.hashSize))
            for part in object.parts { append(part) }
            for frame in frames { hashes += frame.bytes }
        }
        precondition(Int64(entry.durations?.count ?? Int(entry.range.count)) == entry.range.count)
        for duration in entry.durations ?? [] { durations.little(duration) }
        sounds += SoundRecord(value: entry.sound).bytes
        hasSound = hasSound || entry.sound != nil
    }

    mutating func append(_ part: Part) {
        parts.little(part.offset)
        parts.little(part.size)
        parts.little(Int32(part.frames))
        parts.little(part.sequenceNumberOffset)
        parts.little(part.decodeTimeOffset)
        parts.little(UInt32(0))
    }

    mutating func offset(of string: String) -> UInt32 {
        let bytes = Array(string.utf8)
        if let known = knownStrings[bytes] { return known }
        let offset = UInt32(strings.count)
        strings += bytes
        knownStrings[bytes] = offset
        return offset
    }

    func joined(clips count: Int, renditions: Int) -> [UInt8] {
        var header = ClipTable.magic
        header.little(UInt32(hasSound ? 3 : durations.isEmpty ? 1 : 2))
        header.little(UInt32(count))
        header.little(UInt32(renditions))
        header.little(UInt32(parts.count / ClipTable.partSize))
        header.little(UInt64(hashes.count / ClipTable.hashSize))
        header.little(UInt64(durations.count / ClipTable.durationSize))
        header.little(UInt32(hasSound ? count : 0))
        header += [UInt8](repeating: 0, count: ClipTable.headerSize - header.count)
        return header + clips + media + parts + hashes + durations + (hasSound ? sounds : []) + strings
    }
}

extension [UInt8] {
    mutating func little(_ value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}
