import ArgumentParser
import Sizzle

struct ViewersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "viewers", abstract: "What is known of viewers: make a snapshot of it, or forget somebody.",
        subcommands: [Snapshot.self, Forget.self])

    struct Snapshot: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write what each viewer likes into one file that 'serve' opens at once.",
            discussion: """
                'serve' takes viewers.snapshot of its library, and from the catalogue only what came later: make it every night.

                  sizzle viewers snapshot --library lib
                """)
        @Option(name: [.short, .long], help: "The file. Default: viewers.snapshot in the library.") var output: String?
        @OptionGroup var library: LibraryOptions
        @Flag(name: .long, help: "Print one JSON document on stdout.") var json = false

        private struct Document: Encodable {
            var output: String
            var viewers: Int
            var bytes: Int
        }

        func run() throws {
            let library = try library.open()
            let path = output ?? library.viewersPath
            if path != library.viewersPath { try library.requireOutside(path) }
            let written = try Catalogue.open(library.cataloguePath, creating: false).writeViewers(to: path)
            if json {
                return try Terminal.say(json: Document(output: path, viewers: written.viewers, bytes: written.bytes))
            }
            let each = written.viewers > 0 ? ", \(written.bytes / written.viewers) a viewer" : ""
            Terminal.say("\(path): \(written.viewers) viewers, \(written.bytes) bytes\(each)")
        }
    }

    struct Forget: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a viewer from the catalogue, the event log and the snapshot, and print a receipt.",
            discussion: """
                Lines from before this moment are not taken again, from whatever file they come: of the viewer only a hash is kept, to know \
                them by. Models hold sums over all viewers; those fitted before hold the viewer's part until the next 'tune', and are \
                named in the receipt. With --keys the viewer's pseudonyms in the service's log are found too.

                  sizzle viewers forget v1 --keys keys.json --library lib --json > receipt.json
                """)
        @Argument(help: "The viewer's id, as applications name them.") var viewer: String
        @Option(name: .long, help: "The service's keys, of 'sizzle keys new'.") var keys: String?
        @Option(name: .long, help: "The folder of the event log. Default: events in the library.") var events: String?
        @OptionGroup var library: LibraryOptions
        @Flag(name: .long, help: "Print the receipt as JSON on stdout.") var json = false

        func run() throws {
            if let flaw = flaw(inName: viewer) { throw Fault(.usage, "the viewer's id \(flaw)") }
            let library = try library.open()
            let names = try [viewer] + (keys.map { [Hex.text(try KeyRing.load($0).pseudonym(of: viewer))] } ?? [])
            let receipt = try library.forget(
                viewer: names, events: events ?? "\(library.root)/events", now: Clock.now)
            if json {
                try Terminal.say(json: receipt)
            } else {
                for line in receipt.lines { Terminal.say(line) }
            }
            guard receipt.pending.isEmpty else { throw ExitCode(ExitStatus.tryAgain.rawValue) }
        }
    }
}
