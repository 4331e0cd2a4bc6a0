/// The titles of a catalogue at one time, laid out for scoring: all that is the same for every viewer.
///
/// A program that plans for many keeps one table until the catalogue changes; it is read from any thread, without a lock.
public final class TitleTable: Sendable {
    /// The time at which the facts held.
    public let at: Timestamp
    /// The titles by rising id; a title's number is its place here.
    public let titles: [TitleFacts]
    let genres: GenreTable
    /// What liking one title says of another; `nil` where no model was fitted.
    let items: ItemModel?
    /// The row of each title in the model; `nil` where it has none.
    let itemRows: [Int?]
    /// Each title's popularity, from 0 to 1.
    let popularity: [Double]
    /// What is liked more, or less, in each part of the week; empty where none is known.
    let dayparts: [GenreAffinity]
    private let numbers: [String: Int]

    /// Lays out titles. Their order doesn't matter; their ids must differ.
    /// - Parameters:
    ///   - items: what liking one title says of another; without it genres alone tell a viewer's preference.
    ///   - introducesNew: whether a new title is lent the plays of its genres for a while, so that it is seen at all.
    public init(at: Timestamp, titles: [TitleFacts], items: ItemModel? = nil, introducesNew: Bool = true) {
        self.at = at
        self.titles = titles.sorted { $0.id < $1.id }
        genres = GenreTable(self.titles)
        self.items = items
        itemRows = self.titles.map { items?.row(of: $0.id) }
        dayparts = genres.dayparts(self.titles)
        var counts = self.titles.map { $0.popularity + $0.plays }
        if introducesNew {
            let lent = genres.meanCounts(counts)
            for (number, title) in self.titles.enumerated() {
                guard let age = title.released.map({ at.milliseconds - $0.timestamp(offset: .utc).milliseconds }),
                    age >= 0
                else { continue }
                counts[number] += Features.recency(age: age, halfLife: Features.newTitleHalfLife) * lent[number]
            }
        }
        let largest = counts.max() ?? 0
        popularity = counts.map { Features.popularity($0, largest: largest) }
        // Ids that differ in bytes may be the same characters.
        numbers = Dictionary(self.titles.enumerated().map { ($1.id, $0) }) { first, _ in first }
    }

    /// The number of a title; `nil` if the catalogue does not know it.
    func number(of title: String) -> Int? { numbers[title] }
}

/// The titles as viewers of one region, age and time zone may see them. Shared by all of them.
public final class EligibleTitles: Sendable {
    /// All titles.
    public let table: TitleTable
    /// The numbers of the titles that may be shown, rising.
    let allowed: [Int]
    /// Why the others may not, by rising id.
    public let refused: [Refusal]
    /// How recent each title is, from 0 to 1; one without a date counts as the mean of those with one.
    let recency: [Double]
    /// How much better each title's genres do at this part of the week.
    let daypart: [Double]

    /// Applies the hard rules, but those of clips.
    public init(_ table: TitleTable, _ circumstances: Circumstances) {
        self.table = table
        var allowed: [Int] = []
        var refused: [Refusal] = []
        for (number, title) in table.titles.enumerated() {
            if let reason = Eligibility.refusal(of: title, at: table.at, circumstances) {
                refused.append(Refusal(title: title.id, reason: reason))
            } else {
                allowed.append(number)
            }
        }
        self.allowed = allowed
        self.refused = refused
        let recencies = table.titles.map { title in
            title.released.map { released in
                let age = table.at.milliseconds - released.timestamp(offset: circumstances.offset).milliseconds
                return Features.recency(age: age)
            }
        }
        let known = recencies.compactMap(\.self)
        // Of a catalogue without any release date every title is as recent as the others: 0 is as good as any.
        let mean = known.isEmpty ? 0 : known.reduce(0, +) / Double(known.count)
        recency = recencies.map { $0 ?? mean }
        let band = Daypart.band(at: table.at, offset: circumstances.offset)
        let affinity = table.dayparts.isEmpty ? nil : table.dayparts[band]
        daypart = table.titles.indices.map { affinity?.value(of: table.genres[$0]) ?? 0 }
    }

    /// What each feature says of a title to a viewer, in the order of ``ScoreFeature``; `nil` for a title that the catalogue does not know.
    public func features(of titles: [String], for viewer: ViewerFacts) -> [[Double]?] {
        let scorer = Scorer(self, viewer: viewer, weights: .standard)
        return titles.map { title in
            table.number(of: title).map { number in
                ScoreFeature.allCases.map { scorer.value($0, of: number) }
            }
        }
    }

    /// The titles that may be shown, by falling score (ties by rising id).
    ///
    /// - Parameter top: how many at most; all without it.
    public func ranking(for viewer: ViewerFacts, weights: ScoreWeights = .standard, top: Int? = nil) -> [ScoredTitle] {
        let scorer = Scorer(self, viewer: viewer, weights: weights)
        return allowed.map { (number: $0, score: scorer.score(of: $0)) }
            .sorted { ($1.score, $0.number) < ($0.score, $1.number) }
            .prefix(top ?? allowed.count)
            .map { scorer.scored($0.number) }
    }
}
