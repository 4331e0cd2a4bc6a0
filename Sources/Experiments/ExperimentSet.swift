public import Diagnostics

/// What a viewer gets in one layer.
public struct ArmAssignment: Hashable, Sendable, Codable {
    /// The layer.
    public let layer: String
    /// The experiment.
    public let experiment: String
    /// The arm.
    public let arm: String
    /// What the arm changes.
    public let changes: ReelChanges

    /// Describes what a viewer gets.
    public init(layer: String, experiment: String, arm: String, changes: ReelChanges) {
        self.layer = layer
        self.experiment = experiment
        self.arm = arm
        self.changes = changes
    }
}

extension Sequence<ArmAssignment> {
    /// The changes of all layers together.
    public var changes: ReelChanges { reduce(ReelChanges()) { $0.merged(with: $1.changes) } }
}

/// Experiments that can run beside each other.
public struct ExperimentSet: Sendable {
    /// The experiments, by rising layer, then start, then name.
    public let experiments: [Experiment]
    private let lanes: [Lane]

    /// The experiments of one salt: a viewer is hashed once for all of them.
    private struct Lane: Sendable {
        let prefix: [UInt8]
        let entries: [Entry]
    }

    private struct Entry: Sendable {
        let experiment: Experiment
        /// What each arm's viewers get, in the order of the arms.
        let assignments: [ArmAssignment]

        init(_ experiment: Experiment) {
            self.experiment = experiment
            assignments = experiment.arms.map { arm in
                ArmAssignment(
                    layer: experiment.layer, experiment: experiment.name, arm: arm.name, changes: arm.changes)
            }
        }
    }

    /// Takes experiments, running ones, past ones and future ones.
    ///
    /// - Throws: `Fault` `.badInput` of ``Experiment/check()``, for a name that is there twice, and for two experiments
    /// that
    ///   run at the same time and would share viewers of one layer, or change the same thing from two layers.
    public init(_ experiments: [Experiment]) throws(Fault) {
        self.experiments = experiments.sorted { ($0.layer, $0.start, $0.name) < ($1.layer, $1.start, $1.name) }
        for (index, experiment) in self.experiments.enumerated() {
            do throws(Fault) {
                try experiment.check()
            } catch {
                throw Fault(error.status, "experiment '\(printable(experiment.id))': \(error.message)")
            }
            for other in self.experiments[..<index] { try Self.check(other, beside: experiment) }
        }
        var lanes: [Lane] = []
        for layer in self.experiments.chunked(by: { $0.layer == $1.layer && $0.salt == $1.salt }) {
            let prefix = Array((layer.first?.salt ?? "").utf8) + [Bucketing.separator]
            lanes.append(Lane(prefix: prefix, entries: layer.map(Entry.init)))
        }
        self.lanes = lanes
    }

    /// What `viewer` gets at `time` (milliseconds since 1970), by rising layer: at most one arm of each layer.
    ///
    /// Takes one hash for each layer with an experiment that runs.
    public func assignments(viewer: String, at time: Int64) -> [ArmAssignment] {
        var result: [ArmAssignment] = []
        for lane in lanes {
            var known: Int?
            for entry in lane.entries where entry.experiment.isRunning(at: time) {
                let bucket = known ?? Bucketing.bucket(viewer: viewer, prefix: lane.prefix)
                known = bucket
                if let arm = entry.experiment.arms.firstIndex(where: { $0.buckets.contains(bucket) }) {
                    result.append(entry.assignments[arm])
                    break
                }
            }
        }
        return result
    }

    private static func check(_ one: Experiment, beside other: Experiment) throws(Fault) {
        if one.id == other.id {
            throw Fault(.badInput, "experiment '\(one.id)' is there twice; name one of them otherwise")
        }
        guard one.runs(beside: other) else { return }
        let both = "experiments '\(one.id)' and '\(other.id)'"
        guard one.layer == other.layer else {
            if one.salt == other.salt {
                throw Fault(
                    .badInput, "\(both) have the salt '\(one.salt)' in two layers; give each layer its own")
            }
            let changes = Set(one.arms.flatMap(\.changes.changed))
            if let same = other.arms.flatMap(\.changes.changed).first(where: changes.contains) {
                throw Fault(.badInput, "\(both) both change \(same) from two layers; move them into one layer")
            }
            return
        }
        // Buckets of different salts are different viewers, and would overlap by chance.
        guard one.salt == other.salt else {
            throw Fault(
                .badInput, "\(both) run at the same time with different salts; give both the same salt")
        }
        for arm in one.arms {
            guard let second = other.arms.first(where: { $0.buckets.overlaps(arm.buckets) }) else { continue }
            let ranges = "\(words(arm.buckets)) of '\(arm.name)' and \(words(second.buckets)) of '\(second.name)'"
            throw Fault(.badInput, "\(both) overlap: \(ranges)")
        }
    }
}

extension Array {
    /// Runs of neighbours that belong together.
    fileprivate func chunked(by belongs: (Element, Element) -> Bool) -> [ArraySlice<Element>] {
        var chunks: [ArraySlice<Element>] = []
        var start = startIndex
        for index in indices.dropFirst() where !belongs(self[index - 1], self[index]) {
            chunks.append(self[start..<index])
            start = index
        }
        if start < endIndex { chunks.append(self[start...]) }
        return chunks
    }
}
