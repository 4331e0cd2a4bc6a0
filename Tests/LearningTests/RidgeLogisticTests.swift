import Diagnostics
import Foundation
import Learning
import TestSupport
import Testing

@Suite struct RidgeLogisticTests {
    private let names = ["one", "a", "b", "c"]

    private func samples() throws -> LogisticSamples {
        var samples = LogisticSamples(columns: names.map { LogisticColumn($0) })
        let rows = [
            [0.2, 0.5, 0.9], [0.8, 0.4, 0.1], [0.5, 0.5, 0.5], [0.9, 0.9, 0.2], [0.1, 0.2, 0.3], [0.7, 0.1, 0.8],
            [0.3, 0.8, 0.4], [0.6, 0.6, 0.6],
        ]
        for (index, row) in rows.enumerated() { try samples.append([1] + row, label: index % 2 == 1) }
        return samples
    }

    /// 120 rows that count 1 to 10 times, and columns of which the fourth would get a weight below 0.
    private func manySamples(_ isNonNegative: Bool) throws -> LogisticSamples {
        var columns = [LogisticColumn("one", isNuisance: true)]
        columns += (1...4).map { LogisticColumn("feature \($0)", isNonNegative: isNonNegative) }
        columns.append(LogisticColumn("slot", isNuisance: true))
        var samples = LogisticSamples(columns: columns)
        for n in 0..<120 {
            let row = (1...5).map { Double((n * ($0 + 3) * 37 + $0 * 11 + n * n) % 101) / 50 - 1 }
            try samples.append([1] + row, label: (n * 29 + n * n) % 7 < 3, importance: Double(1 + n * 13 % 10))
        }
        return samples
    }

    private let fit = RidgeLogistic(lambda: 2, previous: [0, 0.5, 0.2, 0.1, 0, -0.3])

    /// The vector of SEQUENCING, section 2.
    @Test func findsTheKnownOptimum() throws {
        let fitted = try RidgeLogistic(lambda: 1).fit(samples())
        #expect(agree(fitted.weights, [-0.156530563465, 0.752817254959, -0.096521729934, -0.214067978976]))
        #expect(agree(fitted.objective, 5.166446086020))
        #expect(
            agree(fitted.hessianDiagonal, [2.972358626503, 1.657493528427, 1.619276638630, 1.584482541311]))
        #expect(fitted.gradientNorm < 1e-9)
        #expect((2...6).contains(fitted.steps))
    }

    /// Expected by numpy: Newton steps on the same rows, the inverse of the Hessian, and H⁻¹·Σc²(p−y)²xxᵀ·H⁻¹.
    @Test func weighsRowsAndStaysNearThePreviousWeights() throws {
        let fitted = try fit.fit(manySamples(false))
        #expect(
            agree(
                fitted.weights,
                [
                    0.314545596245, 0.236977826905, 0.557573243483, 0.307866017898, -0.039717557357,
                    -0.445804208873,
                ]))
        #expect(agree(fitted.objective, 434.223870813871))
        #expect(
            agree(
                fitted.posteriorDeviations.compactMap { $0 },
                [
                    0.084697330915, 0.131304156119, 0.147238105299, 0.144917538156, 0.148110324197,
                    0.146994540406,
                ]))
        #expect(
            agree(
                fitted.standardErrors.compactMap { $0 },
                [
                    0.217634633702, 0.336597879532, 0.367912741812, 0.358395975639, 0.360333696254,
                    0.364793631106,
                ]))
    }

    /// Expected by numpy, which tried every set of weights that may be held at 0 and took the one that is optimal.
    @Test func holdsWeightsAtZeroThatMayNotBeNegative() throws {
        let fitted = try fit.fit(manySamples(true))
        #expect(
            agree(
                fitted.weights,
                [0.313583880702, 0.238323014021, 0.557840991246, 0.30526801446, 0, -0.435531096421]))
        #expect(fitted.weights[4] == 0)
        #expect(agree(fitted.objective, 434.259825347926))
        #expect(fitted.gradientNorm < 1e-8)
        #expect(
            agree(
                fitted.hessianDiagonal,
                [
                    155.84764602437, 58.580074261857, 49.648452275112, 49.380488396284, 49.165910132795,
                    51.58902822294,
                ]))
        #expect(fitted.posteriorDeviations.map { $0 == nil } == [false, false, false, false, true, false])
        #expect(
            agree(
                fitted.standardErrors.compactMap { $0 },
                [0.216859419558, 0.336655147421, 0.367562024524, 0.359155153424, 0.361561100222]))
    }

    /// From far away, and with columns of which most must end at 0: the optimum is where no allowed move helps.
    @Test func everyConstrainedFitMeetsTheOptimalityConditions() throws {
        var random = FixedRandom(state: 7)
        for round in 0..<40 {
            let columns = (0..<6).map { LogisticColumn("\($0)", isNonNegative: $0 != 0) }
            var samples = LogisticSamples(columns: columns)
            let size = [0.01, 1, 30][round % 3]
            for _ in 0..<60 {
                let shared = Double.random(in: -1...1, using: &random)
                let row = (0..<6).map { _ in size * (shared + Double.random(in: -1...1, using: &random)) }
                try samples.append(row, label: Double.random(in: -1...1, using: &random) < shared * [1, -1][round % 2])
            }
            let previous = (0..<6).map { _ in Double.random(in: 0...20, using: &random) }
            let lambda = [0.01, 1, 50][round / 3 % 3]
            let fitted = try RidgeLogistic(lambda: lambda, previous: previous).fit(samples)
            let objective = { (weights: [Double]) -> Double in
                objectiveByHand(samples: samples, weights, previous, lambda)
            }
            #expect(agree(fitted.objective, objective(fitted.weights)))
            for column in 0..<6 {
                let step = 1e-4 * max(1, abs(fitted.weights[column]))
                for change in [step, -step] {
                    var moved = fitted.weights
                    moved[column] += change
                    guard column == 0 || moved[column] >= 0 else { continue }
                    #expect(objective(moved) > fitted.objective, "round \(round), column \(column)")
                }
            }
        }
    }

    private func objectiveByHand(
        samples: LogisticSamples, _ weights: [Double], _ previous: [Double], _ lambda: Double
    ) -> Double {
        samples.rows.reduce(zip(weights, previous).reduce(0) { $0 + lambda / 2 * pow($1.0 - $1.1, 2) }) { sum, row in
            let margin = zip(row.values, weights).reduce(0) { $0 + $1.0 * $1.1 }
            return sum + row.importance * log1p(exp(row.label ? -margin : margin))
        }
    }

    @Test func aWeightLeavesZeroWhereThatHelps() throws {
        let fitted = try [false, true].map { isNonNegative in
            var samples = LogisticSamples(columns: [.init("x", isNonNegative: isNonNegative)])
            for x in [1.0, -1, 2, 3] { try samples.append([x], label: x > 0) }
            return try RidgeLogistic(lambda: 1).fit(samples)
        }
        #expect(fitted[0].weights[0] > 0.5)
        #expect(fitted[0].weights == fitted[1].weights)
    }

    @Test func nuisanceColumnsAreNotServed() throws {
        let fitted = try fit.fit(manySamples(true))
        #expect(fitted.served.keys.sorted() == ["feature 1", "feature 2", "feature 3", "feature 4"])
        #expect(fitted.served["feature 2"] == fitted.weights[2])
    }

    @Test func aStrongPullKeepsThePreviousWeights() throws {
        let previous = [0.1, 1, 0.5, 0]
        let fitted = try RidgeLogistic(lambda: 1e9, previous: previous).fit(samples())
        #expect(agree(fitted.weights, previous, to: 1e-7))
    }

    @Test func rowsThatCountNothingChangeNothing() throws {
        var more = try samples()
        try more.append([1, 500, -3, 2], label: true, importance: 0)
        #expect(try RidgeLogistic(lambda: 1).fit(more).weights == RidgeLogistic(lambda: 1).fit(samples()).weights)
    }

    @Test func separableRowsAreNoProblem() throws {
        var samples = LogisticSamples(columns: [.init("x")])
        for x in 1...50 { try samples.append([Double(x) * 1_000 - 25_500], label: x > 25) }
        let fitted = try RidgeLogistic(lambda: 1e-6).fit(samples)
        #expect(fitted.weights[0] > 0 && fitted.weights[0].isFinite)
        #expect(fitted.objective < 0.1)
    }

    @Test func importanceIsTheInverseOfThePropensityUpToALimit() throws {
        let importances = try [1, 0.5, 0.1, 0.05].map { try LogisticSamples.importance(propensity: $0) }
        #expect(importances == [1, 2, 10, 10])
        #expect(try LogisticSamples.importance(propensity: 0.05, limit: 100) == 20)
        for wrong in [0, -0.1, 1.1, .nan] {
            #expect(
                try fault { _ = try LogisticSamples.importance(propensity: wrong) }
                    == Fault(.badInput, "propensity \(wrong) is not more than 0 and at most 1"))
        }
        #expect(
            try fault { _ = try LogisticSamples.importance(propensity: 1, limit: 0.5) }
                == Fault(.badInput, "the limit 0.5 of importances is not 1 or more"))
    }

    @Test func wrongRowsAreNamed() throws {
        var samples = try samples()
        let wrong: [(row: [Double], importance: Double, words: String)] = [
            ([1, 2, 3], 1, "row 8: has 3 numbers for 4 columns"),
            ([1, 2, .nan, 3], 1, "row 8: b: nan is no finite number"),
            ([1, 2, 3, .infinity], 1, "row 8: c: inf is no finite number"),
            ([1, 2, 3, 4], -1, "row 8: importance -1.0 is not a finite number of 0 or more"),
            ([1, 2, 3, 4], .nan, "row 8: importance nan is not a finite number of 0 or more"),
        ]
        for (row, importance, words) in wrong {
            #expect(
                try fault { try samples.append(row, label: true, importance: importance) } == Fault(.badInput, words))
        }
        #expect(samples.count == 8)
    }

    @Test func wrongFitsAreNamed() throws {
        let samples = try samples()
        let constrained = LogisticSamples(columns: [.init("popularity", isNonNegative: true)])
        var one = constrained
        try one.append([1], label: true)
        var twice = LogisticSamples(columns: ["a", "b", "a"].map { LogisticColumn($0) })
        try twice.append([1, 2, 3], label: true)
        let wrong: [(fit: RidgeLogistic, samples: LogisticSamples, words: String)] = [
            (.init(lambda: 1), .init(columns: []), "there is no column to fit a weight for"),
            (.init(lambda: 1), constrained, "there is no row to fit weights on"),
            (.init(lambda: 1), twice, "column 2: a is there already"),
            (.init(lambda: 0), samples, "lambda 0.0 is not more than 0"),
            (.init(lambda: .nan), samples, "lambda nan is not more than 0"),
            (.init(lambda: 1, previous: [1]), samples, "1 previous weights for 4 columns"),
            (
                .init(lambda: 1, previous: [0, 0, .nan, 0]), samples,
                "b: the previous weight nan is not a finite number"
            ),
            (
                .init(lambda: 1, previous: [-1]), one,
                "popularity: the previous weight -1.0 is not a finite number of 0 or more"
            ),
        ]
        for (fit, samples, words) in wrong {
            #expect(try fault { _ = try fit.fit(samples) } == Fault(.badInput, words))
        }
    }
}
