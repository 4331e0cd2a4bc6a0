import Crypto
import Diagnostics
public import Plans
public import Sequencing

/// The ids of events (RFC 9562, UUID version 5): the same event has the same id, whoever names it.
public enum EventID {
    /// The namespace of URLs.
    private static let namespace: [UInt8] = [
        0x6B, 0xA7, 0xB8, 0x11, 0x9D, 0xAD, 0x11, 0xD1, 0x80, 0xB4, 0x00, 0xC0, 0x4F, 0xD4, 0x30, 0xC8,
    ]

    /// The id of the `n`th event of a type in a slot of a reel; slot 0 is the reel itself.
    public static func of(_ reel: String, slot: Int, _ type: String, _ n: Int) -> String {
        uuid("sizzle:\(reel)/\(slot)/\(type)/\(n)")
    }

    /// The id of a play that belongs to no reel.
    public static func ofPlay(viewer: String, title: String, at: Timestamp) -> String {
        uuid("sizzle:\(viewer)/\(title)/play/\(at)")
    }

    private static func uuid(_ name: String) -> String {
        var bytes = Array(Insecure.SHA1.hash(data: namespace + Array(name.utf8)).prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x50
        bytes[8] = bytes[8] & 0x3F | 0x80
        let hex = Hex.text(bytes)
        let parts = [
            hex.prefix(8), hex.dropFirst(8).prefix(4), hex.dropFirst(12).prefix(4), hex.dropFirst(16).prefix(4),
            hex.dropFirst(20),
        ]
        return parts.joined(separator: "-")
    }
}

/// The event that a plan was delivered: all that is needed to weigh what came of it, and to make the plan again.
public struct Impression: Sendable {
    /// The plan; its slots carry the propensities.
    public var plan: ReelPlan
    /// The reel's id, as events have it.
    public var reel: String
    /// The viewer's pseudonym.
    public var viewer: String
    /// The length of each slot in milliseconds; empty where each frame has a duration of its own.
    public var lengths: [Int64]
    /// When it was delivered.
    public var at: Timestamp
    /// The moment for which titles were known.
    public var titlesAt: Timestamp
    /// What decided which titles might be shown.
    public var circumstances: Circumstances
    /// The name of the model; `nil` for the standard weights.
    public var model: String?
    /// The arms of experiments that the viewer is in: `layer/experiment/arm`.
    public var arms: [String] = []

    /// Describes a delivery.
    public init(
        _ plan: ReelPlan, reel: String, viewer: String, lengths: [Int64], at: Timestamp, titlesAt: Timestamp,
        circumstances: Circumstances
    ) {
        (self.plan, self.reel, self.viewer, self.lengths) = (plan, reel, viewer, lengths)
        (self.at, self.titlesAt, self.circumstances) = (at, titlesAt, circumstances)
    }

    /// The event as a line, with its end.
    public var line: [UInt8] {
        var json = JSONWriter(capacity: 2_048)
        json.object { json in
            json.member("v", 1)
            json.member("event_id", EventID.of(reel, slot: 0, "impression", 1))
            json.member("type", "impression")
            json.member("ts", at.description)
            json.member("viewer", viewer)
            json.member("reel", reel)
            json.member("edition", plan.edition)
            json.member("cadence", plan.cadence)
            json.member("seed", plan.seed)
            json.member("titles_at", titlesAt.description)
            write(circumstances, to: &json)
            json.member("model", model)
            json.array("arms") { json in for arm in arms { json.element(arm) } }
            json.member("n", 1)
            json.array("slots") { json in
                for (number, slot) in plan.slots.enumerated() {
                    json.object { json in
                        json.member("slot", number + 1)
                        json.member("title", slot.title)
                        json.member("clip", slot.type)
                        json.member("ms", number < lengths.count ? lengths[number] : nil)
                        json.member("score", slot.score)
                        json.member("scaled", slot.scaled)
                        json.member("propensity", slot.propensity)
                        json.member("temperature", slot.temperature)
                    }
                }
            }
        }
        return json.bytes + [UInt8(ascii: "\n")]
    }

    private func write(_ circumstances: Circumstances, to json: inout JSONWriter) {
        json.member("region", circumstances.region)
        json.member("tz", circumstances.offset.description)
        json.member("maturity", circumstances.maturity)
        guard let languages = circumstances.languages else { return }
        json.array("languages") { json in for language in languages.sorted() { json.element(language) } }
    }
}
