import Foundation

/// The genres of a catalogue, by number, and what the population likes of them.
struct GenreTable: Sendable {
    /// The share of each genre in all likes of all viewers, with half a like added to each so that none is 0. Genres count by rising name.
    let prior: [Double]
    /// The genres of the titles one after another, those of a title by rising number.
    private let members: [Int32]
    /// Where each title's genres begin in `members`, and where the last one's end.
    private let starts: [Int]

    init(_ titles: [TitleFacts]) {
        let names = Set(titles.flatMap(\.genres)).sorted()
        let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, Int32($0)) })
        var prior = Array(repeating: 0.5, count: names.count)
        var members: [Int32] = []
        var starts = [0]
        for title in titles {
            let row = title.genres.compactMap { numbers[$0] }.sorted()
            for genre in row { prior[Int(genre)] += Double(title.likes) / Double(row.count) }
            members += row
            starts.append(members.count)
        }
        let total = prior.reduce(0, +)
        self.prior = prior.map { $0 / total }
        self.members = members
        self.starts = starts
    }

    /// The genres of a title, by rising number.
    subscript(title: Int) -> ArraySlice<Int32> { members[starts[title]..<starts[title + 1]] }

    /// How much two titles resemble each other: the cosine of their rows of genres, from 0 to 1; 0 where one has none.
    func resemblance(_ first: Int, _ second: Int) -> Double {
        let (one, other) = (self[first], self[second])
        guard !one.isEmpty, !other.isEmpty else { return 0 }
        let shared = one.count(where: other.contains)
        return Double(shared) / (Double(one.count) * Double(other.count)).squareRoot()
    }

    /// What is liked more, or less, in each part of the week than in all of it; empty where no part is known of any like.
    func dayparts(_ titles: [TitleFacts]) -> [GenreAffinity] {
        guard titles.contains(where: { !$0.likesByDaypart.isEmpty }) else { return [] }
        return (0..<Daypart.count).map { band in
            var count = Array(repeating: 0.0, count: prior.count)
            for (number, title) in titles.enumerated() where band < title.likesByDaypart.count {
                let row = self[number]
                for genre in row { count[Int(genre)] += Double(title.likesByDaypart[band]) / Double(row.count) }
            }
            return GenreAffinity(prior: prior, count: count, shrinkage: Features.daypartShrinkage)
        }
    }

    /// For each title the mean, over its genres, of the mean count of a genre's titles; 0 for one without genres.
    func meanCounts(_ counts: [Double]) -> [Double] {
        var sums = Array(repeating: (count: 0.0, titles: 0.0), count: prior.count)
        for (number, count) in counts.enumerated() {
            for genre in self[number] {
                sums[Int(genre)].count += count
                sums[Int(genre)].titles += 1
            }
        }
        return counts.indices.map { number in
            let row = self[number]
            let sum = row.reduce(0) { $0 + sums[Int($1)].count / sums[Int($1)].titles }
            return row.isEmpty ? 0 : sum / Double(row.count)
        }
    }

    /// How much more than the population a viewer likes each genre, who likes these titles. Each counts once, shared equally by its genres.
    func affinity(toLikersOf liked: [Int]) -> GenreAffinity {
        var count = Array(repeating: 0.0, count: prior.count)
        for title in liked {
            let row = self[title]
            for genre in row { count[Int(genre)] += 1 / Double(row.count) }
        }
        return GenreAffinity(prior: prior, count: count)
    }
}

/// How much more, or less, than the population a viewer likes each genre.
///
/// `ln(p/prior)` with `p = (count + κ·prior)/(n + κ)`, in nats: with few likes `p` is the prior and the lift 0.
public struct GenreAffinity: Hashable, Sendable {
    /// The lift of each genre.
    public let lift: [Double]

    /// Lifts from a population's shares `prior` (they add up to 1, none is 0) and a viewer's likes of the same genres, `count`.
    ///
    /// Without likes every lift is exactly 0.
    public init(prior: [Double], count: [Double], shrinkage: Double = Features.genreShrinkage) {
        precondition(prior.count == count.count, "a count for each genre")
        let total = count.reduce(0, +)
        guard total > 0 else {
            lift = Array(repeating: 0, count: prior.count)
            return
        }
        lift = zip(prior, count).map { share, count in log((count + shrinkage * share) / (total + shrinkage) / share) }
    }

    /// `Σ_g G[g]·lift[g]`, where the title's row G gives each of its `genres` (by number) the same share; 0 without genres.
    public func value(of genres: some Collection<Int32>) -> Double {
        let share = 1 / Double(max(genres.count, 1))
        return genres.reduce(0) { $0 + share * lift[Int($1)] }
    }
}
