internal import Diagnostics
private import Dispatch
internal import Editions
internal import Editorial
internal import MediaTime
private import Synchronization

/// What every worker of one conditioning shares.
struct ConditioningWork: Sendable {
    let footage: Footage
    /// The renditions, best first.
    let targets: [Target]
    let library: Library
    let deinterlaces: Bool
    /// Whether frames of another size than the first are brought to its size.
    let resizes: Bool
    /// Threads of each decoder.
    let threads: Int
}

/// Makes and proves all clips, several at a time, and gathers them in the order of the index.
struct ClipPool {
    private let work: ConditioningWork
    private let initSegments: [ObjectID]
    private let cuts: [[Cut]]
    private let counter: FrameCounter

    init(
        _ work: ConditioningWork, _ initSegments: [ObjectID], _ plans: [ConditioningPlan],
        _ progress: @escaping ProgressHandler
    ) {
        self.work = work
        self.initSegments = initSegments
        cuts = work.footage.clips.indices.map { clip in plans.map { $0.cuts[clip] } }
        // Each frame is made once and proved once.
        let frames = work.footage.clips.reduce(0) { $0 + $1.range.count } * 2
        let encodes = plans.contains { $0.condition != .copy }
        counter = FrameCounter(
            stage: encodes ? "encoding and proving clips" : "copying and proving clips", total: frames, progress)
    }

    private struct State {
        var next = 0
        var entries: [ClipEntry?]
        var reused = 0
        var effort = Effort()
        var failure: (any Error)?
    }

    /// - Returns: the clips, how many of them an earlier ingest had made, and how long the others took.
    /// - Throws: the first error of any clip. The other workers then stop after the clip at hand.
    func run(jobs: Int) throws -> (entries: [ClipEntry], reused: Int, effort: Effort) {
        let clips = work.footage.clips
        // In the order of the source and several in a row, so that each worker decodes what lies between two clips seldom or never.
        let order = clips.indices.sorted { clips[$0].range.start < clips[$1].range.start }
        let count = max(1, min(16, order.count / (jobs * 4)))
        let state = Mutex(State(entries: [ClipEntry?](repeating: nil, count: clips.count)))
        @Sendable func worker() {
            do {
                var worker = try ClipWorker(work, initSegments, counter)
                while let run = state.withLock({ state -> ArraySlice<Int>? in
                    guard state.failure == nil, state.next < order.count else { return nil }
                    let run = order[state.next...].prefix(count)
                    state.next = run.endIndex
                    return run
                }) {
                    for clip in run {
                        if state.withLock({ $0.failure != nil }) { break }
                        let (entry, isReused) = try worker.entry(clips[clip], cuts[clip])
                        state.withLock { state in
                            state.entries[clip] = entry
                            state.reused += isReused ? 1 : 0
                        }
                    }
                }
                state.withLock { $0.effort += worker.effort }
            } catch {
                state.withLock { state in state.failure = state.failure ?? error }
            }
        }
        if jobs > 1 {
            DispatchQueue.concurrentPerform(iterations: min(jobs, order.count)) { _ in worker() }
        } else {
            worker()
        }
        return try state.withLock { state in
            if let failure = state.failure { throw failure }
            return (state.entries.compactMap { $0 }, state.reused, state.effort)
        }
    }
}

/// How long work took.
struct Effort: Sendable {
    var making = Duration.zero
    var proving = Duration.zero

    static func += (sum: inout Effort, other: Effort) {
        sum.making += other.making
        sum.proving += other.proving
    }
}

/// Counts the frames of all workers, and tells how far they are.
final class FrameCounter: Sendable {
    private let stage: String
    private let total: Int64
    private let progress: ProgressHandler
    private let done = Mutex<Int64>(0)

    init(stage: String, total: Int64, _ progress: @escaping ProgressHandler) {
        self.stage = stage
        self.total = total
        self.progress = progress
    }

    func add(_ frames: Int64) {
        // Told in the lock: in order, and one at a time.
        done.withLock { done in
            done += frames
            progress(ProgressReport(stage: stage, done: Int(done), total: Int(total), unit: "frames"))
        }
    }
}
