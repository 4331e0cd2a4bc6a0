/// One fragment of a media object: where it lies, and where its two integers stand.
public struct Part: Hashable, Sendable, Codable {
    /// The fragment's first byte in the object.
    public var offset: Int64
    /// Bytes of the fragment.
    public var size: Int64
    /// Frames in the fragment: pictures, or AAC frames of 1,024 samples.
    public var frames: Int64
    /// Where `mfhd.sequence_number` stands, from the fragment's first byte.
    public var sequenceNumberOffset: Int32
    /// Where `tfdt.baseMediaDecodeTime` stands, from the fragment's first byte.
    public var decodeTimeOffset: Int32

    /// Describes a fragment.
    public init(offset: Int64, size: Int64, frames: Int64, sequenceNumberOffset: Int32, decodeTimeOffset: Int32) {
        self.offset = offset
        self.size = size
        self.frames = frames
        self.sequenceNumberOffset = sequenceNumberOffset
        self.decodeTimeOffset = decodeTimeOffset
    }
}

/// A media object made of fragments, all with one init segment.
public struct FragmentedObject: Hashable, Sendable, Codable {
    /// The object.
    public var object: ObjectID
    /// Its fragments in order; together they are the whole object.
    public var parts: [Part]

    /// Describes an object.
    public init(object: ObjectID, parts: [Part]) {
        self.object = object
        self.parts = parts
    }

    /// Frames in all fragments.
    public var frames: Int64 { parts.reduce(0) { $0 + $1.frames } }
    /// Bytes of all fragments.
    public var bytes: Int64 { parts.reduce(0) { $0 + $1.size } }

    /// Whether the fragments follow each other, and each has frames and holds its two integers.
    var isSound: Bool {
        var next: Int64 = 0
        for part in parts {
            guard part.offset == next, part.frames > 0, part.size > 0, part.size < .max - next else { return false }
            // The name of the box stands 8 bytes before its integer, which has at most 8.
            let integers = [part.sequenceNumberOffset, part.decodeTimeOffset].map(Int64.init)
            guard integers.allSatisfy({ $0 >= 8 && $0 <= part.size - 8 }) else { return false }
            next += part.size
        }
        return true
    }
}

/// One fragment at its place in a reel.
public struct TrackPiece: Hashable, Sendable {
    /// The media object that holds the fragment.
    public var object: ObjectID
    /// The fragment.
    public var part: Part
    /// Which of the object's fragments it is, from 0.
    public var number: Int
    /// Where it begins in the reel: in frames for the picture, in AAC frames for the sound.
    public var position: Int64
    /// Where it begins in the reel, in ticks of its track.
    public var decodeTime: Int64

    /// Places a fragment.
    public init(object: ObjectID, part: Part, number: Int, position: Int64, decodeTime: Int64) {
        self.object = object
        self.part = part
        self.number = number
        self.position = position
        self.decodeTime = decodeTime
    }
}

/// The sound of a reel: fragments with one init segment, at their places. Ticks are samples at 48 kHz.
public struct SoundTrack: Sendable, Equatable {
    /// The init segment of all its fragments.
    public var initSegment: ObjectID
    /// The fragments in order; each begins where the one before ends.
    public var pieces: [TrackPiece]

    /// Ticks a second.
    public static let timescale: Int64 = 48_000

    /// Describes a track.
    public init(initSegment: ObjectID, pieces: [TrackPiece]) {
        self.initSegment = initSegment
        self.pieces = pieces
    }
}
