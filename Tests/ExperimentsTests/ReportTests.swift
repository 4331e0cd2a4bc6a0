import Diagnostics
import Experiments
import Foundation
import Testing

/// Three arms, and an experiment with something of everything.
private let three = [
    Experiment.Arm(name: "now", buckets: 0..<4_000),
    Experiment.Arm(name: "shorter", buckets: 4_000..<8_000, changes: ReelChanges(cadence: "short")),
    Experiment.Arm(
        name: "bold", buckets: 8_000..<10_000,
        changes: ReelChanges(weights: .init(recency: 0.1), exploration: .init(policy: .thompson))),
]

func example() throws -> ExperimentReport {
    let plays = { (viewers: Int, sum: Double, squares: Double) in
        RatioSums(
            viewers: viewers, numerator: sum, denominator: Double(viewers), numeratorSquares: squares,
            denominatorSquares: Double(viewers), products: sum)
    }
    let counted = [
        ArmSums(
            arm: "now", viewers: 40_100,
            metrics: [
                .completion: sums(20_050, of: 40_100), .skipRate: sums(8_020, of: 40_100),
                .playsPerReel: plays(40_100, 12_030, 15_100), .rebufferRatio: sums(60, of: 40_100),
            ]),
        ArmSums(
            arm: "shorter", viewers: 39_950,
            metrics: [
                .completion: sums(21_250, of: 39_950), .skipRate: sums(8_800, of: 39_950),
                .playsPerReel: plays(39_950, 12_200, 15_400), .rebufferRatio: sums(61, of: 39_950),
            ]),
        ArmSums(
            arm: "bold", viewers: 19_990,
            metrics: [
                .completion: sums(10_150, of: 19_990), .skipRate: sums(3_900, of: 19_990),
                .playsPerReel: plays(19_990, 6_500, 8_400), .rebufferRatio: sums(2, of: 640),
            ]),
    ]
    return try ExperimentReport(
        experiment(
            arms: three,
            metrics: .init(primary: .completion, secondary: [.skipRate, .playsPerReel, .rebufferRatio])),
        arms: counted, at: start + 12 * day)
}

/// A report of one day on two arms of as many viewers, of whom fewer may count for the metrics.
private func report(
    _ first: (Int, Int), _ second: (Int, Int), secondary: [Experiment.Metric: ((Int, Int), (Int, Int))] = [:],
    viewers: [Int]? = nil
) throws -> ExperimentReport {
    var counts = secondary
    counts[.completion] = (first, second)
    let most = max(first.1, second.1)
    return try ExperimentReport(
        experiment(
            metrics: .init(primary: .completion, secondary: secondary.keys.sorted { $0.rawValue < $1.rawValue })),
        arms: [
            ArmSums(
                arm: "now", viewers: viewers?[0] ?? most, metrics: counts.mapValues { sums($0.0.0, of: $0.0.1) }),
            ArmSums(
                arm: "shorter", viewers: viewers?[1] ?? most, metrics: counts.mapValues { sums($0.1.0, of: $0.1.1) }),
        ], at: start + day)
}

@Suite struct ReportTests {
    /// Numbers of an independent program (numpy).
    @Test(arguments: [
        (
            (5_000, 10_000), (5_300, 10_000),
            "Completion is higher with 'shorter': between +0.7 and +5.3 points. This may be concluded."
        ),
        (
            (5_300, 10_000), (5_000, 10_000),
            "Completion is lower with 'shorter': between −5.3 and −0.7 points. This may be concluded."
        ),
        (
            (5_000, 10_000), (5_231, 10_000),
            "Completion is higher with 'shorter': between +0.01 and +4.61 points. This may be concluded."
        ),
        (
            (5_000, 10_000), (5_100, 10_000),
            "Completion with 'shorter': between −1.3 and +3.3 points. Nothing may be concluded yet."
        ),
        (
            (50_000, 100_000), (50_010, 100_000),
            "Completion hardly differs with 'shorter': between −0.7 and +0.7 points, and less than 1 point does not "
                + "matter. This may be concluded."
        ),
        ((400, 640), (700, 1_000), "Not enough viewers yet: 640 of 1,000 in 'now'."),
        ((400, 999), (70, 99), "Not enough viewers yet: 99 of 1,000 in 'shorter'."),
        ((0, 0), (0, 0), "Not enough viewers yet: 0 of 1,000 in 'now'."),
        (
            (2_000, 2_000), (2_000, 2_000),
            "Completion: nothing to compare, since all viewers of 'now' and 'shorter' did alike."
        ),
    ])
    func concludesInPlainWords(first: (Int, Int), second: (Int, Int), sentence: String) throws {
        #expect(try report(first, second).conclusions == [sentence])
    }

    @Test func aSplitThatIsOffWithholdsTheResult() throws {
        let off = try report((2_600, 5_210), (3_500, 4_790), viewers: [5_210, 4_790])
        let sentence =
            "The split is off (5,210 to 4,790 where halves were meant): something loses viewers of one arm; "
            + "no result is shown until it is found."
        #expect(off.conclusions == [sentence])
        #expect(off.results.isEmpty && off.split.isOff)
        #expect(
            off.text == """
                Experiment cadence/2026-11
                A shorter reel is completed more often
                Runs since 2026-11-02 08:00 UTC; looked at on 2026-11-03 08:00 UTC.

                \(sentence)

                """)
        #expect(!off.page.contains("Completion") && off.page.contains(">No result<"))
    }

    /// Beside seven metrics without any difference, a little is no longer enough.
    @Test func severalMetricsNeedMoreEvidence() throws {
        let first = (5_000, 10_000)
        let second = (5_253, 10_000)
        let alone = try report(first, second)
        #expect(alone.results[0].comparisons[0].verdict == .higher)
        let others = Experiment.Metric.allCases.dropFirst()
        let among = try report(
            first, second, secondary: Dictionary(uniqueKeysWithValues: others.map { ($0, (first, first)) }))
        let comparison = among.results[0].comparisons[0]
        #expect(comparison.p == alone.results[0].comparisons[0].p)
        #expect(agree(comparison.correctedP, 8 * comparison.p))
        #expect(comparison.verdict == .uncorrected)
        #expect(
            comparison.sentence
                == "Completion looks higher with 'shorter': between +0.2 and +4.8 points. With 8 comparisons "
                + "this may be chance; nothing may be concluded yet."
        )
    }

    @Test func intervalAndPAlwaysAgree() throws {
        for successes in stride(from: 4_600, through: 5_400, by: 10) {
            let comparison = try report((5_000, 10_000), (successes, 10_000)).results[0].comparisons[0]
            let interval = try #require(comparison.interval)
            #expect(interval.contains(0) == (comparison.p > 0.05))
            #expect(comparison.difference.map(interval.contains) == true)
        }
    }

    @Test func theTextIsAsRecorded() throws {
        #expect(try example().text == golden)
    }

    @Test func theStateIsToldByTheClock() throws {
        let states = try [start - 1, start, stop - 1, stop].map { time in
            try ExperimentReport(experiment(), arms: [], at: time)
        }
        #expect(states.map(\.state) == [.planned, .running, .running, .ended])
        let lines = states.map { $0.text.split(separator: "\n")[2] }
        #expect(
            lines == [
                "Begins on 2026-11-02 08:00 UTC; looked at on 2026-11-02 07:59 UTC.",
                "Runs since 2026-11-02 08:00 UTC; looked at on 2026-11-02 08:00 UTC.",
                "Runs since 2026-11-02 08:00 UTC; looked at on 2026-11-30 07:59 UTC.",
                "Ran from 2026-11-02 08:00 UTC to 2026-11-30 08:00 UTC; looked at on 2026-11-30 08:00 UTC.",
            ])
    }

    @Test func jsonHasSortedKeysAndEveryNumber() throws {
        let text = try report((5_000, 10_000), (5_300, 10_000)).json()
        let value = try StrictJSON.parse(text.utf8, named: "report")
        #expect(value["state"] == .string("running") && value["split"]?["isOff"] == .bool(false))
        guard case .array(let results) = value["results"], case .array(let comparisons) = results[0]["comparisons"]
        else {
            Issue.record("no comparisons in \(text)")
            return
        }
        #expect(results[0]["metric"] == .string("completion") && results[0]["isPrimary"] == .bool(true))
        #expect(comparisons[0]["verdict"] == .string("higher") && comparisons[0]["arm"] == .string("shorter"))
        guard case .array(let bounds) = comparisons[0]["interval"] else {
            Issue.record("no interval in \(text)")
            return
        }
        let numbers = bounds.map { bound -> Double in
            guard case .number(let literal) = bound else { return .nan }
            return Double(literal) ?? .nan
        }
        #expect(agree(numbers[0], 0.006964467587) && agree(numbers[1], 0.053035532413))
        let keys = text.split(separator: "\n").filter { $0.hasPrefix("  \"") }.map { $0.prefix { $0 != ":" } }
        #expect(keys == keys.sorted())
    }

    @Test func thePageStandsAloneAndEscapesAllText() throws {
        var hostile = experiment()
        hostile.hypothesis = "<script>alert(\"x\" + 'y')</script> & more"
        let page = try ExperimentReport(hostile, arms: [], at: start).page
        #expect(
            !page.contains("<script")
                && page.contains("&lt;script&gt;alert(&quot;x&quot; + &#39;y&#39;)&lt;/script&gt; &amp; more"))
        let example = try example().page
        for foreign in ["<script", "http:", "https:", "url(", "@import", "src=", "href="] {
            #expect(!example.contains(foreign), "\(foreign)")
        }
        #expect(example.contains("default-src 'none'; style-src 'unsafe-inline'"))
        // A plot for each interval, each told to those who don't see it, and a scale for each metric.
        #expect(example.components(separatedBy: "role=\"img\" aria-label=").count - 1 == 7)
        #expect(example.components(separatedBy: "aria-hidden").count - 1 == 4)
        let places = example.matches(of: /(?:x|x1|x2|cx)="([^"%]*)%"/).compactMap { Double($0.output.1) }
        #expect(places.count > 50 && places.allSatisfy { (0...100).contains($0) })
    }

    @Test func thePageSaysWhatIsGoodAndWhatIsBad() throws {
        for metric in Experiment.Metric.allCases {
            let tags = try [(5_300, "higher"), (4_700, "lower")].map { successes, direction in
                let report = try ExperimentReport(
                    experiment(metrics: .init(primary: metric)),
                    arms: [
                        ArmSums(arm: "now", viewers: 10_000, metrics: [metric: sums(5_000, of: 10_000)]),
                        ArmSums(arm: "shorter", viewers: 10_000, metrics: [metric: sums(successes, of: 10_000)]),
                    ], at: start)
                return ["better", "worse"].filter { report.page.contains(">\(direction), \($0)<") }
            }
            let isLowerBetter = [.skipRate, .rebufferRatio].contains(metric)
            #expect(tags == (isLowerBetter ? [["worse"], ["better"]] : [["better"], ["worse"]]), "\(metric)")
        }
    }

    @Test func thePlotIsToScale() throws {
        let page = try report((5_000, 10_000), (5_300, 10_000)).page
        let bar = try #require(page.firstMatch(of: /class="bar good" x1="([\d.]+)%" x2="([\d.]+)%"/))
        let zero = try #require(page.firstMatch(of: /class="zero" x1="([\d.]+)%"/))
        let shade = try #require(page.firstMatch(of: /class="shade" x="[\d.]+%" y="0" width="([\d.]+)%"/))
        let low = try #require(Double(bar.output.1))
        let high = try #require(Double(bar.output.2))
        let middle = try #require(Double(zero.output.1))
        let width = try #require(Double(shade.output.1))
        // The shade is two points wide.
        #expect(abs((low - middle) / width * 2 - 100 * 0.006964467587) < 0.01)
        #expect(abs((high - middle) / width * 2 - 100 * 0.053035532413) < 0.01)
    }

    @Test func sumsThatCannotBeAreRefused() throws {
        let none = ArmSums(arm: "now", viewers: 0, metrics: [:])
        let wrong: [([ArmSums], Int64, String)] = [
            ([ArmSums(arm: "b", viewers: 1, metrics: [:])], start, "arm 'b' is none of experiment 'cadence/2026-11'"),
            ([none, none], start, "arm 'now' is counted twice"),
            ([ArmSums(arm: "now", viewers: -1, metrics: [:])], start, "arm 'now': -1 viewers are less than none"),
            (
                [ArmSums(arm: "now", viewers: 1, metrics: [.completion: RatioSums(viewers: 1, numerator: .nan)])],
                start,
                "arm 'now': the sums of completion are negative or no numbers"
            ),
            (
                [ArmSums(arm: "now", viewers: 1, metrics: [.completion: RatioSums(viewers: 1, products: -1)])], start,
                "arm 'now': the sums of completion are negative or no numbers"
            ),
            (
                [ArmSums(arm: "now", viewers: 1, metrics: [.completion: RatioSums(viewers: -1)])], start,
                "arm 'now': the sums of completion are negative or no numbers"
            ),
            ([none], -1, "-1 is no time from 1970 to 9999 in milliseconds since 1970"),
            ([none], .max, "9223372036854775807 is no time from 1970 to 9999 in milliseconds since 1970"),
        ]
        for (sums, time, message) in wrong {
            #expect(throws: Fault(.badInput, message)) {
                try ExperimentReport(experiment(), arms: sums, at: time)
            }
        }
        // A metric that the experiment does not ask for is not looked at.
        let other = ArmSums(arm: "now", viewers: 1, metrics: [.ctr: RatioSums(viewers: 1, products: -1)])
        #expect(throws: Never.self) { try ExperimentReport(experiment(), arms: [other], at: start) }
    }

    @Test func sumsOfAnySizeMakeAReport() throws {
        let sizes = [0, Double.leastNonzeroMagnitude, 1e-200, 1, 1e100, 1e200, .greatestFiniteMagnitude]
        for numerator in sizes {
            for denominator in sizes {
                let sums = RatioSums(
                    viewers: 5_000, numerator: numerator, denominator: denominator, numeratorSquares: numerator,
                    denominatorSquares: denominator, products: 0)
                let report = try ExperimentReport(
                    experiment(),
                    arms: [
                        ArmSums(
                            arm: "now", viewers: 5_000, metrics: [.completion: ExperimentsTests.sums(9, of: 5_000)]),
                        ArmSums(arm: "shorter", viewers: 5_000, metrics: [.completion: sums]),
                    ], at: start)
                #expect(try report.json().contains("shorter"))
                #expect(!report.page.contains("nan") && !report.page.contains("inf"))
            }
        }
    }
}
