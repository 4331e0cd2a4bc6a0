public import Diagnostics
private import Glibc

extension Fault {
    /// The error of a failed file operation, with the exit status that fits its cause.
    ///
    /// - Parameters:
    ///   - code: the value of `errno`.
    ///   - operation: what was tried, as a verb: `open`, `write`.
    ///   - path: the file or folder.
    ///   - creating: whether an output was being created: then a missing or read-only folder is `cannotCreate`.
    public static func file(_ code: Int32, _ operation: String, _ path: String, creating: Bool = false) -> Fault {
        let status: ExitStatus =
            switch code {
            case ENOSPC, EDQUOT, EIO, EFBIG: .inputOutput
            case _ where creating: .cannotCreate
            case ENOENT, ENOTDIR, EACCES, EPERM, EISDIR, ELOOP, ENAMETOOLONG: .notFound
            case EAGAIN, EBUSY, EMFILE, ENFILE: .tryAgain
            default: .inputOutput
            }
        let hint =
            switch code {
            case ENOSPC, EDQUOT: "; make room and run the command again"
            case ENOENT where creating: "; create the folder first"
            case EACCES where creating, EROFS where creating: "; choose a folder that can be written"
            default: ""
            }
        return Fault(status, "\(path): cannot \(operation): \(String(cString: strerror(code)))\(hint)")
    }
}
