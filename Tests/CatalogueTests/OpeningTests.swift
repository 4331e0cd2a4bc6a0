import Catalogue
import Diagnostics
import Foundation
import GRDB
import Sequencing
import Testing

@Suite struct OpeningTests {
    @Test func makesACatalogueInWALMode() throws {
        let folder = try Folder()
        _ = try Catalogue.open(folder.catalogue)
        let facts = try DatabaseQueue(path: folder.catalogue).read { db in
            [
                try String.fetchOne(db, sql: "PRAGMA journal_mode"),
                try String.fetchOne(db, sql: "PRAGMA user_version"),
                try String.fetchOne(db, sql: "PRAGMA application_id"),
            ]
        }
        #expect(facts == ["wal", "2", String(0x535A_5A4C)])
        _ = try Catalogue.open(folder.catalogue, creating: false)
    }

    @Test func aMissingCatalogueIsNotFoundWhereNoneShouldBeMade() throws {
        let folder = try Folder()
        #expect(throws: Fault(.notFound, "\(folder.catalogue): there is no catalogue; import titles first")) {
            try Catalogue.open(folder.catalogue, creating: false)
        }
        #expect(!FileManager.default.fileExists(atPath: folder.catalogue))
    }

    @Test func aMissingFolderCannotBeWrittenTo() throws {
        let folder = try Folder()
        let fault = #expect(throws: Fault.self) { try Catalogue.open(folder.path + "/no/c.sqlite") }
        #expect(fault?.status == .cannotCreate)
        #expect(fault?.message.hasPrefix(folder.path + "/no/c.sqlite: cannot be opened for writing") == true)
    }

    @Test func aFileOfAnotherKindIsNamed() throws {
        let folder = try Folder()
        let text = String(repeating: "not a database\n", count: 500)
        let path = try folder.file("notes.txt", text)
        #expect(
            throws: Fault(
                .badInput, "\(path): is not an SQLite database; name the catalogue or move the file away")
        ) { try Catalogue.open(path) }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
        #expect(throws: Fault(.badInput, "\(folder.path): is a folder, not a catalogue")) {
            try Catalogue.open(folder.path)
        }
    }

    @Test func anotherProgramsDatabaseIsLeftAlone() throws {
        let folder = try Folder()
        let path = folder.path + "/other.sqlite"
        try DatabaseQueue(path: path).write { db in try db.execute(sql: "CREATE TABLE notes (text TEXT)") }
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        #expect(throws: Fault(.badInput, "\(path): an SQLite database, but not a catalogue; name another file")) {
            try Catalogue.open(path)
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    }

    @Test func aNewerSchemaIsRefused() throws {
        let folder = try Folder()
        _ = try Catalogue.open(folder.catalogue)
        try DatabaseQueue(path: folder.catalogue).write { db in try db.execute(sql: "PRAGMA user_version = 7") }
        #expect(
            throws: Fault(
                .badInput,
                "\(folder.catalogue): has schema version 7, this program knows versions up to 2; use a newer one")
        ) { try Catalogue.open(folder.catalogue) }
    }

    @Test func aDamagedCatalogueIsNamed() throws {
        let folder = try Folder()
        do {
            let catalogue = try Catalogue.open(folder.catalogue)
            let titles = (0..<2_000).map { "{\"id\": \"title \($0)\"}" }.joined(separator: "\n")
            try catalogue.importTitles(try folder.file("t.ndjson", titles))
        }
        // Moves the log into the file, then spoils all pages but the first.
        try DatabaseQueue(path: folder.catalogue).writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA journal_mode = DELETE")
        }
        var bytes = try Data(contentsOf: URL(fileURLWithPath: folder.catalogue))
        for index in stride(from: 4_096, to: bytes.count, by: 7) { bytes[index] = 0xFF }
        try bytes.write(to: URL(fileURLWithPath: folder.catalogue))
        let fault = #expect(throws: Fault.self) {
            try Catalogue.open(folder.catalogue).snapshot(viewer: "v", at: received)
        }
        #expect(fault?.status == .badInput)
        #expect(fault?.message.hasPrefix("\(folder.catalogue): the catalogue is damaged") == true)
    }

    @Test func aBusyCatalogueIsWorthTryingAgain() throws {
        let folder = try Folder()
        let titles = try folder.file("t.json", #"[{"id": "A"}]"#)
        let catalogue = try Catalogue.open(folder.catalogue, busyTimeout: 0.05)
        let other = try DatabaseQueue(path: folder.catalogue)
        try other.inDatabase { db in
            try db.execute(sql: "BEGIN IMMEDIATE")
            #expect(
                throws: Fault(
                    .tryAgain, "\(folder.catalogue): another process is writing; try again when it is done")
            ) { try catalogue.importTitles(titles) }
            // Readers don't wait for a writer.
            #expect(try catalogue.snapshot(viewer: "v", at: received).titles == [])
            try db.execute(sql: "ROLLBACK")
        }
        #expect(try catalogue.importTitles(titles).added == 1)
    }

    @Test func manyMayMakeTheSameCatalogueAtOnce() async throws {
        // Often, since SQLite is seldom busy in the way that needs another try.
        for _ in 0..<10 {
            let folder = try Folder()
            let path = folder.catalogue
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 { group.addTask { _ = try Catalogue.open(path) } }
                try await group.waitForAll()
            }
            #expect(try folder.state() == [])
        }
    }
}
