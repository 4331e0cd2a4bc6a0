public import Diagnostics
private import CFileSystem
private import Glibc

/// A file that appears under its name whole or not at all.
///
/// It is written without a name (`O_TMPFILE`), so that even a killed process leaves nothing behind, and gets its name in
/// `commit()`, which replaces an older file atomically. Where a file system has no nameless files, a hidden name beside the
/// final one is used, and removed when the value is dropped.
public struct OutputFile: ~Copyable {
    /// The name that the file will have.
    public let path: String
    /// Bytes appended so far.
    public var size: Int64 { flushed + Int64(buffer.count) }
    private var flushed: Int64 = 0
    private let descriptor: Int32
    private var temporaryName: String?
    private var buffer: [UInt8] = []
    private var copyBuffer: [UInt8] = []
    private var observer: ((UnsafeRawBufferPointer) -> Void)?
    private static let bufferSize = 1 << 16
    private static let copySize = 1 << 20
    private static let blockSize: Int64 = 4_096

    /// Begins a file that will be `path`, and shows all its bytes to somebody as they are written, such as a hash.
    /// - Throws: `Fault` as ``create(_:)`` does.
    public static func create(
        _ path: String, observing observer: @escaping (UnsafeRawBufferPointer) -> Void
    ) throws(Fault) -> OutputFile {
        var file = try create(path)
        file.observer = observer
        return file
    }

    /// Begins a file that will be `path`.
    /// - Throws: `Fault` (`cannotCreate`) when its folder is missing or cannot be written.
    public static func create(_ path: String) throws(Fault) -> OutputFile {
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            throw Fault(.cannotCreate, "\(path): is a folder; name a file")
        }
        let folder = Path.folder(of: path)
        let descriptor = sizzle_open_nameless(folder)
        if descriptor >= 0 { return OutputFile(path: path, descriptor: descriptor, temporaryName: nil) }
        guard errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL else {
            throw .file(errno, "create", path, creating: true)
        }
        let name = hiddenName(beside: path)
        let named = open(name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o644)
        guard named >= 0 else { throw .file(errno, "create", path, creating: true) }
        return OutputFile(path: path, descriptor: named, temporaryName: name)
    }

    private init(path: String, descriptor: Int32, temporaryName: String?) {
        self.path = path
        self.descriptor = descriptor
        self.temporaryName = temporaryName
    }

    deinit {
        close(descriptor)
        if let temporaryName { unlink(temporaryName) }
    }

    /// Appends bytes. Small pieces are gathered.
    /// - Throws: `Fault` (`inputOutput`) when the disk is full.
    public mutating func append(_ bytes: some Sequence<UInt8>) throws(Fault) {
        buffer.append(contentsOf: bytes)
        if buffer.count >= Self.bufferSize { try flush() }
    }

    /// A path by which a library that opens files itself writes this one, whole; nothing is appended besides.
    public var writingPath: String { "/proc/self/fd/\(descriptor)" }

    /// Bytes that stand in a copy instead of those that were copied.
    public struct Replacement {
        /// Where, from the first byte of the copy.
        public var offset: Int64
        /// The bytes.
        public var bytes: [UInt8]

        /// Describes a replacement.
        public init(_ bytes: [UInt8], at offset: Int64) {
            self.bytes = bytes
            self.offset = offset
        }
    }

    /// Appends `count` bytes of another file from `offset` on, with some of them replaced.
    ///
    /// Where both ends stand on blocks the kernel copies, since file systems that share blocks then copy nothing. Elsewhere it
    /// would go page by page, and each page would be written in two halves: large reads and writes take two thirds of the time.
    /// - Precondition: the replacements lie in the copy.
    /// - Throws: `Fault` when the disk is full or the source is shorter than that.
    public mutating func append(
        from source: borrowing InputFile, at offset: Int64, count: Int64, replacing: [Replacement] = []
    ) throws(Fault) {
        precondition(replacing.allSatisfy { $0.offset >= 0 && $0.offset + Int64($0.bytes.count) <= count })
        try flush()
        let start = flushed
        // Who wants to see the bytes needs them in memory.
        guard observer == nil, offset % Self.blockSize == 0, start % Self.blockSize == 0 else {
            return try appendThroughMemory(from: source, at: offset, count: Int(count), replacing)
        }
        try appendInKernel(from: source, at: offset, count: count)
        for replacement in replacing { try write(replacement.bytes[...], at: start + replacement.offset) }
    }

    private mutating func appendInKernel(
        from source: borrowing InputFile, at offset: Int64, count: Int64
    ) throws(Fault) {
        var from = offset
        var left = Int(count)
        while left > 0 {
            let copied = sizzle_copy_range(source.descriptor, &from, descriptor, left)
            if copied > 0 {
                left -= copied
                flushed += Int64(copied)
            } else if copied == 0 {
                throw Fault(.badInput, "\(source.path): ends before byte \(offset + count) that is needed")
            } else if [EXDEV, EINVAL, ENOSYS, EOPNOTSUPP].contains(errno) {
                return try appendThroughMemory(from: source, at: from, count: left, [])
            } else if errno != EINTR {
                throw .file(errno, "write", path)
            }
        }
    }

    private mutating func appendThroughMemory(
        from source: borrowing InputFile, at offset: Int64, count: Int, _ replacing: [Replacement]
    ) throws(Fault) {
        var done = 0
        while done < count {
            // Made once: memory of this size is new from the kernel each time.
            if copyBuffer.isEmpty { copyBuffer = [UInt8](repeating: 0, count: Self.copySize) }
            let piece = try source.read(
                into: &copyBuffer, at: offset + Int64(done), count: min(count - done, Self.copySize))
            guard piece > 0 else {
                throw Fault(.badInput, "\(source.path): ends before byte \(offset + Int64(count)) that is needed")
            }
            // Replaced before they are written, which saves two writes for each fragment of a reel.
            for replacement in replacing {
                for (place, byte) in zip((Int(replacement.offset) - done)..., replacement.bytes)
                where (0..<piece).contains(place) {
                    copyBuffer[place] = byte
                }
            }
            try write(copyBuffer[..<piece], at: flushed)
            flushed += Int64(piece)
            done += piece
        }
        lseek(descriptor, off_t(flushed), SEEK_SET)
    }

    /// Gives what was gathered to the system: with `Path.syncFileSystem`, before ``commit(as:durable:)``, many files survive a power failure
    /// at the price of one.
    /// - Throws: `Fault` (`inputOutput`) when the disk is full.
    public mutating func flush() throws(Fault) {
        guard !buffer.isEmpty else { return }
        let end = flushed
        try write(buffer[...], at: end)
        flushed += Int64(buffer.count)
        lseek(descriptor, off_t(flushed), SEEK_SET)
        buffer.removeAll(keepingCapacity: true)
    }

    private func write(_ bytes: ArraySlice<UInt8>, at offset: Int64) throws(Fault) {
        if let observer { bytes.withUnsafeBytes(observer) }
        var done = 0
        while done < bytes.count {
            let result = bytes.withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress?.advanced(by: done), bytes.count - done, off_t(offset) + done)
            }
            if result < 0, errno == EINTR { continue }
            guard result > 0 else { throw .file(errno, "write", path) }
            done += result
        }
    }

    /// Gives the file its name.
    /// - Parameters:
    ///   - other: another name than `path`, on the same file system.
    ///   - durable: whether content and name survive a power failure from here on (`fsync` of both).
    /// - Throws: `Fault` when the disk is full or the name cannot be taken.
    public consuming func commit(as other: String? = nil, durable: Bool = false) throws(Fault) {
        let path = other ?? self.path
        try flush()
        if durable, fsync(descriptor) != 0 { throw .file(errno, "write", path) }
        if temporaryName == nil {
            let name = Self.hiddenName(beside: path)
            guard linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0 else {
                throw .file(errno, "create", path, creating: true)
            }
            temporaryName = name
        }
        guard let name = temporaryName, rename(name, path) == 0 else {
            throw .file(errno, "create", path, creating: true)
        }
        temporaryName = nil
        if durable { try Path.syncFolder(Path.folder(of: path)) }
    }

    /// Whether a file's name is one that a file had before it got its own: its process was killed in that instant.
    public static func isPartial(_ name: String) -> Bool { name.hasPrefix(".") && name.hasSuffix(".partial") }

    static func hiddenName(beside path: String) -> String {
        let random = UInt64.random(in: 0...UInt64.max)
        return "\(Path.folder(of: path))/.\(Path.name(of: path)).\(String(random, radix: 36)).partial"
    }

    /// Writes a whole file at once.
    /// - Parameter isPrivate: whether only its owner may read it.
    /// - Throws: `Fault` as `create` and `commit` do.
    public static func write(
        _ bytes: some Sequence<UInt8>, to path: String, durable: Bool = false, isPrivate: Bool = false
    ) throws(Fault) {
        var file = try create(path)
        if isPrivate, fchmod(file.descriptor, 0o600) != 0 { throw .file(errno, "make private", path) }
        try file.append(bytes)
        try file.commit(durable: durable)
    }
}
