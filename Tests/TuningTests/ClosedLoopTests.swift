import Audience
import Catalogue
import Diagnostics
import Experiments
import Foundation
import Learning
import Models
import Sequencing
import TestSupport
import Testing

@testable import Tuning

/// The loop from plans to events to a fitted model and back, on an audience whose tastes are known.
@Suite struct ClosedLoopTests {
    private func settings(days: Int, lift: Double = 0, seed: UInt64 = 1) -> AudienceSettings {
        var settings = AudienceSettings()
        (settings.viewers, settings.titles, settings.days) = (600, 60, days)
        (settings.reelsPerDay, settings.otherPlaysPerDay) = (100, 150)
        (settings.lift, settings.seed) = (lift, seed)
        return settings
    }

    private func loop(
        _ settings: AudienceSettings, _ ranking: ClosedLoop.Ranking, in folder: TemporaryFolder,
        experiments: [Experiment] = []
    ) throws -> (loop: ClosedLoop, catalogue: Catalogue) {
        let catalogue = try Catalogue.open("\(folder.path)/\(UUID().uuidString).sqlite")
        var loop = try ClosedLoop(settings, catalogue: catalogue, ranking: ranking, experiments: experiments)
        try loop.run()
        return (loop, catalogue)
    }

    private func plays(_ days: some Sequence<ClosedLoop.Day>) -> Int { days.reduce(0) { $0 + $1.plays } }

    @Test func whatIsLearntBeatsPopularity() throws {
        let folder = try TemporaryFolder()
        let popular = RankingPolicy(weights: ScoreWeights(preference: 0, popularity: 1, recency: 0))
        var settings = settings(days: 20)
        (settings.viewers, settings.reelsPerDay) = (250, 150)
        let (fixed, _) = try loop(settings, .fixed(popular), in: folder)
        let (tuned, _) = try loop(settings, .tuned(RankingPolicy(exploration: .standard), every: 4), in: folder)
        #expect(tuned.promotions > 0)
        #expect(Double(plays(tuned.days.suffix(8))) > 1.08 * Double(plays(fixed.days.suffix(8))))
        // The same settings give the same days, to the last play.
        let catalogue = try Catalogue.open("\(folder.path)/again.sqlite")
        var again = try ClosedLoop(settings, catalogue: catalogue, ranking: .fixed(popular))
        for _ in 0..<3 { try again.step() }
        #expect(again.days == Array(fixed.days.prefix(3)))
    }

    /// What the log says of a policy is what the policy earns, within what chance allows.
    @Test func estimatesAreWhatPoliciesEarn() throws {
        let folder = try TemporaryFolder()
        let logging = RankingPolicy(exploration: Exploration(temperature: 0.3, tailTemperature: 0.3))
        let (logged, catalogue) = try loop(settings(days: 10), .fixed(logging), in: folder)
        let clips = logged.audience.clips
        let window = try LogWindow(
            catalogue, from: logged.audience.start(ofDay: 4), until: logged.audience.start(ofDay: 10)
        ) { _ in clips }
        #expect(window.reels.count == 600)
        let judge = try PolicyJudge(window)
        #expect(judge.lost == 0)
        // The policy that ran: every weight is 1, but where a viewer liked something that morning, which the loop does not know yet.
        let own = try judge.judge(logging, items: nil).slots
        #expect(abs(own.meanWeight - 1) < 0.005)
        #expect(own.effectiveSampleSize > 0.995 * Double(judge.rows.count))
        let mean = Double(judge.positives) / Double(judge.rows.count)
        #expect(abs(own.ips.value - mean) < 0.002)
        // Another one, beside what it earned when it ran on the same audience.
        let better = RankingPolicy(exploration: Exploration(temperature: 0.15, tailTemperature: 0.15))
        let estimate = try judge.judge(better, items: nil).slots
        #expect(estimate.crossFitted.doublyRobust.value > mean)
        let error = try #require(estimate.crossFitted.doublyRobust.standardError)
        let (ran, other) = try loop(settings(days: 10), .fixed(better), in: folder)
        let truth = try PolicyJudge(
            LogWindow(other, from: ran.audience.start(ofDay: 4), until: ran.audience.start(ofDay: 10)) { _ in clips })
        let earned = Double(truth.positives) / Double(truth.rows.count)
        #expect(abs(estimate.crossFitted.doublyRobust.value - earned) < 4 * error + 0.01)
    }

    @Test func aLogWithoutChanceTellsNothing() throws {
        let folder = try TemporaryFolder()
        let (greedy, catalogue) = try loop(settings(days: 3), .fixed(.standard), in: folder)
        let clips = greedy.audience.clips
        var settings = TuningSettings(until: greedy.audience.start(ofDay: 3))
        (settings.days, settings.holdout) = (2, 1)
        let fault = #expect(throws: Fault.self) {
            try Tuner(catalogue, settings) { _ in clips }.tune(from: nil, standard: .standard)
        }
        #expect(fault?.message.contains("left to chance") == true)
    }

    @Test func aWorseModelIsRefused() throws {
        let folder = try TemporaryFolder()
        let logging = RankingPolicy(exploration: Exploration(temperature: 0.3, tailTemperature: 0.3))
        let (logged, catalogue) = try loop(settings(days: 10), .fixed(logging), in: folder)
        let clips = logged.audience.clips
        let window = try LogWindow(
            catalogue, from: logged.audience.start(ofDay: 4), until: logged.audience.start(ofDay: 10)
        ) { _ in clips }
        var upside = logging
        upside.weights = ScoreWeights(preference: -1, popularity: -1, recency: 0)
        let gate = Gate(window, leastEvidence: 50)
        let refused = try gate.compare((upside, nil), with: (logging, nil))
        #expect(!refused.isPassed)
        #expect(refused.reason.hasPrefix("refused: SNIPS"))
        #expect(try #require(refused.difference).value < 0)
        #expect(try gate.compare((logging, nil), with: (upside, nil)).isPassed)
        let strict = try Gate(window, leastEvidence: 1e6).compare((logging, nil), with: (logging, nil))
        #expect(!strict.isPassed && strict.reason.contains("1000000 are the least"))
    }

    /// A true lift is found, and where there is none nothing is said to be; the report counts each viewer once.
    @Test func anExperimentRunsThroughTheLoop() throws {
        let folder = try TemporaryFolder()
        var settings = settings(days: 8, lift: 0.6)
        (settings.viewers, settings.reelsPerDay) = (2_500, 400)
        let arms = [
            Experiment.Arm(name: "now", buckets: 0..<5_000), Experiment.Arm(name: "lifted", buckets: 5_000..<10_000),
        ]
        let experiment = Experiment(
            name: "2026-01", layer: "lift", hypothesis: "More is played", arms: arms, control: "now",
            metrics: .init(primary: .playsPerReel), smallestEffect: 0.1, minimumPerArm: 500,
            start: settings.start.milliseconds)
        let ran = try loop(
            settings, .fixed(RankingPolicy(exploration: .standard)), in: folder, experiments: [experiment])
        let sums = try ran.catalogue.armSums(of: experiment.id)
        let report = try ExperimentReport(
            experiment, arms: sums, at: ran.loop.audience.start(ofDay: 8).milliseconds)
        #expect(!report.split.isOff)
        #expect(report.results.first?.comparisons.map(\.verdict) == [.higher])
        let counted = sums.reduce(0) { $0 + $1.viewers }
        #expect((1_500...2_500).contains(counted))
        let reels = sums.reduce(0) { $0 + ($1.metrics[.completion]?.denominator ?? 0) }
        #expect(reels == Double(ran.loop.days.reduce(0) { $0 + $1.reels }))
    }
}
