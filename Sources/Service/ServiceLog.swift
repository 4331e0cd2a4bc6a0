private import Foundation
import Logging

/// Writes log lines as JSON objects on standard error, one a line.
struct ServiceLog: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .notice
    var metadataProvider: Logger.MetadataProvider? = .trace
    let label: String

    init(label: String) { self.label = label }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    private struct Line: Encodable {
        var time: String
        var level: String
        var message: String
        var fields: [String: String]
    }

    func log(event: LogEvent) {
        var fields: [String: String] = [:]
        for part in [metadata, metadataProvider?.get(), event.metadata] {
            for (key, value) in part ?? [:] { fields[key] = "\(value)" }
        }
        let line = Line(
            time: Date.now.formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true)),
            level: event.level.rawValue, message: "\(event.message)", fields: fields)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let bytes = try? encoder.encode(line) else { return }
        // One write a line, so that lines of several threads stay whole.
        FileHandle.standardError.write(bytes + Data("\n".utf8))
    }
}
