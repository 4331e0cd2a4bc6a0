import Foundation
import Sizzle

extension LineUp {
    /// The slots as lines of a terminal, each with a bar as long as its clip beside the longest, and one for its score.
    var lines: [String] {
        let longest = rows.map(\.frames).max() ?? 1
        let scores = rows.compactMap(\.score)
        let (least, most) = (min(0, scores.min() ?? 0), max(0, scores.max() ?? 0))
        let hasScores = !scores.isEmpty
        let head = ["", "at", "title", "type", "length", ""] + (hasScores ? ["score", ""] : [])
        let table = rows.map { row in
            [
                "\(row.slot)", at(row.start), row.title, row.type, "\(row.frames)",
                Self.bar(row.frames, of: longest, width: 24),
            ]
                + (hasScores ? Self.cells(row.score, least, most) : [])
        }
        let frames = rows.reduce(0) { $0 + $1.frames }
        return Terminal.table([head] + table)
            + ["\(rows.count) slots, \(frames) frames\(rate == nil ? "" : ", \(at(frames))")"]
    }

    /// Minutes, seconds and tenths; the frame where frames have durations of their own.
    private func at(_ frame: Int64) -> String {
        guard let rate else { return "\(frame)" }
        let tenths = rate.ticks(atFrame: frame, in: .milliseconds) / 100
        return String(format: "%ld:%02ld.%ld", Int(tenths / 600), Int(tenths / 10 % 60), Int(tenths % 10))
    }

    private static func cells(_ score: Double?, _ least: Double, _ most: Double) -> [String] {
        guard let score else { return ["fixed", ""] }
        let share = most > least ? (score - least) / (most - least) : 1
        return [Terminal.decimals(score), bar(Int64((share * 1_000).rounded()), of: 1_000, width: 16)]
    }

    /// A bar in eighths of a column.
    static func bar(_ value: Int64, of whole: Int64, width: Int64) -> String {
        let eighths = Int(max(0, value) * width * 8 / max(1, whole))
        let rest = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
        return String(repeating: "█", count: eighths / 8) + rest
    }
}
