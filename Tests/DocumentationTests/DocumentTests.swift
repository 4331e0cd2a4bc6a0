import Foundation
import TestSupport
import Testing

/// What the documents point to is there, and the table of rooms is the one that is checked.
@Suite struct DocumentTests {
    @Test func linksLeadSomewhere() throws {
        let documents = try Repository.documents()
        #expect(documents.contains("docs/ARCHITECTURE.md"))
        var broken: [String] = []
        for document in documents {
            let folder = URL(fileURLWithPath: Repository.path(document)).deletingLastPathComponent()
            for link in try Repository.text(document).matches(of: /\]\(([^)#\s]+)[^)]*\)/).map(\.output.1)
            where !link.hasPrefix("http") {
                let target = folder.appendingPathComponent(String(link)).standardizedFileURL.path
                if !FileManager.default.fileExists(atPath: target) { broken.append("\(document): \(link)") }
            }
        }
        #expect(broken == [])
    }

    @Test func theTableOfRoomsIsTheOneThatIsChecked() throws {
        let table = try Tools.check(Repository.path("scripts/check-imports"), ["--table"]).text
        #expect(try Repository.text("docs/ARCHITECTURE.md").contains(table))
    }

    /// Files that ARCHITECTURE.md names, as `Room/File.swift`.
    @Test func filesThatAreNamedExist() throws {
        let named = try Repository.text("docs/ARCHITECTURE.md").matches(of: /`(\w+\/\w+\.swift)`/).map(\.output.1)
        #expect(named.count > 10)
        let missing = named.filter { !FileManager.default.fileExists(atPath: Repository.path("Sources/\($0)")) }
        #expect(missing == [])
    }

    @Test func everyDecisionIsListed() throws {
        let list = try Repository.text("docs/decisions/README.md")
        let pages = try FileManager.default.contentsOfDirectory(atPath: Repository.path("docs/decisions"))
        #expect(pages.filter { $0 != "README.md" && !list.contains("](\($0))") }.sorted() == [])
    }
}
