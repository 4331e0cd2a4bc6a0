import Catalogue
import Diagnostics
import Foundation
import MediaTime
public import Plans
public import Sequencing

/// Viewers who are not there, for trying what learns from viewers: each has a taste that drifts, each title an appeal that nobody knows.
///
/// Whether a title is played after its clip depends on taste and appeal, on how new the title is, on the place of the slot (attention falls) and
/// on its length; whether a slot is skipped or the reel left, on the same in reverse. The same settings give the same audience.
public struct SimulatedAudience: Sendable {
    /// A title.
    struct Title {
        var id: String
        /// The day on which it came, from 0; negative for those that were there.
        var day: Int
        /// The day from which it is gone.
        var gone: Int
        var genres: [Int]
        /// What nobody knows: how much better than its genres it is.
        var appeal: Double
    }

    /// How it behaves.
    public let settings: AudienceSettings
    let titles: [Title]
    private let numbers: [String: Int]
    private var tastes: [[Double]]
    private var chance: Chance
    private static let genres = [
        "comedy", "crime", "drama", "family", "horror", "nature", "romance", "science fiction",
    ]

    /// Makes an audience.
    public init(_ settings: AudienceSettings) {
        self.settings = settings
        var chance = Chance(seed: settings.seed)
        let weeks = settings.days / 7 + 1
        var titles: [Title] = []
        for number in 0..<settings.titles + weeks * settings.newPerWeek {
            let isNew = number >= settings.titles
            let week = isNew ? (number - settings.titles) / settings.newPerWeek : 0
            let first = chance.below(Self.genres.count)
            let second = chance.below(Self.genres.count)
            titles.append(
                Title(
                    id: "t" + String(1_000 + number), day: isNew ? week * 7 : -30 - chance.below(1_000),
                    gone: .max, genres: first == second ? [first] : [first, second], appeal: 0.8 * chance.normal()))
        }
        // Each week as many go as come: the oldest.
        let oldest = titles.indices.prefix(settings.titles).sorted { titles[$0].day < titles[$1].day }
        for (place, number) in oldest.prefix(weeks * settings.newPerWeek).enumerated() {
            titles[number].gone = place / max(1, settings.newPerWeek) * 7
        }
        self.titles = titles
        numbers = Dictionary(uniqueKeysWithValues: titles.enumerated().map { ($1.id, $0) })
        tastes = (0..<settings.viewers).map { _ in Self.genres.map { _ in chance.normal() } }
        self.chance = chance
    }

    /// What a viewer is called.
    public func viewer(_ number: Int) -> String { "viewer-\(number)" }

    /// The clips of all titles, those to come too: one of 80 frames and one of 40 each.
    public var clips: [EditionClip] {
        titles.enumerated().flatMap { number, title in
            [80, 40].compactMap { (length: Int64) in
                let start = Int64(number) * 120 + (length == 80 ? 0 : 80)
                return FrameRange(start, start + length).map {
                    EditionClip(title: title.id, type: "\(length)", range: $0)
                }
            }
        }
    }

    /// The moment at which a day begins.
    public func start(ofDay day: Int) -> Timestamp {
        Timestamp(milliseconds: settings.start.milliseconds + Int64(day) * Timestamp.day)
    }

    /// The titles that are known on a day, as a file of titles.
    public func titleLines(onDay day: Int) -> [UInt8] {
        var json: [UInt8] = []
        for title in titles where title.day <= day {
            var line = JSONWriter()
            line.object { line in
                line.member("id", title.id)
                line.member("released", start(ofDay: title.day).utcDay.description)
                line.array("genres") { line in for genre in title.genres { line.element(Self.genres[genre]) } }
                line.array("available") { line in
                    line.element(start(ofDay: title.day).utcDay.description)
                    line.element(title.gone == .max ? "9999-12-31" : start(ofDay: title.gone).utcDay.description)
                }
            }
            json += line.bytes + [UInt8(ascii: "\n")]
        }
        return json
    }

    /// Lets tastes drift by a week.
    public mutating func driftAWeek() {
        let kept = (1 - settings.drift * settings.drift).squareRoot()
        for viewer in tastes.indices {
            for genre in tastes[viewer].indices {
                tastes[viewer][genre] = kept * tastes[viewer][genre] + settings.drift * chance.normal()
            }
        }
    }

    /// What draws a viewer to a title on a day, in logits.
    private func pull(_ viewer: Int, _ title: Title, onDay day: Int) -> Double {
        let taste = title.genres.reduce(0) { $0 + tastes[viewer][$1] } / Double(title.genres.count)
        let age = Double(max(0, day - title.day))
        return 1.1 * taste + title.appeal + 0.6 * exp2(-age / 60)
    }

    /// How good a title is to the whole audience on a day: what an estimate should follow.
    public func worth(of title: String, onDay day: Int) -> Double {
        guard let number = numbers[title] else { return 0 }
        let age = Double(max(0, day - titles[number].day))
        return titles[number].appeal + 0.6 * exp2(-age / 60)
    }

    /// The titles that came in the last days before one.
    public func newTitles(before day: Int, within days: Int) -> [String] {
        titles.filter { (day - days..<day).contains($0.day) }.map(\.id)
    }

    /// What became of a reel.
    public struct Watched: Hashable, Sendable {
        /// Titles that were played.
        public var plays = 0
        /// Whether the last slot came to its end.
        public var isComplete = false
    }

    /// Lets a viewer watch a reel.
    ///
    /// - Parameters:
    ///   - isLifted: whether the viewer is in the arm that plays more.
    ///   - log: gets the events as lines.
    public mutating func watch(
        _ plan: ReelPlan, reel: String, viewer: Int, at: Timestamp, day: Int, isLifted: Bool, log: inout [UInt8]
    ) -> Watched {
        var watched = Watched()
        var time = at.milliseconds
        for (place, slot) in plan.slots.enumerated() {
            guard let number = numbers[slot.title] else { continue }
            let length = (Int64(slot.type) ?? 80) * 1_000 / 24
            let event = ReelEvent(reel: reel, plan: plan, slot: place, viewer: self.viewer(viewer))
            event.write("slot_start", at: time, to: &log)
            let pull = pull(viewer, titles[number], onDay: day)
            let attention = -0.12 * Double(place)
            let odds = exp(-3.4 + pull + attention + 0.35 * (slot.type == "80" ? 1 : 0))
            let play = min(1, odds / (1 + odds) * (isLifted ? 1 + settings.lift : 1))
            if chance.happens(play) {
                watched.plays += 1
                log += PlayEvent(viewer: self.viewer(viewer), title: slot.title, at: time + 3_600_000).line
            }
            let leave = 1 / (1 + exp(3.2 + 0.7 * pull))
            if chance.happens(leave) {
                let isExit = chance.happens(0.5)
                event.write("skip", at: time + length / 2, more: isExit ? "exit" : "next", to: &log)
                if isExit { return watched }
                time += length / 2
            } else {
                time += length
                event.write("slot_complete", at: time, to: &log)
                if place == plan.slots.count - 1 { watched.isComplete = true }
            }
        }
        return watched
    }

    /// Lets viewers play titles that they found elsewhere: what is good, and to their taste, more often.
    public mutating func playElsewhere(onDay day: Int, log: inout [UInt8]) {
        let there = titles.filter { $0.day <= day && $0.gone > day }
        for _ in 0..<settings.otherPlaysPerDay {
            let viewer = chance.below(settings.viewers)
            // Of some that they happen on, the one that pulls most.
            let seen = (0..<6).map { _ in there[chance.below(there.count)] }
            guard let best = seen.max(by: { pull(viewer, $0, onDay: day) < pull(viewer, $1, onDay: day) }) else {
                return
            }
            let time = start(ofDay: day).milliseconds + Int64(chance.unit() * Double(Timestamp.day))
            log += PlayEvent(viewer: self.viewer(viewer), title: best.id, at: time).line
        }
    }

    /// Draws who watches next, and when on a day.
    public mutating func next(onDay day: Int) -> (viewer: Int, at: Timestamp) {
        let viewer = chance.below(settings.viewers)
        let time = start(ofDay: day).milliseconds + Int64(chance.unit() * Double(Timestamp.day - 7_200_000))
        return (viewer, Timestamp(milliseconds: time))
    }
}

/// What happened in a slot.
private struct ReelEvent {
    var reel: String
    var plan: ReelPlan
    var slot: Int
    var viewer: String

    func write(_ type: String, at time: Int64, more to: String? = nil, to log: inout [UInt8]) {
        var json = JSONWriter(capacity: 256)
        json.object { json in
            json.member("v", 1)
            json.member("event_id", EventID.of(reel, slot: slot + 1, type, 1))
            json.member("type", type)
            json.member("ts", Timestamp(milliseconds: time).description)
            json.member("viewer", viewer)
            json.member("reel", reel)
            json.member("edition", plan.edition)
            json.member("slot", slot + 1)
            json.member("title", plan.slots[slot].title)
            json.member("clip", plan.slots[slot].type)
            json.member("n", 1)
            json.member("to", to)
        }
        log += json.bytes + [UInt8(ascii: "\n")]
    }
}

/// A title that was played.
private struct PlayEvent {
    var viewer: String
    var title: String
    var at: Int64

    var line: [UInt8] {
        let time = Timestamp(milliseconds: at)
        var json = JSONWriter(capacity: 192)
        json.object { json in
            json.member("v", 1)
            json.member("event_id", EventID.ofPlay(viewer: viewer, title: title, at: time))
            json.member("type", "play")
            json.member("ts", time.description)
            json.member("viewer", viewer)
            json.member("title", title)
            json.member("watched_ms", 1_800_000)
            json.member("duration_ms", 5_400_000)
        }
        return json.bytes + [UInt8(ascii: "\n")]
    }
}
