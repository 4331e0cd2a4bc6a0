public import Diagnostics
public import FileSystem
private import Synchronization

/// What one ingest or import has added to a library, so that it can go again when it fails.
public final class ObjectJournal: Sendable {
    private let noted = Mutex<[String]>([])

    func note(_ path: String) { noted.withLock { $0.append(path) } }

    /// The paths of objects, records and editions, in the order in which they came.
    var paths: [String] { noted.withLock { $0 } }
}

extension Library {
    /// The same library, with a journal of the objects that are added through it.
    public func journalling() -> (library: Library, journal: ObjectJournal) {
        var library = self
        let journal = ObjectJournal()
        library.journal = journal
        return (library, journal)
    }

    /// Takes back what was added, if nobody else writes the library now; else it is left to `prune`. What another edition needs by
    /// now stays, and so does an edition that was made live or pinned meanwhile, or is in use.
    /// - Parameter isNew: whether the library was made for it, and goes too when nothing is left in it.
    /// - Throws: `Fault` when another edition cannot be read, so that what it needs is not known; then nothing is taken back.
    public func takeBack(_ journal: ObjectJournal, isNew: Bool, lock: borrowing FileLock) throws(Fault) {
        guard lock.becomes(.exclusive) else { return }
        let promotions = try lockForPromotion(waiting: 10)
        let added = journal.paths
        let live = try live()
        let pins = try pins()
        for path in added where Path.folder(of: path) == editionsFolder {
            let id = Path.name(of: path)
            let isNeeded = id == live?.edition || id == live?.canary?.edition || pins[id] != nil
            if !isNeeded, Path.isFolder(path) { _ = try forget(id) }
        }
        let needed = try Objects(self, of: editionIDs())
        for path in added.reversed() where Path.folder(of: path) != editionsFolder && !needed.paths.contains(path) {
            try Path.remove(path)
            Path.removeFolderIfEmpty(Path.folder(of: path))
        }
        if isNew { try removeIfUnused() }
        _ = consume promotions
    }

    /// Removes the folder if nothing was ever published in it.
    /// - Throws: `Fault` when it cannot be removed.
    private func removeIfUnused() throws(Fault) {
        guard try editionIDs().isEmpty, !Path.exists(cataloguePath), !Path.exists(currentPath) else { return }
        try Path.remove(root)
    }
}
