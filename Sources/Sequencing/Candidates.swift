/// The titles that may be in a plan for one viewer, by their places in the table's candidates, and what each is worth.
struct Candidates {
    private let table: PlanTable
    private let scorer: Scorer
    /// The score of each title.
    let scores: [Double]
    /// What orders titles whose scores are exactly equal: the least is best.
    private let draws: [UInt64]
    private let seed: UInt64
    private let policy: RankingPolicy

    var count: Int { scores.count }
    /// The titles by the kinds of slots that they fit.
    var groups: TitleGroups { table.groups }

    init(_ table: PlanTable, _ request: PlanRequest, seed: UInt64) {
        self.table = table
        var generator = SplitMix64(seed: seed)
        let responses = request.policy.exploration.drawsResponses ? table.drawResponses(using: &generator) : nil
        let scorer = Scorer(
            table.titles, viewer: request.viewer, weights: request.policy.weights, responses: responses)
        self.scorer = scorer
        scores = table.candidates.map(scorer.score(of:))
        draws = table.candidates.map { _ in generator.next() }
        (self.seed, policy) = (seed, request.policy)
    }

    /// Whether a title is before another. The order is total: the draws were made by rising id, and that stays the last word.
    func isBetter(_ title: Int, than other: Int) -> Bool {
        (scores[other], draws[title], title) < (scores[title], draws[other], other)
    }

    /// The best titles, the best first. Of thousands only a few are ever shown, and sorting the others is most of a plan's time.
    private func best(_ count: Int) -> [Int] {
        var best: [Int] = []
        best.reserveCapacity(count + 1)
        for title in scores.indices {
            if best.count == count {
                guard let last = best.last, isBetter(title, than: last) else { continue }
                best.removeLast()
            }
            best.insert(title, at: best.firstIndex { isBetter(title, than: $0) } ?? best.count)
        }
        return best
    }

    /// How much two titles resemble each other.
    func resemblance(_ first: Int, _ second: Int) -> Double {
        table.titles.table.genres.resemblance(table.candidates[first], table.candidates[second])
    }

    /// The clip that a title has for a kind of slot.
    func clip(_ title: Int, _ kind: SlotKind) -> FittingClip? { table.clip(title, kind) }

    /// A title with its score and why.
    func scored(_ title: Int) -> ScoredTitle { scorer.scored(table.candidates[title]) }

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
        if groups.isUniform, count >= slots.count {
            let best = best(slots.count)
            return Assignment.sorted(values: values).map { Pick(title: best[$0]) }
        }
        let order = scores.indices.sorted(by: isBetter(_:than:))
        let ranks = Assignment.best(scores: order.map { scores[$0] }, values: values) {
            clip(order[$0], slots[$1].kind) != nil
        }
        return ranks.map { $0.map { Pick(title: order[$0]) } }
    }
}
