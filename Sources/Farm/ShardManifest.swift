public import Diagnostics
private import FileSystem
private import Synchronization

/// Notes what a shard made, so that it survives the task. While the value lives no other task of the same shard can run.
public final class ShardManifest: Sendable {
    private let file: Mutex<AppendedFile>

    /// Begins or goes on with the manifest of a shard.
    /// - Throws: `Fault` (`tryAgain`) when a task with the same shard is running.
    public init(_ shard: Shard, in folder: FarmFolder, waiting seconds: Int = 2) throws(Fault) {
        let path = folder.manifest(of: shard)
        let held = try AppendedFile(
            path, waiting: seconds,
            busy: "\(path): another task makes shard \(shard) at this moment; give each its own --shard, or wait for it"
        )
        file = Mutex(held)
    }

    /// Notes reels that are there, for good.
    /// - Throws: `Fault` when the disk is full.
    public func note(_ entries: [ManifestEntry]) throws(Fault) {
        guard !entries.isEmpty else { return }
        try append(entries.flatMap(\.line))
    }

    /// Notes a line that gave no reel.
    /// - Throws: `Fault` when the disk is full.
    public func note(_ failure: JobFailure) throws(Fault) { try append(failure.text) }

    private func append(_ lines: [UInt8]) throws(Fault) {
        try file.withLock { file throws(Fault) in try file.append(lines) }
    }
}
