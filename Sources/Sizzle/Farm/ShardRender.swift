public import Diagnostics
private import Editions
public import Farm
private import FileSystem
private import Foundation
private import MediaTime
private import Stitching
private import Synchronization

/// How a share of a job list is rendered.
public struct ShardRequest: Sendable {
    /// The list: a JSON object a line.
    public var list: String
    /// Where the reels go.
    public var folder: FarmFolder
    /// The share.
    public var shard: Shard
    /// Whether reels that are there already are kept.
    public var isResumed = false
    /// Whether lines that cannot be made are passed over.
    public var keepsGoing = false
    /// How many reels are made at a time.
    public var parallel = 1

    /// Describes a render.
    public init(_ list: String, into folder: FarmFolder, shard: Shard = .whole) {
        (self.list, self.folder, self.shard) = (list, folder, shard)
    }
}

/// What became of a share.
public struct ShardReport: Sendable, Encodable {
    /// `3/8`.
    public var shard: String
    /// The edition that `current` means.
    public var edition: String
    /// Lines of the whole list.
    public var lines = 0
    /// Lines that belong to this share.
    public var own = 0
    /// Reels that were written now.
    public var made = 0
    /// Names that were linked now to an equal reel.
    public var linked = 0
    /// Names that were there already.
    public var kept = 0
    /// Lines that gave no reel.
    public var failed = 0
    /// Of those, how many another try may mend.
    public var retryable = 0
    /// Bytes that were written.
    public var bytes: Int64 = 0
    /// What failed first, a line each.
    public var failures: [String] = []

    /// How a command ends that did this.
    public var status: ExitStatus { failed == 0 ? .done : retryable > 0 ? .tryAgain : .badInput }

    mutating func note(_ failure: JobFailure) {
        failed += 1
        if failure.isMendedByRetry { retryable += 1 }
        if failures.count < 20 { failures.append(failure.message) }
    }
}

/// Renders a share of a job list.
public final class ShardRender: Sendable {
    private let request: ShardRequest
    private let session: FarmSession
    private let manifest: ShardManifest
    private let progress: ProgressHandler
    private let state: Mutex<ShardReport>
    /// Why no further reel is begun.
    private let stop = Mutex<(any Error)?>(nil)
    /// Names that could not be linked, which are rendered after all.
    private let unlinked = Mutex<[JobGroup]>([])
    /// What the tasks before made of this share.
    private let index = Mutex<ManifestIndex?>(nil)

    /// Prepares a render; the manifest of the share is held from here on.
    /// - Throws: `Fault`: `tryAgain` when another task makes this share, `cannotCreate` when the folder cannot be written.
    public init(
        _ request: ShardRequest, _ session: FarmSession, progress: @escaping ProgressHandler = { _ in }
    ) throws(Fault) {
        self.request = request
        self.session = session
        self.progress = progress
        manifest = try ShardManifest(request.shard, in: request.folder)
        state = Mutex(ShardReport(shard: "\(request.shard)", edition: session.settings.edition))
    }

    /// Ends a render early, though everything is as it should be: without `keepsGoing`, after a failure.
    private struct Enough: Error {}

    /// Renders what is the share's.
    /// - Returns: what became of it, also where lines failed.
    /// - Throws: `Fault` when the list cannot be read or the disk is full; `Interruption.Stopped` after a signal: what was finished by
    ///   then is named and noted.
    public func run() throws -> ShardReport {
        if request.isResumed {
            let known = try ManifestIndex(request.folder, for: request.shard)
            index.withLock { $0 = known }
        }
        let scan = try JobScan(
            request.list, shard: request.shard, scratch: request.folder.shards, isStrict: !request.keepsGoing,
            progress: progress, identify: session.identify
        ) { failure throws(Fault) in
            // Without leave to go on nothing is begun of a list that is wrong.
            guard request.keepsGoing else { throw Fault(failure.status, failure.message) }
            try manifest.note(failure)
            state.withLock { $0.note(failure) }
        }
        state.withLock { ($0.lines, $0.own) = (scan.lines, scan.own) }
        tell()
        let batch = ReelBatch(request.folder, manifest) { [self] in note($0) }
        for bucket in 0..<scan.buckets where isGoing {
            make(try scan.groups(bucket), scan.list, batch)
            flush(batch)
            while isGoing, case let rest = unlinked.withLock({ $0.take() }), !rest.isEmpty {
                make(rest, scan.list, batch)
                flush(batch)
            }
        }
        if let error = stop.withLock({ $0 }), !(error is Enough) { throw resumable(error) }
        return state.withLock { $0 }
    }

    /// An error that ended the render, with what to do after it.
    private func resumable(_ error: any Error) -> any Error {
        guard let fault = error as? any ReportableError else { return error }
        let whole = state.withLock { $0.made + $0.linked + $0.kept }
        return Fault(
            fault.status == .inputOutput ? .tryAgain : fault.status,
            "\(fault.description); \(whole) reels of this shard are whole: run it again with --resume")
    }

    private var isGoing: Bool { stop.withLock { $0 == nil } }

    private func end(_ error: any Error) { stop.withLock { $0 = $0 ?? error } }

    /// What is finished gets its name even when the rest is given up.
    private func flush(_ batch: ReelBatch) { do { try batch.flush() } catch { end(error) } }

    private func make(_ groups: [JobGroup], _ list: JobList, _ batch: ReelBatch) {
        let next = Mutex(0)
        let workers = DispatchGroup()
        for _ in 0..<min(request.parallel, groups.count) {
            workers.enter()
            // A thread each, not one of the pool's: they wait for the disk.
            Thread.detachNewThread { [self] in
                defer { workers.leave() }
                while isGoing, let number = next.withLock({ next in next < groups.count ? (next, next += 1).0 : nil }) {
                    do {
                        try Interruption.check()
                        try make(groups[number], list, batch)
                    } catch { end(error) }
                }
            }
        }
        workers.wait()
    }

    /// Makes a reel and gives it all its names.
    private func make(_ group: JobGroup, _ list: JobList, _ batch: ReelBatch) throws {
        var wanted: [(place: JobPlace, job: FarmJob)] = []
        var known: ManifestEntry?
        for place in group.lines {
            let job = try list.job(at: place)
            if Path.isSameFile(request.folder.reel(job.output), request.list) {
                try fail(place, job, Fault(.badInput, "is the job list itself; choose another name"), list)
                continue
            }
            if let entry = try entry(of: job, group.key) {
                known = known ?? entry
                state.withLock { $0.kept += 1 }
            } else {
                wanted.append((place, job))
            }
        }
        tell()
        if let known { return try batch.add(PendingReel(nil, known, links: Self.names(wanted, of: known))) }
        while let first = wanted.first {
            let reel: PendingReel
            do {
                reel = try render(first.place, first.job, group.key, others: wanted.dropFirst())
            } catch let error as any ReportableError {
                try fail(first.place, first.job, error, list)
                wanted.removeFirst()
                // Another name has the same plan and so the same fault, unless it is the name's.
                if error.status == .cannotCreate { continue }
                for line in wanted { try fail(line.place, line.job, error, list) }
                return
            }
            return try batch.add(reel)
        }
    }

    private static func names(
        _ lines: some Sequence<(place: JobPlace, job: FarmJob)>, of entry: ManifestEntry
    ) -> [NamedReel] {
        lines.map { line in
            var viewer: String?
            if case .viewer(let request) = line.job.content { viewer = request.viewer }
            return NamedReel(place: line.place, entry: entry.named(line.job.output, for: viewer))
        }
    }

    /// What a task before made of a line, if that is still there.
    private func entry(of job: FarmJob, _ key: JobKey) throws(Fault) -> ManifestEntry? {
        guard let index = index.withLock({ $0 }), let found = Path.identity(request.folder.reel(job.output)) else {
            return nil
        }
        let place = index.places(of: job.output).last { $0.key == key && $0.bytes == found.bytes }
        return try place.map { place throws(Fault) in try index.entry(at: place) }
    }

    private func render(
        _ place: JobPlace, _ job: FarmJob, _ key: JobKey,
        others: ArraySlice<(place: JobPlace, job: FarmJob)>
    ) throws -> PendingReel {
        let reel = try session.resolve(job)
        let path = request.folder.reel(job.output)
        try Path.createFolder(Path.folder(of: path))
        try session.library.requireOutside(path)
        let hash = HashBox()
        var file = try OutputFile.create(path) { hash.value.update($0) }
        let writer = ReelWriter(reel.layout, sound: try session.sound(of: reel), reel: reel.id)
        try writer.write(into: &file, isPlain: session.settings.isPlain == true)
        try file.flush()
        var viewer: String?
        if case .viewer(let request) = job.content { viewer = request.viewer }
        let timescale = Int64(reel.layout.picturing.timescale)
        let entry = ManifestEntry(
            path: job.output, reel: reel.id, edition: reel.edition.id, rendition: job.rendition, bytes: file.size,
            sha256: "\(hash.value.finish())", frames: reel.layout.frames,
            milliseconds: reel.layout.duration * 1_000 / timescale, key: key, viewer: viewer)
        return PendingReel(file, entry, links: Self.names(others, of: entry))
    }

    /// Notes a line that gave no reel, and ends the render where it must not go on.
    private func fail(_ place: JobPlace, _ job: FarmJob, _ error: any ReportableError, _ list: JobList) throws {
        let message = "\(list.name(of: place)) (\(printable(job.output))): \(error.description)"
        let failure = JobFailure(line: place.number, output: job.output, status: error.status, message: message)
        state.withLock { $0.note(failure) }
        // A disk that is full may take no note either; what it says is in the report.
        try? manifest.note(failure)
        tell()
        if !request.keepsGoing || error.status == .inputOutput { throw Enough() }
    }

    /// Counts reels that have their names.
    private func note(_ reels: NamedReels) {
        state.withLock { state in
            if reels.isNew { (state.made, state.bytes) = (state.made + 1, state.bytes + reels.entry.bytes) }
            state.linked += reels.linked
        }
        for (reel, fault) in reels.failed {
            let failure = JobFailure(
                line: reel.place.number, output: reel.entry.path, status: fault.status,
                message: "\(printable(request.list)): line \(reel.place.number) "
                    + "(\(printable(reel.entry.path))): \(fault.message)")
            state.withLock { $0.note(failure) }
            try? manifest.note(failure)
            if !request.keepsGoing { end(Enough()) }
        }
        if !reels.unlinked.isEmpty {
            let group = JobGroup(key: reels.entry.key, lines: reels.unlinked.map(\.place))
            unlinked.withLock { $0.append(group) }
        }
        tell()
    }

    private func tell() {
        let state = state.withLock { $0 }
        progress(
            ProgressReport(
                stage: "rendering shard \(request.shard)",
                done: min(state.own, state.made + state.linked + state.kept + state.failed), total: state.own,
                unit: "reels", failed: state.failed))
    }
}

/// The hash of a file that is being written, on one thread.
private final class HashBox {
    var value = ObjectHash()
}

extension Array {
    fileprivate mutating func take() -> [Element] {
        defer { self = [] }
        return self
    }
}
