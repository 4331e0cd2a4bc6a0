public import Diagnostics

/// Which of several things a rate depends on: how often something happened beside how often the other things would have it happen.
///
/// A slot is skipped often. Is it its place, its title or its length? Counts are explained as `starts·r·Π aᵢ`, one factor for each level of
/// each thing (a Poisson model with a log link), fitted by giving each level in turn the factor that makes its counts come out
/// (iterative proportional fitting, Deming & Stephan 1940), drawn to 1 by some pseudo counts.
public struct FactorRates: Hashable, Sendable {
    /// What happened in one combination of levels.
    public struct Cell: Hashable, Sendable {
        /// The index of the level of each thing.
        public var levels: [Int]
        /// How often it could have happened.
        public var starts: Double
        /// How often it did.
        public var count: Double

        /// Describes a cell.
        public init(levels: [Int], starts: Double, count: Double) {
            (self.levels, self.starts, self.count) = (levels, starts, count)
        }
    }

    /// A level of a thing.
    public struct Level: Hashable, Sendable {
        /// How often it could have happened.
        public let starts: Double
        /// How often it happened.
        public let observed: Double
        /// How often it would have, were the level as usual for its thing: over all levels as many as were observed.
        public let expected: Double

        /// Observed over expected; `nil` where nothing was expected.
        public var ratio: Double? { expected > 0 ? observed / expected : nil }
        /// How far the observed count is from the expected one, in standard deviations of a Poisson count.
        public var deviation: Double { expected > 0 ? (observed - expected) / expected.squareRoot() : 0 }
    }

    /// The levels of each thing, in the order of their indexes.
    public let things: [[Level]]
    /// The rate over all.
    public let rate: Double

    private static let rounds = 200
    private static let tolerance = 1e-10

    /// Explains counts.
    ///
    /// - Parameters:
    ///   - cells: what happened; combinations that never could may be left out.
    ///   - levels: how many levels each thing has.
    ///   - pseudoCounts: how many expected counts, all as expected, each level starts with.
    /// - Throws: `Fault` `.badInput` for a cell with another number of levels, or a level or count out of range.
    public init(_ cells: [Cell], levels: [Int], pseudoCounts: Double = 3) throws(Fault) {
        for (number, cell) in cells.enumerated() {
            let isSound =
                cell.levels.count == levels.count && zip(cell.levels, levels).allSatisfy { (0..<$1).contains($0) }
                && cell.starts >= 0 && cell.count >= 0 && cell.starts.isFinite && cell.count.isFinite
            guard isSound else { throw Fault(.badInput, "cell \(number): a level or a count is out of range") }
        }
        let starts = cells.reduce(0) { $0 + $1.starts }
        let rate = starts > 0 ? cells.reduce(0) { $0 + $1.count } / starts : 0
        var factors = levels.map { Array(repeating: 1.0, count: $0) }
        for _ in 0..<Self.rounds {
            var change = 0.0
            for thing in levels.indices {
                let sums = Self.sums(cells, factors, rate, thing)
                for (level, sum) in sums.enumerated() {
                    let factor = (sum.observed + pseudoCounts) / (sum.expected + pseudoCounts)
                    change = max(change, (factor - factors[thing][level]).magnitude)
                    factors[thing][level] = factor
                }
            }
            if change < Self.tolerance { break }
        }
        self.rate = rate
        things = levels.indices.map { Self.shared(Self.sums(cells, factors, rate, $0)) }
    }

    /// The levels of a thing with what was observed of all of them shared out as it is expected of each: a fit knows only the products of
    /// factors, and may have put what is usual of one thing into another.
    private static func shared(_ levels: [Level]) -> [Level] {
        let (observed, expected) = levels.reduce((0, 0)) { ($0.0 + $1.observed, $0.1 + $1.expected) }
        guard expected > 0 else { return levels }
        return levels.map {
            Level(starts: $0.starts, observed: $0.observed, expected: $0.expected * observed / expected)
        }
    }

    /// What was observed of each level of a thing, and what all other things let expect.
    private static func sums(_ cells: [Cell], _ factors: [[Double]], _ rate: Double, _ thing: Int) -> [Level] {
        var sums = Array(repeating: (starts: 0.0, observed: 0.0, expected: 0.0), count: factors[thing].count)
        for cell in cells {
            var expected = cell.starts * rate
            for (other, level) in cell.levels.enumerated() where other != thing { expected *= factors[other][level] }
            let level = cell.levels[thing]
            sums[level].starts += cell.starts
            sums[level].observed += cell.count
            sums[level].expected += expected
        }
        return sums.map { Level(starts: $0.starts, observed: $0.observed, expected: $0.expected) }
    }
}
