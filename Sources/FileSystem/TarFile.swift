private import CArchive
public import Diagnostics
private import Glibc

/// Writes regular files into a tar (POSIX pax), in order, with nothing in it that depends on the time or the user.
public struct TarWriter: ~Copyable {
    private let archive: OpaquePointer
    private let path: String

    /// Begins a tar at a path, which is written at once; `OutputFile.writingPath` makes it appear when it is whole.
    /// - Parameter name: what errors call it.
    /// - Throws: `Fault` when it cannot be opened.
    public static func create(_ path: String, named name: String) throws(Fault) -> TarWriter {
        guard let archive = archive_write_new() else { throw Fault(.internalError, "\(name): no memory for a tar") }
        let writer = TarWriter(archive: archive, path: name)
        guard archive_write_set_format_pax_restricted(archive) == ARCHIVE_OK,
            archive_write_set_bytes_in_last_block(archive, 1) == ARCHIVE_OK,
            archive_write_open_filename(archive, path) == ARCHIVE_OK
        else { throw writer.failure("cannot be created") }
        return writer
    }

    private init(archive: OpaquePointer, path: String) { (self.archive, self.path) = (archive, path) }

    deinit { archive_write_free(archive) }

    /// Appends a file under a name.
    /// - Throws: `Fault` when the disk is full, or the file cannot be read.
    public borrowing func add(_ file: borrowing InputFile, as name: String) throws(Fault) {
        guard let entry = archive_entry_new() else { throw Fault(.internalError, "\(path): no memory for a tar") }
        defer { archive_entry_free(entry) }
        archive_entry_set_pathname(entry, name)
        archive_entry_set_size(entry, file.size)
        archive_entry_set_filetype(entry, UInt32(Glibc.S_IFREG))
        archive_entry_set_perm(entry, 0o644)
        guard archive_write_header(archive, entry) == ARCHIVE_OK else { throw failure("cannot be written") }
        var offset: Int64 = 0
        while offset < file.size {
            let bytes = try file.read(at: offset, count: Int(min(1 << 20, file.size - offset)))
            guard archive_write_data(archive, bytes, bytes.count) == bytes.count else {
                throw failure("cannot be written")
            }
            offset += Int64(bytes.count)
        }
    }

    /// Writes the end.
    /// - Throws: `Fault` when the disk is full.
    public consuming func finish() throws(Fault) {
        guard archive_write_close(archive) == ARCHIVE_OK else { throw failure("cannot be written") }
    }

    private borrowing func failure(_ what: String) -> Fault {
        let reason = archive_error_string(archive).map { String(cString: $0) } ?? "unknown error"
        return Fault(.inputOutput, "\(path): \(what): \(reason)")
    }
}

/// Reads the regular files of a tar, one after another. Anything else in it is refused, before anything is made of it.
public struct TarReader: ~Copyable {
    private let archive: OpaquePointer
    private let path: String

    /// Opens a tar that is not compressed.
    /// - Throws: `Fault` when there is none.
    public static func open(_ path: String) throws(Fault) -> TarReader {
        guard access(path, R_OK) == 0 else { throw .file(errno, "open", path) }
        guard let archive = archive_read_new() else { throw Fault(.internalError, "\(path): no memory for a tar") }
        let reader = TarReader(archive: archive, path: path)
        guard archive_read_support_format_tar(archive) == ARCHIVE_OK,
            archive_read_open_filename(archive, path, 1 << 16) == ARCHIVE_OK
        else { throw reader.failure() }
        return reader
    }

    private init(archive: OpaquePointer, path: String) { (self.archive, self.path) = (archive, path) }

    deinit { archive_read_free(archive) }

    /// The name of the next file, as the tar has it: it may be any text; `nil` at the end.
    /// - Throws: `Fault` (`badInput`) when it is no tar, is cut off, or holds something else than a regular file.
    public borrowing func next() throws(Fault) -> String? {
        var entry: OpaquePointer?
        let result = archive_read_next_header(archive, &entry)
        if result == ARCHIVE_EOF { return nil }
        guard result == ARCHIVE_OK, let entry, let bytes = archive_entry_pathname(entry) else { throw failure() }
        let name = String(cString: bytes)
        guard archive_entry_filetype(entry) == Glibc.S_IFREG, archive_entry_hardlink(entry) == nil,
            archive_entry_sparse_count(entry) == 0
        else {
            throw Fault(.badInput, "\(path): '\(printable(name))' is no regular file; nothing of it is taken")
        }
        return name
    }

    /// At most `count` bytes of the file at hand, from where the last call ended; none at its end.
    /// - Throws: `Fault` (`badInput`) when the tar is cut off.
    public borrowing func read(_ count: Int) throws(Fault) -> [UInt8] {
        var result = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            result = archive_read_data(archive, buffer.baseAddress, count)
            filled = max(0, result)
        }
        guard result >= 0 else { throw failure() }
        return bytes
    }

    private borrowing func failure() -> Fault {
        let reason = archive_error_string(archive).map { String(cString: $0) } ?? "it is cut off"
        return Fault(.badInput, "\(path): is no tar that can be read: \(reason)")
    }
}
