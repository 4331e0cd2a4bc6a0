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

/// Scores titles for a viewer: `w1·preference + w2·popularity + w3·recency`.
public enum Scoring {
    /// The genre lift's part of the preference. The other part, 0.4·E of an item-item model, joins when there is a model.
    static let genrePart = 0.2

    /// The score of every title in the snapshot, by rising title id, for a viewer whose clock is `offset` ahead of UTC.
    ///
    /// A viewer nobody knows has preference 0 for all titles: popularity and recency decide.
    public static func scores(
        _ snapshot: Snapshot, offset: UTCOffset = .utc, weights: ScoreWeights = .standard
    ) -> [ScoredTitle] {
        let affinity = GenreAffinity(snapshot)
        let largest = snapshot.titles.map { $0.popularity + $0.plays }.max() ?? 0
        let recencies = snapshot.titles.map { recency(of: $0, at: snapshot.at, offset: offset) }
        let known = recencies.compactMap { $0 }
        // Of a catalogue without any release date every title is as recent as the others: 0 is as good as any.
        let mean = known.isEmpty ? 0 : known.reduce(0, +) / Double(known.count)
        return zip(snapshot.titles, recencies).map { title, recency in
            ScoredTitle(
                title: title.id,
                terms: [
                    .init(
                        feature: "preference", value: genrePart * affinity.value(of: title.genres),
                        weight: weights.preference),
                    .init(
                        feature: "popularity",
                        value: Features.popularity(title.popularity + title.plays, largest: largest),
                        weight: weights.popularity),
                    .init(feature: "recency", value: recency ?? mean, weight: weights.recency),
                ])
        }
    }

    /// The titles that may be shown, by falling score (ties by rising id), and why the others may not.
    ///
    /// Where `region` is `nil` the regions of titles are not looked at: a ranking shows tastes, a plan obeys rights.
    public static func rank(
        _ snapshot: Snapshot, region: String? = nil, offset: UTCOffset = .utc, weights: ScoreWeights = .standard
    ) -> (titles: [ScoredTitle], refused: [Refusal]) {
        var refused: [Refusal] = []
        var allowed: Set<String> = []
        for title in snapshot.titles {
            let reason = Eligibility.refusal(
                of: title, at: snapshot.at, offset: offset, region: region, ignoringRegions: region == nil)
            if let reason {
                refused.append(Refusal(title: title.id, reason: reason))
            } else {
                allowed.insert(title.id)
            }
        }
        let titles = scores(snapshot, offset: offset, weights: weights)
            .filter { allowed.contains($0.title) }
            .map { (title: $0, score: $0.score) }
            .sorted { ($1.score, $0.title.title) < ($0.score, $1.title.title) }
            .map(\.title)
        return (titles, refused)
    }

    private static func recency(of title: TitleFacts, at: Timestamp, offset: UTCOffset) -> Double? {
        title.released.map { released in
            Features.recency(age: at.milliseconds - released.timestamp(offset: offset).milliseconds)
        }
    }
}
