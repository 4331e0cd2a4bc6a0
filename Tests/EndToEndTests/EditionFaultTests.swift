import Foundation
import TestSupport
import Testing

/// Damaged editions are found out, hostile tars are refused, and nothing is lost or left.
@Suite struct EditionFaultTests {
    private static let clips: [IndexFile.Clip] = [.init("A", "20", 0, 20), .init("B", "20", 20, 40)]

    private static let made = Result {
        let space = try SharedWorkspaces.make()
        let mega = try TestMedia.stamped(size: (160, 90), frames: 40, idr: [20])
        try space.ingest(
            mega, rate: .film, clips,
            beds: ["main=\(TestMedia.stamped(frames: 60, container: "wav", sound: "pcm_s16le"))"])
        try Command.check([
            "editions", "export", "--library", space.library, "-o", space.file("edition.tar"), "--quiet",
        ])
        return space
    }

    private struct Report: Decodable {
        struct Fault: Decodable {
            var kind: String
            var file: String
            var title: String?
            var frame: Int?
        }

        var objects: Int
        var frames: Int
        var faults: [Fault]
    }

    /// The files that an edition consists of.
    private func files(_ library: String) throws -> [String] {
        try Listing(of: ["\(library)/media", "\(library)/editions"]).paths.filter {
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: $0, isDirectory: &isFolder) && !isFolder.boolValue
        }
    }

    /// A bit of any file turned round is found, in the file that it is in. SIZZLE_BIT_FLIPS sets how many.
    @Test func everyBitThatTurnsIsFound() throws {
        let space = try Workspace()
        try FileManager.default.copyItem(atPath: Self.made.get().library, toPath: space.library)
        let files = try self.files(space.library)
        #expect(files.count == 13)
        let sizes = try files.map { try #require(FileManager.default.contents(atPath: $0)?.count) }
        var random = FixedRandom(state: 7)
        let rounds = ProcessInfo.processInfo.environment["SIZZLE_BIT_FLIPS"].flatMap { Int($0) } ?? 60
        for round in 0..<rounds {
            // Each file first, then bytes at random.
            var place =
                round < files.count
                ? sizes[..<round].reduce(0, +) : Int.random(in: 0..<sizes.reduce(0, +), using: &random)
            var file = 0
            while place >= sizes[file] {
                place -= sizes[file]
                file += 1
            }
            let whole = try #require(FileManager.default.contents(atPath: files[file]))
            var damaged = whole
            damaged[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            let url = URL(fileURLWithPath: files[file])
            try damaged.write(to: url)
            let result = try Command.run(["editions", "verify", "--quick", "--quiet", "--library", space.library])
            try whole.write(to: url)
            // What cannot be opened at all is refused, and names the file or its folder.
            #expect(
                result.status == 1 || result.status == 65,
                "\(files[file]) byte \(place): \(result.text) \(result.errors)")
            let folder = (files[file] as NSString).deletingLastPathComponent
            #expect(
                (result.text + result.errors).contains(
                    result.status == 1 && !files[file].hasSuffix("SHA256SUMS") ? files[file] : folder),
                "\(result.text) \(result.errors)")
            let clip = result.text.contains("clip (")
            #expect(clip || !files[file].hasSuffix(".m4s") || result.text.contains("bed 'main'"))
        }
        #expect(try Command.run(["editions", "verify", "--quiet", "--library", space.library]).status == 0)
    }

    /// Hashes that are right of frames that are wrong: the frames themselves are decoded.
    @Test func framesAreDecoded() throws {
        let report = try Command.json(
            Report.self, ["editions", "verify", "--quiet", "--library", Self.made.get().library])
        #expect(report.frames == 40 && report.objects == 8 && report.faults.isEmpty)
        let space = try Workspace()
        try FileManager.default.copyItem(atPath: Self.made.get().library, toPath: space.library)
        let media = try files(space.library).filter { $0.hasSuffix(".m4s") }
        try FileManager.default.removeItem(atPath: media[0])
        let missing = try Command.run(["editions", "verify", "--quiet", "--json", "--library", space.library])
        #expect(missing.status == 1)
        let fault = try #require(try JSONDecoder().decode(Report.self, from: missing.output).faults.first)
        #expect(fault.kind == "missing" && fault.file == media[0])
    }

    /// Writes a tar with Python's own library: `name`, `content`, or `link` to somewhere.
    private static func tar(_ space: Workspace, _ entries: [(name: String, content: String, link: String?)]) throws
        -> String
    {
        let path = space.file("hostile.tar")
        let program = """
            import io, sys, tarfile
            with tarfile.open(sys.argv[1], "w") as archive:
                for name, content, link in zip(*[iter(sys.argv[2:])] * 3):
                    entry = tarfile.TarInfo(name)
                    if link:
                        entry.type, entry.linkname = tarfile.SYMTYPE, link
                        archive.addfile(entry)
                    else:
                        entry.size = len(content.encode())
                        archive.addfile(entry, io.BytesIO(content.encode()))
            """
        try Tools.check("python3", ["-c", program, path] + entries.flatMap { [$0.name, $0.content, $0.link ?? ""] })
        return path
    }

    private static let id = String(repeating: "0123456789abcdef", count: 2)
    private static let object = "media/ab/" + String(repeating: "0", count: 62)

    /// Each import is into the library that is there, which has to stay as it is.
    private static func importing(
        _ name: String, _ status: Int32, _ words: [String], _ entries: [(String, String, String?)]
    ) -> Refusal {
        Refusal(name, status, words) { space in
            try FileManager.default.copyItem(atPath: made.get().library, toPath: space.library)
            return ["editions", "import", try tar(space, entries), "--library", "library", "--quiet"]
        }
    }

    static let refusals: [Refusal] = [
        importing("a name that leads outside", 65, ["'../evil' is no file of one edition"], [("../evil", "x", nil)]),
        importing("a name from the root", 65, ["'/tmp/evil' is no file of one edition"], [("/tmp/evil", "x", nil)]),
        importing(
            "a name that leads outside behind a right beginning", 65, ["is no file of one edition"],
            [("media/ab/../../evil.m4s", "x", nil)]),
        importing("the pointer to what is live", 65, ["'current' is no file of one edition"], [("current", "{}", nil)]),
        importing("a link", 65, ["is no regular file"], [("\(object).m4s", "", "/etc/passwd")]),
        importing(
            "an object that is another", 65, ["its content is not what its name says"], [("\(object).m4s", "x", nil)]),
        importing("nothing", 65, ["holds no edition"], []),
        importing(
            "an edition without objects", 65, ["is damaged"],
            [("editions/\(id)/edition.json", "{}", nil), ("editions/\(id)/clips.idx", "SZLCLIPS", nil)]),
        importing(
            "two editions", 65, ["is no file of one edition"],
            [
                ("editions/\(id)/edition.json", "{}", nil),
                ("editions/\(String(id.reversed()))/edition.json", "{}", nil),
            ]),
        Refusal("no tar", 65, ["is no tar that can be read"]) { space in
            [
                "editions", "import", try space.write(String(repeating: "no tar ", count: 500), to: "a.tar"),
                "--library", try made.get().library, "--quiet",
            ]
        },
        Refusal("a tar that is cut off", 65, ["whole.tar"]) { space in
            try FileManager.default.copyItem(atPath: made.get().library, toPath: space.library)
            let whole = try #require(FileManager.default.contents(atPath: made.get().file("edition.tar")))
            try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: space.file("whole.tar")))
            return ["editions", "import", "whole.tar", "--library", "library", "--quiet"]
        },
        Refusal("no tar there", 66, ["none.tar"]) { _ in
            ["editions", "import", "none.tar", "--library", try made.get().library, "--quiet"]
        },
        Refusal("a tar in no folder", 73, ["none/e.tar"]) { _ in
            ["editions", "export", "--library", try made.get().library, "-o", "none/e.tar", "--quiet"]
        },
        Refusal("a tar in the library", 64, ["lies in the library"]) { _ in
            [
                "editions", "export", "--library", try made.get().library, "-o", "\(try made.get().library)/e.tar",
                "--quiet",
            ]
        },
        Refusal("a share that is all", 64, ["--share 100%: is no share"]) { _ in
            ["editions", "promote", id, "--share", "100%", "--library", try made.get().library]
        },
        Refusal("an edition that is not there", 66, ["there is no edition \(id)"]) { _ in
            ["editions", "promote", id, "--library", try made.get().library]
        },
        Refusal("a pin of nothing", 66, ["there is no edition \(id)"]) { _ in
            ["editions", "pin", id, "--library", try made.get().library]
        },
        Refusal("pruning less than nothing", 64, ["--keep -1"]) { _ in
            ["editions", "prune", "--keep=-1", "--library", try made.get().library]
        },
        Refusal("a folder that is no library", 66, ["is not a library"]) { space in
            ["editions", "verify", "--library", space.path]
        },
        Refusal("an edition of a newer version", 65, ["is of version 99, newer than"]) { space in
            try FileManager.default.copyItem(atPath: made.get().library, toPath: space.library)
            let edition = try #require(
                try FileManager.default.contentsOfDirectory(atPath: "\(space.library)/editions").first)
            let path = "\(space.library)/editions/\(edition)/edition.json"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            try text.replacing(/"version" : \d+/, with: "\"version\" : 99").write(
                toFile: path, atomically: true, encoding: .utf8)
            return ["editions", "verify", "--library", "library"]
        },
    ]

    @Test(arguments: refusals) func refuses(refusal: Refusal) throws { try refusal.expect() }

    /// Objects of an edition that cannot be read are never swept.
    @Test func nothingIsPrunedBesideAnEditionThatCannotBeRead() throws {
        let space = try Workspace()
        try FileManager.default.copyItem(atPath: Self.made.get().library, toPath: space.library)
        let edition = try #require(
            try FileManager.default.contentsOfDirectory(atPath: "\(space.library)/editions").first)
        try Data("{}".utf8).write(to: URL(fileURLWithPath: "\(space.library)/editions/\(edition)/edition.json"))
        let before = try Listing(of: [space.library])
        let result = try Command.run(["editions", "prune", "--keep", "0", "--library", space.library])
        #expect(result.status == 65)
        #expect(result.errors.contains("what it needs is not known, so nothing is pruned"))
        #expect(try Listing(of: [space.library]).changes(since: before) == [])
    }

    /// A library of which parts are gone says what is missing, and nothing more goes with it.
    @Test(arguments: ["clips.idx", "edition.json", ""]) func halfALibraryLosesNothingMore(name: String) throws {
        let made = try Self.made.get()
        let space = try Workspace()
        try FileManager.default.copyItem(atPath: made.library, toPath: space.library)
        let edition = try #require(FileManager.default.contentsOfDirectory(atPath: "\(space.library)/editions").first)
        try FileManager.default.removeItem(atPath: "\(space.library)/editions/\(edition)/\(name)")
        let before = try Listing(of: ["\(space.library)/media", "\(space.library)/editions"])
        for command in [
            ["verify", "--quick"], ["prune", "--keep", "1"], ["export", "current", "-o", space.file("e.tar")],
        ] {
            let result = try Command.run(["editions"] + command + ["--library", space.library])
            #expect(result.status == 66, "\(command): \(result.errors)")
            #expect(result.errors.contains(edition), "\(result.errors)")
        }
        #expect(try Listing(of: ["\(space.library)/media", "\(space.library)/editions"]).changes(since: before) == [])
        #expect(!FileManager.default.fileExists(atPath: space.file("e.tar")))
    }

    /// Links that lead out of a library are refused; nothing is written or removed behind them.
    @Test(arguments: ["media", "editions", "media/*"]) func linksLeadNowhere(place: String) throws {
        let made = try Self.made.get()
        let space = try Workspace()
        let outside = space.file("outside")
        for folder in [outside, "\(space.library)/media", "\(space.library)/editions"] {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        let names = place == "media/*" ? (0..<256).map { "media/" + hex([UInt8($0)]) } : [place]
        for name in names {
            let path = "\(space.library)/\(name)"
            try? FileManager.default.removeItem(atPath: path)
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: outside)
        }
        let result = try Command.run([
            "editions", "import", made.file("edition.tar"), "--quiet", "--library", space.library,
        ])
        #expect(result.status == 65, "\(result.errors)")
        #expect(result.errors.contains("by a link"), "\(result.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: outside) == [])
    }

    /// Whoever may only read a library can use it, and is told what cannot be written.
    @Test(.enabled(if: geteuid() == 0, "only root can be somebody else")) func anotherUsersLibraryIsRead() throws {
        let made = try Self.made.get()
        let space = try Workspace()
        try FileManager.default.copyItem(atPath: made.library, toPath: space.library)
        func run(_ arguments: [String]) throws -> Tools.Result {
            let nobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups", Command.path]
            return try Tools.run("setpriv", nobody + arguments + ["--library", space.library])
        }
        try #require(
            try Tools.run(
                "setpriv",
                ["--reuid", "65534", "--regid", "65534", "--clear-groups", "test", "-r", space.library + "/current"]
            ).status == 0)
        let before = try Listing(of: [space.library])
        #expect(try run(["editions", "verify", "--quick", "--quiet"]).status == 0)
        for command in [
            ["editions", "prune", "--keep", "1"], ["editions", "rollback", "--why", "x"],
            ["editions", "import", made.file("edition.tar")],
        ] {
            let result = try run(command)
            #expect(result.status == 73, "\(command): \(result.errors)")
            #expect(result.errors.contains("Permission denied"), "\(result.errors)")
        }
        #expect(try Listing(of: [space.library]).changes(since: before) == [])
    }
}
