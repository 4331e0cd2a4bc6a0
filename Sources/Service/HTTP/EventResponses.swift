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
            count(line)
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
        // Events of a reel whose edition is gone are taken all the same.
        let served = try? editions.edition(token.edition)
        let slots = served.map { served in
            token.clips.filter(served.clips.indices.contains).map { clip in
                EventBatch.Owner.Slot(
                    title: served.clips[clip].title, type: served.clips[clip].type,
                    milliseconds: served.milliseconds(ofClip: clip))
            }
        }
        return EventBatch.Owner(token: token, reel: PlanToken.reel(of: text), slots: slots)
    }

    private func count(_ line: EventBatch.Line) {
        let event = line.check
        metrics.add(.events, [("type", event.type), ("result", "accepted")])
        metrics.add(.rebufferMilliseconds, [], event.stalledMilliseconds)
        metrics.add(.playedMilliseconds, [], line.playedMilliseconds)
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
