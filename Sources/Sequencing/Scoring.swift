public import Plans

/// What each feature weighs in a score. The defaults hold until weights are fitted on a deployment's own log.
public struct ScoreWeights: Hashable, Sendable {
    /// Weight of the viewer's preference.
    public var preference: Double
    /// Weight of the popularity.
    public var popularity: Double
    /// Weight of the recency.
    public var recency: Double
    /// Weight of the clicks beyond what was expected.
    public var response: Double
    /// Weight of the skips beyond what was expected; negative, as a rule.
    public var skip: Double
    /// Weight of the part of the week.
    public var daypart: Double

    /// The weights of the sequencing design.
    public static let standard = ScoreWeights(preference: 1, popularity: 1, recency: 0.02)

    /// The largest size of a weight.
    public static let limit = 1_000.0

    /// Makes weights; each finite and at most ``limit`` in size.
    public init(
        preference: Double, popularity: Double, recency: Double, response: Double = 0, skip: Double = 0,
        daypart: Double = 0
    ) {
        self.preference = preference
        self.popularity = popularity
        self.recency = recency
        self.response = response
        self.skip = skip
        self.daypart = daypart
        let areSmall = ScoreFeature.allCases.allSatisfy { self[$0].magnitude <= Self.limit }
        precondition(areSmall, "a weight is more than 1,000 or no number")
    }

    /// The weight of a feature.
    public subscript(feature: ScoreFeature) -> Double {
        get {
            switch feature {
            case .preference: preference
            case .popularity: popularity
            case .recency: recency
            case .response: response
            case .skip: skip
            case .daypart: daypart
            }
        }
        set {
            switch feature {
            case .preference: preference = newValue
            case .popularity: popularity = newValue
            case .recency: recency = newValue
            case .response: response = newValue
            case .skip: skip = newValue
            case .daypart: daypart = newValue
            }
        }
    }
}

/// What a score is made of, in the order in which its terms are added.
public enum ScoreFeature: String, CaseIterable, Sendable, Codable {
    /// What the viewer's likes say of the title.
    case preference
    /// How often the title was played of late, from 0 to 1.
    case popularity
    /// How new the title is, from 0 to 1.
    case recency
    /// The logarithm of clicks over expected clicks.
    case response
    /// The logarithm of skips over expected skips.
    case skip
    /// How much better the title's genres do at this part of the week.
    case daypart

    /// Whether it is part of a score whose weight for it is 0, and printed.
    var isAlwaysShown: Bool {
        switch self {
        case .preference, .popularity, .recency: true
        case .response, .skip, .daypart: false
        }
    }
}

/// A title with its score and the terms that add up to it.
public struct ScoredTitle: Equatable, Sendable {
    /// The title's id.
    public let title: String
    /// The terms in the order of ``ScoreFeature``; of those beyond the first three only the ones that weigh something.
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

/// Scores titles for one viewer: `w1·preference + w2·popularity + w3·recency`, and what else weighs something.
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
    /// The features that are printed: the first three, and those that weigh something.
    private let features: [ScoreFeature]
    private var more: ArraySlice<ScoreFeature> { features[3...] }
    /// The response of each title, where it is drawn.
    private let responses: [Double]?

    /// - Parameter responses: what counts as the response of each title; without them what is expected of it.
    init(_ titles: EligibleTitles, viewer: ViewerFacts, weights: ScoreWeights, responses: [Double]? = nil) {
        self.responses = responses
        self.titles = titles
        self.weights = weights
        features = ScoreFeature.allCases.filter { $0.isAlwaysShown || weights[$0] != 0 }
        let table = titles.table
        // Sums are made in the order of numbers: a set's own order differs from run to run, and sums with it.
        let liked = viewer.liked.compactMap { table.number(of: $0) }.sorted()
        affinity = table.genres.affinity(toLikersOf: liked)
        var rows = liked.compactMap { table.itemRows[$0] }
        if let items = table.items, liked.count < viewer.liked.count {
            // The model may know a title that has left the catalogue.
            rows += viewer.liked.filter { table.number(of: $0) == nil }.compactMap { items.row(of: $0) }
        }
        items = rows.count >= Self.fewestLikes ? table.items?.sums(ofRows: rows.sorted()) : nil
    }

    private func preference(for number: Int) -> Double {
        let genres = Self.genrePart * affinity.value(of: titles.table.genres[number])
        guard let items, let row = titles.table.itemRows[number] else { return genres }
        return Self.itemPart * items[row] + genres
    }

    /// What a feature says of a title.
    func value(_ feature: ScoreFeature, of number: Int) -> Double {
        switch feature {
        case .preference: preference(for: number)
        case .popularity: titles.table.popularity[number]
        case .recency: titles.recency[number]
        case .response:
            responses?[number]
                ?? titles.table.titles[number].clicks.lift(pseudoCounts: Features.responsePseudoCounts)
        case .skip: titles.table.titles[number].skips.lift(pseudoCounts: Features.skipPseudoCounts)
        case .daypart: titles.daypart[number]
        }
    }

    /// The score of a title, to the bit the sum of its terms.
    func score(of number: Int) -> Double {
        var score =
            0 + weights.preference * preference(for: number) + weights.popularity * titles.table.popularity[number]
            + weights.recency * titles.recency[number]
        for feature in more { score += weights[feature] * value(feature, of: number) }
        return score
    }

    /// A title with the terms of its score.
    func scored(_ number: Int) -> ScoredTitle {
        ScoredTitle(
            title: titles.table.titles[number].id,
            terms: features.map {
                .init(feature: $0.rawValue, value: value($0, of: number), weight: weights[$0])
            })
    }
}
