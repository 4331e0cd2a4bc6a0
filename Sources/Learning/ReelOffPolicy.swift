public import Diagnostics

/// What a new policy would have earned per reel, judged by the reels that another one showed.
///
/// A reel is drawn slot after slot, each draw depending on those before. With `ρ_k = probability/propensity` of slot k,
/// the estimates differ in what a slot's reward is taken to depend on: the slots up to it (RIPS, McInerney et al.
/// 2020), itself alone (slot-wise), or the whole reel (whole-list). From left to right less is assumed of the viewer
/// for more noise: slot-wise, RIPS, whole-list.
public struct ReelOffPolicy: Hashable, Sendable {
    /// One slot of a reel that was shown.
    public struct Slot: Hashable, Sendable {
        /// How likely the new policy is to show the same there, after the same slots before.
        public var probability: Double
        /// How likely the policy of that time was to show it; more than 0.
        public var propensity: Double
        /// What came of it, such as 1 for a click.
        public var reward: Double

        /// Describes a slot that was shown.
        public init(probability: Double, propensity: Double, reward: Double) {
            self.probability = probability
            self.propensity = propensity
            self.reward = reward
        }
    }

    /// The mean over reels of `Σ_k (ρ_1⋯ρ_k)·r_k`.
    public let rips: Estimate
    /// The mean over reels of `Σ_k ρ_k·r_k`.
    public let slotwise: Estimate
    /// The mean over reels of `(ρ_1⋯ρ_K)·Σ_k r_k`.
    public let wholeList: Estimate
    /// `(Σ w)²/Σ w²` of whole reels, in reels: how many of the new policy's own would say as much about the last slots.
    public let effectiveSampleSize: Double
    /// The mean weight of a whole reel; far from 1 the propensities are wrong or there are too few reels.
    public let meanWeight: Double
    /// The largest weight of a whole reel.
    public let largestWeight: Double

    /// Judges a policy by reels; each holds its slots in the order in which they were drawn.
    ///
    /// - Throws: `Fault` `.badInput` without reels, for a reel without slots, for what is no probability, a propensity
    ///   of 0 and a reward that is no finite number: it names reel and slot, from 0.
    public init(_ reels: [[Slot]]) throws(Fault) {
        guard !reels.isEmpty else { throw Fault(.badInput, "there is no reel to judge a policy by") }
        var (cumulative, single, whole) = (Moments(), Moments(), Moments())
        var (sum, squares, largest) = (0.0, 0.0, 0.0)
        for (index, reel) in reels.enumerated() {
            guard !reel.isEmpty else { throw Fault(.badInput, "reel \(index): has no slots") }
            var (weight, upTo, alone, rewards) = (1.0, 0.0, 0.0, 0.0)
            for (place, slot) in reel.enumerated() {
                try Self.check(slot, reel: index, slot: place)
                let ratio = slot.probability / slot.propensity
                weight *= ratio
                upTo += weight * slot.reward
                alone += ratio * slot.reward
                rewards += slot.reward
            }
            cumulative.add(upTo)
            single.add(alone)
            whole.add(weight * rewards)
            sum += weight
            squares += weight * weight
            largest = max(largest, weight)
        }
        rips = Estimate(cumulative)
        slotwise = Estimate(single)
        wholeList = Estimate(whole)
        effectiveSampleSize = squares > 0 ? sum * sum / squares : 0
        meanWeight = sum / Double(reels.count)
        largestWeight = largest
    }

    private static func check(_ slot: Slot, reel: Int, slot place: Int) throws(Fault) {
        guard slot.probability >= 0, slot.probability <= 1 else {
            throw Fault(.badInput, "reel \(reel): slot \(place): \(slot.probability) is not a probability")
        }
        guard slot.propensity > 0, slot.propensity <= 1 else {
            throw Fault(
                .badInput, "reel \(reel): slot \(place): propensity \(slot.propensity) is not more than 0 and at most 1"
            )
        }
        guard slot.reward.isFinite else {
            throw Fault(.badInput, "reel \(reel): slot \(place): reward \(slot.reward) is no finite number")
        }
    }
}
