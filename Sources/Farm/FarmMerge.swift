private import Crypto
public import Diagnostics
private import FileSystem
private import Foundation

/// What a merge found.
public struct MergeReport: Sendable, Encodable {
    /// Lines of the list.
    public var lines = 0
    /// Lines whose reel is there.
    public var complete = 0
    /// Different reels among those that are complete.
    public var reels = 0
    /// Bytes of all reels, each counted as often as it is named.
    public var bytes: Int64 = 0
    /// Bytes on the disk: reels that are linked count once.
    public var bytesOnDisk: Int64 = 0
    /// Names that were linked to an equal reel now.
    public var linked = 0
    /// Names that more than one task made, and made alike: two tasks had the same share, or the number of shares changed.
    public var twice = 0
    /// Reels in manifests that the list does not name.
    public var leftOver = 0
    /// What is wrong; with any, no merged manifest is written.
    public var faults: [MergeFault] = []
    /// The merged manifest.
    public var manifest: String?
}

/// Why a line of the list is not complete.
public struct MergeFault: Sendable, Encodable, Equatable {
    /// The line, from 1.
    public var line: Int
    /// The name that it gives.
    public var output: String?
    /// What is wrong.
    public var kind: Kind
    /// A line for people.
    public var message: String

    /// What can be wrong.
    public enum Kind: String, Sendable, Encodable {
        /// Nothing was made of it yet.
        case missing
        /// It was tried, and failed.
        case failed
        /// What was made is of another plan or edition than the line.
        case stale
        /// The file is not there, or not what the manifest says.
        case damaged
        /// The line itself is wrong.
        case refused
    }
}

/// Holds a job list against what was made of it, and writes one manifest of the whole.
public struct FarmMerge {
    private let list: String
    private let folder: FarmFolder
    private let index: ManifestIndex
    private let depth: Depth
    private var report = MergeReport()
    /// The hashes of files by their inode: what is linked is read once.
    private var hashes: [UInt64: String] = [:]
    /// Where a reel of this content lies.
    private var reels: [String: String] = [:]

    /// How closely is looked.
    public enum Depth: Sendable {
        /// Whether files of the right size are there; nothing is linked or written.
        case glance
        /// The same, with links and the merged manifest.
        case sizes
        /// Every file is read, and its hash compared.
        case content
    }

    /// Reads the manifests of a folder.
    /// - Throws: `Fault` when one is damaged; `notFound` when nothing was made there.
    public init(_ list: String, _ folder: FarmFolder, _ depth: Depth) throws(Fault) {
        guard Path.isFolder(folder.shards) else {
            throw Fault(.notFound, "\(folder.path): nothing was rendered there; run 'sizzle render --jobs' first")
        }
        self.list = list
        self.folder = folder
        self.depth = depth
        index = try ManifestIndex(folder)
    }

    /// Checks each line, links equal reels, and writes the merged manifest where all is well.
    /// - Throws: `Fault` when a file cannot be read or written.
    public consuming func merge(
        progress: ProgressHandler = { _ in }, identify: JobScan.Identify
    ) throws -> MergeReport {
        var refused: [Int: JobFailure] = [:]
        let scan = try JobScan(
            list, shard: .whole, scratch: folder.shards, isStrict: true, progress: progress, identify: identify
        ) { refused[$0.line] = $0 }
        report.lines = scan.lines
        var output = try OutputFile.create(folder.manifest)
        var sums = try OutputFile.create(folder.checksums)
        var rows = try LineReader.open(list)
        var done = 0
        var matched = 0
        while let row = try rows.next() {
            try Interruption.check()
            done += 1
            progress(
                ProgressReport(
                    stage: "merging", done: done, total: scan.lines, unit: "reels", failed: report.faults.count))
            if let failure = refused[row.number] {
                fault(row.number, failure.output, .refused, failure.message)
                continue
            }
            let job = try FarmJob(StrictJSON.Line(row.bytes, number: row.number, of: list))
            guard let entry = try entry(of: job, identify(job), line: row.number, &matched) else { continue }
            report.bytes += entry.bytes
            report.complete += 1
            if depth == .glance { continue }
            try link(entry)
            try output.append(entry.line)
            try sums.append(Self.sum(entry))
        }
        report.leftOver = index.names - matched
        report.reels = reels.count
        guard report.faults.isEmpty, depth != .glance else { return report }
        try sums.commit(durable: true)
        try output.commit(durable: true)
        report.manifest = folder.manifest
        return report
    }

    private mutating func fault(_ line: Int, _ output: String?, _ kind: MergeFault.Kind, _ message: String) {
        report.faults.append(MergeFault(line: line, output: output, kind: kind, message: message))
    }

    /// The entry of a line; `nil` after noting what is wrong.
    private mutating func entry(
        of job: FarmJob, _ identity: JobIdentity, line: Int, _ matched: inout Int
    ) throws -> ManifestEntry? {
        let name = "\(printable(list)): line \(line) (\(printable(job.output)))"
        let places = index.places(of: job.output)
        matched += places.isEmpty ? 0 : 1
        let fitting = places.filter { $0.key == identity.key }
        guard !fitting.isEmpty else {
            if let failure = index.failures[line], failure.output == job.output {
                fault(line, job.output, .failed, failure.message)
            } else if places.isEmpty {
                fault(line, job.output, .missing, "\(name): was not made yet; render with --resume")
            } else {
                fault(
                    line, job.output, .stale,
                    "\(name): what was made under this name is of another plan or edition; render with --resume")
            }
            return nil
        }
        let file = folder.reel(job.output)
        guard let found = Path.identity(file) else {
            fault(line, job.output, .damaged, "\(name): was made, and the file is gone; render with --resume")
            return nil
        }
        let entries = try fitting.map { place throws(Fault) in try index.entry(at: place) }
        let isNew = hashes[found.inode] == nil
        let hash = depth == .content ? try hash(of: file, found.inode) : nil
        let good = entries.last { $0.bytes == found.bytes && (hash == nil || hash == $0.sha256) }
        guard let good else {
            fault(
                line, job.output, .damaged,
                "\(name): is not the file that was made (\(found.bytes) bytes); remove it and render with --resume")
            return nil
        }
        if depth != .content, isNew { hashes[found.inode] = good.sha256 }
        if isNew { report.bytesOnDisk += found.bytes }
        if Set(fitting.map(\.manifest)).count > 1 { report.twice += 1 }
        return good
    }

    private mutating func hash(of path: String, _ inode: UInt64) throws -> String {
        if let known = hashes[inode] { return known }
        let file = try InputFile.open(path)
        var hash = SHA256()
        var offset: Int64 = 0
        while offset < file.size {
            try Interruption.check()
            let piece = try file.read(at: offset, count: Int(min(1 << 20, file.size - offset)))
            hash.update(data: piece)
            offset += Int64(piece.count)
        }
        let text = hash.finalize().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        hashes[inode] = text
        return text
    }

    /// Links a reel to an equal one that another shard made.
    private mutating func link(_ entry: ManifestEntry) throws(Fault) {
        let path = folder.reel(entry.path)
        guard let other = reels[entry.sha256] else {
            reels[entry.sha256] = path
            return
        }
        guard !Path.isSameFile(path, other) else { return }
        // As many names as a file can have: the next ones are of this one.
        guard try Path.link(other, as: path) else {
            reels[entry.sha256] = path
            return
        }
        report.linked += 1
        report.bytesOnDisk -= entry.bytes
    }

    /// A line as `sha256sum --check` reads it; names that hold a backslash are escaped as it says.
    private static func sum(_ entry: ManifestEntry) -> [UInt8] {
        guard entry.path.contains("\\") else { return Array("\(entry.sha256)  \(entry.path)\n".utf8) }
        return Array("\\\(entry.sha256)  \(entry.path.replacing("\\", with: "\\\\"))\n".utf8)
    }
}
