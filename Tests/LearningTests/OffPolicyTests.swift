import Diagnostics
import Foundation
import Learning
import TestSupport
import Testing

@Suite struct OffPolicyTests {
    /// SEQUENCING, section 3; the errors of SNIPS, DR and SNDR by numpy with the same formulas.
    @Test(.enabled(if: OpenBandit.folder != nil, "the Open Bandit Dataset is not there; set SIZZLE_SHARED"))
    func judgesUniformByTheLogOfThompsonSampling() throws {
        let estimates = try OffPolicy(
            log: OpenBandit.log("bts-all.csv"), policy: .uniform(positions: 3, actions: 80))
        #expect(agree(estimates.ips, 0.0023596395, 0.0008710221, to: 1e-9))
        #expect(agree(estimates.clippedIPS, 0.0023596395, 0.0008710221, to: 1e-9))
        #expect(agree(estimates.snips, 0.0023337139, 0.0008690110, to: 1e-9))
        #expect(agree(estimates.pooled.direct, 0.0043201290))
        #expect(agree(estimates.pooled.doublyRobust, 0.0033096731, 0.0008621573))
        #expect(agree(estimates.pooled.selfNormalized, 0.0033207752, 0.0008477018))
        #expect(agree(estimates.crossFitted.direct, 0.0042906702))
        #expect(agree(estimates.crossFitted.doublyRobust, 0.0030851095, 0.0008924638))
        #expect(agree(estimates.crossFitted.selfNormalized, 0.0030983552, 0.0008752179))
        #expect(agree(estimates.effectiveSampleSize, 340.37834, to: 1e-7))
        #expect(agree(estimates.meanWeight, 1.0111091697))
        #expect(agree(estimates.largestWeight, 277.777778))
        #expect(estimates.ips.count == 10_000)
    }

    @Test(.enabled(if: OpenBandit.folder != nil, "the Open Bandit Dataset is not there; set SIZZLE_SHARED"))
    func judgesThompsonSamplingByARandomLog() throws {
        let estimates = try OffPolicy(
            log: OpenBandit.log("random-all.csv"), policy: OpenBandit.policy("policy-bts-all.csv"))
        #expect(agree(estimates.ips, 0.0045528800, 0.0020897720))
        #expect(agree(estimates.clippedIPS, 0.0035930400, 0.0012355857))
        #expect(agree(estimates.snips, 0.0047758331, 0.0021853166))
        #expect(agree(estimates.pooled.direct, 0.0044849237))
        #expect(agree(estimates.pooled.doublyRobust, 0.0046393113, 0.0020639730))
        #expect(agree(estimates.pooled.selfNormalized, 0.0046468717, 0.0021649941))
        #expect(agree(estimates.crossFitted.direct, 0.0045526329))
        #expect(agree(estimates.crossFitted.doublyRobust, 0.0042994092, 0.0021221897))
        #expect(agree(estimates.crossFitted.selfNormalized, 0.0042870089, 0.0022261074))
        #expect(agree(estimates.effectiveSampleSize, 1639.50187, to: 1e-8))
        #expect(agree(estimates.meanWeight, 0.9533164))
        #expect(agree(estimates.largestWeight, 19.5984))
    }

    /// Both logs hold the truth about their own policy: 42 and 38 clicks of 10,000.
    @Test(.enabled(if: OpenBandit.folder != nil, "the Open Bandit Dataset is not there; set SIZZLE_SHARED"))
    func aLogJudgesItsOwnPolicyByItsMean() throws {
        let estimates = try OffPolicy(
            log: OpenBandit.log("random-all.csv"), policy: .uniform(positions: 3, actions: 80))
        for estimate in [estimates.ips, estimates.clippedIPS, estimates.snips] {
            #expect(agree(estimate.value, 0.0038))
        }
        #expect(agree(estimates.effectiveSampleSize, 10_000))
        #expect(try OpenBandit.log("bts-all.csv").reduce(0) { $0 + $1.reward } == 42)
    }

    /// Four rows, small enough to follow: w 2, 1, 0, 4.
    private let log = [
        LoggedAction(action: 0, position: 0, reward: 1, propensity: 0.25),
        LoggedAction(action: 1, position: 0, reward: 0, propensity: 0.5),
        LoggedAction(action: 1, position: 1, reward: 3, propensity: 0.5),
        LoggedAction(action: 0, position: 1, reward: 2, propensity: 0.25),
    ]

    @Test func fourRowsByHand() throws {
        let policy = try SlotPolicy([[0.5, 0.5], [1, 0]])
        let estimates = try OffPolicy(log: log, policy: policy, clip: 2, pseudoRows: 1)
        // w·r is 2, 0, 0, 8; cut at 2 it is 2, 0, 0, 4.
        #expect(agree(estimates.ips, 2.5, (43.0 / 3 / 4).squareRoot()))
        #expect(agree(estimates.clippedIPS, 1.5, (11.0 / 3 / 4).squareRoot()))
        #expect(agree(estimates.snips.value, 10.0 / 7))
        // The mean reward is 1.5, so q is 1.25 and .75 in slot 0, 1.75 and 2.25 in slot 1, and DM 1 and 1.75.
        #expect(agree(estimates.pooled.direct, 1.375))
        // w·(r − q) is −.5, −.75, 0, 1.
        #expect(agree(estimates.pooled.doublyRobust.value, 1.3125))
        #expect(agree(estimates.pooled.selfNormalized.value, 1.375 - 0.25 / 7))
        #expect(agree(estimates.effectiveSampleSize, 49.0 / 21))
        #expect(agree(estimates.meanWeight, 1.75))
        #expect(estimates.largestWeight == 4)
        // Rows 0 and 3 are judged by rows 1 and 2 (mean 1.5), row 1 by 0, 2, 3 (mean 2), row 2 by 0, 1, 3 (mean 1).
        let direct: [Double] = [(1.5 + 0.75) / 2, (1.5 + 2) / 2, 1.5, 1.5]
        #expect(agree(estimates.crossFitted.direct, direct.reduce(0, +) / 4))
        let corrections: [Double] = [2 * (1 - 1.5), 0 - 2, 0, 4 * (2 - 1.5)]
        #expect(
            agree(
                estimates.crossFitted.doublyRobust.value, (direct.reduce(0, +) + corrections.reduce(0, +)) / 4))
    }

    @Test func wrongLogsAreNamed() throws {
        let policy = SlotPolicy.uniform(positions: 2, actions: 2)
        func words(_ change: (inout LoggedAction) -> Void, policy: SlotPolicy = policy) throws -> String {
            var wrong = log
            change(&wrong[1])
            let fault = try fault { _ = try OffPolicy(log: wrong, policy: policy) }
            #expect(fault.status == .badInput)
            return fault.message
        }
        let place = "is not among the policy's 2 actions and 2 slots, counted from 0"
        #expect(try words { $0.action = 2 } == "row 1: action 2 in slot 0 \(place)")
        #expect(try words { $0.action = -1 } == "row 1: action -1 in slot 0 \(place)")
        #expect(try words { $0.position = 2 } == "row 1: action 1 in slot 2 \(place)")
        #expect(try words { $0.propensity = 0 } == "row 1: propensity 0.0 is not more than 0 and at most 1")
        #expect(try words { $0.propensity = .nan } == "row 1: propensity nan is not more than 0 and at most 1")
        #expect(try words { $0.reward = .nan } == "row 1: reward nan is no finite number")
        #expect(
            try fault { _ = try OffPolicy(log: Array(log[..<1]), policy: policy) }
                == Fault(.badInput, "a log of 1 rows judges nothing; 2 are the least"))
        #expect(
            try fault { _ = try OffPolicy(log: Array(log[..<2]), policy: SlotPolicy([[0, 0, 1]])) }
                == Fault(.badInput, "the policy never chooses what the log holds; nothing can be told"))
        #expect(
            try fault { _ = try OffPolicy(log: log, policy: policy, clip: 0) }
                == Fault(.badInput, "clip 0.0 and pseudo rows 10.0 must be more than 0"))
    }

    @Test func wrongPoliciesAreNamed() throws {
        let wrong: [(table: [[Double]], words: String)] = [
            ([], "a policy has at least one slot and one action"),
            ([[]], "a policy has at least one slot and one action"),
            ([[1], [0.5, 0.5]], "slot 1: has 2 probabilities; slot 0 has 1"),
            ([[0.5, 0.5], [1.5, -0.5]], "slot 1: action 0: 1.5 is not a probability"),
            ([[0.5, .nan]], "slot 0: action 1: nan is not a probability"),
            ([[0.5, 0.25]], "slot 0: its probabilities add up to 0.75, not to 1"),
        ]
        for (table, words) in wrong {
            #expect(try fault { _ = try SlotPolicy(table) } == Fault(.badInput, words))
        }
        #expect(try SlotPolicy([[0.25, 0.75], [1, 0]]).probability(of: 1, at: 0) == 0.75)
    }
}

@Suite struct ReelOffPolicyTests {
    private func reel(_ probabilities: [Double], _ propensities: [Double], _ rewards: [Double]) -> [ReelOffPolicy.Slot]
    {
        probabilities.indices.map {
            .init(probability: probabilities[$0], propensity: propensities[$0], reward: rewards[$0])
        }
    }

    @Test func weightsGrowAlongTheReel() throws {
        let estimates = try ReelOffPolicy([reel([0.6, 0.5, 0.4], [0.3, 0.5, 0.8], [0, 1, 0])])
        #expect(agree(estimates.rips, 2, nil))
        #expect(agree(estimates.slotwise, 1, nil))
        #expect(agree(estimates.wholeList, 1, nil))
        #expect(agree(estimates.effectiveSampleSize, 1))
    }

    @Test func theMeanOverReelsHasAnError() throws {
        let estimates = try ReelOffPolicy([
            reel([0.6, 0.5, 0.4], [0.3, 0.5, 0.8], [0, 1, 0]), reel([0.5, 0.1], [0.25, 0.4], [1, 2]),
            reel([0], [1], [1]),
        ])
        // RIPS 2, 2 + .5·2, 0; slot-wise 1, 2 + .25·2, 0; whole-list 1, .5·3, 0 with weights 1, .5, 0.
        #expect(agree(estimates.rips, 5.0 / 3, (7.0 / 9).squareRoot()))
        #expect(agree(estimates.slotwise, 3.5 / 3, (1.583333333333333 / 3).squareRoot()))
        #expect(agree(estimates.wholeList, 2.5 / 3, (0.583333333333333 / 3).squareRoot()))
        #expect(agree(estimates.effectiveSampleSize, 1.8))
        #expect(agree(estimates.meanWeight, 0.5))
        #expect(estimates.largestWeight == 1)
    }

    @Test func wrongReelsAreNamed() throws {
        let wrong: [(reels: [[ReelOffPolicy.Slot]], words: String)] = [
            ([], "there is no reel to judge a policy by"), ([reel([1], [1], [0]), []], "reel 1: has no slots"),
            ([reel([1, 1.1], [1, 1], [0, 0])], "reel 0: slot 1: 1.1 is not a probability"),
            ([reel([1], [0], [0])], "reel 0: slot 0: propensity 0.0 is not more than 0 and at most 1"),
            ([reel([1], [1], [.infinity])], "reel 0: slot 0: reward inf is no finite number"),
        ]
        for (reels, words) in wrong {
            #expect(try fault { _ = try ReelOffPolicy(reels) } == Fault(.badInput, words))
        }
    }
}
