/// A half-open range of presented frames: `start` is in it, `end` is not.
///
/// `[1000, 1080)` holds the 80 frames 1000, 1001, …, 1079.
public struct FrameRange: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The first frame.
    public let start: Int64
    /// The frame after the last.
    public let end: Int64

    /// Makes `[start, end)`; `nil` if it is empty, reversed or begins before frame 0.
    public init?(_ start: Int64, _ end: Int64) {
        guard start >= 0, end > start else { return nil }
        self.start = start
        self.end = end
    }

    /// How many frames are in the range; at least 1.
    public var count: Int64 { end - start }

    /// Whether `frame` is in the range.
    public func contains(_ frame: Int64) -> Bool { frame >= start && frame < end }

    /// The form `[start, end)`.
    public var description: String { "[\(start), \(end))" }
}
