import ArgumentParser
import Foundation
import Sizzle

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve personal reels as HLS and DASH over HTTP.",
        discussion: """
            A viewer's reel is planned in a moment; what it plays are segments that all viewers share. Nothing is kept for a viewer: the \
            whole plan is in the signed token of its addresses, so any number of these processes serve the same reels if they have the \
            same keys. Open the printed address in a browser to watch one.

              sizzle serve --library lib --open
              sizzle keys new keys.json && sizzle serve --library lib --keys keys.json --host 0.0.0.0 --port 8080

            Every option can also be given in the environment (--token-hours as SIZZLE_SERVE_TOKEN_HOURS) or in a file (--config, JSON or \
            YAML: token-hours: 6); the command line comes first, the environment second. On SIGTERM it takes nothing new, finishes what is \
            in flight, and ends with status 0.
            """)
    @OptionGroup var library: ReadableLibraryOptions
    @Option(name: .long, help: "A file of options (JSON or YAML).") var config: String?
    @Option(name: .long, help: "The address to listen on. Default: 127.0.0.1.") var host: String?
    @Option(name: .long, help: "The port; 0 takes a free one. Default: 8080.") var port: Int?
    @Option(name: .long, help: "A PEM file with the certificate chain: serves HTTPS, with HTTP/2.") var tlsCert: String?
    @Option(name: .long, help: "A PEM file with the certificate's key.") var tlsKey: String?
    @Option(
        name: .long,
        help: "The file of keys, of 'sizzle keys new'. The environment's SIZZLE_KEYS may hold its text instead.")
    var keys: String?
    @Flag(name: .long, help: "Let anybody ask for reels, without a key. For a laptop.") var open = false
    @Option(name: .long, help: "The SQLite file of titles and events. Default: catalogue.sqlite in the library.")
    var catalogue: String?
    @Option(name: .long, help: "The folder of the event log. Default: events in the library.") var events: String?
    @Option(name: .long, help: "A cadence file (JSON or YAML) that may be asked for by its name; may be repeated.")
    var cadence: [String] = []
    @Option(
        name: .long, help: "The file of 'viewers snapshot'. Default: viewers.snapshot in the library, if it is there.")
    var viewers: String?
    @Option(
        name: .long,
        help: "How much each slot leaves to chance; 0 takes the best. Default: what the live model says, else 0.05.")
    var temperature: Double?
    @Option(
        name: .long, help: "The same for the two slots of least value. Default: what the live model says, else 0.3.")
    var tailTemperature: Double?
    @Option(name: .long, help: "For how many hours a reel can be played. Default: 6.") var tokenHours: Int?
    @Option(name: .long, help: "Reels a second that each key may ask for; 0 for no limit. Default: 0.") var rate: Int?
    @Option(name: .long, help: "Connections that may be open at a time. Default: 20000.") var connections: Int?
    @Option(name: .long, help: "Seconds after which a silent connection is closed. Default: 30.") var idleSeconds: Int?
    @Option(name: .long, help: "Seconds to finish what is in flight after SIGTERM. Default: 20.") var shutdownSeconds:
        Int?
    @Option(name: .long, help: "Memory for segments. Default: 256M.") var memory: ByteCount?
    @Option(name: .long, help: "What stands before the addresses of media, such as https://cdn.example.com.")
    var mediaBase: String?
    @Option(name: .long, help: "The origin of pages that may play from here, '*' for all, '' for none. Default: *.")
    var corsOrigin: String?
    @Flag(
        name: .long,
        help:
            "Log every request as a line of JSON on stderr, with the trace that its 'traceparent' names, or a new one.")
    var logRequests = false

    func run() async throws {
        ReelService.traceInLog()
        let service = try ReelService(settings(), logsRequests: logRequests)
        try await service.run { address in Terminal.note("listening on \(address)") }
    }

    private func settings() throws -> ServiceSettings {
        let given = try GivenOptions(file: config)
        let library = try library.open()
        var settings = try ServiceSettings(
            library: library, eventsFolder: given.text("events", events) ?? "\(library.root)/events", keys: ring(given))
        settings.isOpen = try open || given.flag("open")
        settings.host = try given.text("host", host) ?? settings.host
        settings.port = try given.number("port", port, 0...65_535) ?? settings.port
        settings.tls = try tls(given)
        settings.catalogue = try given.text("catalogue", catalogue) ?? defaultCatalogue(library)
        settings.cadences = try [.default] + (cadence.isEmpty ? given.list("cadence") : cadence).map(CadenceFile.load)
        settings.viewers = try given.text("viewers", viewers) ?? library.viewersPath
        settings.models = ModelStore(library: library.root)
        settings.exploration = try exploration(given)
        if let hours = try given.number("token-hours", tokenHours, 1...24 * 365) {
            settings.tokenSeconds = UInt32(hours) * 3_600
        }
        settings.rate = try given.number("rate", rate, 0...1_000_000) ?? settings.rate
        settings.connections = try given.number("connections", connections, 1...1_000_000) ?? settings.connections
        if let seconds = try given.number("idle-seconds", idleSeconds, 1...3_600) {
            settings.idleSeconds = Int64(seconds)
        }
        if let seconds = try given.number("shutdown-seconds", shutdownSeconds, 0...3_600) {
            settings.shutdownSeconds = Int64(seconds)
        }
        if let memory = try memory ?? given.text("memory", nil).map(Self.bytes) {
            settings.cacheBytes = Int(memory.bytes)
        }
        settings.mediaBase = try given.text("media-base", mediaBase) ?? ""
        if let origin = try given.text("cors-origin", corsOrigin) {
            settings.corsOrigin = origin.isEmpty ? nil : origin
        }
        return settings
    }

    /// What is left to chance, where something is said of it.
    private func exploration(_ given: GivenOptions) throws(Fault) -> Exploration? {
        let head = try given.decimal("temperature", temperature, 0...100)
        let tail = try given.decimal("tail-temperature", tailTemperature, 0...100)
        guard let first = head ?? tail else { return nil }
        return Exploration(temperature: head ?? first, tailTemperature: tail ?? first)
    }

    private static func bytes(_ text: String) throws(Fault) -> ByteCount {
        guard let count = ByteCount(argument: text) else {
            throw Fault(.usage, "memory: '\(text)' is no number of bytes such as 256M")
        }
        return count
    }

    /// A library without a catalogue serves reels that were planned, and plans none.
    private func defaultCatalogue(_ library: Library) -> String? {
        if Path.exists(library.cataloguePath) { return library.cataloguePath }
        Terminal.note(
            "note: the library has no titles: no reels are planned until some are imported and this is started again")
        return nil
    }

    private func tls(_ given: GivenOptions) throws -> (certificate: String, key: String)? {
        switch (try given.text("tls-cert", tlsCert), try given.text("tls-key", tlsKey)) {
        case (nil, nil): return nil
        case (let certificate?, let key?): return (certificate, key)
        default: throw Fault(.usage, "--tls-cert and --tls-key belong together")
        }
    }

    private func ring(_ given: GivenOptions) throws -> KeyRing {
        if let path = try given.text("keys", keys) { return try KeyRing.load(path) }
        if let text = ProcessInfo.processInfo.environment["SIZZLE_KEYS"], !text.isEmpty {
            return try KeyRing.read(text, named: "SIZZLE_KEYS")
        }
        guard try open || given.flag("open") else {
            throw Fault(.usage, "no keys are given; make some with 'sizzle keys new keys.json', or serve with --open")
        }
        Terminal.note(
            "note: without --keys, reels end with this process, and its events are of viewers that nobody knows again")
        return .random()
    }
}

/// Options that were given in the environment or in a file.
struct GivenOptions {
    private let file: [String: JSONValue]
    private let name: String

    /// - Throws: `Fault` when the file is none of options, or has one that is not known.
    init(file path: String?) throws {
        name = path ?? ""
        guard let path else {
            file = [:]
            return
        }
        guard case .object(let options) = try CadenceFile.document(path) else {
            throw Fault(.badInput, "\(path): expected options and their values")
        }
        let known = [
            "host", "port", "tls-cert", "tls-key", "keys", "open", "catalogue", "events", "cadence", "token-hours",
            "rate",
            "viewers", "temperature", "tail-temperature", "connections", "idle-seconds", "shutdown-seconds", "memory",
            "media-base", "cors-origin",
        ]
        if let unknown = options.keys.sorted().first(where: { !known.contains($0) }) {
            throw Fault(.badInput, "\(path): '\(unknown)' is no option; there is \(known.joined(separator: ", "))")
        }
        file = options
    }

    /// The value of an option: what the command line says, else the environment, else the file.
    func text(_ option: String, _ argument: String?) throws(Fault) -> String? {
        if let argument { return argument }
        let variable = "SIZZLE_SERVE_" + option.uppercased().replacing("-", with: "_")
        if let value = ProcessInfo.processInfo.environment[variable] { return value }
        switch file[option] {
        case nil: return nil
        case .string(let text): return text
        case .number(let text): return text
        case .bool(let value): return "\(value)"
        default: throw Fault(.badInput, "\(name): \(option): expected a text or a number")
        }
    }

    func number(_ option: String, _ argument: Int?, _ range: ClosedRange<Int>) throws(Fault) -> Int? {
        guard let text = try text(option, argument.map(String.init)) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw Fault(.usage, "\(option): '\(text)' is no number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func decimal(_ option: String, _ argument: Double?, _ range: ClosedRange<Double>) throws(Fault) -> Double? {
        guard let text = try text(option, argument.map { "\($0)" }) else { return nil }
        guard let number = Double(text), range.contains(number) else {
            throw Fault(.usage, "\(option): '\(text)' is no number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func flag(_ option: String) throws(Fault) -> Bool {
        switch try text(option, nil) {
        case nil, "false", "0": return false
        case "true", "1": return true
        case let text?: throw Fault(.usage, "\(option): '\(text)' is neither true nor false")
        }
    }

    func list(_ option: String) throws(Fault) -> [String] {
        guard case .array(let values) = file[option] else { return try text(option, nil).map { [$0] } ?? [] }
        var texts: [String] = []
        for value in values {
            guard case .string(let text) = value else { throw Fault(.badInput, "\(name): \(option): expected texts") }
            texts.append(text)
        }
        return texts
    }
}
