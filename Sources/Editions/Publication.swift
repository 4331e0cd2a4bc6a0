public import Diagnostics
public import FileSystem
private import Foundation

extension Library {
    /// Lets one process at a time add editions; readers are never held up.
    /// - Parameter seconds: how long to wait for another ingest.
    /// - Throws: `Fault` (`tryAgain`) when another ingest is still at work.
    public func lockForWriting(waiting seconds: Int) throws(Fault) -> FileLock {
        let lock = try FileLock.take(
            root + "/.lock", waiting: seconds,
            busy: "\(root): another ingest is writing this library; try again when it is done")
        // Whoever left these is dead: the lock was free.
        for name in try Path.list(editionsFolder) where name.hasPrefix(".building-") {
            try Path.remove("\(editionsFolder)/\(name)")
        }
        for name in try Path.list(root) where name.hasPrefix(Self.temporaryPrefix) {
            try Path.remove("\(root)/\(name)")
        }
        return lock
    }

    private static let temporaryPrefix = ".making-"

    /// A new name in the library's folder for a file that is made under a name, and is removed by whoever makes it. What a
    /// killed process leaves goes when the library is next locked for writing.
    public func temporaryPath(_ fileExtension: String) -> String {
        "\(root)/\(Self.temporaryPrefix)\(UUID().uuidString).\(fileExtension)"
    }

    /// Publishes an edition: from here on it can be read by its id, whole; it is not live yet.
    ///
    /// All objects must be stored. They and the edition are durable when this returns.
    /// - Parameter entries: the clips, in any order.
    /// - Returns: the edition. When the same edition exists already, that one.
    /// - Throws: `Fault` when the disk is full.
    public func publish(
        _ draft: EditionManifest, clips entries: [ClipEntry], lock: borrowing FileLock
    ) throws(Fault) -> Edition {
        let table = ClipTable.encoded(entries, renditions: draft.renditions.count)
        var manifest = draft
        manifest.clipTable = ObjectID.of(table)
        let id = Edition.id(of: manifest)
        let final = "\(editionsFolder)/\(id)"
        if !Path.isFolder(final) {
            let building = "\(editionsFolder)/.building-\(id)"
            do throws(Fault) {
                try Path.createFolder(building)
                try OutputFile.write(table, to: building + "/clips.idx")
                try OutputFile.write(
                    Self.json(manifest, pretty: true) + Array("\n".utf8), to: building + "/edition.json")
                try Path.syncFileSystem(of: building)
                try Path.move(building, to: final)
                journal?.note(final)
                try Path.syncFolder(editionsFolder)
            } catch {
                try? Path.remove(building)
                throw error
            }
        }
        return try edition(id)
    }
}
