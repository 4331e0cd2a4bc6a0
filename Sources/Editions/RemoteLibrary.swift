public import Diagnostics
private import Crypto
import Download
private import FileSystem
private import Foundation
private import Synchronization

/// Where what is read over HTTP is kept, and how much of it.
public struct LibraryCache: Sendable, Equatable {
    /// The folder; each library has one of its own in it.
    public var folder: String
    /// Bytes of media objects that may stay. What was used within the last minute stays too.
    public var bytes: Int64

    /// Describes a cache.
    public init(folder: String, bytes: Int64 = 10 << 30) { (self.folder, self.bytes) = (folder, bytes) }
}

extension Library {
    /// Opens a library for reading: a folder, or one that lies behind HTTP.
    ///
    /// Of the latter, editions and media objects are fetched when they are first read, held against their names, and kept in a folder of
    /// the cache, which is a library itself. Which edition is live is asked each time.
    /// - Parameter place: the folder or the address.
    /// - Throws: `Fault` when there is none.
    public static func open(reading place: String, cache: LibraryCache) throws(Fault) -> Library {
        guard RemoteFolder.isAddress(place) else { return try open(place) }
        let remote = try RemoteFolder(place)
        let name = Hex.text(SHA256.hash(data: Data(remote.address.utf8)).prefix(16))
        try Path.createFolder(cache.folder)
        var library = try create("\(cache.folder)/\(name)")
        library.origin = LibraryOrigin(remote, limit: cache.bytes, mediaFolder: library.mediaFolder)
        try library.origin?.trim()
        return library
    }

    /// The file of a media object, for reading; fetched where the library lies behind HTTP and it was not yet.
    /// - Throws: `Fault` when it cannot be fetched, or is not what its name says. Whether a file of a folder is there, opening it tells.
    public func file(of object: ObjectID, _ fileExtension: String) throws(Fault) -> String {
        let path = path(of: object, fileExtension)
        guard let origin, !Path.touch(path) else { return path }
        let name = String(path.dropFirst(root.count + 1))
        var writer = try newObject(fileExtension)
        try origin.remote.read(name, limit: origin.limit) { (piece) throws(Fault) in try writer.append(Array(piece)) }
        let size = writer.size
        guard try writer.finish(named: object) else {
            throw Fault(
                .badInput,
                "\(origin.remote.address)/\(name): its content is not what its name says; copy it there again")
        }
        try origin.note(size)
        return path
    }

    /// Fetches the files of media objects side by side, so that none is waited for alone; nothing to do for a folder.
    /// - Throws: as `file(of:_:)`.
    public func prepare(_ objects: [MadeObject]) throws(Fault) {
        guard origin != nil, !objects.isEmpty else { return }
        let threads = min(8, objects.count)
        let next = Mutex(0)
        let failure = Mutex<Fault?>(nil)
        let finished = DispatchGroup()
        for _ in 0..<threads {
            finished.enter()
            // A thread each, not one of the pool's: they wait for the network.
            Thread.detachNewThread {
                defer { finished.leave() }
                while let number = next.withLock({ next in
                    next < objects.count && failure.withLock { $0 == nil } ? (next, next += 1).0 : nil
                }) {
                    do throws(Fault) {
                        _ = try file(of: objects[number].id, objects[number].fileExtension)
                    } catch { failure.withLock { $0 = $0 ?? error } }
                }
            }
        }
        finished.wait()
        if let fault = failure.withLock({ $0 }) { throw fault }
    }

    /// Which editions are live, asked of the server.
    func liveAtOrigin(_ origin: LibraryOrigin) throws(Fault) -> LiveEditions? {
        do throws(Fault) {
            try OutputFile.write(origin.remote.contents(of: "current", limit: 1 << 20), to: currentPath)
        } catch {
            guard error.status == .notFound else { throw error }
            return nil
        }
        return try readLive()
    }

    /// Fetches an edition, unless it is there already. It appears whole and held against its id.
    func fetchEdition(_ id: String, from origin: LibraryOrigin) throws(Fault) {
        guard !Path.isFolder("\(editionsFolder)/\(id)") else { return }
        let lock = try lockForAdding(waiting: 10)
        let building = try buildingFolder()
        do throws(Fault) {
            for name in ["edition.json", "clips.idx"] {
                var file = try OutputFile.create("\(building)/\(name)")
                try origin.remote.read("editions/\(id)/\(name)", limit: origin.limit) { (piece) throws(Fault) in
                    try file.append(piece)
                }
                try file.commit()
            }
            let draft = try Edition(id: id, library: self, building: building)
            if let fault = try draft.fileFaults().first {
                throw Fault(
                    .badInput, "\(origin.remote.address)/editions/\(id)/\(Path.name(of: fault.file)): \(fault.problem)")
            }
            try reveal(building, as: id)
        } catch {
            try? Path.remove(building)
            throw error
        }
        _ = consume lock
    }
}

/// Where a library comes from that lies behind HTTP, and how much of it is kept.
final class LibraryOrigin: Sendable {
    let remote: RemoteFolder
    let limit: Int64
    private let mediaFolder: String
    private let fetched = Mutex<Int64>(0)

    init(_ remote: RemoteFolder, limit: Int64, mediaFolder: String) {
        (self.remote, self.limit, self.mediaFolder) = (remote, limit, mediaFolder)
    }

    /// Counts bytes that were fetched; now and then makes room.
    func note(_ bytes: Int64) throws(Fault) {
        let isMuch = fetched.withLock { fetched in
            fetched += bytes
            guard fetched > limit / 16 else { return false }
            fetched = 0
            return true
        }
        if isMuch { try trim() }
    }

    /// Removes media objects that were not used for longest, until the rest is within the limit. Those used within the last minute stay: a
    /// process may be about to open them.
    func trim() throws(Fault) {
        var files: [Path.Usage] = []
        for folder in try Path.list(mediaFolder) { files += try Path.usage("\(mediaFolder)/\(folder)") }
        var total = files.reduce(0) { $0 + $1.bytes }
        guard total > limit else { return }
        let now = Int64(Date().timeIntervalSince1970)
        for file in files.sorted(by: { $0.used < $1.used }) where total > limit && file.used < now - 60 {
            try Path.remove(file.path)
            total -= file.bytes
        }
    }
}
