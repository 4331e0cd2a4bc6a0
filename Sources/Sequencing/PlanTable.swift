public import Diagnostics
import MediaTime
import Plans

/// All that plans of one cadence from one edition share: made once, then each viewer's plan is a sort and an assignment.
///
///     let eligible = EligibleTitles(TitleTable(at: now, titles: titles), Circumstances(region: "DE"))
///     let table = try PlanTable(eligible, edition: id, clips: clips, cadence: .default)
///     let outcome = try table.plan(PlanRequest(viewer: viewer, audio: audio))
///
/// It is read from any thread, without a lock.
public final class PlanTable: Sendable {
    let titles: EligibleTitles
    /// The resolved id of the edition.
    public let edition: String
    let cadence: Cadence
    /// The whole reel, before it is shortened for want of titles.
    let layout: Layout
    /// The numbers of the titles that fit a ranked slot, rising.
    let candidates: [Int]
    /// The clip of each candidate for each kind of slot, those of a candidate one after another.
    private let ranges: [FrameRange?]
    private let kinds: [SlotKind: Int]
    /// Whether every candidate fits every slot.
    let isUniform: Bool
    /// The titles that may not be in a plan, by rising id, each with a reason.
    public let refused: [Refusal]

    /// Lays out a cadence, and finds the clips of each title.
    ///
    /// - Parameters:
    ///   - edition: the resolved id of the edition, never `current`.
    ///   - clips: all clips of the edition, in any order.
    /// - Throws: `Fault` `.badInput` for an unsound cadence, or a required bumper that the edition lacks.
    public init(
        _ titles: EligibleTitles, edition: String, clips: [EditionClip], cadence: Cadence
    ) throws(Fault) {
        do {
            try cadence.check()
        } catch {
            throw Fault(error.status, "cadence '\(printable(cadence.name))': \(error.message)")
        }
        self.titles = titles
        self.edition = edition
        self.cadence = cadence
        layout = try Layout(cadence, edition: edition, clips: clips)
        var kinds: [SlotKind: Int] = [:]
        for slot in layout.ranked where kinds[slot.kind] == nil { kinds[slot.kind] = kinds.count }
        self.kinds = kinds
        let fitting = FittingClips(titles.table, clips: clips, kinds: kinds)
        let bumpers = Set(cadence.slots.compactMap(\.title))
        (candidates, ranges) = fitting.candidates(among: titles.allowed, without: bumpers)
        isUniform = ranges.allSatisfy { $0 != nil }
        refused = fitting.refused(titles, bumpers: bumpers)
    }

    /// Roughly what it takes in memory.
    public var bytes: Int {
        128 * titles.table.titles.count + MemoryLayout<FrameRange?>.stride * ranges.count
    }

    /// The clip of a candidate (its place in ``candidates``) for a kind of slot.
    func range(_ candidate: Int, _ kind: SlotKind) -> FrameRange? {
        kinds[kind].flatMap { ranges[candidate * kinds.count + $0] }
    }
}

/// Which titles have clips for the kinds of slots that a cadence has.
private struct FittingClips {
    private let table: TitleTable
    private let kinds: Int
    /// By a title's number: the clip for each kind.
    private var ranges: [Int: [FrameRange?]] = [:]
    /// The numbers of all titles with a clip.
    private var withClips: Set<Int> = []
    /// Titles of clips that the catalogue does not know.
    private var unknown: Set<String> = []

    init(_ table: TitleTable, clips: [EditionClip], kinds: [SlotKind: Int]) {
        self.table = table
        self.kinds = kinds.count
        for clip in clips {
            guard let number = table.number(of: clip.title) else {
                unknown.insert(clip.title)
                continue
            }
            withClips.insert(number)
            guard let kind = kinds[SlotKind(type: clip.type, length: clip.range.count)] else { continue }
            ranges[number, default: Array(repeating: nil, count: kinds.count)][kind] = clip.range
        }
    }

    func candidates(among allowed: [Int], without bumpers: Set<String>) -> ([Int], [FrameRange?]) {
        let candidates = allowed.filter { ranges[$0] != nil && !bumpers.contains(table.titles[$0].id) }
        return (candidates, candidates.flatMap { ranges[$0] ?? [] })
    }

    func refused(_ titles: EligibleTitles, bumpers: Set<String>) -> [Refusal] {
        var refused = titles.refused.filter { !bumpers.contains($0.title) }
        for number in titles.allowed where ranges[number] == nil {
            let reason: RefusalReason = withClips.contains(number) ? .noFittingClip : .noClip
            refused.append(Refusal(title: table.titles[number].id, reason: reason))
        }
        refused.removeAll { bumpers.contains($0.title) }
        for bumper in bumpers where table.number(of: bumper) != nil {
            refused.append(Refusal(title: bumper, reason: .bumper))
        }
        for title in unknown where !bumpers.contains(title) {
            refused.append(Refusal(title: title, reason: .notInCatalogue))
        }
        return refused.sorted { $0.title < $1.title }
    }
}
