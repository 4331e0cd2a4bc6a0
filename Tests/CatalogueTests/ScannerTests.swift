import Diagnostics
import Foundation
import TestSupport
import Testing

@testable import Catalogue

/// Lines of events, most as services write them, some as nobody should.
private struct LineMaker {
    private var random: FixedRandom

    init(seed: UInt64) { random = FixedRandom(state: seed) }

    private static let types = ["play", "skip", "click", "slot_start", "slot_complete", "rebuffer"]
    private static let texts = [
        "A", "v1", "r/1", " ", "", "a b", "é", "a\\\"b", "\\u0041", "\\u0000", "x\u{1}", "2026-11-24T20:15:03.120Z",
        "+01:00", "null",
        "{", "日本", "\\ud83d\\ude00", "\\ud83d", "%n", "'",
    ]
    private static let numbers = [
        "0", "1", "3", "12", "1200", "999999999999999", "1000000000000000", "9223372036854775807",
        "9223372036854775808", "-1", "-0",
        "01", "1.0", "1.5", "1e3", "1E-2", "+1", "0x1", "NaN", "1e999",
    ]
    private static let others = ["true", "false", "null", "[]", "{}", "[1,2]", #"{"a":1}"#, "tru", "True", ""]
    private static let times = [
        "2026-11-24T20:15:03.120Z", "2026-11-24T21:15:03+01:00", "2026-02-29T00:00:00Z", "2024-02-29T00:00:00Z",
        "2026-11-24",
        "2026-11-24T24:00:00Z", "2026-11-24t20:15:03z", "0000-01-01T00:00:00+01:00",
    ]

    private mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }
    private mutating func pick(_ from: [String]) -> String { from.randomElement(using: &random) ?? "" }

    /// A value: mostly `usual`.
    private mutating func value(_ usual: String) -> String {
        guard chance(25) else { return usual }
        switch Int.random(in: 0..<3, using: &random) {
        case 0: return "\"" + pick(Self.texts) + "\""
        case 1: return pick(Self.numbers)
        default: return pick(Self.others)
        }
    }

    private mutating func space() -> String { chance(12) ? pick([" ", "  ", "\t", "\r"]) : "" }

    private static func members(_ type: String, number: Int) -> [(String, String)] {
        [
            ("v", "1"), ("event_id", "\"e\(number)\""), ("type", "\"\(type)\""), ("ts", "\"2026-11-24T20:15:03.120Z\""),
            ("viewer", "\"v1\""), ("title", "\"A\""), ("reel", "\"r1\""), ("edition", "\"E\""), ("slot", "3"),
            ("clip", "\"80\""), ("n", "1"), ("at_ms", "1200"), ("to", "\"next\""), ("tz", "\"+01:00\""),
            ("startup", "false"), ("stalled_ms", "20"), ("watched_ms", "5"), ("duration_ms", "7"), ("more", "\"text\""),
        ]
    }

    /// For each type every line in which one value is another or gone, and all else is as it should be.
    static var withOneChange: [String] {
        let values = texts.map { "\"\($0)\"" } + times.map { "\"\($0)\"" } + numbers + others
        return types.flatMap { type in
            let members = members(type, number: 1).map { ($0.0, "\"\($0.0)\":\($0.1)") }
            return members.indices.flatMap { place in
                let before = members[..<place].map(\.1)
                let after = members[(place + 1)...].map(\.1)
                return ([[]] + values.map { ["\"\(members[place].0)\":\($0)"] }).map {
                    "{" + (before + $0 + after).joined(separator: ",") + "}"
                }
            }
        }
    }

    /// A line; `isPlain` when nothing but the order of its keys was left to chance.
    mutating func line() -> (text: String, isPlain: Bool) {
        var members = Self.members(pick(Self.types), number: Int.random(in: 0..<99, using: &random))
        let isPlain = chance(3)
        if !isPlain {
            members.removeAll { _ in chance(12) }
            if chance(4) {
                members.append(
                    (pick(["more", "x", "slot", "at_ms", "startup", "title", "ti\\u0074le", "", "event_id"]), "1"))
            }
            for place in members.indices {
                let usual = members[place].0 == "ts" && chance(6) ? "\"\(pick(Self.times))\"" : members[place].1
                members[place].1 = value(usual)
            }
        }
        members.shuffle(using: &random)
        guard !isPlain else {
            return ("{" + members.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}", true)
        }
        var text = "{"
        for (number, member) in members.enumerated() {
            text +=
                (number > 0 ? "," : "") + space() + "\"" + member.0 + "\"" + space() + ":" + space() + member.1
                + space()
        }
        return (text + "}", false)
    }

    /// The line with some bytes changed, gone, new or there twice.
    mutating func mutated(_ text: String) -> [UInt8] {
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.remove(at: place)
            case 2:
                bytes.insert(
                    pick(["\"", ",", ":", "{", "}", "0", "\\", " ", "\n", "\u{0}"]).utf8.first ?? 0, at: place)
            default:
                let end = min(bytes.count, place + Int.random(in: 1...20, using: &random))
                bytes.insert(contentsOf: bytes[place..<end], at: place)
            }
        }
        return bytes
    }
}

/// The quick reader of lines says what the strict one says, or nothing. SIZZLE_EXAMPLES sets how many thousand lines are tried.
@Suite struct ScannerTests {
    private static let thousands = Int(ProcessInfo.processInfo.environment["SIZZLE_EXAMPLES"] ?? "") ?? 15

    /// What both say of the first line of some bytes.
    private func read(_ bytes: [UInt8]) -> (quick: EventRecord?, strict: EventRecord?)? {
        var lines = StrictJSON.Lines(bytes, named: "e")
        guard let row = lines.nextRow() else { return nil }
        let strict = try? row.parsed().decode(EventRecord.self)
        return (row.bytes.withUnsafeBufferPointer(EventScanner.record), strict)
    }

    @Test func theQuickReaderSaysWhatTheStrictOneSays() {
        var maker = LineMaker(seed: 29)
        var (plain, quick, refused) = (0, 0, 0)
        for _ in 0..<Self.thousands * 1_000 {
            let line = maker.line()
            for bytes in [Array(line.text.utf8), maker.mutated(line.text)] {
                guard let read = read(bytes) else { continue }
                if read.strict == nil { refused += 1 }
                guard read.quick != nil else { continue }
                quick += 1
                #expect(read.quick == read.strict, "\(String(decoding: bytes, as: UTF8.self))")
            }
            if line.isPlain {
                plain += 1
                // What is written like most is read quickly.
                #expect(read(Array(line.text.utf8))?.quick != nil, "\(line.text)")
            }
        }
        // The lines are neither all good nor all bad.
        let counts = [plain, quick, refused].map { $0 / Self.thousands }
        #expect(counts.allSatisfy { $0 > 250 }, "of a thousand: \(counts)")
    }

    @Test func oneValueThatIsAnother() {
        let lines = LineMaker.withOneChange
        let reads = lines.compactMap { line in read(Array(line.utf8)).map { (line, $0) } }
        for (line, read) in reads where read.quick != nil { #expect(read.quick == read.strict, "\(line)") }
        #expect(reads.count == lines.count && lines.count == 6 * 19 * 59)
        #expect(reads.contains { $0.1.quick != nil } && reads.contains { $0.1.strict == nil })
    }

    /// Every line that the quick reader takes is stored as the strict reader would have it stored.
    @Test func bothAreStoredAlike() throws {
        var maker = LineMaker(seed: 5)
        var lines: [String] = []
        while lines.count < 500 {
            let line = maker.line().text
            if let read = read(Array(line.utf8)), read.quick != nil { lines.append(line) }
        }
        lines = lines.enumerated().map { $1.replacing("\"v1\"", with: "\"v\($0)\"") }
        // A tab after the brace is nothing to JSON, and too much for the quick reader.
        let slow = lines.map { $0.replacing("{", with: "{\t", maxReplacements: 1) }
        let states = try [lines, slow].map { lines in
            let folder = try Folder()
            let catalogue = try Catalogue.open(folder.catalogue)
            try catalogue.importEvents(Array(lines.joined(separator: "\n").utf8), named: "e", receivedAt: received)
            return try folder.state().map { $0.replacing("{\t", with: "{").replacing("{\\t", with: "{") }
        }
        #expect(states[0] == states[1] && states[0].count > 50)
    }
}
