import Foundation
import Sizzle

/// A simulated audience of 20,000: what learning from the log is worth, and what experiments say of it.
///
/// Every loop runs what a deployment runs: plans, events, imports, fits with their gate, and reports; viewers alone are simulated.
enum AudienceTrial {
    /// How much is simulated.
    struct Size {
        var days = 60
        var seeds = 2
        /// Whole loops for each of the two kinds of experiments.
        var loops = 20
        /// Divisions of one log into arms.
        var repeats = 1_000
    }

    static func run(in folder: String, _ size: Size) throws {
        var settings = AudienceSettings()
        settings.days = size.days
        print(
            "\(settings.viewers) viewers, \(settings.titles) titles, \(settings.newPerWeek) new ones a week, ",
            terminator: "")
        print("\(settings.reelsPerDay) reels and \(settings.otherPlaysPerDay) other plays a day, \(settings.days) days")
        if size.seeds > 0 { try compareRankings(settings, size, folder) }
        if size.loops > 0 { try runExperiments(settings, size, folder) }
        if size.repeats > 0 { try divide(settings, size, folder) }
    }

    private static let popular = RankingPolicy(weights: ScoreWeights(preference: 0, popularity: 1, recency: 0))
    /// The same, with as much left to chance as all that learns needs: what chance costs.
    private static let drawnPopular = RankingPolicy(weights: popular.weights, exploration: .standard)
    private static let standard = RankingPolicy(exploration: .standard)

    /// Runs a loop in a catalogue of its own, which is dropped afterwards.
    private static func run<T>(
        _ settings: AudienceSettings, _ ranking: ClosedLoop.Ranking, _ experiments: [Experiment] = [],
        in folder: String,
        then use: (ClosedLoop, Catalogue) throws -> T
    ) throws -> T {
        let place = "\(folder)/audience-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: place) }
        let catalogue = try Catalogue.open("\(place)/catalogue.sqlite")
        var loop = try ClosedLoop(settings, catalogue: catalogue, ranking: ranking, experiments: experiments)
        try loop.run()
        return try use(loop, catalogue)
    }

    // MARK: What learning is worth

    private static func compareRankings(_ settings: AudienceSettings, _ size: Size, _ folder: String) throws {
        let rankings: [(name: String, ranking: ClosedLoop.Ranking)] = [
            ("popularity", .fixed(popular)), ("popularity, drawn", .fixed(drawnPopular)),
            ("standard weights", .fixed(standard)),
            ("tuned every night", .tuned(standard, every: 1)),
        ]
        print(
            "\nThe last half of the days, by seed: plays in a reel, completed reels; beside popularity of the same seed"
        )
        for seed in 1...size.seeds {
            var settings = settings
            settings.seed = UInt64(seed)
            var first: Outcome?
            for (name, ranking) in rankings {
                let (outcome, promotions, newTitles) = try run(settings, ranking, in: folder) { loop, catalogue in
                    (Outcome(loop.days.suffix(size.days / 2)), loop.promotions, try recovery(loop, catalogue))
                }
                let base = first ?? outcome
                first = base
                print(
                    "\(seed)  \(padded(name, 18)) \(number(outcome.plays)) (\(share(outcome.plays / base.plays - 1)))   "
                        + "\(number(outcome.completed)) (\(share(outcome.completed / base.completed - 1)))   "
                        + "\(promotions) models promoted; new titles' worth against their place, Spearman: \(number(newTitles))"
                )
            }
        }
    }

    private struct Outcome {
        var plays: Double
        var completed: Double

        init(_ days: ArraySlice<ClosedLoop.Day>) {
            let reels = Double(days.reduce(0) { $0 + $1.reels })
            plays = Double(days.reduce(0) { $0 + $1.plays }) / reels
            completed = Double(days.reduce(0) { $0 + $1.completed }) / reels
        }
    }

    /// The titles of the last four weeks: their score for a viewer nobody knows, beside what they are worth.
    private static func recovery(_ loop: ClosedLoop, _ catalogue: Catalogue) throws -> Double {
        let day = loop.days.count
        let at = loop.audience.start(ofDay: day)
        let (policy, items) = loop.live
        let table = TitleTable(at: at, titles: try catalogue.titles(at: at), items: items)
        let ranking = EligibleTitles(table, Circumstances())
            .ranking(for: ViewerFacts(id: "nobody"), weights: policy.weights)
        let scores = Dictionary(uniqueKeysWithValues: ranking.map { ($0.title, $0.score) })
        let pairs = loop.audience.newTitles(before: day, within: 28).compactMap { title in
            scores[title].map { ($0, loop.audience.worth(of: title, onDay: day)) }
        }
        return correlation(ranks(pairs.map(\.0)), ranks(pairs.map(\.1)))
    }

    // MARK: Experiments in whole loops

    /// `lift`: whether plays are expected to differ between the arms.
    private static func experiment(_ settings: AudienceSettings, salt: String) -> Experiment {
        Experiment(
            name: "trial", layer: salt, hypothesis: "More is played",
            arms: [
                Experiment.Arm(name: "now", buckets: 0..<5_000),
                Experiment.Arm(name: "lifted", buckets: 5_000..<10_000),
            ], control: "now", metrics: .init(primary: .playsPerReel), smallestEffect: 0.05, minimumPerArm: 500,
            start: settings.start.milliseconds)
    }

    private static func runExperiments(_ settings: AudienceSettings, _ size: Size, _ folder: String) throws {
        print("\nWhole loops, an experiment of two arms each, asked on the last day whether more is played:")
        for lift in [0, 0.1] {
            var verdicts: [String: Int] = [:]
            for seed in 1...size.loops {
                var settings = settings
                (settings.seed, settings.lift) = (UInt64(100 + seed), lift)
                let experiment = experiment(settings, salt: "loop-\(seed)")
                let verdict = try run(settings, .fixed(standard), [experiment], in: folder) { loop, catalogue in
                    let report = try ExperimentReport(
                        experiment, arms: catalogue.armSums(of: experiment.id),
                        at: loop.audience.start(ofDay: settings.days).milliseconds)
                    return report.results.first?.comparisons.first?.verdict.rawValue ?? "withheld"
                }
                verdicts[verdict, default: 0] += 1
            }
            let said = verdicts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
            print("\(lift == 0 ? "A/A      " : "true +10 %") \(size.loops) loops: \(said)")
        }
    }

    // MARK: The statistic alone

    /// One log, its viewers divided into arms again and again by other salts, looked at every fifth day.
    private static func divide(_ settings: AudienceSettings, _ size: Size, _ folder: String) throws {
        let reels = try run(settings, .fixed(standard), in: folder) { loop, catalogue in
            try catalogue.loggedReels(from: settings.start, until: loop.audience.start(ofDay: settings.days + 1))
        }
        let log = DividedLog(reels, settings)
        print(
            "\nThe statistic on \(size.repeats) divisions of one log of \(reels.count) reels, looked at every fifth day, alpha 0.05:"
        )
        for lift in [0, 0.1] {
            var (found, wrong, off) = (0, 0, 0)
            for number in 1...size.repeats {
                let experiment = experiment(settings, salt: "division-\(number)")
                switch try log.verdict(experiment, lift: lift, seed: UInt64(number)) {
                case .withheld: off += 1
                case .found: found += 1
                case .wrongWay: wrong += 1
                case .silent: break
                }
            }
            let part = { (count: Int) in Self.share(Double(count) / Double(size.repeats)) }
            print(
                lift == 0
                    ? "A/A        a difference is claimed at any look: \(part(found + wrong)); withheld: \(part(off))"
                    : "true +10 % found at any look: \(part(found)); the wrong way: \(part(wrong)); withheld: \(part(off))"
            )
        }
    }

    private static func number(_ value: Double) -> String { String(format: "%.3f", value) }
    private static func share(_ value: Double) -> String { String(format: "%+.1f %%", 100 * value) }
    private static func padded(_ text: String, _ width: Int) -> String {
        text.padding(toLength: width, withPad: " ", startingAt: 0)
    }

    private static func ranks(_ values: [Double]) -> [Double] {
        var ranks = values.map { _ in 0.0 }
        for (rank, place) in values.indices.sorted(by: { values[$0] < values[$1] }).enumerated() {
            ranks[place] = Double(rank)
        }
        return ranks
    }

    private static func correlation(_ left: [Double], _ right: [Double]) -> Double {
        let n = Double(left.count)
        let (x, y) = (left.reduce(0, +) / n, right.reduce(0, +) / n)
        let products = zip(left, right).reduce(0) { $0 + ($1.0 - x) * ($1.1 - y) }
        let (a, b) = (left.reduce(0) { $0 + ($1 - x) * ($1 - x) }, right.reduce(0) { $0 + ($1 - y) * ($1 - y) })
        return products / (a * b).squareRoot()
    }
}

/// What each viewer saw and played until each look, so that arms can be counted anew.
private struct DividedLog {
    enum Verdict { case found, wrongWay, silent, withheld }

    private let viewers: [String]
    /// Of each viewer the reels: the look from which they count, and the plays.
    private let reels: [[(look: Int, plays: Int)]]
    private let looks: [Int64]

    init(_ log: [LoggedReel], _ settings: AudienceSettings) {
        let every = 5 * Timestamp.day
        looks = (1...(settings.days + 4) / 5).map { settings.start.milliseconds + Int64($0) * every }
        var byViewer: [String: [(look: Int, plays: Int)]] = [:]
        for reel in log {
            let look = Int((reel.at.milliseconds - settings.start.milliseconds) / every)
            byViewer[reel.viewer, default: []].append((look, reel.slots.count(where: \.isPlayed)))
        }
        viewers = byViewer.keys.sorted()
        reels = viewers.map { byViewer[$0] ?? [] }
    }

    func verdict(_ experiment: Experiment, lift: Double, seed: UInt64) throws -> Verdict {
        var chance = SplitMix64(seed: seed)
        let isSecond = viewers.map { Bucketing.bucket(viewer: $0, salt: experiment.salt) >= 5_000 }
        // Each play of the second arm is one more with the probability of the lift.
        let counted = zip(isSecond, reels).map { isSecond, reels in
            reels.map { reel in
                let more = isSecond && lift > 0 ? (0..<reel.plays).count { _ in chance.nextUnit() < lift } : 0
                return (look: reel.look, plays: reel.plays + more)
            }
        }
        for (number, time) in looks.enumerated() {
            var sums = [RatioSums(), RatioSums()]
            for (isSecond, reels) in zip(isSecond, counted) {
                let seen = reels.lazy.filter { $0.look <= number }
                let shown = seen.count
                guard shown > 0 else { continue }
                sums[isSecond ? 1 : 0].add(
                    numerator: Double(seen.reduce(0) { $0 + $1.plays }), denominator: Double(shown))
            }
            let arms = zip(experiment.arms, sums).map { arm, sums in
                ArmSums(arm: arm.name, viewers: sums.viewers, metrics: [.playsPerReel: sums])
            }
            let report = try ExperimentReport(experiment, arms: arms, at: time)
            if report.split.isOff { return .withheld }
            switch report.results.first?.comparisons.first?.verdict {
            case .higher: return .found
            case .lower: return .wrongWay
            default: break
            }
        }
        return .silent
    }
}
