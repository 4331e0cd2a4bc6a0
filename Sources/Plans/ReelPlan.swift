/// The ordered slots of one reel: exact clips, sound, and, where a ranking made it, why each was chosen.
///
/// A hand-written plan has only `edition`, `slots` and, if it likes, `audio`; a computed one adds the rest. Unknown keys
/// are ignored, known keys of a wrong type refused.
public struct ReelPlan: Sendable, Equatable, Codable {
    /// The id of the edition whose clips are meant, or `current`.
    public var edition: String
    /// The clips in the order in which they play; slot 1 is first.
    public var slots: [Slot]
    /// The sound; `nil` leaves every setting at its default.
    public var audio: AudioSettings?
    /// The reel's id: 32 hex digits.
    public var reel: String?
    /// The viewer for whom the plan was made, as a pseudonym.
    public var viewer: String?
    /// The name of the cadence that the slots follow.
    public var cadence: String?
    /// The seed of every random choice in the plan.
    public var seed: UInt64?
    /// The time for which the plan was made (RFC 3339).
    public var at: String?

    /// One clip of a reel.
    public struct Slot: Sendable, Equatable, Codable {
        /// The clip's title id.
        public var title: String
        /// The clip's type.
        public var type: String
        /// The score of the title for the viewer, the sum of `why`; `nil` in hand-written plans and for fixed slots.
        public var score: Double?
        /// The probability with which this title was drawn for the slot; `nil` where nothing was drawn.
        public var propensity: Double?
        /// The temperature of that draw; 0 took the best.
        public var temperature: Double?
        /// The score as the draw saw it: scaled so that the worst title of all that could be in this plan has 0 and the best 1.
        public var scaled: Double?
        /// The terms of the score.
        public var why: [Term]?

        /// Names the clip (`title`, `type`).
        public init(title: String, type: String, score: Double? = nil, propensity: Double? = nil, why: [Term]? = nil) {
            self.title = title
            self.type = type
            self.score = score
            self.propensity = propensity
            self.why = why
        }
    }

    /// One term of a score: `product` = `weight` × `value`.
    public struct Term: Sendable, Equatable, Codable {
        /// The feature's name: `preference`, `popularity`, `recency`.
        public var feature: String
        /// The feature's value for this viewer and title.
        public var value: Double
        /// The feature's weight.
        public var weight: Double
        /// What the term adds to the score.
        public var product: Double

        /// Makes a term; the product is computed.
        public init(feature: String, value: Double, weight: Double) {
            self.feature = feature
            self.value = value
            self.weight = weight
            self.product = weight * value
        }
    }

    /// Makes a plan of `slots` from an edition.
    public init(edition: String = "current", slots: [Slot], audio: AudioSettings? = nil) {
        self.edition = edition
        self.slots = slots
        self.audio = audio
    }
}
