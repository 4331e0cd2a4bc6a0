import Synchronization

/// What the service counts, as Prometheus reads it (text format 0.0.4).
final class Metrics: Sendable {
    /// A family of counters with the same labels.
    enum Counter: String, CaseIterable {
        case requests = "sizzle_http_requests_total"
        case plans = "sizzle_plans_total"
        case events = "sizzle_events_total"
        case eventsRefused = "sizzle_events_refused_total"
        case impressionsLost = "sizzle_impressions_lost_total"
        case slotStarts = "sizzle_slot_starts_total"
        case slotCompletions = "sizzle_slot_completions_total"
        case slotSkips = "sizzle_slot_skips_total"
        case rebufferMilliseconds = "sizzle_rebuffer_seconds_total"
        case playedMilliseconds = "sizzle_played_seconds_total"
        case starvations = "sizzle_cmcd_starvations_total"
        case startups = "sizzle_cmcd_startups_total"
        case clientRequests = "sizzle_cmcd_requests_total"
        case clientKilobits = "sizzle_cmcd_kilobits_total"
        case remarksLost = "sizzle_cmcd_lines_lost_total"
        case shed = "sizzle_shed_total"
        case failures = "sizzle_failures_total"

        var help: String {
            switch self {
            case .requests: "Requests by route, method and status."
            case .plans: "Plans by cadence and arm of an experiment."
            case .events: "Events by type and what became of them."
            case .eventsRefused: "Batches of events that were answered with 503."
            case .impressionsLost: "Impressions that could not be logged."
            case .slotStarts: "Slots that began to play, by place."
            case .slotCompletions: "Slots that played to their end, by place."
            case .slotSkips: "Slots that were skipped, by place."
            case .rebufferMilliseconds: "Time for which players waited."
            case .playedMilliseconds: "Time for which slots were on screen that came to their end or were skipped."
            case .starvations: "Segments that players asked for with an empty buffer (CMCD bs)."
            case .startups: "Segments that players needed at once, to begin or to go on (CMCD su)."
            case .clientRequests: "Segments whose bit rate players told (CMCD br)."
            case .clientKilobits: "Kilobits a second of those segments, added up: divided by their number, the average."
            case .remarksLost: "Lines of CMCD that could not be logged."
            case .shed: "Requests that were turned away, by reason."
            case .failures: "Requests that failed, by the kind of failure."
            }
        }

        /// Whether it is counted in thousandths of what it says.
        var isMilliseconds: Bool { self == .rebufferMilliseconds || self == .playedMilliseconds }
    }

    /// Upper bounds of latencies, in nanoseconds, and as text in seconds.
    private static let bounds: [(nanoseconds: Int64, text: String)] = [
        (250_000, "0.00025"), (500_000, "0.0005"), (1_000_000, "0.001"), (2_500_000, "0.0025"), (5_000_000, "0.005"),
        (10_000_000, "0.01"), (25_000_000, "0.025"), (50_000_000, "0.05"), (100_000_000, "0.1"), (250_000_000, "0.25"),
        (500_000_000, "0.5"), (1_000_000_000, "1"), (2_500_000_000, "2.5"), (10_000_000_000, "10"),
    ]

    private struct Histogram {
        var counts = [Int](repeating: 0, count: Metrics.bounds.count + 1)
        var sum: Int64 = 0

        mutating func add(_ nanoseconds: Int64) {
            counts[Metrics.bounds.firstIndex { nanoseconds <= $0.nanoseconds } ?? Metrics.bounds.count] += 1
            sum += nanoseconds
        }
    }

    private struct State {
        /// Labels in the form of the text, to a count.
        var counters: [Counter: [String: Int64]] = [:]
        var latencies: [String: Histogram] = [:]
    }
    private let state = Mutex(State())
    /// Requests that are being answered.
    let inFlight = Atomic<Int>(0)
    /// Connections that are open.
    let connections = Atomic<Int>(0)

    /// Counts. Labels must come from a small set: never an id that a client made up.
    func add(_ counter: Counter, _ labels: [(String, String)] = [], _ amount: Int64 = 1) {
        let text = Self.text(labels)
        state.withLock { state in
            // What clients send is added up: it must not end the process.
            let (sum, overflow) = state.counters[counter, default: [:]][text, default: 0].addingReportingOverflow(
                amount)
            state.counters[counter, default: [:]][text] = overflow ? .max : sum
        }
    }

    /// Counts a request that was answered.
    func answered(_ route: String, _ method: String, _ status: Int, nanoseconds: Int64) {
        let text = #"{route="\#(route)",method="\#(method)",status="\#(status)"}"#
        state.withLock { state in
            state.counters[.requests, default: [:]][text, default: 0] += 1
            state.latencies[route, default: Histogram()].add(nanoseconds)
        }
    }

    /// A value that is read when it is asked for.
    struct Gauge {
        var name: String
        var help: String
        var isCounter = false
        var values: [(labels: [(String, String)], value: Int)]
    }

    /// The text, with gauges that the caller reads.
    func text(_ gauges: [Gauge]) -> String {
        let state = self.state.withLock { $0 }
        var lines: [String] = []
        for counter in Counter.allCases {
            lines += ["# HELP \(counter.rawValue) \(counter.help)", "# TYPE \(counter.rawValue) counter"]
            for (labels, count) in (state.counters[counter] ?? [:]).sorted(by: { $0.key < $1.key }) {
                lines.append(
                    "\(counter.rawValue)\(labels) \(counter.isMilliseconds ? Self.thousandths(count) : "\(count)")")
            }
        }
        let name = "sizzle_http_request_duration_seconds"
        lines += ["# HELP \(name) How long requests took, by route.", "# TYPE \(name) histogram"]
        for (route, histogram) in state.latencies.sorted(by: { $0.key < $1.key }) {
            var total = 0
            for (bound, count) in zip(Self.bounds.map(\.text) + ["+Inf"], histogram.counts) {
                total += count
                lines.append(#"\#(name)_bucket{route="\#(route)",le="\#(bound)"} \#(total)"#)
            }
            lines.append(#"\#(name)_sum{route="\#(route)"} \#(Self.thousandths(histogram.sum / 1_000_000))"#)
            lines.append(#"\#(name)_count{route="\#(route)"} \#(total)"#)
        }
        for gauge in gauges {
            lines += [
                "# HELP \(gauge.name) \(gauge.help)", "# TYPE \(gauge.name) \(gauge.isCounter ? "counter" : "gauge")",
            ]
            for (labels, value) in gauge.values { lines.append("\(gauge.name)\(Self.text(labels)) \(value)") }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func text(_ labels: [(String, String)]) -> String {
        guard !labels.isEmpty else { return "" }
        return "{"
            + labels.map { name, value in
                let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing(
                    "\n", with: "\\n")
                return "\(name)=\"\(escaped)\""
            }.joined(separator: ",") + "}"
    }

    private static func thousandths(_ number: Int64) -> String {
        let rest = String(number % 1_000)
        return "\(number / 1_000)." + String(repeating: "0", count: 3 - rest.count) + rest
    }
}
