public import Diagnostics

/// The item-item model EASE^R: what liking one title says about liking another (Steck 2019, arXiv:1905.03375).
///
/// With X the viewers' likes (a row per viewer, 1 or 0 per title) and `P = (XᵀX + λI)⁻¹`, the weight is
/// `B[j][i] = −P[j][i]/P[i][i]` and `B[i][i] = 0`: the ridge regression of every title on all others, in closed form. A
/// viewer's preference for title i is the sum of B[j][i] over the liked titles j, about 0 to 1.
///
///     let fit = try ItemModelFit(liked: [[0, 1], [1, 2]], titleCount: 4)
///     let weights = fit.weights()  // weights[j * 4 + i] is B[j][i]
///
/// Titles that nobody liked take no part, and have weights 0.
public struct ItemModelFit: Sendable {
    /// The number of titles n in the catalogue.
    public let titleCount: Int
    /// The titles that somebody liked, by rising index.
    public let likedTitles: [Int]
    /// P of the liked titles alone, in their order.
    private let inverse: PositiveMatrix
    /// Where a title stands in ``likedTitles``.
    private let places: [Int?]

    /// A dense model of more titles would take more than 3 GB while it is made.
    public static let largestTitleCount = 20_000

    /// Fits the model; for 2,000 titles well below 2 seconds on two cores.
    ///
    /// - Parameters:
    ///   - liked: for each viewer the indexes of the liked titles, in any order; one that is there twice counts once.
    ///   - titleCount: the number of titles n; indexes go from 0 to n − 1.
    ///   - lambda: how strongly weights are drawn to 0 (λ), more than 0, in likes.
    /// - Throws: `Fault` `.badInput` for an index that is no title, too many titles and a wrong lambda, `.unavailable`
    ///   without OpenBLAS.
    public init(liked: [[Int]], titleCount: Int, lambda: Double = 300) throws(Fault) {
        guard (0...Self.largestTitleCount).contains(titleCount) else {
            throw Fault(
                .badInput, "\(titleCount) titles: an item model has at most \(Self.largestTitleCount); leave some out")
        }
        guard lambda > 0, lambda.isFinite else {
            throw Fault(.badInput, "lambda \(lambda) is not more than 0; the default is 300")
        }
        var isLiked = Array(repeating: false, count: titleCount)
        for (viewer, titles) in liked.enumerated() {
            for title in titles {
                guard isLiked.indices.contains(title) else {
                    throw Fault(.badInput, "viewer \(viewer): likes title \(title) of \(titleCount), counted from 0")
                }
                isLiked[title] = true
            }
        }
        self.titleCount = titleCount
        likedTitles = isLiked.indices.filter { isLiked[$0] }
        var places = [Int?](repeating: nil, count: titleCount)
        for (place, title) in likedTitles.enumerated() { places[title] = place }
        self.places = places
        var matrix = Self.gram(liked.map { $0.compactMap { places[$0] } }, order: likedTitles.count)
        for place in 0..<matrix.order { matrix.entries[place * matrix.order + place] += lambda }
        try matrix.factor()
        try matrix.invertFactor()
        inverse = matrix
    }

    /// `XᵀX` from the likes of each viewer: only titles that were liked together are touched, not all pairs.
    private static func gram(_ liked: [[Int]], order: Int) -> PositiveMatrix {
        var matrix = PositiveMatrix(order: order)
        matrix.entries.withUnsafeMutableBufferPointer { entries in
            for titles in liked {
                let sorted = Array(Set(titles)).sorted()
                for (count, title) in sorted.enumerated() {
                    let row = title * order
                    for other in sorted[...count] { entries[row + other] += 1 }
                }
            }
        }
        return matrix
    }

    /// `B[j][i]`: what the like of title `liked` (j) adds to the preference for title `title` (i).
    public func weight(ofLiked liked: Int, for title: Int) -> Double {
        precondition(places.indices.contains(liked) && places.indices.contains(title), "there is no such title")
        guard liked != title, let row = places[liked], let column = places[title] else { return 0 }
        return -inverse[row, column] / inverse[column, column]
    }

    /// All weights, n × n, row after row: `weights[j * n + i]` is `B[j][i]`.
    ///
    /// Single precision is plenty for a sum of some hundred terms, and halves what a service keeps in memory.
    public func weights() -> [Float] {
        let (count, order) = (titleCount, likedTitles.count)
        var weights = [Float](repeating: 0, count: count * count)
        weights.withUnsafeMutableBufferPointer { weights in
            inverse.entries.withUnsafeBufferPointer { entries in
                likedTitles.withUnsafeBufferPointer { titles in
                    for row in 0..<order {
                        let diagonal = entries[row * order + row]
                        for column in 0..<row {
                            let entry = -entries[row * order + column]
                            weights[titles[row] * count + titles[column]] =
                                Float(entry / entries[column * order + column])
                            weights[titles[column] * count + titles[row]] = Float(entry / diagonal)
                        }
                    }
                }
            }
        }
        return weights
    }
}
