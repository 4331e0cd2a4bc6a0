import Catalogue
import Diagnostics
import Editions
import Foundation
import HTTPTypes
import Stitching
import Streaming
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
        let id = live.edition(for: asked.viewer)
        // An edition is opened once; all that comes after is in memory.
        let served: ServedEdition
        if let known = editions.known(id) {
            served = known
        } else {
            served = try await blocking { [editions] () throws -> ServedEdition in try editions.edition(id) }
        }
        let pseudonym = settings.keys.pseudonym(of: asked.viewer)
        let now = Self.now
        let planned = try planner.plan(asked, names: [asked.viewer, Hex.text(pseudonym)], served)
        let made = try NewReel(planned, served, viewer: pseudonym, settings, at: now)
        let plan = planned.outcome.plan
        let document = ReelDocument(
            made, names: plan.slots.map { planner.name(of: $0.title) },
            posters: made.token.clips.map { served.poster(ofClip: $0).map(settings.addresses.poster) },
            seesReasons: seesReasons)
        let arms = planned.arms.isEmpty ? ["none"] : planned.arms.map(\.name)
        for arm in arms { metrics.add(.plans, [("cadence", plan.cadence ?? ""), ("arm", arm)]) }
        if !events.note(made.impression(at: now).line) { metrics.add(.impressionsLost) }
        return Response(
            status: .created,
            headers: [
                .contentType: "application/json", .cacheControl: "no-store", .location: document.hls,
            ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: document.json)))
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
        let stream = try await stream(of: text)
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

    /// What a player can choose from for a token. A player asks for several playlists, and they are worked out once.
    private func stream(of text: Substring) async throws -> ReelStream {
        let text = String(text)
        if let known = streams[text], Int64(known.expires) * 1_000 > Self.now.milliseconds,
            editions.known(known.edition) != nil
        {
            return known.stream
        }
        let token = try token(text)
        let stream = try await blocking { [self] () throws -> ReelStream in try self.stream(of: token) }
        let segments = stream.pictures.reduce(stream.sound?.segments.count ?? 0) { $0 + $1.segments.count }
        streams.insert((token.expires, token.edition, stream), for: text, size: 1_024 + 256 * segments)
        return stream
    }

    /// Reads from the disk, and makes sound that was never made.
    private func stream(of token: PlanToken) throws -> ReelStream {
        let served: ServedEdition
        do throws(Fault) {
            served = try editions.edition(token.edition)
        } catch {
            throw error.status == .notFound ? Problem.goneEdition : error
        }
        let reel = try StreamedReel(token, served)
        let sound = try sound(of: reel)
        return try reel.stream(sound: sound, at: settings.addresses) {
            [segments] object throws(Fault) in try segments.parts(of: object)
        }
    }

    /// The sound of a reel. Under a bed it depends on the reel's length alone, and is looked up once for all reels of a cadence.
    private func sound(of reel: StreamedReel) throws -> SoundTrack? {
        let audio = reel.plan.audio ?? AudioSettings()
        let clips = audio.mode?.needsClips == true ? reel.layouts[0].slots.map { "\($0.clip.ordinal)@\($0.start)" } : []
        let key = "\(reel.edition.id) \(reel.layouts[0].samples) \(audio) \(clips)"
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
    let planned: PlannedReel
    let served: ServedEdition
    let token: PlanToken
    /// The token as text.
    let text: String
    /// The reel's id.
    let id: String

    var outcome: PlanOutcome { planned.outcome }

    init(
        _ planned: PlannedReel, _ served: ServedEdition, viewer: [UInt8], _ settings: ServiceSettings,
        at now: Timestamp
    ) throws {
        let plan = planned.outcome.plan
        let clips = try plan.slots.map { try served.edition.clip(title: $0.title, type: $0.type).ordinal }
        guard clips.count <= PlanToken.maximumClips else {
            throw Problem(422, "no-reel", "No reel", "a reel may have \(PlanToken.maximumClips) slots at most")
        }
        self.planned = planned
        self.served = served
        token = PlanToken(
            edition: plan.edition, expires: UInt32(clamping: now.milliseconds / 1_000) + settings.tokenSeconds,
            viewer: viewer, cadence: PlanToken.number(ofCadence: plan.cadence ?? ""), seed: plan.seed ?? 0,
            arms: planned.armNumbers, audio: TokenAudio(plan.audio ?? AudioSettings(), beds: served.beds), clips: clips)
        (text, id) = token.signed(with: settings.keys)
    }

    /// The event that it was delivered.
    func impression(at now: Timestamp) -> Impression {
        var lengths: [Int64] = []
        if case .constant(let rate) = served.edition.manifest.frameRate {
            lengths = token.clips.map { rate.ticks(atFrame: served.clips[$0].range.count, in: .milliseconds) }
        }
        var impression = Impression(
            outcome.plan, reel: id, viewer: token.viewerName, lengths: lengths, at: now, titlesAt: planned.titlesAt,
            circumstances: planned.circumstances)
        impression.model = planned.model
        impression.arms = planned.arms.map(\.name)
        return impression
    }
}

/// The answer to a request for a reel.
struct ReelDocument: Sendable {
    let hls: String
    /// The document.
    let json: [UInt8]

    /// - Parameters:
    ///   - names: what people call the title of each slot.
    ///   - posters: where a picture of each slot's clip is.
    init(_ made: NewReel, names: [String], posters: [String?], seesReasons: Bool) {
        let hls = "/v1/r/\(made.text)/main.m3u8"
        var json = JSONWriter(capacity: 8_192)
        json.object { json in
            json.member("token", made.text)
            json.member("reel", made.id)
            json.member("hls", hls)
            json.member("dash", "/v1/r/\(made.text)/manifest.mpd")
            json.member("poster", posters.lazy.compactMap(\.self).first)
            json.member("expires", Timestamp(milliseconds: Int64(made.token.expires) * 1_000).description)
            json.object("plan") { Self.write(made, names, posters, seesReasons, to: &$0) }
        }
        (self.hls, self.json) = (hls, json.bytes)
    }

    private static func write(
        _ made: NewReel, _ names: [String], _ posters: [String?], _ seesReasons: Bool, to json: inout JSONWriter
    ) {
        let plan = made.outcome.plan
        json.member("edition", plan.edition)
        json.member("cadence", plan.cadence ?? "")
        json.member("model", made.planned.model)
        json.array("arms") { json in for arm in made.planned.arms { json.element(arm.name) } }
        json.member("frameRate", made.served.edition.manifest.frameRate.description)
        var start: Int64 = 0
        json.array("slots") { json in
            for (number, slot) in plan.slots.enumerated() {
                let frames = made.served.clips[made.token.clips[number]].range.count
                json.object { json in
                    json.member("slot", number + 1)
                    json.member("title", slot.title)
                    json.member("name", names[number])
                    json.member("type", slot.type)
                    json.member("start", start)
                    json.member("frames", frames)
                    json.member("poster", posters[number])
                    if seesReasons { write(slot, to: &json) }
                }
                start += frames
            }
        }
        json.member("frames", start)
        json.array("notes") { json in for note in made.outcome.notes { json.element(note) } }
        guard seesReasons else { return }
        json.array("refused") { json in
            for refusal in made.outcome.refused {
                json.object { json in
                    json.member("title", refusal.title)
                    json.member("reason", refusal.reason.description)
                }
            }
        }
    }

    private static func write(_ reasons: ReelPlan.Slot, to json: inout JSONWriter) {
        json.member("score", reasons.score)
        json.member("scaled", reasons.scaled)
        json.member("propensity", reasons.propensity)
        json.member("temperature", reasons.temperature)
        guard let why = reasons.why else { return }
        json.member("reason", why.words)
        json.array("why") { json in
            for term in why {
                json.object { json in
                    json.member("feature", term.feature)
                    json.member("value", term.value)
                    json.member("weight", term.weight)
                    json.member("product", term.product)
                }
            }
        }
    }
}
