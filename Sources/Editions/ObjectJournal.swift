public import Diagnostics
private import FileSystem
private import Synchronization

/// The media objects that one ingest has added, so that they can go again when it fails.
public final class ObjectJournal: Sendable {
    private let paths = Mutex<[String]>([])

    func note(_ path: String) { paths.withLock { $0.append(path) } }

    /// Removes what was added. Objects that were there before stay.
    /// - Throws: `Fault` when one cannot be removed.
    public func discard() throws(Fault) {
        // What came last goes first: an edition before the objects that it names.
        for path in paths.withLock({ $0 }).reversed() {
            let isEdition = Path.isFolder(path)
            try Path.remove(path)
            if !isEdition { Path.removeFolderIfEmpty(Path.folder(of: path)) }
        }
        paths.withLock { $0.removeAll() }
    }
}

extension Library {
    /// The same library, with a journal of the objects that are added through it.
    public func journalling() -> (library: Library, journal: ObjectJournal) {
        var library = self
        let journal = ObjectJournal()
        library.journal = journal
        return (library, journal)
    }

    /// Removes the folder if nothing was ever published in it.
    /// - Throws: `Fault` when it cannot be removed.
    public func removeIfUnused() throws(Fault) {
        guard try editionIDs().isEmpty, !Path.exists(cataloguePath), !Path.exists(currentPath) else { return }
        try Path.remove(root)
    }
}
