public import Diagnostics
import GRDB
public import Sequencing

/// A reel that was delivered, and what came of each slot: what weights are fitted on, and policies are judged by.
public struct LoggedReel: Sendable {
    /// The reel's id.
    public var reel: String
    /// The viewer, as events name them.
    public var viewer: String
    /// When it was delivered.
    public var at: Timestamp
    /// The edition.
    public var edition: String
    /// The viewer's circumstances, as far as they were logged.
    public var circumstances: Circumstances
    /// The slots in playing order.
    public var slots: [Slot]

    /// A slot that was delivered.
    public struct Slot: Sendable, Hashable {
        /// The title.
        public var title: String
        /// The clip type.
        public var clip: String
        /// With which probability the title was chosen; `nil` where nothing was left to chance.
        public var propensity: Double?
        /// Whether it was shown.
        public var isShown: Bool
        /// Whether the title was played within 24 hours, and watched for 10 % or 5 minutes.
        public var isPlayed: Bool
    }
}

extension Catalogue {
    /// The reels that were delivered in some time, by rising time; machines' are left out.
    ///
    /// - Parameters:
    ///   - from: the first moment.
    ///   - until: the first moment that is not in it.
    /// - Throws: `Fault`, see ``open(_:creating:busyTimeout:cache:)``.
    public func loggedReels(from: Timestamp, until: Timestamp) throws(Fault) -> [LoggedReel] {
        try read { db in
            let rows = try Row.fetchCursor(
                db, sql: ReelSQL.loggedSlots,
                arguments: ["from": from.milliseconds, "until": until.milliseconds])
            var reels: [LoggedReel] = []
            while let row = try rows.next() {
                let reel: String = row[0]
                if reels.last?.reel != reel {
                    let circumstances = try StrictJSON.decode(
                        LoggedCircumstances.self, from: (row[4] as String).utf8, named: "the catalogue's deliveries")
                    reels.append(
                        LoggedReel(
                            reel: reel, viewer: row[1], at: Timestamp(milliseconds: row[2]), edition: row[3],
                            circumstances: circumstances.circumstances, slots: []))
                }
                reels[reels.count - 1].slots.append(
                    .init(title: row[5], clip: row[6], propensity: row[7], isShown: row[8], isPlayed: row[9]))
            }
            return reels
        }
    }
}
