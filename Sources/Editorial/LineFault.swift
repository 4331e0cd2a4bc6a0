internal import Diagnostics

/// Something wrong, or doubtful, in an editor's file.
public struct LineFault: Hashable, Sendable, Codable {
    /// The line as a text editor counts it, from 1; `nil` where the file as a whole is meant.
    public var line: Int?
    /// What is wrong and what to do, without the file and the line.
    public var message: String

    /// Describes a fault.
    public init(line: Int?, _ message: String) {
        self.line = line
        self.message = message
    }

    /// `cut.edl:12: message`, the form that editors of text can jump to.
    public func text(file: String) -> String {
        line.map { "\(printable(file)):\($0): \(message)" } ?? "\(printable(file)): \(message)"
    }
}

/// Why a line, a name or a timecode cannot be taken; whoever reads the file knows the line.
struct Flaw: Error, Equatable {
    var message: String
    /// Said once for the whole file, since it would be true of every line.
    var isSaidOnce: Bool
    /// Whether the options are wrong, not the file.
    var isUsage: Bool

    init(_ message: String, once: Bool = false, usage: Bool = false) {
        (self.message, isSaidOnce, isUsage) = (message, once, usage)
    }
}
