public import Diagnostics
public import FileSystem
private import Foundation

extension Library {
    /// Lets a process add objects and editions, beside others that do; readers are never held up. Nothing is pruned meanwhile.
    /// - Parameter seconds: how long to wait for a process that prunes.
    /// - Throws: `Fault` (`tryAgain`) when that is still at work.
    public func lockForAdding(waiting seconds: Int) throws(Fault) -> FileLock {
        do {
            // Whoever left something is dead, if nobody adds anything now.
            if let alone = try? FileLock.take(lockPath, .exclusive, waiting: 0, busy: busy) {
                try removeLeftovers(alone)
            }
        }
        return try FileLock.take(lockPath, .shared, waiting: seconds, busy: busy)
    }

    /// Lets a process remove objects and editions, alone.
    /// - Parameter seconds: how long to wait for those that add some.
    /// - Throws: `Fault` (`tryAgain`) when they are still at work.
    func lockForRemoving(waiting seconds: Int) throws(Fault) -> FileLock {
        let lock = try FileLock.take(lockPath, waiting: seconds, busy: busy)
        try removeLeftovers(lock)
        return lock
    }

    private var lockPath: String { root + "/.lock" }
    private var busy: String {
        "\(root): another process is writing this library; try again when it is done"
    }

    /// Removes what processes left that were killed.
    private func removeLeftovers(_ lock: borrowing FileLock) throws(Fault) {
        // A promotion writes files of the root under a lock of its own.
        let promotions = try? lockForPromotion(waiting: 0)
        let isQuiet = promotions != nil
        for folder in [editionsFolder, root] {
            for name in try Path.list(folder)
            where [Self.buildingPrefix, Self.removingPrefix, Self.temporaryPrefix].contains(where: {
                name.hasPrefix($0)
            })
                || OutputFile.isPartial(name) && (isQuiet || folder != root)
            {
                // Somebody else may be removing it as well.
                try? Path.remove("\(folder)/\(name)")
            }
        }
        _ = consume promotions
    }

    private static let buildingPrefix = ".building-"
    static let removingPrefix = ".removing-"
    private static let temporaryPrefix = ".making-"

    /// A new name in the library's folder for a file that is made under a name, and is removed by whoever makes it. What a
    /// killed process leaves goes when the library is next locked for writing.
    public func temporaryPath(_ fileExtension: String) -> String {
        "\(root)/\(Self.temporaryPrefix)\(UUID().uuidString).\(fileExtension)"
    }

    /// Publishes an edition: from here on it can be read by its id, whole; it is not live yet.
    ///
    /// All objects must be stored. They and the edition are durable when this returns.
    /// - Parameters:
    ///   - entries: the clips, in any order.
    ///   - boundaries: a report on the clips' boundaries that is kept with the edition, not part of its id.
    /// - Returns: the edition. When the same edition exists already, that one.
    /// - Throws: `Fault` when the disk is full.
    public func publish(
        _ draft: EditionManifest, clips entries: [ClipEntry], boundaries: [UInt8]? = nil, lock: borrowing FileLock
    ) throws(Fault) -> Edition {
        let table = ClipTable.encoded(entries, renditions: draft.renditions.count)
        var manifest = draft
        manifest.clipTable = ObjectID.of(table)
        let id = Edition.id(of: manifest)
        let final = "\(editionsFolder)/\(id)"
        if try isWholeOrAbsent(id) == false { _ = try remove(final) }
        if Path.isFolder(final) {
            if let boundaries { try add(boundaries, to: id) }
        } else {
            let building = try buildingFolder()
            do throws(Fault) {
                try OutputFile.write(table, to: building + "/clips.idx")
                try OutputFile.write(
                    Self.json(manifest, pretty: true) + Array("\n".utf8), to: building + "/edition.json")
                if let boundaries {
                    try OutputFile.write(boundaries, to: "\(building)/\(Edition.boundariesName)")
                }
                try reveal(building, as: id)
            } catch {
                try? Path.remove(building)
                throw error
            }
        }
        return try edition(id)
    }

    /// Whether an edition is as it was published; `nil` where there is none.
    private func isWholeOrAbsent(_ id: String) throws(Fault) -> Bool? {
        guard Path.isFolder("\(editionsFolder)/\(id)") else { return nil }
        return (try? edition(id).fileFaults().isEmpty) ?? false
    }

    /// Keeps a report with an edition that is there already.
    private func add(_ boundaries: [UInt8], to id: String) throws(Fault) {
        let folder = "\(editionsFolder)/\(id)"
        try OutputFile.write(boundaries, to: "\(folder)/\(Edition.boundariesName)", durable: true)
        let files = try Path.list(folder).filter(Edition.ownFiles.contains)
        try OutputFile.write(
            Edition.checksums(of: files, in: folder), to: "\(folder)/\(Edition.checksumsName)", durable: true)
    }

    /// A new folder in which an edition is put together. What a killed process leaves goes when the library is next written.
    func buildingFolder() throws(Fault) -> String {
        let folder = "\(editionsFolder)/\(Self.buildingPrefix)\(UUID().uuidString)"
        try Path.createFolder(folder)
        return folder
    }

    /// Gives an edition that was put together its name, durably; where another process was faster with the same one, that stays.
    func reveal(_ building: String, as id: String) throws(Fault) {
        let final = "\(editionsFolder)/\(id)"
        // A damaged one makes room for it.
        if try isWholeOrAbsent(id) == false { _ = try remove(final) }
        let files = try Path.list(building).filter(Edition.ownFiles.contains)
        try OutputFile.write(Edition.checksums(of: files, in: building), to: "\(building)/\(Edition.checksumsName)")
        try Path.syncFileSystem(of: building)
        do throws(Fault) {
            try Path.move(building, to: final)
        } catch {
            guard Path.isFolder(final) else { throw error }
            return try Path.remove(building)
        }
        journal?.note(final)
        try Path.syncFolder(editionsFolder)
    }
}
