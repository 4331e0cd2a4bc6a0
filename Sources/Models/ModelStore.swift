public import Diagnostics
import FileSystem
import Foundation

/// The models of a library: one file each, never changed, and which of them is live.
///
///     models/2026-11-29-0a1b2c3d.model
///     models/live                          {"model": "2026-11-29-0a1b2c3d"}, replaced by rename
///     models/promotions.ndjson             what was live from when on, and why
public struct ModelStore: Sendable {
    private let folder: String
    private var livePath: String { "\(folder)/live" }
    private var logPath: String { "\(folder)/promotions.ndjson" }
    private static let ending = ".model"

    /// The store of a library's folder; nothing is touched.
    public init(library: String) { folder = "\(library)/models" }

    /// A model that was live.
    public struct Promotion: Hashable, Sendable, Codable {
        /// When it became so, in RFC 3339.
        public var at: String
        /// The model; `nil` for none, the standard weights.
        public var model: String?
        /// Why.
        public var note: String?
        /// Whether it came back in place of a later one, which no rollback comes back to.
        public var isRollback: Bool?
    }

    private struct Live: Codable {
        var model: String?
    }

    /// The names of all models, by the day they were made.
    /// - Throws: `Fault` when the folder cannot be read.
    public func names() throws(Fault) -> [String] {
        guard Path.isFolder(folder) else { return [] }
        return try Path.list(folder).filter { $0.hasSuffix(Self.ending) }.map { String($0.dropLast(Self.ending.count)) }
            .sorted()
    }

    /// Reads a model.
    /// - Throws: `Fault` when there is none (`notFound`) or it is damaged (`badInput`).
    public func model(_ name: String) throws(Fault) -> RankingModel {
        try ModelFile.decode(InputFile.contents(of: path(name)), named: path(name))
    }

    /// Keeps a model.
    /// - Returns: its name.
    /// - Throws: `Fault` when it cannot be written.
    public func save(_ model: RankingModel) throws(Fault) -> String {
        let bytes: [UInt8]
        do {
            bytes = try ModelFile.encode(model)
        } catch { throw Fault(.internalError, "a model cannot be encoded: \(error)") }
        let name = ModelFile.name(bytes, created: model.origin.created)
        try Path.createFolder(folder)
        let path = try path(name)
        if !Path.exists(path) { try OutputFile.write(bytes, to: path) }
        return name
    }

    /// The name of the live model; `nil` where the standard weights hold.
    /// - Throws: `Fault` when that cannot be read.
    public func live() throws(Fault) -> String? {
        guard Path.exists(livePath) else { return nil }
        return try StrictJSON.decode(Live.self, fromFile: livePath).model
    }

    /// The live model; `nil` where the standard weights hold.
    /// - Throws: `Fault` when it cannot be read.
    public func liveModel() throws(Fault) -> (name: String, model: RankingModel)? {
        guard let name = try live() else { return nil }
        return (name, try model(name))
    }

    /// Makes a model live, or with `nil` the standard weights.
    /// - Parameter at: the time that is noted, in RFC 3339.
    /// - Throws: `Fault` when there is no such model, or the folder cannot be written.
    public func promote(_ name: String?, at: String, note: String? = nil) throws(Fault) {
        try promote(Promotion(at: at, model: name, note: note))
    }

    private func promote(_ promotion: Promotion) throws(Fault) {
        if let name = promotion.model { _ = try model(name) }
        try Path.createFolder(folder)
        var log = Path.exists(logPath) ? try InputFile.contents(of: logPath) : []
        log += try Self.line(promotion)
        // First the log: what it has too much of is told again, what it lacks is lost.
        try OutputFile.write(log, to: logPath)
        try OutputFile.write(try Self.line(Live(model: promotion.model)), to: livePath)
    }

    /// What was live, from the first on.
    /// - Throws: `Fault` when the log cannot be read.
    public func promotions() throws(Fault) -> [Promotion] {
        guard Path.exists(logPath) else { return [] }
        return try StrictJSON.decodeLines(
            Promotion.self, from: InputFile.contents(of: logPath), named: logPath)
    }

    /// Makes live what was live before the present model.
    /// - Returns: the name of what is live now; `nil` for the standard weights.
    /// - Throws: `Fault` (`notFound`) when nothing was live before, and as ``promote(_:at:note:)``.
    public func rollBack(at: String) throws(Fault) -> String? {
        var stack: [String?] = []
        for promotion in try promotions() {
            if promotion.isRollback == true { _ = stack.popLast() } else { stack.append(promotion.model) }
        }
        guard let present = stack.popLast() else {
            throw Fault(.notFound, "\(livePath): nothing was promoted that is still to be taken back")
        }
        let name = stack.last ?? nil
        let note = "rolled back from \(present ?? "the standard weights")"
        try promote(Promotion(at: at, model: name, note: note, isRollback: true))
        return name
    }

    private func path(_ name: String) throws(Fault) -> String {
        guard isPlain(name, upTo: 64, and: "-"), !name.isEmpty else {
            throw Fault(.usage, "'\(printable(name))' is no model's name, such as 2026-11-29-0a1b2c3d")
        }
        return "\(folder)/\(name)\(Self.ending)"
    }

    private static func line(_ value: some Encodable) throws(Fault) -> [UInt8] {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return Array(try encoder.encode(value)) + [UInt8(ascii: "\n")]
        } catch { throw Fault(.internalError, "a line cannot be encoded: \(error)") }
    }
}
