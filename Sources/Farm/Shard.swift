public import Diagnostics

/// One worker's share of a job list.
public struct Shard: Hashable, Sendable, CustomStringConvertible {
    /// From 0 to `count` − 1.
    public let index: Int
    /// How many shares there are.
    public let count: Int

    /// The most shares that a list can have.
    public static let most = 1_000_000
    /// All of a list.
    public static let whole = Shard(index: 0, count: 1)

    private init(index: Int, count: Int) { (self.index, self.count) = (index, count) }

    /// Reads `I/N`, with I from 0 to N − 1.
    /// - Throws: `Fault` (`usage`) for anything else.
    public init(_ text: String) throws(Fault) {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false).map { Self.number($0) }
        guard halves.count == 2, let index = halves[0], let count = halves[1] else {
            throw Fault(.usage, "--shard \(printable(text)): write I/N, such as 0/8 for the first of eight")
        }
        try self.init(checked: index, of: count, "--shard \(text)")
    }

    private init(checked index: Int, of count: Int, _ name: String) throws(Fault) {
        guard (1...Self.most).contains(count) else {
            throw Fault(.usage, "\(name): there are from 1 to \(Self.most) shards, not \(count)")
        }
        guard (0..<count).contains(index) else {
            throw Fault(.usage, "\(name): shards of \(count) are counted from 0 to \(count - 1)")
        }
        self.init(index: index, count: count)
    }

    /// The share that an engine tells its task in the environment: Slurm's arrays and Kubernetes' indexed jobs.
    /// - Returns: `nil` where no engine says anything.
    /// - Throws: `Fault` (`usage`) naming the variable, where what it says is no share.
    public static func told(by environment: [String: String]) throws(Fault) -> Shard? {
        if let id = environment["SLURM_ARRAY_TASK_ID"] { return try slurm(id, environment) }
        guard let index = environment["JOB_COMPLETION_INDEX"] else { return nil }
        guard let count = environment["JOB_COMPLETIONS"] else {
            throw Fault(
                .usage,
                "JOB_COMPLETION_INDEX is set and JOB_COMPLETIONS is not; set it to the job's completions, or give --shard"
            )
        }
        return try Shard(
            checked: numbered(index, "JOB_COMPLETION_INDEX"), of: numbered(count, "JOB_COMPLETIONS"),
            "JOB_COMPLETION_INDEX \(index)")
    }

    /// The place of a task in its array, which begins anywhere and may have steps: `--array=10-80:10`.
    private static func slurm(_ id: String, _ environment: [String: String]) throws(Fault) -> Shard {
        func value(_ name: String, _ standard: Int? = nil) throws(Fault) -> Int {
            guard let text = environment["SLURM_ARRAY_TASK_\(name)"] else {
                if let standard { return standard }
                throw Fault(.usage, "SLURM_ARRAY_TASK_ID is set and SLURM_ARRAY_TASK_\(name) is not; give --shard")
            }
            return try numbered(text, "SLURM_ARRAY_TASK_\(name)")
        }
        let (least, most, step) = (try value("MIN"), try value("MAX"), max(1, try value("STEP", 1)))
        let offset = try numbered(id, "SLURM_ARRAY_TASK_ID") - least
        let count = (most - least) / step + 1
        guard offset % step == 0, try value("COUNT", count) == count else {
            throw Fault(
                .usage,
                "SLURM_ARRAY_TASK_ID \(id): the array has gaps, so shares cannot be counted; submit all of it, or give --shard"
            )
        }
        return try Shard(checked: offset / step, of: count, "SLURM_ARRAY_TASK_ID \(id)")
    }

    private static func numbered(_ text: String, _ name: String) throws(Fault) -> Int {
        guard let number = number(text[...]) else {
            throw Fault(.usage, "\(name) \(printable(text)): is not a number; give --shard")
        }
        return number
    }

    /// Digits alone: no sign.
    private static func number(_ text: Substring) -> Int? {
        text.utf8.allSatisfy { 0x30...0x39 ~= $0 } ? Int(text) : nil
    }

    /// `3/8`.
    public var description: String { "\(index)/\(count)" }
}
