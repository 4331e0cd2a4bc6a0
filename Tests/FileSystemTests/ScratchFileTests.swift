import Diagnostics
import FileSystem
import Foundation
import TestSupport
import Testing

@Suite struct ScratchFileTests {
    private func write(_ bytes: [UInt8], at offset: Int64, to file: ScratchFile) throws {
        try bytes.withUnsafeBytes { try file.write($0, at: offset) }
    }

    private func read(_ count: Int, at offset: Int64, from file: ScratchFile) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: offset) }
        return bytes
    }

    @Test func whatIsWrittenIsReadAndNothingStays() throws {
        let folder = try TemporaryFolder()
        let file = try ScratchFile(in: folder.path)
        try write([1, 2, 3], at: 0, to: file)
        try write([9], at: 1, to: file)
        try write([7], at: 100_000, to: file)
        #expect(try read(3, at: 0, from: file) == [1, 9, 3])
        #expect(try read(2, at: 99_999, from: file) == [0, 7])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
        // By its path it can be opened like any other.
        let opened = FileManager.default.contents(atPath: file.path)
        #expect(opened?.count == 100_001)
    }

    @Test func whatIsNotThereIsAnError() throws {
        let folder = try TemporaryFolder()
        let file = try ScratchFile(in: folder.path)
        try write([1], at: 0, to: file)
        #expect(try fault { _ = try read(2, at: 0, from: file) }.status == .inputOutput)
        #expect(try fault { _ = try ScratchFile(in: folder.file("nowhere")) }.status == .cannotCreate)
    }
}
