import Diagnostics
import Foundation
import GRDB
import Sequencing

/// What an impression says beside its keys as an event: the plan that was delivered, and how likely each choice was.
struct Delivery: Decodable {
    private struct Slot: Decodable {
        var slot: Int64
        var title: String
        var clip: String
        var ms: Int64?
        var propensity: Double?
    }
    private var slots: [Slot]?
    private var cadence: String?
    private var model: String?
    /// `layer/experiment/arm`.
    private var arms: [String]?

    private var circumstances: LoggedCircumstances

    private enum CodingKeys: String, CodingKey {
        case slots, cadence, model, arms
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        slots = try container.decodeIfPresent([Slot].self, forKey: .slots)
        cadence = try container.decodeIfPresent(String.self, forKey: .cadence)
        model = try container.decodeIfPresent(String.self, forKey: .model)
        arms = try container.decodeIfPresent([String].self, forKey: .arms)
        circumstances = try LoggedCircumstances(from: decoder)
        func wrong(_ key: CodingKeys, _ problem: String) -> DecodingError {
            .dataCorruptedError(forKey: key, in: container, debugDescription: problem)
        }
        for (index, slot) in (slots ?? []).enumerated() {
            guard slot.slot == index + 1 else { throw wrong(.slots, "slot \(slot.slot) is not the \(index + 1)th") }
            if let flaw = flaw(inName: slot.title) ?? flaw(inName: slot.clip) {
                throw wrong(.slots, "a name of slot \(slot.slot) \(flaw)")
            }
            guard (slot.propensity.map { $0 > 0 && $0 <= 1 } ?? true), (0...Timestamp.day).contains(slot.ms ?? 0)
            else {
                throw wrong(
                    .slots,
                    "slot \(slot.slot): a propensity is more than 0 and at most 1, a length from 0 to a day, in milliseconds"
                )
            }
        }
        for arm in arms ?? [] {
            let parts = arm.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count != 3 || parts.contains("") else { continue }
            throw wrong(.arms, "'\(printable(arm))' is not layer/experiment/arm")
        }
    }

    /// Stores the plan of a new impression.
    func store(_ event: EventRecord, at ts: Timestamp, in db: Database) throws {
        guard let slots, let reel = event.reel, let edition = event.edition else { return }
        try db.cachedStatement(
            sql: """
                INSERT INTO deliveries (reel, viewer, ts, edition, cadence, model, circumstances, slots)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (reel) DO NOTHING
                """
        ).execute(arguments: [
            reel, event.viewer, ts.milliseconds, edition, cadence, model, try circumstances.json(), slots.count,
        ])
        guard db.changesCount > 0 else { return }
        let insertion = try db.cachedStatement(
            sql: "INSERT INTO delivered_slots (reel, slot, title, clip, ms, propensity) VALUES (?, ?, ?, ?, ?, ?)")
        for slot in slots {
            insertion.setUncheckedArguments([reel, slot.slot, slot.title, slot.clip, slot.ms, slot.propensity])
            try insertion.execute()
        }
        for arm in arms ?? [] {
            let parts = arm.split(separator: "/")
            try db.cachedStatement(
                sql: "INSERT OR IGNORE INTO delivered_arms (reel, experiment, arm) VALUES (?, ?, ?)"
            ).execute(arguments: [reel, "\(parts[0])/\(parts[1])", String(parts[2])])
        }
    }
}

/// A viewer's circumstances as an impression tells them.
struct LoggedCircumstances: Codable {
    var region: String?
    var tz: String?
    var maturity: Int?
    var languages: [String]?

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    var circumstances: Circumstances {
        Circumstances(
            region: region, offset: tz.flatMap { UTCOffset($0) } ?? .utc, maturity: maturity,
            languages: languages.map { Set($0) })
    }
}
