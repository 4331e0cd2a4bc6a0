public import Diagnostics
private import Glibc

/// An exclusive lock on a file, held while the value lives (`flock`). The kernel lets it go when the process ends, however
/// it ends.
public struct FileLock: ~Copyable {
    private let descriptor: Int32

    /// Takes the lock, waiting for another holder.
    /// - Parameters:
    ///   - path: the lock file; made when missing.
    ///   - seconds: how long to wait.
    ///   - busy: the line of the error when somebody else holds it to the end.
    /// - Throws: `Fault` (`tryAgain`) when it stays taken; `cannotCreate` when the file cannot be made.
    public static func take(_ path: String, waiting seconds: Int, busy: String) throws(Fault) -> FileLock {
        let descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .file(errno, "lock", path, creating: true) }
        let lock = FileLock(descriptor: descriptor)
        for attempt in 0...seconds * 10 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return lock }
            guard errno == EWOULDBLOCK || errno == EINTR else { throw .file(errno, "lock", path) }
            if attempt < seconds * 10 { usleep(100_000) }
        }
        throw Fault(.tryAgain, busy)
    }

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }
}
