import Catalogue
import Diagnostics
import Editions
private import FileSystem
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Manifests
import NIOCore
import NIOPosix
import Sequencing
import Synchronization

/// All that answers are made of. Requests share it; what is kept of tokens any other process could work out again.
final class ServiceState: Sendable {
    let settings: ServiceSettings
    let metrics = Metrics()
    let editions: ServedEditions
    let segments: SegmentStore
    /// Init segments and pictures.
    let objects = GenerationCache<ObjectID, ByteBuffer>(limit: 32 << 20)
    /// The sound of reels, by what it depends on.
    let sounds = GenerationCache<String, SoundTrack?>(limit: 16 << 20)
    /// Streams of tokens that were asked for lately, by the token, and when it expires in seconds since
    /// 1970.
    let streams = GenerationCache<String, (expires: UInt32, edition: String, stream: ReelStream)>(limit: 16 << 20)
    let planner: PlanMaker?
    let catalogue: Catalogue?
    let events: EventLog
    let limiter: RateLimiter
    /// Lines a second that what players say of themselves may add to the log.
    let remarks = RateLimiter(perSecond: 500)
    /// Ids of events that came lately: a retry is not counted twice.
    let seen = GenerationCache<String, Bool>(limit: 16 << 20)
    let reelsAtWork = Atomic<Int>(0)
    private let threads = NIOThreadPool.singleton

    /// - Parameter report: gets a line when events cannot be written.
    /// - Throws: `Fault` when the library, the catalogue or the folder of events cannot be used.
    init(_ settings: ServiceSettings, report: @escaping @Sendable (String) -> Void) throws(Fault) {
        self.settings = settings
        let looksPerToken = Int(settings.tokenSeconds) * 1_000 / Int(max(1, settings.lookMilliseconds))
        editions = ServedEditions(settings.library, patience: looksPerToken)
        segments = SegmentStore(settings.library, bytes: settings.cacheBytes)
        var catalogue: Catalogue?
        if let path = settings.catalogue { catalogue = try Catalogue.open(path, creating: false, cache: 16 << 20) }
        self.catalogue = catalogue
        planner = try catalogue.map { catalogue throws(Fault) in
            try PlanMaker(catalogue, cadences: settings.cadences, settings.plans)
        }
        events = try EventLog(
            settings.eventsFolder, catalogue: catalogue, rotation: settings.eventsRotation, report: report)
        limiter = RateLimiter(perSecond: settings.rate)
        try editions.look()
        try planner?.look(at: Self.now)
    }

    /// The time, as events have it.
    static var now: Timestamp { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000)) }

    /// Does what may wait for a disk or compute for long, away from the threads that serve.
    func blocking<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await threads.runIfActive(work)
    }

    /// The answer of a route.
    /// - Throws: `Problem`, or what made it impossible.
    func answer(_ route: Route, _ request: Request, _ logger: Logger) async throws -> Response {
        switch route {
        case .segment(let key): return try await segment(key, request)
        case .initSegment(let object): return try await self.object(object, "mp4", "video/mp4", request)
        case .poster(let object): return try await self.object(object, "jpg", "image/jpeg", request)
        case .playlist(let token, let playlist): return try await self.playlist(token, playlist)
        case .reels: return try await reel(request)
        case .events: return try await take(request)
        case .health: return Self.text("alive\n")
        case .ready:
            guard editions.live != nil else { throw Problem.noEdition }
            return Self.text("ready\n")
        case .metrics: return Self.text(metrics.text(gauges()), type: "text/plain; version=0.0.4; charset=utf-8")
        case .openAPI: return Self.file(PackageResources.openapi_json, "application/json")
        case .page(let name):
            guard let bytes = Page.files[name[...]] else { throw Problem.notFound }
            let type = name.hasSuffix(".css") ? "text/css" : name.hasSuffix(".js") ? "text/javascript" : "text/html"
            return Self.file(bytes, type + "; charset=utf-8")
        }
    }

    static func text(_ text: String, type: String = "text/plain; charset=utf-8") -> Response {
        Response(
            status: .ok, headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    private static func file(_ bytes: [UInt8], _ type: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: type, .cacheControl: "no-cache"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    private func gauges() -> [Metrics.Gauge] {
        let live = editions.live
        var roles: [(labels: [(String, String)], value: Int)] = []
        if let live { roles.append(([("edition", live.edition), ("role", "stable")], 1)) }
        if let canary = live?.canary { roles.append(([("edition", canary.edition), ("role", "canary")], 1)) }
        let clips = live.flatMap { editions.known($0.edition)?.clips.count } ?? 0
        return [
            .init(
                name: "sizzle_http_requests_in_flight", help: "Requests that are being answered.",
                values: [([], metrics.inFlight.load(ordering: .relaxed))]),
            .init(
                name: "sizzle_segment_cache_hits_total", help: "Segments that were in memory.", isCounter: true,
                values: [([], segments.hits.load(ordering: .relaxed))]),
            .init(
                name: "sizzle_segment_cache_misses_total", help: "Segments that had to be made.", isCounter: true,
                values: [([], segments.misses.load(ordering: .relaxed))]),
            .init(
                name: "sizzle_segment_cache_bytes", help: "Bytes of segments in memory.", values: [([], segments.bytes)]
            ),
            .init(
                name: "sizzle_connections", help: "Connections that are open.",
                values: [([], metrics.connections.load(ordering: .relaxed))]),
            .init(
                name: "sizzle_events_pending", help: "Bytes of events that wait to be written.",
                values: [([], events.pendingBytes)]),
            .init(
                name: "sizzle_events_unstored", help: "Bytes of events that wait to be stored in the catalogue.",
                values: [([], Int(events.unstoredBytes))]),
            .init(name: "sizzle_edition_live", help: "1 for each edition that viewers get.", values: roles),
            .init(name: "sizzle_edition_clips", help: "Clips of the stable edition.", values: [([], clips)]),
        ]
    }
}

/// Lets each client have so many requests a second, and as many at once: a bucket that fills steadily.
final class RateLimiter: Sendable {
    private struct Bucket {
        var left: Int
        var filled: ContinuousClock.Instant
    }
    private let perSecond: Int
    private let buckets = Mutex<[String: Bucket]>([:])

    /// - Parameter perSecond: 0 for no limit.
    init(perSecond: Int) { self.perSecond = perSecond }

    /// Whether a client may have another request now.
    func allows(_ client: String, at now: ContinuousClock.Instant = .now) -> Bool {
        guard perSecond > 0 else { return true }
        return buckets.withLock { buckets in
            var bucket = buckets[client] ?? Bucket(left: perSecond, filled: now)
            let elapsed = bucket.filled.duration(to: now).components
            let more = Int(
                clamping: (Int128(elapsed.seconds) * 1_000_000_000 + Int128(elapsed.attoseconds / 1_000_000_000))
                    * Int128(perSecond) / 1_000_000_000)
            if more > 0 { bucket = Bucket(left: min(perSecond, bucket.left + more), filled: now) }
            let isAllowed = bucket.left > 0
            if isAllowed { bucket.left -= 1 }
            buckets[client] = bucket
            return isAllowed
        }
    }
}
