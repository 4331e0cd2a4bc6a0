import Catalogue
import Diagnostics
private import FileSystem
import Foundation
import Sequencing
import ServiceLifecycle
private import Synchronization

/// Takes events: appends them durably to a file that goes round, many requests' at once, and then stores them in the catalogue.
///
/// One thread writes, another stores. An event that was acknowledged is on the disk; one that cannot be is refused. After a death the file is
/// stored again from its beginning: events count once, whatever comes twice.
final class EventLog: Service, Sendable {
    private struct State {
        /// Lines that wait to be written, and whoever waits for them.
        var lines: [UInt8] = []
        var waiting: [CheckedContinuation<Bool, Never>] = []
        /// Bytes of the file that are durable, and how many of them are stored.
        var written: Int64 = 0
        var stored: Int64 = 0
        var isClosed = false
        /// Whether nothing will be written any more.
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
    var pendingBytes: Int { state.withLock { $0.lines.count } }
    /// Bytes that are durable and wait to be stored in the catalogue.
    var unstoredBytes: Int64 { state.withLock { $0.written - $0.stored } }

    /// Appends whole lines and waits until they are durable.
    /// - Returns: `false` when they are refused: too much is waiting, the disk is full, or the service ends.
    func append(_ lines: [UInt8]) async -> Bool {
        await withCheckedContinuation { continuation in
            if !add(lines, for: continuation) { continuation.resume(returning: false) }
        }
    }

    /// Appends whole lines when there is time.
    /// - Returns: `false` when they are refused.
    func note(_ lines: [UInt8]) -> Bool { add(lines) }

    /// Appends whole lines when there is time and much room.
    /// - Returns: `false` when they are refused.
    func remark(_ lines: [UInt8]) -> Bool { add(lines, within: Self.limit / 4) }

    private func add(
        _ lines: [UInt8], within limit: Int = limit, for continuation: CheckedContinuation<Bool, Never>? = nil
    ) -> Bool {
        let isTaken = state.withLock { state in
            guard !state.isClosed, state.lines.count + lines.count <= limit else { return false }
            state.lines += lines
            if let continuation { state.waiting.append(continuation) }
            return true
        }
        // What nobody waits for is written with the next that somebody does, or at the next look.
        if isTaken, continuation != nil { changed.signal() }
        return isTaken
    }

    /// Writes and stores until the service shuts down; then what is waiting, and ends.
    func run() async throws {
        await withGracefulShutdownHandler {
            async let written: Void = Self.thread { self.write() }
            async let stored: Void = Self.thread { self.follow() }
            _ = await (written, stored)
        } onGracefulShutdown: {
            self.state.withLock { $0.isClosed = true }
            self.changed.signal()
        }
    }

    private static func thread(_ work: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { ended in
            Thread.detachNewThread {
                work()
                ended.resume()
            }
        }
    }

    /// Appends to the file.
    private func write() {
        var file: AppendedFile?
        while true {
            // Wakes up now and then for what nobody waits for.
            _ = changed.wait(timeout: .now() + .milliseconds(200))
            let (lines, waiting, isClosed) = state.withLock { state in
                defer { (state.lines, state.waiting) = ([], []) }
                return (state.lines, state.waiting, state.isClosed)
            }
            do throws(Fault) {
                if file == nil { file = try AppendedFile(path) }
                if !lines.isEmpty { try file?.append(lines) }
                for waiting in waiting { waiting.resume(returning: true) }
            } catch {
                report(error.message)
                for waiting in waiting { waiting.resume(returning: false) }
            }
            let size = file?.size ?? 0
            let isStored = state.withLock { state in
                (state.written, state.hasEnded) = (size, isClosed)
                return state.stored == size
            }
            // A file is given away only when all of it is stored.
            if size >= rotation, isStored, turn() {
                file = nil
                state.withLock { ($0.written, $0.stored) = (0, 0) }
            }
            if isClosed { return }
        }
    }

    /// Stores what is in the file in the catalogue, at leisure: it may lag behind, since the file is the queue, and what is not
    /// stored when the service ends is at its next start.
    private func follow() {
        // On Linux this is of the thread alone.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
        while true {
            let (stored, written, hasEnded) = state.withLock { ($0.stored, $0.written, $0.hasEnded) }
            var reached = stored
            if stored < written {
                reached = store(from: stored, to: written)
                state.withLock { $0.stored = reached }
            }
            if hasEnded { return }
            if reached == stored || written - reached < Int64(Self.importSize) { Thread.sleep(forTimeInterval: 0.2) }
        }
    }

    /// Stores some of the lines from a place on in the catalogue.
    /// - Returns: up to where they are stored.
    private func store(from start: Int64, to end: Int64) -> Int64 {
        do throws(Fault) {
            var bytes = try InputFile.open(path).read(at: start, count: Int(min(Int64(Self.importSize), end - start)))
            guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else { return start }
            bytes.removeSubrange((end + 1)...)
            let now = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
            try store(bytes, at: now)
            return start + Int64(bytes.count)
        } catch {
            report("events are not stored yet: \(error.message)")
            return start
        }
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
