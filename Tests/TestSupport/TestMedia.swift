import Foundation
public import MediaTime

/// Stamped Mega Assets, made once by `TestMedia/generate` and kept for later runs.
public enum TestMedia {
    /// Makes a stamped file, or finds the one that was made before from the same arguments.
    ///
    /// Files are kept in `.build/test-media`, named by a hash of the arguments and of the generator. Tests that want the
    /// same file at the same time, in one process or several, wait for the first.
    ///
    /// - Parameters:
    ///   - size: width and height in pixels, even.
    ///   - rate: the exact frame rate.
    ///   - frames: how many frames; they are numbered from 0.
    ///   - idr: frames that are IDR pictures; frame 0 always is.
    ///   - gop: the longest distance between key frames.
    ///   - bframes: B-frames between two others.
    ///   - container: `mp4`, `mov`, `mkv`, `ts`, `fmp4`, or for sound alone `wav`, `flac`, `m4a`, `aac`.
    ///   - sound: ffmpeg's name of the sound's encoder, or `none`.
    ///   - more: further arguments of the generator, such as `["--open-gop"]`.
    /// - Returns: the file's path. It is shared by all tests: never change it.
    /// - Throws: `ToolError` with the generator's own words.
    public static func stamped(
        size: (width: Int, height: Int) = (640, 360), rate: FrameRate = .film, frames: Int = 240, idr: [Int] = [],
        gop: Int = 250, bframes: Int = 3, container: String = "mp4", sound: String = "aac", more: [String] = []
    ) throws -> String {
        var arguments = ["--size", "\(size.width)x\(size.height)", "--rate", "\(rate)", "--frames", "\(frames)"]
        if !idr.isEmpty { arguments += ["--idr", idr.map(String.init).joined(separator: ",")] }
        arguments += ["--gop", "\(gop)", "--bframes", "\(bframes)", "--sound", sound, "--container", container] + more
        return try generated(arguments, extension: container == "fmp4" ? "mp4" : container)
    }

    /// Runs `TestMedia/generate` with these arguments, or finds the file that it made before.
    ///
    /// - Returns: the file's path. It is shared by all tests: never change it.
    /// - Throws: `ToolError` with the generator's own words.
    public static func generated(_ arguments: [String], extension pathExtension: String) throws -> String {
        let generator = "\(Package.root)/TestMedia/generate"
        let folder = "\(Package.root)/.build/test-media"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let script = try Data(contentsOf: URL(fileURLWithPath: generator))
        let key = fingerprint([Data(arguments.joined(separator: "\0").utf8), script])
        let path = "\(folder)/\(key).\(pathExtension)"
        return try locked("\(folder)/\(key).lock") {
            if !FileManager.default.fileExists(atPath: path) {
                // The generator renames the finished file into place itself.
                try Tools.check("python3", [generator] + arguments + [path], timeout: 600)
            }
            return path
        }
    }

    /// Holds a lock file while it works; the lock ends with the process, whatever happens to it.
    private static func locked<Value>(_ path: String, _ work: () throws -> Value) throws -> Value {
        let descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw ToolError(description: "\(path) cannot be opened: error \(errno)") }
        defer { close(descriptor) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw ToolError(description: "\(path) cannot be locked: error \(errno)") }
        }
        return try work()
    }

    /// FNV-1a, 64 bits: enough to tell a few hundred files apart.
    private static func fingerprint(_ parts: [Data]) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in parts.joined(separator: [0]) {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension FrameRate {
    /// The rates that the generator is tested with: those of film and television.
    public static let common: [FrameRate] = [
        (24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (50, 1), (60000, 1001), (60, 1),
    ].compactMap { FrameRate($0.0, $0.1) }

    /// 24 frames a second.
    public static let film = common[1]
}
