public import Catalogue
public import Diagnostics
import Foundation
public import Learning
import MediaTime
public import Models
public import Sequencing

/// How a model is fitted.
public struct TuningSettings: Sendable, Hashable {
    /// The first moment that is not looked at.
    public var until: Timestamp
    /// How many days before the held-out ones weights are fitted on.
    public var days = 14
    /// How many days the new model is judged by, the last ones.
    public var holdout = 3
    /// How strongly weights are drawn to those in use: as if so many slots spoke for them.
    public var lambda = 10.0
    /// How strongly item-item weights are drawn to 0, in likes.
    public var itemLambda = 300.0
    /// How many of the log's own slots the estimates must be worth.
    public var leastEvidence = 100.0

    /// The usual settings, up to a time.
    public init(until: Timestamp) { self.until = until }

    var fitStart: Timestamp { before(days + holdout) }
    var fitEnd: Timestamp { before(holdout) }
    private func before(_ days: Int) -> Timestamp {
        Timestamp(milliseconds: until.milliseconds - Int64(days) * Timestamp.day)
    }
}

/// A fitted model, and whether it may go live.
public struct TuningOutcome: Sendable {
    /// The model, with all likes up to the end.
    public var model: RankingModel
    /// What was learnt of the weights.
    public var fitted: RidgeLogistic.Fitted
    /// The verdict on it.
    public var gate: GateReport
}

/// Fits weights and the item-item model on what viewers did, and holds them against those in use on days that they have not seen.
public struct Tuner {
    private let catalogue: Catalogue
    private let settings: TuningSettings
    private let clips: (String) throws(Fault) -> [EditionClip]?

    /// Looks at a catalogue. `clips` are those of an edition, by its id; `nil` for one that is gone.
    public init(
        _ catalogue: Catalogue, _ settings: TuningSettings,
        clips: @escaping (String) throws(Fault) -> [EditionClip]?
    ) {
        (self.catalogue, self.settings, self.clips) = (catalogue, settings, clips)
    }

    /// Fits a model.
    ///
    /// - Parameters:
    ///   - live: the model in use and its name; `nil` for the standard weights.
    ///   - standard: the policy where no model is in use.
    /// - Throws: `Fault` (`badInput`) with too little of a log, `.unavailable` without OpenBLAS, and when the catalogue cannot be read.
    public func tune(
        from live: (name: String, model: RankingModel)?, standard: RankingPolicy
    ) throws(Fault) -> TuningOutcome {
        let present = live?.model.policy ?? standard
        let window = try LogWindow(catalogue, from: settings.fitStart, until: settings.fitEnd, clips: clips)
        // What rows are explained by must not have been learnt from what came of them.
        let fitted = try fit(window, items: items(until: settings.fitStart), from: present.weights)
        var policy = present
        for feature in ScoreFeature.allCases { policy.weights[feature] = Self.bounded(fitted.served[feature.rawValue]) }
        let gate = try Gate(
            LogWindow(catalogue, from: settings.fitEnd, until: settings.until, clips: clips),
            leastEvidence: settings.leastEvidence
        ).compare((policy, items(until: settings.fitEnd)), with: (present, live?.model.items))
        var origin = RankingModel.Origin(created: settings.until.description)
        origin.previous = live?.name
        origin.fittedOn = [settings.fitStart.description, settings.fitEnd.description]
        origin.rows = window.reels.reduce(0) { $0 + $1.slots.count { $0.isShown && $0.propensity != nil } }
        origin.positives = window.reels.reduce(0) {
            $0 + $1.slots.count { $0.isShown && $0.propensity != nil && $0.isPlayed }
        }
        origin.standardErrors = Self.standardErrors(fitted)
        origin.gate = gate.reason
        let model = RankingModel(policy: policy, items: try items(until: settings.until), origin: origin)
        return TuningOutcome(model: model, fitted: fitted, gate: gate)
    }

    private static func bounded(_ weight: Double?) -> Double {
        min(max(weight ?? 0, -ScoreWeights.limit), ScoreWeights.limit)
    }

    private static func standardErrors(_ fitted: RidgeLogistic.Fitted) -> [String: Double] {
        var errors: [String: Double] = [:]
        for (column, error) in zip(fitted.columns, fitted.standardErrors) where !column.isNuisance {
            errors[column.name] = error
        }
        return errors
    }

    /// The item-item model of all likes before a time; `nil` where there is none.
    func items(until: Timestamp) throws(Fault) -> ItemModel? {
        let likes = try catalogue.likes(until: until)
        let titles = Set(likes.values.joined().map(\.title)).sorted()
        guard !titles.isEmpty, titles.count <= ItemModelFit.largestTitleCount else { return nil }
        let numbers = Dictionary(uniqueKeysWithValues: titles.enumerated().map { ($1, $0) })
        let fit = try ItemModelFit(
            liked: likes.sorted { $0.key < $1.key }.map { $0.value.compactMap { numbers[$0.title] } },
            titleCount: titles.count, lambda: settings.itemLambda)
        return ItemModel(titles: titles, weights: fit.weights())
    }

    /// Columns beside the features: what explains a play and is the same for all titles of a slot.
    private static let columns =
        [
            LogisticColumn("one", isNuisance: true), LogisticColumn("slot", isNuisance: true),
            LogisticColumn("ln frames", isNuisance: true),
        ]
        + ScoreFeature.allCases.map { feature in
            LogisticColumn(
                feature.rawValue, isNonNegative: [.preference, .popularity, .recency].contains(feature))
        }

    private func fit(
        _ window: LogWindow, items: ItemModel?, from weights: ScoreWeights
    ) throws(Fault) -> RidgeLogistic.Fitted {
        var samples = LogisticSamples(columns: Self.columns)
        let replay = Replay(window, items: items)
        for reel in window.reels {
            let viewer = window.viewer(of: reel)
            let features = replay.eligible(reel).features(of: reel.slots.map(\.title), for: viewer)
            for (place, slot) in reel.slots.enumerated() {
                guard let propensity = slot.propensity, slot.isShown, let features = features[place] else { continue }
                let frames = window.frames(of: slot, in: reel.edition)
                try samples.append(
                    [1, Double(place) / 10, log(Double(frames) / 80)] + features, label: slot.isPlayed,
                    importance: LogisticSamples.importance(propensity: propensity))
            }
        }
        guard samples.count >= Self.leastRows else {
            throw Fault(
                .badInput,
                "\(samples.count) slots were shown and left to chance from \(settings.fitStart) to \(settings.fitEnd); "
                    + "\(Self.leastRows) are the least: serve with a temperature above 0, or take more --days")
        }
        let rate = samples.rows.reduce(0) { $0 + ($1.label ? 1 : 0) } / Double(samples.count)
        let odds = log((rate + 1e-4) / (1 - rate + 1e-4))
        return try RidgeLogistic(
            lambda: settings.lambda,
            previous: [odds, 0, 0] + ScoreFeature.allCases.map { weights[$0] }
        ).fit(samples)
    }

    private static let leastRows = 100
}

extension LogWindow {
    /// The length of a slot's clip; 80 where that is not known any more.
    func frames(of slot: LoggedReel.Slot, in edition: String) -> Int64 {
        Int64(slot.clip) ?? clips[edition]?.first { $0.title == slot.title && $0.type == slot.clip }?.range.count ?? 80
    }
}
