/// Gives each slot a title so that the sum of value × score is as large as it can be (Kuhn 1955).
///
/// First as many slots as possible are filled, then the sum decides, then rank: of several best assignments it is the one
/// in which titles of a better rank have slots of a better rank. Where every title fits every slot that is simply sorted to
/// sorted (rearrangement inequality).
///
/// Scores and values are rounded to 2^−40 and 2^−24 and all sums are whole numbers of 128 bits, so that ties are ties and
/// not the noise of an order of addition.
public enum Assignment {
    /// The title of each slot, as an index into `scores`; `nil` for a slot that could not be filled.
    ///
    /// - Parameters:
    ///   - scores: each title's score, negative ones too; titles of a better rank come first.
    ///   - values: each slot's value, not negative; slots of equal value rank in this order.
    ///   - fits: whether a title has a clip for a slot.
    ///
    /// Takes time proportional to slots² × titles. Traps on scores beyond ±2^20 and values beyond 2^32.
    public static func best(
        scores: [Double], values: [Double], fits: (_ title: Int, _ slot: Int) -> Bool
    ) -> [Int?] {
        let slotRanks = ranks(of: values)
        let titles = contenders(scores, slots: values.count, fits)
        let costs = values.indices.map { slot in
            let value = fixed(values[slot], bits: 24, limit: 0x1p32)
            precondition(value >= 0, "a slot's value is negative")
            // The last columns stand for "nothing", one for each slot, so that every row finds a column.
            return titles.map { title -> Cost? in
                guard fits(title, slot) else { return nil }
                let rank = (values.count - slotRanks[slot]) * (scores.count - title)
                return Cost(unfilled: 0, loss: -value * fixed(scores[title], bits: 40, limit: 0x1p20), rank: -rank)
            } + values.indices.map { $0 == slot ? Cost(unfilled: 1, loss: 0, rank: 0) : nil }
        }
        return HungarianSolver.cheapestColumns(costs).map { $0 < titles.count ? titles[$0] : nil }
    }

    /// The title of each slot where every title fits every slot and there are enough: what ``best(scores:values:fits:)`` finds, by sorting.
    public static func sorted(values: [Double]) -> [Int] { ranks(of: values) }

    /// The titles that can be in a best assignment, in order: of those that fit a slot, as many as there are slots, the best first. For a
    /// worse one, one of these is free, and is no worse in that slot.
    private static func contenders(_ scores: [Double], slots: Int, _ fits: (_ title: Int, _ slot: Int) -> Bool) -> [Int]
    {
        let order = byFallingValue(scores)
        var chosen = Array(repeating: false, count: scores.count)
        for slot in 0..<slots {
            var left = slots
            for title in order where left > 0 && fits(title, slot) {
                chosen[title] = true
                left -= 1
            }
        }
        return scores.indices.filter { chosen[$0] }
    }

    private static func fixed(_ number: Double, bits: Int, limit: Double) -> Int128 {
        precondition(number.magnitude <= limit, "\(number) is too large to compare or no number")
        return Int128((number * Double(sign: .plus, exponent: bits, significand: 1)).rounded())
    }

    /// Each slot's place by falling value, from 0; ties keep their order.
    private static func ranks(of values: [Double]) -> [Int] {
        let order = byFallingValue(values)
        var ranks = Array(repeating: 0, count: values.count)
        for (rank, slot) in order.enumerated() { ranks[slot] = rank }
        return ranks
    }
}

/// What giving a title to a slot costs; compared from left to right.
private struct Cost: Comparable {
    var unfilled: Int
    var loss: Int128
    var rank: Int

    static let zero = Cost(unfilled: 0, loss: 0, rank: 0)

    static func < (left: Cost, right: Cost) -> Bool {
        (left.unfilled, left.loss, left.rank) < (right.unfilled, right.loss, right.rank)
    }

    static func + (left: Cost, right: Cost) -> Cost {
        Cost(unfilled: left.unfilled + right.unfilled, loss: left.loss + right.loss, rank: left.rank + right.rank)
    }

    static func - (left: Cost, right: Cost) -> Cost {
        Cost(unfilled: left.unfilled - right.unfilled, loss: left.loss - right.loss, rank: left.rank - right.rank)
    }
}

/// The Hungarian method with potentials, one shortest augmenting path a row (Jonker & Volgenant 1987).
///
/// Rows and columns count from 1 here; column 0 stands for the row that is being placed.
private struct HungarianSolver {
    private let costs: [[Cost?]]
    private let columns: Int
    private var rowPotential: [Cost]
    private var columnPotential: [Cost]
    private var rowOfColumn: [Int]
    /// The length of the shortest path to each column so far, and the column before it.
    private var distance: [Cost?] = []
    private var previous: [Int] = []
    private var isVisited: [Bool] = []

    private init(_ costs: [[Cost?]]) {
        self.costs = costs
        columns = costs.first?.count ?? 0
        rowPotential = Array(repeating: .zero, count: costs.count + 1)
        columnPotential = Array(repeating: .zero, count: columns + 1)
        rowOfColumn = Array(repeating: 0, count: columns + 1)
    }

    /// The column of each row, all different, with the least total cost. `nil` forbids a pair; every row must have a
    /// column that only it may take.
    static func cheapestColumns(_ costs: [[Cost?]]) -> [Int] {
        var solver = HungarianSolver(costs)
        for row in costs.indices { solver.place(row + 1) }
        var result = Array(repeating: 0, count: costs.count)
        for (column, row) in solver.rowOfColumn.enumerated().dropFirst() where row != 0 {
            result[row - 1] = column - 1
        }
        return result
    }

    /// Finds the shortest path from `row` to a free column, and moves the rows on it along.
    private mutating func place(_ row: Int) {
        rowOfColumn[0] = row
        distance = Array(repeating: nil, count: columns + 1)
        previous = Array(repeating: 0, count: columns + 1)
        isVisited = Array(repeating: false, count: columns + 1)
        var column = 0
        repeat {
            isVisited[column] = true
            relax(from: column)
            column = advance()
        } while rowOfColumn[column] != 0
        while column != 0 {
            rowOfColumn[column] = rowOfColumn[previous[column]]
            column = previous[column]
        }
    }

    /// Shortens the paths to the columns that the row of `column` may take.
    private mutating func relax(from column: Int) {
        let row = rowOfColumn[column]
        for candidate in 1...columns where !isVisited[candidate] {
            guard let cost = costs[row - 1][candidate - 1] else { continue }
            let reduced = cost - rowPotential[row] - columnPotential[candidate]
            if let known = distance[candidate], known <= reduced { continue }
            distance[candidate] = reduced
            previous[candidate] = column
        }
    }

    /// The nearest column that was not visited; the potentials are moved so that its distance becomes 0.
    private mutating func advance() -> Int {
        var nearest: (column: Int, distance: Cost)?
        for candidate in 1...columns where !isVisited[candidate] {
            guard let far = distance[candidate] else { continue }
            if let known = nearest, known.distance <= far { continue }
            nearest = (candidate, far)
        }
        guard let nearest else { preconditionFailure("a row has no column of its own") }
        for column in 0...columns {
            if isVisited[column] {
                let row = rowOfColumn[column]
                rowPotential[row] = rowPotential[row] + nearest.distance
                columnPotential[column] = columnPotential[column] - nearest.distance
            } else if let far = distance[column] {
                distance[column] = far - nearest.distance
            }
        }
        return nearest.column
    }
}
