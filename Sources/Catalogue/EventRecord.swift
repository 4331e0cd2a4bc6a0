import Diagnostics
import Sequencing

/// What an event tells: the types that this version counts.
enum EventType: String, CaseIterable {
    case impression
    case slotStart = "slot_start"
    case slotComplete = "slot_complete"
    case skip
    case click
    case play
    case rebuffer

    /// Whether the event belongs to one slot of a reel.
    var isSlotBound: Bool { [.slotStart, .slotComplete, .skip, .click].contains(self) }
}

/// An event of a known type, with the keys that the catalogue reads, checked. Section 5 of the sequencing design.
struct EventRecord: Decodable {
    var id: String
    var type: EventType
    /// The player's clock.
    var ts: Timestamp
    var viewer: String
    var title: String?
    var watchedMilliseconds: Int64?
    var durationMilliseconds: Int64?

    private enum CodingKeys: String, CodingKey {
        case v, type, ts, viewer, reel, edition, slot, title, clip, n, to, startup
        case id = "event_id"
        case atMilliseconds = "at_ms"
        case watchedMilliseconds = "watched_ms"
        case durationMilliseconds = "duration_ms"
        case stalledMilliseconds = "stalled_ms"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func wrong(_ key: CodingKeys, _ problem: String) -> DecodingError {
            .dataCorruptedError(forKey: key, in: container, debugDescription: problem)
        }
        func name(_ key: CodingKeys, isRequired: Bool) throws -> String? {
            let text =
                try isRequired
                ? container.decode(String.self, forKey: key) : container.decodeIfPresent(String.self, forKey: key)
            if let text, let flaw = flaw(inName: text) { throw wrong(key, "it \(flaw)") }
            return text
        }
        func count(_ key: CodingKeys, from least: Int64, isRequired: Bool = false) throws -> Int64? {
            let number =
                try isRequired
                ? container.decode(Int64.self, forKey: key) : container.decodeIfPresent(Int64.self, forKey: key)
            if let number, number < least { throw wrong(key, "\(number) is less than \(least)") }
            return number
        }

        let version = try container.decode(Int.self, forKey: .v)
        guard version == 1 else { throw wrong(.v, "events of version \(version) are not known; this program reads 1") }
        let typeName = try container.decode(String.self, forKey: .type)
        guard let type = EventType(rawValue: typeName) else {
            throw wrong(.type, "'\(printable(typeName))' is not known")
        }
        self.type = type
        id = try name(.id, isRequired: true) ?? ""
        viewer = try name(.viewer, isRequired: true) ?? ""
        title = try name(.title, isRequired: type.isSlotBound || type == .play)
        for key in [CodingKeys.reel, .edition] { _ = try name(key, isRequired: type != .play) }
        _ = try name(.clip, isRequired: type.isSlotBound)
        _ = try count(.slot, from: 1, isRequired: type.isSlotBound)
        _ = try count(.n, from: 1)
        for key in [CodingKeys.atMilliseconds, .stalledMilliseconds] { _ = try count(key, from: 0) }
        _ = try container.decodeIfPresent(Bool.self, forKey: .startup)
        _ = try container.decodeIfPresent(String.self, forKey: .to)
        watchedMilliseconds = try count(.watchedMilliseconds, from: 0)
        durationMilliseconds = try count(.durationMilliseconds, from: 0)
        let text = try container.decode(String.self, forKey: .ts)
        guard let ts = Timestamp(rfc3339: text) else {
            throw wrong(.ts, "'\(printable(text))' is not an RFC 3339 time such as 2026-11-24T20:15:03.120Z")
        }
        self.ts = ts
    }

    /// Whether the event shows that the viewer likes the title: a play, and where it says how much was watched, at least 10 %
    /// or 5 minutes.
    var isLike: Bool {
        guard type == .play else { return false }
        guard let watched = watchedMilliseconds else { return true }
        if watched >= 5 * 60_000 { return true }
        // watched·10 >= duration, without leaving 64 bits.
        guard let duration = durationMilliseconds else { return false }
        return watched >= duration / 10 + (duration % 10 == 0 ? 0 : 1)
    }
}
