import Foundation
import Testing

@testable import TestSupport

@Suite struct ToolsTests {
    @Test func bothOutputsAreReadWhileTheProgramRuns() throws {
        let script = "import sys\nfor _ in range(64):\n sys.stdout.write('o' * 65536); sys.stderr.write('e' * 65536)"
        let result = try Tools.run("python3", ["-c", script + "\nsys.exit(3)"])
        #expect(result.output.count == 64 * 65536)
        #expect(result.errors.utf8.count == 64 * 65536)
        #expect(result.status == 3)
    }

    @Test func aProgramThatTakesTooLongIsKilled() throws {
        let start = Date()
        #expect(throws: ToolError.self) { try Tools.run("sleep", ["30"], timeout: 0.3) }
        #expect(Date().timeIntervalSince(start) < 10)
    }

    @Test func aMissingProgramIsNamed() throws {
        let error = #expect(throws: ToolError.self) { try Tools.run("no-such-program-here") }
        #expect(error?.description.contains("no-such-program-here is not installed") == true)
    }

    @Test func aSignalIsTold() throws {
        let status = try Tools.run("sh", ["-c", "kill -TERM $$"]).status
        #expect(status == 128 + 15)
    }

    @Test func linesHaveNoEmptyLast() throws {
        #expect(try Tools.run("printf", ["a\\n\\nb\\n"]).lines == ["a", "", "b"])
        #expect(try Tools.run("true").lines == [])
    }

    @Test func aTemporaryFolderRemovesItself() throws {
        var folder: TemporaryFolder? = try TemporaryFolder()
        let path = try #require(folder?.path)
        _ = try folder?.write("text", to: "file")
        #expect(FileManager.default.fileExists(atPath: "\(path)/file"))
        folder = nil
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func theGeneratorIsDeterministic() throws {
        let folder = try TemporaryFolder()
        for container in ["mp4", "mkv", "ts"] {
            let arguments = ["--frames", "30", "--rate", "30000/1001", "--idr", "11"]
            let files = try ["first", "second"].map { name in
                let path = folder.file("\(name).\(container)")
                try Tools.check("\(Package.root)/TestMedia/generate", arguments + [path])
                return try Data(contentsOf: URL(fileURLWithPath: path))
            }
            #expect(files[0] == files[1], "\(container)")
        }
    }

    @Test func testsThatWantTheSameFileShareIt() async throws {
        let unique = ["--encoder-params", "nr=\(Int.random(in: 1...1000))"]
        let paths = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<4 {
                group.addTask { try TestMedia.stamped(size: (160, 90), frames: 10, more: unique) }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(paths.count == 1)
        let path = try #require(paths.first)
        #expect(try decodedStamps(of: path) == Array(0..<10))
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.removeItem(atPath: path.replacingOccurrences(of: ".mp4", with: ".lock"))
    }

    @Test(.needsSharedMedia) func theCatalogueNamesFilesThatAreThere() throws {
        let files = try SharedMedia.catalogue().compactMap { $0["file"] }
        #expect(!files.isEmpty)
        for file in files { _ = try SharedMedia.file(file) }
    }
}
