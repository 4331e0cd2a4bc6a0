import Diagnostics
import FileSystem
import Foundation
import TestSupport
import Testing

@Suite struct AppendedFileTests {
    /// A line that a death cut off goes, those before it stay.
    @Test func aFileBeginsAfterItsLastWholeLine() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/events.ndjson"
        try Data("{\"a\":1}\n{\"b\":2}\n{\"c\"".utf8).write(to: URL(fileURLWithPath: path))
        let file = try AppendedFile(path)
        #expect(file.size == 16)
        try file.append(Array("{\"d\":4}\n".utf8))
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "{\"a\":1}\n{\"b\":2}\n{\"d\":4}\n")
        try Data("half".utf8).write(to: URL(fileURLWithPath: folder.path + "/other"))
        #expect(try AppendedFile(folder.path + "/other").size == 0)
    }

    @Test func oneProcessHasItAtATime() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/events.ndjson"
        let first = try AppendedFile(path)
        let fault = #expect(throws: Fault.self) { try AppendedFile(path) }
        #expect(fault?.status == .tryAgain)
        try first.append(Array("{}\n".utf8))
    }
}
