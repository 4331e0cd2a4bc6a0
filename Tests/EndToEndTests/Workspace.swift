import Foundation
import MediaTime
import Synchronization
import TestSupport

/// A folder with a library, plans and reels, which removes itself.
final class Workspace: Sendable {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    var path: String { folder.path }
    var library: String { file("library") }

    func file(_ name: String) -> String { folder.file(name) }

    func write(_ text: String, to name: String) throws -> String { try folder.write(text, to: name) }

    func write(_ value: some Encodable, to name: String) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try write(String(decoding: try encoder.encode(value), as: UTF8.self), to: name)
    }

    /// Makes an edition and promotes it.
    @discardableResult
    func ingest(
        _ mega: String, rate: FrameRate, _ clips: [IndexFile.Clip], condition: String = "auto", beds: [String] = [],
        library: String? = nil, more: [String] = []
    ) throws -> IngestReport {
        let index = try write(IndexFile(frameRate: "\(rate)", clips: clips), to: "clips.json")
        let beds = beds.flatMap { ["--bed", $0] }
        return try Command.json(
            IngestReport.self,
            [
                "ingest", mega, "--index", index, "--library", library ?? self.library, "--condition", condition,
                "--quiet",
            ]
                + beds + more)
    }

    /// Stitches a plan into `name`.mp4, and returns both paths.
    @discardableResult
    func render(_ plan: PlanFile, as name: String) throws -> (plan: String, reel: String) {
        let planPath = try write(plan, to: "\(name).json")
        try Command.check(["render", planPath, "--library", library, "-o", file("\(name).mp4"), "--quiet"])
        return (planPath, file("\(name).mp4"))
    }

    func edition() throws -> EditionReport {
        try Command.json(EditionReport.self, ["editions", "show", "--library", library])
    }

    /// The path of a media object.
    func object(_ id: String, _ fileExtension: String) -> String {
        "\(library)/media/\(id.prefix(2))/\(id.dropFirst(2)).\(fileExtension)"
    }
}

/// All that lies in some folders: each file's path and content, each folder's path.
struct Listing: Equatable {
    private var entries: [String: Data?] = [:]

    init(of roots: [String]) throws {
        for root in roots {
            guard let names = FileManager.default.enumerator(atPath: root) else { continue }
            for case let name as String in names {
                let path = "\(root)/\(name)"
                entries[path] = FileManager.default.contents(atPath: path)
            }
        }
    }

    /// The paths in it, sorted.
    var paths: [String] { entries.keys.sorted() }

    /// What came, went or changed since `before`, for a message that can be read.
    func changes(since before: Listing) -> [String] {
        Set(entries.keys).union(before.entries.keys).sorted().filter { entries[$0] != before.entries[$0] }
    }

    /// The same without folders, of which empty ones may stay.
    func fileChanges(since before: Listing) -> [String] {
        changes(since: before).filter { (entries[$0] ?? nil) != nil || (before.entries[$0] ?? nil) != nil }
    }
}

/// Does the same for every item, on all cores; results keep the order of the items.
func concurrently<Item: Sendable, Value: Sendable>(
    _ items: [Item], _ work: @Sendable (Item) throws -> Value
) throws -> [Value] {
    let results = Mutex([Int: Result<Value, any Error>]())
    DispatchQueue.concurrentPerform(iterations: items.count) { number in
        let result = Result { try work(items[number]) }
        results.withLock { $0[number] = result }
    }
    return try results.withLock { results in try items.indices.compactMap { try results[$0]?.get() } }
}

/// Workspaces that several tests share: they are held to the end, and their folders go with the process.
enum SharedWorkspaces {
    private static let kept = Mutex([Workspace]())

    /// A workspace whose folder is removed when the process ends.
    static func make() throws -> Workspace {
        let space = try Workspace()
        let isFirst = kept.withLock { kept in
            kept.append(space)
            return kept.count == 1
        }
        // By name: constants of the suites hold the workspaces too, and nothing ends those.
        if isFirst {
            atexit {
                let paths = SharedWorkspaces.kept.withLock { $0.map(\.path) }
                for path in paths { try? FileManager.default.removeItem(atPath: path) }
            }
        }
        return space
    }
}
