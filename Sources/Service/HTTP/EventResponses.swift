import Catalogue
import Diagnostics
import HTTPTypes
import Hummingbird
import Sequencing
import NIOCore

/// Answers to players that tell what was watched.
extension ServiceState {
    /// `POST /v1/events`: 202 when the events are on the disk.
    func take(_ request: Request) async throws -> Response {
        let body = try await collect(request, limit: EventBatch.maximumBytes)
        let batch = try await blocking { [self] () throws -> EventBatch in
            try EventBatch(body) { text throws in try self.owner(text) }
        }
        var ids: Set<String> = []
        let fresh = batch.lines.filter { seen[$0.name] == nil && ids.insert($0.name).inserted }
        if !fresh.isEmpty, await !events.append(fresh.flatMap(\.bytes)) {
            metrics.add(.eventsRefused)
            throw Problem(
                503, "events-refused", "Events refused", "they cannot be stored now; send them again", retryAfter: 5)
        }
        for line in fresh {
            seen.insert(true, for: line.name, size: 128 + line.name.utf8.count)
            count(line.check)
        }
        let duplicates = batch.lines.count - fresh.count
        for _ in 0..<duplicates { metrics.add(.events, [("type", "any"), ("result", "duplicate")]) }
        return Response(
            status: .accepted, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(
                byteBuffer: ByteBuffer(string: #"{"accepted":\#(fresh.count),"duplicates":\#(duplicates)}"#)))
    }

    private func owner(_ text: String) throws -> EventBatch.Owner {
        let token = try token(text)
        let clips = try? editions.edition(token.edition).clips
        let slots = clips.map { clips in
            token.clips.filter(clips.indices.contains).map { (title: clips[$0].title, type: clips[$0].type) }
        }
        return EventBatch.Owner(token: token, reel: PlanToken.reel(of: text), slots: slots)
    }

    private func count(_ event: EventCheck) {
        metrics.add(.events, [("type", event.type), ("result", "accepted")])
        metrics.add(.rebufferMilliseconds, [], event.stalledMilliseconds)
        // Later slots are counted together: a label must not grow without end.
        guard let slot = event.slot else { return }
        let place = [("slot", slot <= 32 ? "\(slot)" : "33+")]
        switch event.type {
        case "slot_start": metrics.add(.slotStarts, place)
        case "slot_complete": metrics.add(.slotCompletions, place)
        case "skip": metrics.add(.slotSkips, place)
        default: break
        }
    }
}
