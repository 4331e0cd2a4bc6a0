public import Sequencing

/// All that a deployment learnt about ranking, at one time: what features weigh, how much is left to chance, and what liking one title says
/// of another. Immutable: another fit is another model.
public struct RankingModel: Sendable {
    /// How scores become plans.
    public var policy: RankingPolicy
    /// What liking one title says of another; `nil` where genres alone tell.
    public var items: ItemModel?
    /// Where it comes from.
    public var origin: Origin

    /// Where a model comes from.
    public struct Origin: Hashable, Sendable, Codable {
        /// When it was made, in RFC 3339.
        public var created: String
        /// The model whose weights it started from; `nil` for the standard ones.
        public var previous: String?
        /// The days whose slots the weights were fitted on, the second not included; `nil` for a model that was not fitted.
        public var fittedOn: [String]?
        /// How many slots those were.
        public var rows: Int?
        /// After how many of them the title was played.
        public var positives: Int?
        /// The standard errors of the weights; features whose weight is held at 0 have none.
        public var standardErrors: [String: Double]?
        /// What was said at the gate, in a line.
        public var gate: String?

        /// Says when a model was made.
        public init(created: String) { self.created = created }
    }

    /// Makes a model.
    public init(policy: RankingPolicy, items: ItemModel? = nil, origin: Origin) {
        self.policy = policy
        self.items = items
        self.origin = origin
    }
}
