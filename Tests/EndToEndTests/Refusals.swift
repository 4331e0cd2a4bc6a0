import Foundation
import TestSupport
import Testing

/// A command that must fail: with this exit status, one line that says these words, and nothing left behind.
struct Refusal: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// The exit status.
    var status: Int32
    /// What the line must say.
    var words: [String]
    /// Prepares files in a workspace, and returns the command's arguments.
    var arguments: @Sendable (Workspace) throws -> [String]

    init(
        _ name: String, _ status: Int32, _ words: [String],
        _ arguments: @escaping @Sendable (Workspace) throws -> [String]
    ) {
        (testDescription, self.status, self.words, self.arguments) = (name, status, words, arguments)
    }

    /// Runs the command in a new workspace, and holds its end and the files of the workspace (and of `others`) against this.
    func expect(watching others: [String] = []) throws {
        let space = try Workspace()
        let arguments = try arguments(space)
        let before = try Listing(of: [space.path] + others)
        let result = try Command.run(arguments, in: space.path)
        expect(result)
        let changes = try Listing(of: [space.path] + others).changes(since: before).filter(Self.isOurs)
        #expect(changes == [], "a failed command leaves nothing")
    }

    /// SQLite counts in a catalogue how often it was opened.
    static func isOurs(_ path: String) -> Bool { !path.contains("/catalogue.sqlite") }

    /// Holds the end of a command against this.
    /// - Parameter text: what it had said on standard output before it failed.
    func expect(_ result: Tools.Result, saying text: String = "") {
        #expect(result.status == status, "\(result.errors)")
        #expect(text.isEmpty ? result.text == "" : result.text.contains(text), "\(result.text)")
        let lines = result.errors.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 2 && lines.last == "" && lines[0].hasPrefix("error: "), "\(result.errors)")
        #expect(words.filter { !result.errors.contains($0) } == [], "\(result.errors)")
    }
}
