import Foundation
import TestSupport

/// Reels of three slots that were filled by chance, as a service logs them, and what their viewers did; and what a reader counts in the same
/// with nothing but loops.
struct LoggedAudience: Sendable {
    /// A slot that was delivered, and what came of it.
    struct Slot: Sendable {
        var title: Int
        var propensity: Double
        var start: Int64?
        var isComplete = false
        var skippedAfter: Int64?
        var isClicked = false
        var isPlayed = false
    }

    struct Reel: Sendable {
        var number: Int
        var viewer: Int
        var at: Int64
        var slots: [Slot]
        var stalled: Int64 = 0

        var cadence: String { number % 2 == 0 ? "short" : "other" }
        var arm: String { viewer % 4 < 2 ? "now" : "new" }
        var isStarted: Bool { slots[0].start != nil }
        /// All slots in less than a second: no person.
        var isBot: Bool {
            slots.allSatisfy { $0.start != nil } && (slots[2].start ?? 0) - (slots[0].start ?? 0) < 1_000
        }
        var day: String { String(LoggedAudience.text(at).prefix(10)) }
    }

    static let types = ["80", "40", "40"]
    static let lengths: [Int64] = [3_333, 1_666, 1_666]
    static let titles = 12
    static let hour: Int64 = 3_600_000
    static let day = 24 * hour
    static let experiment = "layer/x"

    let edition: String
    private(set) var reels: [Reel] = []
    private(set) var lines: [String] = []
    private var random: FixedRandom

    /// - Parameters:
    ///   - from: the first moment, in milliseconds since 1970.
    ///   - liking: the chance of a play of a title of the viewer's genre; of another it is a tenth.
    init(
        _ count: Int, edition: String, from: Int64, days: Int64, viewers: Int = 200, liking: Double = 0.4,
        seed: UInt64 = 7
    ) {
        self.edition = edition
        random = FixedRandom(state: seed)
        for number in 0..<count {
            let at = from + Int64(number) * days * Self.day / Int64(count)
            add(number, viewer: number * 7 % viewers, at: at, liking: liking)
        }
    }

    private mutating func chance() -> Double { Double.random(in: 0..<1, using: &random) }

    static func genre(_ title: Int) -> Int { title % 3 }

    static func text(_ milliseconds: Int64) -> String {
        let seconds = Date(timeIntervalSince1970: Double(milliseconds / 1000)).formatted(.iso8601)
        let fraction = String(1_000 + milliseconds % 1000).dropFirst()
        return seconds.dropLast() + ".\(fraction)Z"
    }

    private mutating func add(_ number: Int, viewer: Int, at: Int64, liking: Double) {
        var left = Array(1...Self.titles)
        var slots: [Slot] = []
        for _ in Self.types {
            let propensity = 1 / Double(left.count)
            slots.append(Slot(title: left.remove(at: Int(chance() * Double(left.count))), propensity: propensity))
        }
        var reel = Reel(number: number, viewer: viewer, at: at, slots: slots)
        let isBot = chance() < 0.02
        if chance() > 0.1 || isBot { watch(&reel, isBot: isBot, liking: liking) }
        reels.append(reel)
        log(reel)
    }

    private mutating func watch(_ reel: inout Reel, isBot: Bool, liking: Double) {
        var at = reel.at + 1_000
        for place in reel.slots.indices {
            reel.slots[place].start = at
            if isBot {
                at += 200
                continue
            }
            if chance() < 0.25 {
                reel.slots[place].skippedAfter = 500
                at += 500
            } else {
                reel.slots[place].isComplete = true
                at += Self.lengths[place]
            }
            reel.slots[place].isClicked = chance() < 0.1
            let isLiked = Self.genre(reel.slots[place].title) == reel.viewer % 3
            reel.slots[place].isPlayed = chance() < (isLiked ? liking : liking / 10)
            if reel.slots[place].skippedAfter != nil, chance() < 0.3 { break }
        }
        if chance() < 0.05 { reel.stalled = 700 }
    }

    private mutating func log(_ reel: Reel) {
        let id = "r\(reel.number)"
        func line(_ type: String, _ name: String, _ at: Int64, _ more: String) -> String {
            #"{"v":1,"event_id":"\#(id)-\#(name)","type":"\#(type)","ts":"\#(Self.text(at))","#
                + #""viewer":"v\#(reel.viewer)","edition":"\#(edition)"\#(more)}"#
        }
        let plan = reel.slots.enumerated().map { place, slot in
            #"{"slot":\#(place + 1),"title":"T\#(slot.title)","clip":"\#(Self.types[place])","#
                + #""ms":\#(Self.lengths[place]),"propensity":\#(slot.propensity)}"#
        }
        let mine = #","reel":"\#(id)""#
        lines.append(
            line(
                "impression", "i", reel.at,
                mine + #","cadence":"\#(reel.cadence)","region":"DE","tz":"+00:00","slots":["#
                    + plan.joined(separator: ",")
                    + #"],"arms":["\#(Self.experiment)/\#(reel.arm)"]"#))
        for (place, slot) in reel.slots.enumerated() {
            guard let start = slot.start else { continue }
            let keys = mine + #","slot":\#(place + 1),"title":"T\#(slot.title)","clip":"\#(Self.types[place])","n":1"#
            lines.append(line("slot_start", "s\(place)", start, keys))
            if slot.isComplete { lines.append(line("slot_complete", "c\(place)", start + Self.lengths[place], keys)) }
            if let after = slot.skippedAfter {
                lines.append(line("skip", "k\(place)", start + after, keys + #","at_ms":\#(after),"to":"next""#))
            }
            if slot.isClicked { lines.append(line("click", "l\(place)", start + 300, keys)) }
            if slot.isPlayed {
                lines.append(line("play", "p\(place)", start + Self.hour, #","title":"T\#(slot.title)""#))
            }
        }
        if reel.stalled > 0 {
            lines.append(
                line("rebuffer", "b", reel.at + 1_500, mine + #","stalled_ms":\#(reel.stalled),"startup":false"#))
        }
    }

    // MARK: What loops count

    /// Whether a slot's title was played within a day, and before it was shown to the viewer again.
    func isPlayed(_ reel: Reel, _ slot: Slot) -> Bool {
        guard let start = slot.start else { return false }
        let others = reels.filter { $0.viewer == reel.viewer }.flatMap(\.slots).filter { $0.title == slot.title }
        let next = others.compactMap(\.start).filter { $0 > start }.min() ?? .max
        let plays = others.compactMap { other in other.isPlayed ? other.start.map { $0 + Self.hour } : nil }
        return plays.contains { $0 >= start && $0 <= start + Self.day && $0 < next }
    }

    /// The table of reels, as `report --tables` writes it.
    var reelTable: [String] {
        var rows: [String: [Int64]] = [:]
        for reel in reels {
            let done = reel.slots.map(\.isComplete)
            let plays = reel.slots.count { isPlayed(reel, $0) }
            let played = zip(reel.slots, Self.lengths).reduce(0) {
                $0 + ($1.0.isComplete ? $1.1 : $1.0.skippedAfter ?? 0)
            }
            let isStarted = reel.isStarted
            let counts: [Int64] =
                reel.isBot
                ? [0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
                : [
                    1, isStarted ? 1 : 0, done[2] ? 1 : 0, done.allSatisfy(\.self) ? 1 : 0,
                    reel.slots.contains(where: \.isClicked) ? 1 : 0, plays > 0 ? 1 : 0, Int64(plays), reel.stalled,
                    played, 0,
                ]
            for arm in ["", "\(Self.experiment)/\(reel.arm)"] {
                let key = "\(reel.day),\(edition),\(reel.cadence),\(arm)"
                rows[key] = zip(rows[key] ?? Array(repeating: 0, count: 10), counts).map(+)
            }
        }
        return Self.table(
            "day,edition,cadence,arm,delivered,started,completed,full,clicked,played_through,plays,stalled_ms,played_ms,bots",
            rows)
    }

    /// The table of slots, as `report --tables` writes it; its rows in the order of text.
    var slotTable: [String] {
        var rows: [String: [Int64]] = [:]
        for reel in reels where !reel.isBot {
            for (place, slot) in reel.slots.enumerated() where slot.start != nil {
                let key = "\(reel.day),\(edition),\(reel.cadence),\(place + 1),T\(slot.title),\(Self.types[place])"
                let counts = [true, slot.isComplete, slot.skippedAfter != nil, slot.isClicked, isPlayed(reel, slot)]
                rows[key] = zip(rows[key] ?? Array(repeating: 0, count: 5), counts.map { $0 ? 1 : 0 }).map(+)
            }
        }
        return Self.table("day,edition,cadence,slot,title,clip,starts,completes,skips,clicks,plays", rows)
    }

    private static func table(_ head: String, _ rows: [String: [Int64]]) -> [String] {
        [head] + rows.map { "\($0),\($1.map(String.init).joined(separator: ","))" }.sorted()
    }
}
