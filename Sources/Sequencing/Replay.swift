import Plans

/// How likely a policy fills a slot with each title, where the titles of the slots before it are given.
public struct SlotOdds: Sendable {
    /// The titles that may fill it, by their numbers in the catalogue's table.
    public let titles: [Int]
    /// The probability of each.
    public let probabilities: [Double]
}

extension PlanTable {
    /// How likely a policy would have filled each ranked slot as it was filled, given the slots that it fills before: what weighs a log
    /// for another policy.
    ///
    /// - Parameters:
    ///   - given: the title of each ranked slot, in playing order.
    ///   - policy: the policy to judge.
    /// - Returns: for each ranked slot what might have filled it; `nil` where a given title is not among it or stands twice, so that the log says
    ///   nothing.
    public func odds(
        of given: [String], viewer: ViewerFacts, policy: RankingPolicy
    ) -> [SlotOdds]? {
        let slots = layout.ranked
        guard given.count == slots.count else { return nil }
        let places = Dictionary(uniqueKeysWithValues: candidates.enumerated().map { ($1, $0) })
        let known = given.compactMap { titles.table.number(of: $0).flatMap { places[$0] } }
        guard known.count == given.count else { return nil }
        let request = PlanRequest(viewer: viewer, audio: AudioSettings(), policy: policy)
        let odds = Drawing.odds(of: known, Candidates(self, request, seed: 0), slots, policy)
        return odds?.map { SlotOdds(titles: $0.titles.map { candidates[$0] }, probabilities: $0.probabilities) }
    }
}
