import ArgumentParser
import Sizzle

/// How scores become a plan: by the live model, but for what is said here.
struct PolicyOptions: ParsableArguments {
    @Option(name: .long, help: "A model's name, 'live', or 'none' for the standard weights.") var model = "live"
    @Option(
        name: .long,
        help:
            "What preference, popularity, recency, response, skip and daypart weigh: three to six numbers with commas, such as 1,1,0.02."
    )
    var weights: String?
    @Option(
        name: .long,
        help:
            "How much the score counts against resemblance in choosing the next title, from 0 to 1; 1 leaves resemblance out."
    )
    var diversity: Double?
    @Option(name: .long, help: "Leaves something to chance: each slot is drawn at this temperature; 0 takes the best.")
    var temperature: Double?
    @Option(name: .long, help: "The temperature of the two slots of least value; without it the same.")
    var tailTemperature: Double?

    /// What a ranking is made by.
    struct Ranking {
        var policy: RankingPolicy
        var items: ItemModel?
        /// The model's name; `nil` for the standard weights.
        var model: String?
    }

    /// Reads the model that is meant, and changes what else is said.
    func ranking(_ library: Library) throws(Fault) -> Ranking {
        var ranking = try Self.ranking(model, of: library)
        try change(&ranking.policy)
        return ranking
    }

    /// Reads a model by its name, `live` or `none`.
    static func ranking(_ name: String, of library: Library) throws(Fault) -> Ranking {
        let store = ModelStore(library: library.root)
        switch name {
        case "none": return Ranking(policy: .standard)
        case "live":
            guard let live = try store.liveModel() else { return Ranking(policy: .standard) }
            return Ranking(policy: live.model.policy, items: live.model.items, model: live.name)
        default:
            let model = try store.model(name)
            return Ranking(policy: model.policy, items: model.items, model: name)
        }
    }

    private func change(_ policy: inout RankingPolicy) throws(Fault) {
        if let weights { policy.weights = try Self.weights(weights) }
        if let diversity {
            guard (0...1).contains(diversity) else {
                throw Fault(.usage, "--diversity \(diversity): is not from 0 to 1")
            }
            policy.diversity = diversity
        }
        for (name, value) in [("--temperature", temperature), ("--tail-temperature", tailTemperature)] {
            if let value, !(0...100).contains(value) { throw Fault(.usage, "\(name) \(value): is not from 0 to 100") }
        }
        guard temperature != nil || tailTemperature != nil else { return }
        let head = temperature ?? policy.exploration.temperature
        policy.exploration = Exploration(temperature: head, tailTemperature: tailTemperature ?? head)
    }

    private static func weights(_ text: String) throws(Fault) -> ScoreWeights {
        let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
        let isSound =
            (3...6).contains(numbers.count)
            && numbers.allSatisfy { ($0?.magnitude ?? .infinity) <= ScoreWeights.limit }
        guard isSound else {
            throw Fault(.usage, "--weights \(text): expected three to six numbers up to 1000, such as 1,1,0.02")
        }
        var weights = ScoreWeights(preference: 0, popularity: 0, recency: 0)
        for (feature, number) in zip(ScoreFeature.allCases, numbers.compactMap(\.self)) { weights[feature] = number }
        return weights
    }
}
