import Sizzle

/// How well a model foresaw the likes of each tested viewer, in the order of folds and viewers.
struct RankingFigures: Sendable {
    var ndcg: [Double] = []
    var recall: [Double] = []

    /// The mean of NDCG@10 over the viewers of numbers.
    func mean(_ viewers: [Int]) throws(Fault) -> Estimate { try Estimate(meanOf: viewers.map { ndcg[$0] }) }

    /// The mean difference of NDCG@10, or of another measure, over the viewers of numbers.
    func difference(
        to other: RankingFigures, _ viewers: [Int], in measure: KeyPath<RankingFigures, [Double]> = \.ndcg
    ) throws(Fault) -> Estimate {
        let (left, right) = (self[keyPath: measure], other[keyPath: measure])
        return try Estimate.difference(viewers.map { left[$0] }, minus: viewers.map { right[$0] })
    }

    /// Mean NDCG@10.
    var meanNDCG: Double { ndcg.reduce(0, +) / Double(ndcg.count) }
    /// Mean recall@20.
    var meanRecall: Double { recall.reduce(0, +) / Double(recall.count) }
}

/// Folds on which models are judged.
struct RankingTrial: Sendable {
    let folds: [Fold]
    let features: [FoldFeatures]
    /// The fold and the number in it of each tested viewer.
    let places: [(fold: Int, viewer: Int)]

    init(_ folds: [Fold], _ data: MovieLens, features: Set<RankingFeature>) throws(Fault) {
        self.folds = folds
        var all: [FoldFeatures] = []
        for fold in folds { all.append(try FoldFeatures(fold, data, features: features)) }
        self.features = all
        places = all.enumerated().flatMap { fold, features in features.viewers.indices.map { (fold, $0) } }
    }

    /// All tested viewers.
    var everyone: [Int] { Array(places.indices) }
    /// Those who liked nothing before.
    var cold: [Int] { everyone.filter { viewer($0).liked.isEmpty } }
    /// Those who liked five titles or more.
    var warm: [Int] { everyone.filter { viewer($0).liked.count >= 5 } }

    func viewer(_ number: Int) -> TestedViewer {
        features[places[number].fold].viewers[places[number].viewer]
    }

    /// Judges a blend.
    func judge(_ blend: Blend) -> RankingFigures {
        judge { number, viewer in
            let (fold, place) = places[number]
            return RankingMeasures.top(20, of: features[fold].scores(blend, viewer: place)) { viewer.isCandidate[$0] }
        }
    }

    /// Judges rankings of 20 titles, one for each tested viewer.
    func judge(_ rank: @Sendable (Int, TestedViewer) -> [Int]) -> RankingFigures {
        let figures = parallel(places.count) { number in
            let viewer = viewer(number)
            let hits = rank(number, viewer).map { viewer.isRelevant[$0] }
            // Every tested viewer has something relevant.
            return (
                RankingMeasures.ndcg(hits, relevant: viewer.relevant, at: 10) ?? 0,
                RankingMeasures.recall(hits, relevant: viewer.relevant, at: 20) ?? 0
            )
        }
        return RankingFigures(ndcg: figures.map(\.0), recall: figures.map(\.1))
    }

    /// Judges what a plan's ranking does by default.
    func judgeDefault(_ data: MovieLens) throws(Fault) -> RankingFigures {
        var eligible: [EligibleTitles] = []
        for fold in folds { eligible.append(try Self.eligible(fold, data)) }
        return judge { [eligible] number, viewer in
            let facts = ViewerFacts(id: "viewer", liked: Set(viewer.liked.map(Self.id)))
            // What the viewer has rated is no candidate, and may take ranks from those that are.
            let rated = viewer.isCandidate.count { !$0 }
            let ranking = eligible[places[number].fold].ranking(for: facts, top: 20 + rated)
            return Array(ranking.compactMap { Self.number($0.title) }.filter { viewer.isCandidate[$0] }.prefix(20))
        }
    }

    private static func eligible(_ fold: Fold, _ data: MovieLens) throws(Fault) -> EligibleTitles {
        let likes = fold.train.filter(\.isLike)
        let plays = FoldFeatures.decayed(likes, at: fold.at, days: Features.playHalfLife / Double(Timestamp.day))
        let counts = FoldFeatures.counts(likes)
        let titles = (0..<MovieLens.titleCount).map { title in
            let release = data.released[title].map(Moment.day)
            return TitleFacts(
                id: id(title), released: release, genres: Set(data.genres[title].map { "genre-\($0)" }),
                availableFrom: fold.hasUnreleased ? nil : release, plays: plays[title], likes: counts[title])
        }
        var liked = Array(repeating: [Int](), count: MovieLens.viewerCount)
        for like in likes { liked[like.viewer].append(like.title) }
        let fit = try ItemModelFit(liked: liked, titleCount: MovieLens.titleCount)
        let items = ItemModel(titles: titles.map(\.id), weights: fit.weights())
        return EligibleTitles(
            TitleTable(at: fold.at, titles: titles, items: items, introducesNew: false), Circumstances())
    }

    // Ids that sort like numbers, so that ties are broken alike.
    private static func id(_ title: Int) -> String { String(10_000 + title) }
    private static func number(_ id: String) -> Int? { Int(id).map { $0 - 10_000 } }
}
