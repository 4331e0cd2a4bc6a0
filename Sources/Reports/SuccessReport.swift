public import Diagnostics
import Learning

/// How reels did: rates of reels and slots by what they have in common, and for each slot, title and length what is to be said for it alone.
public struct SuccessReport: Hashable, Sendable, Encodable {
    /// What rows have in common.
    public enum Dimension: String, CaseIterable, Sendable, Codable {
        /// The UTC day of delivery.
        case day
        /// The cadence.
        case cadence
        /// The edition.
        case edition
        /// The arm of an experiment.
        case arm
    }

    /// The first day that is in it; `nil` where nothing is.
    public let from: String?
    /// The last day that is in it.
    public let to: String?
    /// All reels together.
    public let total: Reels
    /// Reels by a dimension.
    public let reels: [Reels]
    /// Slots by their place.
    public let places: [Slots]
    /// Slots by their title.
    public let titles: [Slots]
    /// Slots by their clip type, which is their length.
    public let lengths: [Slots]
    /// What may be said of skips, a sentence each, the farthest from the expected first.
    public let findings: [String]

    /// Reels that have something in common.
    public struct Reels: Hashable, Sendable, Encodable {
        /// What they have in common.
        public let name: String
        /// What became of them.
        public let counts: ReelCounts
        /// Reels whose last slot was complete, by started ones; `nil` without any.
        public let completion: Double?
        /// Reels whose slots were all complete.
        public let fullWatch: Double?
        /// Reels with a click.
        public let clickThrough: Double?
        /// Reels with a play within 24 hours.
        public let playThrough: Double?
        /// Time stalled, by time stalled or played.
        public let rebufferRatio: Double?

        init(_ name: String, _ counts: ReelCounts) {
            self.name = name
            self.counts = counts
            completion = counts.completion
            fullWatch = counts.fullWatch
            clickThrough = counts.clickThrough
            playThrough = counts.playThrough
            rebufferRatio = counts.rebufferRatio
        }
    }

    /// Slots that have something in common.
    public struct Slots: Hashable, Sendable, Encodable {
        /// What they have in common: the place from 1, the title, or the clip type.
        public let name: String
        /// What became of them.
        public let counts: SlotCounts
        /// Skips by starts.
        public let skipRate: Double?
        /// Clicks by starts.
        public let clickThrough: Double?
        /// Plays within 24 hours by starts.
        public let playRate: Double?
        /// Skips, by those that the other things about these slots would bring: 1 is usual. `nil` where none were expected.
        public let skipsOverExpected: Double?
        /// Clicks in the same way.
        public let clicksOverExpected: Double?
    }

    /// Reports on aggregates.
    ///
    /// - Parameter by: what the rows of reels have in common.
    /// - Throws: `Fault` `.badInput` for counts that are negative.
    public init(_ aggregates: Aggregates, by dimension: Dimension = .day) throws(Fault) {
        let all = aggregates.reels.filter(\.arm.isEmpty)
        from = all.map(\.day).min()
        to = all.map(\.day).max()
        total = Reels("all", all.reduce(into: ReelCounts()) { $0 += $1.counts })
        reels = Self.reels(dimension == .arm ? aggregates.reels.filter { !$0.arm.isEmpty } : all, by: dimension)
        let tables = try SlotTables(aggregates.slots)
        places = tables.rows(.place)
        titles = tables.rows(.title)
        lengths = tables.rows(.length)
        findings = tables.findings
    }

    private static func reels(_ days: [ReelDay], by dimension: Dimension) -> [Reels] {
        var groups: [String: ReelCounts] = [:]
        for day in days {
            let name =
                switch dimension {
                case .day: day.day
                case .cadence: day.cadence.isEmpty ? "(unknown)" : day.cadence
                case .edition: day.edition
                case .arm: day.arm
                }
            groups[name, default: ReelCounts()] += day.counts
        }
        return groups.sorted { $0.key < $1.key }.map { Reels($0.key, $0.value) }
    }
}

/// What slots may be told apart by.
private enum Thing: Int, CaseIterable {
    case place
    case title
    case length

    func name(_ day: SlotDay) -> String {
        switch self {
        case .place: "\(day.slot)"
        case .title: day.title
        case .length: day.clip
        }
    }

    /// How a sentence calls a level.
    func words(_ level: String) -> String {
        switch self {
        case .place: "slot \(level)"
        case .title: "title '\(printable(level))'"
        case .length: "clips of type \(printable(level))"
        }
    }
}

/// Slots by place, title and length, with what is expected of each.
private struct SlotTables {
    private let levels: [[String]]
    private var counts: [[SlotCounts]]
    private let skips: FactorRates
    private let clicks: FactorRates

    init(_ days: [SlotDay]) throws(Fault) {
        levels = Thing.allCases.map { thing in
            let names = Set(days.map(thing.name))
            return thing == .title ? names.sorted() : names.sorted { (Int($0) ?? .max, $0) < (Int($1) ?? .max, $1) }
        }
        let indexes = levels.map { names in Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) }) }
        var cells: [[Int]: SlotCounts] = [:]
        for day in days {
            let key = Thing.allCases.map { indexes[$0.rawValue][$0.name(day)] ?? 0 }
            cells[key, default: SlotCounts()] += day.counts
        }
        counts = levels.map { Array(repeating: SlotCounts(), count: $0.count) }
        for (key, cell) in cells { for (thing, level) in key.enumerated() { counts[thing][level] += cell } }
        let sizes = levels.map(\.count)
        let sorted = cells.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        skips = try Self.rates(sorted, sizes, \.skips)
        clicks = try Self.rates(sorted, sizes, \.clicks)
    }

    private static func rates(
        _ cells: [(key: [Int], value: SlotCounts)], _ sizes: [Int], _ count: KeyPath<SlotCounts, Int64>
    ) throws(Fault) -> FactorRates {
        try FactorRates(
            cells.map {
                FactorRates.Cell(
                    levels: $0.key, starts: Double($0.value.starts), count: Double($0.value[keyPath: count]))
            }, levels: sizes)
    }

    func rows(_ thing: Thing) -> [SuccessReport.Slots] {
        levels[thing.rawValue].enumerated().map { level, name in
            let counts = counts[thing.rawValue][level]
            return SuccessReport.Slots(
                name: name, counts: counts, skipRate: counts.skipRate, clickThrough: counts.clickThrough,
                playRate: counts.playRate, skipsOverExpected: skips.things[thing.rawValue][level].ratio,
                clicksOverExpected: clicks.things[thing.rawValue][level].ratio)
        }
    }

    /// Far enough from what was expected that chance is no explanation, even of the largest of some hundred.
    private static let notable = 3.5
    /// More than this nobody reads.
    private static let mostFindings = 8

    /// What stands out most, each by itself: a place is not blamed for its titles, nor a title for its place.
    var findings: [String] {
        var found: [(deviation: Double, sentence: String)] = []
        for thing in Thing.allCases {
            for (level, name) in levels[thing.rawValue].enumerated() {
                let rates = skips.things[thing.rawValue][level]
                guard let ratio = rates.ratio, rates.deviation.magnitude >= Self.notable else { continue }
                let others = Thing.allCases.filter { $0 != thing }.map(Self.noun).joined(separator: " and ")
                let words = thing.words(name)
                let start = words.prefix(1).uppercased() + words.dropFirst()
                found.append(
                    (
                        rates.deviation.magnitude,
                        "\(start) \(thing == .length ? "are" : "is") skipped \(Cells.decimals(ratio, 2)) times as often as "
                            + "\(others) let expect (\(Int(rates.observed)) of \(Int(rates.starts)), expected "
                            + "\(Cells.decimals(rates.expected, 0)))."
                    ))
            }
        }
        found.sort { ($1.deviation, $0.sentence) < ($0.deviation, $1.sentence) }
        let more = found.count - Self.mostFindings
        return found.prefix(Self.mostFindings).map(\.sentence)
            + (more > 0 ? ["\(more) more stand out less; the tables have them."] : [])
    }

    private static func noun(_ thing: Thing) -> String {
        switch thing {
        case .place: "place"
        case .title: "title"
        case .length: "length"
        }
    }
}
