import Catalogue
import Diagnostics
import Editions
import Foundation
import Plans
import Sequencing

/// Events that a player sent, checked, as lines for the log.
struct EventBatch: Sendable {
    /// Each event as a line, with its end, and what it is known by: nobody can name the event of another viewer.
    var lines: [Line] = []

    /// One event.
    struct Line: Sendable {
        var check: EventCheck
        /// For how long the slot was on screen, of one that came to its end or was skipped.
        var playedMilliseconds: Int64
        var name: String
        var bytes: [UInt8]
    }

    /// The most events of one request.
    static let maximumEvents = 500
    /// The types of events that belong to one slot.
    private static let ofSlots = ["slot_start", "slot_complete", "skip", "click"]
    /// The most bytes of an event's id.
    static let maximumID = 128
    /// The most bytes of one request.
    static let maximumBytes = 256 << 10

    /// Reads `{"token": …, "events": […]}`; the token says whose they are: what events say of viewer, reel and edition is replaced.
    /// - Parameter verify: gives the token that a text stands for, the reel's id, and the clips of its slots where they are known.
    /// - Throws: `Problem` naming the event that is wrong: nothing is taken then.
    init(_ body: [UInt8], verify: (String) throws -> Owner) throws {
        let value: JSONValue
        do throws(Fault) {
            value = try StrictJSON.parse(body, named: "the body")
        } catch { throw Problem.badRequest(error.message) }
        guard case .string(let text) = value["token"], case .array(let events) = value["events"] else {
            throw Problem.badRequest(#"the body: expected {"token": "…", "events": […]}"#)
        }
        guard events.count <= Self.maximumEvents else {
            throw Problem(413, "too-many-events", "Too many events", "send at most \(Self.maximumEvents) at a time")
        }
        let owner = try verify(text)
        for (number, event) in events.enumerated() {
            guard case .object(var members) = event else {
                throw Problem.badRequest("events[\(number)]: expected an object")
            }
            members["viewer"] = .string(owner.token.viewerName)
            members["reel"] = .string(owner.reel)
            members["edition"] = .string(owner.token.edition)
            do throws(Fault) {
                let whole = JSONValue.object(members)
                let check = try EventCheck(whole, named: "events[\(number)]")
                try owner.expect(check, named: "events[\(number)]")
                lines.append(
                    Line(
                        check: check, playedMilliseconds: owner.played(check), name: "\(owner.reel) \(check.id)",
                        bytes: Array((whole.text + "\n").utf8)))
            } catch { throw Problem.badRequest(error.message) }
        }
    }

    /// Whose events they are.
    struct Owner {
        var token: PlanToken
        var reel: String
        /// The clips of the reel's slots; `nil` when its edition is gone.
        var slots: [Slot]?

        /// A clip of the reel.
        struct Slot {
            var title: String
            var type: String
            var milliseconds: Int64
        }

        /// For how long the slot of an event was on screen.
        fileprivate func played(_ event: EventCheck) -> Int64 {
            guard let slots, let slot = event.slot, (1...Int64(slots.count)).contains(slot) else { return 0 }
            let whole = slots[Int(slot) - 1].milliseconds
            switch event.type {
            case "slot_complete": return whole
            case "skip": return min(event.atMilliseconds ?? 0, whole)
            default: return 0
            }
        }

        /// Refuses an event of something that the reel does not show.
        fileprivate func expect(_ event: EventCheck, named name: String) throws(Fault) {
            guard isPlain(event.id, upTo: EventBatch.maximumID, and: "-.:_") else {
                throw Fault(
                    .badInput,
                    "\(name): event_id: takes up to \(EventBatch.maximumID) letters, digits, '-', '.', ':' and '_', such as a UUID"
                )
            }
            guard EventBatch.ofSlots.contains(event.type), let slots, let slot = event.slot else { return }
            guard slot <= slots.count else {
                throw Fault(.badInput, "\(name): slot: \(slot) is none of the reel's \(slots.count)")
            }
            let clip = slots[Int(slot) - 1]
            if let title = event.title, title != clip.title {
                throw Fault(.badInput, "\(name): title: slot \(slot) shows '\(printable(clip.title))'")
            }
            if let type = event.clip, type != clip.type {
                throw Fault(.badInput, "\(name): clip: slot \(slot) shows '\(printable(clip.type))'")
            }
        }
    }
}
