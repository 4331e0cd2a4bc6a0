import Catalogue
import Diagnostics
import Experiments

/// The experiments that are there, and the numbers by which tokens name their arms.
final class ServedExperiments: Sendable {
    private let stored: [StoredExperiment]
    private let set: ExperimentSet
    /// The number of an experiment's first arm.
    private let numbers: [String: UInt64]
    /// The most arms that an experiment's numbers have room for.
    private static let arms: UInt64 = 64

    /// - Parameter known: those of the last look: they are worked out again only where they are others now.
    /// - Throws: `Fault` when they cannot run beside each other.
    init(_ stored: [StoredExperiment], known: ServedExperiments?) throws(Fault) {
        self.stored = stored
        if let known, known.stored == stored {
            (set, numbers) = (known.set, known.numbers)
            return
        }
        set = try ExperimentSet(stored.map(\.experiment))
        numbers = Dictionary(uniqueKeysWithValues: stored.map { ($0.experiment.id, UInt64($0.number) * Self.arms) })
    }

    /// What a viewer gets, and the number of each arm.
    func assignments(viewer: String, at time: Int64) -> [(assignment: ArmAssignment, number: UInt64)] {
        set.assignments(viewer: viewer, at: time).map { assignment in
            let id = "\(assignment.layer)/\(assignment.experiment)"
            let arms = stored.first { $0.experiment.id == id }?.experiment.arms ?? []
            let arm = arms.firstIndex { $0.name == assignment.arm } ?? 0
            return (assignment, (numbers[id] ?? 0) + UInt64(arm))
        }
    }
}

extension ArmAssignment {
    /// `layer/experiment/arm`, as events and metrics have it.
    var name: String { "\(layer)/\(experiment)/\(arm)" }
}
