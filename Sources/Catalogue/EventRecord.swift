public import Diagnostics
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

/// What is said of an event that was not stored yet.
public struct EventCheck: Sendable, Hashable {
    /// The event's id.
    public var id: String
    /// `slot_start`, `skip` …
    public var type: String
    /// The slot, from 1; `nil` for events of no slot.
    public var slot: Int64?
    /// The title; `nil` where it names none.
    public var title: String?
    /// The clip type; `nil` where it names none.
    public var clip: String?
    /// For how long a player waited, in milliseconds, an hour at most; 0 where it did not.
    public var stalledMilliseconds: Int64
    /// How far into the slot it was, in milliseconds; `nil` where that is not said.
    public var atMilliseconds: Int64?

    /// Checks an event by the rules of an import.
    /// - Parameter name: what messages call it.
    /// - Throws: `Fault` (`badInput`) naming the key, for one that an import would refuse or not know.
    public init(_ event: JSONValue, named name: String) throws(Fault) {
        let record = try StrictJSON.decode(EventRecord.self, from: event, named: name)
        (id, type, slot) = (record.id, record.type.rawValue, record.slot)
        (title, clip, atMilliseconds) = (record.title, record.clip, record.atMilliseconds)
        stalledMilliseconds = min(record.stalledMilliseconds ?? 0, EventRecord.longestStall)
    }
}

/// An event of a known type, with the keys that the catalogue reads, checked. Section 5 of the sequencing design.
struct EventRecord: Equatable {
    var id: String
    var type: EventType
    /// The player's clock.
    var ts: Timestamp
    var viewer: String
    var reel: String?
    var edition: String?
    var title: String?
    var clip: String?
    var slot: Int64?
    var watchedMilliseconds: Int64?
    var durationMilliseconds: Int64?
    var stalledMilliseconds: Int64?
    var atMilliseconds: Int64?
    var isStartup: Bool
    /// How far the viewer's clock is ahead of UTC; `nil` where that is not said, or makes no sense.
    var offset: UTCOffset?

    /// The keys of the line.
    enum CodingKeys: String, CodingKey, CaseIterable {
        case v, type, ts, viewer, reel, edition, slot, title, clip, n, to, startup, tz
        case id = "event_id"
        case atMilliseconds = "at_ms"
        case watchedMilliseconds = "watched_ms"
        case durationMilliseconds = "duration_ms"
        case stalledMilliseconds = "stalled_ms"
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

    /// Longer than an hour nobody waits: it is a broken clock. In milliseconds.
    static let longestStall: Int64 = 3_600_000

    /// For how long the picture stood still after it had begun, in milliseconds, an hour at most.
    var stall: Int64? {
        type == .rebuffer && !isStartup ? stalledMilliseconds.map { min($0, Self.longestStall) } : nil
    }
}

extension EventRecord: Decodable {
    init(from decoder: any Decoder) throws {
        let keys = CheckedKeys(container: try decoder.container(keyedBy: CodingKeys.self))
        type = try keys.type()
        id = try keys.name(.id)
        viewer = try keys.name(.viewer)
        ts = try keys.time(.ts)
        title =
            type.isSlotBound || type == .play ? try keys.name(.title) : try keys.nameIfPresent(.title)
        watchedMilliseconds = try keys.countIfPresent(.watchedMilliseconds, from: 0)
        durationMilliseconds = try keys.countIfPresent(.durationMilliseconds, from: 0)
        stalledMilliseconds = try keys.countIfPresent(.stalledMilliseconds, from: 0)
        atMilliseconds = try keys.countIfPresent(.atMilliseconds, from: 0)
        reel = type == .play ? try keys.nameIfPresent(.reel) : try keys.name(.reel)
        edition = type == .play ? try keys.nameIfPresent(.edition) : try keys.name(.edition)
        if type.isSlotBound { _ = try keys.container.decode(Int64.self, forKey: .slot) }
        slot = try keys.countIfPresent(.slot, from: 1)
        _ = try keys.countIfPresent(.n, from: 1)
        _ = try keys.nameIfPresent(.to)
        isStartup = try keys.container.decodeIfPresent(Bool.self, forKey: .startup) ?? false
        clip = type.isSlotBound ? try keys.name(.clip) : try keys.nameIfPresent(.clip)
        offset = (try? keys.container.decodeIfPresent(String.self, forKey: .tz)).flatMap { UTCOffset($0) }
    }

    /// Reads keys and refuses values that have the right type and mean nothing.
    private struct CheckedKeys {
        let container: KeyedDecodingContainer<CodingKeys>

        private func wrong(_ key: CodingKeys, _ problem: String) -> DecodingError {
            .dataCorruptedError(forKey: key, in: container, debugDescription: problem)
        }

        /// The type, after the version that says how the event is to be read.
        func type() throws -> EventType {
            let version = try container.decode(Int.self, forKey: .v)
            guard version == 1 else {
                throw wrong(.v, "events of version \(version) are not known; this program reads 1")
            }
            let name = try container.decode(String.self, forKey: .type)
            guard let type = EventType(rawValue: name) else { throw wrong(.type, "'\(printable(name))' is not known") }
            return type
        }

        func name(_ key: CodingKeys) throws -> String {
            let text = try container.decode(String.self, forKey: key)
            if let flaw = flaw(inName: text) { throw wrong(key, "it \(flaw)") }
            return text
        }

        func nameIfPresent(_ key: CodingKeys) throws -> String? {
            let isThere = try container.decodeIfPresent(String.self, forKey: key) != nil
            return isThere ? try name(key) : nil
        }

        func countIfPresent(_ key: CodingKeys, from least: Int64) throws -> Int64? {
            let number = try container.decodeIfPresent(Int64.self, forKey: key)
            if let number, number < least { throw wrong(key, "\(number) is less than \(least)") }
            return number
        }

        func time(_ key: CodingKeys) throws -> Timestamp {
            let text = try container.decode(String.self, forKey: key)
            guard let time = Timestamp(rfc3339: text) else {
                throw wrong(key, "'\(printable(text))' is not an RFC 3339 time such as 2026-11-24T20:15:03.120Z")
            }
            return time
        }
    }
}
