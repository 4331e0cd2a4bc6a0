import Foundation
import TestSupport
import Testing

/// The repository's documents and the command as it was built.
enum Repository {
    /// The folder of the built command, which is beside the test bundle.
    static let binaries: String = {
        let own =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? Bundle.main.bundlePath
        return URL(fileURLWithPath: own).deletingLastPathComponent().path
    }()

    /// The built command.
    static var sizzle: String { "\(binaries)/sizzle" }

    /// The path of a file of the repository.
    static func path(_ name: String) -> String { "\(Package.root)/\(name)" }

    /// A text file of the repository.
    static func text(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

    /// All Markdown documents, by their path from the root.
    static func documents() throws -> [String] {
        let folders = ["docs", "docs/decisions", "docs/schemas"]
        let inFolders = try folders.flatMap { folder in
            try FileManager.default.contentsOfDirectory(atPath: path(folder)).map { "\(folder)/\($0)" }
        }
        return (["README.md", "CONTRIBUTING.md", "CHANGELOG.md"] + inFolders).filter { $0.hasSuffix(".md") }.sorted()
    }

    /// The contents of the fenced blocks of a Markdown text that are in `language`, in order.
    static func blocks(of text: String, in language: String) -> [String] {
        var blocks: [String] = []
        var open: [String]?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if let lines = open {
                if line == "```" {
                    blocks.append(lines.joined(separator: "\n"))
                    open = nil
                } else {
                    open = lines + [String(line)]
                }
            } else if line == "```\(language)" {
                open = []
            }
        }
        return blocks
    }
}
