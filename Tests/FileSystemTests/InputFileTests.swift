import Diagnostics
import FileSystem
import Foundation
import TestSupport
import Testing

@Suite struct InputFileTests {
    @Test func rangesAreRead() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("in")
        try OutputFile.write(numbered(100_000), to: path)
        let file = try InputFile.open(path)
        let size = file.size
        #expect(size == 100_000)
        for range in [0..<0, 0..<1, 99_999..<100_000, 100_000..<100_000, 0..<100_000, 4_097..<70_001] {
            let bytes = try file.read(at: Int64(range.lowerBound), count: range.count)
            #expect(bytes == Array(numbered(100_000)[range]))
        }
        #expect(try InputFile.contents(of: path) == numbered(100_000))
    }

    @Test func whatIsBeyondTheEndIsRefused() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("0123456789", to: "in")
        let file = try InputFile.open(path)
        var failures: [Fault?] = []
        for (offset, count) in [(0, 11), (10, 1), (1_000, 2)] as [(Int64, Int)] {
            do throws(Fault) {
                _ = try file.read(at: offset, count: count)
                failures.append(nil)
            } catch { failures.append(error) }
        }
        #expect(
            failures
                == [11, 11, 1_002].map {
                    Fault(.badInput, "\(path): ends at byte 10, before byte \($0) that is needed")
                })
    }

    /// Offsets and sizes that a damaged table tells: an error before any memory is asked for.
    @Test(arguments: [(-1, 1), (0, -1), (.max, 1), (0, .max), (.max, .max), (.min, .max)] as [(Int64, Int)])
    func senselessRangesAreRefused(offset: Int64, count: Int) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("0123456789", to: "in")
        let file = try InputFile.open(path)
        var failure: Fault?
        do throws(Fault) { _ = try file.read(at: offset, count: count) } catch { failure = error }
        #expect(failure?.status == .badInput)
    }

    @Test func whatIsNoFileIsRefused() throws {
        let folder = try TemporaryFolder()
        let missing = folder.file("missing")
        #expect(
            try fault { _ = try InputFile.open(missing) }
                == Fault(.notFound, "\(missing): cannot open: No such file or directory"))
        #expect(
            try fault { _ = try InputFile.open(folder.path) } == Fault(.notFound, "\(folder.path): is not a file"))
        #expect(try fault { _ = try InputFile.open("/dev/null") } == Fault(.notFound, "/dev/null: is not a file"))
        let inFile = try folder.write("x", to: "file") + "/x"
        #expect(try fault { _ = try InputFile.open(inFile) }.status == .notFound)
        #expect(try fault { _ = try MappedFile(missing) }.status == .notFound)
    }

    @Test func mappedFilesHoldTheirContent() throws {
        let folder = try TemporaryFolder()
        for count in [0, 1, 4_096, 100_001] {
            let path = folder.file("mapped\(count)")
            try OutputFile.write(numbered(count), to: path)
            let file = try MappedFile(path)
            // The name may go: the map stays.
            try FileManager.default.removeItem(atPath: path)
            #expect(Array(file.bytes) == numbered(count))
        }
    }
}

@Suite struct FileLockTests {
    private let busy = "lib: another ingest is writing"

    @Test func aSecondHolderIsToldToTryAgain() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("lock")
        func hold() throws {
            let lock = try FileLock.take(path, waiting: 0, busy: busy)
            #expect(try fault { _ = try FileLock.take(path, waiting: 0, busy: busy) } == Fault(.tryAgain, busy))
            _ = consume lock
        }
        try hold()
        _ = try FileLock.take(path, waiting: 0, busy: busy)
    }

    @Test func anotherProcessHoldsItUntilItEnds() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("lock")
        let release = folder.file("release")
        let script =
            "import fcntl, os, sys, time\nf = open(sys.argv[1], 'w')\nfcntl.flock(f, fcntl.LOCK_EX)\nprint('held', flush=True)\n"
            + "while not os.path.exists(sys.argv[2]): time.sleep(0.05)\n"
        var refusals: [Fault] = []
        // The body runs while the other process holds the lock, as soon as it says so.
        _ = try Tools.stream("python3", ["-c", script, path, release]) { _ in
            refusals.append(try fault { _ = try FileLock.take(path, waiting: 0, busy: busy) })
            try OutputFile.write("go".utf8, to: release)
            // It is waited for.
            _ = try FileLock.take(path, waiting: 60, busy: busy)
        }
        #expect(refusals == [Fault(.tryAgain, busy)])
    }

    @Test func aLockThatCannotBeMadeIsSaid() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("missing/lock")
        #expect(try fault { _ = try FileLock.take(path, waiting: 0, busy: busy) }.status == .cannotCreate)
    }
}
