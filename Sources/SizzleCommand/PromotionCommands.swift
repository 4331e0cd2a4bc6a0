import ArgumentParser
import Foundation
import Sizzle

extension EditionsCommand {
    struct Promote: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an edition the live one, for all viewers or for some.",
            discussion: """
                It is compared with the edition that it replaces: a clip that is gone, or whose first, middle or last picture is another, \
                is refused with exit status 1, unless --expect names it as meant (TITLE/TYPE, or TITLE for all its clips) or --force \
                overrules, which is recorded with the reason. With --share it becomes the canary: always the same part of the \
                viewers gets it, a larger share adds viewers; promote it without --share to finish, or roll back.

                  sizzle editions promote 4f835b1d303ffb1641f1bc458d18c15b --share 5% --expect 'Night Train/80'
                """)
        @Argument(help: "The edition's id.") var id: String
        @Option(name: .long, help: "The viewers who get it, such as 5% or 0.05; the others stay with the live edition.")
        var share: String?
        @Option(
            name: .long,
            help: ArgumentHelp(
                "A clip that is meant to show something else, or to be gone. Repeat for more.",
                valueName: "title[/type]"))
        var expect: [String] = []
        @Flag(name: .long, help: "Promote it whatever the comparison says; needs --why.") var force = false
        @Option(name: .long, help: "The reason, for the promotion log.") var why = ""
        @OptionGroup var library: LibraryOptions
        @Flag(name: .long, help: "Print one JSON document on stdout.") var json = false

        private struct Document: Encodable {
            var edition: String
            var live: LiveEditions?
            var faults: [String]
        }

        func run() throws {
            let share = try share.map { text in
                guard let share = ViewerShare(text) else {
                    throw Fault(.usage, "--share \(text): is no share of viewers; write 5% or 0.05, less than all")
                }
                return share
            }
            if force, why.isEmpty { throw Fault(.usage, "--force: say with --why why the comparison is overruled") }
            let library = try library.open()
            let edition = try library.edition(id)
            let gate = PromotionGate(expecting: expect)
            let seen = try? library.live()
            let faults = try library.gateFaults(edition, gate)
            if faults.isEmpty || force {
                try library.promote(
                    edition.id, share: share, .init(why, by: NSUserName(), at: Clock.now.description),
                    overruled: faults, comparedWith: .some(seen)
                )
            }
            if json {
                try Terminal.say(json: Document(edition: edition.id, live: library.live(), faults: faults))
            } else {
                for fault in faults { Terminal.say(fault) }
                if faults.isEmpty || force {
                    Terminal.say(
                        share.map { "edition \(edition.id) is live for \($0) of viewers" }
                            ?? "edition \(edition.id) is live")
                }
            }
            guard faults.isEmpty || force else {
                Terminal.note(
                    "edition \(edition.id) is not promoted: look at 'sizzle editions diff', name what is meant with --expect, or overrule with --force --why"
                )
                throw ExitCode(ExitStatus.faultsFound.rawValue)
            }
        }
    }

    struct Rollback: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Go back to the edition that was live before; with a canary, give that up.")
        @Option(name: .long, help: "The reason, for the promotion log.") var why = ""
        @OptionGroup var library: LibraryOptions

        func run() throws {
            let library = try library.open()
            let id = try library.rollBack(.init(why, by: NSUserName(), at: Clock.now.description))
            Terminal.say("edition \(id) is live")
        }
    }

    struct Log: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show what was promoted, when, by whom and why.")
        @OptionGroup var library: LibraryOptions
        @Flag(name: .long, help: "Print one JSON document on stdout.") var json = false

        func run() throws {
            let entries = try library.open().promotions()
            if json { return try Terminal.say(json: entries) }
            for entry in entries {
                let from = entry.from.map { "\($0.prefix(8)) -> " } ?? ""
                let share = entry.share.map { " for \($0) of viewers" } ?? ""
                let why = entry.why.isEmpty ? "" : ": \(printable(entry.why))"
                Terminal.say("\(entry.when) \(printable(entry.who)) \(from)\(entry.to.prefix(8))\(share)\(why)")
                for fault in entry.overruled ?? [] { Terminal.say("  overruled: \(printable(fault))") }
            }
        }
    }

    struct Pin: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Keep an edition from ever being pruned.")
        @Argument(help: "The edition's id.") var id: String
        @Option(name: .long, help: "The reason, for people.") var why = ""
        @OptionGroup var library: LibraryOptions

        func run() throws {
            try library.open().pin(id, why: why)
            Terminal.say("edition \(id) is pinned")
        }
    }

    struct Unpin: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let an edition be pruned again.")
        @Argument(help: "The edition's id.") var id: String
        @OptionGroup var library: LibraryOptions

        func run() throws {
            let library = try library.open()
            guard try library.pins()[id] != nil else {
                throw Fault(.badInput, "edition \(printable(id)) is not pinned; see 'sizzle editions list'")
            }
            try library.pin(id, why: nil)
            Terminal.say("edition \(id) is not pinned any more")
        }
    }
}
