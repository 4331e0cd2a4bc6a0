public import Diagnostics
import MediaTime
import Plans

/// Makes plans: pure, greedy (temperature 0) and deterministic.
public enum Planner {
    /// The plan of a request.
    ///
    /// Titles are filtered by the hard rules, scored, and given to the ranked slots so that the sum of score × slot value
    /// (frames/80) is as large as it can be: higher scores get longer slots, of equal slots the earlier. With too few titles
    /// the reel is shortened from its last ranked slots. Nothing is drawn: the seed only orders titles whose scores are
    /// exactly equal, and `propensity` stays `nil`.
    ///
    ///     let outcome = try Planner.plan(PlanRequest(snapshot: snapshot, edition: id, clips: clips, audio: audio))
    ///     let json = try outcome.plan.encodedJSON()
    ///
    /// - Throws: `Fault` `.badInput` for an unsound cadence, a required bumper that the edition lacks, or too few titles: then
    ///   it says how many were eligible and why the others were refused.
    public static func plan(_ request: PlanRequest) throws(Fault) -> PlanOutcome {
        let cadence = request.cadence
        do {
            try cadence.check()
        } catch {
            throw Fault(error.status, "cadence '\(printable(cadence.name))': \(error.message)")
        }
        var layout = try Layout(cadence, edition: request.edition, clips: request.clips)
        let viewer = request.snapshot.viewer.id
        let seed = request.seed ?? Seed.daily(viewer: viewer, edition: request.edition, at: request.snapshot.at)
        let candidates = Candidates(request, layout: layout, seed: seed)
        let titles = try fill(&layout, with: candidates, cadence)

        var plan = ReelPlan(edition: request.edition, slots: slots(layout, titles, candidates), audio: request.audio)
        plan.viewer = viewer
        plan.cadence = cadence.name
        plan.seed = seed
        plan.at = request.snapshot.at.description
        plan.reel = plan.identity(edition: request.edition)
        return PlanOutcome(plan: plan, refused: candidates.refused, notes: layout.notes)
    }

    /// The title of each ranked slot, in playing order; shortens `layout` until all its slots can be filled.
    private static func fill(
        _ layout: inout Layout, with candidates: Candidates, _ cadence: Cadence
    ) throws(Fault) -> [Int] {
        let full = layout.ranked.count
        while true {
            let slots = layout.ranked
            let fresh = candidates.assign(to: slots)
            let different = fresh.count(where: { $0 != nil })
            if different >= cadence.minTitles,
                let titles = Repeats.complete(fresh, slots, candidates, rule: cadence.repeat)
            {
                if slots.count < full {
                    layout.notes.append(
                        "the reel is shortened from \(full) to \(slots.count) ranked slots: too few titles fit")
                }
                return titles
            }
            guard slots.count > cadence.minTitles else {
                throw Fault(
                    .badInput,
                    "cadence '\(printable(cadence.name))': minTitles is \(cadence.minTitles), titles eligible: "
                        + "\(candidates.scored.count), ranked slots they fill: \(different) of \(slots.count); refused: "
                        + "\(Eligibility.summary(candidates.refused)); add titles or clips, or take another cadence")
            }
            layout.dropLastRanked()
        }
    }

    private static func slots(_ layout: Layout, _ titles: [Int], _ candidates: Candidates) -> [ReelPlan.Slot] {
        var ranked = titles.makeIterator()
        return layout.places.compactMap { place in
            switch place {
            case .fixed(let title, let type):
                return ReelPlan.Slot(title: title, type: type)
            case .ranked(let kind):
                guard let index = ranked.next() else { preconditionFailure("a ranked slot was left open") }
                let scored = candidates.scored[index]
                return ReelPlan.Slot(title: scored.title, type: kind.type, score: scored.score, why: scored.terms)
            }
        }
    }
}
