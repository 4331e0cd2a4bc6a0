import Diagnostics

/// Why a title is not in a plan; always one of these names.
public enum RefusalReason: Hashable, Sendable, CustomStringConvertible {
    /// The title is blocked.
    case blocked
    /// Its availability has not begun.
    case notYetAvailable(from: Moment)
    /// Its availability is over.
    case noLongerAvailable(since: Moment)
    /// It is cleared for other regions only.
    case notInRegion(String)
    /// It is cleared for some regions only, and the viewer's is not known.
    case regionUnknown
    /// The edition has no clip of it.
    case noClip
    /// The edition has clips of it, but none of a type and a length that a ranked slot of the cadence takes.
    case noFittingClip
    /// The cadence places it in a fixed slot; such a title is never ranked.
    case bumper
    /// The edition has clips of it, but the catalogue does not know it, so its rights are unknown.
    case notInCatalogue

    /// The reason's name, the same for all titles that are refused for it.
    public var name: String {
        switch self {
        case .blocked: "blocked"
        case .notYetAvailable: "not yet available"
        case .noLongerAvailable: "no longer available"
        case .notInRegion: "not in region"
        case .regionUnknown: "region unknown"
        case .noClip: "no clip"
        case .noFittingClip: "no clip that fits a slot"
        case .bumper: "bumper"
        case .notInCatalogue: "not in the catalogue"
        }
    }

    /// The name with its particulars: `not yet available (from 2027-01-01)`.
    public var description: String {
        switch self {
        case .notYetAvailable(let moment): "\(name) (from \(moment))"
        case .noLongerAvailable(let moment): "\(name) (since \(moment))"
        case .notInRegion(let region): "\(name) (\(region))"
        default: name
        }
    }
}

/// A title that a ranking or a plan leaves out, and why.
public struct Refusal: Hashable, Sendable {
    /// The title's id.
    public let title: String
    /// Why it is out. Where there are several reasons it is the first of: in a fixed slot, blocked, availability, region, clips.
    public let reason: RefusalReason

    /// Names a title and the reason.
    public init(title: String, reason: RefusalReason) {
        self.title = title
        self.reason = reason
    }
}

/// The hard rules that come before any score.
enum Eligibility {
    /// Why the title may not be shown at a time in a region, whatever clips there are; `nil` if it may.
    ///
    /// Availability is half-open: `from` is in it, `until` is not. A title that is cleared for some regions is refused where
    /// the region is unknown, since a right that can't be shown is none.
    static func refusal(
        of title: TitleFacts, at: Timestamp, offset: UTCOffset, region: String?, ignoringRegions: Bool
    ) -> RefusalReason? {
        if title.isBlocked { return .blocked }
        if let from = title.availableFrom, at < from.timestamp(offset: offset) { return .notYetAvailable(from: from) }
        if let until = title.availableUntil, at >= until.timestamp(offset: offset) {
            return .noLongerAvailable(since: until)
        }
        guard let regions = title.regions, !ignoringRegions else { return nil }
        guard let region else { return .regionUnknown }
        return regions.contains(region.uppercased()) ? nil : .notInRegion(region.uppercased())
    }

    /// Refusals in words, for a message: `2 blocked (A, B), 1 no clip (C)`; `nothing` where none was refused.
    static func summary(_ refused: [Refusal]) -> String {
        var names: [String] = []
        var titles: [String: [String]] = [:]
        for refusal in refused {
            if titles[refusal.reason.name] == nil { names.append(refusal.reason.name) }
            titles[refusal.reason.name, default: []].append(printable(refusal.title))
        }
        let parts = names.map { name in
            let all = titles[name] ?? []
            let more = all.count > 5 ? ", …" : ""
            return "\(all.count) \(name) (\(all.prefix(5).joined(separator: ", "))\(more))"
        }
        return parts.isEmpty ? "nothing" : parts.joined(separator: ", ")
    }
}
