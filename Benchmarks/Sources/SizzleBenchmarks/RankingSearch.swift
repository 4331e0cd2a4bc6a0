import Sizzle

/// Looks for weights on windows that come before those on which they are judged.
struct RankingSearch {
    /// What half-lives and lambdas are tried.
    static let popularityDays = [3.5, 7, 14, 28]
    static let recencyDays = [180.0, 365, 730]
    static let lambdas = [100.0, 300, 500]

    static let features = Set(
        popularityDays.flatMap { [RankingFeature.popularity(days: $0), .engagedPopularity(days: $0)] }
            + recencyDays.map { .recency(days: $0) } + lambdas.map { .ease(lambda: $0) } + [.genre])

    let trial: RankingTrial

    /// A blend in which all that is searched can be moved. Only ratios of weights matter: that of the popularity stays.
    struct Point {
        var lambda = 300.0
        var popularityDays = 7.0
        var recencyDays = 365.0
        /// Of ``columns``; that of the popularity is 5.
        var weights = [2.0, 1, 5, 0.1, 0]

        var columns: [RankingFeature] {
            [
                .ease(lambda: lambda), .genre, .popularity(days: popularityDays), .recency(days: recencyDays),
                .engagedPopularity(days: popularityDays),
            ]
        }

        func blend(_ name: String) -> Blend {
            Blend(name: name, terms: zip(columns, weights).map { ($0, $1) })
        }
    }

    /// Moves one coordinate after the other to where the mean NDCG@10 is best, until none gets better; from two starts.
    func ascend() -> (point: Point, evaluations: Int) {
        var evaluations = 0
        func value(_ point: Point) -> Double {
            evaluations += 1
            return trial.judge(point.blend("")).meanNDCG
        }
        let found = [Point(), Point(weights: [1, 0.3, 5, 0.5, 0])].map { start in
            var (point, best) = (start, value(start))
            for _ in 0..<6 {
                let before = best
                for coordinate in 0..<7 {
                    for next in Self.moves(point, coordinate) {
                        let ndcg = value(next)
                        // What is no more than rounding is no gain.
                        if ndcg > best + 1e-9 { (point, best) = (next, ndcg) }
                    }
                }
                if best == before { break }
            }
            return (point: point, ndcg: best)
        }
        let best = found[1].ndcg > found[0].ndcg ? found[1] : found[0]
        return (best.point, evaluations)
    }

    /// The points that differ in one coordinate.
    private static func moves(_ point: Point, _ coordinate: Int) -> [Point] {
        func points<Value>(_ key: WritableKeyPath<Point, Value>, _ values: [Value]) -> [Point] {
            values.map { value in
                var next = point
                next[keyPath: key] = value
                return next
            }
        }
        switch coordinate {
        case 0: return points(\.popularityDays, popularityDays.filter { $0 != point.popularityDays })
        case 1: return points(\.lambda, lambdas.filter { $0 != point.lambda })
        case 2: return points(\.recencyDays, recencyDays.filter { $0 != point.recencyDays })
        default:
            let column = [0, 1, 3, 4][coordinate - 3]
            let weight = point.weights[column]
            let scaled = [0, 0.5, 0.7, 0.85, 1.2, 1.4, 2].map { $0 * weight }
            let small = [0.03, 0.1, 0.3, 1, 3]
            // More popular may count for less with those of whom more is known.
            let fresh = column == 4 ? small + small.map { -$0 } : small
            return points(\.weights[column], weight == 0 ? fresh : scaled)
        }
    }

    /// Weights by logistic regression: what of all candidates was liked, each viewer counting as much as the others.
    ///
    /// Half-lives and lambda are those of `point`.
    func regress(_ point: Point) throws(Fault) -> Point {
        let names = ["ease", "genre", "popularity", "recency", "engaged popularity"]
        let columns =
            [LogisticColumn("one", isNuisance: true)]
            + names.map { LogisticColumn($0, isNonNegative: $0 != names[4]) }
        var samples = LogisticSamples(columns: columns)
        for number in trial.everyone {
            let (fold, place) = trial.places[number]
            let viewer = trial.viewer(number)
            for title in viewer.isCandidate.indices where viewer.isCandidate[title] {
                let row = trial.features[fold].row(point.columns, viewer: place, title: title)
                try samples.append(
                    [1] + row, label: viewer.isRelevant[title], importance: 1 / Double(viewer.relevant))
            }
        }
        var fitted = point
        fitted.weights = Array(try RidgeLogistic(lambda: 1).fit(samples).weights.dropFirst())
        return fitted
    }
}
