public import Diagnostics

/// A column of what a fit learns from: a feature of the score, or something that is only there to be told apart from
/// it.
public struct LogisticColumn: Hashable, Sendable {
    /// The name in messages, such as `popularity`.
    public var name: String
    /// Whether the weight may not be below 0: more popular never counts against a title.
    public var isNonNegative: Bool
    /// Whether the column explains the label and is no part of the score: the slot, the length of the clip.
    ///
    /// Serving holds it fixed, so it shifts all titles alike (Zinkevich, Rules of ML 36).
    public var isNuisance: Bool

    /// Describes a column.
    public init(_ name: String, isNonNegative: Bool = false, isNuisance: Bool = false) {
        self.name = name
        self.isNonNegative = isNonNegative
        self.isNuisance = isNuisance
    }
}

/// Labelled rows of a log that weights are fitted on; each row is checked when it comes in.
public struct LogisticSamples: Sendable {
    /// What stands in each row, in this order.
    public let columns: [LogisticColumn]
    /// The rows, one after the other.
    private(set) var values: [Double] = []
    /// 1 for a positive label, else 0.
    private(set) var labels: [Double] = []
    /// How often each row counts.
    private(set) var importances: [Double] = []

    /// The number of rows.
    public var count: Int { labels.count }

    /// The rows as they came in.
    public var rows: [(values: [Double], label: Bool, importance: Double)] {
        labels.indices.map { row in
            let values = Array(values[row * columns.count..<(row + 1) * columns.count])
            return (values, labels[row] == 1, importances[row])
        }
    }

    /// No rows yet, of these columns.
    public init(columns: [LogisticColumn]) { self.columns = columns }

    /// Adds a row.
    ///
    /// - Parameters:
    ///   - row: a finite number per column.
    ///   - label: whether what was hoped for came true.
    ///   - importance: how often the row counts (c), 0 or more; see ``importance(propensity:limit:)``.
    /// - Throws: `Fault` `.badInput` that names the row (from 0) and the column.
    public mutating func append(_ row: [Double], label: Bool, importance: Double = 1) throws(Fault) {
        guard row.count == columns.count else {
            throw Fault(.badInput, "row \(count): has \(row.count) numbers for \(columns.count) columns")
        }
        if let index = row.firstIndex(where: { !$0.isFinite }) {
            throw Fault(
                .badInput, "row \(count): \(printable(columns[index].name)): \(row[index]) is no finite number")
        }
        guard importance >= 0, importance.isFinite else {
            throw Fault(.badInput, "row \(count): importance \(importance) is not a finite number of 0 or more")
        }
        values.append(contentsOf: row)
        labels.append(label ? 1 : 0)
        importances.append(importance)
    }

    /// How often a row counts that was shown with probability `propensity`: `min(1/p, limit)`.
    ///
    /// What is shown rarely stands for all the times it was not. The limit gives up a little of that for far less
    /// noise.
    /// - Throws: `Fault` `.badInput` for a propensity that is not more than 0 and at most 1, and a limit below 1.
    public static func importance(propensity: Double, limit: Double = 10) throws(Fault) -> Double {
        guard propensity > 0, propensity <= 1 else {
            throw Fault(.badInput, "propensity \(propensity) is not more than 0 and at most 1")
        }
        guard limit >= 1 else { throw Fault(.badInput, "the limit \(limit) of importances is not 1 or more") }
        return min(1 / propensity, limit)
    }
}
