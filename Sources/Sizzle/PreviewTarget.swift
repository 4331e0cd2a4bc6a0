public import Diagnostics
private import FileSystem
private import Foundation
private import Glibc
public import Previews

/// Where the bytes of a preview go as they are made: a file that is whole or not there, standard output, a player, or several of them.
public final class PreviewTarget {
    private var file: OutputFile?
    private let pipe: FileHandle?
    private let player: PreviewPlayer?
    private let name: String

    /// - Parameters:
    ///   - path: the file; `-` for standard output; `nil` for none.
    ///   - player: plays while the preview is made.
    /// - Throws: `Fault` when the file cannot be created.
    public init(_ path: String?, player: PreviewPlayer? = nil) throws(Fault) {
        name = path ?? "preview"
        self.player = player
        pipe = path == "-" ? .standardOutput : nil
        if let path, path != "-" { file = try OutputFile.create(path) }
    }

    /// Makes a preview and gives it to all.
    /// - Throws: what making it throws; `Fault` when the disk is full. A player that was closed ends it when nobody else listens.
    public func write(_ preview: ReelPreview, progress: ProgressHandler) throws -> ReelPreview.Result {
        let result = try preview.write(named: name, progress: progress) { [self] in try take($0) }
        try file.take()?.commit()
        return result
    }

    private func take(_ bytes: UnsafeRawBufferPointer) throws {
        try file?.append(bytes)
        if let pipe {
            do {
                try pipe.write(contentsOf: Data(bytes))
            } catch {
                throw Fault(.inputOutput, "standard output: cannot be written: \(error.localizedDescription)")
            }
        }
        guard let player, !player.feed(bytes), file == nil, pipe == nil else { return }
        throw PreviewPlayer.Closed()
    }
}

/// A program that plays what it is fed.
public final class PreviewPlayer {
    /// It was closed before the end, as people do.
    public struct Closed: Error {}

    private let process = Process()
    private let input = Pipe()
    private let name: String

    /// The programs that are looked for, in this order, with their arguments.
    private static let programs = [
        ("mpv", ["--really-quiet", "--force-window=yes", "-"]),
        ("ffplay", ["-v", "error", "-autoexit", "-i", "pipe:0"]),
    ]

    /// Starts the first player that is there.
    /// - Throws: `Fault` (`unavailable`) when there is none.
    public init() throws(Fault) {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let found = Self.programs.lazy.compactMap { name, arguments in
            folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
                .map { (name, $0, arguments) }
        }.first
        guard let (name, path, arguments) = found else {
            throw Fault(
                .unavailable, "--open: neither mpv nor ffplay is in PATH; install one, or play the file that -o writes")
        }
        self.name = name
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = FileHandle.standardError
        // A player that is closed must not end the process that feeds it.
        signal(SIGPIPE, SIG_IGN)
        do {
            try process.run()
        } catch {
            throw Fault(.unavailable, "--open: \(path) cannot be started: \(error.localizedDescription)")
        }
    }

    /// Hands bytes over; waits while the player has enough.
    /// - Returns: `false` when it was closed.
    fileprivate func feed(_ bytes: UnsafeRawBufferPointer) -> Bool {
        (try? input.fileHandleForWriting.write(contentsOf: Data(bytes))) != nil
    }

    /// Says that nothing follows.
    public func endInput() { try? input.fileHandleForWriting.close() }

    /// Says that nothing follows, and waits until the player ends.
    /// - Throws: `Fault` (`unavailable`) when it failed; `Interruption.Stopped` after a signal.
    public func finish() throws {
        endInput()
        while process.isRunning {
            if (try? Interruption.check()) == nil { stop() }
            usleep(50_000)
        }
        try Interruption.check()
        guard process.terminationStatus != 0 else { return }
        throw Fault(
            .unavailable,
            "--open: \(name) ended with status \(process.terminationStatus); see what it says, or play the file that -o writes"
        )
    }

    /// Ends the player.
    public func stop() {
        endInput()
        if process.isRunning { process.terminate() }
        process.waitUntilExit()
    }
}
