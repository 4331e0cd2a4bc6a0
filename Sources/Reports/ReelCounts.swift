/// What became of reels: counts that can be added, of any days, machines and groups of viewers.
///
/// A reel counts as started when its first slot was seen. Reels whose slots all went by in less than a second, a machine's, are set aside
/// and counted in ``bots`` alone.
public struct ReelCounts: Hashable, Sendable, Codable {
    /// Reels that were delivered, or else heard of.
    public var delivered: Int64 = 0
    /// Of those, reels whose first slot was shown. The denominator of the rates below.
    public var started: Int64 = 0
    /// Reels whose last slot was shown to its end.
    public var completed: Int64 = 0
    /// Reels whose slots were all shown to their ends.
    public var full: Int64 = 0
    /// Reels with a click.
    public var clicked: Int64 = 0
    /// Reels with a title that was played within 24 hours of its slot, and watched for 10 % or 5 minutes.
    public var playedThrough: Int64 = 0
    /// Slots whose title was so played.
    public var plays: Int64 = 0
    /// How long pictures stood still, start-up and seeks left out, in milliseconds.
    public var stalledMilliseconds: Int64 = 0
    /// How long slots ran, in milliseconds.
    public var playedMilliseconds: Int64 = 0
    /// Reels that are set aside.
    public var bots: Int64 = 0

    /// Counts of nothing.
    public init() {}

    /// The counts, by the names of their columns.
    static var columns: [(name: String, path: WritableKeyPath<ReelCounts, Int64>)] {
        [
            ("delivered", \.delivered), ("started", \.started), ("completed", \.completed), ("full", \.full),
            ("clicked", \.clicked), ("played_through", \.playedThrough), ("plays", \.plays),
            ("stalled_ms", \.stalledMilliseconds), ("played_ms", \.playedMilliseconds), ("bots", \.bots),
        ]
    }

    /// Adds counts.
    public static func += (left: inout ReelCounts, right: ReelCounts) {
        for column in columns { left[keyPath: column.path] += right[keyPath: column.path] }
    }

    /// The rates; each `nil` where there is nothing to divide by.
    public var completion: Double? { share(completed, of: started) }
    /// Reels whose slots were all shown to their ends, by started ones.
    public var fullWatch: Double? { share(full, of: started) }
    /// Reels with a click, by started ones.
    public var clickThrough: Double? { share(clicked, of: started) }
    /// Reels with a play within 24 hours, by started ones.
    public var playThrough: Double? { share(playedThrough, of: started) }
    /// Time stalled, by time stalled or played.
    public var rebufferRatio: Double? { share(stalledMilliseconds, of: stalledMilliseconds + playedMilliseconds) }
}

/// What became of slots: counts that can be added.
public struct SlotCounts: Hashable, Sendable, Codable {
    /// Times that a slot was shown.
    public var starts: Int64 = 0
    /// Times that it was shown to its end.
    public var completes: Int64 = 0
    /// Times that it was skipped.
    public var skips: Int64 = 0
    /// Times that it was clicked, a click a slot.
    public var clicks: Int64 = 0
    /// Times that its title was played within 24 hours.
    public var plays: Int64 = 0

    /// Counts of nothing.
    public init() {}

    /// The counts, by the names of their columns.
    static var columns: [(name: String, path: WritableKeyPath<SlotCounts, Int64>)] {
        [
            ("starts", \.starts), ("completes", \.completes), ("skips", \.skips), ("clicks", \.clicks),
            ("plays", \.plays),
        ]
    }

    /// Adds counts.
    public static func += (left: inout SlotCounts, right: SlotCounts) {
        for column in columns { left[keyPath: column.path] += right[keyPath: column.path] }
    }

    /// Skips by starts; `nil` without any.
    public var skipRate: Double? { share(skips, of: starts) }
    /// Clicks by starts; `nil` without any.
    public var clickThrough: Double? { share(clicks, of: starts) }
    /// Plays by starts; `nil` without any.
    public var playRate: Double? { share(plays, of: starts) }
}

private func share(_ part: Int64, of whole: Int64) -> Double? { whole > 0 ? Double(part) / Double(whole) : nil }

/// The reels of one day that have something in common.
public struct ReelDay: Hashable, Sendable {
    /// The UTC day on which they were delivered: `2026-11-24`.
    public var day: String
    /// Their edition.
    public var edition: String
    /// Their cadence; empty where it is not known.
    public var cadence: String
    /// The arm of an experiment that they were made in, `layer/experiment/arm`; empty in the row of all reels, in or out of experiments.
    public var arm: String
    /// What became of them.
    public var counts: ReelCounts

    /// Describes a day.
    public init(day: String, edition: String, cadence: String, arm: String, counts: ReelCounts) {
        (self.day, self.edition, self.cadence, self.arm, self.counts) = (day, edition, cadence, arm, counts)
    }
}

/// The slots of one day that have something in common.
public struct SlotDay: Hashable, Sendable {
    /// The UTC day on which their reels were delivered.
    public var day: String
    /// Their edition.
    public var edition: String
    /// The cadence; empty where it is not known.
    public var cadence: String
    /// The slot, from 1, bumpers included.
    public var slot: Int64
    /// The title.
    public var title: String
    /// The clip type.
    public var clip: String
    /// What became of them.
    public var counts: SlotCounts

    /// Describes a day.
    public init(
        day: String, edition: String, cadence: String, slot: Int64, title: String, clip: String, counts: SlotCounts
    ) {
        (self.day, self.edition, self.cadence) = (day, edition, cadence)
        (self.slot, self.title, self.clip, self.counts) = (slot, title, clip, counts)
    }
}

/// All that a report is made of.
public struct Aggregates: Hashable, Sendable {
    /// Reels by day, edition, cadence and arm, in that order.
    public var reels: [ReelDay]
    /// Slots by day, edition, cadence, slot, title and clip type, in that order.
    public var slots: [SlotDay]

    /// Takes aggregates.
    public init(reels: [ReelDay], slots: [SlotDay]) { (self.reels, self.slots) = (reels, slots) }
}

extension ReelCounts {
    /// Takes counts in the order of the tables' columns.
    public init(columns: [Int64]) {
        for (column, value) in zip(Self.columns, columns) { self[keyPath: column.path] = value }
    }

    /// The counts in the order of the tables' columns.
    public var values: [Int64] { Self.columns.map { self[keyPath: $0.path] } }
}

extension SlotCounts {
    /// Takes counts in the order of the tables' columns.
    public init(columns: [Int64]) {
        for (column, value) in zip(Self.columns, columns) { self[keyPath: column.path] = value }
    }

    /// The counts in the order of the tables' columns.
    public var values: [Int64] { Self.columns.map { self[keyPath: $0.path] } }
}
