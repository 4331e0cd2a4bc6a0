private import Foundation

/// How good a ranking is for one viewer, from which of its ranks hold a title that turned out relevant.
///
/// Ranks count from 1; every measure goes from 0 to 1. Means over viewers, with errors, are made by ``Estimate``.
public enum RankingMeasures {
    /// Binary NDCG@k: `Σ 1/log2(rank + 1)` over the hits among the first k, divided by that of the best possible order
    /// (Järvelin & Kekäläinen 2002).
    ///
    /// - Parameters:
    ///   - hits: whether each rank holds a relevant title, from the first rank on; ranks after k don't count.
    ///   - relevant: how many titles are relevant in all, also those that are not ranked.
    /// - Returns: `nil` where nothing is relevant: such a viewer says nothing about a ranking. So does a k below 1.
    public static func ndcg(_ hits: [Bool], relevant: Int, at k: Int) -> Double? {
        guard relevant > 0, k > 0 else { return nil }
        let ideal = (0..<min(k, relevant)).reduce(0) { $0 + gain(atRank: $1) }
        return hits.prefix(k).enumerated().reduce(0) { $0 + ($1.element ? gain(atRank: $1.offset) : 0) } / ideal
    }

    /// Recall@k: hits among the first k over `min(k, relevant)`, so that a perfect ranking has 1 whatever k is.
    ///
    /// - Returns: `nil` where nothing is relevant, and for a k below 1.
    public static func recall(_ hits: [Bool], relevant: Int, at k: Int) -> Double? {
        guard relevant > 0, k > 0 else { return nil }
        return Double(hits.prefix(k).count { $0 }) / Double(min(k, relevant))
    }

    /// The indexes of the `count` highest scores, by falling score, ties by rising index.
    ///
    /// - Parameters:
    ///   - scores: one number per title; what is no number is never chosen.
    ///   - isCandidate: whether a title may be ranked, such as one that the viewer has not seen.
    public static func top(
        _ count: Int, of scores: [Double], where isCandidate: (Int) -> Bool = { _ in true }
    ) -> [Int] {
        let candidates = scores.indices.filter { !scores[$0].isNaN && isCandidate($0) }
        let ranked = candidates.sorted { (scores[$1], $0) < (scores[$0], $1) }
        return Array(ranked.prefix(max(count, 0)))
    }

    private static func gain(atRank index: Int) -> Double { 1 / log2(Double(index + 2)) }
}
