import MediaTime

/// The titles that may be in a plan for one viewer, best first.
struct Candidates {
    private let table: PlanTable
    private let scorer: Scorer
    /// Places in the table's candidates, by falling score; the seed orders those whose scores are exactly equal.
    private let order: [Int]
    /// The scores, in the same order.
    let scores: [Double]

    var count: Int { order.count }

    init(_ table: PlanTable, _ request: PlanRequest, seed: UInt64) {
        self.table = table
        let scorer = Scorer(table.titles, viewer: request.viewer, weights: request.weights)
        self.scorer = scorer
        var generator = SplitMix64(seed: seed)
        var ranked = table.candidates.enumerated().map { place, number in
            (place: place, score: scorer.score(of: number), draw: generator.next())
        }
        // The draws were made by rising id, and that stays the last word: the order is total.
        ranked.sort { ($1.score, $0.draw, $0.place) < ($0.score, $1.draw, $1.place) }
        order = ranked.map(\.place)
        scores = ranked.map(\.score)
    }

    /// The clip that the title of a rank has for a kind of slot.
    func range(_ rank: Int, _ kind: SlotKind) -> FrameRange? { table.range(order[rank], kind) }

    /// The title of a rank, with its score and why.
    func scored(_ rank: Int) -> ScoredTitle { scorer.scored(table.candidates[order[rank]]) }

    /// The best title of each slot, each title at most once, by rank; `nil` where none is left that fits.
    func assign(to slots: [RankedSlot]) -> [Int?] {
        let values = slots.map(\.kind.value)
        if table.isUniform, count >= slots.count { return Assignment.sorted(values: values) }
        return Assignment.best(scores: scores, values: values) { rank, slot in range(rank, slots[slot].kind) != nil }
    }
}
