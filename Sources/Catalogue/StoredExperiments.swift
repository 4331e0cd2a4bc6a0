public import Diagnostics
public import Experiments
import Foundation
import GRDB

/// An experiment as a catalogue keeps it.
public struct StoredExperiment: Sendable, Hashable {
    /// The small number by which tokens name it.
    public var number: Int64
    /// The experiment.
    public var experiment: Experiment
}

extension Catalogue {
    /// All experiments, those that have ended too, by number.
    /// - Throws: `Fault`, see ``open(_:creating:busyTimeout:cache:)``.
    public func experiments() throws(Fault) -> [StoredExperiment] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT id, layer, name, record FROM experiments ORDER BY id").map { row in
                let name = "the catalogue's experiment '\(row[1] as String)/\(row[2] as String)'"
                return StoredExperiment(
                    number: row[0],
                    experiment: try StrictJSON.decode(Experiment.self, from: (row[3] as String).utf8, named: name))
            }
        }
    }

    /// Adds an experiment, or replaces the one of that layer and name that has not begun at `now`.
    ///
    /// - Parameter now: in milliseconds since 1970.
    /// - Throws: `Fault` `.badInput` for one that can't run beside those that are there, or would change one that has begun. See also
    ///   ``open(_:creating:busyTimeout:cache:)``.
    public func start(_ experiment: Experiment, now: Int64) throws(Fault) {
        let others = try experiments().map(\.experiment).filter { $0.id != experiment.id }
        _ = try ExperimentSet(others + [experiment])
        if let known = try experiments().first(where: { $0.experiment.id == experiment.id }),
            known.experiment.start <= now
        {
            throw Fault(
                .badInput,
                "experiment '\(experiment.id)' has begun, and what its viewers did would be mixed; stop it and give a new one another name"
            )
        }
        try store(experiment)
    }

    /// Ends an experiment at `now`; its reels stay as they are.
    ///
    /// - Parameters:
    ///   - id: `layer/name`.
    ///   - now: in milliseconds since 1970.
    /// - Returns: the experiment with its end.
    /// - Throws: `Fault` `.notFound` where there is none; `.badInput` for one that has not begun or has ended.
    public func stop(_ id: String, now: Int64) throws(Fault) -> Experiment {
        var experiment = try experiment(id)
        guard experiment.isRunning(at: now) else {
            let state = now < experiment.start ? "has not begun" : "has ended already"
            throw Fault(.badInput, "experiment '\(printable(id))' \(state)")
        }
        experiment.stop = max(now, experiment.start + 1)
        try store(experiment)
        return experiment
    }

    /// An experiment by its id, `layer/name`.
    /// - Throws: `Fault` `.notFound` that names those that there are.
    public func experiment(_ id: String) throws(Fault) -> Experiment {
        let all = try experiments().map(\.experiment)
        guard let found = all.first(where: { $0.id == id }) else {
            let known = all.isEmpty ? "there is none" : "there is " + all.map(\.id).joined(separator: ", ")
            throw Fault(.notFound, "experiment '\(printable(id))' is not known; \(known)")
        }
        return found
    }

    private func store(_ experiment: Experiment) throws(Fault) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try write { db in
            let record = String(decoding: try encoder.encode(experiment), as: UTF8.self)
            try db.execute(
                sql: """
                    INSERT INTO experiments (layer, name, record) VALUES (?, ?, ?)
                    ON CONFLICT (layer, name) DO UPDATE SET record = excluded.record
                    """, arguments: [experiment.layer, experiment.name, record])
        }
    }
}
