import Foundation

/// Numbers and sentences as people read them.
enum Words {
    /// `5,210`.
    static func count(_ number: Int) -> String {
        var digits = String(number.magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (number < 0 ? "−" : "") + ([digits] + groups).joined(separator: ",")
    }

    /// `61.8 %`, `0.42 %`, or `3.21` for what is no share; `–` for nothing.
    static func value(_ value: Double?, _ metric: Experiment.Metric) -> String {
        guard let value else { return "–" }
        guard metric.isShare else { return fixed(value, 2) }
        return fixed(value * 100, value < 0.0995 ? 2 : 1) + " %"
    }

    /// `0.0375`, `< 0.0001`, `1`.
    static func p(_ p: Double) -> String { p < 0.0001 ? "< 0.0001" : p > 0.99995 ? "1" : fixed(p, 4) }

    /// `95 %`, `99.5 %`: how sure an interval with the error `alpha` is.
    static func confidence(_ alpha: Double) -> String {
        let percent = (1 - alpha) * 100
        return fixed(percent, percent == percent.rounded() ? 0 : 1) + " %"
    }

    /// `2026-11-14 20:00 UTC`.
    static func time(_ milliseconds: Int64) -> String {
        // Whole minutes are enough here, and a minute that has not passed is not shown.
        let date = Date(timeIntervalSince1970: Double(milliseconds / 60_000 * 60))
        let text = date.formatted(Date.ISO8601FormatStyle())
        return text.prefix(10) + " " + text.dropFirst(11).prefix(5) + " UTC"
    }

    /// A difference with its sign, `+0.4` or `−2.9`, in points for a share.
    static func signed(_ difference: Double, _ metric: Experiment.Metric, decimals: Int) -> String {
        let text = fixed(scaled(difference.magnitude, metric), decimals)
        // What is rounded to 0 has no sign.
        guard text.contains(where: { "123456789".contains($0) }) else { return text }
        return (difference < 0 ? "−" : "+") + text
    }

    /// ` points` for a share, nothing else for a number that its name explains.
    static func unit(_ metric: Experiment.Metric) -> String { metric.isShare ? " points" : "" }

    /// `between +0.4 and +2.9 points`.
    static func between(_ interval: ClosedRange<Double>, _ metric: Experiment.Metric) -> String {
        let decimals = decimals(of: interval, metric)
        let bounds = [interval.lowerBound, interval.upperBound].map { signed($0, metric, decimals: decimals) }
        return "between \(bounds[0]) and \(bounds[1])\(unit(metric))"
    }

    /// Decimals that show two digits of an interval's width, and show that a bound beside 0 is not 0.
    static func decimals(of interval: ClosedRange<Double>, _ metric: Experiment.Metric) -> Int {
        let width = scaled(interval.upperBound - interval.lowerBound, metric)
        var decimals = max(metric.isShare ? 1 : 2, width > 0 ? 1 - Int(log10(width).rounded(.down)) : 0)
        let nearest = scaled(min(interval.lowerBound.magnitude, interval.upperBound.magnitude), metric)
        guard !interval.contains(0) else { return min(decimals, 8) }
        while decimals < 8, nearest * pow(10, Double(decimals)) < 0.5 { decimals += 1 }
        return min(decimals, 8)
    }

    /// A number with a fixed number of decimals.
    static func fixed(_ number: Double, _ decimals: Int) -> String { String(format: "%.\(decimals)f", number) }

    /// A difference in the unit that is shown.
    static func scaled(_ difference: Double, _ metric: Experiment.Metric) -> Double {
        metric.isShare ? difference * 100 : difference
    }

    /// A size of a difference: `1 point`, `0.5 points`, `0.2`.
    static func effect(_ size: Double, _ metric: Experiment.Metric) -> String {
        let number = String(format: "%g", scaled(size, metric))
        return number + (metric.isShare ? number == "1" ? " point" : " points" : "")
    }

    /// Why nothing is said yet.
    static func tooFew(arm: String, viewers: Int, of minimum: Int) -> String {
        "Not enough viewers yet: \(count(viewers)) of \(count(minimum)) in '\(arm)'."
    }

    /// A verdict on an arm in one or two sentences.
    static func sentence(
        _ verdict: ExperimentReport.Verdict, _ metric: Experiment.Metric, arm: String, control: String,
        _ interval: ClosedRange<Double>?, smallestEffect: Double, among count: Int
    ) -> String {
        guard let interval else {
            return "\(metric.label): nothing to compare, since all viewers of '\(control)' and '\(arm)' did alike."
        }
        let between = between(interval, metric)
        switch verdict {
        case .higher, .lower:
            return "\(metric.label) is \(verdict.rawValue) with '\(arm)': \(between). This may be concluded."
        case .alike:
            let least = effect(smallestEffect, metric)
            return "\(metric.label) hardly differs with '\(arm)': \(between), and less than \(least) does not matter. "
                + "This may be concluded."
        case .uncorrected:
            let looks = interval.lowerBound > 0 ? "higher" : "lower"
            return "\(metric.label) looks \(looks) with '\(arm)': \(between). "
                + "With \(count) comparisons this may be chance; nothing may be concluded yet."
        case .open, .tooFew, .unvaried:
            return "\(metric.label) with '\(arm)': \(between). Nothing may be concluded yet."
        }
    }

    /// The verdict on a split.
    static func split(_ ratio: SampleRatio) -> String {
        let found = list(ratio.viewers)
        guard ratio.isOff else { return "The split is as meant: \(found), where \(meant(ratio))." }
        return "The split is off (\(found) where \(meant(ratio))): something loses viewers of one arm; "
            + "no result is shown until it is found."
    }

    private static func list(_ viewers: [Int]) -> String { viewers.map(count).joined(separator: " to ") }

    private static func meant(_ ratio: SampleRatio) -> String {
        if Set(ratio.shares).count == 1 {
            let parts = [2: "halves", 3: "thirds", 4: "quarters", 5: "fifths"][ratio.shares.count]
            return "\(parts ?? "equal parts") were meant"
        }
        return "\(list(ratio.expected.map { Int($0.rounded()) })) were meant"
    }
}
