extension Experiment {
    /// What an experiment is judged by: a sum over viewers of a numerator N by a sum of a denominator D.
    public enum Metric: String, Sendable, Codable, CaseIterable {
        /// Reels whose last slot was complete, by reels started.
        case completion
        /// Reels whose slots were all complete, by reels started.
        case fullWatch = "full_watch"
        /// Slots skipped, by slots started.
        case skipRate = "skip_rate"
        /// Clicks, by slots started.
        case ctr
        /// Reels with a click, by reels started.
        case reelCTR = "reel_ctr"
        /// Reels with a play within 24 hours, by reels started.
        case playThrough = "play_through"
        /// Milliseconds stalled, by milliseconds stalled or played.
        case rebufferRatio = "rebuffer_ratio"
        /// Plays within 24 hours, by reels started.
        case playsPerReel = "plays_per_reel"

        /// The name at the beginning of a sentence, in the singular.
        public var label: String {
            switch self {
            case .completion: "Completion"
            case .fullWatch: "Full watch"
            case .skipRate: "Skip rate"
            case .ctr: "Click rate"
            case .reelCTR: "Share of reels with a click"
            case .playThrough: "Play-through within 24 hours"
            case .rebufferRatio: "Rebuffering"
            case .playsPerReel: "Number of plays per reel"
            }
        }

        /// Whether more of it is good.
        public var isBetterHigher: Bool { self != .skipRate && self != .rebufferRatio }

        /// Whether it is a part of a whole, from 0 to 1, and so shown in percent.
        public var isShare: Bool { self != .playsPerReel }
    }
}
