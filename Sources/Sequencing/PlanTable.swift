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
    /// The time for which is planned (RFC 3339).
    let at: String
    /// The resolved id of the edition.
    public let edition: String
    let cadence: Cadence
    /// The whole reel, before it is shortened for want of titles.
    let layout: Layout
    /// The numbers of the titles that fit a ranked slot, rising.
    let candidates: [Int]
    /// The clip of each candidate for each kind of slot, those of a candidate one after another.
    private let clips: [FittingClip?]
    /// The candidates by the kinds of slots that they fit.
    let groups: TitleGroups
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
        at = titles.table.at.description
        self.edition = edition
        self.cadence = cadence
        layout = try Layout(cadence, edition: edition, clips: clips)
        let fitting = FittingClips(titles.table, clips: clips, kinds: layout.kinds)
        let bumpers = Set(cadence.slots.compactMap(\.title))
        let (candidates, fits) = fitting.candidates(among: titles.allowed, without: bumpers)
        let kinds = layout.kinds.count
        (self.candidates, self.clips) = (candidates, fits)
        groups = TitleGroups(titles: candidates.count, kinds: kinds) { fits[$0 * kinds + $1] != nil }
        refused = fitting.refused(titles, bumpers: bumpers)
    }

    /// Roughly what it takes in memory.
    public var bytes: Int {
        128 * titles.table.titles.count + MemoryLayout<FittingClip?>.stride * clips.count
    }

    /// The clip of a candidate (its place in ``candidates``) for a kind of slot.
    func clip(_ candidate: Int, _ kind: SlotKind) -> FittingClip? {
        clips[candidate * layout.kinds.count + kind.number]
    }
}

/// The clip with which a title fills a kind of slot.
struct FittingClip: Hashable, Sendable {
    var range: FrameRange
    /// Its type's place among those of the kind.
    var rank: Int
}

/// Which titles have clips for the kinds of slots that a cadence has.
private struct FittingClips {
    private let table: TitleTable
    /// By a title's number: the clip for each kind.
    private var clips: [Int: [FittingClip?]] = [:]
    /// The numbers of all titles with a clip.
    private var withClips: Set<Int> = []
    /// Titles of clips that the catalogue does not know.
    private var unknown: Set<String> = []

    init(_ table: TitleTable, clips: [EditionClip], kinds: [SlotKind]) {
        self.table = table
        /// For each type of clips the kinds that take it, each with the type's place among those that it takes.
        var takers: [String: [(kind: Int, length: Int64, rank: Int)]] = [:]
        for kind in kinds {
            for (rank, type) in kind.types.enumerated() {
                takers[type, default: []].append((kind.number, kind.length, rank))
            }
        }
        for clip in clips {
            guard let number = table.number(of: clip.title) else {
                unknown.insert(clip.title)
                continue
            }
            withClips.insert(number)
            for taker in takers[clip.type] ?? [] where taker.length == clip.range.count {
                var fitting = self.clips[number] ?? Array(repeating: nil, count: kinds.count)
                guard taker.rank <= fitting[taker.kind]?.rank ?? .max else { continue }
                fitting[taker.kind] = FittingClip(range: clip.range, rank: taker.rank)
                self.clips[number] = fitting
            }
        }
    }

    func candidates(among allowed: [Int], without bumpers: Set<String>) -> ([Int], [FittingClip?]) {
        let candidates = allowed.filter { clips[$0] != nil && !bumpers.contains(table.titles[$0].id) }
        return (candidates, candidates.flatMap { clips[$0] ?? [] })
    }

    func refused(_ titles: EligibleTitles, bumpers: Set<String>) -> [Refusal] {
        var refused = titles.refused.filter { !bumpers.contains($0.title) }
        for number in titles.allowed where clips[number] == nil {
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
