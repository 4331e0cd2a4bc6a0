public import Diagnostics
private import Glibc

/// An open file that is read at given positions.
public struct InputFile: ~Copyable {
    /// The file, as it was given.
    public let path: String
    /// Bytes in the file when it was opened.
    public let size: Int64
    let descriptor: Int32

    /// Opens a regular file.
    /// - Throws: `Fault` when there is none or it cannot be read.
    public static func open(_ path: String) throws(Fault) -> InputFile {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(errno, "open", path) }
        var status = stat()
        let result = fstat(descriptor, &status)
        let code = errno
        let file = InputFile(path: path, size: Int64(status.st_size), descriptor: descriptor)
        guard result == 0 else { throw .file(code, "open", path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw Fault(.notFound, "\(path): is not a file") }
        return file
    }

    private init(path: String, size: Int64, descriptor: Int32) {
        self.path = path
        self.size = size
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// The `count` bytes from `offset` on.
    /// - Throws: `Fault` when the file ends before, or cannot be read.
    public borrowing func read(at offset: Int64, count: Int) throws(Fault) -> [UInt8] {
        // Ranges may come from damaged files: nothing is allocated for what cannot be there.
        guard offset >= 0, count >= 0 else {
            throw Fault(.badInput, "\(path): has no \(count) bytes at byte \(offset)")
        }
        guard offset <= size, count <= size - offset else { throw endsBefore(offset, count) }
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let result = pread(
                    descriptor, buffer.baseAddress?.advanced(by: filled), count - filled, off_t(offset) + filled)
                if result < 0, errno == EINTR { continue }
                if result < 0 { code = errno }
                if result <= 0 { break }
                filled += result
            }
        }
        if code != 0 { throw .file(code, "read", path) }
        guard bytes.count == count else { throw endsBefore(offset, count) }
        return bytes
    }

    /// Reads at most `count` bytes from `offset` on into the beginning of `buffer`.
    /// - Returns: how many were read; 0 at the end of the file.
    /// - Throws: `Fault` when the file cannot be read.
    borrowing func read(into buffer: inout [UInt8], at offset: Int64, count: Int) throws(Fault) -> Int {
        precondition(count <= buffer.count)
        while true {
            let result = buffer.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, count, off_t(offset)) }
            if result >= 0 { return result }
            if errno != EINTR { throw .file(errno, "read", path) }
        }
    }

    private func endsBefore(_ offset: Int64, _ count: Int) -> Fault {
        let (sum, overflow) = offset.addingReportingOverflow(Int64(count))
        return Fault(
            .badInput, "\(path): ends at byte \(size), before byte \(overflow ? .max : sum) that is needed")
    }

    /// The whole file.
    /// - Throws: `Fault` when it cannot be read.
    public static func contents(of path: String) throws(Fault) -> [UInt8] {
        let file = try open(path)
        return try file.read(at: 0, count: Int(file.size))
    }
}

/// A file that is mapped into memory for as long as the object lives. Only for files that never change.
public final class MappedFile: @unchecked Sendable {  // its pointer is to memory that nobody writes, released with it
    /// The file's content.
    public let bytes: UnsafeRawBufferPointer

    /// Maps a file.
    /// - Throws: `Fault` when there is none or it cannot be read.
    public init(_ path: String) throws(Fault) {
        let file = try InputFile.open(path)
        guard file.size > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        let address = mmap(nil, Int(file.size), PROT_READ, MAP_PRIVATE, file.descriptor, 0)
        guard let address, address != MAP_FAILED else { throw .file(errno, "map", path) }
        bytes = UnsafeRawBufferPointer(start: address, count: Int(file.size))
    }

    deinit {
        if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
    }
}
