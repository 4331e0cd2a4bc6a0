import Diagnostics
import Experiments
import TestSupport
import Testing

/// Whether two numbers agree to 1e-9.
func agree(_ left: Double, _ right: Double) -> Bool { abs(left - right) < 1e-9 }

/// Whether an interval is the one from `low` to `high`, to 1e-9.
func agree(_ interval: ClosedRange<Double>?, _ low: Double, _ high: Double) -> Bool {
    interval.map { agree($0.lowerBound, low) && agree($0.upperBound, high) } ?? false
}

extension FixedRandom {
    /// The next number in [0, 1).
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}

/// 2026-11-02T08:00:00Z and 28 days later, in milliseconds since 1970.
let start: Int64 = 1_793_606_400_000
let stop: Int64 = start + 28 * day
let day: Int64 = 86_400_000

/// An experiment of two halves; `arms` are its other arms and their buckets.
func experiment(
    _ name: String = "2026-11", layer: String = "cadence", salt: String? = nil,
    arms: [Experiment.Arm] = [
        .init(name: "now", buckets: 0..<5_000),
        .init(name: "shorter", buckets: 5_000..<10_000, changes: ReelChanges(cadence: "short")),
    ],
    metrics: Experiment.Metrics = .init(primary: .completion), start: Int64 = start, stop: Int64? = stop
) -> Experiment {
    Experiment(
        name: name, layer: layer, salt: salt, hypothesis: "A shorter reel is completed more often", arms: arms,
        control: arms[0].name, metrics: metrics, smallestEffect: 0.01, start: start, stop: stop)
}

/// The sums of viewers with one reel each, of which `successes` did what is counted.
func sums(_ successes: Int, of viewers: Int) -> RatioSums {
    RatioSums(
        viewers: viewers, numerator: Double(successes), denominator: Double(viewers),
        numeratorSquares: Double(successes), denominatorSquares: Double(viewers), products: Double(successes))
}
