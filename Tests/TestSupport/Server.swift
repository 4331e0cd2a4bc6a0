public import Foundation
import Synchronization

/// A server that runs beside a test, on a port of this machine that it chose itself, until the value goes.
public final class Server: Sendable {
    /// Where it listens: `http://127.0.0.1:8080`.
    public let address: String
    /// Its process.
    public let process: pid_t
    private let run: Run

    /// Starts a server, which writes its address to standard error when it listens.
    ///
    /// - Throws: `ToolError` when it ends before, or says nothing for half a minute.
    public init(_ program: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        let run = Run()
        Thread.detachNewThread {
            let end = Result {
                try Tools.stream(
                    program, arguments, environment: environment, timeout: 5_400,
                    watching: { run.wrote($0, process: $1) }, receive: { _ in })
            }
            run.ended(end)
        }
        guard let (address, process) = run.waitForAddress() else {
            throw Tools.failure(program, arguments, "did not listen", run.errors)
        }
        (self.address, self.process, self.run) = (address, process, run)
        Self.running.add(process)
    }

    /// Servers that suites share are never let go: they end with the process of the tests.
    private static let running = Running()

    private final class Running: Sendable {
        private let processes = Mutex<Set<pid_t>>([])

        init() { atexit { Server.running.end() } }

        func add(_ process: pid_t) { _ = processes.withLock { $0.insert(process) } }
        func remove(_ process: pid_t) { _ = processes.withLock { $0.remove(process) } }
        func end() { for process in processes.withLock({ $0 }) { kill(process, SIGKILL) } }
    }

    deinit {
        // Not after it has ended: its number may be another's by then.
        if !run.hasEnded { kill(process, SIGKILL) }
        Self.running.remove(process)
        _ = run.waitForEnd()
    }

    /// All that it wrote to standard error so far.
    public var errors: String { run.errors }

    /// Sends a signal and waits for the end.
    /// - Returns: its exit status; 128 plus the signal's number when a signal ended it.
    /// - Throws: `ToolError` when it had to be killed for taking too long.
    public func stop(_ signal: Int32 = SIGTERM) throws -> Int32 {
        if !run.hasEnded { kill(process, signal) }
        defer { Self.running.remove(process) }
        return try run.waitForEnd().get().status
    }

    /// What the thread that reads from the process knows.
    private final class Run: Sendable {
        private struct State {
            var errors = ""
            var address: (String, pid_t)?
            var end: Result<(status: Int32, errors: String), any Error>?
        }
        private let state = Mutex(State())
        private let changed = NSCondition()

        var errors: String { state.withLock { $0.errors } }
        var hasEnded: Bool { state.withLock { $0.end != nil } }

        func wrote(_ errors: String, process: pid_t) {
            state.withLock { state in
                state.errors = errors
                // A line that is not whole yet may hold half a number.
                guard state.address == nil, let line = errors.firstMatch(of: #/(https?:\/\/127\.0\.0\.1:\d+)\D/#) else {
                    return
                }
                state.address = (String(line.1), process)
            }
            tell()
        }

        func ended(_ end: Result<(status: Int32, errors: String), any Error>) {
            state.withLock { $0.end = end }
            tell()
        }

        private func tell() {
            changed.lock()
            changed.broadcast()
            changed.unlock()
        }

        private func wait<Value>(until limit: Date, for value: () -> Value?) -> Value? {
            changed.lock()
            defer { changed.unlock() }
            while true {
                if let value = value() { return value }
                guard changed.wait(until: limit) else { return value() }
            }
        }

        /// `nil` when it ended, or said nothing for too long.
        func waitForAddress() -> (String, pid_t)? {
            wait(until: Date().addingTimeInterval(30)) {
                state.withLock { $0.address != nil || $0.end != nil ? $0 : nil }
            }?.address
        }

        func waitForEnd() -> Result<(status: Int32, errors: String), any Error> {
            wait(until: Date().addingTimeInterval(3_600)) { state.withLock { $0.end } }
                ?? .failure(ToolError(description: "never ended"))
        }
    }
}
