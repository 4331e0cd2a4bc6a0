import Catalogue
import Diagnostics
private import FileSystem
import Foundation
import Sequencing
import ServiceLifecycle
private import Synchronization

/// Takes events: appends them durably to a file that goes round, many requests' at once, and then stores them in the catalogue.
///
/// One thread writes. An event that was acknowledged is on the disk; one that cannot be is refused. After a death the file is stored again
/// from its beginning: events count once, whatever comes twice.
final class EventLog: Service, Sendable {
    private struct Waiting {
        var lines: [UInt8]
        var done: CheckedContinuation<Bool, Never>?
    }
    private struct State {
        var waiting: [Waiting] = []
        var bytes = 0
        var isClosed = false
        var hasEnded = false
    }
    private let folder: String
    private let catalogue: Catalogue?
    private let state = Mutex(State())
    private let changed = DispatchSemaphore(value: 0)
    private let rotation: Int64
    private let report: @Sendable (String) -> Void
    /// The most bytes that may wait to be written: more are refused.
    private static let limit = 16 << 20
    private static let importSize = 4 << 20
    private var path: String { "\(folder)/events.ndjson" }

    /// - Parameters:
    ///   - folder: where the files are; made when missing.
    ///   - catalogue: where events are stored; `nil` only logs them.
    ///   - rotation: after how many bytes a new file is begun.
    ///   - report: gets a line when something cannot be written.
    /// - Throws: `Fault` when the folder cannot be made.
    init(
        _ folder: String, catalogue: Catalogue?, rotation: Int64, report: @escaping @Sendable (String) -> Void
    ) throws(Fault) {
        (self.folder, self.catalogue, self.rotation, self.report) = (folder, catalogue, rotation, report)
        try Path.createFolder(folder)
        _ = try AppendedFile("\(folder)/events.ndjson")
    }

    /// Bytes that wait to be written.
    var pendingBytes: Int { state.withLock { $0.bytes } }

    /// Appends whole lines and waits until they are durable.
    /// - Returns: `false` when they are refused: too much is waiting, the disk is full, or the service ends.
    func append(_ lines: [UInt8]) async -> Bool {
        await withCheckedContinuation { continuation in
            if !add(Waiting(lines: lines, done: continuation)) { continuation.resume(returning: false) }
        }
    }

    /// Appends whole lines when there is time.
    /// - Returns: `false` when they are refused.
    func note(_ lines: [UInt8]) -> Bool { add(Waiting(lines: lines)) }

    /// Appends whole lines when there is time and much room.
    /// - Returns: `false` when they are refused.
    func remark(_ lines: [UInt8]) -> Bool { add(Waiting(lines: lines), within: Self.limit / 4) }

    private func add(_ waiting: Waiting, within limit: Int = limit) -> Bool {
        let isTaken = state.withLock { state in
            guard !state.isClosed, state.bytes + waiting.lines.count <= limit else { return false }
            state.waiting.append(waiting)
            state.bytes += waiting.lines.count
            return true
        }
        // What nobody waits for is written with the next that somebody does, or at the next look.
        if isTaken, waiting.done != nil { changed.signal() }
        return isTaken
    }

    /// Writes until the service shuts down; then what is waiting, and ends.
    func run() async throws {
        await withGracefulShutdownHandler {
            await withCheckedContinuation { ended in
                Thread.detachNewThread { [self] in
                    write()
                    ended.resume()
                }
            }
        } onGracefulShutdown: {
            self.state.withLock { $0.isClosed = true }
            self.changed.signal()
        }
    }

    private func write() {
        var stored: Int64 = 0
        var file: AppendedFile?
        while true {
            // Wakes up now and then to store what is on the disk.
            _ = changed.wait(timeout: .now() + .milliseconds(200))
            let (batch, isClosed) = state.withLock { state in
                defer { (state.waiting, state.bytes) = ([], 0) }
                return (state.waiting, state.isClosed)
            }
            do throws(Fault) {
                if file == nil { file = try AppendedFile(path) }
                if !batch.isEmpty { try file?.append(batch.flatMap(\.lines)) }
                for waiting in batch { waiting.done?.resume(returning: true) }
            } catch {
                report(error.message)
                for waiting in batch { waiting.done?.resume(returning: false) }
            }
            guard let written = file else { if isClosed { return } else { continue } }
            let size = written.size
            let isQuiet = batch.allSatisfy { $0.done == nil }
            if isQuiet || size - stored > Int64(Self.importSize) || isClosed {
                stored = store(written, from: stored)
            }
            if size >= rotation, stored == size, turn() { (file, stored) = (nil, 0) }
            if isClosed { return }
        }
    }

    /// Stores the lines from a place on in the catalogue.
    /// - Returns: up to where they are stored.
    private func store(_ file: AppendedFile, from start: Int64) -> Int64 {
        var position = start
        while position < file.size {
            do throws(Fault) {
                var bytes = try file.bytes(from: position, limit: Self.importSize)
                guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else { return position }
                bytes.removeSubrange((end + 1)...)
                let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
                try store(bytes, at: now)
                position += Int64(bytes.count)
            } catch {
                report("events are not stored yet: \(error.message)")
                return position
            }
        }
        return position
    }

    /// Stores lines together, or, where one of them is refused, each that is not.
    private func store(_ lines: [UInt8], at now: Timestamp) throws(Fault) {
        do throws(Fault) {
            try catalogue?.importEvents(lines, named: path, receivedAt: now)
        } catch {
            guard error.status == .badInput else { throw error }
            for line in lines.split(separator: UInt8(ascii: "\n")) {
                do throws(Fault) {
                    try catalogue?.importEvents(line, named: path, receivedAt: now)
                } catch {
                    guard error.status == .badInput else { throw error }
                    report("an event is not stored: \(error.message)")
                }
            }
        }
    }

    /// Gives the file a name for whoever collects it.
    private func turn() -> Bool {
        let time = Int64(Date().timeIntervalSince1970 * 1_000)
        do throws(Fault) {
            try Path.move(path, to: "\(folder)/events-\(time).ndjson")
            try Path.syncFolder(folder)
            return true
        } catch {
            report(error.message)
            return false
        }
    }
}
