import Foundation

/// The intervals of a metric's comparisons on one scale, as HTML with inline SVG.
///
/// Places on the scale are percentages, so that the plot fits any width and its text keeps its size.
struct IntervalPlot {
    private let metric: Experiment.Metric
    private let comparisons: [ExperimentReport.Comparison]
    /// The smallest difference of interest; `nil` where nobody said which that is.
    private let smallestEffect: Double?
    /// What the scale shows, in units of the metric.
    private let range: ClosedRange<Double>
    /// The part of the width on each side that only labels of the scale reach into, in percent.
    private static let margin = 5.0

    /// Plots the comparisons of `result`.
    init(_ result: ExperimentReport.Result, smallestEffect: Double?) {
        metric = result.metric
        comparisons = result.comparisons
        self.smallestEffect = smallestEffect
        let bounds: [Double] =
            result.comparisons.compactMap(\.interval).flatMap { [$0.lowerBound, $0.upperBound] } + [0]
        let (low, high) = (bounds.min() ?? 0, bounds.max() ?? 0)
        // A little of the shade is worth seeing on both sides, if it is not far larger than the intervals.
        let air = max((high - low) * 0.06, min((smallestEffect ?? 0) * 1.2, (high - low) * 0.5), .leastNonzeroMagnitude)
        range = min(low, -air)...max(high + (high - low) * 0.06, air)
    }

    /// A row for each comparison, with its verdict in words, then the scale.
    var html: String {
        let rows = comparisons.map(row)
        let hasScale = comparisons.contains { $0.interval != nil }
        return (rows + (hasScale ? [scale] : [])).joined(separator: "\n")
    }

    private func row(_ comparison: ExperimentReport.Comparison) -> String {
        let head = """
            <p class="row"><strong>\(escaped(comparison.arm))</strong> \
            <span class="tag \(tone(comparison.verdict))">\(tag(comparison.verdict))</span> \
            \(numbers(comparison))</p>
            """
        guard let interval = comparison.interval, let difference = comparison.difference else { return head }
        let (left, right) = (place(interval.lowerBound), place(interval.upperBound))
        let color = tone(comparison.verdict)
        return head + """

            <svg class="plot" height="30" role="img" aria-label="\(escaped(comparison.sentence))">
            \(ground(height: 30))
            <line class="bar \(color)" x1="\(left)%" x2="\(right)%" y1="15" y2="15"/>
            <line class="end \(color)" x1="\(left)%" x2="\(left)%" y1="8" y2="22"/>
            <line class="end \(color)" x1="\(right)%" x2="\(right)%" y1="8" y2="22"/>
            <circle class="\(color)" cx="\(place(difference))%" cy="15" r="6"/>
            </svg>
            """
    }

    /// The shade of what does not matter, and the line of no difference.
    private func ground(height: Int) -> String {
        let zero = """
            <line class="zero" x1="\(place(0))%" x2="\(place(0))%" y1="0" y2="\(height)"/>
            """
        guard let smallestEffect else { return zero }
        let left = max(-smallestEffect, range.lowerBound)
        let width = position(min(smallestEffect, range.upperBound)) - position(left)
        return """
            <rect class="shade" x="\(place(left))%" y="0" width="\(Words.fixed(width, 2))%" height="\(height)"/>
            \(zero)
            """
    }

    private var scale: String {
        let step = step
        let decimals = max(0, -Int(log10(Words.scaled(step, metric) * 1.001).rounded(.down)))
        let first = Int((range.lowerBound / step).rounded(.up))
        let last = Int((range.upperBound / step).rounded(.down))
        let ticks = (first...max(first, last)).map { number in
            let place = place(Double(number) * step)
            let label = Words.signed(Double(number) * step, metric, decimals: decimals)
            return """
                <line class="tick" x1="\(place)%" x2="\(place)%" y1="0" y2="6"/>\
                <text x="\(place)%" y="21" text-anchor="middle">\(number == 0 ? "0" : label)</text>
                """
        }
        return """
            <svg class="plot" height="26" aria-hidden="true">
            <line class="tick" x1="0" x2="100%" y1="0.5" y2="0.5"/>
            \(ticks.joined(separator: "\n"))
            </svg>
            <p class="unit">difference\(metric.isShare ? " in percentage points" : "")</p>
            """
    }

    /// The distance of two ticks, a round number that gives five at most.
    private var step: Double {
        let rough = (range.upperBound - range.lowerBound) / 5
        let power = pow(10, log10(rough).rounded(.down))
        return ([1, 2, 5].first { $0 * power >= rough } ?? 10) * power
    }

    /// Where a difference is on the scale, in percent of the width.
    private func position(_ difference: Double) -> Double {
        let part = (difference - range.lowerBound) / (range.upperBound - range.lowerBound)
        return Self.margin + part * (100 - 2 * Self.margin)
    }

    private func place(_ difference: Double) -> String { Words.fixed(position(difference), 2) }

    /// What was measured, or why there is nothing to show, as HTML.
    private func numbers(_ comparison: ExperimentReport.Comparison) -> String {
        guard let interval = comparison.interval, let difference = comparison.difference else {
            return "<span>\(escaped(comparison.sentence))</span>"
        }
        let measured = Words.signed(difference, metric, decimals: Words.decimals(of: interval, metric))
        let p = "p\u{A0}\(Words.p(comparison.p)), corrected\u{A0}\(Words.p(comparison.correctedP))"
        return """
            <span>\(measured), \(Words.between(interval, metric))</span> \
            <span class="quiet">\(escaped(p))</span>
            """
    }

    /// The verdict in a word or two.
    private func tag(_ verdict: ExperimentReport.Verdict) -> String {
        switch verdict {
        case .tooFew: "too few viewers"
        case .unvaried: "nothing varies"
        case .open: "open"
        case .uncorrected: "may be chance"
        case .alike: "hardly differs"
        case .higher, .lower: isGood(verdict) ? "\(verdict.rawValue), better" : "\(verdict.rawValue), worse"
        }
    }

    private func tone(_ verdict: ExperimentReport.Verdict) -> String {
        guard verdict == .higher || verdict == .lower else { return "plain" }
        return isGood(verdict) ? "good" : "bad"
    }

    private func isGood(_ verdict: ExperimentReport.Verdict) -> Bool { (verdict == .higher) == metric.isBetterHigher }
}
