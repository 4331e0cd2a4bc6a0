private import Foundation

/// `Σ cₙ·logloss + λ/2·|w − w_prev|²` with its first and second derivatives at some weights.
struct LogisticLoss {
    let objective: Double
    let gradient: [Double]
    /// λ on the diagonal included.
    let hessian: PositiveMatrix

    /// One pass over the samples.
    init(_ samples: LogisticSamples, at weights: [Double], previous: [Double], lambda: Double) {
        let order = weights.count
        var objective = 0.0
        var gradient = [Double](repeating: 0, count: order)
        var hessian = PositiveMatrix(order: order)
        hessian.entries.withUnsafeMutableBufferPointer { hessian in
            gradient.withUnsafeMutableBufferPointer { gradient in
                Self.forEachRow(of: samples, weights) { row, margin, label, importance in
                    // exp of what is at most 0 cannot overflow.
                    let decay = exp(-margin.magnitude)
                    objective += importance * (max(margin, 0) - label * margin + log1p(decay))
                    let probability = (margin >= 0 ? 1 : decay) / (1 + decay)
                    let slope = importance * (probability - label)
                    let curvature = importance * decay / ((1 + decay) * (1 + decay))
                    for column in 0..<order {
                        gradient[column] += slope * row[column]
                        let product = curvature * row[column]
                        for other in 0...column { hessian[column * order + other] += product * row[other] }
                    }
                }
            }
        }
        for column in 0..<order {
            let change = weights[column] - previous[column]
            objective += lambda / 2 * change * change
            gradient[column] += lambda * change
            hessian.entries[column * order + column] += lambda
        }
        self.objective = objective
        self.gradient = gradient
        self.hessian = hessian
    }

    /// `Σ cₙ²·(pₙ − yₙ)²·xₙxₙᵀ`: how much the gradient varies from sample to sample.
    static func spread(_ samples: LogisticSamples, at weights: [Double]) -> PositiveMatrix {
        let order = weights.count
        var spread = PositiveMatrix(order: order)
        spread.entries.withUnsafeMutableBufferPointer { spread in
            forEachRow(of: samples, weights) { row, margin, label, importance in
                let decay = exp(-margin.magnitude)
                let slope = importance * ((margin >= 0 ? 1 : decay) / (1 + decay) - label)
                for column in 0..<order {
                    let product = slope * slope * row[column]
                    for other in 0...column { spread[column * order + other] += product * row[other] }
                }
            }
        }
        return spread
    }

    /// How large each component of the gradient can get: what its rounding is measured against.
    static func scale(_ samples: LogisticSamples, previous: [Double], lambda: Double) -> [Double] {
        var scale = previous.map { lambda * (1 + $0.magnitude) }
        forEachRow(of: samples, previous) { row, _, _, importance in
            for column in scale.indices { scale[column] += importance * row[column].magnitude }
        }
        return scale
    }

    /// Hands over each row with its `w·x`, its label and how often it counts.
    @inline(__always)
    private static func forEachRow(
        of samples: LogisticSamples, _ weights: [Double],
        _ body: (_ row: UnsafePointer<Double>, _ margin: Double, _ label: Double, _ importance: Double) -> Void
    ) {
        let order = weights.count
        samples.values.withUnsafeBufferPointer { values in
            guard var row = values.baseAddress else { return }
            for index in 0..<samples.count {
                var margin = 0.0
                for column in 0..<order { margin += weights[column] * row[column] }
                body(row, margin, samples.labels[index], samples.importances[index])
                row += order
            }
        }
    }
}
