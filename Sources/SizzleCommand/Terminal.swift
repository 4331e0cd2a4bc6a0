import Foundation
import Sizzle
import Synchronization

/// What goes to the two streams.
enum Terminal {
    /// Whether a person looks at stderr.
    static var isInteractive: Bool { isatty(STDERR_FILENO) == 1 }

    /// One line on stdout.
    static func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

    /// One line on stderr.
    static func note(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

    /// The line of an error.
    static func complain(_ message: String) {
        let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
        note("error: \(line)")
    }

    /// One JSON document on stdout.
    static func say(json value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        say(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// Rows with aligned columns, each as wide as its widest entry.
    static func table(_ rows: [[String]]) -> [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            let cells = row.enumerated().map { column, cell in
                column == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
            }
            return cells.joined(separator: "  ")
        }
    }

    /// A score for people, with three digits after the point unless it is told otherwise.
    static func decimals(_ value: Double, _ digits: Int = 3) -> String { String(format: "%.\(digits)f", value) }
}

/// Shows progress on stderr: a bar on a terminal, else a line for every tenth, or JSON lines for machines.
final class ProgressPrinter: Sendable {
    /// The form.
    enum Form: Sendable {
        case bar
        case lines
        case json
        /// Lines that Open Job Description's sessions read on stdout.
        case openjd
    }

    private struct State {
        var stage = ""
        var shown = -1
        var began = ContinuousClock.now
    }

    private let form: Form
    private let state = Mutex(State())

    init(_ form: Form) { self.form = form }

    /// Shows a state of the work, where it differs enough from the last that was shown.
    func show(_ progress: ProgressReport) {
        let line = state.withLock { state -> String? in
            if state.stage != progress.stage { state = State(stage: progress.stage) }
            let percent = progress.total > 0 ? progress.done * 100 / progress.total : 100
            let step = form == .lines ? percent / 10 * 10 : percent
            guard step != state.shown else { return nil }
            state.shown = step
            return text(progress, percent, since: state.began)
        }
        guard let line else { return }
        (form == .openjd ? FileHandle.standardOutput : FileHandle.standardError).write(Data(line.utf8))
    }

    private func text(_ progress: ProgressReport, _ percent: Int, since began: ContinuousClock.Instant) -> String {
        switch form {
        case .json:
            let stage = progress.stage.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            let failed = progress.failed > 0 ? ",\"failed\":\(progress.failed)" : ""
            return "{\"stage\":\"\(stage)\",\"done\":\(progress.done),\"total\":\(progress.total)\(failed)}\n"
        case .lines:
            return "\(progress.stage): \(percent) %\(pace(progress, since: began))\n"
        case .openjd:
            let failed = progress.failed > 0 ? ", \(progress.failed) failed" : ""
            return "openjd_progress: \(percent)\nopenjd_status: \(progress.stage)\(failed)\n"
        case .bar:
            let filled = percent * 30 / 100
            let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 30 - filled)
            let pace = pace(progress, since: began)
            return "\r\u{1B}[K\(bar) \(percent) %  \(progress.stage)\(pace)" + (percent == 100 ? "\n" : "")
        }
    }

    /// How fast it goes, where somebody wants to know, and how long it takes yet.
    private func pace(_ progress: ProgressReport, since began: ContinuousClock.Instant) -> String {
        let elapsed = (ContinuousClock.now - began).components
        let milliseconds = elapsed.seconds * 1000 + elapsed.attoseconds / 1_000_000_000_000_000
        guard milliseconds >= 1000, progress.done > 0 else { return "" }
        let rate = progress.unit.map { ", \(Int64(progress.done) * 1000 / milliseconds) \($0)/s" } ?? ""
        let failed = progress.failed > 0 ? ", \(progress.failed) failed" : ""
        guard progress.done < progress.total else { return rate + failed }
        let left = milliseconds * Int64(progress.total - progress.done) / Int64(progress.done) / 1000
        return "\(rate), \(left) s left\(failed)"
    }
}
