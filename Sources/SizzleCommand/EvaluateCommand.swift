import ArgumentParser
import Sizzle

/// Estimates as documents have them.
struct EstimateRows: Encodable {
    var rows: Int
    var positives: Int
    var lost: Int?
    var isPassed: Bool?
    var reason: String?
    var difference: Value?
    var policies: [Policy] = []

    struct Value: Encodable {
        var value: Double
        var standardError: Double?

        init(_ estimate: Estimate) { (value, standardError) = (estimate.value, estimate.standardError) }
        init(_ value: Double) { self.value = value }
    }

    struct Policy: Encodable {
        var policy: String
        var ips: Value
        var clippedIPS: Value
        var snips: Value
        var dm: Value
        var dr: Value
        var sndr: Value
        var rips: Value?
        var effectiveSampleSize: Double
        var meanWeight: Double
        var largestWeight: Double

        init(_ name: String, _ slots: OffPolicy, reels: ReelOffPolicy? = nil) {
            policy = name
            ips = Value(slots.ips)
            clippedIPS = Value(slots.clippedIPS)
            snips = Value(slots.snips)
            dm = Value(slots.crossFitted.direct)
            dr = Value(slots.crossFitted.doublyRobust)
            sndr = Value(slots.crossFitted.selfNormalized)
            rips = (reels?.rips).map { Value($0) }
            effectiveSampleSize = slots.effectiveSampleSize
            meanWeight = slots.meanWeight
            largestWeight = slots.largestWeight
        }

        /// The cells of a table.
        var cells: [String] {
            let estimates = [ips, clippedIPS, snips, dm, dr, sndr].map(Self.words)
            return [policy] + estimates + [rips.map(Self.words) ?? "–"]
                + [String(Int(effectiveSampleSize)), Terminal.decimals(meanWeight), Terminal.decimals(largestWeight)]
        }

        private static func words(_ value: Value) -> String {
            Terminal.decimals(value.value, 5) + (value.standardError.map { " ±" + Terminal.decimals($0, 5) } ?? "")
        }

        static let head = [
            "policy", "IPS", "IPS, clipped", "SNIPS", "DM", "DR", "SNDR", "RIPS", "ESS", "mean w", "max w",
        ]
    }

    init(rows: Int, positives: Int, lost: Int? = nil) {
        (self.rows, self.positives, self.lost) = (rows, positives, lost)
    }

    init(_ gate: GateReport) {
        self.init(rows: gate.rows, positives: gate.positives)
        (isPassed, reason) = (gate.isPassed, gate.reason)
        difference = gate.difference.map { Value($0) }
        for (name, estimate) in [("live", gate.live), ("new", gate.candidate)] {
            if let estimate { policies.append(Policy(name, estimate.slots, reels: estimate.reels)) }
        }
    }
}

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Say what another policy would have earned, by the log of the one that ran.",
        discussion: """
            Estimates are plays within 24 hours for each slot that was shown (RIPS: for each reel): IPS, IPS with weights clipped at 10, SNIPS, \
            DM, DR and SNDR, the models of the last three fitted on thirds of the log that they do not judge. Look at ESS first: it is \
            how many slots of the policy's own log would say as much.

              sizzle evaluate --library lib --policy live --policy none --policy 2026-11-29-0a1b2c3d
              sizzle evaluate --log random.csv --policy uniform --policy bts.csv

            With --log the log is a table with the columns item_id, position (from 1), click and propensity_score, as of the Open Bandit \
            data, and a policy is 'uniform' or a table with item_id, position and probability.
            """)
    @Option(
        name: .long,
        help:
            "A model's name, 'live', 'none' for the standard weights; with --log 'uniform' or a table. May be repeated."
    )
    var policy: [String] = []
    @Option(name: .long, help: "A log as a table of comma-separated values; without it that of the library.")
    var log: String?
    @Option(name: .long, help: "The first moment that is looked at (RFC 3339); 7 days before the end without it.")
    var from: String?
    @Option(name: .long, help: "The first moment that is not (RFC 3339); now without it.") var until: String?
    @OptionGroup var library: LibraryOptions
    @Flag(name: .long, help: "Print one JSON document on stdout.") var json = false

    func validate() throws {
        if policy.isEmpty { throw ValidationError("no --policy is given; name one or more") }
    }

    func run() throws {
        let rows = try log.map(judge(table:)) ?? judgeLibrary()
        if json { return try Terminal.say(json: rows) }
        let lost = rows.lost.map { $0 > 0 ? ", \($0) reels cannot be looked at again" : "" } ?? ""
        Terminal.say("\(rows.rows) slots, \(rows.positives) with a reward\(lost)")
        for line in Terminal.table([EstimateRows.Policy.head] + rows.policies.map(\.cells)) { Terminal.say(line) }
    }

    private func judge(table path: String) throws -> EstimateRows {
        let log = try BanditLog(path)
        var rows = EstimateRows(rows: log.rows.count, positives: log.rows.count { $0.reward > 0 })
        for name in policy {
            let policy = try name == "uniform" ? log.uniform : log.policy(name)
            rows.policies.append(.init(name, try OffPolicy(log: log.rows, policy: policy)))
        }
        return rows
    }

    private func judgeLibrary() throws -> EstimateRows {
        let library = try library.open()
        let end = try Clock.read(until, "--until")
        let start =
            try from.map { text throws(Fault) in try Clock.read(text, "--from") }
            ?? Timestamp(milliseconds: end.milliseconds - 7 * Timestamp.day)
        guard start < end else { throw Fault(.usage, "--from \(start): is not before \(end), where the window ends") }
        let rankings = try policy.map { ($0, try PolicyOptions.ranking($0, of: library)) }
        let judge = try PolicyJudge(
            LogWindow(Catalogue.open(library.cataloguePath, creating: false), from: start, until: end) {
                id throws(Fault) in try library.planningClips(ofEdition: id)
            })
        var rows = EstimateRows(rows: judge.rows.count, positives: judge.positives, lost: judge.lost)
        for (name, ranking) in rankings {
            let estimate = try judge.judge(ranking.policy, items: ranking.items)
            rows.policies.append(.init(name, estimate.slots, reels: estimate.reels))
        }
        return rows
    }
}

/// A log of slots as a table: the form of the Open Bandit data.
struct BanditLog {
    let rows: [LoggedAction]
    private let positions: Int
    private let actions: Int

    init(_ path: String) throws {
        let table = try Table(path, columns: ["item_id", "position", "click", "propensity_score"])
        rows = try table.rows.map { row in
            let place = try row.slot()
            let propensity = try row.decimal(3)
            guard propensity > 0, propensity <= 1 else {
                throw Fault(.badInput, "\(row.place): propensity \(propensity) is not more than 0 and at most 1")
            }
            return LoggedAction(
                action: place.action, position: place.position, reward: try row.decimal(2), propensity: propensity)
        }
        guard rows.count > 1 else {
            throw Fault(.badInput, "\(path): has \(rows.count) rows; 2 are the least that say anything")
        }
        positions = (rows.map(\.position).max() ?? 0) + 1
        actions = (rows.map(\.action).max() ?? 0) + 1
    }

    var uniform: SlotPolicy { .uniform(positions: max(1, positions), actions: max(1, actions)) }

    func policy(_ path: String) throws -> SlotPolicy {
        let table = try Table(path, columns: ["item_id", "position", "probability"])
        var probabilities: [[Double]] = []
        for row in table.rows {
            let (action, position) = try row.slot()
            while probabilities.count <= position { probabilities.append([]) }
            while probabilities[position].count <= action { probabilities[position].append(0) }
            probabilities[position][action] = try row.decimal(2)
        }
        do throws(Fault) {
            return try SlotPolicy(probabilities)
        } catch { throw Fault(error.status, "\(path): \(error.message)") }
    }

    /// Columns of a table with a head.
    private struct Table {
        struct Row {
            var cells: [Substring]
            var place: String

            /// The item and the position, from 0, of the first two columns.
            func slot() throws(Fault) -> (action: Int, position: Int) {
                let (action, position) = (try whole(0), try whole(1))
                guard (0..<10_000).contains(action), (1...1_000).contains(position) else {
                    throw Fault(.badInput, "\(place): item \(action) in position \(position) is out of range")
                }
                return (action, position - 1)
            }

            private func whole(_ column: Int) throws(Fault) -> Int {
                guard let number = Int(cells[column]) else {
                    throw Fault(.badInput, "\(place): '\(printable(String(cells[column])))' is no whole number")
                }
                return number
            }

            func decimal(_ column: Int) throws(Fault) -> Double {
                // Swift reads a number up to a NUL, and leaves aside what follows.
                guard let number = Double(cells[column]), number.isFinite, !cells[column].utf8.contains(0) else {
                    throw Fault(.badInput, "\(place): '\(printable(String(cells[column])))' is no number")
                }
                return number
            }
        }
        let rows: [Row]

        init(_ path: String, columns: [String]) throws {
            let text = String(decoding: try InputFile.contents(of: path), as: UTF8.self)
            let lines = text.split(whereSeparator: \.isNewline)
            let head = lines.first?.split(separator: ",", omittingEmptySubsequences: false).map(String.init) ?? []
            let places = columns.map { head.firstIndex(of: $0) }
            if let missing = places.firstIndex(of: nil) {
                throw Fault(.badInput, "\(path): has no column '\(columns[missing])'")
            }
            let wanted = places.compactMap(\.self)
            rows = try lines.enumerated().dropFirst().map { number, line in
                let cells = line.split(separator: ",", omittingEmptySubsequences: false)
                guard cells.count == head.count else {
                    throw Fault(.badInput, "\(path): line \(number + 1): has \(cells.count) columns, not \(head.count)")
                }
                return Row(cells: wanted.map { cells[$0] }, place: "\(path): line \(number + 1)")
            }
        }
    }
}
