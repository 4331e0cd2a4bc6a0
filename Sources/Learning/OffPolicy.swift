public import Diagnostics

/// What a new policy would have earned, judged by the log of another: estimates per slot shown, in units of the reward.
///
/// With `w = π(action, position)/propensity`, the importance of a row: IPS (Horvitz & Thompson 1952) is unbiased and
/// noisy, SNIPS (Swaminathan & Joachims 2015) is steadier, the direct method needs no propensities and inherits the
/// model's bias, and the doubly robust ones (Dudík et al. 2011) correct the model by the log. Look at
/// ``effectiveSampleSize`` first: it is how many rows of the policy's own log would say as much.
///
/// All hold only for actions that the logging policy could have shown; a greedy log has nothing to say.
public struct OffPolicy: Hashable, Sendable {
    /// `mean(w·r)`.
    public let ips: Estimate
    /// `mean(min(w, clip)·r)`: less noise for a bias towards 0.
    public let clippedIPS: Estimate
    /// `Σ w·r / Σ w`; its error is the delta method's.
    public let snips: Estimate
    /// With a reward model of the whole log.
    public let pooled: Modelled
    /// With, for each row, a reward model of the rows in the other two thirds of the log (row number mod 3): a model
    /// that has not seen the row it judges.
    public let crossFitted: Modelled
    /// `(Σ w)²/Σ w²`, in rows (Kish 1965).
    public let effectiveSampleSize: Double
    /// The mean of w; far from 1 the propensities are wrong or the log is too small.
    public let meanWeight: Double
    /// The largest w.
    public let largestWeight: Double

    /// The estimates that use a reward model `q(a, k) = (Σ r + s·mean r)/(n + s)` of action a in slot k, s pseudo rows.
    public struct Modelled: Hashable, Sendable {
        /// DM: the mean over the rows of `Σ_a π(a, k)·q(a, k)`; its error cannot be told from the log.
        public let direct: Double
        /// DR: `mean(DMₙ + w·(r − q))`.
        public let doublyRobust: Estimate
        /// SNDR: `mean(DMₙ + w·(r − q)/mean w)`; its error is the delta method's.
        public let selfNormalized: Estimate
    }

    /// What each row adds to the doubly robust estimate of ``crossFitted``: two policies are compared row by row.
    public let scores: [Double]

    /// Judges a policy by a log.
    ///
    /// - Parameters:
    ///   - log: what was shown, in any order; the order decides only which rows ``crossFitted`` keeps apart.
    ///   - policy: the policy to judge, over the log's slots and actions.
    ///   - clip: where ``clippedIPS`` cuts weights off.
    ///   - pseudoRows: how many rows of the mean reward the model adds to each action and slot (s).
    /// - Throws: `Fault` `.badInput` for less than two rows, a row with an action or slot that the policy doesn't have,
    ///   with a wrong propensity or a reward that is no finite number (it names the row, from 0), a `clip` or
    ///   `pseudoRows` that is not more than 0, and a policy that never chooses what the log holds.
    public init(
        log: [LoggedAction], policy: SlotPolicy, clip: Double = 10, pseudoRows: Double = 10
    ) throws(Fault) {
        let all = (0..<policy.positions).map { position in
            (0..<policy.actions).map { ActionOdds(action: $0, probability: policy.probability(of: $0, at: position)) }
        }
        try self.init(
            log: log, positions: policy.positions, actions: policy.actions, clip: clip, pseudoRows: pseudoRows
        ) { row in all[log[row].position] }
    }

    /// Judges a policy that looks at more than the slot, by a log.
    ///
    /// - Parameters:
    ///   - positions: the number of slots of the log.
    ///   - actions: the number of actions.
    ///   - odds: how likely the policy chooses each action where a row (from 0) was logged; what is left out is never chosen. Asked once for
    ///     each row, in order.
    /// - Throws: `Fault`, as ``init(log:policy:clip:pseudoRows:)``, and what `odds` throws.
    public init(
        log: [LoggedAction], positions: Int, actions: Int, clip: Double = 10, pseudoRows: Double = 10,
        odds: (_ row: Int) throws(Fault) -> [ActionOdds]
    ) throws(Fault) {
        guard log.count > 1 else {
            throw Fault(.badInput, "a log of \(log.count) rows judges nothing; 2 are the least")
        }
        guard clip > 0, pseudoRows > 0, pseudoRows.isFinite else {
            throw Fault(.badInput, "clip \(clip) and pseudo rows \(pseudoRows) must be more than 0")
        }
        try Self.check(log, positions: positions, actions: actions)
        let pooledModel = SmoothedRewards(log, positions, actions, pseudoRows: pseudoRows)
        let thirds = (0..<3).map {
            SmoothedRewards(log, positions, actions, pseudoRows: pseudoRows, leavingOut: $0, of: 3)
        }
        var (weights, pooledRows, fittedRows): ([Double], [ModelledRow], [ModelledRow]) = ([], [], [])
        for (index, row) in log.enumerated() {
            let odds = try odds(index)
            let chosen = odds.first { $0.action == row.action }?.probability ?? 0
            weights.append(chosen / row.propensity)
            pooledRows.append(ModelledRow(row, odds, pooledModel))
            fittedRows.append(ModelledRow(row, odds, thirds[index % thirds.count]))
        }
        var (sum, squares, rewards, largest) = (0.0, 0.0, 0.0, 0.0)
        var (plain, clipped) = (Moments(), Moments())
        for (row, weight) in zip(log, weights) {
            sum += weight
            squares += weight * weight
            rewards += weight * row.reward
            largest = max(largest, weight)
            plain.add(weight * row.reward)
            clipped.add(min(weight, clip) * row.reward)
        }
        guard sum > 0 else {
            throw Fault(.badInput, "the policy never chooses what the log holds; nothing can be told")
        }
        let count = Double(log.count)
        let ratio = rewards / sum
        var residuals = Moments()
        for (row, weight) in zip(log, weights) { residuals.add(weight * (row.reward - ratio)) }
        ips = Estimate(plain)
        clippedIPS = Estimate(clipped)
        snips = Estimate(
            value: ratio, standardError: residuals.standardError.map { $0 * count / sum }, count: log.count)
        pooled = Modelled(weights, pooledRows)
        crossFitted = Modelled(weights, fittedRows)
        scores = zip(weights, fittedRows).map { $1.value + $0 * $1.error }
        effectiveSampleSize = sum * sum / squares
        meanWeight = sum / count
        largestWeight = largest
    }

    private static func check(_ log: [LoggedAction], positions: Int, actions: Int) throws(Fault) {
        for (index, row) in log.enumerated() {
            guard row.action >= 0, row.action < actions, row.position >= 0, row.position < positions else {
                throw Fault(
                    .badInput,
                    "row \(index): action \(row.action) in slot \(row.position) is not among the policy's "
                        + "\(actions) actions and \(positions) slots, counted from 0")
            }
            guard row.propensity > 0, row.propensity <= 1 else {
                throw Fault(.badInput, "row \(index): propensity \(row.propensity) is not more than 0 and at most 1")
            }
            guard row.reward.isFinite else {
                throw Fault(.badInput, "row \(index): reward \(row.reward) is no finite number")
            }
        }
    }
}

/// How likely a policy chooses an action.
public struct ActionOdds: Hashable, Sendable {
    /// The index of the action, from 0.
    public var action: Int
    /// The probability.
    public var probability: Double

    /// Describes an action.
    public init(action: Int, probability: Double) { (self.action, self.probability) = (action, probability) }
}

/// What a reward model says of a row.
private struct ModelledRow {
    /// What the policy would earn where the row was logged.
    let value: Double
    /// The row's reward, less what the model expects of its action.
    let error: Double

    init(_ row: LoggedAction, _ odds: [ActionOdds], _ model: SmoothedRewards) {
        let start = row.position * model.actions
        value = odds.reduce(0) { $0 + $1.probability * model.rewards[start + $1.action] }
        error = row.reward - model.rewards[start + row.action]
    }
}

extension OffPolicy.Modelled {
    fileprivate init(_ weights: [Double], _ rows: [ModelledRow]) {
        var (directs, corrected) = (Moments(), Moments())
        var (errors, sum) = (0.0, 0.0)
        for (weight, row) in zip(weights, rows) {
            directs.add(row.value)
            corrected.add(row.value + weight * row.error)
            errors += weight * row.error
            sum += weight
        }
        // The ratio Σ w·(r − q)/Σ w and, row by row, what each row moves the estimate by.
        let (ratio, mean) = (errors / sum, sum / Double(rows.count))
        var influences = Moments()
        for (weight, row) in zip(weights, rows) { influences.add(row.value + weight * (row.error - ratio) / mean) }
        direct = directs.mean
        doublyRobust = Estimate(corrected)
        selfNormalized = Estimate(
            value: directs.mean + ratio, standardError: influences.standardError, count: rows.count)
    }
}

/// The mean reward of each action in each slot, drawn to the mean of all where there are few rows.
private struct SmoothedRewards {
    /// q, a row per slot.
    let rewards: [Double]
    let actions: Int

    /// From all rows, or without those whose number modulo `parts` is `part`.
    init(
        _ log: [LoggedAction], _ positions: Int, _ actions: Int, pseudoRows: Double, leavingOut part: Int = 0,
        of parts: Int = 0
    ) {
        var sums = [Double](repeating: 0, count: positions * actions)
        var counts = sums
        var (total, rows) = (0.0, 0.0)
        for (index, row) in log.enumerated() where parts == 0 || index % parts != part {
            let cell = row.position * actions + row.action
            sums[cell] += row.reward
            counts[cell] += 1
            total += row.reward
            rows += 1
        }
        let mean = total / rows
        rewards = zip(sums, counts).map { ($0 + pseudoRows * mean) / ($1 + pseudoRows) }
        self.actions = actions
    }
}
