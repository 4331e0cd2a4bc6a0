import Foundation
import TestSupport
import Testing

/// The hook that refuses to commit an index whose clips are wrong.
@Suite struct GitHookTests {
    @Test func wrongIndexesAreNotCommitted() throws {
        let space = try Workspace()
        func git(_ arguments: String...) throws -> Tools.Result {
            try Tools.run(
                "git", ["-C", space.path, "-c", "user.name=t", "-c", "user.email=t@example.org"] + arguments,
                environment: ["SIZZLE": Command.path], timeout: 120)
        }
        try Tools.check("git", ["init", "-q", space.path])
        try FileManager.default.copyItem(
            atPath: "\(Package.root)/integrations/git/pre-commit", toPath: "\(space.path)/.git/hooks/pre-commit")
        try ShotFilm.make([.init(.chart, 48), .init(.fractal, 48)], at: space.file("mega.mp4"))
        _ = try space.write("notes", to: "notes.txt")
        #expect(try git("add", "notes.txt").status == 0)
        #expect(try git("commit", "-qm", "notes").status == 0)
        func commit(_ clips: [IndexFile.Clip]) throws -> Tools.Result {
            _ = try space.write(IndexFile(frameRate: "24/1", clips: clips), to: "clips.json")
            #expect(try git("add", "clips.json").status == 0)
            return try git("commit", "-qm", "clips")
        }
        // A length that contradicts the type, found without pictures.
        let short = try commit([.init("A", "48", 0, 47)])
        #expect(short.status == 1)
        #expect((short.text + short.errors).contains("is 47 frames long, and its type says 48"))
        // A boundary beside the cut, found in the pictures.
        let early = try commit([.init("A", "48", 0, 48), .init("B", "x", 47, 96)])
        #expect(early.status == 1)
        #expect((early.text + early.errors).contains("move the in-point to 48, 1 frame later"))
        #expect(early.errors.contains("the commit is refused"))
        #expect(try commit([.init("A", "48", 0, 48), .init("B", "48", 48, 96)]).status == 0)
        #expect(try git("log", "--format=%s").text == "clips\nnotes\n")
    }
}
