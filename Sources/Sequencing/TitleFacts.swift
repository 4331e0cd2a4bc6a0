import Foundation

/// What is known of a title at one time, as far as sequencing needs it.
public struct TitleFacts: Hashable, Sendable {
    /// The title's id.
    public var id: String
    /// When the title was released; `nil` if unknown.
    public var released: Moment?
    /// The title's genres; the order and repeats don't matter.
    public var genres: Set<String>
    /// The first moment at which the title may be shown; `nil` for always.
    public var availableFrom: Moment?
    /// The first moment at which it may no longer be shown; `nil` for never.
    public var availableUntil: Moment?
    /// The regions in which it may be shown, in upper case; `nil` for everywhere.
    public var regions: Set<String>?
    /// The languages in which it can be watched, in lower case; `nil` where that does not matter.
    public var languages: Set<String>?
    /// The age in years from which it may be shown; `nil` for any.
    public var maturity: Int?
    /// Whether it must not be shown at all.
    public var isBlocked: Bool
    /// Plays to start from, before any was counted. They don't decay.
    public var popularity: Double
    /// Plays up to the snapshot's time, each decayed by its age (half-life 7 days).
    public var plays: Double
    /// How many viewers liked the title up to the snapshot's time, not decayed.
    public var likes: Int
    /// Clicks on its clips, beside those that were to be expected of their slots and lengths; decayed by their age (half-life 14 days).
    public var clicks = ObservedCount()
    /// Skips of its clips, in the same way.
    public var skips = ObservedCount()
    /// The likes by the part of the week in which they were played (see ``Daypart``); empty where none is known.
    public var likesByDaypart: [Int] = []

    /// Describes a title.
    public init(
        id: String, released: Moment? = nil, genres: Set<String> = [], availableFrom: Moment? = nil,
        availableUntil: Moment? = nil, regions: Set<String>? = nil, languages: Set<String>? = nil,
        maturity: Int? = nil, isBlocked: Bool = false, popularity: Double = 0, plays: Double = 0, likes: Int = 0
    ) {
        self.id = id
        self.released = released
        self.genres = genres
        self.availableFrom = availableFrom
        self.availableUntil = availableUntil
        self.regions = regions
        self.languages = languages
        self.maturity = maturity
        self.isBlocked = isBlocked
        self.popularity = popularity
        self.plays = plays
        self.likes = likes
    }
}

/// What is known of a viewer at one time.
public struct ViewerFacts: Hashable, Sendable {
    /// The viewer's pseudonym.
    public var id: String
    /// The ids of the titles that the viewer liked. Empty for a viewer nobody knows.
    public var liked: Set<String>

    /// Describes a viewer.
    public init(id: String, liked: Set<String> = []) {
        self.id = id
        self.liked = liked
    }
}

/// All that sequencing reads: the catalogue's titles and one viewer, as they stood at one time.
public struct Snapshot: Hashable, Sendable {
    /// The time at which these facts held; nothing later is in them.
    public let at: Timestamp
    /// The catalogue's titles, by rising id.
    public let titles: [TitleFacts]
    /// The viewer for whom is planned.
    public let viewer: ViewerFacts

    /// Makes a snapshot. The order of `titles` doesn't matter; their ids must differ.
    public init(at: Timestamp, titles: [TitleFacts], viewer: ViewerFacts) {
        self.at = at
        self.titles = titles.sorted { $0.id < $1.id }
        self.viewer = viewer
    }
}

/// A count beside what was to be expected of it.
public struct ObservedCount: Hashable, Sendable {
    /// What was counted.
    public var observed: Double
    /// What the same slots and lengths give on average.
    public var expected: Double

    /// Describes a count.
    public init(observed: Double = 0, expected: Double = 0) { (self.observed, self.expected) = (observed, expected) }

    /// `ln((C + k)/(X + k))` (clicks over expected clicks, Zhang & Jones 2007): 0 where nothing is known.
    /// - Parameter pseudoCounts: k, more than 0.
    public func lift(pseudoCounts: Double) -> Double { log((observed + pseudoCounts) / (expected + pseudoCounts)) }
}
