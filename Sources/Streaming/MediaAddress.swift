public import Editions

/// When a segment begins in a reel.
public struct SegmentTime: Hashable, Sendable {
    /// In frames of the reel: pictures, or AAC frames of the sound.
    public var frame: UInt32
    /// In ticks of the track, where each frame has a duration of its own; `nil` where all last as long.
    public var ticks: UInt64?

    /// Reads `120`, or `120-360360`: decimal, without leading zeros.
    public init?(_ text: some StringProtocol) {
        let numbers = text.split(separator: "-", omittingEmptySubsequences: false)
        guard (1...2).contains(numbers.count), let frame: UInt32 = decimal(numbers[0]), frame < .max else { return nil }
        self.frame = frame
        guard numbers.count == 2 else { return }
        guard let ticks: UInt64 = decimal(numbers[1]), ticks <= UInt64(Int64.max) else { return nil }
        self.ticks = ticks
    }

    /// Describes a time.
    public init(frame: UInt32, ticks: UInt64? = nil) { (self.frame, self.ticks) = (frame, ticks) }

    /// As in an address.
    public var text: String { ticks.map { "\(frame)-\($0)" } ?? "\(frame)" }
}

/// A whole number as addresses have it: digits, no sign, no leading zeros.
public func decimal<Value: FixedWidthInteger>(_ text: some StringProtocol) -> Value? {
    guard !text.isEmpty, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), text.utf8.count == 1 || text.utf8.first != 0x30
    else { return nil }
    return Value(text)
}

/// Addresses of media objects: RFC 3986 paths of an origin, or names beside a playlist.
public struct MediaAddresses: Sendable {
    /// What stands before each name: `/v1/m/`, a CDN's `https://cdn.example/v1/m/`, or `media/` beside a playlist.
    public var folder: String

    /// Addresses in a folder, whose name ends with `/`.
    public init(folder: String) { self.folder = folder }

    /// An init segment.
    public func initSegment(_ object: ObjectID) -> String { "\(folder)\(object).mp4" }

    /// A part of a media object at its time.
    public func segment(_ object: ObjectID, part: Int, _ time: SegmentTime) -> String {
        "\(folder)\(object).\(part)@\(time.text).m4s"
    }

    /// A picture of a clip.
    public func poster(_ object: ObjectID) -> String { "\(folder)\(object).jpg" }
}
