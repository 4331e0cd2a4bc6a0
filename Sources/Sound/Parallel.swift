internal import Dispatch
private import Synchronization

/// Does `count` pieces of work, up to `jobs` at a time.
/// - Returns: what they gave, in order.
/// - Throws: the error of the first in order that failed.
func inParallel<Value: Sendable>(_ count: Int, jobs: Int, _ work: (Int) throws -> Value) throws -> [Value] {
    guard jobs > 1, count > 1 else { return try (0..<count).map(work) }
    // What it captures is the caller's, who waits: no two calls get the same number, and each touches its own number's things alone.
    nonisolated(unsafe) let work = work
    let next = Mutex(0)
    let results = Mutex([Result<Value, any Error>?](repeating: nil, count: count))
    DispatchQueue.concurrentPerform(iterations: min(jobs, count)) { _ in
        while true {
            let number = next.withLock { next -> Int in
                defer { next += 1 }
                return next
            }
            guard number < count else { return }
            let result = Result { try work(number) }
            results.withLock { $0[number] = result }
        }
    }
    return try results.withLock { $0 }.compactMap { try $0?.get() }
}
