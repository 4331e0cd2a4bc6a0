public import Diagnostics
private import FileSystem
private import Foundation

/// The output folder of a farm, and the names of what the farm keeps in it beside the reels.
///
/// ```
/// DIR/….mp4                     the reels
/// DIR/shards/settings.json      what all tasks of a list have to agree on
/// DIR/shards/submitted.json     what an engine was asked to do, and its files beside
/// DIR/shards/3-of-8.ndjson      what task 3 of 8 made, one line a reel, in the order in which it was made
/// DIR/manifest.ndjson           all reels in the order of the list, once they are complete
/// DIR/SHA256SUMS                the same for sha256sum --check
/// ```
public struct FarmFolder: Sendable {
    /// The folder.
    public let path: String

    static let shardsName = "shards"
    static let manifestName = "manifest.ndjson"
    static let checksumsName = "SHA256SUMS"
    static let ownNames: Set<String> = [manifestName, checksumsName]

    /// Names a folder; nothing is made.
    public init(_ path: String) { self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path }

    /// Makes the folders that are missing.
    /// - Throws: `Fault` (`cannotCreate`) when that cannot be done.
    public func create() throws(Fault) { try Path.createFolder(shards) }

    /// The folder of what tasks made.
    public var shards: String { "\(path)/\(Self.shardsName)" }
    /// What all tasks agree on.
    public var settings: String { "\(shards)/settings.json" }
    /// The lock under which they agree.
    public var lock: String { "\(shards)/.lock" }
    /// What was handed to an engine.
    public var submitted: String { "\(shards)/submitted.json" }
    /// All reels, once complete.
    public var manifest: String { "\(path)/\(Self.manifestName)" }
    /// Their hashes for `sha256sum --check`.
    public var checksums: String { "\(path)/\(Self.checksumsName)" }

    /// Where a shard notes what it made.
    public func manifest(of shard: Shard) -> String { "\(shards)/\(shard.index)-of-\(shard.count).ndjson" }

    /// Where a reel of the list lies.
    public func reel(_ output: String) -> String { "\(path)/\(output)" }

    /// Writes a value as one line of JSON with sorted keys, for good.
    static func note(_ value: some Encodable, in path: String) throws(Fault) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let bytes = try? encoder.encode(value) else { throw Fault(.internalError, "\(path): cannot be encoded") }
        try OutputFile.write(Array(bytes) + [0x0A], to: path, durable: true)
    }

    /// The manifests that are there, whatever the number of shards when they were written, each with its shard.
    /// - Throws: `Fault` when the folder cannot be read.
    public func manifests() throws(Fault) -> [(shard: Shard, path: String)] {
        guard Path.isFolder(shards) else { return [] }
        var found: [(shard: Shard, path: String)] = []
        for name in try Path.list(shards) where name.hasSuffix(".ndjson") {
            let numbers = name.dropLast(".ndjson".count).split(separator: "-")
            guard numbers.count == 3, numbers[1] == "of", let shard = try? Shard("\(numbers[0])/\(numbers[2])") else {
                continue
            }
            found.append((shard, "\(shards)/\(name)"))
        }
        return found.sorted { ($0.shard.count, $0.shard.index) < ($1.shard.count, $1.shard.index) }
    }
}
