import Catalogue
import Diagnostics
import Foundation
import Sequencing
import Synchronization
import TestSupport
import Testing

@testable import Service

/// What the service knows of viewers while files are replaced and viewers go.
@Suite struct ServedViewersTests {
    private let folder: TemporaryFolder
    private let catalogue: Catalogue
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        catalogue = try Catalogue.open(folder.file("catalogue.sqlite"))
        path = folder.file("viewers.snapshot")
    }

    private func play(_ viewer: String, _ title: String, day: Int = 20, in other: Catalogue? = nil) throws {
        let line =
            #"{"v":1,"event_id":"\#(viewer)-\#(title)-\#(day)","type":"play","ts":"2026-11-\#(day)T00:00:00Z","#
            + #""viewer":"\#(viewer)","title":"\#(title)"}"#
        try (other ?? catalogue).importEvents(Array(line.utf8), named: "e", receivedAt: nil)
    }

    private func time(_ day: Int) throws -> Timestamp { try #require(Timestamp(rfc3339: "2026-11-\(day)T12:00:00Z")) }

    @Test func whatComesAfterASnapshotCounts() throws {
        try play("v1", "A")
        _ = try catalogue.writeViewers(to: path)
        try play("v1", "B")
        for file in [path, folder.file("none"), nil] {
            let served = try ServedViewers(catalogue, snapshot: file)
            #expect(served.liked(by: ["v1"]) == ["A", "B"] && served.liked(by: ["v2"]) == [])
        }
        let served = try ServedViewers(catalogue, snapshot: path)
        try play("v2", "C")
        #expect(served.liked(by: ["v2"]) == [], "the catalogue is read at a look only")
        try served.look()
        #expect(served.liked(by: ["v2"]) == ["C"] && served.liked(by: ["v1", "v2", "v3"]) == ["A", "B", "C"])
    }

    @Test func anotherFileIsTakenUp() throws {
        try play("v1", "A")
        _ = try catalogue.writeViewers(to: path)
        let served = try ServedViewers(catalogue, snapshot: path)
        try play("v1", "B")
        try served.look()
        _ = try catalogue.writeViewers(to: path)
        try served.look()
        try play("v2", "C")
        try served.look()
        #expect(served.liked(by: ["v1"]) == ["A", "B"] && served.liked(by: ["v2"]) == ["C"])
        // A file that says what the catalogue does not: it is really read, and what came since is added to it.
        let other = try Catalogue.open(folder.file("other.sqlite"))
        try play("v9", "Z", in: other)
        _ = try other.writeViewers(to: path)
        try served.look()
        #expect(
            served.liked(by: ["v9"]) == ["Z"] && served.liked(by: ["v1"]) == ["B"] && served.liked(by: ["v2"]) == ["C"])
        // What is mapped stays, also when its file is gone.
        try FileManager.default.removeItem(atPath: path)
        try served.look()
        #expect(served.liked(by: ["v9"]) == ["Z"])
    }

    @Test func aDamagedFileChangesNothingAndIsNamed() throws {
        try play("v1", "A")
        _ = try catalogue.writeViewers(to: path)
        let served = try ServedViewers(catalogue, snapshot: path)
        let damaged = folder.file("damaged")
        try Data("hello".utf8).write(to: URL(fileURLWithPath: damaged))
        #expect(rename(damaged, path) == 0)
        try play("v2", "B")
        for _ in 0..<2 {
            let fault = try fault { try served.look() }
            #expect(fault.status == .badInput && fault.message.contains(path))
            #expect(served.liked(by: ["v1"]) == ["A"] && served.liked(by: ["v2"]) == ["B"])
        }
        _ = try catalogue.writeViewers(to: path)
        try served.look()
        #expect(served.liked(by: ["v1", "v2"]) == ["A", "B"])
    }

    @Test func whoIsForgottenIsForgottenAtOnce() throws {
        try play("v1", "A")
        try play("v2", "B")
        _ = try catalogue.writeViewers(to: path)
        let served = try ServedViewers(catalogue, snapshot: path)
        // Twice: the second time it is nobody new.
        for (day, title) in [(21, "C"), (23, "D")] {
            try play("v1", title, day: day)
            try served.look()
            #expect(served.liked(by: ["v1"]).contains(title))
            _ = try catalogue.forget(["v1"], now: time(day))
            try served.look()
            #expect(served.liked(by: ["v1"]) == [] && served.liked(by: ["v2"]) == ["B"])
        }
        // The file still has what is gone: neither the service that runs nor one that starts believes it.
        #expect(try ViewerSnapshot.open(path).liked(by: ["v1"]) == ["A"])
        #expect(try ServedViewers(catalogue, snapshot: path).liked(by: ["v1"]) == [])
        let copy = folder.file("copy")
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        #expect(rename(copy, path) == 0)
        try served.look()
        #expect(served.liked(by: ["v1"]) == [] && served.liked(by: ["v2"]) == ["B"])
        try play("v3", "E")
        try served.look()
        #expect(served.liked(by: ["v3"]) == ["E"])
    }

    /// The rows of events that are removed may be given to others.
    @Test func whatComesInPlaceOfOldEventsCounts() throws {
        try play("v1", "A", day: 20)
        try play("v2", "old", day: 10)
        try play("v3", "old", day: 11)
        _ = try catalogue.writeViewers(to: path)
        let served = try ServedViewers(catalogue, snapshot: path)
        #expect(try catalogue.forget(before: time(12)).events == 2)
        try play("v4", "B")
        try served.look()
        #expect(served.liked(by: ["v4"]) == ["B"] && served.liked(by: ["v1"]) == ["A"])
        #expect(served.liked(by: ["v2", "v3"]) == [])
        // A catalogue that was put back: its rows begin lower.
        let older = try Catalogue.open(folder.file("older.sqlite"))
        for title in ["A", "B", "C", "D"] { try play("w", title, in: older) }
        _ = try older.writeViewers(to: path)
        let emptied = try Catalogue.open(folder.file("emptied.sqlite"))
        try play("v5", "E", in: emptied)
        #expect(try ServedViewers(emptied, snapshot: path).liked(by: ["v5"]) == ["E"])
    }

    /// Threads that read while files and events come and go never see less than what was always true.
    @Test func readersSeeNoGaps() throws {
        for viewer in 0..<50 { try play("v\(viewer)", "A\(viewer % 7)") }
        _ = try catalogue.writeViewers(to: path)
        let served = try ServedViewers(catalogue, snapshot: path)
        let isOver = Atomic(false)
        let wrong = Mutex([String]())
        let reads = Atomic(0)
        let readers = DispatchGroup()
        for reader in 0..<3 {
            readers.enter()
            Thread.detachNewThread {
                var viewer = reader
                while !isOver.load(ordering: .relaxed) {
                    viewer = (viewer + 7) % 50
                    let liked = served.liked(by: ["v\(viewer)"])
                    if !liked.contains("A\(viewer % 7)") { wrong.withLock { $0.append("v\(viewer): \(liked)") } }
                    reads.add(1, ordering: .relaxed)
                }
                readers.leave()
            }
        }
        for round in 0..<60 {
            try play("v\(round % 50)", "B\(round)")
            if round % 3 == 0 { _ = try catalogue.writeViewers(to: path) }
            if round % 20 == 19 { _ = try catalogue.forget(["gone \(round)"], now: time(22)) }
            try served.look()
            #expect(served.liked(by: ["v\(round % 50)"]).contains("B\(round)"))
        }
        isOver.store(true, ordering: .relaxed)
        readers.wait()
        #expect(wrong.withLock { $0 } == [] && reads.load(ordering: .relaxed) > 100)
    }
}
