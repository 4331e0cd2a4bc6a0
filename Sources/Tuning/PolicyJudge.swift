import Catalogue
public import Diagnostics
public import Learning
public import Sequencing

/// What a policy would have earned, by a log.
public struct PolicyEstimate: Sendable {
    /// Plays within 24 hours, for each slot that was shown.
    public let slots: OffPolicy
    /// The same for each reel.
    public let reels: ReelOffPolicy
}

/// Judges policies by one window of a log, all by the same slots.
public final class PolicyJudge {
    /// Slots that were shown, and left to chance: what is judged by.
    public let rows: [LoggedAction]
    /// How many of them were followed by a play.
    public var positives: Int { rows.count { $0.reward > 0 } }
    /// Reels of the window that cannot be looked at again, since titles, clips or rights are others now.
    public let lost: Int
    private let window: LogWindow
    private let numbers: [String: Int]
    /// For each row its reel, and its place among the reel's slots that were left to chance.
    private let places: [(reel: Int, slot: Int)]
    private let positions: Int

    /// Takes the reels of a window in which something was left to chance.
    /// - Throws: `Fault` (`badInput`) where there is none: a log without chance says nothing of other policies.
    public init(_ window: LogWindow) throws(Fault) {
        self.window = window
        let titles = Set(window.titles.values.joined().map(\.id)).sorted()
        numbers = Dictionary(uniqueKeysWithValues: titles.enumerated().map { ($1, $0) })
        let replay = Replay(window, items: nil)
        var (rows, places, lost, positions): ([LoggedAction], [(Int, Int)], Int, Int) = ([], [], 0, 0)
        for (number, reel) in window.reels.enumerated() {
            let chosen = reel.slots.enumerated().filter { $0.element.propensity != nil }
            guard !chosen.isEmpty else { continue }
            guard replay.odds(reel, policy: .standard) != nil else {
                lost += 1
                continue
            }
            for (place, slot) in chosen.enumerated() where slot.element.isShown {
                guard let action = numbers[slot.element.title], let propensity = slot.element.propensity else {
                    continue
                }
                positions = max(positions, slot.offset + 1)
                rows.append(
                    LoggedAction(
                        action: action, position: slot.offset, reward: slot.element.isPlayed ? 1 : 0,
                        propensity: propensity))
                places.append((number, place))
            }
        }
        guard rows.count > 1 else {
            throw Fault(
                .badInput,
                "the log has \(rows.count) slots that were shown and left to chance; serve with a temperature above 0, "
                    + "and come back when viewers have seen reels")
        }
        (self.rows, self.places, self.lost, self.positions) = (rows, places, lost, positions)
    }

    /// Judges a policy.
    /// - Parameter items: the item-item model that goes with it.
    /// - Throws: `Fault` (`badInput`) for a policy that never chooses what the log holds.
    public func judge(_ policy: RankingPolicy, items: ItemModel?) throws(Fault) -> PolicyEstimate {
        let replay = Replay(window, items: items)
        var current: (reel: Int, actions: [Int], odds: [SlotOdds])?
        var reels: [[ReelOffPolicy.Slot]] = []
        let slots = try OffPolicy(log: rows, positions: positions, actions: numbers.count) { row throws(Fault) in
            let place = places[row]
            if current?.reel != place.reel {
                let reel = window.reels[place.reel]
                let actions = replay.eligible(reel).table.titles.map { numbers[$0.id] ?? 0 }
                current = (place.reel, actions, replay.odds(reel, policy: policy) ?? [])
                reels.append([])
            }
            guard let current, place.slot < current.odds.count else { return [] }
            let odds = current.odds[place.slot]
            let all = zip(odds.titles, odds.probabilities).map {
                ActionOdds(action: current.actions[$0], probability: $1)
            }
            let chosen = all.first { $0.action == rows[row].action }?.probability ?? 0
            reels[reels.count - 1].append(
                .init(probability: min(chosen, 1), propensity: rows[row].propensity, reward: rows[row].reward))
            return all
        }
        return PolicyEstimate(slots: slots, reels: try ReelOffPolicy(reels))
    }
}
