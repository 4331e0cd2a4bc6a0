public import Diagnostics
private import Glibc

/// A lock on a file, held while the value lives (`flock`). The kernel lets it go when the process ends, however it ends: no owner
/// that is dead holds one.
public struct FileLock: ~Copyable, Sendable {
    private let descriptor: Int32

    /// Who else may hold a lock at the same time.
    public enum Mode: Sendable {
        /// Others that share it too.
        case shared
        /// Nobody.
        case exclusive

        fileprivate var operation: Int32 { self == .shared ? LOCK_SH : LOCK_EX }
    }

    /// Takes the lock, waiting for other holders.
    /// - Parameters:
    ///   - path: the lock file; made when missing.
    ///   - seconds: how long to wait.
    ///   - busy: the line of the error when somebody else holds it to the end.
    /// - Throws: `Fault` (`tryAgain`) when it stays taken; `cannotCreate` when the file cannot be made.
    public static func take(
        _ path: String, _ mode: Mode = .exclusive, waiting seconds: Int, busy: String
    ) throws(Fault) -> FileLock {
        let descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .file(errno, "lock", path, creating: true) }
        let lock = FileLock(descriptor: descriptor)
        for attempt in 0...seconds * 10 {
            if lock.becomes(mode) { return lock }
            guard errno == EWOULDBLOCK || errno == EINTR else { throw .file(errno, "lock", path) }
            if attempt < seconds * 10 { usleep(100_000) }
        }
        throw Fault(.tryAgain, busy)
    }

    /// Holds a file that exists, for reading, beside others that do.
    /// - Returns: `nil` when it is not there any more, or somebody holds it alone, to remove it.
    /// - Throws: `Fault` when it cannot be opened.
    public static func share(existing path: String) throws(Fault) -> FileLock? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw .file(errno, "open", path)
        }
        let lock = FileLock(descriptor: descriptor)
        guard lock.becomes(.shared) else {
            if errno == EWOULDBLOCK { return nil }
            throw .file(errno, "lock", path)
        }
        // Between opening and locking it may have been removed.
        var (held, named) = (stat(), stat())
        guard fstat(descriptor, &held) == 0, stat(path, &named) == 0, held.st_ino == named.st_ino,
            held.st_dev == named.st_dev
        else { return nil }
        return lock
    }

    /// Changes the mode, if that can be done at once. When it cannot, the lock may be lost.
    public borrowing func becomes(_ mode: Mode) -> Bool {
        var result: Int32
        repeat { result = flock(descriptor, mode.operation | LOCK_NB) } while result != 0 && errno == EINTR
        return result == 0
    }

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }
}
