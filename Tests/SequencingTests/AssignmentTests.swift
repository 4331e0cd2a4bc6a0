import Sequencing
import Testing

@Suite struct AssignmentTests {
    private let scores = [0.9, 0.7, 0.65, 0.3]
    private let values = [3.33, 1.5, 1.4, 0.9]

    private func total(_ titles: [Int?], _ scores: [Double], _ values: [Double]) -> Double {
        zip(titles, values).reduce(0) { $0 + ($1.0.map { scores[$0] } ?? 0) * $1.1 }
    }

    /// The vectors of SEQUENCING, section 2.
    @Test func givesTheBestSum() {
        let all = Assignment.best(scores: scores, values: values) { _, _ in true }
        #expect(all == [0, 1, 2, 3])
        #expect(abs(total(all, scores, values) - 5.227) < 1e-9)
        let some = Assignment.best(scores: scores, values: values) { title, slot in !(title == 0 && slot == 0) }
        #expect(some == [1, 0, 2, 3])
        #expect(abs(total(some, scores, values) - 4.861) < 1e-9)
    }

    @Test func sortsToSortedWhereAllFit() {
        #expect(Assignment.best(scores: [3, 2, 1], values: [1, 2, 3]) { _, _ in true } == [2, 1, 0])
        #expect(Assignment.best(scores: [-1, -2, -3], values: [1, 2]) { _, _ in true } == [1, 0])
        #expect(Assignment.best(scores: [], values: []) { _, _ in true } == [])
        #expect(Assignment.best(scores: [], values: [1, 1]) { _, _ in true } == [nil, nil])
    }

    @Test func tiesGoByRankAndPlace() {
        #expect(Assignment.best(scores: [0.1, 0.1, 0.1], values: [1, 1, 1]) { _, _ in true } == [0, 1, 2])
        #expect(Assignment.best(scores: [0.3, 0.1, 0.1], values: [0.5, 1, 1]) { _, _ in true } == [2, 0, 1])
        // A difference below the resolution is a tie, and a tie goes by rank.
        #expect(Assignment.best(scores: [1, 1 + 1e-14], values: [1, 0.5]) { _, _ in true } == [0, 1])
    }

    @Test func fillsAsManySlotsAsPossibleFirst() {
        // Title 0 fits both slots, title 1 only the first: the better sum would leave slot 1 empty.
        let titles = Assignment.best(scores: [5, -9], values: [1, 0.1]) { title, slot in title == 0 || slot == 0 }
        #expect(titles == [1, 0])
        #expect(
            Assignment.best(scores: [1, 2], values: [1, 1]) { title, slot in slot == 1 && title == 0 } == [nil, 0])
    }

    /// Against all assignments there are, on 600 small random cases, negative scores and equal ones among them.
    @Test func noOtherAssignmentIsBetter() {
        var generator = SplitMix64(seed: 20_261_124)
        for _ in 0..<600 {
            let titles = Int.random(in: 0...5, using: &generator)
            let slots = Int.random(in: 1...4, using: &generator)
            let scores = (0..<titles).map { _ in Double(Int.random(in: -3...5, using: &generator)) / 4 }.sorted(by: >)
            let values = (0..<slots).map { _ in Double(Int.random(in: 1...3, using: &generator)) / 2 }
            let table = (0..<titles).map { _ in (0..<slots).map { _ in generator.next() % 4 != 0 } }
            let found = Assignment.best(scores: scores, values: values) { table[$0][$1] }
            let best = best(scores, values, table, slot: 0, used: [])
            let filled = found.count(where: { $0 != nil })
            #expect(filled == best.filled && abs(total(found, scores, values) - best.sum) < 1e-9)
            #expect(Set(found.compactMap { $0 }).count == filled)
            #expect(found.enumerated().allSatisfy { slot, title in title.map { table[$0][slot] } ?? true })
        }
    }

    /// The most slots that can be filled, and the best sum with that many, by trying everything.
    private func best(
        _ scores: [Double], _ values: [Double], _ table: [[Bool]], slot: Int, used: Set<Int>
    ) -> (filled: Int, sum: Double) {
        guard slot < values.count else { return (0, 0) }
        var best = best(scores, values, table, slot: slot + 1, used: used)
        for title in scores.indices where !used.contains(title) && table[title][slot] {
            let rest = self.best(scores, values, table, slot: slot + 1, used: used.union([title]))
            let candidate = (filled: rest.filled + 1, sum: rest.sum + scores[title] * values[slot])
            if candidate > best { best = candidate }
        }
        return best
    }

    @Test func whereAllFitTheBestIsTheSortedOrder() {
        var random = SplitMix64(seed: 5)
        for _ in 0..<300 {
            let values = (0..<Int.random(in: 1...8, using: &random)).map { _ in
                Double(Int.random(in: 1...4, using: &random)) / 2
            }
            let count = values.count + Int.random(in: 0...5, using: &random)
            let scores = (0..<count).map { _ in Double(Int.random(in: -3...3, using: &random)) / 3 }.sorted(by: >)
            let best = Assignment.best(scores: scores, values: values) { _, _ in true }
            #expect(Assignment.sorted(values: values) == best, "\(scores) \(values)")
        }
    }
}
