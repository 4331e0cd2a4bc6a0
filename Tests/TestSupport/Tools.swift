public import Foundation
import Synchronization

/// A program that ended badly, or never.
public struct ToolError: Error, CustomStringConvertible {
    /// What went wrong, with the command line and the end of what the program wrote to standard error.
    public var description: String

    /// Says what went wrong.
    public init(description: String) { self.description = description }
}

/// Runs programs that judge our files independently: ffmpeg, mpv, Python scripts and our own command.
public enum Tools {
    /// What a program that has ended left behind.
    public struct Result: Sendable {
        /// All that it wrote to standard output.
        public var output: Data
        /// All that it wrote to standard error, as text.
        public var errors: String
        /// Its exit status; 128 plus the signal's number when a signal ended it, as in a shell.
        public var status: Int32

        /// Standard output as text.
        public var text: String { String(decoding: output, as: UTF8.self) }

        /// Standard output as lines, without the last line's end.
        public var lines: [String] {
            text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init).dropLast(
                text.hasSuffix("\n") || text.isEmpty ? 1 : 0)
        }
    }

    /// Runs a program to its end and keeps its output.
    ///
    /// - Parameters:
    ///   - program: a name that is looked up in `PATH`, or a path.
    ///   - arguments: passed as they are; no shell reads them.
    ///   - environment: added to this process's environment.
    ///   - directory: where it runs; by default where this process does.
    ///   - timeout: seconds after which it is killed.
    /// - Returns: output, errors and exit status, whatever that is.
    /// - Throws: `ToolError` when the program is not found or takes too long.
    public static func run(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], in directory: String? = nil,
        timeout: Double = 300
    ) throws -> Result {
        var output = Data()
        let (status, errors) = try stream(
            program, arguments, environment: environment, in: directory, timeout: timeout
        ) { output.append(contentsOf: $0) }
        return Result(output: output, errors: errors, status: status)
    }

    /// Like `run`, for a program that has to succeed.
    ///
    /// - Throws: `ToolError` also when the exit status is not 0.
    @discardableResult
    public static func check(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], in directory: String? = nil,
        timeout: Double = 300
    ) throws -> Result {
        let result = try run(program, arguments, environment: environment, in: directory, timeout: timeout)
        guard result.status == 0 else {
            throw failure(program, arguments, "ended with \(result.status)", result.errors)
        }
        return result
    }

    /// Runs a program and sends it a signal as soon as it has written `marker` to standard error; then waits for its end.
    ///
    /// - Returns: output, errors and exit status, whatever that is.
    /// - Throws: `ToolError` when the program is not found, takes too long or never writes the marker.
    public static func run(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], sending signal: Int32,
        at marker: String, timeout: Double = 300
    ) throws -> Result {
        var output = Data()
        let isSent = Mutex(false)
        let (status, errors) = try stream(
            program, arguments, environment: environment, timeout: timeout,
            watching: { errors, process in
                isSent.withLock { isSent in
                    guard !isSent, errors.contains(marker) else { return }
                    isSent = true
                    kill(process, signal)
                }
            }, receive: { output.append(contentsOf: $0) })
        guard isSent.withLock({ $0 }) else { throw failure(program, arguments, "never wrote '\(marker)'", errors) }
        return Result(output: output, errors: errors, status: status)
    }

    /// Runs a program to its end and hands its output over in pieces, as it comes.
    ///
    /// Both pipes are read at the same time, so a program that writes much to either never blocks for good.
    ///
    /// - Parameters:
    ///   - watching: is called with all that was written to standard error so far, and the process's number, each time
    ///     that there is more; on another thread.
    ///   - receive: is called on the calling thread; the bytes are valid only during the call. When it throws, the program
    ///     is killed and the error is passed on.
    /// - Returns: the exit status and all that was written to standard error.
    /// - Throws: `ToolError` when the program is not found or takes too long, and what `receive` throws.
    public static func stream(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], in directory: String? = nil,
        timeout: Double = 300, watching: (@Sendable (String, pid_t) -> Void)? = nil,
        receive: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> (status: Int32, errors: String) {
        let process = Process()
        process.executableURL = try find(program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
        let ended = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in ended.signal() }

        // One start at a time: a program started between the making and the closing of another's pipes would inherit
        // their ends, and the other's output would not end before that program does.
        let (output, errors) = try starting.withLock { _ in
            let pipes = (Pipe(), Pipe())
            process.standardOutput = pipes.0
            process.standardError = pipes.1
            do {
                try withSignalsUnblocked { try process.run() }
            } catch {
                throw failure(program, arguments, "did not start: \(error)", "")
            }
            return pipes
        }

        let watchdog = Watchdog(process.processIdentifier, after: timeout)
        let collected = Collected()
        let identifier = process.processIdentifier
        let reader = Thread {
            try? drain(errors) {
                collected.append($0)
                watching?(collected.text, identifier)
            }
            collected.finish()
        }
        reader.start()
        let received = Swift.Result { try drain(output, receive) }
        if case .failure = received { watchdog.kill() }
        ended.wait()
        let text = collected.wait()
        let late = watchdog.stop()
        try received.get()
        guard !late else { throw failure(program, arguments, "was killed after \(timeout) s", text) }
        return (process.terminationStatus + (process.terminationReason == .uncaughtSignal ? 128 : 0), text)
    }

    /// Whether a program of this name is in `PATH`.
    public static func has(_ program: String) -> Bool { (try? find(program)) != nil }

    private static let starting = Mutex(())

    private static func find(_ program: String) throws -> URL {
        if program.contains("/") { return URL(fileURLWithPath: program) }
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
        for path in folders.map({ "\($0)/\(program)" }) where FileManager.default.isExecutableFile(atPath: path) {
            return URL(fileURLWithPath: path)
        }
        throw ToolError(description: "\(program) is not installed; scripts/test installs what the tests need")
    }

    /// A new process inherits the mask of the thread that starts it, and the pool's threads block nearly all signals: a
    /// program started there could not be ended with SIGTERM.
    private static func withSignalsUnblocked(_ start: () throws -> Void) rethrows {
        var (none, before) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try start()
    }

    private static func drain(_ pipe: Pipe, _ receive: (UnsafeRawBufferPointer) throws -> Void) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { buffer.deallocate() }
        let descriptor = pipe.fileHandleForReading.fileDescriptor
        while true {
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count > 0 {
                try receive(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            } else if count == 0 || errno != EINTR {
                return
            }
        }
    }

    static func failure(_ program: String, _ arguments: [String], _ what: String, _ errors: String) -> ToolError {
        let command = ([program] + arguments).joined(separator: " ")
        return ToolError(description: "\(command.prefix(2000)): \(what)\n\(errors.suffix(4000))")
    }
}

/// What another thread reads until it has finished.
private final class Collected: Sendable {
    private let bytes = Mutex<[UInt8]>([])
    private let finished = DispatchSemaphore(value: 0)

    func append(_ more: UnsafeRawBufferPointer) {
        bytes.withLock { $0.append(contentsOf: more) }
    }

    func finish() { finished.signal() }

    var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }

    func wait() -> String {
        finished.wait()
        return text
    }
}

/// Kills a process that takes too long; never one that has ended, whose number may have been given to another.
private final class Watchdog: Sendable {
    private enum State { case running, killed, stopped }
    private let state = Mutex(State.running)
    private let identifier: pid_t

    init(_ identifier: pid_t, after seconds: Double) {
        self.identifier = identifier
        DispatchQueue.global().asyncAfter(deadline: .now() + seconds) { [weak self] in
            self?.state.withLock { state in
                guard case .running = state else { return }
                state = .killed
                Foundation.kill(identifier, SIGKILL)
            }
        }
    }

    /// Kills it now, before it has been waited for.
    func kill() { Foundation.kill(identifier, SIGKILL) }

    /// The process has ended; says whether it was killed for being late.
    func stop() -> Bool {
        state.withLock { state in
            if case .killed = state { return true }
            state = .stopped
            return false
        }
    }
}

/// A new empty folder that removes itself and all in it when the last reference is gone.
public final class TemporaryFolder: Sendable {
    /// The folder's path.
    public let path: String

    /// Makes a folder under the system's folder for temporary files.
    ///
    /// - Throws: what the file manager throws when it cannot be made.
    public init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("sizzle-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The path of `name` in the folder.
    public func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a text file into the folder and returns its path.
    ///
    /// - Throws: what Foundation throws when it cannot be written.
    public func write(_ text: String, to name: String) throws -> String {
        try text.write(toFile: file(name), atomically: false, encoding: .utf8)
        return file(name)
    }
}

/// Where this package is.
public enum Package {
    /// The package's root folder.
    public static let root: String = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
}
