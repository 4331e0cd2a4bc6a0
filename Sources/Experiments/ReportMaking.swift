public import Diagnostics

extension ExperimentReport {
    /// Judges an experiment by what was counted until `time` (milliseconds since 1970). Arms without sums have no
    /// viewers.
    ///
    /// Each look is judged by itself, so that the interval and the p value always agree; both hold at any number of
    /// looks.
    ///
    /// - Throws: `Fault` `.badInput` of ``Experiment/check()``, for an arm that the experiment has not or that is there
    ///   twice, for sums that are negative or no numbers, and for a time before 1970 or after 9999.
    public init(_ experiment: Experiment, arms sums: [ArmSums], at time: Int64) throws(Fault) {
        try experiment.check()
        guard (0...Experiment.lastTime).contains(time) else {
            throw Fault(.badInput, "\(time) is no time from 1970 to 9999 in milliseconds since 1970")
        }
        let counted = try Self.inOrder(sums, of: experiment)
        self.experiment = experiment
        at = time
        state = experiment.isRunning(at: time) ? .running : time < experiment.start ? .planned : .ended
        split = Split(experiment, viewers: counted.map(\.viewers))
        results = split.isOff ? [] : Self.results(of: experiment, counted)
        conclusions = split.isOff ? [split.sentence] : Self.conclusions(of: results)
    }

    /// Each sentence once: of arms with few viewers all metrics say the same.
    private static func conclusions(of results: [Result]) -> [String] {
        var said: Set<String> = []
        return results.flatMap { result in
            result.comparisons.compactMap { comparison in
                guard said.insert(comparison.sentence).inserted else { return nil }
                guard comparison.verdict == .tooFew, !result.isPrimary else { return comparison.sentence }
                return "\(result.metric.label): n\(comparison.sentence.dropFirst())"
            }
        }
    }

    /// The sums in the order of the arms.
    private static func inOrder(_ sums: [ArmSums], of experiment: Experiment) throws(Fault) -> [ArmSums] {
        var byArm: [String: ArmSums] = [:]
        for arm in sums {
            let name = "arm '\(printable(arm.arm))'"
            guard experiment.arms.contains(where: { $0.name == arm.arm }) else {
                throw Fault(.badInput, "\(name) is none of experiment '\(experiment.id)'")
            }
            guard byArm.updateValue(arm, forKey: arm.arm) == nil else {
                throw Fault(.badInput, "\(name) is counted twice")
            }
            guard arm.viewers >= 0 else { throw Fault(.badInput, "\(name): \(arm.viewers) viewers are less than none") }
            for metric in experiment.metrics.all where arm.metrics[metric]?.isSound == false {
                throw Fault(.badInput, "\(name): the sums of \(metric.rawValue) are negative or no numbers")
            }
        }
        return experiment.arms.map { byArm[$0.name] ?? ArmSums(arm: $0.name, viewers: 0, metrics: [:]) }
    }

    private static func results(of experiment: Experiment, _ sums: [ArmSums]) -> [Result] {
        let looks = experiment.metrics.all.flatMap { metric in
            sums.filter { $0.arm != experiment.control }.map { arm in
                Look(experiment, metric, control: sums.first { $0.arm == experiment.control }, arm)
            }
        }
        let corrected = MultipleComparisons.benjaminiHochberg(looks.map(\.p))
        let comparisons = zip(looks, corrected).map { look, p in look.comparison(correctedP: p, among: looks.count) }
        let perMetric = sums.count - 1
        return experiment.metrics.all.enumerated().map { index, metric in
            Result(
                metric: metric, isPrimary: index == 0,
                arms: sums.map { arm in
                    let sums = arm.metrics[metric] ?? RatioSums()
                    return ArmValue(arm: arm.arm, viewers: sums.viewers, value: sums.ratio)
                },
                comparisons: Array(comparisons[index * perMetric..<(index + 1) * perMetric]))
        }
    }
}

extension ExperimentReport.Split {
    init(_ experiment: Experiment, viewers: [Int]) {
        let ratio = SampleRatio(viewers: viewers, weights: experiment.arms.map(\.buckets.count))
        self.viewers = viewers
        shares = ratio.shares
        p = ratio.p
        sequentialP = ratio.sequentialP
        isOff = ratio.isOff
        sentence = Words.split(ratio)
    }
}

/// One metric of one arm beside the control, before the p values of all are corrected.
private struct Look {
    let experiment: Experiment
    let metric: Experiment.Metric
    let arm: String
    /// The arm with the fewest viewers, if they are too few.
    let short: (arm: String, viewers: Int)?
    let difference: RateDifference?
    let interval: ClosedRange<Double>?
    let p: Double

    init(_ experiment: Experiment, _ metric: Experiment.Metric, control: ArmSums?, _ arm: ArmSums) {
        self.experiment = experiment
        self.metric = metric
        self.arm = arm.arm
        let sums = (control: control?.metrics[metric] ?? RatioSums(), arm: arm.metrics[metric] ?? RatioSums())
        let least = [(arm: experiment.control, viewers: sums.control.viewers), (arm.arm, sums.arm.viewers)]
            .min { $0.viewers < $1.viewers }
        short = least.flatMap { $0.viewers < experiment.minimumPerArm ? $0 : nil }
        guard short == nil, let control = RateEstimate(sums.control), let estimate = RateEstimate(sums.arm) else {
            (difference, interval, p) = (nil, nil, 1)
            return
        }
        let difference = RateDifference(from: control, to: estimate)
        guard
            let interval = ConfidenceSequence.interval(
                of: difference, smallestEffect: experiment.smallestEffect, alpha: experiment.alpha)
        else {
            (self.difference, self.interval, p) = (nil, nil, 1)
            return
        }
        var test = MixtureTest(smallestEffect: experiment.smallestEffect, minimumPerArm: experiment.minimumPerArm)
        test.look(at: difference)
        p = test.p
        self.interval = interval
        self.difference = difference
    }

    func comparison(correctedP: Double, among count: Int) -> ExperimentReport.Comparison {
        let verdict = verdict(correctedP)
        return ExperimentReport.Comparison(
            arm: arm, difference: difference?.value, interval: interval, p: p, correctedP: correctedP,
            verdict: verdict, sentence: sentence(verdict, among: count))
    }

    private func verdict(_ correctedP: Double) -> ExperimentReport.Verdict {
        if short != nil { return .tooFew }
        guard let difference, let interval else { return .unvaried }
        if p <= experiment.alpha {
            guard correctedP <= experiment.alpha else { return .uncorrected }
            return difference.value > 0 ? .higher : .lower
        }
        // What matters little of the primary metric may be much of another one.
        guard metric == experiment.metrics.primary else { return .open }
        let effect = experiment.smallestEffect
        return -effect < interval.lowerBound && interval.upperBound < effect ? .alike : .open
    }

    private func sentence(_ verdict: ExperimentReport.Verdict, among count: Int) -> String {
        if let short {
            return Words.tooFew(arm: short.arm, viewers: short.viewers, of: experiment.minimumPerArm)
        }
        return Words.sentence(
            verdict, metric, arm: arm, control: experiment.control, interval,
            smallestEffect: experiment.smallestEffect, among: count)
    }
}
