import Dispatch
import Sizzle

/// What a score can be made of.
enum RankingFeature: Hashable, Sendable {
    /// How many like a title.
    case likes
    /// From 0 to 1; likes count half after some days.
    case popularity(days: Double)
    /// ``popularity(days:)`` times n/(n + 10) for a viewer of n likes.
    case engagedPopularity(days: Double)
    /// From 0 to 1, a half after some days.
    case recency(days: Double)
    /// The lift of a title's genres.
    case genre
    /// The item-item model.
    case ease(lambda: Double)
}

/// A sum of weighted features.
struct Blend: Sendable {
    var name: String
    var terms: [(feature: RankingFeature, weight: Double)]
    var features: Set<RankingFeature> { Set(terms.map(\.feature)) }
}

/// A viewer of whom likes are to be foreseen in a fold.
struct TestedViewer: Sendable {
    /// The titles that the viewer liked before, rising.
    let liked: [Int]
    /// Whether each title may be ranked.
    let isCandidate: [Bool]
    /// Whether each title is one of those to be foreseen, and may be ranked.
    let isRelevant: [Bool]
    /// How many are relevant.
    let relevant: Int
}

/// The features of all titles for all tested viewers of a fold.
struct FoldFeatures: Sendable {
    let viewers: [TestedViewer]
    /// What is the same for all viewers: a number per title.
    private var ofTitles: [RankingFeature: [Double]] = [:]
    /// What differs: for each tested viewer a number per title.
    private var ofViewers: [RankingFeature: [[Double]]] = [:]

    /// Works out the features that are asked for.
    init(_ fold: Fold, _ data: MovieLens, features: Set<RankingFeature>) throws(Fault) {
        let likes = fold.train.filter(\.isLike)
        var liked = Array(repeating: [Int](), count: MovieLens.viewerCount)
        for like in likes { liked[like.viewer].append(like.title) }
        liked = liked.map { $0.sorted() }
        let viewers = Self.tested(fold, data, liked: liked)
        self.viewers = viewers
        for feature in features {
            switch feature {
            case .likes: ofTitles[feature] = Self.counts(likes).map(Double.init)
            case .popularity(let days), .engagedPopularity(let days):
                ofTitles[feature] = Self.popularity(likes, at: fold.at, days: days)
            case .recency(let days): ofTitles[feature] = Self.recency(data, at: fold.at, days: days)
            case .genre: ofViewers[feature] = Self.genres(viewers, data, counts: Self.counts(likes))
            case .ease(let lambda):
                let fit = try ItemModelFit(liked: liked, titleCount: MovieLens.titleCount, lambda: lambda)
                ofViewers[feature] = Self.sums(fit.weights(), viewers)
            }
        }
    }

    /// The score of each title for the tested viewer of a number.
    func scores(_ blend: Blend, viewer: Int) -> [Double] {
        var scores = [Double](repeating: 0, count: MovieLens.titleCount)
        for (feature, weight) in blend.terms where weight != 0 {
            let values = ofTitles[feature] ?? ofViewers[feature]?[viewer] ?? []
            precondition(values.count == scores.count, "a feature was not worked out")
            let factor = weight * self.factor(feature, viewer: viewer)
            for title in scores.indices { scores[title] += factor * values[title] }
        }
        return scores
    }

    /// The values of features of one title for one viewer.
    func row(_ features: [RankingFeature], viewer: Int, title: Int) -> [Double] {
        features.map { feature in
            (ofTitles[feature] ?? ofViewers[feature]?[viewer] ?? [])[title] * factor(feature, viewer: viewer)
        }
    }

    private func factor(_ feature: RankingFeature, viewer: Int) -> Double {
        guard case .engagedPopularity = feature else { return 1 }
        let count = Double(viewers[viewer].liked.count)
        return count / (count + 10)
    }

    /// Viewers with something to foresee, by rising number.
    private static func tested(_ fold: Fold, _ data: MovieLens, liked: [[Int]]) -> [TestedViewer] {
        let isShown = (0..<MovieLens.titleCount).map { title in
            fold.hasUnreleased || (data.release(of: title).map { $0 <= fold.at } ?? true)
        }
        var seen = Array(repeating: [Int](), count: MovieLens.viewerCount)
        for rating in fold.train { seen[rating.viewer].append(rating.title) }
        var wanted = Array(repeating: [Int](), count: MovieLens.viewerCount)
        for like in fold.test where isShown[like.title] { wanted[like.viewer].append(like.title) }
        return wanted.indices.filter { !wanted[$0].isEmpty }.map { viewer in
            var isCandidate = isShown
            for title in seen[viewer] { isCandidate[title] = false }
            var isRelevant = Array(repeating: false, count: MovieLens.titleCount)
            for title in wanted[viewer] { isRelevant[title] = true }
            return TestedViewer(
                liked: liked[viewer], isCandidate: isCandidate, isRelevant: isRelevant,
                relevant: isRelevant.count { $0 })
        }
    }

    static func counts(_ likes: [MovieLens.Rating]) -> [Int] {
        likes.reduce(into: Array(repeating: 0, count: MovieLens.titleCount)) { $0[$1.title] += 1 }
    }

    /// Likes, each decayed by its age at a time.
    static func decayed(_ likes: [MovieLens.Rating], at: Timestamp, days: Double) -> [Double] {
        let empty = ForwardDecay(landmark: at, halfLife: days * Double(Timestamp.day))
        var counts = Array(repeating: empty, count: MovieLens.titleCount)
        for like in likes { counts[like.title].add(at: like.time) }
        return counts.map { $0.value(at: at) }
    }

    private static func popularity(_ likes: [MovieLens.Rating], at: Timestamp, days: Double) -> [Double] {
        let counts = decayed(likes, at: at, days: days)
        let largest = counts.max() ?? 0
        return counts.map { Features.popularity($0, largest: largest) }
    }

    private static func recency(_ data: MovieLens, at: Timestamp, days: Double) -> [Double] {
        let recencies = (0..<MovieLens.titleCount).map { title in
            data.release(of: title).map {
                Features.recency(
                    age: at.milliseconds - $0.milliseconds, halfLife: days * Double(Timestamp.day))
            }
        }
        let known = recencies.compactMap(\.self)
        let mean = known.reduce(0, +) / Double(known.count)
        return recencies.map { $0 ?? mean }
    }

    private static func genres(_ viewers: [TestedViewer], _ data: MovieLens, counts: [Int]) -> [[Double]] {
        let shares = { @Sendable (amounts: [(title: Int, count: Double)], start: Double) in
            var sums = Array(repeating: start, count: MovieLens.genreCount)
            for (title, count) in amounts {
                for genre in data.genres[title] { sums[Int(genre)] += count / Double(data.genres[title].count) }
            }
            return sums
        }
        let prior = shares(counts.enumerated().map { ($0.offset, Double($0.element)) }, 0.5)
        let total = prior.reduce(0, +)
        return parallel(viewers.count) { viewer in
            let affinity = GenreAffinity(
                prior: prior.map { $0 / total }, count: shares(viewers[viewer].liked.map { ($0, 1) }, 0))
            return data.genres.map { affinity.value(of: $0) }
        }
    }

    /// For each viewer the sum of the model's rows of all liked titles.
    private static func sums(_ weights: [Float], _ viewers: [TestedViewer]) -> [[Double]] {
        let count = MovieLens.titleCount
        return parallel(viewers.count) { viewer in
            var sums = [Double](repeating: 0, count: count)
            weights.withUnsafeBufferPointer { weights in
                for title in viewers[viewer].liked {
                    for column in 0..<count { sums[column] += Double(weights[title * count + column]) }
                }
            }
            return sums
        }
    }
}

/// What `body` gives for 0..<count, in this order, worked out on all cores.
func parallel<Result: Sendable>(_ count: Int, _ body: @Sendable (Int) -> Result) -> [Result] {
    [Result](unsafeUninitializedCapacity: count) { buffer, initialized in
        nonisolated(unsafe) let buffer = buffer
        DispatchQueue.concurrentPerform(iterations: count) { buffer.initializeElement(at: $0, to: body($0)) }
        initialized = count
    }
}
