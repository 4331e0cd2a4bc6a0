import Editions

/// When a segment begins in a reel.
struct SegmentTime: Hashable {
    /// In frames of the reel: pictures, or AAC frames of the sound.
    var frame: UInt32
    /// In ticks of the track, where each frame has a duration of its own; `nil` where all last as long.
    var ticks: UInt64?

    /// Reads `120`, or `120-360360`: decimal, without leading zeros.
    init?(_ text: some StringProtocol) {
        let numbers = text.split(separator: "-", omittingEmptySubsequences: false)
        guard (1...2).contains(numbers.count), let frame: UInt32 = decimal(numbers[0]), frame < .max else { return nil }
        self.frame = frame
        guard numbers.count == 2 else { return }
        guard let ticks: UInt64 = decimal(numbers[1]), ticks <= UInt64(Int64.max) else { return nil }
        self.ticks = ticks
    }

    init(frame: UInt32, ticks: UInt64? = nil) { (self.frame, self.ticks) = (frame, ticks) }

    /// As in an address.
    var text: String { ticks.map { "\(frame)-\($0)" } ?? "\(frame)" }
}

/// A whole number as addresses have it: digits, no sign, no leading zeros.
func decimal<Value: FixedWidthInteger>(_ text: some StringProtocol) -> Value? {
    guard !text.isEmpty, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), text.utf8.count == 1 || text.utf8.first != 0x30
    else { return nil }
    return Value(text)
}

/// Whether a text has at most so many bytes, all of them ASCII letters, digits or some others.
func isPlain(_ text: String, upTo limit: Int, and others: String) -> Bool {
    text.utf8.count <= limit
        && text.utf8.allSatisfy {
            0x30...0x39 ~= $0 || 0x41...0x5A ~= $0 || 0x61...0x7A ~= $0 || others.utf8.contains($0)
        }
}

/// Addresses of media objects: RFC 3986 paths of the origin.
struct MediaAddresses {
    /// What stands before each: empty, or the origin of a CDN.
    var base = ""

    /// An init segment.
    func initSegment(_ object: ObjectID) -> String { "\(base)/v1/m/\(object).mp4" }

    /// A part of a media object at its time.
    func segment(_ object: ObjectID, part: Int, _ time: SegmentTime) -> String {
        "\(base)/v1/m/\(object).\(part)@\(time.text).m4s"
    }

    /// A picture of a clip.
    func poster(_ object: ObjectID) -> String { "\(base)/v1/m/\(object).jpg" }
}
