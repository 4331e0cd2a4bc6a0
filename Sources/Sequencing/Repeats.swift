import MediaTime

/// Fills the slots that no fresh title can fill with titles that are shown already, where the cadence allows it.
///
/// A repeat shows another clip of the title (another range of frames), at most `rule.max` times in all, and at least
/// `rule.minDistance` slots away from every other showing.
struct Repeats {
    private let slots: [RankedSlot]
    private let candidates: Candidates
    private let rule: Cadence.Repeat
    /// What is shown already, the best first.
    private let shown: [Int]
    /// The title of each slot.
    private var titles: [Int?]
    private var steps = 0

    /// The search gives up here, and the reel is shortened: with very many ways that all fail it would not end.
    private static let mostSteps = 20_000

    /// `fresh` with its gaps filled; `nil` if that can't be done.
    ///
    /// Gaps are filled by falling value, each with the best title that may stand there; a choice that leaves another gap
    /// open is taken back. What stands in `fresh` stays.
    static func complete(
        _ fresh: [Int?], _ slots: [RankedSlot], _ candidates: Candidates, rule: Cadence.Repeat
    ) -> [Int]? {
        let shown = fresh.compactMap(\.self)
        guard shown.count < slots.count else { return shown }
        let gaps = byFallingValue(slots.map(\.kind.value)).filter { fresh[$0] == nil }
        var search = Repeats(
            slots: slots, candidates: candidates, rule: rule, shown: shown.sorted(by: candidates.isBetter(_:than:)),
            titles: fresh)
        guard search.fill(gaps[...]) else { return nil }
        return search.titles.compactMap { $0 }
    }

    private mutating func fill(_ gaps: ArraySlice<Int>) -> Bool {
        guard let gap = gaps.first else { return true }
        for title in shown where mayShow(title, in: gap) {
            steps += 1
            guard steps <= Self.mostSteps else { return false }
            titles[gap] = title
            if fill(gaps.dropFirst()) { return true }
            titles[gap] = nil
        }
        return false
    }

    private func mayShow(_ title: Int, in gap: Int) -> Bool {
        guard let range = candidates.clip(title, slots[gap].kind)?.range else { return false }
        let showings = titles.indices.filter { titles[$0] == title }
        return showings.count < rule.max
            && showings.allSatisfy { slot in
                abs(slots[slot].place - slots[gap].place) >= rule.minDistance
                    && candidates.clip(title, slots[slot].kind)?.range != range
            }
    }
}
