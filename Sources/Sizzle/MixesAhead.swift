private import Diagnostics
private import Editions
private import Editorial
private import Plans
private import Sequencing

/// Makes the sound of every reel that a cadence can give, before anybody asks for one: heads and tails of beds, and each clip
/// mixed at each slot that it can take.
struct MixesAhead {
    private let cadence: Cadence
    /// The clips that each slot can take.
    private let candidates: [[ReelPlan.Slot]]

    /// - Throws: `Fault` (`badInput`) naming the slot that no clip fits.
    init(_ cadence: Cadence, _ clips: [ClipLabel]) throws(Fault) {
        self.cadence = cadence
        var candidates: [[ReelPlan.Slot]] = []
        for (number, slot) in cadence.slots.enumerated() {
            let fitting = clips.filter { clip in
                clip.type == slot.type && (slot.title ?? clip.title) == clip.title
                    && (slot.title != nil || slot.length == nil || slot.length == clip.range.count)
            }
            if fitting.isEmpty, slot.isOptional { continue }
            guard !fitting.isEmpty else {
                throw Fault(
                    .badInput,
                    "--mix-for \(cadence.name): slot \(number + 1) takes clips of type '\(slot.type)'"
                        + "\(slot.title.map { " of title '\($0)'" } ?? ""), and the index has none that fits")
            }
            candidates.append(fitting.map { ReelPlan.Slot(title: $0.title, type: $0.type) })
        }
        self.candidates = candidates
    }

    /// Makes what the library has not got.
    /// - Parameter jobs: how many mixes are made at a time.
    func make(_ edition: Edition, jobs: Int, progress: @escaping ProgressHandler) throws {
        // In round n each slot takes its n-th clip: after as many rounds as the fullest slot has clips, each has had each.
        let rounds = candidates.map(\.count).max() ?? 0
        for round in 0..<rounds {
            let slots = candidates.map { $0[round % $0.count] }
            for audio in settings(edition) where round == 0 || audio.mode != .bed {
                try Interruption.check()
                let plan = ReelPlan(edition: edition.id, slots: slots, audio: audio)
                _ = try ResolvedReel(plan, edition).sound(jobs: jobs)
            }
            progress(ProgressReport(stage: "mixing for cadence \(cadence.name)", done: round + 1, total: rounds))
        }
    }

    /// Each way in which the edition can sound.
    private func settings(_ edition: Edition) -> [AudioSettings] {
        let beds = edition.manifest.beds.map(\.name)
        let music = beds.map { AudioSettings(bed: $0, mode: .bed) }
        guard edition.manifest.clipSound != nil else { return music }
        return music + (beds.isEmpty ? [AudioSettings(mode: .clip)] : beds.map { AudioSettings(bed: $0, mode: .mix) })
    }
}
