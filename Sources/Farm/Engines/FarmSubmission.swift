private import Foundation

/// What an engine is asked to do: a list, in so many tasks, and a merge after them.
public struct FarmSubmission: Sendable, Equatable {
    /// The program: a path, or a name that every node finds.
    public var program: String
    /// The list.
    public var jobs: String
    /// The output folder.
    public var folder: String
    /// The library.
    public var library: String
    /// The number of shares.
    public var tasks: Int
    /// How many tasks run at a time; `nil` leaves it to the engine.
    public var atOnce: Int?
    /// Reels that a task makes at a time, and the cores that it asks for.
    public var parallel: Int
    /// The name of the job.
    public var name: String
    /// The container image, where the engine runs one.
    public var image: String
    /// The volume claim, and where it is mounted, where the engine mounts one.
    public var claim: String
    /// See `claim`: all paths must lie in it.
    public var mount: String

    /// The reels that make a task worth its start.
    public static let reelsPerTask = 250
    /// The most tasks that are proposed.
    public static let mostTasks = 1_000

    /// Describes a job.
    public init(
        program: String = "sizzle", jobs: String, folder: String, library: String, tasks: Int, atOnce: Int? = nil,
        parallel: Int = 1, name: String = "sizzle", image: String = "sizzle:latest", claim: String = "sizzle",
        mount: String = "/data"
    ) {
        self.program = program
        self.jobs = jobs
        self.folder = folder
        self.library = library
        self.tasks = tasks
        self.atOnce = atOnce
        self.parallel = parallel
        self.name = name
        self.image = image
        self.claim = claim
        self.mount = mount
    }

    /// How many tasks a list of so many lines is worth.
    public static func tasks(for lines: Int) -> Int {
        max(1, min(mostTasks, (lines + reelsPerTask - 1) / reelsPerTask))
    }

    /// What a task runs, without its share.
    var render: [String] {
        [
            program, "render", "--jobs", jobs, "--output-dir", folder, "--library", library, "--resume", "--keep-going",
            "--jobs-parallel", "\(parallel)",
        ]
    }

    /// What runs when all tasks are done.
    var merge: [String] { [program, "farm", "merge", "--jobs", jobs, "--output-dir", folder, "--library", library] }

    /// A command as a shell reads it.
    static func shell(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }

    /// A word as a shell reads it.
    static func quoted(_ word: String) -> String {
        let plain = word.utf8.allSatisfy {
            0x30...0x39 ~= $0 || 0x41...0x5A ~= $0 || 0x61...0x7A ~= $0 || "-_./=:,@%+".utf8.contains($0)
        }
        return plain && !word.isEmpty ? word : "'\(word.replacing("'", with: #"'\''"#))'"
    }

    /// A text as YAML reads it in double quotes: JSON's form.
    static func yaml(_ text: String) -> String {
        var text = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        text = text.replacing("\n", with: "\\n")
        return "\"\(text)\""
    }
}
