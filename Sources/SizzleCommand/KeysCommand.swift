import ArgumentParser
import Sizzle

struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Make and change the secrets of a service.",
        subcommands: [New.self, Rotate.self, Add.self])

    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a file of keys, with one client, and print the client's key.",
            discussion: """
                The file can be read by its owner alone. Every process that serves the same viewers needs the same file. An existing file is \
                not replaced.
                """)
        @Argument(help: "The file to write.") var file: String
        @Option(name: .long, help: "The name of the first client.") var client = "default"

        func run() throws {
            guard !Path.exists(file) else {
                throw Fault(.usage, "\(file): is there already; 'sizzle keys rotate' and 'add' change it")
            }
            let keys = KeyRing.random(client: client)
            try keys.save(file)
            Terminal.note("\(file): keys for signing and for viewers; the key of client '\(client)' is:")
            Terminal.say(keys.key(of: client) ?? "")
        }
    }

    struct Rotate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sign with a new key from now on; tokens of older keys are still taken.",
            discussion: "The eight newest keys are kept. Give every process the new file, then start it again.")
        @Argument(help: "The file of keys.") var file: String

        func run() throws {
            var keys = try KeyRing.load(file)
            keys.rotate()
            try keys.save(file)
            Terminal.note("\(file): has a new signing key")
        }
    }

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Add a client, and print its key.")
        @Argument(help: "The file of keys.") var file: String
        @Argument(help: "The client's name.") var client: String

        func run() throws {
            var keys = try KeyRing.load(file)
            let key = try keys.add(client: client)
            try keys.save(file)
            Terminal.say(key)
        }
    }
}
