import Diagnostics
import Foundation
import Learning
import TestSupport
import Testing

@Suite struct PositionBiasTests {
    private let impressions: [[Double]] = [[800, 200, 100], [200, 800, 100], [100, 100, 900]]
    private let clicks: [[Double]] = [[80, 10, 2], [12, 24, 1], [3, 1.5, 9]]

    /// The vector of SEQUENCING, section 2, which has six digits.
    @Test func tellsSlotsFromTitles() throws {
        let bias = try PositionBias(impressions: impressions, clicks: clicks)
        #expect(bias.examination[0] == 1)
        #expect(agree(bias.examination, [1, 0.594431, 0.363018], to: 1e-6))
        #expect(agree(bias.attraction, [0.099491, 0.049876, 0.024662], to: 1e-6))
        #expect(abs(bias.logLikelihood + 540.300944) < 1e-5)
    }

    /// The derivative of the likelihood by each θ is 0, and so by each α.
    @Test func isAMaximumOfTheLikelihood() throws {
        let bias = try PositionBias(impressions: impressions, clicks: clicks)
        func slope(_ slot: Int, _ title: Int) -> Double {
            let rate = bias.examination[slot] * bias.attraction[title]
            return clicks[slot][title] - (impressions[slot][title] - clicks[slot][title]) * rate / (1 - rate)
        }
        for index in 0..<3 {
            #expect(abs((0..<3).reduce(0) { $0 + slope(index, $1) }) < 1e-6)
            #expect(abs((0..<3).reduce(0) { $0 + slope($1, index) }) < 1e-6)
        }
    }

    @Test func findsTheModelThatMadeTheClicks() throws {
        let (theta, alpha) = ([1.0, 0.7, 1.2, 0.2], [0.5, 0.05, 0.3])
        let impressions = theta.indices.map { slot in alpha.indices.map { Double(500 + 300 * ((slot + 2 * $0) % 5)) } }
        let clicks = theta.indices.map { slot in
            alpha.indices.map { impressions[slot][$0] * theta[slot] * alpha[$0] }
        }
        let bias = try PositionBias(impressions: impressions, clicks: clicks)
        #expect(agree(bias.examination, theta, to: 1e-7))
        #expect(agree(bias.attraction, alpha, to: 1e-7))
    }

    @Test func aTitleThatNobodyClicksAttractsNobody() throws {
        let bias = try PositionBias(impressions: [[100, 50], [80, 60]], clicks: [[10, 0], [4, 0]])
        #expect(agree(bias.examination, [1, 0.5], to: 1e-7))
        #expect(agree(bias.attraction, [0.1, 0], to: 1e-7))
        let always = try PositionBias(impressions: [[10], [10]], clicks: [[10], [5]])
        #expect(agree(always.examination, [1, 0.5], to: 1e-7))
        #expect(agree(always.attraction, [1], to: 1e-7))
    }

    @Test func wrongCountsAreNamed() throws {
        let wrong: [(impressions: [[Double]], clicks: [[Double]], words: String)] = [
            ([], [], "a position bias needs at least one slot and one title"),
            ([[1]], [[1], [1]], "impressions of 1 slots cannot go with clicks of 2"),
            ([[1, 2], [1]], [[1, 1], [1]], "slot 1: has impressions of 1 titles and clicks of 1; slot 0 has 2"),
            ([[1, 2]], [[1, 3]], "slot 0: title 1: 3.0 clicks of 2.0 impressions"),
            ([[1, 2]], [[1, -1]], "slot 0: title 1: -1.0 clicks of 2.0 impressions"),
            ([[1, .nan]], [[1, 0]], "slot 0: title 1: 0.0 clicks of nan impressions"),
            ([[1, 0], [2, 0]], [[1, 0], [0, 0]], "title 1: was never shown; leave it out"),
            (
                [[5, 5], [5, 5]], [[0, 0], [1, 1]],
                "nothing was clicked in slot 0; the other slots can't be related to it"
            ),
            (
                [[5, 5, 0], [0, 5, 0], [0, 0, 5]], [[1, 1, 0], [0, 1, 0], [0, 0, 1]],
                "slot 2: shares no titles with slot 0, not even through others; show some in both"
            ),
        ]
        for (impressions, clicks, words) in wrong {
            #expect(
                try fault { _ = try PositionBias(impressions: impressions, clicks: clicks) } == Fault(.badInput, words))
        }
    }
}
