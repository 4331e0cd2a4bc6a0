import Foundation
import TestSupport

/// Runs the command as it was built, the way a person or a farm does.
enum Command {
    /// The executable. It is built beside the test bundle, whatever the configuration and the scratch folder.
    static let path: String = {
        let own =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? Bundle.main.bundlePath
        return URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("sizzle").path
    }()

    /// Runs the command to its end, however it ends. A library that the tests' own environment names is not seen.
    static func run(_ arguments: [String], in directory: String? = nil, timeout: Double = 120) throws -> Tools.Result {
        try Tools.run(path, arguments, environment: ["SIZZLE_LIBRARY": ""], in: directory, timeout: timeout)
    }

    /// Runs the command, which has to succeed.
    @discardableResult
    static func check(_ arguments: [String]) throws -> Tools.Result {
        try Tools.check(path, arguments, environment: ["SIZZLE_LIBRARY": ""])
    }

    /// Runs the command with `--json`, and reads the one document that it prints.
    static func json<Value: Decodable>(_ type: Value.Type, _ arguments: [String]) throws -> Value {
        let result = try check(arguments + ["--json"])
        do {
            return try JSONDecoder().decode(type, from: result.output)
        } catch {
            throw ToolError(description: "sizzle \(arguments.joined(separator: " ")): \(error)\n\(result.text)")
        }
    }
}

/// A clip index, as editors' tools write it.
struct IndexFile: Encodable {
    struct Clip: Encodable, Hashable {
        var title: String
        var type: String
        var start: Int
        var end: Int

        init(_ title: String, _ type: String, _ start: Int, _ end: Int) {
            (self.title, self.type, self.start, self.end) = (title, type, start, end)
        }

        var frames: Range<Int> { start..<end }
    }

    var frameRate: String
    var clips: [Clip]
}

/// A plan, as a person writes it; what is `nil` is left out of the file.
struct PlanFile: Encodable {
    struct Slot: Encodable {
        var title: String
        var type: String
    }

    struct Audio: Encodable {
        var bed: String?
        var mode: String?
        var start: Int?
        var fadeIn: Int?
        var fadeOut: Int?
    }

    var edition = "current"
    var slots: [Slot]
    var audio: Audio?

    init(_ clips: [IndexFile.Clip], audio: Audio? = nil) {
        slots = clips.map { Slot(title: $0.title, type: $0.type) }
        self.audio = audio
    }
}

/// What `ingest --json` says, as far as the tests look at it.
struct IngestReport: Decodable {
    struct Cut: Decodable, Equatable {
        var title: String
        var type: String
        var condition: String
    }

    var edition: String
    var live: Bool
    var framesCopied: Int
    var framesEncoded: Int
    var clipsReused: Int
    var notes: [String]
    var cuts: [Cut]
}

/// What `editions show --json` says, as far as the tests look at it.
struct EditionReport: Decodable {
    struct Rendition: Decodable {
        var ticksPerFrame: Int
        var timescale: Int
        var shift: Int
    }

    struct Sound: Decodable {
        var object: String
    }

    struct Bed: Decodable {
        var initSegment: String
        var sound: Sound
        var samples: Int
    }

    struct Manifest: Decodable {
        var renditions: [Rendition]
        var beds: [Bed]
    }

    var id: String
    var manifest: Manifest
}

/// What `lookup --json` says of a clip's place.
struct LookupReport: Decodable, Equatable {
    var title: String
    var type: String
    var start: Int
    var end: Int
}

/// What `verify --json` says.
struct VerifyReport: Decodable, Equatable {
    struct Fault: Decodable, Equatable {
        var kind: String
        var frame: Int?
        var slot: Int?
    }

    var frames: Int
    var faults: [Fault]
}
