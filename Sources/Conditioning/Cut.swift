public import MediaTime

/// How one clip is taken from the Mega Asset: pieces in order of presentation, which together are the clip.
///
/// Each piece begins with an IDR picture, and no picture of it refers to one of another piece.
public struct Cut: Sendable, Equatable {
    /// The pieces; at least one.
    public var pieces: [Piece]

    /// Frames that are made in one way.
    public struct Piece: Sendable, Equatable {
        /// Frames of the footage.
        public var frames: FrameRange
        /// How they are made.
        public var making: Making
    }

    /// How the frames of a piece are made.
    public enum Making: Sendable, Equatable {
        /// Of these packets those whose frames are the piece's are copied, in decoding order.
        case copy(packets: Range<Int>)
        /// The frames are encoded, because a copy would not be exact.
        case encode(Obstacle)
    }

    /// Why frames cannot be copied.
    public struct Obstacle: Sendable, Equatable, CustomStringConvertible {
        /// The frame of the Mega Asset at which copying fails.
        public let frame: Int64
        /// What is wrong there.
        public let reason: String

        /// `frame 1000: …`.
        public var description: String { "frame \(frame): \(reason)" }
    }

    /// A clip that is encoded whole.
    static func encode(_ range: FrameRange, _ obstacle: Obstacle) -> Cut {
        Cut(pieces: [Piece(frames: range, making: .encode(obstacle))])
    }

    /// The same cut in other numbers: those of a footage, in which the source's frames have moved.
    func moved(by offset: Int64) -> Cut {
        guard offset != 0 else { return self }
        return Cut(
            pieces: pieces.map { piece in
                guard let frames = FrameRange(piece.frames.start + offset, piece.frames.end + offset) else {
                    preconditionFailure("footage has no frames before 0")
                }
                guard case .encode(let obstacle) = piece.making else {
                    return Piece(frames: frames, making: piece.making)
                }
                let told = Obstacle(
                    frame: obstacle.frame + offset, reason: "(\(obstacle.frame) of the file) \(obstacle.reason)")
                return Piece(frames: frames, making: .encode(told))
            })
    }

    /// The frames of the clip.
    var frames: FrameRange {
        let (start, end) = (pieces.first?.frames.start ?? 0, pieces.last?.frames.end ?? 0)
        guard let range = FrameRange(start, end) else { preconditionFailure("a cut has a piece") }
        return range
    }

    /// Frames that are copied bit for bit.
    public var framesCopied: Int64 { pieces.reduce(0) { $0 + ($1.isCopy ? $1.frames.count : 0) } }
    /// Frames that are encoded.
    public var framesEncoded: Int64 { pieces.reduce(0) { $0 + ($1.isCopy ? 0 : $1.frames.count) } }

    /// Why frames are encoded, in order; empty when all are copied.
    public var obstacles: [Obstacle] {
        pieces.compactMap { if case .encode(let obstacle) = $0.making { obstacle } else { nil } }
    }

    /// How it is made as a whole.
    public var condition: Condition {
        framesEncoded == 0 ? .copy : framesCopied == 0 ? .encode : .smart
    }
}

extension Cut.Piece {
    /// Whether its packets are copied.
    public var isCopy: Bool { if case .copy = making { true } else { false } }
}

/// How a clip, or all clips of a rendition, were made.
public enum Condition: String, Sendable, Encodable {
    /// Every frame was copied bit for bit.
    case copy
    /// Edges were encoded, what lies between them was copied.
    case smart
    /// Every frame was encoded.
    case encode
}
