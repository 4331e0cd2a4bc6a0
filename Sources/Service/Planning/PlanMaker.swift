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
    var seed: UInt64?
    /// What is heard; the edition's default without it.
    var sound: AudioSettings.Mode?
}

/// Plans reels from titles that are kept in memory and one viewer's likes.
final class PlanMaker: Sendable {
    private struct Titles {
        var at: Timestamp
        var facts: [TitleFacts]
        var names: [String: String]
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
        let facts = try catalogue.titles(at: now)
        let names = try catalogue.titleNames()
        titles.withLock { $0 = Titles(at: now, facts: facts, names: names) }
    }

    /// Plans a reel.
    /// - Parameter names: what the viewer is known by in events.
    /// - Throws: `Problem` when the request cannot be met, `Fault` when the catalogue cannot be read.
    func plan(_ request: ReelRequest, names: [String], _ served: ServedEdition) throws -> PlanOutcome {
        guard let titles = titles.withLock({ $0 }) else { throw Problem.noCatalogue }
        guard let cadence = cadences[request.cadence ?? "default"] else {
            throw Problem.badRequest(
                "cadence: '\(printable(request.cadence ?? ""))' is not known; there is \(cadenceNames.joined(separator: ", "))"
            )
        }
        if let region = request.region, region.isEmpty || !isPlain(region, upTo: 16, and: "-") {
            throw Problem.badRequest("region: '\(printable(region))' is no region such as DE or US-CA")
        }
        let offset = try request.tz.map { text in
            guard let offset = UTCOffset(text) else {
                throw Problem.badRequest("tz: '\(printable(text))' is not an offset from UTC such as +01:00")
            }
            return offset
        }
        let liked = try catalogue.liked(by: names, at: titles.at)
        do throws(Fault) {
            return try Planner.plan(
                PlanRequest(
                    snapshot: Snapshot(
                        at: titles.at, titles: titles.facts, viewer: ViewerFacts(id: request.viewer, liked: liked)),
                    edition: served.edition.id, clips: served.clips, cadence: cadence,
                    audio: served.edition.resolved(AudioSettings(mode: request.sound)), seed: request.seed,
                    region: request.region, offset: offset ?? .utc))
        } catch {
            throw Problem(422, "no-reel", "No reel", error.message)
        }
    }
}
