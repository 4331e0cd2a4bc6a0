public import Diagnostics
internal import FileSystem
private import Foundation

/// An entry of the promotion log: which edition became live, and why.
public struct Promotion: Sendable, Equatable, Codable {
    /// The user who did it.
    public var who: String
    /// When (RFC 3339).
    public var when: String
    /// The edition that was live before; `nil` for the first.
    public var from: String?
    /// The edition that is live now, or is the canary.
    public var to: String
    /// The reason, for people.
    public var why: String
    /// The viewers who get `to`, where it is the canary; `nil` where all do.
    public var share: ViewerShare?
    /// What the gate had against it and was overruled.
    public var overruled: [String]?
    /// Whether it went back to `to`; `nil` for a promotion.
    public var rollback: Bool?

    /// Describes an entry.
    public init(
        who: String, when: String, from: String? = nil, to: String, why: String, share: ViewerShare? = nil,
        overruled: [String]? = nil, rollback: Bool? = nil
    ) {
        (self.who, self.when, self.from, self.to) = (who, when, from, to)
        (self.why, self.share, self.overruled, self.rollback) = (why, share, overruled, rollback)
    }
}

extension Library {
    /// Who does something to the library, when and why.
    public struct Reason: Sendable {
        /// The user.
        public var user: String
        /// When (RFC 3339).
        public var date: String
        /// The reason, for people.
        public var why: String

        /// Describes a reason.
        public init(_ why: String, by user: String, at date: String) {
            (self.why, self.user, self.date) = (why, user, date)
        }
    }

    /// Makes an edition live, durably and at once, and records it.
    /// - Parameters:
    ///   - id: the edition.
    ///   - share: gives it to this share of the viewers only, beside the stable one; `nil` to all.
    ///   - overruled: what the gate had against it.
    ///   - seen: what was live when that was asked; `nil` where nobody asked.
    ///   - seconds: how long to wait for another promotion.
    /// - Throws: `Fault` when there is no such edition, there is no stable one beside a share, or the disk fails.
    public func promote(
        _ id: String, share: ViewerShare? = nil, _ reason: Reason, overruled: [String] = [],
        comparedWith seen: LiveEditions?? = nil,
        waiting seconds: Int = 10
    ) throws(Fault) {
        _ = try edition(id)
        let lock = try lockForPromotion(waiting: seconds)
        // Not before: until here it might have been pruned.
        let held = try edition(id)
        defer { withExtendedLifetime(held) {} }
        let before = try? live()
        if let seen, seen != before {
            throw Fault(.tryAgain, "\(root): another edition was made live meanwhile; look at it, then promote again")
        }
        var after = LiveEditions(edition: id)
        if let share {
            guard let before else {
                throw Fault(.usage, "\(root): no edition is live, so all viewers get the first; leave --share out")
            }
            guard before.edition != id else {
                throw Fault(.usage, "edition \(id) is live already, for all viewers; leave --share out")
            }
            after = LiveEditions(edition: before.edition, canary: .init(edition: id, share: share))
        }
        try set(
            after,
            Promotion(
                who: reason.user, when: reason.date, from: before?.edition, to: id, why: reason.why, share: share,
                overruled: overruled.isEmpty ? nil : overruled), lock)
    }

    /// Gives up the canary where there is one; else makes the edition live that was live before this one.
    /// - Returns: the id of the edition that is live now.
    /// - Throws: `Fault` when there is none to go back to, or the disk fails.
    public func rollBack(_ reason: Reason, waiting seconds: Int = 10) throws(Fault) -> String {
        let lock = try lockForPromotion(waiting: seconds)
        guard let before = try live() else { throw Fault(.notFound, "\(root): no edition is live") }
        let target: String
        // The lock keeps it from being pruned.
        if before.canary != nil {
            target = before.edition
        } else if let earlier = try rollbackTarget(of: before.edition) {
            target = earlier
        } else {
            throw Fault(
                .notFound,
                "\(root): no edition that was live before is still there; promote one with 'sizzle editions promote ID'"
            )
        }
        try set(
            LiveEditions(edition: target),
            Promotion(
                who: reason.user, when: reason.date, from: before.canary?.edition ?? before.edition, to: target,
                why: reason.why, rollback: true), lock)
        return target
    }

    /// The edition that was live before another one and is still there; `nil` where there is none.
    /// - Throws: `Fault` when the log cannot be read.
    public func rollbackTarget(of id: String) throws(Fault) -> String? {
        // A promotion that was cut off before it was recorded: what the record says was live then is what was before it.
        let log = try promotions().filter { $0.share == nil }
        if let last = log.last?.to, last != id, !log.contains(where: { $0.to == id }),
            Path.isFolder("\(editionsFolder)/\(last)")
        {
            return last
        }
        var seen: Set<String> = [id]
        var wanted = id
        // What was live before it came, not what was given up for it: going back twice goes further back.
        for entry in log.reversed() where entry.rollback != true && entry.to == wanted {
            guard let from = entry.from, seen.insert(from).inserted else { continue }
            if Path.isFolder("\(editionsFolder)/\(from)") { return from }
            wanted = from
        }
        return nil
    }

    /// The promotion log, oldest first.
    /// - Throws: `Fault` when it cannot be read.
    public func promotions() throws(Fault) -> [Promotion] {
        guard Path.exists(promotionsPath) else { return [] }
        let decoder = JSONDecoder()
        return try InputFile.contents(of: promotionsPath).split(separator: 0x0A).compactMap {
            try? decoder.decode(Promotion.self, from: Data($0))
        }
    }

    private func set(_ live: LiveEditions, _ entry: Promotion, _ lock: borrowing FileLock) throws(Fault) {
        var log = Path.exists(promotionsPath) ? try InputFile.contents(of: promotionsPath) : []
        // What became live when a process died before it could say so.
        if let before = try? self.live(), let last = try promotions().last(where: { $0.share == nil }),
            last.to != before.edition
        {
            let found = Promotion(
                who: "unknown", when: entry.when, from: last.to, to: before.edition,
                why: "found live: the promotion was cut off before it was recorded")
            log += Self.json(found) + Array("\n".utf8)
        }
        // First what counts, then its record.
        try OutputFile.write(Self.json(live) + Array("\n".utf8), to: currentPath, durable: true)
        try OutputFile.write(log + Self.json(entry) + Array("\n".utf8), to: promotionsPath, durable: true)
    }

    /// Lets one process at a time change what is live.
    func lockForPromotion(waiting seconds: Int) throws(Fault) -> FileLock {
        try FileLock.take(
            root + "/.promotion-lock", waiting: seconds,
            busy: "\(root): another process is promoting an edition; try again when it is done")
    }
}
