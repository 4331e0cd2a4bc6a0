extension Edition {
    /// All clips, as far as planning needs them.
    /// - Throws: `Fault` when the clip table is damaged.
    public func planningClips() throws(Fault) -> [EditionClip] {
        try clips.all().map { EditionClip(title: $0.title, type: $0.type, range: $0.range) }
    }

    /// The length of each slot of a plan in milliseconds; none where frames have durations of their own.
    /// - Throws: `Fault` for a clip that the edition has not.
    public func lengths(of plan: ReelPlan) throws(Fault) -> [Int64] {
        guard case .constant(let rate) = manifest.frameRate else { return [] }
        var lengths: [Int64] = []
        for slot in plan.slots {
            lengths.append(
                rate.ticks(atFrame: try clip(title: slot.title, type: slot.type).range.count, in: .milliseconds))
        }
        return lengths
    }
}

extension Library {
    /// The clips of an edition; `nil` where the library has it no more.
    /// - Throws: `Fault` when the edition is damaged.
    public func planningClips(ofEdition id: String) throws(Fault) -> [EditionClip]? {
        has(id) ? try edition(id).planningClips() : nil
    }
}
