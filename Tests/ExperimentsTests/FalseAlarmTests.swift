import Experiments
import TestSupport
import Testing

/// What the test promises, tried on viewers who are drawn.
@Suite struct FalseAlarmTests {
    private static let alpha = 0.05

    /// 1,000 experiments in which nothing differs, each looked at 96 times, every 256 viewers of an arm.
    @Test func whereNothingDiffersThereIsHardlyAnAlarm() {
        var random = FixedRandom(state: 20_261_124)
        var alarms = (mixture: 0, peeking: 0)
        for _ in 0..<1_000 {
            var test = MixtureTest(smallestEffect: 0.01)
            var (first, second, viewers) = (768, 768, 1_536)
            var sawOne = false
            // 64 viewers in each word, of whom one half completes.
            for _ in 0..<96 {
                for _ in 0..<4 {
                    first += random.next().nonzeroBitCount
                    second += random.next().nonzeroBitCount
                }
                viewers += 256
                test.look(
                    at: RateDifference(
                        from: RateEstimate(successes: first, of: viewers),
                        to: RateEstimate(successes: second, of: viewers)))
                if Proportions.zTest((first, of: viewers), (second, of: viewers)).p < Self.alpha { sawOne = true }
            }
            if test.p < Self.alpha { alarms.mixture += 1 }
            if sawOne { alarms.peeking += 1 }
        }
        #expect(alarms.mixture < 50)
        // The same viewers make a test that may not be looked at often cry wolf: the harness could see alarms.
        #expect(alarms.peeking > 100)
    }

    /// 50 % against 55 %, by the whole way from viewers to a report.
    @Test func aTrueTenPercentIsFound() throws {
        var random = FixedRandom(state: 7)
        var found = 0
        var wrong = 0
        for _ in 0..<60 {
            var counts = [0, 0]
            for _ in 0..<6_000 {
                if random.unit() < 0.50 { counts[0] += 1 }
                if random.unit() < 0.55 { counts[1] += 1 }
            }
            let report = try ExperimentReport(
                experiment(),
                arms: zip(["now", "shorter"], counts).map {
                    ArmSums(arm: $0, viewers: 6_000, metrics: [.completion: sums($1, of: 6_000)])
                }, at: start + day)
            let verdict = report.results.first?.comparisons.first?.verdict
            if verdict == .higher { found += 1 }
            if verdict == .lower { wrong += 1 }
        }
        #expect(found >= 54 && wrong == 0)
    }
}
