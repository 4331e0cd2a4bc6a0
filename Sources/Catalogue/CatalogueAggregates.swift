public import Diagnostics
public import Experiments
import GRDB
public import Reports

extension Catalogue {
    /// What became of the reels of some days, counted by SQLite.
    ///
    /// - Parameters:
    ///   - from: the first UTC day, `2026-11-24`; all from the beginning without it.
    ///   - until: the day after the last one; all to the end without it.
    /// - Throws: `Fault`, see ``open(_:creating:busyTimeout:cache:)``.
    public func aggregates(from: String? = nil, until: String? = nil) throws(Fault) -> Aggregates {
        let days: StatementArguments = ["from": from ?? "", "until": until ?? "~"]
        return try read { db in
            let reels = try Row.fetchAll(db, sql: ReelSQL.reelDays, arguments: days).map { row in
                ReelDay(
                    day: row[0], edition: row[1], cadence: row[2], arm: row[3],
                    counts: ReelCounts(columns: (4..<14).map { row[$0] }))
            }
            let slots = try Row.fetchAll(db, sql: ReelSQL.slotDays, arguments: days).map { row in
                SlotDay(
                    day: row[0], edition: row[1], cadence: row[2], slot: row[3], title: row[4], clip: row[5],
                    counts: SlotCounts(columns: (6..<11).map { row[$0] }))
            }
            return Aggregates(reels: reels, slots: slots)
        }
    }

    /// What the viewers of an experiment did, by arm.
    /// - Parameter experiment: its id, `layer/name`.
    /// - Throws: `Fault`, see ``open(_:creating:busyTimeout:cache:)``.
    public func armSums(of experiment: String) throws(Fault) -> [ArmSums] {
        try read { db in
            var arms: [String: ArmSums] = [:]
            for row in try Row.fetchAll(db, sql: ReelSQL.armSums, arguments: ["experiment": experiment]) {
                guard let metric = Experiment.Metric(rawValue: row[1]) else { continue }
                arms[row[0], default: ArmSums(arm: row[0], viewers: row[2], metrics: [:])].metrics[metric] = RatioSums(
                    viewers: row[3], numerator: row[4], denominator: row[5], numeratorSquares: row[6],
                    denominatorSquares: row[7], products: row[8])
            }
            return arms.values.sorted { $0.arm < $1.arm }
        }
    }
}
