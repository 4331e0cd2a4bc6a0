import Foundation
import MediaTime
import TestSupport
import Testing

/// Folders that cannot be written and disks that fill: real ones, mounted where only the command sees them.
@Suite struct OutputFaultTests {
    private static let clip = IndexFile.Clip("A", "40", 40, 80)

    private static func source() throws -> String {
        try TestMedia.stamped(size: (160, 96), frames: 240, idr: [40, 80, 120])
    }

    /// A workspace with an edition, a plan and an empty folder `disk`.
    private static func prepared() throws -> (space: Workspace, plan: String) {
        let space = try Workspace()
        try space.ingest(source(), rate: .film, [clip], beds: ["main=0-240"])
        try FileManager.default.createDirectory(atPath: space.file("disk"), withIntermediateDirectories: true)
        let plan = try space.write(PlanFile([clip, clip, clip]), to: "reel.json")
        return (space, plan)
    }

    @Test(Mounts.needed) func aReadOnlyFolder() throws {
        let (space, plan) = try Self.prepared()
        let result = try Mounts.run(
            ["render", plan, "--library", space.library, "-o", space.file("disk/reel.mp4"), "--quiet"],
            on: space.file("disk"), "ro")
        Refusal("read-only folder", 73, ["reel.mp4", "choose a folder that can be written"]) { _ in [] }
            .expect(result.command)
        #expect(result.left == [])
    }

    @Test(Mounts.needed) func aDiskThatFillsUnderAReel() throws {
        let (space, plan) = try Self.prepared()
        let before = try Listing(of: [space.path])
        let result = try Mounts.run(
            ["render", plan, "--library", space.library, "-o", space.file("disk/reel.mp4"), "--quiet"],
            on: space.file("disk"), "size=16k")
        Refusal("full disk", 74, ["reel.mp4", "make room"]) { _ in [] }.expect(result.command)
        #expect(result.left == [])
        // Head and tail of the sound are kept for the next try.
        let changes = try Listing(of: [space.path]).changes(since: before)
        #expect(
            changes.filter { !$0.hasPrefix("\(space.library)/media/") && !$0.hasPrefix("\(space.library)/derived") }
                == [])
    }

    @Test(Mounts.needed) func aDiskThatFillsUnderAPlanAndASheet() throws {
        let (space, plan) = try Self.prepared()
        let titles = try space.write(#"[{"id": "A"}]"#, to: "titles.json")
        try Command.check(["titles", "import", titles, "--library", space.library])
        let cadence = try space.write(#"{"name": "one", "slots": [{"type": "40"}]}"#, to: "one.json")
        let arguments = [
            [
                "plan", "--viewer", "v", "--cadence", cadence, "--library", space.library, "-o",
                space.file("disk/p.json"),
            ],
            ["sheet", plan, "--library", space.library, "-o", space.file("disk/sheet.png"), "--quiet"],
        ]
        for arguments in arguments {
            // A file system without a single free page.
            let result = try Mounts.run(arguments, on: space.file("disk"), "size=4k", filledBy: "ballast")
            Refusal("full disk", 74, [space.file("disk/")]) { _ in [] }.expect(result.command)
            #expect(result.left == ["ballast"])
        }
    }

    @Test(Mounts.needed) func aDiskThatFillsUnderALibrary() throws {
        let space = try Workspace()
        try FileManager.default.createDirectory(atPath: space.file("disk"), withIntermediateDirectories: true)
        let index = try space.write(IndexFile(frameRate: "24/1", clips: [Self.clip]), to: "clips.json")
        for size in ["16k", "48k", "96k"] {
            let result = try Mounts.run(
                [
                    "ingest", Self.source(), "--index", index, "--bed", "main=0-240", "--library", space.file("disk"),
                    "--quiet",
                ], on: space.file("disk"), "size=\(size)")
            Refusal("full disk", 74, ["disk", "make room"]) { _ in [] }.expect(result.command)
            #expect(result.left == [".lock", ".promotion-lock"], "\(size)")
        }
    }

    /// A farm reads a library that it may not write: what was made once needs no writing.
    @Test(Mounts.needed) func aReadOnlyLibraryStillServes() throws {
        let (space, plan) = try Self.prepared()
        try Command.check(["render", plan, "--library", space.library, "-o", space.file("first.mp4"), "--quiet"])
        let commands = [
            ["lookup", "A", "40", "--library", space.library], ["editions", "list", "--library", space.library],
            ["render", plan, "--library", space.library, "-o", space.file("second.mp4"), "--quiet"],
            ["verify", space.file("second.mp4"), "--plan", plan, "--library", space.library, "--quiet"],
        ]
        for arguments in commands {
            let result = try Mounts.runReadOnly(arguments, space.library)
            #expect(result.status == 0, "\(arguments[0]): \(result.errors)")
        }
        let (first, second) = (space.file("first.mp4"), space.file("second.mp4"))
        #expect(FileManager.default.contentsEqual(atPath: first, andPath: second))
    }
}

/// Small file systems in memory, in a mount namespace of their own: they vanish with the command.
enum Mounts {
    /// The way to get a namespace here: as root, as somebody else, or none.
    private static let unshare: [String]? = [["-m"], ["-rm"]].first { options in
        let arguments = options + ["sh", "-c", "mount -t tmpfs none /tmp"]
        return (try? Tools.run("unshare", arguments))?.status == 0
    }

    static var needed: any TestTrait {
        ConditionTrait.enabled(if: unshare != nil, "file systems cannot be mounted here; run this test as root")
    }

    /// Runs the command with a `tmpfs` on a folder.
    /// - Parameters:
    ///   - options: of the mount: `ro`, `size=64k`.
    ///   - ballast: the name of a file that takes all its room before.
    /// - Returns: how the command ended, and the files that it left on that file system.
    static func run(
        _ arguments: [String], on folder: String, _ options: String, filledBy ballast: String? = nil
    ) throws -> (command: Tools.Result, left: [String]) {
        let script = """
            mount -t tmpfs -o "$1" none "$2" || exit 99
            if [ -n "$4" ]; then cat /dev/zero > "$2/$4" 2> /dev/null; fi
            folder=$2 listing=$3
            shift 4
            "$@"
            status=$?
            find "$folder" -type f -printf '%P\\n' > "$listing"
            exit $status
            """
        let space = try Workspace()
        let result = try namespace(
            script, [options, folder, space.file("listing"), ballast ?? ""] + [Command.path] + arguments)
        let listing = try String(contentsOfFile: space.file("listing"), encoding: .utf8)
        return (result, listing.split(separator: "\n").map(String.init).sorted())
    }

    /// Runs the command where a folder, as it is, cannot be written.
    static func runReadOnly(_ arguments: [String], _ folder: String) throws -> Tools.Result {
        let script = """
            mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" || exit 99
            shift
            exec "$@"
            """
        return try namespace(script, [folder, Command.path] + arguments)
    }

    /// Starts the command as a server with a `tmpfs` on a folder.
    static func server(_ arguments: [String], on folder: String, _ options: String) throws -> Server {
        let script = """
            mount -t tmpfs -o "$1" none "$2" || exit 99
            shift 2
            exec "$@"
            """
        return try Server(
            "unshare", (unshare ?? []) + ["sh", "-c", script, "sh", options, folder, Command.path] + arguments)
    }

    private static func namespace(_ script: String, _ arguments: [String]) throws -> Tools.Result {
        try Tools.run("unshare", (unshare ?? []) + ["sh", "-c", script, "sh"] + arguments)
    }
}
