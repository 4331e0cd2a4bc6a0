public import Diagnostics

/// A reel that was made, as manifests say it.
public struct ManifestEntry: Sendable, Equatable {
    /// Where it lies in the output folder.
    public var path: String
    /// The reel's id.
    public var reel: String
    /// The edition's id.
    public var edition: String
    /// The rendition that the line named; `nil` for the edition's best.
    public var rendition: String?
    /// Bytes of the file.
    public var bytes: Int64
    /// The SHA-256 of the file: 64 hex digits.
    public var sha256: String
    /// Frames of the picture.
    public var frames: Int64
    /// How long it lasts, in milliseconds, rounded down.
    public var milliseconds: Int64
    /// The work that it is the result of.
    public var key: JobKey
    /// The viewer, where the line named one.
    public var viewer: String?

    /// Describes a reel.
    public init(
        path: String, reel: String, edition: String, rendition: String? = nil, bytes: Int64, sha256: String,
        frames: Int64, milliseconds: Int64, key: JobKey, viewer: String? = nil
    ) {
        self.path = path
        self.reel = reel
        self.edition = edition
        self.rendition = rendition
        self.bytes = bytes
        self.sha256 = sha256
        self.frames = frames
        self.milliseconds = milliseconds
        self.key = key
        self.viewer = viewer
    }

    /// The same reel under another name, for another line.
    public func named(_ path: String, for viewer: String?) -> ManifestEntry {
        var other = self
        (other.path, other.viewer) = (path, viewer)
        return other
    }

    /// The line of a manifest, with its line feed: JSON with sorted keys.
    var line: [UInt8] {
        let fraction = String(milliseconds % 1_000 + 1_000).dropFirst()
        var members: [String: JSONValue] = [
            "path": .string(path), "reel": .string(reel), "edition": .string(edition),
            "bytes": .number("\(bytes)"), "sha256": .string(sha256), "frames": .number("\(frames)"),
            "seconds": .number("\(milliseconds / 1_000).\(fraction)"), "job": .string("\(key)"),
        ]
        if let rendition { members["rendition"] = .string(rendition) }
        if let viewer { members["viewer"] = .string(viewer) }
        return Array(JSONValue.object(members).text.utf8) + [0x0A]
    }

    /// Reads a line of a manifest.
    init(_ line: StrictJSON.Line) throws(Fault) {
        struct Form: Decodable {
            var path: String
            var reel: String
            var edition: String
            var rendition: String?
            var bytes: Int64
            var sha256: String
            var frames: Int64
            var job: String
            var viewer: String?
        }
        let form = try line.decode(Form.self)
        guard let key = JobKey(form.job), case .number(let seconds)? = line.value["seconds"],
            let milliseconds = Self.milliseconds(seconds)
        else { throw Fault(.badInput, "\(line.place): is no entry of a manifest") }
        self.init(
            path: form.path, reel: form.reel, edition: form.edition, rendition: form.rendition, bytes: form.bytes,
            sha256: form.sha256, frames: form.frames, milliseconds: milliseconds, key: key, viewer: form.viewer)
    }

    /// `20.041` as 20,041.
    private static func milliseconds(_ text: String) -> Int64? {
        let parts = text.split(separator: ".")
        guard parts.count == 2, parts[1].utf8.count == 3 else { return nil }
        return Int64(parts[0] + parts[1])
    }
}

/// A line of a list that gave no reel.
public struct JobFailure: Sendable, Equatable {
    /// The line, from 1.
    public var line: Int
    /// The name that it gave; `nil` where it could not be read.
    public var output: String?
    /// What kind of failure it is.
    public var status: ExitStatus
    /// What is wrong, with the file and the line before it.
    public var message: String

    /// Describes a failure.
    public init(line: Int, output: String?, status: ExitStatus, message: String) {
        (self.line, self.output, self.status, self.message) = (line, output, status, message)
    }

    /// Whether the same line may give a reel at another time: the disk was full, the library busy.
    public var isMendedByRetry: Bool { [.inputOutput, .tryAgain, .unavailable, .cannotCreate].contains(status) }

    /// The line of a manifest, with its line feed.
    var text: [UInt8] {
        var members: [String: JSONValue] = [
            "line": .number("\(line)"), "status": .number("\(status.rawValue)"), "error": .string(message),
        ]
        if let output { members["path"] = .string(output) }
        return Array(JSONValue.object(members).text.utf8) + [0x0A]
    }

    /// Reads a line of a manifest.
    init(_ line: StrictJSON.Line) throws(Fault) {
        struct Form: Decodable {
            var line: Int
            var status: Int32
            var error: String
            var path: String?
        }
        let form = try line.decode(Form.self)
        self.init(
            line: form.line, output: form.path, status: ExitStatus(rawValue: form.status) ?? .internalError,
            message: form.error)
    }
}

/// A line of a shard's manifest.
enum ManifestRecord: Equatable {
    case made(ManifestEntry)
    case failed(JobFailure)

    init(_ line: StrictJSON.Line) throws(Fault) {
        self = line.value["error"] == nil ? .made(try ManifestEntry(line)) : .failed(try JobFailure(line))
    }
}
