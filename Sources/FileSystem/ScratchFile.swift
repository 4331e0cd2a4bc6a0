public import Diagnostics
private import CFileSystem
private import Glibc

/// A file without a name for what does not fit memory: it goes with the value that owns it, and with a killed process.
public final class ScratchFile {
    private let descriptor: Int32
    private let folder: String

    /// Makes an empty file on the disk of a folder.
    /// - Throws: `Fault` (`cannotCreate`) when the folder is missing or cannot be written.
    public init(in folder: String) throws(Fault) {
        self.folder = folder
        let nameless = sizzle_open_nameless(folder)
        if nameless >= 0 {
            descriptor = nameless
            return
        }
        guard errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL else {
            throw .file(errno, "create", folder, creating: true)
        }
        // Where a file system has no nameless files, the name is taken away at once.
        let name = "\(folder)/.scratch-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
        descriptor = open(name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .file(errno, "create", name, creating: true) }
        unlink(name)
    }

    deinit { close(descriptor) }

    /// A path by which this process can open the file while it exists.
    public var path: String { "/proc/self/fd/\(descriptor)" }

    /// Writes bytes at a place.
    /// - Throws: `Fault` (`inputOutput`) when the disk is full.
    public func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(Fault) {
        var done = 0
        while done < bytes.count {
            let result = pwrite(
                descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done, off_t(offset) + done)
            if result < 0, errno == EINTR { continue }
            guard result > 0 else { throw .file(errno, "write", folder) }
            done += result
        }
    }

    /// Fills `bytes` from a place.
    /// - Throws: `Fault` (`inputOutput`) when the file ends before, or the disk fails.
    public func read(into bytes: UnsafeMutableRawBufferPointer, at offset: Int64) throws(Fault) {
        var done = 0
        while done < bytes.count {
            let result = pread(
                descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done, off_t(offset) + done)
            if result < 0, errno == EINTR { continue }
            guard result > 0 else { throw .file(result == 0 ? EIO : errno, "read", folder) }
            done += result
        }
    }
}
