public import Diagnostics
import Plans

extension PlanTable {
    /// The plan of a request: pure and deterministic.
    ///
    /// Titles are scored, and given to the ranked slots so that the sum of score × slot value (frames/80) is as large as it can
    /// be: higher scores get longer slots, of equal slots the earlier. With too few titles the reel is shortened from its last
    /// ranked slots. A policy that leaves something to chance draws each slot instead, by falling value, and the plan says with which
    /// `propensity`; without chance the seed only orders titles whose scores are exactly equal, and `propensity` stays `nil`.
    ///
    /// - Throws: `Fault` `.badInput` for too few titles: it says how many were eligible and why the others were refused.
    public func plan(_ request: PlanRequest) throws(Fault) -> PlanOutcome {
        let viewer = request.viewer.id
        let seed = request.seed ?? Seed.daily(viewer: viewer, edition: edition, at: titles.table.at)
        let candidates = Candidates(self, request, seed: seed)
        var layout = layout
        let picks = weighed(try fill(&layout, with: candidates), in: layout.ranked, request, seed: seed)
        var plan = ReelPlan(
            edition: edition, slots: Self.slots(layout, picks, candidates), audio: request.audio)
        plan.viewer = viewer
        plan.cadence = cadence.name
        plan.seed = seed
        plan.at = at
        plan.reel = plan.identity(edition: edition)
        return PlanOutcome(plan: plan, refused: refused, notes: layout.notes)
    }

    /// The title of each ranked slot, in playing order; shortens `layout` until all its slots can be filled.
    private func fill(_ layout: inout Layout, with candidates: Candidates) throws(Fault) -> [Pick] {
        let full = layout.ranked.count
        // A plan that is drawn again because a repeat found no place has other odds than its draws say.
        var isExact = true
        while true {
            let slots = layout.ranked
            let fresh = candidates.assign(to: slots)
            let different = fresh.count(where: { $0 != nil })
            if different >= cadence.minTitles,
                let titles = Repeats.complete(fresh.map { $0?.title }, slots, candidates, rule: cadence.repeat)
            {
                if slots.count < full {
                    let reason =
                        slots.count == cadence.maxTitles
                        ? "maxTitles is \(slots.count), and nothing may be shown again" : "too few titles fit"
                    layout.notes.append("the reel is shortened from \(full) to \(slots.count) ranked slots: \(reason)")
                }
                return zip(fresh, titles).map { isExact ? $0 ?? Pick(title: $1) : Pick(title: $1) }
            }
            if different >= cadence.minTitles { isExact = false }
            guard slots.count > cadence.minTitles else {
                throw Fault(
                    .badInput,
                    "cadence '\(printable(cadence.name))': minTitles is \(cadence.minTitles), titles eligible: "
                        + "\(candidates.count), ranked slots they fill: \(different) of \(slots.count); refused: "
                        + "\(Eligibility.summary(refused)); add titles or clips, or take another cadence")
            }
            layout.dropLastRanked()
        }
    }

    private static func slots(_ layout: Layout, _ picks: [Pick], _ candidates: Candidates) -> [ReelPlan.Slot] {
        var ranked = picks.makeIterator()
        return layout.places.map { place in
            switch place {
            case .fixed(let title, let type):
                return ReelPlan.Slot(title: title, type: type)
            case .ranked(let kind):
                guard let pick = ranked.next(), let clip = candidates.clip(pick.title, kind) else {
                    preconditionFailure("a ranked slot was left open")
                }
                let scored = candidates.scored(pick.title)
                var slot = ReelPlan.Slot(
                    title: scored.title, type: kind.types[clip.rank], score: scored.score,
                    propensity: pick.draw?.propensity,
                    why: scored.terms)
                slot.temperature = pick.draw?.temperature
                slot.scaled = pick.draw?.scaled
                return slot
            }
        }
    }
}
