public import Diagnostics
private import FileSystem

/// Where a line stands in its list.
public struct JobPlace: Sendable, Equatable {
    /// From 1.
    public var number: Int
    var offset: Int64
    var length: Int
}

/// Lines that are the same work: one reel, under one or more names.
public struct JobGroup: Sendable, Equatable {
    /// The work.
    public var key: JobKey
    /// The lines, by rising number.
    public var lines: [JobPlace]

    /// Gathers lines.
    public init(key: JobKey, lines: [JobPlace]) { (self.key, self.lines) = (key, lines) }
}

/// The lines of a list, where their places are known.
public struct JobList: Sendable {
    let path: String

    /// Reads a line.
    /// - Throws: `Fault` when the list changed meanwhile.
    public func job(at place: JobPlace) throws(Fault) -> FarmJob {
        let bytes = try InputFile.open(path).read(at: place.offset, count: place.length)
        return try FarmJob(StrictJSON.Line(bytes[...], number: place.number, of: path))
    }

    /// How messages name a line.
    public func name(of place: JobPlace) -> String { "\(printable(path)): line \(place.number)" }
}

/// A job list, read once from end to end: which lines are a shard's, which are the same reel, and what is wrong with it.
///
/// Memory does not grow with the list: what is remembered of each line is kept in buckets on the disk.
public struct JobScan {
    /// Lines of the list that are not blank.
    public private(set) var lines = 0
    /// Lines of the shard that can be made.
    public private(set) var own = 0
    /// Different reels among them.
    public private(set) var distinct = 0
    /// Reads its lines again.
    public let list: JobList
    private let shard: Shard
    private var work: RecordSpool
    private var names: RecordSpool
    /// Lines whose name is taken.
    private var refused: Set<Int> = []

    /// Gives the identity of a line, or says what is wrong with it.
    public typealias Identify = (FarmJob) throws(Fault) -> JobIdentity
    /// Takes a line that cannot be made; throwing ends the scan.
    public typealias Refuse = (JobFailure) throws(Fault) -> Void

    /// Reads a list.
    /// - Parameters:
    ///   - scratch: a folder on whose disk there is room for 64 bytes of each line.
    ///   - isStrict: whether lines of other shards are refused too.
    /// - Throws: `Fault` when the list cannot be read, and what `refuse` throws.
    public init(
        _ path: String, shard: Shard, scratch: String, isStrict: Bool, progress: ProgressHandler = { _ in },
        identify: Identify, refuse: Refuse
    ) throws {
        list = JobList(path: path)
        self.shard = shard
        var rows = try LineReader.open(path)
        let buckets = Int(max(1, min(64, rows.size >> 22)))
        work = try RecordSpool(in: scratch, words: 5, buckets: buckets)
        names = try RecordSpool(in: scratch, words: 5, buckets: buckets)
        while let row = try rows.next() {
            lines += 1
            if lines % 4_096 == 0 {
                try Interruption.check()
                progress(ProgressReport(stage: "reading the list", done: Int(rows.done), total: Int(rows.size)))
            }
            var output: String?
            do throws(Fault) {
                let job = try FarmJob(StrictJSON.Line(row.bytes, number: row.number, of: path))
                output = job.output
                try note(job, row)
                let identity: JobIdentity
                do throws(Fault) { identity = try identify(job) } catch {
                    throw Fault(error.status, "\(printable(path)): line \(row.number): \(error.message)")
                }
                if identity.belongs(to: shard) { try take(identity.key, row) }
            } catch {
                guard isStrict || row.number % shard.count == shard.index else { continue }
                try refuse(
                    JobFailure(line: row.number, output: output, status: error.status, message: error.message))
            }
        }
        try refuseTakenNames(isStrict, refuse)
        for bucket in 0..<buckets {
            let groups = try groups(bucket)
            distinct += groups.count
            own += groups.reduce(0) { $0 + $1.lines.count }
        }
    }

    private mutating func note(_ job: FarmJob, _ row: LineReader.Row) throws(Fault) {
        let name = JobKey(hashing: job.output)
        try names.append(
            [name.high, name.low, UInt64(row.number), UInt64(row.offset), UInt64(row.bytes.count)],
            to: Int(name.high % UInt64(names.buckets)))
    }

    private mutating func take(_ key: JobKey, _ row: LineReader.Row) throws(Fault) {
        try work.append(
            [key.high, key.low, UInt64(row.number), UInt64(row.offset), UInt64(row.bytes.count)],
            to: Int(key.high % UInt64(work.buckets)))
    }

    /// Refuses every line whose name an earlier line has.
    private mutating func refuseTakenNames(_ isStrict: Bool, _ refuse: Refuse) throws {
        for bucket in 0..<names.buckets {
            let records = try names.records(bucket).map(Array.init).sorted { $0.lexicographicallyPrecedes($1) }
            for (first, second) in zip(records, records.dropFirst()) where first[..<2] == second[..<2] {
                let number = Int(second[2])
                refused.insert(number)
                guard isStrict || number % shard.count == shard.index else { continue }
                let place = JobPlace(number: number, offset: Int64(second[3]), length: Int(second[4]))
                let output = try list.job(at: place).output
                try refuse(
                    JobFailure(
                        line: number, output: output, status: .badInput,
                        message: "\(list.name(of: place)): output '\(printable(output))' is that of an "
                            + "earlier line, \(first[2]), too; give each line its own"))
            }
        }
    }

    /// How many times ``groups(_:)`` can be called.
    public var buckets: Int { work.buckets }

    /// The shard's work in one bucket, in the order of the list.
    /// - Throws: `Fault` when the disk fails.
    public func groups(_ bucket: Int) throws(Fault) -> [JobGroup] {
        let records = try work.records(bucket).map(Array.init).sorted { $0.lexicographicallyPrecedes($1) }
        var groups: [JobGroup] = []
        for record in records where !refused.contains(Int(record[2])) {
            let key = JobKey(high: record[0], low: record[1])
            let place = JobPlace(number: Int(record[2]), offset: Int64(record[3]), length: Int(record[4]))
            if let last = groups.indices.last, groups[last].key == key {
                groups[last].lines.append(place)
            } else {
                groups.append(JobGroup(key: key, lines: [place]))
            }
        }
        return groups.sorted { $0.lines[0].number < $1.lines[0].number }
    }
}
