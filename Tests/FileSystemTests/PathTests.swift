import Diagnostics
import FileSystem
import Foundation
import TestSupport
import Testing

@Suite struct PathTests {
    @Test func foldersAndNamesAreCutApart() {
        let paths = ["a", "a/b", "/a", "/a/b", "./a", "a//b", "/", ""]
        #expect(paths.map { Path.folder(of: $0) } == [".", "a", "/", "/a", ".", "a/", "/", "."])
        #expect(paths.map { Path.name(of: $0) } == ["a", "b", "a", "b", "a", "b", "", ""])
    }

    /// An output must not land in the library, by whatever name.
    @Test func placesInAFolderAreKnownByAnyName() throws {
        let folder = try TemporaryFolder()
        let manager = FileManager.default
        for name in ["lib/media/ab", "library", "out", "lib/lib"] {
            try manager.createDirectory(atPath: folder.file(name), withIntermediateDirectories: true)
        }
        try manager.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: folder.file("lib"))
        try manager.createSymbolicLink(atPath: folder.file("lib/out"), withDestinationPath: folder.file("out"))
        try manager.createSymbolicLink(atPath: folder.file("out/in"), withDestinationPath: "../lib/media")
        let inside = [
            "lib/x", "lib/media/ab/x", "lib/../lib/x", "out/../lib/x", "link/x", "link/media/x", "out/in/x",
            "lib/lib/x",
        ]
        let outside = [
            "x", "out/x", "library/x", "lib/../x", "lib/out/x", "link/out/x", "lib/media/../../x", "missing/x",
        ]
        for root in ["lib", "link", "out/../lib", "lib/"] {
            let root = folder.file(root)
            #expect(inside.filter { !Path.lies(folder.file($0), in: root) } == [])
            #expect(outside.filter { Path.lies(folder.file($0), in: root) } == [])
        }
        #expect(Path.lies("/x", in: "/"))
    }

    @Test func sameFilesAreKnownByAnyName() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("x", to: "file")
        let other = try folder.write("x", to: "other")
        try FileManager.default.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: path)
        try FileManager.default.linkItem(atPath: path, toPath: folder.file("hard"))
        let candidates = [
            path, folder.file("link"), folder.file("hard"), folder.file("./file"), other, folder.file("no"),
        ]
        #expect(candidates.map { Path.isSameFile(path, $0) } == [true, true, true, true, false, false])
    }

    @Test func foldersAreMadeListedAndRemoved() throws {
        let folder = try TemporaryFolder()
        let deep = folder.file("a/b/c")
        try Path.createFolder(deep)
        try Path.createFolder(deep)
        #expect(Path.isFolder(deep))
        _ = try folder.write("2", to: "a/b/2")
        _ = try folder.write("1", to: "a/b/.1")
        #expect(try Path.list(folder.file("a/b")) == [".1", "2", "c"])
        try Path.syncFolder(deep)
        try Path.syncFileSystem(of: deep)
        try Path.move(folder.file("a/b/2"), to: folder.file("a/b/.1"))
        #expect(try contents(of: folder.file("a/b/.1")) == Array("2".utf8))
        try Path.remove(folder.file("a"))
        try Path.remove(folder.file("a"))
        #expect(try names(in: folder.path) == [])
    }

    /// A link that leads nowhere is something too: what is left behind would block the name.
    @Test func danglingLinksAreRemoved() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: "nowhere")
        try Path.remove(folder.file("link"))
        #expect(try names(in: folder.path) == [])
    }

    @Test func failuresHaveTheirStatus() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("x", to: "file")
        #expect(try fault { try Path.createFolder(file) } == Fault(.cannotCreate, "\(file): is not a folder"))
        #expect(try fault { try Path.createFolder(file + "/x") } == Fault(.cannotCreate, "\(file): is not a folder"))
        #expect(try fault { _ = try Path.list(folder.file("no")) }.status == .notFound)
        #expect(try fault { try Path.move(folder.file("no"), to: file) }.status == .notFound)
        let statuses = [ENOSPC, EIO, EDQUOT, EFBIG, ENOENT, EACCES, EISDIR, EROFS, EMFILE, EAGAIN].map {
            [Fault.file($0, "write", "x").status, Fault.file($0, "create", "x", creating: true).status]
        }
        #expect(
            statuses == [
                [.inputOutput, .inputOutput], [.inputOutput, .inputOutput], [.inputOutput, .inputOutput],
                [.inputOutput, .inputOutput], [.notFound, .cannotCreate], [.notFound, .cannotCreate],
                [.notFound, .cannotCreate], [.inputOutput, .cannotCreate], [.tryAgain, .cannotCreate],
                [.tryAgain, .cannotCreate],
            ])
    }
}
