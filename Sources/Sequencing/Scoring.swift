public import Plans

/// What each feature weighs in a score. The defaults hold until weights are fitted on a deployment's own log.
public struct ScoreWeights: Hashable, Sendable {
    /// Weight of the viewer's preference.
    public var preference: Double
    /// Weight of the popularity.
    public var popularity: Double
    /// Weight of the recency.
    public var recency: Double

    /// The weights of the sequencing design.
    public static let standard = ScoreWeights(preference: 1, popularity: 1, recency: 0.02)

    /// Makes weights; each finite and at most 1,000 in size.
    public init(preference: Double, popularity: Double, recency: Double) {
        let areSmall = [preference, popularity, recency].allSatisfy { $0.magnitude <= 1_000 }
        precondition(areSmall, "a weight is more than 1,000 or no number")
        self.preference = preference
        self.popularity = popularity
        self.recency = recency
    }
}

/// A title with its score and the terms that add up to it.
public struct ScoredTitle: Equatable, Sendable {
    /// The title's id.
    public let title: String
    /// The terms in the order `preference`, `popularity`, `recency`.
    public let terms: [Term]

    /// A term of a score: a feature, its value, its weight and their product.
    public typealias Term = ReelPlan.Term

    /// The sum of the terms' products, added from left to right: exactly what a reader of the plan gets.
    public var score: Double { terms.reduce(0) { $0 + $1.product } }

    /// Makes a scored title.
    public init(title: String, terms: [Term]) {
        self.title = title
        self.terms = terms
    }
}

/// Scores titles for one viewer: `w1·preference + w2·popularity + w3·recency`.
///
/// A viewer nobody knows has preference 0 for all titles: popularity and recency decide.
struct Scorer {
    /// The parts of the item-item model and of the genre lift in the preference.
    private static let itemPart = 0.4
    private static let genrePart = 0.2
    /// With fewer liked titles than this the model says less than popularity does, and is not asked.
    private static let fewestLikes = 2

    private let titles: EligibleTitles
    private let affinity: GenreAffinity
    /// What the model says of each of its titles; `nil` where it is not asked.
    private let items: [Double]?
    private let weights: ScoreWeights

    init(_ titles: EligibleTitles, viewer: ViewerFacts, weights: ScoreWeights) {
        self.titles = titles
        self.weights = weights
        let table = titles.table
        // Sums are made in the order of numbers: a set's own order differs from run to run, and sums with it.
        affinity = table.genres.affinity(toLikersOf: viewer.liked.compactMap { table.number(of: $0) }.sorted())
        let rows = table.items.map { items in viewer.liked.compactMap { items.row(of: $0) }.sorted() } ?? []
        items = rows.count >= Self.fewestLikes ? table.items?.sums(ofRows: rows) : nil
    }

    private func preference(for number: Int) -> Double {
        let genres = Self.genrePart * affinity.value(of: titles.table.genres[number])
        guard let items, let row = titles.table.itemRows[number] else { return genres }
        return Self.itemPart * items[row] + genres
    }

    /// The score of a title, to the bit the sum of its terms.
    func score(of number: Int) -> Double {
        0 + weights.preference * preference(for: number) + weights.popularity * titles.table.popularity[number]
            + weights.recency * titles.recency[number]
    }

    /// A title with the terms of its score.
    func scored(_ number: Int) -> ScoredTitle {
        ScoredTitle(
            title: titles.table.titles[number].id,
            terms: [
                .init(feature: "preference", value: preference(for: number), weight: weights.preference),
                .init(feature: "popularity", value: titles.table.popularity[number], weight: weights.popularity),
                .init(feature: "recency", value: titles.recency[number], weight: weights.recency),
            ])
    }
}
