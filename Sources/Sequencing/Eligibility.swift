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
    /// It may be shown from an age that the viewer has not, in years.
    case tooMature(from: Int)
    /// It can be watched in none of the viewer's languages.
    case noLanguage
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
        case .tooMature: "too mature"
        case .noLanguage: "in none of the viewer's languages"
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
        case .tooMature(let age): "\(name) (from \(age))"
        default: name
        }
    }
}

/// A title that a ranking or a plan leaves out, and why.
public struct Refusal: Hashable, Sendable {
    /// The title's id.
    public let title: String
    /// Why it is out. Where there are several reasons it is the first of: in a fixed slot, blocked, availability, region,
    /// age, language, clips.
    public let reason: RefusalReason

    /// Names a title and the reason.
    public init(title: String, reason: RefusalReason) {
        self.title = title
        self.reason = reason
    }
}

/// What of a viewer the hard rules look at: the same for many viewers, so that what follows from it is worked out once.
public struct Circumstances: Hashable, Sendable {
    /// Where the viewer is, such as `DE`, in upper case; `nil` if unknown.
    public var region: String?
    /// How far the viewer's clock is ahead of UTC: dates of titles begin at the viewer's midnight.
    public var offset: UTCOffset
    /// Titles from this age in years on are shown, those from a higher one not; `nil` shows all.
    public var maturity: Int?
    /// The languages that the viewer understands, in lower case; `nil` shows titles in any.
    public var languages: Set<String>?
    /// Whether a title that is cleared for some regions only is refused where the region is not known: a plan obeys rights, and one that
    /// can't be shown is none; a ranking shows tastes.
    public var needsRegion: Bool

    /// Describes a viewer's circumstances. Regions and languages may be written in any case.
    public init(
        region: String? = nil, offset: UTCOffset = .utc, maturity: Int? = nil, languages: Set<String>? = nil,
        needsRegion: Bool = true
    ) {
        self.region = region?.uppercased()
        self.offset = offset
        self.maturity = maturity
        self.languages = languages.map { Set($0.map { $0.lowercased() }) }
        self.needsRegion = needsRegion
    }
}

/// The hard rules that come before any score.
enum Eligibility {
    /// Why the title may not be shown at a time in some circumstances, whatever clips there are; `nil` if it may.
    ///
    /// Availability is half-open: `from` is in it, `until` is not.
    static func refusal(of title: TitleFacts, at: Timestamp, _ viewer: Circumstances) -> RefusalReason? {
        if title.isBlocked { return .blocked }
        if let from = title.availableFrom, at < from.timestamp(offset: viewer.offset) {
            return .notYetAvailable(from: from)
        }
        if let until = title.availableUntil, at >= until.timestamp(offset: viewer.offset) {
            return .noLongerAvailable(since: until)
        }
        if let regions = title.regions {
            if let region = viewer.region, !regions.contains(region) { return .notInRegion(region) }
            if viewer.region == nil, viewer.needsRegion { return .regionUnknown }
        }
        if let from = title.maturity, let age = viewer.maturity, from > age { return .tooMature(from: from) }
        if let theirs = title.languages, let ours = viewer.languages, theirs.isDisjoint(with: ours) {
            return .noLanguage
        }
        return nil
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
