public import Experiments
public import Sequencing

extension RankingPolicy {
    /// The policy with what the arms of experiments change in it; their cadence is another matter.
    public func changed(by changes: ReelChanges) -> RankingPolicy {
        var policy = self
        let weights: [(ScoreFeature, Double?)] = [
            (.preference, changes.weights.preference), (.popularity, changes.weights.popularity),
            (.recency, changes.weights.recency), (.response, changes.weights.response), (.skip, changes.weights.skip),
            (.daypart, changes.weights.daypart),
        ]
        for case (let feature, let weight?) in weights { policy.weights[feature] = weight }
        switch changes.arrangement {
        case .value: policy.arrangement = .value
        case .cadence: policy.arrangement = .cadence
        case nil: break
        }
        guard let exploration = changes.exploration else { return policy }
        switch exploration.policy {
        case .greedy: policy.exploration = .none
        case .thompson: policy.exploration = .thompson
        case .softmax, nil:
            policy.exploration = Exploration(
                temperature: exploration.temperature ?? policy.exploration.temperature,
                tailTemperature: exploration.tailTemperature ?? policy.exploration.tailTemperature)
        }
        return policy
    }
}
