import Foundation
import TestSupport
import Testing

/// `sizzle editions`, from the first edition to a pruned library.
@Suite struct EditionCommandTests {
    /// Hard cuts at 48, 96 and 144.
    private static let clips: [IndexFile.Clip] = [
        .init("A", "48", 0, 48), .init("B", "48", 48, 96), .init("C", "48", 96, 144),
    ]

    /// A library of three editions: the first is live, the second has B one frame early, the third shows D's pictures as A.
    private struct Made {
        let space: Workspace
        let ids: [String]

        init() throws {
            space = try Workspace()
            try FileManager.default.copyItem(atPath: Self.film.get().file("mega.mp4"), toPath: space.file("mega.mp4"))
            var ids: [String] = []
            for (place, clips) in [
                clips, [clips[0], .init("B", "48", 47, 95), clips[2]], [.init("A", "48", 144, 192), clips[1]],
            ].enumerated() {
                let more = place > 0 ? ["--no-promote"] : []
                ids.append(try space.ingest(space.file("mega.mp4"), rate: .film, clips, more: more).edition)
            }
            self.ids = ids
        }

        private static let film = Result {
            let folder = try TemporaryFolder()
            try ShotFilm.make(
                [.init(.chart, 48), .init(.fractal, 48), .init(.cells, 48), .init(.gradient, 48)],
                at: folder.file("mega.mp4"))
            return folder
        }

        func run(_ arguments: String...) throws -> Tools.Result {
            try Command.run(["editions"] + arguments + ["--library", space.library])
        }

        func live() throws -> String { try String(contentsOfFile: "\(space.library)/current", encoding: .utf8) }
    }

    private struct Row: Decodable, Equatable {
        var id: String
        var live: Bool
        var share: Double?
        var pinned: String?
    }

    private struct Entry: Decodable, Equatable {
        var from: String?
        var to: String
        var why: String
        var share: Double?
        var overruled: [String]?
        var rollback: Bool?
    }

    private func log(_ made: Made) throws -> [Entry] {
        let text = try String(contentsOfFile: "\(made.space.library)/promotions.ndjson", encoding: .utf8)
        return try text.split(separator: "\n").map { try JSONDecoder().decode(Entry.self, from: Data($0.utf8)) }
    }

    @Test func theGateRefusesWhatNobodyMeant() throws {
        let made = try Made()
        let (first, second, third) = (made.ids[0], made.ids[1], made.ids[2])
        let refused = try made.run("promote", third)
        #expect(refused.status == 1)
        #expect(
            refused.text == """
                clip (A, 48) shows other pictures at [144, 192) than before at [0, 48)
                clip (C, 48) is gone, it was [96, 144)

                """)
        #expect(try made.live() == "{\"canary\":null,\"edition\":\"\(first)\"}\n")
        #expect(try made.run("promote", third, "--expect", "A").status == 1)
        #expect(try made.run("promote", third, "--force").status == 64)
        #expect(try log(made).map(\.to) == [first])
        // What is meant passes, and so does force with a reason, which is recorded with what it overruled.
        #expect(try made.run("promote", second, "--expect", "B/48").status == 0)
        let forced = try made.run("promote", third, "--force", "--why", "new cut", "--json")
        #expect(forced.status == 0)
        #expect(try made.live() == "{\"canary\":null,\"edition\":\"\(third)\"}\n")
        let entries = try log(made)
        #expect(entries.map(\.from) == [nil, first, second])
        #expect(entries.map(\.why) == ["ingest", "", "new cut"])
        #expect(entries[2].overruled?.count == 3)
        // Back, and back again to what was before that; then there is nothing.
        #expect(try made.run("rollback", "--why", "too dark").text == "edition \(second) is live\n")
        #expect(try made.run("rollback").text == "edition \(first) is live\n")
        let last = try made.run("rollback")
        #expect(last.status == 66)
        #expect(last.errors.contains("no edition that was live before is still there"))
        #expect(try log(made).map(\.rollback) == [nil, nil, nil, true, true])
    }

    /// A report that was kept at ingest speaks against an edition, whatever was live before.
    @Test func boundariesJudgedAtIngestBindTheGate() throws {
        let made = try Made()
        let library = made.space.file("fresh")
        let early = IndexFile(frameRate: "24/1", clips: [.init("A", "48", 0, 48), .init("B", "48", 47, 95)])
        let index = try made.space.write(early, to: "early.json")
        let report = try Command.json(
            IngestReport.self,
            [
                "ingest", made.space.file("mega.mp4"), "--index", index, "--library", library, "--boundaries",
                "--no-promote", "--quiet",
            ])
        let refused = try Command.run(["editions", "promote", report.edition, "--library", library])
        #expect(refused.status == 1)
        #expect(
            refused.text
                == "error: clip (B, 48) begins 1 frame before a hard cut: its first frame belongs to the shot before; move the in-point to 48, 1 frame later\n"
        )
        #expect(!FileManager.default.fileExists(atPath: "\(library)/current"))
        #expect(try Command.run(["editions", "verify", report.edition, "--library", library, "--quiet"]).status == 0)
        let forced = ["--force", "--why", "the festival version"]
        #expect(try Command.run(["editions", "promote", report.edition, "--library", library] + forced).status == 0)
    }

    @Test func aCanaryServesAStablePartOfTheViewers() throws {
        let made = try Made()
        let (first, second) = (made.ids[0], made.ids[1])
        let titles = try made.space.write("[{\"id\": \"A\"}, {\"id\": \"B\"}, {\"id\": \"C\"}]", to: "titles.json")
        try Command.check(["titles", "import", titles, "--library", made.space.library])
        let cadence = try made.space.write("{\"name\": \"one\", \"slots\": [{\"type\": \"48\"}]}", to: "cadence.json")
        func viewers() throws -> Set<Int> {
            let editions = try concurrently(Array(0..<60)) { viewer in
                let plan = made.space.file("plan-\(viewer).json")
                try Command.check([
                    "plan", "--viewer", "viewer \(viewer)", "--cadence", cadence, "--library", made.space.library, "-o",
                    plan,
                ])
                let text = try String(contentsOfFile: plan, encoding: .utf8)
                #expect(text.contains(first) != text.contains(second))
                return text.contains(second)
            }
            return Set(editions.indices.filter { editions[$0] })
        }
        #expect(try viewers() == [])
        #expect(try made.run("promote", second, "--share", "25%", "--expect", "B").status == 0)
        #expect(try made.live() == "{\"canary\":{\"edition\":\"\(second)\",\"share\":0.25},\"edition\":\"\(first)\"}\n")
        let quarter = try viewers()
        #expect((5...27).contains(quarter.count))
        #expect(try viewers() == quarter)
        // A larger share adds viewers and takes none away.
        #expect(try made.run("promote", second, "--share", "0.6", "--expect", "B").status == 0)
        let more = try viewers()
        #expect(quarter.isSubset(of: more) && more.count > quarter.count && more.count < 55)
        let rows = try JSONDecoder().decode([Row].self, from: made.run("list", "--json").output)
        #expect(rows.map(\.share) == [nil, 0.6, nil] && rows.map(\.live) == [true, false, false])
        // Without a viewer the stable edition is meant.
        #expect(try made.run("show", "--json").text.contains(first))
        #expect(try made.run("rollback").text == "edition \(first) is live\n")
        #expect(try viewers() == [])
        #expect(try made.run("promote", second, "--share", "1%", "--expect", "B").status == 0)
        #expect(try made.run("promote", second, "--expect", "B").text == "edition \(second) is live\n")
        #expect(try viewers().count == 60)
        #expect(try made.run("rollback").text == "edition \(first) is live\n")
    }

    @Test func pruningKeepsWhatIsNeeded() throws {
        let made = try Made()
        let (first, second, third) = (made.ids[0], made.ids[1], made.ids[2])
        #expect(try made.run("pin", second, "--why", "the festival").status == 0)
        let trial = try made.run("prune", "--keep", "0", "--dry-run")
        #expect(
            trial.text.split(separator: "\n").dropLast() == [
                "kept     \(first)  live", "kept     \(second)  pinned", "would go \(third)",
            ])
        #expect(try made.run("list", "--json").text.contains(third))
        // A process that uses an edition keeps it.
        let reader = try Tools.run(
            "flock",
            [
                "--shared", "\(made.space.library)/editions/\(third)/edition.json", Command.path, "editions", "prune",
                "--keep", "0", "--library", made.space.library,
            ])
        #expect(reader.text.contains("kept     \(third)  in use"))
        #expect(try made.run("prune", "--keep", "1").text.contains("kept     \(third)  recent"))
        #expect(try made.run("prune", "--keep", "0", "--keep-days", "1").text.contains("kept     \(third)  recent"))
        let before = try Listing(of: ["\(made.space.library)/media"]).paths
        let pruned = try made.run("prune", "--keep", "0")
        #expect(pruned.text.contains("removed  \(third)"))
        // Nothing but what the two others need is left; the fourth shot was the third edition's alone.
        let after = try Listing(of: ["\(made.space.library)/media"]).paths
        #expect(Set(after).isSubset(of: before) && after.count < before.count)
        #expect(try made.run("verify", first).status == 0)
        #expect(try made.run("verify", second).status == 0)
        #expect(try made.run("show", third).status == 66)
        #expect(try made.run("unpin", second).status == 0)
        #expect(try made.run("prune", "--keep", "0").text.contains("removed  \(second)"))
        // What was pruned can be made again.
        #expect(
            try made.space.ingest(
                made.space.file("mega.mp4"), rate: .film, [.init("A", "48", 144, 192), Self.clips[1]],
                more: ["--no-promote"]
            ).edition == third)
        #expect(try made.run("verify", third).status == 0)
    }

    @Test func anEditionTravelsAsOneTar() throws {
        let made = try Made()
        let tar = made.space.file("edition.tar")
        #expect(try made.run("export", made.ids[0], "-o", tar, "--quiet").status == 0)
        let names = try Tools.check("tar", ["-tf", tar]).lines
        #expect(Set(names.filter { $0.hasPrefix("editions/") }).count == 3)
        #expect(names.allSatisfy { $0.hasPrefix("media/") || $0.hasPrefix("editions/\(made.ids[0])/") })
        let other = made.space.file("other")
        let arrived = try Command.check(["editions", "import", tar, "--library", other, "--quiet"])
        #expect(arrived.text == "edition \(made.ids[0]) is here, 3 clips; promote it to make it live\n")
        #expect(try Command.run(["editions", "verify", made.ids[0], "--library", other, "--quiet"]).status == 0)
        for name in ["clips.idx", "edition.json", "SHA256SUMS"] {
            let path = "editions/\(made.ids[0])/\(name)"
            #expect(
                FileManager.default.contents(atPath: "\(other)/\(path)")
                    == FileManager.default.contents(atPath: "\(made.space.library)/\(path)"))
        }
        // The hashes are in the form of sha256sum.
        try Tools.check("sha256sum", ["--check", "--quiet", "SHA256SUMS"], in: "\(other)/editions/\(made.ids[0])")
        // It is a library like any other: promote and render.
        try Command.check(["editions", "promote", made.ids[0], "--library", other])
        let plan = try made.space.write(PlanFile([Self.clips[1]]), to: "plan.json")
        try Command.check(["render", plan, "--library", other, "-o", made.space.file("r.mp4"), "--quiet"])
    }
}
