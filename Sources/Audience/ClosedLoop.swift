public import Catalogue
public import Diagnostics
public import Experiments
import Models
import Plans
public import Sequencing
import Tuning

/// A deployment in which viewers are simulated and everything else is real: reels are planned, events imported, and every night a model is fitted.
public struct ClosedLoop: Sendable {
    /// What plans are made by.
    public enum Ranking: Sendable {
        /// Always by one policy.
        case fixed(RankingPolicy)
        /// By the policy at first, then by what was learnt, if it passed the gate; fitted every so many nights.
        case tuned(RankingPolicy, every: Int)
    }

    /// What happened on a day.
    public struct Day: Hashable, Sendable {
        /// Reels that were watched.
        public var reels = 0
        /// Titles that were played after their slots.
        public var plays = 0
        /// Reels that came to their end.
        public var completed = 0
    }

    /// What happened on each day.
    public private(set) var days: [Day] = []
    /// What was said at the gate, night by night.
    public private(set) var gates: [String] = []
    /// How many models went live.
    public private(set) var promotions = 0
    /// The audience, at its last day.
    public private(set) var audience: SimulatedAudience
    private let catalogue: Catalogue
    private let ranking: Ranking
    private let experiments: ExperimentSet?
    private var model: (name: String, model: RankingModel)?
    private static let edition = "simulated"

    /// Prepares a loop in an empty catalogue.
    /// - Throws: `Fault` when the experiments cannot run beside each other.
    public init(
        _ settings: AudienceSettings, catalogue: Catalogue, ranking: Ranking, experiments: [Experiment] = []
    ) throws(Fault) {
        audience = SimulatedAudience(settings)
        self.catalogue = catalogue
        self.ranking = ranking
        self.experiments = experiments.isEmpty ? nil : try ExperimentSet(experiments)
    }

    /// What plans are made by at this moment.
    public var live: (policy: RankingPolicy, items: ItemModel?) {
        switch ranking {
        case .fixed(let policy): (policy, nil)
        case .tuned(let policy, _): (model?.model.policy ?? policy, model?.model.items)
        }
    }

    /// Runs the days that are left.
    /// - Throws: `Fault` when the catalogue fails, or OpenBLAS is missing.
    public mutating func run() throws(Fault) {
        while days.count < audience.settings.days { try step() }
    }

    /// Runs a day and its night.
    /// - Throws: as ``run()``.
    public mutating func step() throws(Fault) {
        let day = days.count
        if day % 7 == 0 {
            if day > 0 { audience.driftAWeek() }
            try catalogue.importTitles(audience.titleLines(onDay: day), named: "the simulated titles")
        }
        var log: [UInt8] = []
        audience.playElsewhere(onDay: day, log: &log)
        days.append(try watch(day, log: &log))
        try catalogue.importEvents(log, named: "the simulated events", receivedAt: nil)
        if case .tuned(let standard, let every) = ranking, (day + 1) % every == 0 { try tune(after: day, standard) }
    }

    private mutating func watch(_ number: Int, log: inout [UInt8]) throws(Fault) -> Day {
        let start = audience.start(ofDay: number)
        let titles = TitleTable(at: start, titles: try catalogue.titles(at: start), items: live.items)
        let plans = try PlanTable(
            EligibleTitles(titles, Circumstances()), edition: Self.edition, clips: audience.clips,
            cadence: .default)
        let viewers = try catalogue.viewers()
        var day = Day()
        for _ in 0..<audience.settings.reelsPerDay {
            let (viewer, at) = audience.next(onDay: number)
            let name = audience.viewer(viewer)
            let arms = experiments?.assignments(viewer: name, at: at.milliseconds) ?? []
            let seed = Seed.daily(viewer: "\(name) \(at)", edition: Self.edition, at: at)
            let outcome = try plans.plan(
                PlanRequest(
                    viewer: ViewerFacts(id: name, liked: viewers.liked(by: [name])), audio: AudioSettings(), seed: seed,
                    policy: live.policy.changed(by: arms.changes)))
            let reel = "\(number)-\(day.reels)"
            var impression = Impression(
                outcome.plan, reel: reel, viewer: name, lengths: [], at: at, titlesAt: start,
                circumstances: Circumstances())
            impression.arms = arms.map { "\($0.layer)/\($0.experiment)/\($0.arm)" }
            log += impression.line
            let isLifted = arms.contains { $0.arm == "lifted" }
            let watched = audience.watch(
                outcome.plan, reel: reel, viewer: viewer, at: at, day: number, isLifted: isLifted, log: &log)
            day.reels += 1
            day.plays += watched.plays
            day.completed += watched.isComplete ? 1 : 0
        }
        return day
    }

    private mutating func tune(after day: Int, _ standard: RankingPolicy) throws(Fault) {
        let until = audience.start(ofDay: day + 1)
        let clips = audience.clips
        do throws(Fault) {
            let outcome = try Tuner(catalogue, TuningSettings(until: until)) { _ in clips }
                .tune(from: model, standard: standard)
            gates.append(outcome.gate.reason)
            if outcome.gate.isPassed {
                model = ("night \(day)", outcome.model)
                promotions += 1
            }
        } catch {
            // The first nights have too little of a log.
            guard error.status == .badInput else { throw error }
            gates.append(error.message)
        }
    }
}
