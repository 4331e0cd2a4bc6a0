/// What a finished command tells its caller: the process exit codes of the command line (sysexits.h).
///
/// The numbers are a contract that scripts and farms rely on.
public enum ExitStatus: Int32, Sendable {
    /// The command did what was asked.
    case done = 0
    /// The command worked and found faults (`verify`, `validate`, a gate that says no).
    case faultsFound = 1
    /// Wrong arguments (`EX_USAGE`).
    case usage = 64
    /// The input was read and is wrong (`EX_DATAERR`).
    case badInput = 65
    /// An input does not exist or cannot be read (`EX_NOINPUT`).
    case notFound = 66
    /// Something that is needed is not there, such as a codec (`EX_UNAVAILABLE`).
    case unavailable = 69
    /// A defect of this program (`EX_SOFTWARE`).
    case internalError = 70
    /// The output cannot be created: its folder is missing or read-only (`EX_CANTCREAT`).
    case cannotCreate = 73
    /// Reading or writing failed midway, such as a full disk (`EX_IOERR`).
    case inputOutput = 74
    /// Worth trying again later, such as a library that another ingest is writing (`EX_TEMPFAIL`).
    case tryAgain = 75
}
