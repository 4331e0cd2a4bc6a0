public import Diagnostics
import Foundation
import GRDB

/// The titles, and what viewers did: one SQLite file in WAL mode, so that many may read while one writes.
///
///     let catalogue = try Catalogue.open("library/catalogue.sqlite")
///     try catalogue.importTitles("titles.json")
///     let snapshot = try catalogue.snapshot(viewer: "v1", at: now)
///
/// Each import is one transaction: it happens whole or not at all. Every error is a `Fault` that names a file.
public final class Catalogue: Sendable {
    private let pool: DatabasePool
    private let path: String

    private init(pool: DatabasePool, path: String) {
        self.pool = pool
        self.path = path
    }

    /// Opens the catalogue at `path`, brings an older one up to date, and makes a new one where there is none.
    ///
    /// - Parameters:
    ///   - path: the file; SQLite keeps `-wal` and `-shm` files beside it.
    ///   - creating: `false` refuses to make a new one.
    ///   - busyTimeout: seconds to wait for another process that writes.
    ///   - cache: the most bytes of the file that each connection keeps in memory; there are up to six.
    /// - Throws: `Fault` `.notFound` for a missing file when not `creating`; `.cannotCreate` for a missing or read-only
    ///   folder; `.badInput` for a file that is no SQLite database, is damaged, is not a catalogue or has a newer schema;
    ///   `.tryAgain` when another process kept writing.
    public static func open(
        _ path: String, creating: Bool = true, busyTimeout: Double = 5, cache: Int = 256 << 20
    ) throws(Fault) -> Catalogue {
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        guard !isFolder.boolValue else { throw Fault(.badInput, "\(printable(path)): is a folder, not a catalogue") }
        guard exists || creating else {
            throw Fault(.notFound, "\(printable(path)): there is no catalogue; import titles first")
        }
        return try translating(path) {
            // SQLite does not wait when several processes switch a new file to WAL at once; it is busy straight away.
            let deadline = ContinuousClock.now + .seconds(busyTimeout)
            while true {
                do {
                    return Catalogue(
                        pool: try pool(path, checking: exists, busyTimeout: busyTimeout, cache: cache), path: path)
                } catch let error as DatabaseError
                    where error.resultCode == .SQLITE_BUSY && ContinuousClock.now < deadline
                {
                    Thread.sleep(forTimeInterval: 0.01)
                }
            }
        }
    }

    /// Opens the file, with the newest schema; `checking` that it is ours before anything of it is touched.
    private static func pool(
        _ path: String, checking: Bool, busyTimeout: Double, cache: Int
    ) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.busyMode = .timeout(busyTimeout)
        if checking {
            // A database that is not ours must not even be switched to WAL.
            var readOnly = configuration
            readOnly.readonly = true
            try DatabaseQueue(path: path, configuration: readOnly).read { db in try Schema.check(db, path: path) }
        }
        // Events come in the order of their random ids: with little memory each one would read and write pages of its own. In KiB.
        configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA cache_size = -\(cache >> 10)") }
        let pool = try DatabasePool(path: path, configuration: configuration)
        let isCurrent = try pool.read { db in try Int64.fetchOne(db, sql: "PRAGMA user_version") == Schema.version }
        if !isCurrent { try pool.write { db in try Schema.migrate(db, path: path) } }
        return pool
    }

    /// Reads in one transaction: all that `body` sees is of one moment.
    func read<T>(_ body: (Database) throws -> T) throws(Fault) -> T {
        try Self.translating(path) { try pool.read(body) }
    }

    /// Writes in one transaction, which is undone when `body` throws.
    func write<T>(_ body: (Database) throws -> T) throws(Fault) -> T {
        try Self.translating(path) { try pool.write(body) }
    }

    /// Moves what SQLite keeps in its log into the file, and empties the log.
    /// - Throws: `Fault` `.tryAgain` while others read.
    public func checkpoint() throws(Fault) {
        try Self.translating(path) { try pool.writeWithoutTransaction { db in _ = try db.checkpoint(.truncate) } }
    }

    /// Turns what SQLite says into a line for a person.
    private static func translating<T>(_ path: String, _ body: () throws -> T) throws(Fault) -> T {
        do {
            return try body()
        } catch let fault as Fault {
            throw fault
        } catch let error as DatabaseError {
            throw fault(of: error, path: printable(path))
        } catch {
            throw Fault(.internalError, "\(printable(path)): \(printable(String(describing: error)))")
        }
    }

    private static func fault(of error: DatabaseError, path: String) -> Fault {
        let said = printable(error.message ?? "SQLite code \(error.extendedResultCode.rawValue)")
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return Fault(.tryAgain, "\(path): another process is writing; try again when it is done")
        case .SQLITE_NOTADB:
            return Fault(.badInput, "\(path): is not an SQLite database; name the catalogue or move the file away")
        case .SQLITE_CORRUPT:
            return Fault(.badInput, "\(path): the catalogue is damaged (\(said)); restore it from a copy")
        case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            return Fault(.cannotCreate, "\(path): cannot be opened for writing (\(said)); check its folder")
        case .SQLITE_FULL, .SQLITE_IOERR:
            return Fault(.inputOutput, "\(path): reading or writing failed (\(said))")
        default:
            return Fault(.internalError, "\(path): \(said)")
        }
    }
}
