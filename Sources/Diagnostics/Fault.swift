/// An error that a person can act on: one line that names the file, clip or frame and the way out, and an exit status.
public protocol ReportableError: Error, Sendable, CustomStringConvertible {
    /// The exit status of a command that ends with this error.
    var status: ExitStatus { get }
}

/// The error of every room that has nothing more to say than a line and a status.
///
/// The message is one line without a final full stop. It names what is wrong (file, clip, frame) first, and the way out
/// last, after a semicolon: `clips.json: clip (A, 80) ends at frame 1080 of 999; shorten it or use the right Mega Asset`.
public struct Fault: ReportableError, Equatable {
    /// The exit status of a command that ends with this error.
    public var status: ExitStatus
    /// One line for a person, without `error:` before it.
    public var message: String

    /// Makes an error with its exit status and its line.
    public init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    /// The line.
    public var description: String { message }
}

/// How far a long piece of work has come: `done` of `total` units, in a named stage.
public struct ProgressReport: Sendable, Equatable {
    /// What is being done, as a verb with its object: `conditioning clips`.
    public var stage: String
    /// Finished units, from 0.
    public var done: Int
    /// All units; at least `done`.
    public var total: Int
    /// What is counted, in the plural, such as `frames`; `nil` where a rate of it tells nobody anything.
    public var unit: String?
    /// Of the finished units, those that failed.
    public var failed: Int

    /// Describes a state of the work.
    public init(stage: String, done: Int, total: Int, unit: String? = nil, failed: Int = 0) {
        self.unit = unit
        self.failed = failed
        self.stage = stage
        self.done = done
        self.total = total
    }
}

/// Receives progress. Called on the thread that works, so it must be quick.
public typealias ProgressHandler = @Sendable (ProgressReport) -> Void
