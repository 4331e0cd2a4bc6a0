import Catalogue
import Diagnostics
import Foundation
import Sequencing
import Testing

@Suite struct ViewerSnapshotTests {
    /// A catalogue in which viewer n likes the titles that divide n, as far as there are some.
    private func catalogue(_ folder: Folder, viewers: Int) throws -> Catalogue {
        let catalogue = try Catalogue.open(folder.catalogue)
        var lines: [String] = []
        for viewer in 1...viewers {
            for title in 2...9 where viewer % title == 0 {
                lines.append(event("\(viewer)-\(title)", viewer: "v\(viewer)", title: "t\(title)"))
            }
        }
        try catalogue.importEvents(try folder.file("e", lines.joined(separator: "\n")), receivedAt: nil)
        return catalogue
    }

    private func expected(_ viewer: Int) -> Set<String> {
        Set((2...9).filter { viewer % $0 == 0 }.map { "t\($0)" })
    }

    @Test func saysWhatEachViewerLikes() throws {
        let folder = try Folder()
        let catalogue = try catalogue(folder, viewers: 3_000)
        let path = folder.path + "/viewers.snapshot"
        let written = try catalogue.writeViewers(to: path)
        let snapshots = [try ViewerSnapshot.open(path), try catalogue.viewers()]
        for snapshot in snapshots {
            #expect(snapshot.count == (1...3_000).count { !expected($0).isEmpty })
            #expect(written == (snapshot.count, snapshot.size))
            let wrong = (1...3_000).filter { snapshot.liked(by: ["v\($0)"]) != expected($0) }
            #expect(wrong == [])
            #expect(snapshot.liked(by: ["v6", "v35", "nobody"]) == ["t2", "t3", "t6", "t5", "t7"])
            #expect(snapshot.liked(by: ["nobody"]) == [])
        }
    }

    @Test func anEmptyCatalogueHasAnEmptySnapshot() throws {
        let folder = try Folder()
        let snapshot = try Catalogue.open(folder.catalogue).viewers()
        #expect(snapshot.count == 0)
        #expect(snapshot.liked(by: ["v1"]) == [])
    }

    @Test func whatIsNoSnapshotIsNamed() throws {
        let folder = try Folder()
        let catalogue = try catalogue(folder, viewers: 50)
        let path = folder.path + "/viewers.snapshot"
        _ = try catalogue.writeViewers(to: path)
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        for size in [0, 10, 63, 64, 500, whole.count - 3] {
            try whole.prefix(size).write(to: URL(fileURLWithPath: path))
            let fault = #expect(throws: Fault.self) { try ViewerSnapshot.open(path) }
            #expect(fault?.status == .badInput, "\(size) bytes")
            #expect(fault?.message.contains(path) == true)
        }
        #expect(throws: Fault.self) { try ViewerSnapshot.open(folder.path + "/none") }
    }

    @Test func newLikesComeAfterIt() throws {
        let folder = try Folder()
        let catalogue = try catalogue(folder, viewers: 20)
        let before = try catalogue.newLikes(after: 0)
        #expect(before.likes.count == 34)
        try catalogue.importEvents(
            try folder.file("2", event("new", viewer: "v1", title: "t9") + "\n" + event("c", "click", more: slotKeys)),
            receivedAt: nil)
        let after = try catalogue.newLikes(after: before.lastRow)
        #expect(after.likes.map { "\($0.viewer) \($0.title)" } == ["v1 t9"])
        #expect(try catalogue.newLikes(after: after.lastRow).likes.isEmpty)
    }
}
