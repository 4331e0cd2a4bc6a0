import ArgumentParser
import Foundation
import Sizzle

extension EditionsCommand {
    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read all of an edition again, and prove every frame.",
            discussion: """
                Its own files and every media object are held against their hashes, and every frame of every clip is decoded and compared \
                with what was recorded; --quick leaves the decoding out. Exit status 1 when something is not as it was published.
                """)
        @Argument(help: "The edition's id, or 'current'.") var id = "current"
        @Flag(name: .long, help: "Hold the files against their hashes only.") var quick = false
        @OptionGroup var library: LibraryOptions
        @OptionGroup var shown: OutputOptions

        func run() throws {
            let edition = try library.open().edition(id)
            let report = try EditionVerifier(isQuick: quick).verify(edition, progress: shown.progressHandler())
            if shown.json {
                try Terminal.say(json: report)
            } else {
                for fault in report.faults { Terminal.say(fault.message) }
                let faults = report.faults.count == 1 ? "1 fault" : "\(report.faults.count) faults"
                let frames = quick ? "" : ", \(report.frames) frames"
                Terminal.say(
                    "edition \(edition.id): \(report.objects) objects, \(report.bytes) bytes\(frames): \(report.faults.isEmpty ? "whole" : faults)"
                )
            }
            if !report.faults.isEmpty { throw ExitCode(ExitStatus.faultsFound.rawValue) }
        }
    }

    struct Diff: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say which clips changed between two editions.",
            discussion: """
                Clips that show other pictures, have other frames that look alike, show the same elsewhere in the Mega Asset, are new or \
                gone. Exit status 1 when they differ.
                """)
        @Argument(help: "The older edition's id, or 'current'.") var old: String
        @Argument(help: "The newer edition's id, or 'current'.") var new: String
        @OptionGroup var library: LibraryOptions
        @Flag(name: .long, help: "Print one JSON document on stdout.") var json = false

        func run() throws {
            let library = try library.open()
            let diff = try EditionDiff(from: library.edition(old), to: library.edition(new))
            if json {
                try Terminal.say(json: diff)
            } else {
                for change in diff.changes { Terminal.say("\(change.kind.rawValue): \(change.message)") }
                Terminal.say("\(diff.changes.count) clips differ, \(diff.unchanged) are as before")
            }
            if !diff.isEmpty { throw ExitCode(ExitStatus.faultsFound.rawValue) }
        }
    }

    struct Prune: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove old editions, and the media that no edition needs any more.",
            discussion: """
                What is live, the canary, the edition that a rollback would go back to, what is pinned, and what a running process uses \
                always stays, whatever --keep and --keep-days say.

                  sizzle editions prune --keep 3 --keep-days 30
                """)
        @Option(name: .long, help: "How many of the newest editions stay.") var keep: Int
        @Option(name: .long, help: "Editions of the last days stay, too.") var keepDays: Int?
        @Flag(name: .long, help: "Only say what would go.") var dryRun = false
        @OptionGroup var library: LibraryOptions
        @Flag(name: .long, help: "Print one JSON document on stdout.") var json = false

        func run() throws {
            guard keep >= 0 else { throw Fault(.usage, "--keep \(keep): is not a number from 0 on") }
            guard (0...100_000).contains(keepDays ?? 0) else {
                throw Fault(.usage, "--keep-days \(keepDays ?? 0): is not a number of days from 0 to 100000")
            }
            let library = try library.open()
            let limit = keepDays.map {
                Timestamp(milliseconds: Clock.now.milliseconds - Int64($0) * Timestamp.day).description
            }
            let report = try library.prune(keep: keep, olderThan: limit, isTrial: dryRun)
            if json { return try Terminal.say(json: report) }
            for kept in report.kept { Terminal.say("kept     \(kept.id)  \(kept.why)") }
            for id in report.removed { Terminal.say("\(dryRun ? "would go" : "removed ") \(id)") }
            Terminal.say(
                "\(report.removed.count) editions and \(report.objects) objects of \(report.bytes) bytes \(dryRun ? "would go" : "removed")"
            )
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write an edition and all that it needs into one tar.",
            discussion:
                "The tar holds the files under the names that they have in a library; 'editions import' takes it.")
        @Argument(help: "The edition's id, or 'current'.") var id = "current"
        @Option(name: [.short, .long], help: "The tar to write.") var output: String
        @OptionGroup var library: LibraryOptions
        @OptionGroup var shown: OutputOptions

        private struct Document: Encodable {
            var edition: String
            var output: String
            var bytes: Int64
        }

        func run() throws {
            let edition = try library.open().edition(id)
            let bytes = try edition.export(to: output, progress: shown.progressHandler())
            if shown.json {
                return try Terminal.say(json: Document(edition: edition.id, output: output, bytes: bytes))
            }
            Terminal.say("\(output): edition \(edition.id), \(bytes) bytes")
        }
    }

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take an edition from a tar of 'editions export'.",
            discussion: """
                Everything is held against its hash on arrival; what is damaged, or is no part of an edition, is refused and nothing of it \
                stays. The edition is not live until it is promoted.
                """)
        @Argument(help: "The tar.") var tar: String
        @OptionGroup var library: LibraryOptions
        @OptionGroup var shown: OutputOptions

        func run() throws {
            let path = try library.path()
            guard Path.exists(tar) else { throw Fault(.notFound, "\(tar): there is no such file") }
            let isNew = !Path.exists(path)
            let library = try Library.create(path)
            let edition = try library.importEdition(from: tar, isNew: isNew, progress: shown.progressHandler())
            if shown.json { return try Terminal.say(json: ["edition": edition.id]) }
            Terminal.say("edition \(edition.id) is here, \(edition.manifest.clips) clips; promote it to make it live")
        }
    }
}
