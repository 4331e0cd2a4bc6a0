internal import Dispatch
private import Synchronization

/// Does `count` pieces of work, up to `jobs` at a time.
/// - Returns: what they gave, in order.
/// - Throws: the error of the first in order that failed.
func inParallel<Value>(_ count: Int, jobs: Int, _ work: (Int) throws -> Value) throws -> [Value] {
    guard jobs > 1, count > 1 else { return try (0..<count).map(work) }
    // Each iteration writes its own place, and all are done before any is read.
    nonisolated(unsafe) let work = work
    nonisolated(unsafe) var results = [Result<Value, any Error>?](repeating: nil, count: count)
    let next = Mutex(0)
    let lock = Mutex(())
    DispatchQueue.concurrentPerform(iterations: min(jobs, count)) { _ in
        while true {
            let number = next.withLock { next -> Int in
                defer { next += 1 }
                return next
            }
            guard number < count else { return }
            let result = Result { try work(number) }
            lock.withLock { _ in results[number] = result }
        }
    }
    return try results.compactMap { try $0?.get() }
}
