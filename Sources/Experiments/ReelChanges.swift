import Diagnostics

/// What an arm of an experiment makes otherwise in a reel; what is `nil` stays as it is.
///
///     {"weights": {"recency": 0.1}, "exploration": {"policy": "softmax", "temperature": 0.1}}
public struct ReelChanges: Hashable, Sendable {
    /// What the features of a score weigh.
    public var weights: Weights
    /// The name of the cadence.
    public var cadence: String?
    /// How titles are given to slots.
    public var arrangement: Arrangement?
    /// How much is left to chance. One thing: a temperature means something under its policy only.
    public var exploration: Exploration?

    /// Weights of features, without unit.
    public struct Weights: Hashable, Sendable {
        /// Weight of the viewer's preference.
        public var preference: Double?
        /// Weight of the popularity.
        public var popularity: Double?
        /// Weight of the recency.
        public var recency: Double?
        /// Weight of the response, the clicks beyond what was expected.
        public var response: Double?
        /// Weight of the skips beyond what was expected.
        public var skip: Double?
        /// Weight of the daypart.
        public var daypart: Double?

        /// Weights that stay as they are, but for those that are given.
        public init(
            preference: Double? = nil, popularity: Double? = nil, recency: Double? = nil, response: Double? = nil,
            skip: Double? = nil, daypart: Double? = nil
        ) {
            self.preference = preference
            self.popularity = popularity
            self.recency = recency
            self.response = response
            self.skip = skip
            self.daypart = daypart
        }

        /// The largest size of a weight, as a score takes it.
        static let limit = 1_000.0

        /// Each weight with its key.
        static var all: [(key: String, path: WritableKeyPath<Weights, Double?>)] {
            [
                ("preference", \.preference), ("popularity", \.popularity), ("recency", \.recency),
                ("response", \.response), ("skip", \.skip), ("daypart", \.daypart),
            ]
        }
    }

    /// How titles are given to slots.
    public enum Arrangement: String, Sendable, Codable, CaseIterable {
        /// The best title gets the slot of most value.
        case value
        /// The best title gets the first slot of the cadence.
        case cadence
    }

    /// How much of the choice is left to chance.
    public struct Exploration: Hashable, Sendable {
        /// How a title is drawn.
        public var policy: Policy?
        /// The softmax's temperature in units of the scaled score, from 0 (greedy) to 1,000.
        public var temperature: Double?
        /// The temperature in the slots of least value, from 0 to 1,000.
        public var tailTemperature: Double?

        /// How a title is drawn for a slot.
        public enum Policy: String, Sendable, Codable, CaseIterable {
            /// Always the best.
            case greedy
            /// The better, the likelier, at a temperature.
            case softmax
            /// The best by scores drawn from what is known about each title.
            case thompson
        }

        /// Describes an exploration.
        public init(policy: Policy? = nil, temperature: Double? = nil, tailTemperature: Double? = nil) {
            self.policy = policy
            self.temperature = temperature
            self.tailTemperature = tailTemperature
        }

        static let hottest = 1_000.0

        var temperatures: [(key: String, value: Double?)] {
            [("temperature", temperature), ("tailTemperature", tailTemperature)]
        }
    }

    /// Changes nothing, but for what is given.
    public init(
        weights: Weights = Weights(), cadence: String? = nil, arrangement: Arrangement? = nil,
        exploration: Exploration? = nil
    ) {
        self.weights = weights
        self.cadence = cadence
        self.arrangement = arrangement
        self.exploration = exploration
    }

    /// What is changed, as paths in a fixed order: `weights.recency`, `cadence`, `arrangement`, `exploration`.
    public var changed: [String] {
        var keys = Weights.all.filter { weights[keyPath: $0.path] != nil }.map { "weights.\($0.key)" }
        if cadence != nil { keys.append("cadence") }
        if arrangement != nil { keys.append("arrangement") }
        if exploration != nil { keys.append("exploration") }
        return keys
    }

    /// These changes and the `other` ones; where both change a thing, the other's counts.
    public func merged(with other: ReelChanges) -> ReelChanges {
        var all = self
        for (_, path) in Weights.all {
            all.weights[keyPath: path] = other.weights[keyPath: path] ?? weights[keyPath: path]
        }
        all.cadence = other.cadence ?? cadence
        all.arrangement = other.arrangement ?? arrangement
        all.exploration = other.exploration ?? exploration
        return all
    }
}

extension ReelChanges {
    /// Refuses values that mean nothing.
    ///
    /// - Throws: `Fault` `.badInput` that begins with the path of the value, such as `weights.recency`.
    func check() throws(Fault) {
        for (key, path) in Weights.all {
            guard let weight = weights[keyPath: path] else { continue }
            // Also refuses what is no number, which no comparison holds for.
            guard weight.magnitude <= Weights.limit else {
                throw Fault(.badInput, "weights.\(key): \(weight) is not from -1000 to 1000")
            }
        }
        if let cadence, let flaw = flaw(inName: cadence) { throw Fault(.badInput, "cadence: the name \(flaw)") }
        for (key, value) in exploration?.temperatures ?? [] {
            guard let value else { continue }
            guard (0...Exploration.hottest).contains(value) else {
                throw Fault(.badInput, "exploration.\(key): \(value) is not from 0 to 1000")
            }
            if let policy = exploration?.policy, policy != .softmax {
                throw Fault(
                    .badInput, "exploration.\(key): \(policy.rawValue) has no temperature; leave it out or use softmax")
            }
        }
    }
}

extension ReelChanges: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case weights, cadence, arrangement, exploration
    }

    /// Decodes changes; a key that is not known is refused, since an arm that changes nothing would go unseen.
    ///
    /// - Throws: `DecodingError`, or a `Fault` that begins with the path of the key.
    public init(from decoder: any Decoder) throws {
        try refuseOtherKeys(than: CodingKeys.self, in: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        weights = try container.decodeIfPresent(Weights.self, forKey: .weights) ?? Weights()
        cadence = try container.decodeIfPresent(String.self, forKey: .cadence)
        arrangement = try container.choiceIfPresent(Arrangement.self, forKey: .arrangement)
        exploration = try container.decodeIfPresent(Exploration.self, forKey: .exploration)
    }

    /// Encodes what is changed.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        if weights != Weights() { try container.encode(weights, forKey: .weights) }
        try container.encodeIfPresent(cadence, forKey: .cadence)
        try container.encodeIfPresent(arrangement, forKey: .arrangement)
        try container.encodeIfPresent(exploration, forKey: .exploration)
    }
}

extension ReelChanges.Weights: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case preference, popularity, recency, response, skip, daypart
    }

    /// Decodes weights; each key may be left out, and no other may be there.
    public init(from decoder: any Decoder) throws {
        try refuseOtherKeys(than: CodingKeys.self, in: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        preference = try container.decodeIfPresent(Double.self, forKey: .preference)
        popularity = try container.decodeIfPresent(Double.self, forKey: .popularity)
        recency = try container.decodeIfPresent(Double.self, forKey: .recency)
        response = try container.decodeIfPresent(Double.self, forKey: .response)
        skip = try container.decodeIfPresent(Double.self, forKey: .skip)
        daypart = try container.decodeIfPresent(Double.self, forKey: .daypart)
    }
}

extension ReelChanges.Exploration: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case policy, temperature, tailTemperature
    }

    /// Decodes an exploration; each key may be left out, and no other may be there.
    public init(from decoder: any Decoder) throws {
        try refuseOtherKeys(than: CodingKeys.self, in: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        policy = try container.choiceIfPresent(Policy.self, forKey: .policy)
        temperature = try container.decodeIfPresent(Double.self, forKey: .temperature)
        tailTemperature = try container.decodeIfPresent(Double.self, forKey: .tailTemperature)
    }
}
