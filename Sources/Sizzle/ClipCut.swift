public import Conditioning
internal import Editorial
private import MediaTime

/// How one clip is taken in one rendition.
public struct ClipCut: Sendable, Encodable {
    /// The title's id.
    public var title: String
    /// The clip type.
    public var type: String
    /// First frame.
    public var start: Int64
    /// The frame after the last.
    public var end: Int64
    /// The rendition's name.
    public var rendition: String
    /// How it is made as a whole.
    public var condition: Condition
    /// The frames that are encoded, as half-open ranges, each with the reason.
    public var encoded: [Encoded]
    /// Frames that are copied bit for bit.
    public var framesCopied: Int64
    /// Frames that are encoded.
    public var framesEncoded: Int64
    /// Bytes of its media object; `nil` before it is made.
    public var bytes: Int64?

    /// Frames that are encoded.
    public struct Encoded: Sendable, Encodable {
        /// First frame.
        public var start: Int64
        /// The frame after the last.
        public var end: Int64
        /// Why they are not copied.
        public var why: String
    }

    init(_ label: ClipLabel, _ cut: Cut, rendition: String, bytes: Int64? = nil) {
        title = label.title
        type = label.type
        start = label.range.start
        end = label.range.end
        self.rendition = rendition
        condition = cut.condition
        encoded = cut.pieces.compactMap { piece in
            guard case .encode(let obstacle) = piece.making else { return nil }
            return Encoded(start: piece.frames.start, end: piece.frames.end, why: obstacle.description)
        }
        framesCopied = cut.framesCopied
        framesEncoded = cut.framesEncoded
        self.bytes = bytes
    }
}
