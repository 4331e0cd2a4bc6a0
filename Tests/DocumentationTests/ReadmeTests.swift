import Foundation
import TestSupport
import Testing

/// A reader who types what README.md says gets what it promises.
@Suite struct ReadmeTests {
    /// Every `sh` block is run in order in one empty folder; scripts of the repository are only looked for, since they set
    /// up, build and test everything.
    @Test func everyCommandWorks() throws {
        let blocks = Repository.blocks(of: try Repository.text("README.md"), in: "sh")
        try #require(blocks.count >= 4)
        let folder = try TemporaryFolder()
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("TestMedia"), withDestinationPath: Repository.path("TestMedia"))
        var lines: [String] = []
        for line in blocks.joined(separator: "\n").split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("scripts/") {
                let script = Repository.path(String(line.split(separator: " ")[0]))
                #expect(FileManager.default.isExecutableFile(atPath: script), "\(script) cannot be run")
            } else {
                lines.append(String(line))
            }
        }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin"
        let result = try Tools.run(
            "bash", ["-euc", lines.joined(separator: "\n")],
            environment: ["PATH": "\(Repository.binaries):\(path)", "SIZZLE_LIBRARY": ""], in: folder.path, timeout: 300
        )
        #expect(result.status == 0, "\(result.errors)")
        #expect(
            result.lines.filter { $0.contains("plan's") } == [
                "reel.mp4: all 240 frames and the sound are the plan's",
                "short.mp4: all 120 frames and the sound are the plan's",
            ])
        try checkSchemas(folder)
    }

    /// What was written on the way has the form that docs/schemas describe.
    private func checkSchemas(_ folder: TemporaryFolder) throws {
        let editions = "\(folder.path)/lib/editions"
        let edition = try #require(try FileManager.default.contentsOfDirectory(atPath: editions).first)
        let written = [
            ("clips", folder.file("clips.json")), ("reel", folder.file("reel.json")),
            ("reel", folder.file("short.json")), ("edition", "\(editions)/\(edition)/edition.json"),
        ]
        for (schema, document) in written {
            #expect(try SchemaTests.faults(schema, document) == [], "\(document)")
        }
    }

    @Test func thePictureIsSmall() throws {
        let path = Repository.path("docs/images/reel-sheet.png")
        let size = try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
        #expect(size < 400_000)
    }
}
