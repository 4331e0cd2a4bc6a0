import Distributions
import Foundation

extension PlanTable {
    /// How often a plan is made again to tell how likely its choices were.
    private static let replays = 1_024

    /// The logarithm of a ratio of clicks to expected clicks for each title, drawn from what is known of it.
    func drawResponses(using generator: inout SplitMix64) -> [Double] {
        titles.table.titles.map { title in
            // Counts are sums of decayed events: finite, and never negative.
            let posterior = try? GammaPosterior(
                clicks: title.clicks.observed, expected: title.clicks.expected,
                pseudoClicks: Features.responsePseudoCounts)
            return log(posterior?.sample(using: &generator) ?? 1)
        }
    }

    /// Choices with their probabilities, where responses were drawn: no formula has those, so the plan is made again with other draws.
    ///
    /// The plan itself counts as one of them, so that none of its choices has probability 0.
    func weighed(_ picks: [Pick], in slots: [RankedSlot], _ request: PlanRequest, seed: UInt64) -> [Pick] {
        guard request.policy.exploration.drawsResponses else { return picks }
        var hits = Array(repeating: 1, count: picks.count)
        var seeds = SplitMix64(seed: ~seed)
        for _ in 0..<Self.replays {
            let again = Candidates(self, request, seed: seeds.next())
            for (slot, pick) in again.assign(to: slots).enumerated() {
                if pick?.title == picks[slot].title { hits[slot] += 1 }
            }
        }
        return zip(picks, hits).map { pick, hits in
            var pick = pick
            pick.draw = Pick.Draw(
                propensity: Double(hits) / Double(Self.replays + 1), temperature: pick.draw?.temperature ?? 0,
                scaled: pick.draw?.scaled)
            return pick
        }
    }
}
