import Distributions
import Experiments
import Foundation
import Testing

private func difference(_ first: (Int, Int), _ second: (Int, Int)) -> RateDifference {
    RateDifference(
        from: RateEstimate(successes: first.0, of: first.1), to: RateEstimate(successes: second.0, of: second.1))
}

/// The vectors of SEQUENCING, section 2.
@Suite struct StatisticsTests {
    @Test(arguments: [
        ((250, 5_000), (330, 5_000), 52.115633155353, 0.001680064120, 0.030319935880),
        ((250, 5_000), (310, 5_000), 6.957535936454, -0.002073201172, 0.026073201172),
        ((250, 5_200), (330, 4_900), 491.560597552875, 0.005023766052, 0.033516265345),
    ])
    func mixtureTestAndItsInterval(
        first: (Int, Int), second: (Int, Int), ratio: Double, low: Double, high: Double
    ) {
        let look = difference(first, second)
        #expect(agree(exp(MixtureTest.logRatio(look, smallestEffect: 0.01)), ratio))
        #expect(agree(ConfidenceSequence.interval(of: look, smallestEffect: 0.01, alpha: 0.05), low, high))
        var test = MixtureTest(smallestEffect: 0.01)
        test.look(at: look)
        #expect(agree(test.p, 1 / ratio))
    }

    @Test func theTestRemembersItsStrongestLookAndNeedsViewers() {
        var test = MixtureTest(smallestEffect: 0.01)
        test.look(at: difference((0, 999), (300, 5_000)))
        #expect(test.p == 1)
        test.look(at: difference((250, 5_000), (250, 5_000)))
        #expect(test.p == 1)
        test.look(at: difference((250, 5_000), (330, 5_000)))
        test.look(at: difference((250, 5_000), (310, 5_000)))
        #expect(agree(test.p, 1 / 52.115633155353))
        let still = difference((0, 5_000), (0, 5_000))
        #expect(MixtureTest.logRatio(still, smallestEffect: 0.01) == 0)
        #expect(ConfidenceSequence.interval(of: still, smallestEffect: 0.01, alpha: 0.05) == nil)
    }

    @Test func sequencesOfMeans() {
        #expect(
            agree(ConfidenceSequence.radius(ofSumWithVariance: 100, sharpest: 100, alpha: 0.05), 30.352089903763))
        #expect(
            agree(ConfidenceSequence.radius(ofSumWithVariance: 1_000, sharpest: 100, alpha: 0.05), 102.512286831664))
        #expect(
            agree(
                ConfidenceSequence.asymptoticRadius(deviation: 0.3, count: 1_000, scale: 0.1, alpha: 0.05),
                0.028819205787))
    }

    @Test func sampleRatio() {
        let near = SampleRatio(viewers: [5_104, 4_896], weights: [1, 1])
        #expect(agree(near.chiSquare, 4.3264) && agree(near.p, 0.037525532870) && !near.isOff)
        #expect(agree(near.logBayesFactor(), -0.167889749988) && near.sequentialP == 1)
        let off = SampleRatio(viewers: [5_210, 4_790], weights: [1, 1])
        #expect(agree(off.chiSquare, 17.64) && abs(off.p - 2.66914980e-05) < 1e-13 && off.isOff)
        #expect(agree(off.logBayesFactor(), 6.426021790154) && agree(off.sequentialP, 0.001618878278))
        let uneven = SampleRatio(viewers: [9_000, 1_000], weights: [9_000, 1_000])
        #expect(uneven.chiSquare == 0 && uneven.p == 1 && !uneven.isOff)
        #expect(SampleRatio(viewers: [0, 0], weights: [1, 1]).p == 1)
    }

    @Test func fixedTests() {
        let test = Proportions.zTest((120, of: 2_400), (150, of: 2_350))
        #expect(agree(test.z, -2.058168686424) && agree(test.p, 0.039573943387))
        #expect(Proportions.zTest((0, of: 9), (0, of: 7)) == (0, 1))
        #expect(agree(Proportions.wilson(successes: 42, of: 10_000), 0.003108876968, 0.005671895816))
        #expect(Proportions.wilson(successes: 0, of: 10).lowerBound == 0)
        #expect(Proportions.wilson(successes: 10, of: 10).upperBound == 1)
    }

    @Test func ratiosByViewer() throws {
        var all = RatioSums()
        for (clicks, starts) in zip([1.0, 0, 2, 1, 3], [10.0, 8, 12, 9, 15]) {
            all.add(numerator: clicks, denominator: starts)
        }
        let estimate = try #require(RateEstimate(all))
        #expect(agree(estimate.value, 0.129629629630) && agree(estimate.standardError, 0.032754382503))
        #expect(estimate.viewers == 5)
        var half = RatioSums()
        half.add(numerator: 1, denominator: 10)
        #expect(RateEstimate(half) == nil)
        half.add(numerator: 0, denominator: 8)
        var rest = RatioSums()
        for (clicks, starts) in zip([2.0, 1, 3], [12.0, 9, 15]) { rest.add(numerator: clicks, denominator: starts) }
        half += rest
        #expect(half == all)
        #expect(RateEstimate(RatioSums(viewers: 9)) == nil)
        // With one reel a viewer it is the variance of a share, of a sample.
        let share = try #require(RateEstimate(sums(250, of: 5_000)))
        #expect(agree(share.value, 0.05) && agree(share.variance, 0.05 * 0.95 / 4_999))
        #expect(RateEstimate(sums(7, of: 7))?.variance == 0)
    }

    @Test func cuped() {
        let pairs = zip([1.0, 2, 3, 4, 5, 6], [2.0, 1, 4, 3, 6, 5]).map { (x: $0, y: $1) }
        let cuped = CUPED(pairs)
        #expect(agree(cuped.theta, 0.828571428571))
        let adjusted = pairs.map { cuped.adjusted(x: $0.x, y: $0.y) }
        #expect(agree(variance(pairs.map(\.y)), 3.5) && agree(variance(adjusted), 1.097142857143))
        #expect(agree(adjusted.reduce(0, +), 21))
        #expect(CUPED([(x: 1, y: 1), (x: 1, y: 2)]).theta == 0)
        #expect(CUPED([]).theta == 0)
    }

    private func variance(_ values: [Double]) -> Double {
        let mean = values.reduce(0, +) / Double(values.count)
        return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
    }

    @Test func severalComparisons() {
        let adjusted = MultipleComparisons.benjaminiHochberg([0.01, 0.04, 0.03, 0.20])
        #expect(zip(adjusted, [0.04, 0.16 / 3, 0.16 / 3, 0.20]).allSatisfy(agree))
        #expect(MultipleComparisons.benjaminiHochberg([]) == [])
        #expect(MultipleComparisons.benjaminiHochberg([1, 1]) == [1, 1])
    }
}

/// Values of scipy 1.17.
@Suite struct DistributionTests {
    /// Whether two numbers agree to ten digits.
    private func areClose(_ left: Double, _ right: Double) -> Bool {
        left == right || abs(left - right) < 1e-10 * abs(right)
    }

    @Test func normal() {
        let quantiles = [0.975, 0.999, 1e-10, 0.6, 1e-300, 0.5].map(NormalDistribution.quantile)
        let expected = [
            1.959963984540054, 3.090232306167813, -6.361340902404056, 0.2533471031357997, -37.0470962993612, 0,
        ]
        #expect(zip(quantiles, expected).allSatisfy { abs($0 - $1) < 1e-10 })
        #expect([0, 1].map(NormalDistribution.quantile) == [-.infinity, .infinity])
        #expect(NormalDistribution.quantile(-0.1).isNaN && NormalDistribution.quantile(.nan).isNaN)
        let chances = [-2.058168686424, 1.96, -8, -30].map(NormalDistribution.cumulative)
        let known = [0.019786971693607727, 0.9750021048517795, 6.22096057427174e-16, 4.906713927148908e-198]
        #expect(zip(chances, known).allSatisfy(areClose))
    }

    @Test func chiSquare() {
        let values: [(Double, Int, Double)] = [
            (3.84, 1, 0.05004352124870519), (5.6042, 9, 0.7787843332803632), (1_000, 900, 0.010994608942135844),
            (50, 1, 1.537459794428033e-12), (0.01, 4, 0.9999875415886458), (30, 30, 0.4656537089440098), (0, 3, 1),
        ]
        for (x, degrees, chance) in values {
            #expect(areClose(ChiSquareDistribution.survival(x, degrees: degrees), chance))
        }
        let quantiles: [(Double, Int, Double)] = [
            (0.95, 1, 3.841458820694124), (0.999, 9, 27.877164871256568), (0.05, 100, 77.92946516501726),
            (1e-6, 3, 0.00024181048720124264), (0.5, 2, 1.386294361119891), (0.999, 1, 10.827566170662733), (0, 5, 0),
        ]
        for (p, degrees, value) in quantiles {
            #expect(areClose(ChiSquareDistribution.quantile(p, degrees: degrees), value))
        }
    }
}
