import MediaTime

/// The titles that may be in a plan for one viewer, best first.
struct Candidates {
    private let table: PlanTable
    private let scorer: Scorer
    /// Places in the table's candidates, by falling score; the seed orders those whose scores are exactly equal.
    private let order: [Int]
    /// The scores, in the same order.
    let scores: [Double]
    /// The scores, and the ranks, by rising title id.
    let scoresByID: [Double]
    let rankByID: [Int]
    private let seed: UInt64
    private let policy: RankingPolicy

    var count: Int { order.count }

    init(_ table: PlanTable, _ request: PlanRequest, seed: UInt64) {
        self.table = table
        var generator = SplitMix64(seed: seed)
        let responses = request.policy.exploration.drawsResponses ? table.drawResponses(using: &generator) : nil
        let scorer = Scorer(
            table.titles, viewer: request.viewer, weights: request.policy.weights, responses: responses)
        self.scorer = scorer
        var ranked = table.candidates.enumerated().map { place, number in
            (place: place, score: scorer.score(of: number), draw: generator.next())
        }
        // The draws were made by rising id, and that stays the last word: the order is total.
        ranked.sort { ($1.score, $0.draw, $0.place) < ($0.score, $1.draw, $1.place) }
        order = ranked.map(\.place)
        scores = ranked.map(\.score)
        var (scoresByID, rankByID) = (scores, Array(ranked.indices))
        for (rank, title) in ranked.enumerated() {
            (scoresByID[title.place], rankByID[title.place]) = (title.score, rank)
        }
        (self.scoresByID, self.rankByID) = (scoresByID, rankByID)
        (self.seed, policy) = (seed, request.policy)
    }

    /// How much two titles resemble each other, given by their places in the order of ids.
    func resemblance(_ first: Int, _ second: Int) -> Double {
        table.titles.table.genres.resemblance(table.candidates[first], table.candidates[second])
    }

    /// The clip that the title of a rank has for a kind of slot.
    func clip(_ rank: Int, _ kind: SlotKind) -> FittingClip? { table.clip(order[rank], kind) }

    /// The place of the title of a rank in the order of ids.
    func place(ofRank rank: Int) -> Int { order[rank] }

    /// The title of a rank, with its score and why.
    func scored(_ rank: Int) -> ScoredTitle { scorer.scored(table.candidates[order[rank]]) }

    /// A title for each slot, each title at most once; `nil` where none is left that fits, or where the cadence wants no further title.
    /// Without chance and without regard to resemblance the best for all slots together, else drawn slot by slot.
    func assign(to slots: [RankedSlot]) -> [Pick?] {
        guard let most = table.cadence.maxTitles, most < slots.count else { return fill(slots) }
        var picks = slots.map { _ in Pick?.none }
        let open = byFallingValue(slots.map(\.kind.value)).prefix(most).sorted()
        for (slot, pick) in zip(open, fill(open.map { slots[$0] })) { picks[slot] = pick }
        return picks
    }

    private func fill(_ slots: [RankedSlot]) -> [Pick?] {
        guard policy.exploration.isGreedy, policy.diversity == 1 else {
            return Drawing.picks(self, slots, policy, seed: seed)
        }
        let values = policy.arrangement.values(slots)
        let ranks =
            table.isUniform && count >= slots.count
            ? Assignment.sorted(values: values)
            : Assignment.best(scores: scores, values: values) { clip($0, slots[$1].kind) != nil }
        return ranks.map { $0.map { Pick(rank: $0) } }
    }
}
