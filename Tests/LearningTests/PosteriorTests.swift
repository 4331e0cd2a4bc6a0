import Diagnostics
@testable import Distributions
import Foundation
@testable import Learning
import TestSupport
import Testing

@Suite struct GammaPosteriorTests {
    /// The vectors of SEQUENCING, section 2, which were made with k = 10.
    @Test func quantilesOfTheResponse() throws {
        let known = try GammaPosterior(clicks: 32, expected: 29.5, pseudoClicks: 10)
        #expect(agree(known.mean, 1.063291139241))
        #expect(agree([0.05, 0.5, 0.95].map(known.quantile), [0.808560271431, 1.054864331007, 1.346770129655]))
        let new = try GammaPosterior(clicks: 0, expected: 0, pseudoClicks: 10)
        #expect(agree([0.05, 0.5, 0.95].map(new.quantile), [0.542540569710, 0.966871461471, 1.570521642212]))
    }

    @Test func startsWithThreeUsualClicks() throws {
        #expect(
            try GammaPosterior(clicks: 32, expected: 29.5) == GammaPosterior(shape: 35, rate: 32.5))
    }

    /// By scipy's `gamma.ppf`; from 0.001 to 100,000 clicks.
    @Test(
        arguments: [
            (0.001, [0.0, 5.244206408274974e-302, 2.973587549646711e-23, 5.120025083764957]),
            (0.1, [6.073048362408003e-61, 0.0005933911044602284, 0.5804351053231342, 9.45702706045744]),
            (0.5, [7.853981633978593e-13, 0.227468211559786, 1.920729410347062, 11.964063488439734]),
            (1.0, [1.0000005000003338e-06, 0.6931471805599455, 2.9957322735539895, 13.815510557935518]),
            (3.0, [0.018254282963279297, 2.674060313723559, 6.295793621871988, 19.129168188572926]),
            (9.99, [1.273763625330049, 9.658716737892354, 15.692581383417238, 32.69299363709322]),
            (10.01, [1.2798767282807935, 9.678712495924465, 15.717850108898977, 32.7276838403586]),
            (42.0, [18.021362531235113, 41.66714107477589, 53.197420121361255, 80.27696263956184]),
            (1000.0, [856.8146512793919, 999.6666864269652, 1052.5771180823206, 1157.577911008724]),
            (100_000.0, [98504.02706509772, 99999.6666668642, 100520.7162815659, 101510.36958867917]),
        ] as [(Double, [Double])])
    func quantilesAgreeWithScipy(shape: Double, expected: [Double]) {
        for (probability, value) in zip([0.000001, 0.5, 0.95, 0.999999], expected) {
            let quantile = IncompleteGamma.inverse(shape, probability)
            #expect(abs(quantile - value) <= 1e-11 * value, "\(shape) at \(probability): \(quantile)")
        }
    }

    /// By mpmath with 50 digits, the last one by scipy.
    @Test(
        arguments: [
            (0.5, 1e-10, 1.1283791670579e-5, 0.9999887162083294), (3, 3, 0.57680991887315648, 0.42319008112684364),
            (42, 30, 0.022107039912239369, 0.9778929600877606), (42, 60, 0.99391775069481038, 0.00608224930518953),
            (2.5, 50, 1, 5.285148360943219e-20), (1e5, 1e5, 0.50042052211036518, 0.4995794778896348),
            (1e6, 1_001_000, 0.84134478636834029, 0.15865521363165971),
            (1e6, 998_000, 0.022696114006736803, 0.9773038859932632),
            (1e8, 99_950_000, 2.854642139958626143e-7, 0.99999971453578600),
            (1e9, 999_900_000, 0.00078244613996278354, 0.99921755386003722),
            (1e8, 100_010_000, 0.8413447464717987, 0.15865525352820123),
        ] as [(Double, Double, Double, Double)])
    func bothTailsAreExact(shape: Double, x: Double, lower: Double, upper: Double) {
        let tails = IncompleteGamma.both(shape, x)
        #expect(abs(tails.lower - lower) <= 1e-12 * lower)
        #expect(abs(tails.upper - upper) <= 1e-12 * upper)
    }

    /// By mpmath with 60 digits; scipy 1.x is off by 4 in the second.
    @Test func quantilesOfVeryLargeShapes() {
        #expect(abs(IncompleteGamma.inverse(1e9, 0.95) - 1_000_052_015.4072958) < 1e-5)
        #expect(abs(IncompleteGamma.inverse(1e7, 1e-12) - 9_977_771.167643229) < 1e-6)
    }

    @Test func quantilesAreWhereTheProbabilityIsReached() throws {
        for shape in [1e-6, 0.02, 0.9, 1, 1.1, 2.7, 10, 333, 1e4, 1e7, 1e9] {
            for probability in [1e-12, 0.001, 0.3, 0.49999, 0.50001, 0.7, 0.999, 1 - 1e-12] {
                let x = IncompleteGamma.inverse(shape, probability)
                // Smaller than any number: it isn't reached from above either.
                guard x > 1e-300 else {
                    #expect(IncompleteGamma.both(shape, 1e-300).lower > probability * (1 - 1e-9))
                    continue
                }
                let tails = IncompleteGamma.both(shape, x)
                // The probability between two quantiles that differ by rounding: it is what limits large shapes.
                let spacing = 1e-14 * x * density(shape, x)
                #expect(
                    probability < 0.5
                        ? abs(tails.lower - probability) <= 1e-11 * probability + spacing
                        : abs(tails.upper - (1 - probability)) <= 1e-11 * (1 - probability) + spacing,
                    "shape \(shape), probability \(probability): \(tails)")
            }
        }
    }

    private func density(_ shape: Double, _ x: Double) -> Double {
        exp((shape - 1) * log(x) - x - IncompleteGamma.logGamma(shape))
    }

    @Test func logarithmsOfFactorials() {
        var sum = 0.0
        for n in 1...170 {
            #expect(abs(IncompleteGamma.logGamma(Double(n)) - sum) <= 1e-14 * max(1, sum), "\(n)")
            sum += log(Double(n))
        }
        #expect(agree(IncompleteGamma.logGamma(0.5), log(Double.pi) / 2, to: 1e-14))
    }

    @Test func cumulativeIsTheInverseOfTheQuantile() throws {
        let posterior = try GammaPosterior(shape: 7, rate: 4)
        #expect(agree(posterior.cumulative(posterior.quantile(0.3)), 0.3, to: 1e-13))
        #expect([-1, 0, .infinity].map(posterior.cumulative) == [0, 0, 1])
    }

    @Test func wrongShapesAreNamed() throws {
        #expect(
            try fault { _ = try GammaPosterior(shape: 0, rate: 1) }
                == Fault(.badInput, "shape 0.0 of a gamma distribution is not from 1e-6 to 1e9"))
        #expect(
            try fault { _ = try GammaPosterior(shape: 1, rate: .nan) }
                == Fault(.badInput, "rate nan of a gamma distribution is not from 1e-6 to 1e9"))
        #expect(
            try fault { _ = try GammaPosterior(clicks: -1, expected: 1) }
                == Fault(.badInput, "-1.0 clicks of 1.0 expected ones, with 3.0 more: none may be negative"))
        #expect(
            try fault { _ = try BetaPosterior(clicks: 2, misses: 0) }
                == Fault(.badInput, "misses 0.0 of a beta distribution are not from 1e-6 to 1e9"))
    }
}

@Suite struct ThompsonTests {
    @Test func theBestIsDrawnAsOftenAsItIsProbable() throws {
        var random = FixedRandom(state: 2026)
        let posteriors = try [(2.0, 38.0), (5, 35), (1, 9)].map { try BetaPosterior(clicks: $0.0, misses: $0.1) }
        let best = try Thompson.probabilitiesOfBest(posteriors, draws: 100_000, using: &random)
        #expect(zip(best, [0.059929018457, 0.616265667318, 0.323805314226]).allSatisfy { abs($0 - $1) < 0.005 })
        #expect(agree(best.reduce(0, +), 1))
    }

    /// Kolmogorov's distance of 20,000 draws is above 1.95/√n in one of 1,000 seeds.
    @Test(arguments: [0.05, 0.5, 1, 3, 42])
    func gammaDrawsFollowTheDistribution(shape: Double) throws {
        var random = FixedRandom(state: UInt64(shape * 100))
        let posterior = try GammaPosterior(shape: shape, rate: 2)
        let draws = (0..<20_000).map { _ in posterior.sample(using: &random) }.sorted()
        let distance = draws.enumerated().map { index, draw in
            let expected = posterior.cumulative(draw)
            return max(expected - Double(index) / 20_000, Double(index + 1) / 20_000 - expected)
        }.max()
        #expect(try #require(distance) < 1.95 / 20_000.0.squareRoot())
    }

    @Test func betaDrawsHaveTheRightMeanAndSpread() throws {
        var random = FixedRandom(state: 5)
        for (a, b) in [(2.0, 38.0), (0.5, 0.5), (1e-3, 2e-3)] {
            let posterior = try BetaPosterior(clicks: a, misses: b)
            let draws = (0..<20_000).map { _ in posterior.sample(using: &random) }
            #expect(draws.allSatisfy { (0...1).contains($0) })
            let variance = a * b / ((a + b) * (a + b) * (a + b + 1))
            let estimate = try Estimate(meanOf: draws)
            #expect(abs(estimate.value - posterior.mean) < 4 * (variance / 20_000).squareRoot())
            let error = try #require(estimate.standardError)
            #expect(abs(error * error * 20_000 / variance - 1) < 0.06)
        }
    }

    @Test func theSameSeedGivesTheSameProbabilities() throws {
        let posteriors = try [3.0, 4].map { try GammaPosterior(shape: $0, rate: 3) }
        let twice = try (0..<2).map { _ in
            var random = FixedRandom(state: 9)
            return try Thompson.probabilitiesOfBest(posteriors, draws: 100, using: &random)
        }
        #expect(twice[0] == twice[1])
    }

    @Test func nothingHasNoBestOne() throws {
        var random = FixedRandom(state: 1)
        #expect(
            try fault { _ = try Thompson.probabilitiesOfBest([GammaPosterior](), draws: 5, using: &random) }
                == Fault(.badInput, "5 draws of 0 posteriors have no best one"))
    }
}
