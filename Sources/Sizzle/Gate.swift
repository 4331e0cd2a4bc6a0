public import Diagnostics
public import Editions
private import Validation

extension Library {
    /// What speaks against making an edition live in the place of the one that is.
    /// - Returns: one line each; none where nothing was live before.
    /// - Throws: `Fault` when the new edition is damaged.
    public func gateFaults(_ edition: Edition, _ gate: PromotionGate) throws(Fault) -> [String] {
        let boundaries = try boundaryErrors(edition)
        let old: Edition
        do throws(Fault) {
            guard let live = try live(), live.edition != edition.id else { return boundaries }
            old = try self.edition(live.edition)
        } catch {
            return boundaries + ["the live edition cannot be compared: \(error.message)"]
        }
        return try boundaries + gate.faults(of: edition, replacing: old)
    }

    /// What the report on boundaries that was kept with an edition calls an error.
    private func boundaryErrors(_ edition: Edition) throws(Fault) -> [String] {
        guard let bytes = try edition.boundaryReport() else { return [] }
        return try MegaReport(bytes, named: "edition \(edition.id)").faults.filter { $0.severity == .error }.map(\.line)
    }
}
