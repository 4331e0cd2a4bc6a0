public import Diagnostics
private import FileSystem
private import Foundation
public import MediaTime

/// The clips of an edition: (title, type) to range, media objects and frame hashes. Mapped into memory, never parsed whole.
///
/// All integers of `clips.idx` are little-endian; clips are sorted by the UTF-8 bytes of title, then type:
///
/// | section | entry |
/// | --- | --- |
/// | header, 64 bytes | magic, version, counts of clips, renditions, parts, hashes, durations and sounds |
/// | clips, 56 bytes each | title and type (offset and length in the strings), start, end, 3 perceptual hashes |
/// | media, 48 bytes for each (clip, rendition) | SHA-256, first part, number of parts, first hash |
/// | parts, 32 bytes each | offset, size, frames, offsets of the two integers |
/// | hashes, 16 bytes each | the MD5 of a frame |
/// | durations, 4 bytes each | ticks of each frame of each clip, where frames have durations of their own; else none |
/// | sounds, 64 bytes each | for each clip: SHA-256, samples, levels, flags; where the edition keeps clips' sound, else none |
/// | strings | UTF-8 without ends |
public final class ClipTable: Sendable {
    static let magic = Array("SZLCLIPS".utf8)
    /// Version 2 has durations, version 3 sounds; a table without any is written as version 1.
    static let version: UInt32 = 3
    static let headerSize = 64
    static let clipSize = 56
    static let mediaSize = 48
    static let partSize = 32
    static let hashSize = 16
    static let durationSize = 4
    static let soundSize = 64

    /// A clip as the table says it.
    public struct Clip: Sendable, Hashable {
        /// Its place in the table, from 0.
        public let ordinal: Int
        /// The title's id.
        public let title: String
        /// The clip type.
        public let type: String
        /// Its frames in the Mega Asset.
        public let range: FrameRange
        /// Perceptual hashes of its first, middle and last frame.
        public let pictures: [UInt64]
    }

    /// How many clips there are.
    public let count: Int
    /// How many renditions each clip has.
    public let renditions: Int
    private let map: MappedFile
    private let path: String
    private let mediaOffset: Int
    private let partsOffset: Int
    private let hashesOffset: Int
    private let durationsOffset: Int
    private let soundsOffset: Int
    private let stringsOffset: Int
    private let partCount: Int
    private let hashCount: Int
    private let durationCount: Int
    private let soundCount: Int

    /// Maps a table and checks that its sections fit its size.
    /// - Throws: `Fault` when the file is missing, of a newer version, or damaged.
    public init(path: String) throws(Fault) {
        map = try MappedFile(path)
        self.path = path
        let bytes = map.bytes
        guard bytes.count >= Self.headerSize, bytes.prefix(8).elementsEqual(Self.magic) else {
            throw Fault(.badInput, "\(path): is not a clip table")
        }
        let version = bytes.little(UInt32.self, at: 8)
        guard version <= Self.version else {
            throw Fault(.badInput, "\(path): is of version \(version), newer than \(Self.version); update sizzle")
        }
        count = Int(bytes.little(UInt32.self, at: 12))
        renditions = Int(bytes.little(UInt32.self, at: 16))
        partCount = Int(bytes.little(UInt32.self, at: 20))
        hashCount = Int(clamping: bytes.little(UInt64.self, at: 24))
        // No section has more entries than the file has bytes, so the products below stay small.
        durationCount = version > 1 ? Int(clamping: bytes.little(UInt64.self, at: 32)) : 0
        soundCount = version > 2 ? Int(bytes.little(UInt32.self, at: 40)) : 0
        let counts = [
            count, renditions, count.multipliedReportingOverflow(by: renditions).partialValue, partCount, hashCount,
            durationCount, soundCount,
        ]
        guard counts.allSatisfy({ (0...bytes.count).contains($0) }) else { throw Self.tooShort(path) }
        mediaOffset = Self.headerSize + count * Self.clipSize
        partsOffset = mediaOffset + count * renditions * Self.mediaSize
        hashesOffset = partsOffset + partCount * Self.partSize
        durationsOffset = hashesOffset + hashCount * Self.hashSize
        soundsOffset = durationsOffset + durationCount * Self.durationSize
        stringsOffset = soundsOffset + soundCount * Self.soundSize
        guard stringsOffset <= bytes.count, soundCount == 0 || soundCount == count else { throw Self.tooShort(path) }
    }

    private static func tooShort(_ path: String) -> Fault {
        Fault(.badInput, "\(path): is damaged: it is shorter than its sections")
    }

    /// The clip of a title and type; `nil` when there is none. Takes log2(count) comparisons.
    public func find(title: String, type: String) -> Clip? {
        var (title, type) = (title, type)
        // By bytes, as the table is sorted: Swift takes an é of one scalar and one of two for equal.
        return title.withUTF8 { title in
            type.withUTF8 { type in
                find(UnsafeRawBufferPointer(title), UnsafeRawBufferPointer(type)).flatMap { try? clip($0) }
            }
        }
    }

    private func find(_ title: UnsafeRawBufferPointer, _ type: UnsafeRawBufferPointer) -> Int? {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            guard let order = order(middle, title, type) else { return nil }
            if order == 0 { return middle }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    /// All clips in the table's order.
    /// - Throws: `Fault` when the table is damaged.
    public func all() throws(Fault) -> [Clip] {
        var clips: [Clip] = []
        clips.reserveCapacity(count)
        for ordinal in 0..<count { clips.append(try clip(ordinal)) }
        return clips
    }

    /// The clip at a place of the table.
    /// - Throws: `Fault` when the table is damaged.
    public func clip(_ ordinal: Int) throws(Fault) -> Clip {
        precondition((0..<count).contains(ordinal))
        let at = Self.headerSize + ordinal * Self.clipSize
        guard let title = string(at), let type = string(at + 8),
            let range = FrameRange(map.bytes.little(Int64.self, at: at + 16), map.bytes.little(Int64.self, at: at + 24))
        else { throw damaged("clip \(ordinal)") }
        return Clip(
            ordinal: ordinal, title: title, type: type, range: range,
            pictures: (0..<3).map { map.bytes.little(UInt64.self, at: at + 32 + $0 * 8) })
    }

    /// The media object of a clip in a rendition, by its place in the edition's list.
    /// - Throws: `Fault` when the table is damaged.
    public func media(of clip: Clip, rendition: Int) throws(Fault) -> FragmentedObject {
        let at = mediaRecord(clip, rendition)
        let first = Int(map.bytes.little(UInt32.self, at: at + 32))
        let number = Int(map.bytes.little(UInt32.self, at: at + 36))
        guard number > 0, first + number <= partCount,
            let object = ObjectID(bytes: UnsafeRawBufferPointer(rebasing: map.bytes[at..<at + 32]))
        else { throw damaged("the parts of (\(clip.title), \(clip.type))") }
        let media = FragmentedObject(object: object, parts: (first..<first + number).map(part))
        guard media.isSound, media.frames == clip.range.count else {
            throw damaged("the parts of (\(clip.title), \(clip.type))")
        }
        return media
    }

    /// The hash of each frame of a clip in a rendition, in order.
    /// - Throws: `Fault` when the table is damaged.
    public func frameHashes(of clip: Clip, rendition: Int) throws(Fault) -> [FrameHash] {
        let first = Int(clamping: map.bytes.little(UInt64.self, at: mediaRecord(clip, rendition) + 40))
        guard first <= hashCount, Int(clip.range.count) <= hashCount - first else {
            throw damaged("the hashes of (\(clip.title), \(clip.type))")
        }
        return (first..<first + Int(clip.range.count)).compactMap { index in
            let at = hashesOffset + index * Self.hashSize
            return FrameHash(bytes: UnsafeRawBufferPointer(rebasing: map.bytes[at..<at + Self.hashSize]))
        }
    }

    /// How many ticks each frame of a clip lasts, in all renditions; `nil` where all frames last as long.
    /// - Throws: `Fault` when the table is damaged.
    public func durations(of clip: Clip) throws(Fault) -> [UInt32]? {
        guard durationCount > 0 else { return nil }
        // Frames stand in the same order as their hashes, and those for each rendition again.
        let hash = Int(clamping: map.bytes.little(UInt64.self, at: mediaRecord(clip, 0) + 40))
        let first = hash / renditions
        guard first <= durationCount, Int(clip.range.count) <= durationCount - first else {
            throw damaged("the durations of (\(clip.title), \(clip.type))")
        }
        return (first..<first + Int(clip.range.count)).map { index in
            map.bytes.little(UInt32.self, at: durationsOffset + index * Self.durationSize)
        }
    }

    /// The sound of a clip; `nil` where it has none, or the edition keeps none of any.
    /// - Throws: `Fault` when the table is damaged.
    public func sound(of clip: Clip) throws(Fault) -> ClipSound? {
        guard soundCount > 0 else { return nil }
        let record = soundsOffset + clip.ordinal * Self.soundSize
        guard
            let sound = SoundRecord.read(UnsafeRawBufferPointer(rebasing: map.bytes[record..<record + Self.soundSize]))
        else { throw damaged("the sound of (\(clip.title), \(clip.type))") }
        return sound.value
    }

    private func mediaRecord(_ clip: Clip, _ rendition: Int) -> Int {
        precondition((0..<renditions).contains(rendition) && (0..<count).contains(clip.ordinal))
        return mediaOffset + (clip.ordinal * renditions + rendition) * Self.mediaSize
    }

    private func part(_ index: Int) -> Part {
        let at = partsOffset + index * Self.partSize
        return Part(
            offset: map.bytes.little(Int64.self, at: at), size: map.bytes.little(Int64.self, at: at + 8),
            frames: Int64(map.bytes.little(Int32.self, at: at + 16)),
            sequenceNumberOffset: map.bytes.little(Int32.self, at: at + 20),
            decodeTimeOffset: map.bytes.little(Int32.self, at: at + 24))
    }

    private func stringBytes(_ at: Int) -> UnsafeRawBufferPointer? {
        let start = stringsOffset + Int(map.bytes.little(UInt32.self, at: at))
        let length = Int(map.bytes.little(UInt32.self, at: at + 4))
        guard start + length <= map.bytes.count else { return nil }
        return UnsafeRawBufferPointer(rebasing: map.bytes[start..<start + length])
    }

    private func string(_ at: Int) -> String? { stringBytes(at).map { String(decoding: $0, as: UTF8.self) } }

    /// Less than 0 when the clip at a place stands before (`title`, `type`), 0 when it is that clip; `nil` when the table is damaged.
    private func order(_ ordinal: Int, _ title: UnsafeRawBufferPointer, _ type: UnsafeRawBufferPointer) -> Int? {
        let at = Self.headerSize + ordinal * Self.clipSize
        guard let ourTitle = stringBytes(at), let ourType = stringBytes(at + 8) else { return nil }
        let order = Self.order(ourTitle, title)
        return order != 0 ? order : Self.order(ourType, type)
    }

    private static func order(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> Int {
        let common = min(first.count, second.count)
        if common > 0, let one = first.baseAddress, let other = second.baseAddress {
            let order = memcmp(one, other, common)
            if order != 0 { return Int(order) }
        }
        return first.count - second.count
    }

    private func damaged(_ what: String) -> Fault {
        Fault(.badInput, "\(path): is damaged at \(what); restore the edition or ingest again")
    }
}

extension UnsafeRawBufferPointer {
    func little<Value: FixedWidthInteger>(_: Value.Type, at offset: Int) -> Value {
        Value(littleEndian: loadUnaligned(fromByteOffset: offset, as: Value.self))
    }
}
