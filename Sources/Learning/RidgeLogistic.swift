public import Diagnostics

/// Learns what the features of a score weigh: logistic regression that stays near the weights in use.
///
/// Minimises `Σ cₙ·logloss(yₙ, w·xₙ) + λ/2·|w − w_prev|²` where some weights may not be negative. With λ > 0 there is
/// one optimum, whatever the rows are. A column of ones is the intercept, and is drawn to its previous weight like all
/// others.
///
///     var samples = LogisticSamples(columns: [.init("one", isNuisance: true), .init("popularity", isNonNegative:
///     true)])
///     try samples.append([1, 0.8], label: true, importance: LogisticSamples.importance(propensity: 0.2))
///     let fitted = try RidgeLogistic(lambda: 1).fit(samples)
public struct RidgeLogistic: Sendable {
    /// How strongly weights are drawn to ``previous`` (λ), more than 0; as if that many rows spoke for them.
    public let lambda: Double
    /// The weights in use (w_prev), one per column; `nil` for zeros.
    public let previous: [Double]?

    /// Describes a fit; what is wrong with it is said by ``fit(_:)``.
    public init(lambda: Double, previous: [Double]? = nil) {
        self.lambda = lambda
        self.previous = previous
    }

    /// What was learnt, one number per column everywhere.
    public struct Fitted: Equatable, Sendable {
        /// The columns, in the samples' order.
        public let columns: [LogisticColumn]
        /// The weights at the optimum; one that may not be negative can be exactly 0.
        public let weights: [Double]
        /// The sum that was minimised.
        public let objective: Double
        /// The length of the gradient, without the components that press a weight of 0 further down: 0 at the optimum.
        public let gradientNorm: Double
        /// The second derivatives of the objective, λ included.
        public let hessianDiagonal: [Double]
        /// How many Newton steps it took.
        public let steps: Int
        /// The root of the inverse Hessian's diagonal: the spread of the posterior whose prior is w_prev ± 1/√λ.
        ///
        /// Takes a row of importance 10 for ten rows. `nil` for a weight that is held at 0.
        public let posteriorDeviations: [Double?]
        /// Standard errors from how much the rows' gradients really vary (Huber 1967, White 1980), right also for rows
        /// that count more than once; `nil` for a weight that is held at 0.
        public let standardErrors: [Double?]

        /// The weights of the score alone, by the names of their columns: without the nuisance columns.
        public var served: [String: Double] {
            Dictionary(
                uniqueKeysWithValues: zip(columns, weights).filter { !$0.0.isNuisance }.map { ($0.0.name, $0.1) })
        }
    }

    /// Finds the optimum by projected Newton steps (Bertsekas 1982), and checks that it is one.
    ///
    /// - Throws: `Fault` `.badInput` without rows or columns, for a column that is there twice, a wrong lambda or
    ///   previous weights, and where no optimum is reached; `.unavailable` without OpenBLAS.
    public func fit(_ samples: LogisticSamples) throws(Fault) -> Fitted {
        let previous = try checkedPrevious(samples)
        let scale = LogisticLoss.scale(samples, previous: previous, lambda: lambda)
        var weights = previous
        var loss = LogisticLoss(samples, at: weights, previous: previous, lambda: lambda)
        for steps in 0...Self.mostSteps {
            let residual = Self.residual(loss.gradient, weights, samples.columns)
            if zip(residual, scale).allSatisfy({ $0.magnitude <= Self.tolerance * $1 }) {
                return try report(samples, weights, loss, residual: residual, steps: steps)
            }
            let step = try Step(loss, at: weights, columns: samples.columns)
            guard
                let (next, better) = step.search(
                    from: loss,
                    { next in
                        LogisticLoss(samples, at: next, previous: previous, lambda: lambda)
                    })
            else { break }
            (weights, loss) = (next, better)
        }
        throw Fault(
            .badInput, "the fit of \(samples.count) rows does not settle; scale the columns alike or raise lambda")
    }

    private static let mostSteps = 100
    /// A gradient that is this small a part of what its terms add up to is rounding.
    private static let tolerance = 1e-11

    private func checkedPrevious(_ samples: LogisticSamples) throws(Fault) -> [Double] {
        guard !samples.columns.isEmpty else { throw Fault(.badInput, "there is no column to fit a weight for") }
        guard samples.count > 0 else { throw Fault(.badInput, "there is no row to fit weights on") }
        let names = samples.columns.map(\.name)
        if let index = names.indices.first(where: { names[..<$0].contains(names[$0]) }) {
            throw Fault(.badInput, "column \(index): \(printable(names[index])) is there already")
        }
        guard lambda > 0, lambda.isFinite else { throw Fault(.badInput, "lambda \(lambda) is not more than 0") }
        let previous = previous ?? Array(repeating: 0, count: samples.columns.count)
        guard previous.count == samples.columns.count else {
            throw Fault(.badInput, "\(previous.count) previous weights for \(samples.columns.count) columns")
        }
        for (weight, column) in zip(previous, samples.columns) {
            guard weight.isFinite, weight >= 0 || !column.isNonNegative else {
                throw Fault(
                    .badInput,
                    "\(printable(column.name)): the previous weight \(weight) is not a finite number"
                        + (column.isNonNegative ? " of 0 or more" : ""))
            }
        }
        return previous
    }

    /// The gradient, without what the optimality conditions (Karush-Kuhn-Tucker) allow: a weight of 0 that is pressed
    /// down.
    private static func residual(_ gradient: [Double], _ weights: [Double], _ columns: [LogisticColumn]) -> [Double] {
        gradient.indices.map { columns[$0].isNonNegative && weights[$0] == 0 ? min(gradient[$0], 0) : gradient[$0] }
    }

    private func report(
        _ samples: LogisticSamples, _ weights: [Double], _ loss: LogisticLoss, residual: [Double], steps: Int
    ) throws(Fault) -> Fitted {
        // Only weights that can move in both directions have a normal spread.
        let free = weights.indices.filter { !samples.columns[$0].isNonNegative || weights[$0] > 0 }
        var inverse = loss.hessian.part(free)
        try inverse.factor()
        try inverse.invertFactor()
        let spread = LogisticLoss.spread(samples, at: weights).part(free)
        var deviations = [Double?](repeating: nil, count: weights.count)
        var errors = deviations
        for (place, column) in free.enumerated() {
            deviations[column] = inverse[place, place].squareRoot()
            let row = free.indices.map { inverse[place, $0] }
            errors[column] = spread.quadratic(row).squareRoot()
        }
        return Fitted(
            columns: samples.columns, weights: weights, objective: loss.objective,
            gradientNorm: residual.reduce(0) { $0 + $1 * $1 }.squareRoot(),
            hessianDiagonal: weights.indices.map { loss.hessian[$0, $0] }, steps: steps,
            posteriorDeviations: deviations,
            standardErrors: errors)
    }
}

/// One step of projected Newton: along the curvature where weights are free, straight down where they are at their
/// bound.
private struct Step {
    private let weights: [Double]
    private let direction: [Double]
    private let isBound: [Bool]
    private let columns: [LogisticColumn]

    init(_ loss: LogisticLoss, at weights: [Double], columns: [LogisticColumn]) throws(Fault) {
        let gradient = loss.gradient
        let scaled = gradient.indices.map { -gradient[$0] / loss.hessian[$0, $0] }
        // Weights this near to 0 that are pressed down count as bound, else they would stop every step short. The
        // nearer the optimum, the nearer to 0 that is.
        let moved = Self.project(zip(weights, scaled).map(+), columns)
        let near = min(1e-3, zip(weights, moved).reduce(0) { max($0, ($1.0 - $1.1).magnitude) })
        let isBound = weights.indices.map { columns[$0].isNonNegative && weights[$0] <= near && gradient[$0] > 0 }
        let free = weights.indices.filter { !isBound[$0] }
        var part = loss.hessian.part(free)
        try part.factor()
        var direction = scaled
        for (column, change) in zip(free, part.solution(free.map { -gradient[$0] })) { direction[column] = change }
        self.weights = weights
        self.direction = direction
        self.isBound = isBound
        self.columns = columns
    }

    /// Halves the step until the objective falls by a fair part of what the gradient promises; `nil` if it never does.
    func search(
        from loss: LogisticLoss, _ evaluate: ([Double]) -> LogisticLoss
    ) -> (weights: [Double], loss: LogisticLoss)? {
        // Near the optimum the objective falls by less than its own rounding.
        let rounding = 1e-13 * loss.objective.magnitude
        var length = 1.0
        while length > 1e-12 {
            let next = Self.project(zip(weights, direction).map { $0 + length * $1 }, columns)
            let promised = weights.indices.reduce(0) { sum, column in
                let change = isBound[column] ? next[column] - weights[column] : length * direction[column]
                return sum + loss.gradient[column] * change
            }
            let better = evaluate(next)
            if better.objective <= loss.objective + 1e-4 * promised + rounding { return (next, better) }
            length /= 2
        }
        return nil
    }

    private static func project(_ weights: [Double], _ columns: [LogisticColumn]) -> [Double] {
        zip(weights, columns).map { $1.isNonNegative ? max($0, 0) : $0 }
    }
}
