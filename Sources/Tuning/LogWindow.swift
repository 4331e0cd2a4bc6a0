public import Catalogue
public import Diagnostics
import MediaTime
public import Sequencing

/// The reels of some days with all that is needed to look at them again: what was known of titles at the beginning of each day, and of viewers
/// when each reel was made.
public struct LogWindow: Sendable {
    /// The reels, by rising time.
    public let reels: [LoggedReel]
    let titles: [CalendarDay: [TitleFacts]]
    let likes: [String: [Like]]
    let clips: [String: [EditionClip]]

    /// Reads a window of the catalogue's log.
    ///
    /// - Parameters:
    ///   - from: the first moment.
    ///   - until: the first moment that is not in it.
    ///   - clips: the clips of an edition, by its id; `nil` for one that is gone, whose reels are left out.
    /// - Throws: `Fault` when the catalogue cannot be read, and what `clips` throws.
    public init(
        _ catalogue: Catalogue, from: Timestamp, until: Timestamp,
        clips: (String) throws(Fault) -> [EditionClip]?
    ) throws(Fault) {
        var known: [String: [EditionClip]] = [:]
        var gone: Set<String> = []
        var reels: [LoggedReel] = []
        for reel in try catalogue.loggedReels(from: from, until: until) where !gone.contains(reel.edition) {
            if known[reel.edition] == nil {
                guard let found = try clips(reel.edition) else {
                    gone.insert(reel.edition)
                    continue
                }
                known[reel.edition] = found
            }
            reels.append(reel)
        }
        var titles: [CalendarDay: [TitleFacts]] = [:]
        for day in Set(reels.map(\.at.utcDay)) {
            titles[day] = try catalogue.titles(at: Timestamp(milliseconds: day.daysSince1970 * Timestamp.day))
        }
        self.reels = reels
        self.titles = titles
        self.clips = known
        likes = try catalogue.likes(until: until)
    }

    /// What is known of a viewer when a reel was made.
    func viewer(of reel: LoggedReel) -> ViewerFacts {
        let liked = (likes[reel.viewer] ?? []).lazy.filter { $0.at < reel.at }.map(\.title)
        return ViewerFacts(id: reel.viewer, liked: Set(liked))
    }
}

/// A window seen through a model of titles: plans and features as they would have been. Keeps what reels share.
final class Replay {
    private let window: LogWindow
    private let items: ItemModel?
    private var tables: [CalendarDay: TitleTable] = [:]
    private var eligible: [Moment: EligibleTitles] = [:]
    private var plans: [Layout: PlanTable?] = [:]

    private struct Moment: Hashable {
        var day: CalendarDay
        var circumstances: Circumstances
    }
    private struct Layout: Hashable {
        var moment: Moment
        var edition: String
        var slots: [String]
    }

    init(_ window: LogWindow, items: ItemModel?) { (self.window, self.items) = (window, items) }

    private func moment(_ reel: LoggedReel) -> Moment {
        Moment(day: reel.at.utcDay, circumstances: reel.circumstances)
    }

    /// The titles as they stood for a reel.
    func eligible(_ reel: LoggedReel) -> EligibleTitles {
        let moment = moment(reel)
        if let known = eligible[moment] { return known }
        let table =
            tables[moment.day]
            ?? TitleTable(
                at: Timestamp(milliseconds: moment.day.daysSince1970 * Timestamp.day),
                titles: window.titles[moment.day] ?? [], items: items)
        tables[moment.day] = table
        let made = EligibleTitles(table, reel.circumstances)
        eligible[moment] = made
        return made
    }

    /// What plans of a reel's slots are made from: those that were left to chance are open, the others fixed; `nil` where that can't be.
    private func plans(_ reel: LoggedReel) -> PlanTable? {
        let key = Layout(
            moment: moment(reel), edition: reel.edition,
            slots: reel.slots.map { $0.propensity == nil ? "\($0.title)\u{0}\($0.clip)" : $0.clip })
        if let known = plans[key] { return known }
        let clips = window.clips[reel.edition] ?? []
        let slots = reel.slots.map { slot in
            let frames = clips.first { $0.title == slot.title && $0.type == slot.clip }?.range.count
            return Cadence.Slot(
                title: slot.propensity == nil ? slot.title : nil, type: slot.clip,
                frames: Int64(slot.clip) == nil ? frames : nil)
        }
        let made = try? PlanTable(
            eligible(reel), edition: reel.edition, clips: clips, cadence: Cadence(name: "logged", slots: slots))
        plans[key] = .some(made)
        return made
    }

    /// How likely a policy would have filled each slot that was left to chance as it was; `nil` where it could not have.
    func odds(_ reel: LoggedReel, policy: RankingPolicy) -> [SlotOdds]? {
        plans(reel)?.odds(
            of: reel.slots.filter { $0.propensity != nil }.map(\.title), viewer: window.viewer(of: reel), policy: policy
        )
    }
}
