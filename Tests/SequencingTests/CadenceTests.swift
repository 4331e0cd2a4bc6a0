import Diagnostics
import Foundation
import Sequencing
import Testing

private func cadence(_ json: String) throws(Fault) -> Cadence {
    try StrictJSON.decode(Cadence.self, from: json.utf8, named: "c.json")
}

@Suite struct CadenceTests {
    /// The contract's text of the built-in cadence.
    private let json = """
        {"name": "default", "minTitles": 3, "repeat": {"max": 1, "minDistance": 4},
         "slots": [{"title": "Sizzle", "type": "opening", "optional": true},
                   {"type": "80"}, {"type": "80"}, {"type": "80"}, {"type": "80"},
                   {"type": "40"}, {"type": "40"}, {"type": "40"}, {"type": "40"}, {"type": "40"}, {"type": "40"},
                   {"title": "Sizzle", "type": "closing", "optional": true}]}
        """

    @Test func theBuiltInOneIsTheContracts() throws {
        #expect(try cadence(json) == Cadence.default)
        try Cadence.default.check()
        #expect(Cadence.default.slots.map(\.length) == [nil, 80, 80, 80, 80, 40, 40, 40, 40, 40, 40, nil])
    }

    @Test func writesWhatItReads() throws {
        let encoded = try JSONEncoder().encode(Cadence.default)
        #expect(try StrictJSON.decode(Cadence.self, from: encoded, named: "c.json") == Cadence.default)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let slot = String(decoding: try encoder.encode(Cadence.Slot(type: "hero", frames: 96)), as: UTF8.self)
        #expect(slot == #"{"frames":96,"type":"hero"}"#)
    }

    @Test func mostKeysMayBeLeftOut() throws {
        #expect(
            try cadence(#"{"name": "x", "extra": 1, "slots": [{"type": "hero", "frames": 96, "why": "big"}]}"#)
                == Cadence(
                    name: "x", minTitles: 1, repeat: .init(max: 1, minDistance: 1),
                    slots: [.init(type: "hero", frames: 96)]))
        #expect(
            try cadence(#"{"name": "x", "repeat": {"max": 2}, "slots": [{"type": "80"}]}"#).repeat
                == .init(max: 2, minDistance: 1))
    }

    @Test(arguments: [
        (#"{"name": " ", "slots": [{"type": "80"}]}"#, "name: it is blank"),
        (#"{"slots": [{"type": "80"}]}"#, "the key 'name' is missing"),
        (#"{"name": "x", "slots": []}"#, "slots: none is ranked; a cadence needs at least one slot without a title"),
        (
            #"{"name": "x", "slots": [{"title": "S", "type": "opening"}]}"#,
            "slots: none is ranked; a cadence needs at least one slot without a title"
        ),
        (
            #"{"name": "x", "slots": [{"type": "80"}, {"type": "hero"}]}"#,
            #"slot 2: type 'hero' is not a number of frames; add "frames""#
        ),
        (
            #"{"name": "x", "slots": [{"type": "80", "frames": 40}]}"#,
            "slot 1: type 80 says 80 frames, frames says 40; leave frames out"
        ),
        (#"{"name": "x", "slots": [{"type": "0"}]}"#, "slot 1: a length of 0 frames is not from 1 to 2147483647"),
        (
            #"{"name": "x", "slots": [{"type": "hero", "frames": -1}]}"#,
            "slot 1: a length of -1 frames is not from 1 to 2147483647"
        ),
        (
            #"{"name": "x", "slots": [{"type": "80", "optional": true}]}"#,
            "slot 1: only a slot with a title can be optional"
        ),
        (#"{"name": "x", "slots": [{"title": "", "type": "80"}]}"#, "slot 1: its title is empty"),
        (#"{"name": "x", "slots": [{"type": ""}]}"#, "slot 1: its type is empty"),
        (
            #"{"name": "x", "minTitles": 2, "slots": [{"type": "80"}, {"title": "S", "type": "80"}]}"#,
            "minTitles: 2 is not from 1 to 1, the number of ranked slots"
        ),
        (
            #"{"name": "x", "minTitles": 2, "maxTitles": 1, "slots": [{"type": "80"}, {"type": "80"}]}"#,
            "maxTitles: 1 is less than minTitles, 2"
        ),
        (
            #"{"name": "x", "slots": [{"type": "80", "alternates": ["hero", "40"]}]}"#,
            "slot 1: alternate '40' says 40 frames, the slot has 80"
        ),
        (#"{"name": "x", "slots": [{"type": "80", "alternates": ["80"]}]}"#, "slot 1: alternate '80' is named twice"),
        (
            #"{"name": "x", "slots": [{"type": "80", "alternates": [""]}]}"#,
            "slot 1: alternate '': the name is empty"
        ),
        (
            #"{"name": "x", "minTitles": 0, "slots": [{"type": "80"}]}"#,
            "minTitles: 0 is not from 1 to 1, the number of ranked slots"
        ),
        (
            #"{"name": "x", "repeat": {"max": 0}, "slots": [{"type": "80"}]}"#,
            "repeat.max: 0 is less than 1; 1 shows each title once"
        ),
        (
            #"{"name": "x", "repeat": {"minDistance": 0}, "slots": [{"type": "80"}]}"#,
            "repeat.minDistance: 0 is less than 1, the next slot"
        ),
        (#"{"name": "x", "slots": [{"type": 80}]}"#, "slots[0].type: expected a string, found 80"),
        (
            #"{"name": "x", "slots": [{"type": "a", "frames": "9"}]}"#,
            "slots[0].frames: expected a whole number, found a string"
        ),
    ])
    func refusesWhatNoReelCanFollow(json: String, message: String) {
        #expect(throws: Fault(.badInput, "c.json: \(message)")) { try cadence(json) }
    }
}
