import Diagnostics
import FileSystem
import Foundation
import TestSupport
import Testing

/// A file appears whole or not at all.
@Suite struct OutputFileTests {
    @Test func whatIsDroppedLeavesNothing() throws {
        let folder = try TemporaryFolder()
        func drop() throws {
            var file = try OutputFile.create(folder.file("reel.mp4"))
            try file.append(numbered(200_000))
            #expect(try names(in: folder.path).filter { !$0.hasPrefix(".") } == [])
        }
        try drop()
        #expect(try names(in: folder.path) == [])
    }

    @Test func whatIsDroppedLeavesTheOlderFile() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("old", to: "reel.mp4")
        func drop() throws {
            var file = try OutputFile.create(path)
            try file.append(numbered(200_000))
            #expect(try contents(of: path) == Array("old".utf8))
        }
        try drop()
        #expect(try contents(of: path) == Array("old".utf8))
        #expect(try names(in: folder.path) == ["reel.mp4"])
    }

    @Test(arguments: [false, true])
    func committingReplacesAtOnce(durable: Bool) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("old", to: "reel.mp4")
        // Who has the older file open keeps reading it.
        let reader = try InputFile.open(path)
        var file = try OutputFile.create(path)
        try file.append(numbered(100_001))
        try file.commit(durable: durable)
        #expect(try contents(of: path) == numbered(100_001))
        #expect(try names(in: folder.path) == ["reel.mp4"])
        let old = try reader.read(at: 0, count: 3)
        #expect(old == Array("old".utf8))
        let mode = try #require(
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)
        #expect(mode.intValue & 0o600 == 0o600)
        #expect(mode.intValue & 0o133 == 0)
    }

    @Test func anotherNameCanBeTakenAtTheEnd() throws {
        let folder = try TemporaryFolder()
        var file = try OutputFile.create(folder.file("new"))
        try file.append(Array("content".utf8))
        try file.commit(as: folder.file("abcdef"))
        #expect(try names(in: folder.path) == ["abcdef"])
        #expect(try contents(of: folder.file("abcdef")) == Array("content".utf8))
    }

    @Test func namesThatCannotBeTakenAreRefused() throws {
        let folder = try TemporaryFolder()
        let missing = folder.file("missing/reel.mp4")
        #expect(
            try fault { _ = try OutputFile.create(missing) }
                == Fault(
                    .cannotCreate,
                    "\(missing): cannot create: No such file or directory; create the folder first"))
        #expect(
            try fault { _ = try OutputFile.create(folder.path) }
                == Fault(.cannotCreate, "\(folder.path): is a folder; name a file"))
        let file = try folder.write("x", to: "file")
        #expect(try fault { _ = try OutputFile.create(file + "/reel.mp4") }.status == .cannotCreate)
        // A folder that takes the name meanwhile.
        let output = folder.file("reel.mp4")
        var begun: OutputFile? = try OutputFile.create(output)
        try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: false)
        let failure = try fault { try begun.take()?.commit() }
        #expect(failure.status == .cannotCreate)
        #expect(try names(in: folder.path) == ["file", "reel.mp4"])
    }

    @Test func bytesAreCountedAsTheyAreAppended() throws {
        let folder = try TemporaryFolder()
        let source = folder.file("source")
        try OutputFile.write(numbered(1_000), to: source)
        let input = try InputFile.open(source)
        var file = try OutputFile.create(folder.file("out"))
        var sizes = [file.size]
        try file.append([1, 2, 3])
        sizes.append(file.size)
        try file.append(from: input, at: 10, count: 100)
        sizes.append(file.size)
        try file.append(numbered(70_000))
        sizes.append(file.size)
        try file.append([])
        sizes.append(file.size)
        #expect(sizes == [0, 3, 103, 70_103, 70_103])
        try file.commit()
        #expect(try contents(of: folder.file("out")) == [1, 2, 3] + numbered(1_000)[10..<110] + numbered(70_000))
    }

    /// Inside the kernel or through memory: the same bytes, for ranges that no block size divides.
    @Test func rangesOfOtherFilesAreCopied() throws {
        let folder = try TemporaryFolder()
        let bytes = numbered(5_000_003)
        let source = folder.file("source")
        try OutputFile.write(bytes, to: source)
        let input = try InputFile.open(source)
        let ranges = [
            0..<1, 1..<2, 5..<5, 0..<5_000_003, 4_095..<4_097, 65_535..<131_073, 5_000_002..<5_000_003, 777..<2_999_999,
        ]
        var file = try OutputFile.create(folder.file("out"))
        var expected: [UInt8] = []
        for (number, range) in ranges.enumerated() {
            // Small pieces between the copies: the gathered bytes and the kernel's must not overtake each other.
            try file.append([UInt8(number)])
            expected.append(UInt8(number))
            try file.append(from: input, at: Int64(range.lowerBound), count: Int64(range.count))
            expected += bytes[range]
        }
        try file.commit()
        let same = try contents(of: folder.file("out")) == expected
        #expect(same)
    }

    /// Copying across file systems goes through memory where the kernel cannot do it.
    @Test(.enabled(if: FileManager.default.isWritableFile(atPath: "/dev/shm"), "there is no second file system"))
    func rangesOfOtherFileSystemsAreCopied() throws {
        let folder = try TemporaryFolder()
        let other = "/dev/shm/sizzle-test-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: other) }
        try OutputFile.write(numbered(300_001), to: other)
        let input = try InputFile.open(other)
        var file = try OutputFile.create(folder.file("out"))
        try file.append([9])
        try file.append(from: input, at: 3, count: 299_997)
        try file.append([8])
        try file.commit()
        let same = try contents(of: folder.file("out")) == [9] + numbered(300_001)[3..<300_000] + [8]
        #expect(same)
    }

    @Test func aSourceThatIsTooShortIsNamed() throws {
        let folder = try TemporaryFolder()
        let source = try folder.write("0123456789", to: "source")
        let input = try InputFile.open(source)
        var file = try OutputFile.create(folder.file("out"))
        var failure: Fault?
        do throws(Fault) { try file.append(from: input, at: 4, count: 7) } catch { failure = error }
        #expect(failure == Fault(.badInput, "\(source): ends before byte 11 that is needed"))
    }

    /// Bytes are replaced in what is copied through memory (after other bytes) and by the kernel (at the file's beginning), also
    /// where a read ends between them.
    @Test(arguments: [0, 3]) func copiedBytesAreReplaced(before: Int) throws {
        let folder = try TemporaryFolder()
        let source = folder.file("source")
        let count = (1 << 20) + 1_000
        try OutputFile.write(numbered(count), to: source)
        let input = try InputFile.open(source)
        let replacements: [(Int, [UInt8])] = [
            (0, [7]), (500, [5, 5, 5]), ((1 << 20) - 2, [9, 9, 9, 9]), (count - 1, [4]), (8, []),
        ]
        var file = try OutputFile.create(folder.file("out"))
        try file.append([UInt8](repeating: 1, count: before))
        try file.append(
            from: input, at: 0, count: Int64(count), replacing: replacements.map { .init($0.1, at: Int64($0.0)) })
        try file.append([2])
        try file.commit()
        var copy = numbered(count)
        for (place, bytes) in replacements { copy.replaceSubrange(place..<place + bytes.count, with: bytes) }
        let same = try contents(of: folder.file("out")) == [UInt8](repeating: 1, count: before) + copy + [2]
        #expect(same)
    }

    /// A disk that fills up is an I/O error, and leaves nothing behind.
    @Test(.enabled(if: geteuid() == 0, "only root mounts a small file system"))
    func aFullDiskIsSaid() throws {
        let folder = try TemporaryFolder()
        let disk = folder.file("disk")
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: false)
        // Containers may forbid mounting: nothing to test then.
        guard try Tools.run("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", disk]).status == 0 else { return }
        defer { _ = try? Tools.run("umount", ["-l", disk]) }
        let source = folder.file("source")
        try OutputFile.write(numbered(1_000_000), to: source)
        let path = disk + "/reel.mp4"
        let byAppending = try fault { try OutputFile.write(numbered(1_000_000), to: path) }
        #expect(
            byAppending
                == Fault(
                    .inputOutput,
                    "\(path): cannot write: No space left on device; make room and run the command again"))
        let byCopying = try fault {
            let input = try InputFile.open(source)
            var file = try OutputFile.create(path)
            try file.append(from: input, at: 0, count: 1_000_000)
        }
        #expect(byCopying == byAppending)
        #expect(try names(in: disk) == [])
        try OutputFile.write(numbered(200_000), to: path)
        #expect(try names(in: disk) == ["reel.mp4"])
    }
}
