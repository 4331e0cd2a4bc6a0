public import Diagnostics
private import Glibc

/// A file that whole lines are appended to, durable when `append` returns. One process has it at a time.
public final class AppendedFile {
    /// Where it is.
    public let path: String
    /// Bytes of whole lines in it.
    public private(set) var size: Int64
    private let descriptor: Int32

    /// Opens the file, or makes it. What a killed process left of a line goes: nobody was told that it was there.
    /// - Parameters:
    ///   - seconds: how long another process that has it is waited for.
    ///   - busy: the line of the error when it has it to the end.
    /// - Throws: `Fault` when it cannot be made or read, and `.tryAgain` while another process has it.
    public init(_ path: String, waiting seconds: Int = 0, busy: String? = nil) throws(Fault) {
        (self.path, size) = (path, 0)
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw .file(errno, "open", path, creating: true) }
        for attempt in 0...seconds * 10 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { break }
            guard errno == EWOULDBLOCK || errno == EINTR else { throw .file(errno, "lock", path) }
            guard attempt < seconds * 10 else {
                throw Fault(
                    .tryAgain,
                    busy ?? "\(path): another process appends to it; wait until it ends, or name another place")
            }
            usleep(100_000)
        }
        try cutToWholeLines()
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    private func cutToWholeLines() throws(Fault) {
        var end = lseek(descriptor, 0, SEEK_END)
        guard end >= 0 else { throw .file(errno, "read", path) }
        var byte: UInt8 = 0
        while end > 0 {
            guard pread(descriptor, &byte, 1, end - 1) == 1 else { throw .file(errno, "read", path) }
            if byte == UInt8(ascii: "\n") { break }
            end -= 1
        }
        guard ftruncate(descriptor, end) == 0 else { throw .file(errno, "write", path) }
        size = Int64(end)
    }

    /// Appends lines durably, or nothing.
    /// - Throws: `Fault` when the disk is full or fails.
    public func append(_ lines: [UInt8]) throws(Fault) {
        var done = 0
        while done < lines.count {
            let count = lines.withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress?.advanced(by: done), lines.count - done, off_t(size) + done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return try undo(.file(errno, "write", path)) }
            done += count
        }
        guard fdatasync(descriptor) == 0 else { return try undo(.file(errno, "write", path)) }
        size += Int64(lines.count)
    }

    /// Takes back what was written of lines that cannot all be.
    private func undo(_ fault: Fault) throws(Fault) {
        ftruncate(descriptor, off_t(size))
        throw fault
    }

    /// Appends lines to a file, durably.
    /// - Throws: `Fault`, as ``init(_:)`` and ``append(_:)``.
    public static func append(_ lines: [UInt8], to path: String) throws(Fault) { try AppendedFile(path).append(lines) }
}
