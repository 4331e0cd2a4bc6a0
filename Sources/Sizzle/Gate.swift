public import Diagnostics
public import Editions

extension Library {
    /// What speaks against making an edition live in the place of the one that is.
    /// - Returns: one line each; none where nothing was live before.
    /// - Throws: `Fault` when the new edition is damaged.
    public func gateFaults(_ edition: Edition, _ gate: PromotionGate) throws(Fault) -> [String] {
        guard let live = try live(), live.edition != edition.id else { return [] }
        let old: Edition
        do throws(Fault) { old = try self.edition(live.edition) } catch {
            return ["the live edition cannot be compared: \(error.message)"]
        }
        return try gate.faults(of: edition, replacing: old)
    }
}
