import ArgumentParser
import Foundation
import Sizzle

/// Which library a command works on.
struct LibraryOptions: ParsableArguments {
    @Option(name: .long, help: "The library's folder. Without it, the environment's SIZZLE_LIBRARY is taken.")
    var library: String?

    /// The folder's path.
    /// - Throws: `Fault` (`usage`) when none is given.
    func path() throws(Fault) -> String { try Self.place(library) }

    /// What an option says, or the environment.
    static func place(_ option: String?) throws(Fault) -> String {
        if let path = option ?? ProcessInfo.processInfo.environment["SIZZLE_LIBRARY"], !path.isEmpty { return path }
        throw Fault(.usage, "no library is given; use --library DIR or set SIZZLE_LIBRARY")
    }

    /// The existing library.
    func open() throws(Fault) -> Library { try Library.open(path()) }

    /// The catalogue of the library.
    /// - Parameter creating: whether library and catalogue are made when missing.
    func catalogue(creating: Bool = false) throws(Fault) -> Catalogue {
        let library = creating ? try Library.create(path()) : try open()
        return try Catalogue.open(library.cataloguePath, creating: creating)
    }
}

/// Which library a command reads, be it a folder or behind HTTP.
struct ReadableLibraryOptions: ParsableArguments {
    @Option(
        name: .long,
        help: """
            The library's folder, or its address: https://HOST/FOLDER. Without it, the environment's SIZZLE_LIBRARY is taken.
            """)
    var library: String?
    @Option(
        name: .long,
        help:
            "Where files are kept that were read over HTTP. Default: SIZZLE_CACHE, or 'sizzle' in the user's cache folder."
    )
    var cache: String?
    @Option(name: .long, help: "How much of them is kept, in bytes: 500M, 10G.") var cacheSize = ByteCount(10 << 30)

    /// The library, ready to be read.
    func open() throws(Fault) -> Library {
        let place = try LibraryOptions.place(library)
        return try Library.open(reading: place, cache: LibraryCache(folder: folder(), bytes: cacheSize.bytes))
    }

    private func folder() -> String {
        let environment = ProcessInfo.processInfo.environment
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let folder = cache ?? value("SIZZLE_CACHE") { return folder }
        return (value("XDG_CACHE_HOME") ?? (value("HOME") ?? "/tmp") + "/.cache") + "/sizzle"
    }
}

/// A number of bytes as people write it.
struct ByteCount: ExpressibleByArgument {
    let bytes: Int64

    init(_ bytes: Int64) { self.bytes = bytes }

    /// Reads `1048576`, `500M`, `10G`: K, M, G and T are powers of 1,024.
    init?(argument: String) {
        let shifts: [Character: Int64] = ["K": 10, "M": 20, "G": 30, "T": 40]
        let shift = argument.last.flatMap { shifts[$0] }
        guard let number = Int64(shift == nil ? argument[...] : argument.dropLast()), number > 0 else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: 1 << (shift ?? 0))
        if overflow { return nil }
        self.bytes = bytes
    }

    var defaultValueDescription: String { "\(bytes >> 30)G" }
}

/// Which edition of the library is meant.
struct EditionOptions: ParsableArguments {
    @Option(
        name: .long, help: "The edition's id, or 'current' for the live one. Default: what the plan says, or current.")
    var edition: String?
}

/// How results and progress are shown.
struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Print one JSON document on stdout.")
    var json = false

    @Flag(name: .long, help: "Show no progress.")
    var quiet = false

    @Option(
        name: .long,
        help:
            "How progress is shown on stderr: 'auto' (a bar on a terminal, else lines) or 'json'; 'openjd' on stdout, as its sessions read it."
    )
    var progress: ProgressStyle = .auto

    /// A handler that shows progress as the options say.
    func progressHandler() -> ProgressHandler {
        if quiet { return { _ in } }
        let form: ProgressPrinter.Form =
            switch progress {
            case .json: .json
            case .openjd: .openjd
            case .auto: Terminal.isInteractive ? .bar : .lines
            }
        let printer = ProgressPrinter(form)
        return { printer.show($0) }
    }
}

/// What of a viewer decides which titles may be shown at all.
struct CircumstancesOptions: ParsableArguments {
    @Option(name: .long, help: "Only titles that may be shown in this region, such as DE.") var region: String?
    @Option(name: .long, help: "The viewer's offset from UTC, such as +01:00: dates begin at the viewer's midnight.")
    var tz: String?
    @Option(name: .long, help: "Only titles that may be shown at this age, in years.") var maturity: Int?
    @Option(name: .long, help: "Only titles in this language; may be given again.") var language: [String] = []

    func checked(needsRegion: Bool = true) throws(Fault) -> Circumstances {
        var offset = UTCOffset.utc
        if let tz {
            guard let known = UTCOffset(tz) else {
                throw Fault(.usage, "--tz \(tz): is not an offset from UTC; write it as +01:00")
            }
            offset = known
        }
        if let maturity, maturity < 0 {
            throw Fault(.usage, "--maturity \(maturity): is negative; it is an age in years")
        }
        return Circumstances(
            region: region, offset: offset, maturity: maturity, languages: language.isEmpty ? nil : Set(language),
            needsRegion: needsRegion)
    }
}

/// The values of `--log-level`.
enum LogLevel: String, ExpressibleByArgument, CaseIterable {
    case info
    case trace
}

/// The values of `--progress`.
enum ProgressStyle: String, ExpressibleByArgument, CaseIterable {
    case auto
    case json
    case openjd
}

/// The time of a command, in RFC 3339.
enum Clock {
    static var now: Timestamp { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }

    /// Reads `--at`, or another option.
    /// - Throws: `Fault` (`usage`) when it is no time.
    static func read(_ text: String?, _ option: String = "--at") throws(Fault) -> Timestamp {
        guard let text else { return now }
        guard let time = Timestamp(rfc3339: text) else {
            throw Fault(.usage, "\(option) \(printable(text)): is not a time; write it as 2026-11-24T20:15:00Z")
        }
        return time
    }
}
