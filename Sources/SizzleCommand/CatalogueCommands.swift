import ArgumentParser
import Sizzle

struct TitlesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "titles", abstract: "The titles that reels advertise.", subcommands: [Import.self])

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add or update titles from a file.",
            discussion: """
                The file is a JSON array, an object with "titles", or one JSON object a line: \
                {"id": "A", "name": "…", "released": "2026-05-01", "genres": ["drama"], "available": ["2026-01-01", null], \
                "regions": ["DE"], "maturity": 12, "blocked": false, "popularity": 12.5}. Only "id" is required. One bad title \
                refuses the file.
                """)
        @Argument(help: "The file.") var file: String
        @OptionGroup var library: LibraryOptions
        @Flag(name: .long, help: "Print one JSON document on stdout.") var json = false

        func run() throws {
            let summary = try library.catalogue(creating: true).importTitles(file)
            if json { return try Terminal.say(json: summary) }
            Terminal.say("\(summary.added) titles added, \(summary.updated) updated, \(summary.unchanged) unchanged")
        }
    }
}

struct EventsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "What viewers did.", subcommands: [Import.self, Prune.self])

    struct Prune: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove events that are older than they may be kept.",
            discussion: """
                The snapshot of viewers is made anew. What was learnt of them stays in models until the next 'tune'. Files of the event log are \
                whoever's who collects them.

                  sizzle events prune --retain-days 90 --library lib
                """)
        @Option(name: .long, help: "How many days events are kept.") var retainDays: Int
        @OptionGroup var library: LibraryOptions
        @Flag(name: .long, help: "Print one JSON document on stdout.") var json = false

        func validate() throws {
            if !(1...36_500).contains(retainDays) {
                throw ValidationError("--retain-days \(retainDays): is not from 1 to 36500")
            }
        }

        func run() throws {
            let first = Timestamp(milliseconds: Clock.now.milliseconds - Int64(retainDays) * Timestamp.day)
            let counts = try library.open().forget(before: first)
            if json { return try Terminal.say(json: counts) }
            Terminal.say("\(counts.events) events and \(counts.reels) reels from before \(first) are removed")
        }
    }

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add events from a file, one JSON object a line.",
            discussion: """
                Each event counts once, by its event_id: a file can be imported again, in any order, and nothing changes. One \
                bad line refuses the file and is named, and so does one of more than 1 MiB. What comes more than 48 hours after its time counts for titles and viewers, and \
                not in reports of its day.
                """)
        @Argument(help: "The file.") var file: String
        @Flag(name: .long, help: "The file is a log of the past: each event came at its own time, and none is late.")
        var backfill = false
        @OptionGroup var library: LibraryOptions
        @Flag(name: .long, help: "Print one JSON document on stdout.") var json = false

        func run() throws {
            let summary = try library.catalogue(creating: true).importEvents(
                file, receivedAt: backfill ? nil : Clock.now)
            if json { return try Terminal.say(json: summary) }
            let skipped = summary.skipped.sorted { $0.key < $1.key }.map { "\($0.value) of unknown type '\($0.key)'" }
            Terminal.say(
                "\(summary.added) events added, \(summary.duplicates) known already, \(summary.conflicts) in conflict with a known "
                    + "one"
                    + (summary.clamped > 0 ? ", \(summary.clamped) clamped to now" : "")
                    + (summary.late > 0 ? ", \(summary.late) late" : "")
                    + (summary.forgotten > 0 ? ", \(summary.forgotten) of forgotten viewers left out" : "")
                    + (skipped.isEmpty ? "" : ", skipped: " + skipped.joined(separator: ", ")))
        }
    }
}

struct RankCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rank", abstract: "Rank the titles for a viewer.",
        discussion: """
            The score is w1·preference + w2·popularity + w3·recency; --explain shows each term, and they add up to it. A viewer \
            nobody knows gets what is popular.
            """)
    @Option(name: .long, help: "The viewer.") var viewer: String
    @Option(name: .long, help: "How many titles; all without it.") var top: Int?
    @Option(name: .long, help: "The time to rank for (RFC 3339); now without it.") var at: String?
    @OptionGroup var circumstances: CircumstancesOptions
    @Flag(name: .long, help: "Say why each title stands where it does, in words and numbers, and which are refused.")
    var explain = false
    @OptionGroup var policy: PolicyOptions
    @OptionGroup var library: LibraryOptions
    @Flag(name: .long, help: "Print one JSON document on stdout.") var json = false

    private struct Document: Encodable {
        var viewer: String
        var titles: [Title]
    }

    private struct Title: Encodable {
        var title: String
        var score: Double
        var terms: [String: Double]
        var reason: String
    }

    func validate() throws {
        if let top, top < 1 { throw ValidationError("--top \(top): is not at least 1") }
    }

    func run() throws {
        let opened = try library.open()
        let ranking = try policy.ranking(opened)
        let snapshot = try Catalogue.open(opened.cataloguePath, creating: false)
            .snapshot(viewer: viewer, at: Clock.read(at))
        // A ranking shows tastes: where no region is named, rights are not looked at.
        let eligible = EligibleTitles(
            TitleTable(at: snapshot.at, titles: snapshot.titles, items: ranking.items),
            try circumstances.checked(needsRegion: false))
        let titles = eligible.ranking(for: snapshot.viewer, weights: ranking.policy.weights, top: top)
        if json {
            let rows = titles.map { title in
                Title(
                    title: title.title, score: title.score,
                    terms: Dictionary(uniqueKeysWithValues: title.terms.map { ($0.feature, $0.product) }),
                    reason: title.terms.words)
            }
            return try Terminal.say(json: Document(viewer: viewer, titles: rows))
        }
        let rows = titles.enumerated().map { number, title in
            ["\(number + 1)", title.title, Terminal.decimals(title.score)]
                + (explain ? [PlanCommand.reasons(title.terms)] : [])
        }
        for line in Terminal.table(rows) { Terminal.say(line) }
        if explain {
            for refusal in eligible.refused { Terminal.say("refused: \(refusal.title): \(refusal.reason)") }
        }
    }
}
