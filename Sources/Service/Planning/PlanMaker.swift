import Catalogue
import Diagnostics
import Editions
import Plans
import Sequencing
private import Synchronization

/// What a request for a reel says.
struct ReelRequest: Decodable, Sendable {
    var viewer: String
    var cadence: String?
    var region: String?
    /// The viewer's offset from UTC: `+01:00`.
    var tz: String?
    /// Only titles that may be shown at this age, in years.
    var maturity: Int?
    /// Only titles in one of these languages.
    var languages: [String]?
    var seed: UInt64?
    /// What is heard; the edition's default without it.
    var sound: AudioSettings.Mode?

    /// The viewer's circumstances, checked.
    func circumstances() throws(Problem) -> Circumstances {
        if let region, region.isEmpty || !isPlain(region, upTo: 16, and: "-") {
            throw .badRequest("region: '\(printable(region))' is no region such as DE or US-CA")
        }
        if let maturity, !(0...150).contains(maturity) {
            throw .badRequest("maturity: \(maturity) is no age from 0 to 150 years")
        }
        let languages = languages ?? []
        if let flawed = languages.first(where: { $0.isEmpty || !isPlain($0, upTo: 35, and: "-") }) {
            throw .badRequest("languages: '\(printable(flawed))' is no language such as en or pt-BR")
        }
        guard languages.count <= 16 else { throw .badRequest("languages: there are more than 16") }
        var offset = UTCOffset.utc
        if let tz {
            guard let known = UTCOffset(tz) else {
                throw .badRequest("tz: '\(printable(tz))' is not an offset from UTC such as +01:00")
            }
            offset = known
        }
        return Circumstances(
            region: region, offset: offset, maturity: maturity, languages: languages.isEmpty ? nil : Set(languages))
    }
}

/// Plans reels from titles that are kept in memory and one viewer's likes.
final class PlanMaker: Sendable {
    /// The titles as they stood at one time, with what was laid out for plans from them.
    private final class Titles: Sendable {
        struct Key: Hashable {
            var edition: String
            var cadence: String
            var circumstances: Circumstances
        }
        let table: TitleTable
        let names: [String: String]
        let plans = GenerationCache<Key, PlanTable>(limit: 64 << 20)

        init(_ table: TitleTable, names: [String: String]) { (self.table, self.names) = (table, names) }
    }
    private let catalogue: Catalogue
    private let cadences: [String: Cadence]
    private let titles = Mutex<Titles?>(nil)

    init(_ catalogue: Catalogue, cadences: [Cadence]) {
        self.catalogue = catalogue
        self.cadences = Dictionary(cadences.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    }

    /// The cadences that may be asked for.
    var cadenceNames: [String] { cadences.keys.sorted() }

    /// What people call a title; its id where it has no name.
    func name(of title: String) -> String { titles.withLock { $0?.names[title] } ?? title }

    /// Reads the titles again.
    /// - Throws: `Fault` when the catalogue cannot be read; the titles stay as they were.
    func look(at now: Timestamp) throws(Fault) {
        let table = TitleTable(at: now, titles: try catalogue.titles(at: now))
        let names = try catalogue.titleNames()
        titles.withLock { $0 = Titles(table, names: names) }
    }

    /// Plans a reel. Reads from the disk what the viewer likes.
    /// - Parameter names: what the viewer is known by in events.
    /// - Throws: `Problem` when the request cannot be met, `Fault` when the catalogue cannot be read.
    func plan(_ request: ReelRequest, names: [String], _ served: ServedEdition) throws -> PlanOutcome {
        guard let titles = titles.withLock({ $0 }) else { throw Problem.noCatalogue }
        guard let cadence = cadences[request.cadence ?? "default"] else {
            throw Problem.badRequest(
                "cadence: '\(printable(request.cadence ?? ""))' is not known; there is \(cadenceNames.joined(separator: ", "))"
            )
        }
        let circumstances = try request.circumstances()
        let liked = try catalogue.liked(by: names, at: titles.table.at)
        do throws(Fault) {
            let table = try table(titles, served, cadence, circumstances)
            return try table.plan(
                PlanRequest(
                    viewer: ViewerFacts(id: request.viewer, liked: liked),
                    audio: served.edition.resolved(AudioSettings(mode: request.sound)), seed: request.seed))
        } catch {
            throw Problem(422, "no-reel", "No reel", error.message)
        }
    }

    private func table(
        _ titles: Titles, _ served: ServedEdition, _ cadence: Cadence, _ circumstances: Circumstances
    ) throws(Fault) -> PlanTable {
        let key = Titles.Key(edition: served.edition.id, cadence: cadence.name, circumstances: circumstances)
        if let known = titles.plans[key] { return known }
        let table = try PlanTable(
            EligibleTitles(titles.table, circumstances), edition: served.edition.id, clips: served.clips,
            cadence: cadence)
        titles.plans.insert(table, for: key, size: 1_024 + table.bytes)
        return table
    }
}
