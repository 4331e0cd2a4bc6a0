public import Diagnostics
private import FileSystem

/// Who makes the reels of a job list.
public enum FarmEngine: String, Sendable, Codable, CaseIterable {
    /// This machine.
    case local
    /// Slurm, as an array.
    case slurm
    /// Open Job Description, as AWS Deadline Cloud reads it.
    case openjd
    /// Kubernetes, as an Indexed Job.
    case kubernetes

    /// The program that takes a job to the engine.
    public var client: String {
        switch self {
        case .local: "bash"
        case .slurm: "sbatch"
        case .openjd: "openjd"
        case .kubernetes: "kubectl"
        }
    }
}

/// A job that was handed to an engine, as the output folder remembers it.
public struct SubmittedFarm: Sendable, Equatable, Codable {
    /// The engine.
    public var engine: FarmEngine
    /// The number of shares.
    public var tasks: Int
    /// The files that were written for it.
    public var files: [String]
    /// What the engine calls the job; `nil` where it was only written.
    public var id: String?
    /// When it was written (RFC 3339).
    public var at: String

    /// Describes a job.
    public init(engine: FarmEngine, tasks: Int, files: [String], id: String? = nil, at: String) {
        (self.engine, self.tasks, self.files, self.id, self.at) = (engine, tasks, files, id, at)
    }

    /// What was submitted last from a folder; `nil` where nothing was.
    /// - Throws: `Fault` when the note is damaged.
    public static func last(in folder: FarmFolder) throws(Fault) -> SubmittedFarm? {
        guard Path.exists(folder.submitted) else { return nil }
        return try StrictJSON.decode(SubmittedFarm.self, fromFile: folder.submitted)
    }

    /// Remembers it.
    /// - Throws: `Fault` when it cannot be written.
    public func note(in folder: FarmFolder) throws(Fault) { try FarmFolder.note(self, in: folder.submitted) }
}

extension FarmSubmission {
    /// The files that an engine needs, by name, in the order in which they are handed over.
    public func files(for engine: FarmEngine) -> [(name: String, text: String)] {
        switch engine {
        case .local: [("local.sh", local)]
        case .slurm: [("slurm.sbatch", slurm), ("slurm-merge.sbatch", slurmMerge)]
        case .openjd: [("openjd.yaml", openjd), ("openjd-parameters.json", openjdParameters)]
        case .kubernetes: [("kubernetes.yaml", kubernetes)]
        }
    }

    /// Refuses what an engine's files could not say.
    /// - Throws: `Fault` (`usage`).
    public func check(for engine: FarmEngine) throws(Fault) {
        let name = self.name
        let isName =
            name.utf8.count <= 50 && !name.hasPrefix("-") && !name.hasSuffix("-") && !name.isEmpty
            && name.utf8.allSatisfy { 0x30...0x39 ~= $0 || 0x61...0x7A ~= $0 || $0 == UInt8(ascii: "-") }
        guard isName else {
            throw Fault(.usage, "--name \(printable(name)): take up to 50 lower-case letters, digits and '-'")
        }
        for (path, what) in [(jobs, "--jobs"), (folder, "--output-dir"), (library, "--library")] {
            // Slurm and Open Job Description put them into forms that have no escape for these.
            if path.contains(where: { "\"'%{}\n".contains($0) }) {
                throw Fault(
                    .usage, "\(what) \(printable(path)): engines take no quotes, percent signs or braces in paths")
            }
            if engine == .kubernetes, path != mount, !path.hasPrefix(mount.hasSuffix("/") ? mount : mount + "/") {
                throw Fault(
                    .usage,
                    "\(what) \(printable(path)): does not lie in \(mount), where pods have the volume; see --mount")
            }
        }
    }
}
