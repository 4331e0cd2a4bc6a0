import Diagnostics
import Editions
import Plans
import Sequencing
import Streaming

extension StreamedReel {
    /// A reel that a token stands for, laid out against its edition.
    /// - Throws: `Fault` when the edition has no such clips or beds.
    init(_ token: PlanToken, _ served: ServedEdition) throws(Fault) {
        var slots: [ReelPlan.Slot] = []
        for ordinal in token.clips {
            guard served.clips.indices.contains(ordinal) else {
                throw Fault(.badInput, "edition \(token.edition) has no clip \(ordinal)")
            }
            slots.append(ReelPlan.Slot(title: served.clips[ordinal].title, type: served.clips[ordinal].type))
        }
        guard let audio = token.audio.settings(beds: served.beds) else {
            throw Fault(.badInput, "edition \(token.edition) has no bed \(token.audio.bed)")
        }
        try self.init(ReelPlan(edition: token.edition, slots: slots, audio: audio), served.edition)
    }
}
