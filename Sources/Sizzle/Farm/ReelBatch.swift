internal import Diagnostics
private import Editions
internal import Farm
internal import FileSystem
private import Stitching
private import Synchronization

/// A line of the list with what will be noted of it.
struct NamedReel: Sendable {
    var place: JobPlace
    var entry: ManifestEntry
}

/// A reel that is written and has no name yet, or was named before, with further names for it.
final class PendingReel: @unchecked Sendable {  // one thread at a time has it: it is handed over under a lock
    private var file: OutputFile?
    /// Whether it was written now.
    let isNew: Bool
    let entry: ManifestEntry
    let links: [NamedReel]

    init(_ file: consuming OutputFile?, _ entry: ManifestEntry, links: [NamedReel]) {
        isNew = file != nil
        self.file = consume file
        self.entry = entry
        self.links = links
    }

    func commit() throws(Fault) { try file.take()?.commit() }
}

/// What became of a reel and its further names.
struct NamedReels: Sendable {
    var entry: ManifestEntry
    var isNew: Bool
    var linked = 0
    /// Names that the file system does not give to a file that has others.
    var unlinked: [NamedReel] = []
    var failed: [(reel: NamedReel, fault: Fault)] = []
}

/// Gives finished reels their names, many at a time: what makes them survive a power failure costs as much for one as for all.
final class ReelBatch: Sendable {
    private struct State {
        var reels: [PendingReel] = []
        var bytes: Int64 = 0
        var since = ContinuousClock.now
    }
    private let folder: FarmFolder
    private let manifest: ShardManifest
    private let state = Mutex(State())
    /// Held while names are given, so that manifests have them in one order.
    private let committing = Mutex(())
    private let made: @Sendable (NamedReels) -> Void

    private static let mostReels = 64
    private static let mostBytes: Int64 = 256 << 20
    private static let longest = Duration.seconds(5)

    /// - Parameter made: is called with each reel that has its name.
    init(_ folder: FarmFolder, _ manifest: ShardManifest, made: @escaping @Sendable (NamedReels) -> Void) {
        self.folder = folder
        self.manifest = manifest
        self.made = made
    }

    /// Takes a written reel, and names those that wait when there are enough.
    func add(_ reel: PendingReel) throws {
        let bytes = reel.entry.bytes
        let isFull = state.withLock { state in
            if state.reels.isEmpty { state.since = .now }
            state.reels.append(reel)
            state.bytes += bytes
            return state.reels.count >= Self.mostReels || state.bytes >= Self.mostBytes
                || ContinuousClock.now - state.since > Self.longest
        }
        if isFull { try flush() }
    }

    /// Names all that wait.
    /// - Throws: `Fault` of the first that could not be named; the others are.
    func flush() throws {
        try committing.withLock { _ in
            let reels = state.withLock { state in
                defer { state = State() }
                return state.reels
            }
            guard !reels.isEmpty else { return }
            try Path.syncFileSystem(of: folder.path)
            var failure: Fault?
            var entries: [ManifestEntry] = []
            var named: [NamedReels] = []
            for reel in reels {
                do throws(Fault) {
                    try reel.commit()
                    if reel.isNew { entries.append(reel.entry) }
                    named.append(link(reel, &entries))
                } catch { failure = failure ?? error }
            }
            for path in Set(entries.map { Path.folder(of: folder.reel($0.path)) }) { try Path.syncFolder(path) }
            try manifest.note(entries)
            for reels in named { made(reels) }
            if let failure { throw failure }
        }
    }

    private func link(_ reel: PendingReel, _ entries: inout [ManifestEntry]) -> NamedReels {
        var result = NamedReels(entry: reel.entry, isNew: reel.isNew)
        let source = folder.reel(reel.entry.path)
        for link in reel.links {
            let path = folder.reel(link.entry.path)
            do throws(Fault) {
                try Path.createFolder(Path.folder(of: path))
                guard try Path.link(source, as: path) else {
                    result.unlinked.append(link)
                    continue
                }
                result.linked += 1
                entries.append(link.entry)
            } catch { result.failed.append((link, error)) }
        }
        return result
    }
}
