import Diagnostics
import MediaTime

/// The titles that may be in a plan, best first, and why the others may not.
struct Candidates {
    /// The eligible titles by falling score; the seed orders those whose scores are exactly equal.
    let scored: [ScoredTitle]
    /// The scores, in the same order.
    let scores: [Double]
    /// The clip that each title has for a kind of slot, in the same order.
    let clips: [[SlotKind: EditionClip]]
    /// The titles that may not be in the plan, by rising id.
    let refused: [Refusal]

    /// Filters and ranks the titles of a request for the slots of `layout`.
    init(_ request: PlanRequest, layout: Layout, seed: UInt64) {
        let kinds = Set(layout.ranked.map(\.kind))
        let clipsOfTitle = Dictionary(grouping: request.clips, by: \.title)
        let fixedTitles = Set(request.cadence.slots.compactMap(\.title))
        let scored = Scoring.scores(request.snapshot, offset: request.offset, weights: request.weights)
        var generator = SplitMix64(seed: seed)
        var refused: [Refusal] = []
        var eligible: [(scored: ScoredTitle, score: Double, draw: UInt64, clips: [SlotKind: EditionClip])] = []
        for (title, scored) in zip(request.snapshot.titles, scored) {
            let clips = clipsOfTitle[title.id, default: []]
            let fitting = Self.fitting(clips, kinds)
            if let reason = Self.refusal(of: title, request, fixedTitles, hasClips: !clips.isEmpty, !fitting.isEmpty) {
                refused.append(Refusal(title: title.id, reason: reason))
            } else {
                eligible.append((scored, scored.score, generator.next(), fitting))
            }
        }
        let known = Set(request.snapshot.titles.map(\.id))
        for title in clipsOfTitle.keys where !known.contains(title) && !fixedTitles.contains(title) {
            refused.append(Refusal(title: title, reason: .notInCatalogue))
        }
        // The draws were made by rising id, and that stays the last word: the order is total.
        eligible.sort { ($1.score, $0.draw, $0.scored.title) < ($0.score, $1.draw, $1.scored.title) }
        self.scored = eligible.map(\.scored)
        scores = eligible.map(\.score)
        clips = eligible.map(\.clips)
        self.refused = refused.sorted { $0.title < $1.title }
    }

    /// The best title of each slot, each title at most once; `nil` where none is left that fits.
    func assign(to slots: [(place: Int, kind: SlotKind)]) -> [Int?] {
        Assignment.best(scores: scores, values: slots.map(\.kind.value)) { title, slot in
            clips[title][slots[slot].kind] != nil
        }
    }

    private static func fitting(_ clips: [EditionClip], _ kinds: Set<SlotKind>) -> [SlotKind: EditionClip] {
        var fitting: [SlotKind: EditionClip] = [:]
        for clip in clips {
            let kind = SlotKind(type: clip.type, length: clip.range.count)
            if kinds.contains(kind), fitting[kind] == nil { fitting[kind] = clip }
        }
        return fitting
    }

    private static func refusal(
        of title: TitleFacts, _ request: PlanRequest, _ fixedTitles: Set<String>, hasClips: Bool, _ hasFitting: Bool
    ) -> RefusalReason? {
        if fixedTitles.contains(title.id) { return .bumper }
        let reason = Eligibility.refusal(
            of: title, at: request.snapshot.at, offset: request.offset, region: request.region, ignoringRegions: false)
        return reason ?? (!hasClips ? .noClip : !hasFitting ? .noFittingClip : nil)
    }
}
