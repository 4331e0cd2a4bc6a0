import Foundation

extension ExperimentReport {
    /// The report as text for a terminal.
    public var text: String {
        var lines = ["Experiment \(experiment.id)", experiment.hypothesis, when, ""]
        lines += conclusions
        guard !split.isOff else { return lines.joined(separator: "\n") + "\n" }
        lines += ["", "\(split.sentence) (p \(Words.p(split.p)))"]
        for result in results {
            lines += ["", result.metric.label + (result.isPrimary ? " (primary)" : "")]
            lines += Self.table(result.rows(experiment))
        }
        lines += [""] + notes
        return lines.joined(separator: "\n") + "\n"
    }

    /// The report as JSON with sorted keys.
    ///
    /// - Throws: `EncodingError`, which no report that was made causes.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// Since when the experiment runs, and when it was looked at.
    var when: String {
        let start = Words.time(experiment.start)
        let seen = "looked at on \(Words.time(at))"
        return switch state {
        case .planned: "Begins on \(start); \(seen)."
        case .running: "Runs since \(start); \(seen)."
        case .ended: "Ran from \(start) to \(Words.time(experiment.stop ?? at)); \(seen)."
        }
    }

    /// What the numbers are, for people who did not make them.
    var notes: [String] {
        let confidence = Words.confidence(experiment.alpha)
        let count = results.reduce(0) { $0 + $1.comparisons.count }
        return ["Each interval holds the true difference with \(confidence) confidence, however often one looks."]
            + (count < 2 ? [] : ["The corrected p allows for there being \(count) comparisons."])
    }

    /// Columns as wide as their widest entry; the first is flush left, the others flush right.
    private static func table(_ rows: [[String]]) -> [String] {
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).enumerated().map { column, cell in
                let space = String(repeating: " ", count: cell.1 - cell.0.count)
                return column == 0 ? cell.0 + space : space + cell.0
            }
            var line = "  " + cells.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}

extension ExperimentReport.Result {
    /// A table with a head: an arm a line.
    fileprivate func rows(_ experiment: Experiment) -> [[String]] {
        let confidence = "\(Words.confidence(experiment.alpha)) interval"
        let head = ["arm", "viewers", "value", metric.isShare ? "points" : "difference", confidence, "p", "corrected"]
        return [head]
            + arms.map { arm in
                let start = [arm.arm, Words.count(arm.viewers), Words.value(arm.value, metric)]
                guard let comparison = comparisons.first(where: { $0.arm == arm.arm }) else {
                    return start + ["control", "", "", ""]
                }
                return start + comparison.cells(metric)
            }
    }
}

extension ExperimentReport.Comparison {
    /// The difference, its interval, p and corrected p; `–` for what there is not.
    fileprivate func cells(_ metric: Experiment.Metric) -> [String] {
        guard let difference, let interval else { return ["–", "–", "–", "–"] }
        let decimals = Words.decimals(of: interval, metric)
        let numbers = [difference, interval.lowerBound, interval.upperBound].map {
            Words.signed($0, metric, decimals: decimals)
        }
        return [numbers[0], "\(numbers[1]) to \(numbers[2])", Words.p(p), Words.p(correctedP)]
    }
}
