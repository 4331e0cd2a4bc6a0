import Catalogue
import Diagnostics
import Editions
import Experiments
import Models
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

/// A plan, and what it was made by.
struct PlannedReel: Sendable {
    let outcome: PlanOutcome
    let circumstances: Circumstances
    /// The moment for which titles were known.
    let titlesAt: Timestamp
    /// The name of the model; `nil` for the standard weights.
    let model: String?
    /// The arms that the viewer is in.
    let arms: [ArmAssignment]
    /// The same as a token has them.
    let armNumbers: [UInt64]
}

/// Plans reels from what is known of titles, viewers, models and experiments at one time, all of it in memory: planning reads no disk.
final class PlanMaker: Sendable {
    private struct Key: Hashable {
        var edition: String
        var cadence: String
        var circumstances: Circumstances
    }
    /// What is known at one time, with what was laid out for plans from it.
    private final class Knowledge: Sendable {
        let table: TitleTable
        let names: [String: String]
        let model: String?
        let policy: RankingPolicy
        let experiments: ServedExperiments
        let plans = GenerationCache<Key, PlanTable>(limit: 64 << 20)

        init(
            _ table: TitleTable, names: [String: String], model: String?, policy: RankingPolicy,
            experiments: ServedExperiments
        ) {
            (self.table, self.names, self.model) = (table, names, model)
            (self.policy, self.experiments) = (policy, experiments)
        }
    }
    private let catalogue: Catalogue
    private let settings: PlanSettings
    private let cadences: [String: Cadence]
    private let viewers: ServedViewers
    private let knowledge = Mutex<Knowledge?>(nil)

    /// - Throws: `Fault` when the snapshot of viewers cannot be read.
    init(_ catalogue: Catalogue, cadences: [Cadence], _ settings: PlanSettings) throws(Fault) {
        self.catalogue = catalogue
        self.settings = settings
        self.cadences = Dictionary(cadences.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        viewers = try ServedViewers(catalogue, snapshot: settings.viewers)
    }

    /// The cadences that may be asked for.
    var cadenceNames: [String] { cadences.keys.sorted() }

    /// What people call a title; its id where it has no name.
    func name(of title: String) -> String { knowledge.withLock { $0?.names[title] } ?? title }

    /// Reads titles, viewers, the live model and experiments again.
    /// - Throws: `Fault` when something cannot be read; what was known stays.
    func look(at now: Timestamp) throws(Fault) {
        let live = try settings.models?.liveModel()
        let known = knowledge.withLock { $0 }
        var policy = live?.model.policy ?? settings.policy
        if let exploration = settings.exploration { policy.exploration = exploration }
        let table = TitleTable(at: now, titles: try catalogue.titles(at: now), items: live?.model.items)
        let next = Knowledge(
            table, names: try catalogue.titleNames(), model: live?.name, policy: policy,
            experiments: try ServedExperiments(catalogue.experiments(), known: known?.experiments))
        knowledge.withLock { $0 = next }
        try viewers.look()
    }

    /// Plans a reel. Reads no disk.
    /// - Parameter names: what the viewer is known by in events; the first one is who experiments deal an arm to.
    /// - Throws: `Problem` when the request cannot be met.
    func plan(_ request: ReelRequest, names: [String], _ served: ServedEdition) throws(Problem) -> PlannedReel {
        guard let known = knowledge.withLock({ $0 }) else { throw Problem.noCatalogue }
        // An arm whose cadence is not here can't be served; it lacks these viewers then, and its report says so.
        let arms = known.experiments.assignments(viewer: names[0], at: ServiceState.now.milliseconds).filter {
            $0.assignment.changes.cadence.map { cadences[$0] != nil } ?? true
        }
        let changes = arms.map(\.assignment).changes
        // What is asked for by name is not experimented with.
        let name = request.cadence ?? changes.cadence ?? "default"
        guard let cadence = cadences[name] else {
            throw .badRequest(
                "cadence: '\(printable(name))' is not known; there is \(cadenceNames.joined(separator: ", "))")
        }
        let circumstances = try request.circumstances()
        do throws(Fault) {
            let table = try table(known, served, cadence, circumstances)
            let outcome = try table.plan(
                PlanRequest(
                    viewer: ViewerFacts(id: request.viewer, liked: viewers.liked(by: names)),
                    audio: served.edition.resolved(AudioSettings(mode: request.sound)), seed: request.seed,
                    policy: known.policy.changed(by: changes)))
            return PlannedReel(
                outcome: outcome, circumstances: circumstances, titlesAt: known.table.at, model: known.model,
                arms: arms.map(\.assignment), armNumbers: arms.map(\.number))
        } catch {
            throw Problem(422, "no-reel", "No reel", error.message)
        }
    }

    private func table(
        _ known: Knowledge, _ served: ServedEdition, _ cadence: Cadence, _ circumstances: Circumstances
    ) throws(Fault) -> PlanTable {
        let key = Key(edition: served.edition.id, cadence: cadence.name, circumstances: circumstances)
        if let table = known.plans[key] { return table }
        let table = try PlanTable(
            EligibleTitles(known.table, circumstances), edition: served.edition.id, clips: served.clips,
            cadence: cadence)
        known.plans.insert(table, for: key, size: 1_024 + table.bytes)
        return table
    }
}

/// How plans are made.
struct PlanSettings: Sendable {
    /// The file of what viewers like; `nil` reads the catalogue instead.
    var viewers: String?
    /// The models of the library; `nil` where there are none.
    var models: ModelStore?
    /// The policy where no model is live.
    var policy: RankingPolicy
    /// What is left to chance, whatever the model says; `nil` leaves that to the model.
    var exploration: Exploration?
}
