import FileSystem
import Foundation
import Logging
import Sequencing
import ServiceLifecycle
import TestSupport
import Testing

@testable import Catalogue
@testable import Service

/// Events that come faster than the catalogue takes them.
@Suite struct EventLogTests {
    private let folder: TemporaryFolder
    private let catalogue: Catalogue

    init() throws {
        folder = try TemporaryFolder()
        catalogue = try Catalogue.open(folder.file("catalogue.sqlite"), busyTimeout: 0.1)
    }

    private func plays(_ numbers: Range<Int>) -> [UInt8] {
        let lines = numbers.map {
            #"{"v":1,"event_id":"e\#($0)","type":"play","ts":"2026-11-20T00:00:00Z","viewer":"v1","title":"T\#($0)"}"#
                + "\n"
        }
        return Array(lines.joined().utf8)
    }

    private func stored() throws -> Set<String> {
        try catalogue.liked(by: ["v1"], at: Timestamp(milliseconds: 2_000_000_000_000))
    }

    /// Runs a log beside `body`, and ends it as a service ends.
    private func withLog(rotation: Int64, _ body: (EventLog) async throws -> Void) async throws {
        let log = try EventLog(folder.file("events"), catalogue: catalogue, rotation: rotation) { _ in }
        let group = ServiceGroup(
            configuration: .init(services: [.init(service: log)], logger: Logger(label: "EventLogTests")))
        async let run: Void = group.run()
        try await body(log)
        await group.triggerGracefulShutdown()
        try await run
    }

    private func names() throws -> [String] { try Path.list(folder.file("events")) }

    /// Who waits is answered when the file has the events; the catalogue gets them later, and the file is given away only then.
    @Test func aBusyCatalogueDelaysNobody() async throws {
        let other = try Catalogue.open(folder.file("catalogue.sqlite"))
        let (isHeld, isDone) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let holder = Thread {
            try? other.write { _ in
                isHeld.signal()
                isDone.wait()
            }
            isHeld.signal()
        }
        holder.start()
        isHeld.wait()
        try await withLog(rotation: 1_000) { log in
            for number in 0..<20 { #expect(await log.append(plays(number..<(number + 1)))) }
            #expect(log.note(plays(20..<30)))
            try await Task.sleep(for: .seconds(1))
            #expect(try stored() == [] && names() == ["events.ndjson"])
            #expect(log.unstoredBytes == Int64(plays(0..<30).count) && log.pendingBytes == 0)
            isDone.signal()
            isHeld.wait()
            for _ in 0..<200 where try stored().count < 30 || names().count < 2 {
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(try stored() == Set((0..<30).map { "T\($0)" }))
            #expect(try names().filter { $0 != "events.ndjson" }.count == 1 && log.unstoredBytes == 0)
        }
    }

    /// What came last is stored too when the service ends, and what was there before it began.
    @Test func theEndStoresWhatIsLeft() async throws {
        try Path.createFolder(folder.file("events"))
        try AppendedFile.append(plays(0..<3), to: folder.file("events") + "/events.ndjson")
        try await withLog(rotation: 1 << 20) { log in #expect(log.note(plays(3..<5))) }
        #expect(try stored() == ["T0", "T1", "T2", "T3", "T4"])
    }
}
