internal import Catalogue
public import Diagnostics
public import Editions
public import Farm
private import Models
private import Plans
public import Sequencing
private import Sound
private import Synchronization

/// What all lines of a job list share: the library, its open editions, and what plans are made from.
public final class FarmSession: Sendable {
    /// The library.
    public let library: Library
    /// What all tasks of the list agreed on.
    public let settings: FarmSettings
    private let override: String?
    private let cadences: @Sendable (String) throws -> Cadence
    private let circumstances: Circumstances
    private let editions = Mutex<[String: Edition]>([:])
    private let tables = Mutex<[String: PlanTable]>([:])
    private let sounds = Mutex<[SoundKey: SoundTrack]>([:])
    private let titles = Mutex<PlanningFacts?>(nil)

    /// What all viewers' plans are made from.
    private struct PlanningFacts {
        var catalogue: Catalogue
        var titles: TitleTable
        var policy: RankingPolicy
    }

    /// Begins a session.
    /// - Parameters:
    ///   - override: an edition that takes the place of those that lines name.
    ///   - cadences: reads a cadence by its name.
    public init(
        _ library: Library, _ settings: FarmSettings, edition override: String? = nil,
        circumstances: Circumstances = Circumstances(), cadences: @escaping @Sendable (String) throws -> Cadence
    ) {
        self.library = library
        self.settings = settings
        self.override = override
        self.circumstances = circumstances
        self.cadences = cadences
    }

    /// The edition that a line means; it stays open.
    func edition(_ reference: String) throws(Fault) -> Edition {
        let named = override ?? reference
        let id = named == "current" ? settings.edition : named
        if let known = editions.withLock({ $0[id] }) { return known }
        let edition = try library.edition(id)
        editions.withLock { editions in
            // A list may name as many as it likes.
            if editions.count >= 16 { editions.removeAll() }
            editions[id] = edition
        }
        return edition
    }

    /// What a line is to the farm.
    /// - Throws: `Fault` when its edition is not there, or has not the sound that it asks for.
    public func identify(_ job: FarmJob) throws(Fault) -> JobIdentity {
        do throws(Fault) {
            let edition = try edition(job.edition)
            switch job.content {
            case .viewer(let request):
                return JobIdentity(request, edition: edition.id, at: settings.at, rendition: job.rendition)
            case .plan(var plan):
                plan.audio = try edition.resolved(plan.audio)
                return JobIdentity(reel: plan.identity(edition: edition.id), rendition: job.rendition)
            }
        } catch {
            // An edition that a line names is part of the line, not of the command.
            throw error.status == .notFound ? Fault(.badInput, error.message) : error
        }
    }

    /// The reel of a line.
    /// - Throws: `Fault` when it cannot be planned or laid out.
    func resolve(_ job: FarmJob) throws -> ResolvedReel {
        let edition = try edition(job.edition)
        switch job.content {
        case .plan(let plan): return try ResolvedReel(plan, edition, rendition: job.rendition)
        case .viewer(let request):
            return try ResolvedReel(plan(request, edition).plan, edition, rendition: job.rendition)
        }
    }

    /// What a bed under a reel depends on.
    private struct SoundKey: Hashable {
        var edition: String
        var samples: Int64
        var audio: String
    }

    /// The sound of a reel; where a bed plays alone, all reels of its length share it.
    func sound(of reel: ResolvedReel) throws -> SoundTrack? {
        guard let audio = reel.plan.audio, audio.mode == .bed else { return try reel.sound() }
        let key = SoundKey(edition: reel.edition.id, samples: reel.layout.samples, audio: "\(audio)")
        if let known = sounds.withLock({ $0[key] }) { return known }
        let made = try reel.sound()
        sounds.withLock { sounds in
            if sounds.count >= 256 { sounds.removeAll() }
            sounds[key] = made
        }
        return made
    }

    /// Plans a viewer's reel.
    /// - Throws: `Fault` when the catalogue or the cadence is not there, or too few titles are.
    func plan(_ request: ViewerJob, _ edition: Edition) throws -> PlanOutcome {
        let facts = try factsOnce()
        let table = try table(request.cadence, edition, facts.titles)
        let liked = try facts.catalogue.liked(by: [request.viewer], at: facts.titles.at)
        return try table.plan(
            PlanRequest(
                viewer: ViewerFacts(id: request.viewer, liked: liked), audio: edition.resolved(request.audio),
                seed: request.seed, policy: facts.policy))
    }

    /// The viewers of a segment.
    func viewers(_ segment: Segment) throws(Fault) -> [String] {
        let facts = try factsOnce()
        return try facts.catalogue.viewers(segment, at: facts.titles.at)
    }

    private func factsOnce() throws(Fault) -> PlanningFacts {
        if let known = titles.withLock({ $0 }) { return known }
        guard let at = Timestamp(rfc3339: settings.at) else {
            throw Fault(.badInput, "\(settings.at): is not a time; write it as 2026-11-24T20:15:00Z")
        }
        let catalogue = try Catalogue.open(library.cataloguePath, creating: false)
        let model = try settings.model.map { name throws(Fault) in try ModelStore(library: library.root).model(name) }
        let made = PlanningFacts(
            catalogue: catalogue,
            titles: TitleTable(at: at, titles: try catalogue.titles(at: at), items: model?.items),
            policy: model?.policy ?? .standard)
        titles.withLock { $0 = made }
        return made
    }

    private func table(_ cadence: String, _ edition: Edition, _ titles: TitleTable) throws -> PlanTable {
        let key = "\(edition.id)\u{1F}\(cadence)"
        if let known = tables.withLock({ $0[key] }) { return known }
        let table = try PlanTable(
            EligibleTitles(titles, circumstances), edition: edition.id, clips: edition.planningClips(),
            cadence: cadences(cadence))
        tables.withLock { $0[key] = table }
        return table
    }
}

extension FarmSettings {
    /// What the first task of a list takes: the edition that is live unless another is named, and the live model.
    /// - Parameters:
    ///   - at: the time to plan for (RFC 3339).
    ///   - isPlain: whether reels are written without fragments.
    /// - Throws: `Fault` when the edition or the model is not there.
    public static func proposed(
        by library: Library, edition: String?, at: String, isPlain: Bool = false
    ) throws(Fault) -> FarmSettings {
        var settings = FarmSettings(
            edition: try library.edition(edition ?? "current").id, at: at,
            model: try ModelStore(library: library.root).liveModel()?.name)
        settings.isPlain = isPlain ? true : nil
        return settings
    }
}
