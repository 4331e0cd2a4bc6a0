/// How much liking one title says of liking another: a dense matrix of weights (EASE, Steck 2019, arXiv:1905.03375).
///
/// A program that fits it makes it once; it is read from any thread, without a lock.
public final class ItemModel: Sendable {
    /// The ids of the titles that it knows, in the order of rows and columns.
    public let titles: [String]
    /// Row by row: `weights[j·n + i]` is what liking title j adds to title i. The diagonal is 0.
    public let weights: [Float]
    private let numbers: [String: Int]

    /// Takes a matrix of `titles.count` rows and columns, all finite; ids must differ.
    public init(titles: [String], weights: [Float]) {
        precondition(weights.count == titles.count * titles.count, "a weight for each pair of titles")
        precondition(weights.allSatisfy(\.isFinite), "a weight is no number")
        self.titles = titles
        self.weights = weights
        numbers = Dictionary(uniqueKeysWithValues: titles.enumerated().map { ($1, $0) })
    }

    /// The row of a title; `nil` if the model does not know it.
    func row(of title: String) -> Int? { numbers[title] }

    /// The sum of the rows of what a viewer likes: one value for each of ``titles``.
    func sums(ofRows liked: [Int]) -> [Double] {
        let count = titles.count
        var sums = [Double](repeating: 0, count: count)
        weights.withUnsafeBufferPointer { weights in
            sums.withUnsafeMutableBufferPointer { sums in
                for row in liked {
                    let row = UnsafeBufferPointer(rebasing: weights[row * count..<(row + 1) * count])
                    for column in 0..<count { sums[column] += Double(row[column]) }
                }
            }
        }
        return sums
    }
}
