import Diagnostics
import Foundation
import Learning
import TestSupport
import Testing

@Suite struct RankingMeasureTests {
    private let hits = [false, true, false, false, true, false, false, false, false, false, true]

    @Test func ndcgCountsHitsByTheirRanks() throws {
        #expect(agree(try #require(RankingMeasures.ndcg(hits, relevant: 3, at: 10)), 0.477623703503))
        #expect(RankingMeasures.ndcg([true, true, false], relevant: 2, at: 10) == 1)
        #expect(RankingMeasures.ndcg([true, true], relevant: 50, at: 2) == 1)
        #expect(RankingMeasures.ndcg([], relevant: 2, at: 10) == 0)
        #expect(agree(try #require(RankingMeasures.ndcg([false, true], relevant: 1, at: 2)), 1 / log2(3)))
        #expect(RankingMeasures.ndcg(hits, relevant: 0, at: 10) == nil)
        #expect(RankingMeasures.ndcg(hits, relevant: 3, at: 0) == nil)
    }

    @Test func recallIsThePartThatCouldBeFound() {
        #expect(RankingMeasures.recall(hits, relevant: 3, at: 10) == 2.0 / 3)
        #expect(RankingMeasures.recall(hits, relevant: 30, at: 10) == 0.2)
        #expect(RankingMeasures.recall(hits, relevant: 3, at: 20) == 1)
        #expect(RankingMeasures.recall(hits, relevant: 0, at: 10) == nil)
        #expect(RankingMeasures.recall(hits, relevant: 1, at: 0) == nil)
    }

    @Test func theTopIsByFallingScoreThenByRisingIndex() {
        let scores = [0.5, 2, .nan, 0.5, -1, 2, .infinity]
        #expect(RankingMeasures.top(4, of: scores) == [6, 1, 5, 0])
        #expect(RankingMeasures.top(10, of: scores) { $0 != 6 } == [1, 5, 0, 3, 4])
        #expect(RankingMeasures.top(-1, of: scores) == [])
    }
}

@Suite struct EstimateTests {
    @Test func aMeanHasTheErrorOfItsSamples() throws {
        let estimate = try Estimate(meanOf: [2, 4, 4, 4, 5, 5, 7, 9])
        #expect(agree(estimate, 5, (32.0 / 7 / 8).squareRoot()))
        #expect(estimate.count == 8)
        #expect(try Estimate(meanOf: [3]) == Estimate(value: 3, standardError: nil, count: 1))
        // Squares of such numbers would leave nothing of their differences.
        #expect(agree(try Estimate(meanOf: [1e9, 1e9 + 1, 1e9 + 2]), 1e9 + 1, (1.0 / 3).squareRoot()))
    }

    @Test func pairsAreComparedOneByOne() throws {
        let estimate = try Estimate.difference([0.5, 0.75, 1], minus: [0.25, 0.75, 0.25])
        #expect(agree(estimate, 1.0 / 3, ((0.0625 + 0.5625 - 1.0 / 3) / 2 / 3).squareRoot()))
        #expect(
            try fault { _ = try Estimate.difference([1], minus: [1, 2]) }
                == Fault(.badInput, "1 samples cannot be paired with 2"))
    }

    @Test func aRatioHasTheErrorOfTheDeltaMethod() throws {
        let ratio = try Estimate.ratio(of: [1, 0, 2, 1, 3], over: [10, 8, 12, 9, 15])
        #expect(agree(ratio, 0.129629629630, 0.032754382503))
        #expect(
            try fault { _ = try Estimate.ratio(of: [1], over: [1, 2]) }
                == Fault(.badInput, "1 numerators cannot be paired with 2 denominators"))
        #expect(
            try fault { _ = try Estimate.ratio(of: [1, 1], over: [1, -1]) }
                == Fault(.badInput, "the denominators of a ratio add up to 0"))
        #expect(
            try fault { _ = try Estimate.ratio(of: [1], over: [.nan]) }
                == Fault(.badInput, "denominator 0: nan is no finite number"))
    }

    @Test func wrongSamplesAreNamed() throws {
        #expect(
            try fault { _ = try Estimate(meanOf: []) }
                == Fault(.badInput, "there is no sample; an estimate needs at least one"))
        #expect(
            try fault { _ = try Estimate(meanOf: [1, .infinity]) }
                == Fault(.badInput, "sample 1: inf is no finite number"))
    }
}

@Suite struct CalibrationTests {
    @Test func isTheDivergenceOfSteck() throws {
        #expect(agree(try Calibration.divergence(liked: [0.7, 0.3], shown: [1, 0]), 1.133981751354))
        #expect(agree(try Calibration.divergence(liked: [0.7, 0.3], shown: [0.75, 0.25]), 0.006268878490))
        #expect(agree(try Calibration.divergence(liked: [0.7, 0.3], shown: [0.7, 0.3]), 0))
        #expect(agree(try Calibration.divergence(liked: [1, 0], shown: [0.5, 0.5]), -log(0.505)))
        #expect(try Calibration.divergence(liked: [0.7, 0.3], shown: [1, 0], mixing: 1) == 0)
    }

    @Test func wrongSharesAreNamed() throws {
        let wrong: [(liked: [Double], shown: [Double], words: String)] = [
            ([1], [0.5, 0.5], "1 liked shares cannot be held against 2 shown shares"),
            ([0.7, 0.4], [1, 0], "the liked shares add up to 1.1, not to 1"),
            ([0.7, 0.3], [1.5, -0.5], "shown share 1: -0.5 is not a number from 0 to 1"),
            ([0.7, .nan], [1, 0], "liked share 1: nan is not a number from 0 to 1"),
            ([], [], "the liked shares add up to 0.0, not to 1"),
        ]
        for (liked, shown, words) in wrong {
            #expect(
                try fault { _ = try Calibration.divergence(liked: liked, shown: shown) } == Fault(.badInput, words))
        }
        #expect(
            try fault { _ = try Calibration.divergence(liked: [1], shown: [1], mixing: 0) }
                == Fault(.badInput, "mixing 0.0 is not more than 0 and at most 1"))
    }
}
