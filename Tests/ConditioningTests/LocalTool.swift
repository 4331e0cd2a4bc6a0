import Foundation

/// Runs programs for tests; shared media and scratch folders.
enum LocalTool {
    struct Result {
        var status: Int32
        var output: String
        var messages: String
    }

    static func run(_ program: String, _ arguments: [String]) throws -> Result {
        let scratch = try Scratch()
        let output = scratch.url("stdout")
        let messages = scratch.url("stderr")
        for url in [output, messages] { _ = FileManager.default.createFile(atPath: url.path, contents: nil) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: messages)
        try process.run()
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus,
            output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
            messages: String(decoding: try Data(contentsOf: messages), as: UTF8.self))
    }

    /// The output of a program that must succeed without a message.
    static func quiet(_ program: String, _ arguments: [String]) throws -> String {
        let result = try run(program, arguments)
        guard result.status == 0, result.messages.isEmpty else {
            throw Failure(text: "\(program) \(arguments.joined(separator: " ")): \(result.status) \(result.messages)")
        }
        return result.output
    }

    struct Failure: Error, CustomStringConvertible {
        var text: String
        var description: String { text }
    }

    static let packageRoot = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// `media` under `SIZZLE_SHARED`, or under `../shared`; `nil` if it is not there.
    static var sharedMedia: URL? {
        let shared =
            ProcessInfo.processInfo.environment["SIZZLE_SHARED"].map { URL(fileURLWithPath: $0) }
            ?? packageRoot.deletingLastPathComponent().appendingPathComponent("shared")
        let media = shared.appendingPathComponent("media")
        return FileManager.default.fileExists(atPath: media.path) ? media : nil
    }

    /// The shared file of a name; `nil`, with a message, if it is not there.
    static func shared(_ name: String) -> URL? {
        guard let url = sharedMedia?.appendingPathComponent(name), FileManager.default.fileExists(atPath: url.path)
        else {
            print("skipped: no shared media \(name); set SIZZLE_SHARED")
            return nil
        }
        return url
    }

    /// A folder of its own for one test, removed when dropped.
    final class Scratch {
        let folder: URL

        init() throws {
            folder = FileManager.default.temporaryDirectory.appendingPathComponent("sizzle-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(at: folder) }

        func url(_ name: String) -> URL { folder.appendingPathComponent(name) }
    }
}

/// Bytes of hexadecimal text; spaces and line ends are for reading only.
func hex(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// Hexadecimal text of bytes.
func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// A generator that gives the same numbers in every run (SplitMix64).
struct FixedRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
