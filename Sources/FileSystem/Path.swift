public import Diagnostics
private import CFileSystem
private import Foundation
private import Glibc

/// What can be asked of and done to a path.
public enum Path {
    /// The folder that holds `path`; `.` for a bare name.
    public static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The last component of `path`.
    public static func name(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }

    /// Whether anything is there.
    public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Whether a folder is there.
    public static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether both names lead to one existing file.
    public static func isSameFile(_ first: String, _ second: String) -> Bool {
        var (a, b) = (stat(), stat())
        return stat(first, &a) == 0 && stat(second, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino
    }

    /// Whether `path`, which need not exist, lies in the folder `root` after links are followed.
    public static func lies(_ path: String, in root: String) -> Bool {
        guard let base = resolved(root), let folder = resolved(folder(of: path)) else { return false }
        return folder == base || folder.hasPrefix(base.hasSuffix("/") ? base : base + "/")
    }

    /// The absolute path without links; `nil` when nothing is there.
    public static func resolved(_ path: String) -> String? {
        guard let pointer = realpath(path, nil) else { return nil }
        defer { free(pointer) }
        return String(cString: pointer)
    }

    /// How `target`, which must exist, is named from within `folder`, which need not: `../library`. Links are followed.
    public static func relative(_ target: String, to folder: String) -> String {
        let trimmed = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
        let base =
            resolved(trimmed) ?? (resolved(Self.folder(of: trimmed)) ?? Self.folder(of: trimmed)) + "/"
            + name(of: trimmed)
        let from = base.split(separator: "/")
        let to = (resolved(target) ?? target).split(separator: "/")
        let shared = zip(from, to).prefix { $0 == $1 }.count
        let steps = Array(repeating: "..", count: from.count - shared) + to.dropFirst(shared).map(String.init)
        return steps.isEmpty ? "." : steps.joined(separator: "/")
    }

    /// Notes that a file was used now; `false` when none is there.
    public static func touch(_ path: String) -> Bool { utimensat(AT_FDCWD, path, nil, 0) == 0 }

    /// A file, how large it is and when it was last used or written.
    public struct Usage: Sendable {
        /// Its path.
        public var path: String
        /// Its bytes.
        public var bytes: Int64
        /// Seconds since 1970.
        public var used: Int64
    }

    /// The regular files of a folder.
    /// - Throws: `Fault` when it cannot be read.
    public static func usage(_ folder: String) throws(Fault) -> [Usage] {
        try list(folder).compactMap { name in
            var status = stat()
            // It may be gone by now.
            guard lstat("\(folder)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
            return Usage(
                path: "\(folder)/\(name)", bytes: Int64(status.st_size), used: Int64(status.st_mtim.tv_sec))
        }
    }

    /// Makes a folder and those above it.
    /// - Throws: `Fault` (`cannotCreate`) when that cannot be done.
    public static func createFolder(_ path: String) throws(Fault) {
        if isFolder(path) { return }
        let parent = folder(of: path)
        if parent != path, parent != "." { try createFolder(parent) }
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
            throw .file(errno, "create the folder", path, creating: true)
        }
        guard isFolder(path) else { throw Fault(.cannotCreate, "\(path): is not a folder") }
    }

    /// Names in a folder, sorted.
    /// - Throws: `Fault` when it cannot be read.
    public static func list(_ path: String) throws(Fault) -> [String] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            throw .file(isFolder(path) ? EACCES : ENOENT, "list", path)
        }
        return names.sorted()
    }

    /// Removes a file, or a folder with all that it holds; nothing there is fine.
    /// - Throws: `Fault` when it cannot be removed.
    public static func remove(_ path: String) throws(Fault) {
        // A link that leads nowhere is something too.
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        do { try FileManager.default.removeItem(atPath: path) } catch {
            throw Fault(.inputOutput, "\(path): cannot be removed: \(error)")
        }
    }

    /// Removes a folder, unless something is in it.
    public static func removeFolderIfEmpty(_ path: String) { rmdir(path) }

    /// Renames; an existing file at the new name is replaced.
    /// - Throws: `Fault` when that cannot be done.
    public static func move(_ path: String, to target: String) throws(Fault) {
        guard rename(path, target) == 0 else { throw .file(errno, "rename to \(target)", path) }
    }

    /// Makes the names in a folder survive a power failure.
    /// - Throws: `Fault` when the disk fails.
    public static func syncFolder(_ path: String) throws(Fault) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(errno, "open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .file(errno, "write", path) }
    }

    /// Makes all that was written to the file system of `path` survive a power failure (`syncfs`).
    /// - Throws: `Fault` when the disk fails.
    public static func syncFileSystem(of path: String) throws(Fault) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(errno, "open", path) }
        defer { close(descriptor) }
        guard sizzle_sync_file_system(descriptor) == 0 else { throw .file(errno, "write", path) }
    }
}

extension Path {
    /// Gives an existing file another name too; what was at that name is replaced in one step.
    /// - Returns: `false` where the file system has no second names, or no more for this file.
    /// - Throws: `Fault` when the file is not there, or the name cannot be made.
    public static func link(_ path: String, as other: String) throws(Fault) -> Bool {
        // Renaming one name of a file to another of it does nothing, and would leave the hidden one.
        if isSameFile(path, other) { return true }
        let hidden = OutputFile.hiddenName(beside: other)
        guard Glibc.link(path, hidden) == 0 else {
            if [EMLINK, EPERM, EXDEV, EOPNOTSUPP].contains(errno) { return false }
            throw .file(errno, "link to \(path)", other, creating: true)
        }
        guard rename(hidden, other) == 0 else {
            let code = errno
            unlink(hidden)
            throw .file(code, "create", other, creating: true)
        }
        return true
    }

    /// What tells a file from every other on this machine, and its bytes; `nil` when there is no regular file.
    public static func identity(_ path: String) -> (device: UInt64, inode: UInt64, bytes: Int64)? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return (UInt64(status.st_dev), UInt64(status.st_ino), Int64(status.st_size))
    }
}
