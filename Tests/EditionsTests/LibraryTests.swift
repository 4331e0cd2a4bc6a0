@testable import Editions
import Diagnostics
import FileSystem
import Foundation
import MediaTime
import TestSupport
import Testing

@Suite struct LibraryTests {
    private func library(_ folder: TemporaryFolder) throws -> Library { try Library.create(folder.file("lib")) }

    private func publish(_ library: Library, seed: Int = 1, frames: Int64 = 5) throws -> Edition {
        let lock = try library.lockForAdding(waiting: 0)
        return try library.publish(
            manifest(clips: 1, frames: frames), clips: [entry("A", "80", 10, seed: seed, parts: [[3, 2]])], lock: lock)
    }

    private func names(_ path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }

    private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    @Test func foldersThatAreNoLibraryAreRefused() throws {
        let folder = try TemporaryFolder()
        let missing = folder.file("missing")
        #expect(
            try fault { _ = try Library.open(missing) }
                == Fault(.notFound, "\(missing): there is no library; make one with 'sizzle ingest'"))
        #expect(
            try fault { _ = try Library.open(folder.path) }
                == Fault(.notFound, "\(folder.path): is not a library (it has neither editions nor a catalogue)"))
        let file = try folder.write("x", to: "file")
        #expect(try fault { _ = try Library.open(file) }.status == .notFound)
        #expect(try fault { _ = try Library.create(file) }.status == .cannotCreate)
        #expect(
            try fault { _ = try Library.create(folder.path) }
                == Fault(
                    .cannotCreate, "\(folder.path): holds other files and is not a library; name an empty folder"))
        #expect(try names(folder.path) == ["file"])
    }

    @Test func aLibraryIsMadeOnceAndOpened() throws {
        let folder = try TemporaryFolder()
        let root = folder.file("deep/lib")
        _ = try Library.create(root)
        _ = try Library.create(root)
        #expect(try Library.open(root).root == root)
        #expect(try names(root) == ["editions", "media"])
        #expect(try Library.open(root).editionIDs() == [])
        // A catalogue alone makes a library too: titles may come before the first edition.
        let other = folder.file("other")
        try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: false)
        try Data().write(to: URL(fileURLWithPath: other + "/catalogue.sqlite"))
        _ = try Library.open(other)
        _ = try Library.create(other)
    }

    @Test func publishingTwiceGivesOneEdition() throws {
        let folder = try TemporaryFolder()
        let library = try library(folder)
        let first = try publish(library)
        let edition = library.root + "/editions/" + first.id
        let before = try FileManager.default.attributesOfItem(atPath: edition)[.systemFileNumber] as? NSNumber
        let second = try publish(library)
        #expect(second.id == first.id)
        #expect(second.manifest == first.manifest)
        #expect(try library.editionIDs() == [first.id])
        #expect(try names(library.root + "/editions") == [first.id])
        #expect(try names(edition) == ["SHA256SUMS", "clips.idx", "edition.json"])
        let after = try FileManager.default.attributesOfItem(atPath: edition)[.systemFileNumber] as? NSNumber
        #expect(before == after)

        let other = try publish(library, frames: 6)
        #expect(try library.editionIDs() == [first.id, other.id].sorted())
        #expect(first.id == Edition.id(of: first.manifest))
        #expect(
            first.manifest.clipTable
                == ObjectID.of([UInt8](try Data(contentsOf: URL(fileURLWithPath: edition + "/clips.idx")))))
        #expect(try library.edition(first.id).clip(title: "A", type: "80").range.description == "[10, 15)")
        #expect(
            try fault { _ = try library.edition(first.id).clip(title: "A", type: "40") }
                == Fault(.badInput, "edition \(first.id) has no clip ('A', '40'); the title has 80"))
        #expect(
            try fault { _ = try library.edition(first.id).clip(title: "B", type: "80") }
                == Fault(.badInput, "edition \(first.id) has no title 'B'"))
        #expect(try first.bed(nil).name == "main")
        #expect(
            try fault { _ = try first.bed("other") }
                == Fault(.badInput, "edition \(first.id) has no bed 'other'; it has main"))
    }

    @Test(arguments: [
        "", "current ", "../../etc", "0123456789abcdef0123456789ABCDEF", "0123456789abcdef0123456789abcde",
    ])
    func whatIsNoIdIsRefused(reference: String) throws {
        let folder = try TemporaryFolder()
        let library = try library(folder)
        #expect(
            try fault { _ = try library.edition(reference) }
                == Fault(
                    .badInput,
                    "'\(reference)' is not an edition: an id has 32 hex digits; see 'sizzle editions list'"))
    }

    @Test func editionsThatAreNotThereAreSaid() throws {
        let folder = try TemporaryFolder()
        let library = try library(folder)
        let id = String(repeating: "0a", count: 16)
        #expect(
            try fault { _ = try library.edition(id) }
                == Fault(.notFound, "\(library.root): there is no edition \(id); see 'sizzle editions list'"))
        #expect(
            try fault { _ = try library.edition() }
                == Fault(
                    .notFound,
                    "\(library.root): no edition is live; promote one with 'sizzle editions promote ID'"))
        #expect(try fault { try promote(id, in: library, at: "now", by: "me", why: "x") }.status == .notFound)
        #expect(try names(library.root) == ["editions", "media"])
    }

    @Test func promotingIsRecorded() throws {
        let folder = try TemporaryFolder()
        let library = try library(folder)
        let first = try publish(library).id
        let second = try publish(library, frames: 6).id
        try promote(first, in: library, at: "2026-01-01T00:00:00Z", by: "ann", why: "ingest")
        #expect(try text(library.root + "/current") == "{\"canary\":null,\"edition\":\"\(first)\"}\n")
        try promote(second, in: library, at: "2026-01-02T00:00:00Z", by: "bob", why: "a \"better\" cut/édition")
        try promote(first, in: library, at: "2026-01-03T00:00:00Z", by: "ann", why: "roll back")
        #expect(try library.currentEdition() == first)
        #expect(try library.edition("current").id == first)
        #expect(try text(library.root + "/current") == "{\"canary\":null,\"edition\":\"\(first)\"}\n")
        #expect(
            try text(library.root + "/promotions.ndjson") == """
                {"to":"\(first)","when":"2026-01-01T00:00:00Z","who":"ann","why":"ingest"}
                {"from":"\(first)","to":"\(second)","when":"2026-01-02T00:00:00Z","who":"bob","why":"a \\"better\\" cut/édition"}
                {"from":"\(second)","to":"\(first)","when":"2026-01-03T00:00:00Z","who":"ann","why":"roll back"}

                """)
    }

    /// The contract shows the keys; who wrote them, and with a canary, does not matter.
    @Test func currentIsReadAsTheContractShowsIt() throws {
        let folder = try TemporaryFolder()
        let library = try library(folder)
        let (first, second) = (try publish(library).id, try publish(library, frames: 6).id)
        for text in [
            "{\"edition\": \"\(first)\", \"canary\": null}",
            "{\"edition\": \"\(first)\", \"canary\": {\"edition\": \"\(second)\", \"share\": 0.05}}\n",
            "{\"edition\": \"\(first)\", \"more\": [1]}",
        ] {
            try OutputFile.write(text.utf8, to: library.root + "/current")
            // Without a viewer it is the stable one.
            #expect(try library.currentEdition() == first)
        }
        for damaged in ["", "{}", "{\"edition\": 5}", "\(first)"] {
            try OutputFile.write(damaged.utf8, to: library.root + "/current")
            #expect(
                try fault { _ = try library.edition() }
                    == Fault(.badInput, "\(library.root)/current: is damaged; promote an edition again"))
        }
        try promote(second, in: library, at: "now", by: "ann", why: "mend")
        #expect(try library.currentEdition() == second)
    }

    private func replace(_ id: String, _ library: Library, _ change: (inout [String: Any]) -> Void) throws -> String {
        let path = "\(library.root)/editions/\(id)/edition.json"
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        var object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        change(&object)
        try JSONSerialization.data(withJSONObject: object).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test func newerAndDamagedEditionsAreRefused() throws {
        let folder = try TemporaryFolder()
        let library = try library(folder)
        let id = try publish(library).id
        var path = try replace(id, library) {
            $0["version"] = 4
            $0["beds"] = "of roses"
        }
        #expect(
            try fault { _ = try library.edition(id) }
                == Fault(.badInput, "\(path): is of version 4, newer than 3; update sizzle"))
        path = try replace(id, library) { $0["version"] = 1 }
        let damaged = Fault(.badInput, "\(path): is damaged; restore the edition or ingest again")
        #expect(try fault { _ = try library.edition(id) } == damaged)
        for text in ["", "{", "[]", "null", "{\"version\": 1}"] {
            try OutputFile.write(text.utf8, to: path)
            #expect(try fault { _ = try library.edition(id) } == damaged)
        }
        try FileManager.default.removeItem(atPath: path)
        #expect(try fault { _ = try library.edition(id) }.status == .notFound)
    }

    @Test func aTableThatDoesNotFitIsRefused() throws {
        let folder = try TemporaryFolder()
        let library = try library(folder)
        let id = try publish(library).id
        _ = try replace(id, library) { $0["clips"] = 2 }
        #expect(
            try fault { _ = try library.edition(id) }
                == Fault(
                    .badInput,
                    "\(library.root)/editions/\(id): edition.json and clips.idx disagree; restore the edition or ingest again"
                ))
    }

    // MARK: Writers

    @Test func leftoversAreClearedByTheNextWriter() throws {
        let folder = try TemporaryFolder()
        let library = try library(folder)
        let id = try publish(library).id
        let editions = library.root + "/editions"
        for name in [".building-a", ".building-b"] {
            try FileManager.default.createDirectory(
                atPath: "\(editions)/\(name)/x", withIntermediateDirectories: true)
        }
        // Readers do not see them.
        #expect(try library.editionIDs() == [id])
        _ = try library.lockForAdding(waiting: 0)
        #expect(try names(editions) == [id])
    }

    @Test func writersShareTheLibraryUnlessOneRemoves() throws {
        let folder = try TemporaryFolder()
        let library = try library(folder)
        func hold() throws {
            let lock = try library.lockForAdding(waiting: 0)
            try FileManager.default.createDirectory(
                atPath: library.root + "/editions/.building-mine", withIntermediateDirectories: true)
            let other = try library.lockForAdding(waiting: 0)
            // The second has not touched what the first is building, nor may anybody remove it.
            #expect(try names(library.root + "/editions") == [".building-mine"])
            #expect(
                try fault { _ = try library.prune(keep: 0, olderThan: nil, waiting: 0) }
                    == Fault(
                        .tryAgain, "\(library.root): another process is writing this library; try again when it is done"
                    ))
            _ = consume other
            _ = consume lock
        }
        try hold()
        _ = try library.lockForAdding(waiting: 0)
        #expect(try names(library.root + "/editions") == [])
    }

    // MARK: Objects

    private func objects(_ library: Library) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: library.root + "/media").sorted()
    }

    @Test func equalContentIsOneObject() throws {
        let folder = try TemporaryFolder()
        let library = try library(folder)
        let content = [UInt8]("media".utf8)
        let id = try library.store(content, "m4s")
        var writer = try library.newObject("m4s")
        for byte in content { try writer.append([byte]) }
        let size = writer.size
        #expect(size == 5)
        #expect(try writer.finish() == id)
        #expect(try library.store(fileAt: try folder.write("media", to: "source"), "m4s") == id)
        #expect(id == ObjectID.of(content))
        let name = id.description
        #expect(try objects(library) == [String(name.prefix(2)), "\(name.prefix(2))/\(name.dropFirst(2)).m4s"])
        #expect(try [UInt8](Data(contentsOf: URL(fileURLWithPath: library.path(of: id, "m4s")))) == content)
        // An object of the same content in another container's name is another file.
        #expect(try library.store(content, "mp4") == id)
        #expect(try objects(library).count == 3)
    }

    @Test func whatIsDroppedLeavesNoObject() throws {
        let folder = try TemporaryFolder()
        let library = try library(folder)
        func drop() throws {
            var writer = try library.newObject("m4s")
            try writer.append([UInt8](repeating: 1, count: 300_000))
        }
        try drop()
        #expect(try objects(library) == [])
        #expect(try fault { _ = try library.store(fileAt: folder.file("missing"), "flac") }.status == .notFound)
        #expect(try objects(library) == [])
    }

    // MARK: Derived media

    @Test func whatWasMadeIsRememberedByItsRecipe() throws {
        let folder = try TemporaryFolder()
        let library = try library(folder)
        #expect(library.derived("head 1", as: FragmentedObject.self) == nil)
        let parts = try object(1, parts: [4, 5]).parts
        let content = [UInt8](repeating: 7, count: parts.reduce(0) { $0 + Int($1.size) })
        let id = try library.store(content, "m4s")
        let sound = FragmentedObject(object: id, parts: parts)
        try library.remember(sound, as: "head 1")
        #expect(library.derived("head 1", as: FragmentedObject.self) == sound)
        #expect(library.derived("head 2", as: FragmentedObject.self) == nil)
        try library.remember(sound, as: "head 1")
        // It is a cache: without its object, or damaged, it is made anew.
        try FileManager.default.removeItem(atPath: library.path(of: id, "m4s"))
        #expect(library.derived("head 1", as: FragmentedObject.self) == nil)
        _ = try library.store(content, "m4s")
        #expect(library.derived("head 1", as: FragmentedObject.self) == sound)
        // What a process left unfinished is found by its size, or by its hash where that is asked for.
        // And replaced when it is made again.
        try OutputFile.write([1], to: library.path(of: id, "m4s"))
        #expect(try library.store(content, "m4s") == id)
        #expect(library.derived("head 1", as: FragmentedObject.self, checking: true) == sound)
        for (damaged, found) in [(content.dropLast(), false), (content.dropLast() + [8], true)] {
            try OutputFile.write(Array(damaged), to: library.path(of: id, "m4s"))
            #expect((library.derived("head 1", as: FragmentedObject.self) != nil) == found)
            #expect(library.derived("head 1", as: FragmentedObject.self, checking: true) == nil)
        }
        try OutputFile.write(content, to: library.path(of: id, "m4s"))
        #expect(library.derived("head 1", as: FragmentedObject.self, checking: true) == sound)
        let records = try FileManager.default.subpathsOfDirectory(atPath: library.root + "/derived")
            .filter { $0.hasSuffix(".json") }
        #expect(records.count == 1)
        try OutputFile.write([UInt8]("{".utf8), to: "\(library.root)/derived/\(records[0])")
        #expect(library.derived("head 1", as: FragmentedObject.self) == nil)
    }
}
