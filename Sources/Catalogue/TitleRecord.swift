import Diagnostics
import Sequencing

/// A title as titles' files write it. Only `id` is required; unknown keys are ignored.
struct TitleRecord: Codable, Equatable {
    var id: String
    var name: String?
    var released: String?
    var genres: [String]?
    var tags: [String]?
    /// The first moment at which the title may be shown and the first at which it may no longer.
    var available: [String?]?
    var regions: [String]?
    var languages: [String]?
    var maturity: Int?
    var blocked: Bool?
    var popularity: Double?

    private enum CodingKeys: String, CodingKey {
        case id, name, released, genres, tags, available, regions, languages, maturity, blocked, popularity
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(String.self, forKey: .id)
        name = try container.decodeIfPresent(String.self, forKey: .name)
        released = try container.decodeIfPresent(String.self, forKey: .released)
        genres = try container.decodeIfPresent([String].self, forKey: .genres)
        tags = try container.decodeIfPresent([String].self, forKey: .tags)
        available = try container.decodeIfPresent([String?].self, forKey: .available)
        regions = try container.decodeIfPresent([String].self, forKey: .regions)
        languages = try container.decodeIfPresent([String].self, forKey: .languages)
        maturity = try container.decodeIfPresent(Int.self, forKey: .maturity)
        blocked = try container.decodeIfPresent(Bool.self, forKey: .blocked)
        popularity = try container.decodeIfPresent(Double.self, forKey: .popularity)
        try check { key, problem in
            DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: problem)
        }
    }

    /// Plays that no title has; beyond it sums would lose single plays.
    private static let mostPlays = 1e15

    private func check(_ error: (CodingKeys, String) -> DecodingError) throws {
        if let flaw = flaw(inName: id) { throw error(.id, "the id \(flaw)") }
        let lists: [(CodingKeys, [String]?)] = [
            (.genres, genres), (.tags, tags), (.regions, regions), (.languages, languages),
        ]
        for (key, list) in lists {
            for (index, entry) in (list ?? []).enumerated() {
                if let flaw = flaw(inName: entry) { throw error(key, "entry \(index + 1) \(flaw)") }
            }
        }
        if let regions, regions.isEmpty { throw error(.regions, "the list is empty; leave it out for everywhere") }
        if let released { _ = try moment(released, .released, error) }
        if let available {
            guard available.count == 2 else {
                throw error(.available, "expected two entries, from and until, found \(available.count)")
            }
            let from = try available[0].map { try moment($0, .available, error).timestamp(offset: .utc) }
            let until = try available[1].map { try moment($0, .available, error).timestamp(offset: .utc) }
            if let from, let until, until <= from {
                throw error(.available, "ends before it begins; the second date is the first on which it is over")
            }
        }
        if let maturity, maturity < 0 { throw error(.maturity, "\(maturity) is negative; it is an age in years") }
        if let popularity, !(0...Self.mostPlays).contains(popularity) {
            throw error(.popularity, "\(popularity) is not from 0 to 1e15 plays")
        }
    }

    private func moment(
        _ text: String, _ key: CodingKeys, _ error: (CodingKeys, String) -> DecodingError
    ) throws -> Moment {
        guard let moment = Moment(text) else {
            throw error(key, "'\(printable(text))' is not a date such as 2026-05-01 or an RFC 3339 time")
        }
        return moment
    }

    /// What sequencing reads of the title.
    func facts(plays: Double, likes: Int) -> TitleFacts {
        TitleFacts(
            id: id, released: released.flatMap { Moment($0) }, genres: Set(genres ?? []),
            availableFrom: (available?.first ?? nil).flatMap { Moment($0) },
            availableUntil: (available?.last ?? nil).flatMap { Moment($0) },
            regions: regions.map { Set($0.map { $0.uppercased() }) },
            languages: languages.flatMap { $0.isEmpty ? nil : Set($0.map { $0.lowercased() }) }, maturity: maturity,
            isBlocked: blocked ?? false, popularity: popularity ?? 0, plays: plays, likes: likes)
    }
}
