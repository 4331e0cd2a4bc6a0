import Diagnostics
import Editions
import Foundation
import HTTPTypes
import Stitching
import MediaTime
import Synchronization
import Hummingbird
import Manifests
import NIOCore
import Plans
import Sequencing

/// Answers that belong to one viewer: a new reel, and its playlists.
extension ServiceState {
    private static let maximumRequest = 16 << 10

    /// `POST /v1/reels`.
    func reel(_ request: Request) async throws -> Response {
        let (client, seesReasons) = try authorize(request)
        guard limiter.allows(client) else {
            metrics.add(.shed, [("reason", "rate")])
            throw Problem(
                429, "too-many-requests", "Too many requests", "this key asks for too many reels", retryAfter: 1)
        }
        let atWork = reelsAtWork.add(1, ordering: .relaxed).newValue
        defer { reelsAtWork.subtract(1, ordering: .relaxed) }
        guard atWork <= settings.reelsInFlight else {
            metrics.add(.shed, [("reason", "reels")])
            throw Problem.overloaded
        }
        let body = try await collect(request, limit: Self.maximumRequest)
        let asked: ReelRequest
        do throws(Fault) {
            asked = try StrictJSON.decode(ReelRequest.self, from: body, named: "the body")
        } catch { throw Problem.badRequest(error.message) }
        if let flaw = flaw(inName: asked.viewer) { throw Problem.badRequest("viewer: the id \(flaw)") }
        guard let planner else { throw Problem.noCatalogue }
        guard let live = editions.live else { throw Problem.noEdition }
        let (made, document) = try await blocking { [self] () throws -> (NewReel, ReelDocument) in
            let served = try editions.edition(live.edition(for: asked.viewer))
            let pseudonym = settings.keys.pseudonym(of: asked.viewer)
            let outcome = try planner.plan(asked, names: [asked.viewer, Hex.text(pseudonym)], served)
            let made = try NewReel(outcome, served, viewer: pseudonym, settings, at: Self.now)
            let addresses = MediaAddresses(base: settings.mediaBase)
            let posters = made.token.clips.map { served.poster(ofClip: $0).map(addresses.poster) }
            let names = outcome.plan.slots.map { planner.name(of: $0.title) }
            return (made, ReelDocument(made, names: names, posters: posters, seesReasons: seesReasons))
        }
        let plan = made.outcome.plan
        metrics.add(.plans, [("cadence", plan.cadence ?? ""), ("arm", "none")])
        if !events.note(Impression.line(plan, made.token, reel: made.id, at: Self.now)) {
            metrics.add(.impressionsLost)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        return Response(
            status: .created,
            headers: [
                .contentType: "application/json", .cacheControl: "no-store", .location: document.hls,
            ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encoder.encode(document))))
    }

    /// Who asks, and whether they may see reasons.
    private func authorize(_ request: Request) throws(Problem) -> (client: String, seesReasons: Bool) {
        if let header = request.headers[.authorization] {
            guard header.lowercased().hasPrefix("bearer "),
                let client = settings.keys.client(bearing: String(header.dropFirst(7)))
            else { throw Problem(401, "key-refused", "Key refused", "the bearer key is none of this service") }
            return (client, true)
        }
        guard settings.isOpen else {
            throw Problem(401, "key-needed", "Key needed", "send 'Authorization: Bearer KEY'; 'sizzle keys' makes keys")
        }
        return ("open", true)
    }

    /// The body of a request, if it is not too long. One that comes too slowly, its connection does not outlive: see `SlowClients`.
    func collect(_ request: Request, limit: Int) async throws -> [UInt8] {
        if let text = request.headers[.contentLength], let length = Int(text), length > limit {
            throw Problem.tooLarge(limit)
        }
        do {
            return Array(buffer: try await request.body.collect(upTo: limit))
        } catch is NIOTooManyBytesError {
            throw Problem.tooLarge(limit)
        } catch {
            // The client went away, or its chunks are none: nothing of ours has failed.
            throw Problem.badRequest("the body did not come whole")
        }
    }

    /// A playlist of a token's reel.
    func playlist(_ text: Substring, _ playlist: Route.Playlist) async throws -> Response {
        let token = try token(text)
        let stream = try await blocking { [self] () throws -> ReelStream in try self.stream(of: token) }
        var headers: HTTPFields = [
            .contentType: "application/vnd.apple.mpegurl", .cacheControl: "private, no-store",
        ]
        let body: String
        switch playlist {
        case .multivariant:
            body = HLS.multivariant(stream)
            headers[.link] = Self.preload(stream)
        case .manifest:
            body = DASH.manifest(stream)
            headers[.contentType] = "application/dash+xml"
        case .sound:
            guard let sound = stream.sound else { throw Problem.notFound }
            body = HLS.media(sound, of: stream)
        case .picture(let name): body = HLS.media(try rendition(name, stream), of: stream)
        case .keyFrames(let name): body = HLS.keyFrames(try rendition(name, stream), of: stream)
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
    }

    /// What is needed first can be asked for before the media playlists have come: RFC 8288, with the relation of HTML.
    private static func preload(_ stream: ReelStream) -> String {
        let first = Array(stream.pictures.prefix(1)) + [stream.sound].compactMap(\.self)
        var links: [String] = []
        for track in first {
            for address in [track.initAddress] + track.segments.prefix(1).map(\.address) {
                links.append("<\(address)>; rel=preload; as=fetch; crossorigin")
            }
        }
        return links.joined(separator: ", ")
    }

    private func rendition(_ name: Substring, _ stream: ReelStream) throws(Problem) -> StreamTrack {
        guard let track = stream.pictures.first(where: { $0.name == name }) else { throw Problem.notFound }
        return track
    }

    /// The token that a text stands for.
    func token(_ text: some StringProtocol) throws(Problem) -> PlanToken {
        do throws(PlanToken.Refusal) {
            return try PlanToken(text, keys: settings.keys, now: UInt32(clamping: Self.now.milliseconds / 1_000))
        } catch {
            throw error == .expired ? .expiredToken : .foreignToken
        }
    }

    /// What a player can choose from for a token. Reads from the disk, and makes sound that was never made.
    private func stream(of token: PlanToken) throws -> ReelStream {
        let served: ServedEdition
        do throws(Fault) {
            served = try editions.edition(token.edition)
        } catch {
            throw error.status == .notFound ? Problem.goneEdition : error
        }
        let reel = try ServedReel(token, served)
        let sound = try sound(of: reel)
        return try reel.stream(sound: sound, at: MediaAddresses(base: settings.mediaBase)) {
            [segments] (object, part) throws(Fault) in try segments.parts(of: object)?[part].keyBytes ?? 0
        }
    }

    /// The sound of a reel. Under a bed it depends on the reel's length alone, and is looked up once for all reels of a cadence.
    private func sound(of reel: ServedReel) throws -> SoundTrack? {
        let audio = reel.plan.audio ?? AudioSettings()
        let clips = audio.mode?.needsClips == true ? reel.layouts[0].slots.map { "\($0.clip.ordinal)@\($0.start)" } : []
        let key = "\(reel.edition.edition.id) \(reel.layouts[0].samples) \(audio) \(clips)"
        if let known = sounds[key] { return known }
        let sound = try reel.sound()
        sounds.insert(sound, for: key, size: 512 + 128 * (sound?.pieces.count ?? 0))
        return sound
    }
}

extension AudioSettings.Mode {
    /// Whether clips are heard.
    var needsClips: Bool { self == .mix || self == .clip }
}

extension Problem {
    static func tooLarge(_ limit: Int) -> Problem {
        Problem(413, "too-large", "Too large", "the body may have \(limit) bytes at most")
    }
}

/// A reel that was planned just now.
struct NewReel: Sendable {
    let outcome: PlanOutcome
    let served: ServedEdition
    let token: PlanToken
    /// The token as text.
    let text: String
    /// The reel's id.
    let id: String

    init(
        _ outcome: PlanOutcome, _ served: ServedEdition, viewer: [UInt8], _ settings: ServiceSettings, at now: Timestamp
    ) throws {
        let plan = outcome.plan
        let clips = try plan.slots.map { try served.edition.clip(title: $0.title, type: $0.type).ordinal }
        guard clips.count <= PlanToken.maximumClips else {
            throw Problem(422, "no-reel", "No reel", "a reel may have \(PlanToken.maximumClips) slots at most")
        }
        self.outcome = outcome
        self.served = served
        token = PlanToken(
            edition: plan.edition, expires: UInt32(clamping: now.milliseconds / 1_000) + settings.tokenSeconds,
            viewer: viewer, cadence: PlanToken.number(ofCadence: plan.cadence ?? ""), seed: plan.seed ?? 0,
            audio: TokenAudio(plan.audio ?? AudioSettings(), beds: served.beds), clips: clips)
        text = token.signed(with: settings.keys)
        id = PlanToken.reel(of: text)
    }
}

/// The answer to a request for a reel.
struct ReelDocument: Encodable, Sendable {
    struct Plan: Encodable, Sendable {
        struct Slot: Encodable, Sendable {
            var slot: Int
            var title: String
            var name: String
            var type: String
            var start: Int64
            var frames: Int64
            var poster: String?
            var score: Double?
            var propensity: Double?
            var why: [ReelPlan.Term]?
        }
        struct Refused: Encodable, Sendable {
            var title: String
            var reason: String
        }
        var edition: String
        var cadence: String
        var frameRate: String
        var frames: Int64
        var notes: [String]
        var slots: [Slot]
        var refused: [Refused]?
    }
    var token: String
    var reel: String
    var hls: String
    var dash: String
    var poster: String?
    var expires: String
    var plan: Plan

    init(_ made: NewReel, names: [String], posters: [String?], seesReasons: Bool) {
        let plan = made.outcome.plan
        token = made.text
        reel = made.id
        hls = "/v1/r/\(made.text)/main.m3u8"
        dash = "/v1/r/\(made.text)/manifest.mpd"
        poster = posters.compactMap(\.self).first
        expires = Timestamp(milliseconds: Int64(made.token.expires) * 1_000).description
        var start: Int64 = 0
        var slots: [Plan.Slot] = []
        for (number, slot) in plan.slots.enumerated() {
            let frames = made.served.clips[made.token.clips[number]].range.count
            slots.append(
                Plan.Slot(
                    slot: number + 1, title: slot.title, name: names[number], type: slot.type, start: start,
                    frames: frames,
                    poster: posters[number], score: seesReasons ? slot.score : nil,
                    propensity: seesReasons ? slot.propensity : nil, why: seesReasons ? slot.why : nil))
            start += frames
        }
        self.plan = Plan(
            edition: plan.edition, cadence: plan.cadence ?? "",
            frameRate: made.served.edition.manifest.frameRate.description, frames: start, notes: made.outcome.notes,
            slots: slots,
            refused: seesReasons
                ? made.outcome.refused.map { Plan.Refused(title: $0.title, reason: $0.reason.description) } : nil)
    }
}
