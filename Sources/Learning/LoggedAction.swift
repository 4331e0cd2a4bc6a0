public import Diagnostics

/// What a log says about one slot: what was shown, how likely that was, and what came of it.
public struct LoggedAction: Hashable, Sendable {
    /// The index of what was shown, from 0.
    public var action: Int
    /// The slot, from 0.
    public var position: Int
    /// What came of it, such as 1 for a click.
    public var reward: Double
    /// The probability with which the policy of that time chose the action for this slot; more than 0.
    public var propensity: Double

    /// Describes a slot that was shown.
    public init(action: Int, position: Int, reward: Double, propensity: Double) {
        self.action = action
        self.position = position
        self.reward = reward
        self.propensity = propensity
    }
}

/// How likely a policy is to show each action in each slot, whoever watches.
public struct SlotPolicy: Hashable, Sendable {
    /// The number of slots.
    public let positions: Int
    /// The number of actions.
    public let actions: Int
    /// A row per slot.
    private let table: [Double]

    /// A policy from the probabilities of the actions in each slot: `probabilities[position][action]`.
    ///
    /// - Throws: `Fault` `.badInput` that names the slot (from 0) whose row has another length than the first one's,
    ///   holds what is no probability, or does not add up to 1 (to 1e-6); and without slots or actions.
    public init(_ probabilities: [[Double]]) throws(Fault) {
        guard let first = probabilities.first, !first.isEmpty else {
            throw Fault(.badInput, "a policy has at least one slot and one action")
        }
        for (position, row) in probabilities.enumerated() {
            guard row.count == first.count else {
                throw Fault(.badInput, "slot \(position): has \(row.count) probabilities; slot 0 has \(first.count)")
            }
            if let action = row.firstIndex(where: { !($0 >= 0 && $0 <= 1) }) {
                throw Fault(.badInput, "slot \(position): action \(action): \(row[action]) is not a probability")
            }
            let sum = row.reduce(0, +)
            guard abs(sum - 1) <= 1e-6 else {
                throw Fault(.badInput, "slot \(position): its probabilities add up to \(sum), not to 1")
            }
        }
        positions = probabilities.count
        actions = first.count
        table = Array(probabilities.joined())
    }

    /// The policy that shows every action with the same probability; both counts are at least 1.
    public static func uniform(positions: Int, actions: Int) -> SlotPolicy {
        precondition(positions > 0 && actions > 0, "a policy has at least one slot and one action")
        return SlotPolicy(uniform: positions, actions)
    }

    private init(uniform positions: Int, _ actions: Int) {
        self.positions = positions
        self.actions = actions
        table = Array(repeating: 1 / Double(actions), count: positions * actions)
    }

    /// The probability of `action` in slot `position`, both from 0.
    public func probability(of action: Int, at position: Int) -> Double {
        precondition((0..<actions).contains(action) && (0..<positions).contains(position), "no such action or slot")
        return table[position * actions + action]
    }
}
