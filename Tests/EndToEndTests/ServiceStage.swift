import Foundation
import TestSupport

/// A library of its own with titles, and the service that serves it until the value goes.
final class ServiceStage: Sendable {
    let space: Workspace
    let server: Server
    /// The bearer key of the client.
    let key: String

    /// The twelve titles with their bumpers, copied, so that a test can change them.
    convenience init(_ options: [String] = []) throws {
        let space = try Workspace()
        try FileManager.default.copyItem(atPath: TwelveTitles.shared().space.library, toPath: space.library)
        try self.init(space, titles: 12, options)
    }

    /// - Parameters:
    ///   - space: with a library.
    ///   - titles: how many there are: `T1`, `T2` …; earlier ones are more popular.
    ///   - start: starts the service.
    init(
        _ space: Workspace, titles: Int, _ options: [String] = [],
        start: ([String]) throws -> Server = { try Server(Command.path, $0) }
    ) throws {
        self.space = space
        let lines = (1...titles).map { #"{"id": "T\#($0)", "name": "Title \#($0)", "popularity": \#(100 - $0)}"# }
        let path = try space.write(lines.joined(separator: "\n"), to: "titles.json")
        try Command.check(["titles", "import", path, "--library", space.library])
        let keys = space.file("keys.json")
        key = try Command.check(["keys", "new", keys]).lines[0]
        let short = try space.write(
            #"{"name": "short", "slots": [{"type": "80"}, {"type": "40"}, {"type": "40"}]}"#, to: "short.json")
        server = try start(Self.arguments(space) + ["--cadence", short] + options)
    }

    private static func arguments(_ space: Workspace) -> [String] {
        ["serve", "--library", space.library, "--keys", space.file("keys.json"), "--port", "0"]
    }

    /// The service again, on the same library with the same keys.
    ///
    /// - Parameter isAlone: whether the first has ended, whose event log it takes up; beside it, it has one of its own.
    func again(_ options: [String] = [], isAlone: Bool = false) throws -> Server {
        let events = isAlone ? [] : ["--events", space.file("events-\(UUID().uuidString)")]
        return try Server(
            Command.path, Self.arguments(space) + ["--cadence", space.file("short.json")] + events + options)
    }

    /// What `POST /v1/reels` answers.
    struct Reel: Decodable {
        struct Plan: Decodable {
            struct Slot: Decodable {
                var slot: Int
                var title: String
                var type: String
                var start: Int
                var frames: Int
                var poster: String?
                var score: Double?
            }
            var edition: String
            var slots: [Slot]
        }
        var token: String
        var reel: String
        var hls: String
        var dash: String
        var poster: String?
        var plan: Plan

        /// The frames of the Mega Asset that the twelve titles' reel shows, in order.
        var frames: [Int] {
            get throws {
                try plan.slots.flatMap { slot in
                    guard let clip = TwelveTitles.clips.first(where: { $0.title == slot.title && $0.type == slot.type })
                    else { throw ToolError(description: "no clip (\(slot.title), \(slot.type))") }
                    return Array(clip.frames)
                }
            }
        }
    }

    func reel(_ viewer: String = "v1", cadence: String = "short", of server: Server? = nil) throws -> Reel {
        let answer = try ask("/v1/reels", of: server, post: #"{"viewer": "\#(viewer)", "cadence": "\#(cadence)"}"#)
        guard answer.status == 201 else { throw ToolError(description: "\(answer.status): \(answer.text)") }
        return try JSONDecoder().decode(Reel.self, from: answer.body)
    }

    /// What curl got.
    struct Answer {
        var status: Int
        /// Header lines, in lower case.
        var headers: [String: String]
        var body: Data
        var text: String { String(decoding: body, as: UTF8.self) }
        /// The kind of a problem document.
        var problem: String? {
            struct Document: Decodable { var type: String }
            guard headers["content-type"] == "application/problem+json" else { return nil }
            return (try? JSONDecoder().decode(Document.self, from: body))?.type
        }
    }

    /// Asks by curl, with the client's key.
    func ask(
        _ path: String, of server: Server? = nil, post body: String? = nil, key: String? = nil, _ more: [String] = []
    ) throws -> Answer {
        let headers = space.file("headers-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(atPath: headers) }
        var arguments =
            ["-sS", "--path-as-is", "-D", headers, "-m", "30", (server ?? self.server).address + path] + more
        if let body { arguments += ["--data-binary", body] }
        if path == "/v1/reels" { arguments += ["-H", "Authorization: Bearer \(key ?? self.key)"] }
        let result = try Tools.check("curl", arguments)
        let lines = try String(contentsOfFile: headers, encoding: .utf8).split(whereSeparator: \.isNewline)
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { fields[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
        }
        let status = lines.last { $0.hasPrefix("HTTP/") }?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return Answer(status: status ?? 0, headers: fields, body: result.output)
    }

    /// The value of a metric, labels included; 0 where it was not counted.
    func metric(_ name: String, of server: Server? = nil) throws -> Int {
        let line = try ask("/metrics", of: server).text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return line?.split(separator: " ").last.flatMap { Double($0) }.map { Int($0) } ?? 0
    }

    /// The addresses of a playlist's segments.
    func segments(_ path: String) throws -> [String] {
        try ask(path).text.split(separator: "\n").filter { $0.hasPrefix("/v1/m/") }.map(String.init)
    }
}
