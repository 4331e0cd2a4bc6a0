import Foundation
import TestSupport
import Testing

/// Reels of a library that lies behind HTTP, as on an object store.
@Suite struct RemoteLibraryTests {
    private static let clips: [IndexFile.Clip] = [
        .init("A", "40", 0, 40), .init("B", "40", 40, 80), .init("C", "40", 80, 120),
    ]

    /// A library with a bed, a plan of it, and the reel that it gives from the folder itself.
    private struct Stage {
        let space: Workspace
        let edition: String
        let plan: String
        let reel: Data

        init() throws {
            space = try SharedWorkspaces.make()
            let mega = try TestMedia.stamped(size: (160, 90), frames: 120, idr: [40, 80])
            let music = try TestMedia.stamped(frames: 240, container: "wav", sound: "pcm_s16le")
            edition = try space.ingest(mega, rate: .film, clips, beds: ["main=\(music)"]).edition
            let made = try space.render(PlanFile([clips[2], clips[0], clips[2]]), as: "reel")
            plan = made.plan
            reel = try Data(contentsOf: URL(fileURLWithPath: made.reel))
            // What an object store does not get, and a reader must not want.
            try FileManager.default.removeItem(atPath: "\(space.library)/derived")
        }
    }

    private static let stage = Result { try Stage() }

    /// A cache, a server of the library, and a plan to try on it.
    private struct Reader {
        let space: Workspace
        let stage: Stage
        let server: Server

        /// - Parameter folder: what is served; the stage's library without it.
        init(_ options: [String] = [], of folder: String? = nil) throws {
            space = try Workspace()
            stage = try RemoteLibraryTests.stage.get()
            server = try Server(
                "python3",
                [
                    "\(Package.root)/Tests/Tools/range_server.py", folder ?? stage.space.library, "--log",
                    space.file("log"),
                ]
                    + options)
        }

        var cache: String { space.file("cache") }
        var output: String { space.file("reel.mp4") }

        func render(_ more: String...) throws -> Tools.Result {
            try Command.run(
                ["render", stage.plan, "--library", server.address, "--cache", cache, "-o", output, "--quiet"] + more)
        }

        func reel() throws -> Data { try Data(contentsOf: URL(fileURLWithPath: output)) }

        /// What was asked so far: path and range, sorted.
        func requests() throws -> [String] {
            try String(contentsOfFile: space.file("log"), encoding: .utf8).split(separator: "\n").map(String.init)
                .sorted()
        }

        /// Media objects that are kept.
        func kept() throws -> [String] {
            try Listing(of: [cache]).paths.filter { $0.contains("/media/") && $0.contains(".m") }
        }
    }

    @Test func aReelIsTheSameAndNothingIsFetchedTwice() throws {
        let reader = try Reader()
        #expect(try reader.render().status == 0)
        #expect(try reader.reel() == reader.stage.reel)
        let verified = try Command.run([
            "verify", reader.output, "--plan", reader.stage.plan, "--library", reader.server.address, "--cache",
            reader.cache, "--quiet",
        ])
        #expect(verified.status == 0, "\(verified.errors)")
        let requests = try reader.requests()
        #expect(requests.filter { $0.hasPrefix("/current ") }.count == 2, "asked once by each command")
        let others = requests.filter { !$0.hasPrefix("/current ") }
        #expect(Set(others).count == others.count)
        #expect(requests.allSatisfy { $0.hasSuffix(" bytes=0-8388607") })
        // Of three clips two are in the reel: B is never asked for.
        let objects = others.filter { $0.contains(".m4s") }
        #expect(objects.count == 3, "two clips and the bed: \(others)")
    }

    @Test func withTheEditionNamedNothingIsAskedAgain() throws {
        let reader = try Reader()
        #expect(try reader.render().status == 0)
        #expect(try reader.server.stop() == 128 + SIGTERM)
        #expect(try reader.render("--edition", reader.stage.edition).status == 0)
        #expect(try reader.reel() == reader.stage.reel)
        let current = try reader.render()
        #expect(current.status == 69)
        #expect(current.errors.contains("\(reader.server.address)/current: cannot be read"), "\(current.errors)")
    }

    @Test func whatBreaksIsTakenUpAgain() throws {
        for fault in ["--break-every", "--fail-every"] {
            let reader = try Reader([fault, "2"])
            let result = try reader.render()
            #expect(result.status == 0, "\(fault): \(result.errors)")
            #expect(try reader.reel() == reader.stage.reel)
            let resumed = try reader.requests().filter { !$0.hasSuffix(" bytes=0-8388607") }
            #expect(resumed.isEmpty == (fault == "--fail-every"), "a break is taken up where it was: \(resumed)")
        }
    }

    @Test func aServerWithoutRangesWillDoForSmallFiles() throws {
        let reader = try Reader(["--no-ranges"])
        #expect(try reader.render().status == 0)
        #expect(try reader.reel() == reader.stage.reel)
    }

    @Test func aPromotionIsSeenAtOnce() throws {
        let space = try Workspace()
        let mega = try TestMedia.stamped(size: (160, 90), frames: 120, idr: [40, 80])
        let first = try space.ingest(mega, rate: .film, [.init("A", "40", 0, 40)]).edition
        let reader = try Reader(of: space.library)
        func shown() throws -> String {
            try Command.json(
                EditionReport.self,
                ["editions", "show", "--library", reader.server.address, "--cache", reader.cache]
            ).id
        }
        #expect(try shown() == first)
        let second = try space.ingest(mega, rate: .film, [.init("A", "40", 80, 120)], more: ["--no-promote"]).edition
        try Command.check(["editions", "promote", second, "--force", "--why", "test", "--library", space.library])
        #expect(try shown() == second)
    }

    @Test func whatIsDamagedOnTheWayIsRefusedAndNotKept() throws {
        let stage = try Self.stage.get()
        let space = try Workspace()
        try FileManager.default.copyItem(atPath: stage.space.library, toPath: space.library)
        let files = try Listing(of: ["\(space.library)/media", "\(space.library)/editions"]).paths
        for end in [".m4s", ".mp4", "clips.idx", "edition.json"] {
            for path in files where path.hasSuffix(end) {
                let url = URL(fileURLWithPath: path)
                let whole = try Data(contentsOf: url)
                var damaged = whole
                damaged[damaged.count / 2] ^= 1
                try damaged.write(to: url)
                defer { try? whole.write(to: url) }
                let reader = try Reader(of: space.library)
                let result = try reader.render()
                if result.status == 0 { continue }  // the clip that the reel does not show
                #expect(result.status == 65, "\(result.errors)")
                #expect(
                    result.errors.contains(path.dropFirst(space.library.count)) || result.errors.contains(end),
                    "\(result.errors)")
                let name = String(path.dropFirst(space.library.count))
                #expect(try !Listing(of: [reader.cache]).paths.contains { $0.hasSuffix(name) }, "\(name)")
                #expect(!FileManager.default.fileExists(atPath: reader.output))
            }
        }
    }

    @Test func theCacheIsBounded() throws {
        let reader = try Reader()
        #expect(try reader.render().status == 0)
        let all = try reader.kept()
        #expect(try reader.render("--cache-size", "1K").status == 0)
        #expect(try reader.kept() == all, "what was used a moment ago stays")
        let old = Date().addingTimeInterval(-3_600)
        for path in all { try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: path) }
        #expect(
            try Command.run([
                "editions", "show", "--library", reader.server.address, "--cache", reader.cache, "--cache-size", "1K",
            ]).status == 0)
        #expect(try reader.kept().count < all.count)
        #expect(try reader.render("--cache-size", "1G").status == 0)
        #expect(try reader.reel() == reader.stage.reel)
    }

    @Test func aFileThatIsLargerThanTheCacheIsRefused() throws {
        let reader = try Reader()
        let result = try reader.render("--cache-size", "1K")
        #expect(result.status == 65)
        #expect(result.errors.contains("more than the 1024 that are taken"), "\(result.errors)")
    }

    @Test(
        arguments: [
            ("http://user:secret@127.0.0.1/x", 64, "~/.netrc"), ("http://", 64, "https://HOST/FOLDER"),
            ("http://127.0.0.1:9/lib", 69, "/lib/current: cannot be read"),
            ("https://127.0.0.1/lib?a=b", 64, "no user, '?' or '#'"),
            ("http://nowhere.invalid/lib", 69, "cannot be read"),
        ] as [(String, Int32, String)])
    func addressesThatAreNone(address: String, status: Int32, words: String) throws {
        let space = try Workspace()
        let result = try Command.run(["editions", "show", "--library", address, "--cache", space.file("cache")])
        #expect(result.status == status, "\(result.errors)")
        #expect(result.errors.contains(words), "\(result.errors)")
        #expect(!result.errors.contains("secret"))
    }

    @Test func whatIsNotThereIsSaid() throws {
        let empty = try Workspace()
        let reader = try Reader(of: empty.path)
        let result = try reader.render()
        #expect(result.status == 66)
        #expect(result.errors.contains("\(reader.server.address): no edition is live"), "\(result.errors)")
        let other = try Reader()
        let unknown = try other.render("--edition", String(repeating: "0", count: 32))
        #expect(unknown.status == 66)
        #expect(unknown.errors.contains("edition.json: the server has no such file"), "\(unknown.errors)")
    }

    @Test func commandsThatWriteWantAFolder() throws {
        for arguments in [
            ["editions", "promote", "current"], ["editions", "prune", "--keep", "1"], ["editions", "list"],
        ] {
            let result = try Command.run(arguments + ["--library", "https://example.org/lib"])
            #expect(result.status == 64, "\(arguments): \(result.errors)")
            #expect(result.errors.contains("is only read"), "\(result.errors)")
        }
    }
}
