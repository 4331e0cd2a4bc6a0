import Diagnostics

/// An A/B experiment: who gets which arm, what an arm changes, and how the arms are compared.
///
///     {"name": "2026-11", "layer": "cadence", "hypothesis": "A shorter reel is completed more often",
///      "arms": [{"name": "now", "share": 0.5},
///               {"name": "shorter", "share": 0.5, "changes": {"cadence": "short"}}],
///      "control": "now", "metrics": {"primary": "completion", "secondary": ["skip_rate"]},
///      "smallestEffect": 0.01, "start": 1793520000000, "stop": 1796112000000}
///
/// An experiment that was decoded is sound; one that was made in code is checked by ``check()``.
public struct Experiment: Hashable, Sendable {
    /// The name, of letters, digits, `-`, `_` and `.`; unique in its layer.
    public var name: String
    /// The layer, named like an experiment. A viewer is in at most one experiment of a layer at a time.
    public var layer: String
    /// What viewers are hashed with. Default: `reel.<layer>.<name>`, so that every experiment deals viewers anew.
    public var salt: String
    /// What is expected and why, in one line for people.
    public var hypothesis: String
    /// The arms, at least two; viewers in no arm's buckets are not in the experiment.
    public var arms: [Arm]
    /// The name of the arm that the others are compared with.
    public var control: String
    /// What is measured.
    public var metrics: Metrics
    /// The smallest difference of interest of the primary metric, in its unit (0.01 is one point of a rate). It tunes
    /// where the tests of all metrics are sharpest; what they may conclude is valid with any.
    public var smallestEffect: Double
    /// Viewers that each arm needs before anything is concluded.
    public var minimumPerArm: Int
    /// The chance of a false alarm, over all looks together.
    public var alpha: Double
    /// When it begins, in milliseconds since 1970.
    public var start: Int64
    /// When it ends, in milliseconds since 1970, itself not included; `nil` if nobody knows yet.
    public var stop: Int64?

    /// One of the ways to make a reel.
    public struct Arm: Hashable, Sendable {
        /// The name, of letters, digits, `-`, `_` and `.`.
        public var name: String
        /// The buckets of its viewers, from 0 to 10,000, the end not included.
        public var buckets: Range<Int>
        /// What it changes.
        public var changes: ReelChanges

        /// Describes an arm.
        public init(name: String, buckets: Range<Int>, changes: ReelChanges = ReelChanges()) {
            self.name = name
            self.buckets = buckets
            self.changes = changes
        }
    }

    /// What is measured.
    public struct Metrics: Hashable, Sendable {
        /// What the experiment is decided by.
        public var primary: Metric
        /// What is watched beside it.
        public var secondary: [Metric]

        /// Names metrics.
        public init(primary: Metric, secondary: [Metric] = []) {
            self.primary = primary
            self.secondary = secondary
        }

        /// The primary metric, then the others.
        public var all: [Metric] { [primary] + secondary }
    }

    /// Viewers that each arm needs where nothing else is said.
    public static let defaultMinimumPerArm = 1_000
    /// The chance of a false alarm where nothing else is said.
    public static let defaultAlpha = 0.05

    /// Makes an experiment. See ``check()``.
    public init(
        name: String, layer: String, salt: String? = nil, hypothesis: String, arms: [Arm], control: String,
        metrics: Metrics, smallestEffect: Double, minimumPerArm: Int = defaultMinimumPerArm,
        alpha: Double = defaultAlpha, start: Int64, stop: Int64? = nil
    ) {
        self.name = name
        self.layer = layer
        self.salt = salt ?? Self.defaultSalt(layer: layer, name: name)
        self.hypothesis = hypothesis
        self.arms = arms
        self.control = control
        self.metrics = metrics
        self.smallestEffect = smallestEffect
        self.minimumPerArm = minimumPerArm
        self.alpha = alpha
        self.start = start
        self.stop = stop
    }

    /// The salt of an experiment that names none.
    static func defaultSalt(layer: String, name: String) -> String { "reel.\(layer).\(name)" }

    /// What tells the experiment from all others: `layer/name`.
    public var id: String { "\(layer)/\(name)" }

    /// Whether the experiment runs at `time`, in milliseconds since 1970.
    public func isRunning(at time: Int64) -> Bool { start <= time && time < stop ?? .max }

    /// Whether there is a time at which both run.
    func runs(beside other: Experiment) -> Bool {
        start < other.stop ?? .max && other.start < stop ?? .max
    }
}

extension Experiment: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, layer, salt, hypothesis, arms, control, metrics, smallestEffect, minimumPerArm, alpha, start, stop
    }

    /// Decodes and checks an experiment; `salt`, `minimumPerArm`, `alpha` and `stop` may be left out, and no key that
    /// is not known may be there.
    ///
    /// - Throws: `DecodingError`, or the `Fault` of ``check()``.
    public init(from decoder: any Decoder) throws {
        try refuseOtherKeys(than: CodingKeys.self, in: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        layer = try container.decode(String.self, forKey: .layer)
        salt =
            try container.decodeIfPresent(String.self, forKey: .salt) ?? Self.defaultSalt(layer: layer, name: name)
        hypothesis = try container.decode(String.self, forKey: .hypothesis)
        let entries = try container.decode([ArmEntry].self, forKey: .arms)
        control = try container.decode(String.self, forKey: .control)
        metrics = try container.decode(Metrics.self, forKey: .metrics)
        smallestEffect = try container.decode(Double.self, forKey: .smallestEffect)
        minimumPerArm =
            try container.decodeIfPresent(Int.self, forKey: .minimumPerArm) ?? Self.defaultMinimumPerArm
        alpha = try container.decodeIfPresent(Double.self, forKey: .alpha) ?? Self.defaultAlpha
        start = try container.decode(Int64.self, forKey: .start)
        stop = try container.decodeIfPresent(Int64.self, forKey: .stop)
        do throws(Fault) {
            arms = try ArmEntry.arms(entries)
            try check()
        } catch {
            let path = place(decoder.codingPath)
            throw path.isEmpty ? error : Fault(error.status, "\(path).\(error.message)")
        }
    }
}

extension Experiment.Metrics: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case primary, secondary
    }

    /// Decodes metrics; `secondary` may be left out.
    public init(from decoder: any Decoder) throws {
        try refuseOtherKeys(than: CodingKeys.self, in: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        primary = try container.choice(Experiment.Metric.self, forKey: .primary)
        secondary = try container.choicesIfPresent(Experiment.Metric.self, forKey: .secondary)
    }
}
