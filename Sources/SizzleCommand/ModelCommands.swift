import ArgumentParser
import Sizzle

struct TuneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tune", abstract: "Fit the ranking on what viewers did, and make it live if it is no worse.",
        discussion: """
            Run it every night. Weights are fitted on some days of the log, the item-item model on all likes, and both are held against the \
            live model on the days after them, by off-policy estimates: only what is not below it goes live. Either way the model is \
            kept, and 'model promote' and 'model rollback' change what is live.

            The log can judge other policies only where something was left to chance: 'serve' does that, 'plan' with --temperature.

              sizzle tune --library lib
              sizzle tune --library lib --days 28 --holdout 7 --no-promote --json
            """)
    @Option(name: .long, help: "The first moment that is not looked at (RFC 3339); now without it.") var until: String?
    @Option(name: .long, help: "How many days weights are fitted on.") var days = 14
    @Option(name: .long, help: "How many days after those the model is judged by.") var holdout = 3
    @Option(name: .long, help: "How strongly weights are drawn to those in use: as if so many slots spoke for them.")
    var lambda = 10.0
    @Option(name: .long, help: "How strongly item-item weights are drawn to 0, in likes.") var itemLambda = 300.0
    @Flag(name: .long, help: "Keep the model, and leave what is live as it is.") var noPromote = false
    @OptionGroup var library: LibraryOptions
    @Flag(name: .long, help: "Print one JSON document on stdout.") var json = false

    func validate() throws {
        if !(1...366).contains(days) { throw ValidationError("--days \(days): is not from 1 to 366") }
        if !(1...366).contains(holdout) { throw ValidationError("--holdout \(holdout): is not from 1 to 366") }
        for (name, value) in [("--lambda", lambda), ("--item-lambda", itemLambda)] where !(1e-6...1e9).contains(value) {
            throw ValidationError("\(name) \(value): is not from 0.000001 to 1000000000")
        }
    }

    private struct Document: Encodable {
        var model: String
        var isPromoted: Bool
        var weights: [String: Double]
        var origin: RankingModel.Origin
        var gate: EstimateRows
    }

    func run() throws {
        let library = try library.open()
        let store = ModelStore(library: library.root)
        var settings = TuningSettings(until: try Clock.read(until, "--until"))
        (settings.days, settings.holdout) = (days, holdout)
        (settings.lambda, settings.itemLambda) = (lambda, itemLambda)
        let tuner = Tuner(try Catalogue.open(library.cataloguePath, creating: false), settings) { id throws(Fault) in
            try library.planningClips(ofEdition: id)
        }
        let outcome = try tuner.tune(from: store.liveModel(), standard: RankingPolicy(exploration: .standard))
        let name = try store.save(outcome.model)
        let isPromoted = outcome.gate.isPassed && !noPromote
        if isPromoted { try store.promote(name, at: Clock.now.description, note: outcome.gate.reason) }
        let weights = outcome.model.policy.weights
        if json {
            return try Terminal.say(
                json: Document(
                    model: name, isPromoted: isPromoted,
                    weights: Dictionary(
                        uniqueKeysWithValues: ScoreFeature.allCases.map { ($0.rawValue, weights[$0]) }),
                    origin: outcome.model.origin, gate: EstimateRows(outcome.gate)))
        }
        let origin = outcome.model.origin
        Terminal.say("\(name): fitted on \(origin.rows ?? 0) slots, \(origin.positives ?? 0) followed by a play")
        let rows = ScoreFeature.allCases.map { feature in
            let error = origin.standardErrors?[feature.rawValue].map { "±\(Terminal.decimals($0))" } ?? "held at 0"
            return [feature.rawValue, Terminal.decimals(weights[feature]), error]
        }
        for line in Terminal.table(rows) { Terminal.say("  " + line) }
        Terminal.say(outcome.gate.reason)
        Terminal.say(isPromoted ? "\(name) is live" : "\(name) is kept; what was live stays so")
    }
}

struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "The models that 'tune' made, and which of them is live.",
        subcommands: [List.self, Show.self, Promote.self, Rollback.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the models.")
        @OptionGroup var library: LibraryOptions
        @Flag(name: .long, help: "Print one JSON document on stdout.") var json = false

        private struct Row: Encodable {
            var model: String
            var isLive: Bool
            var rows: Int?
            var gate: String?
        }

        func run() throws {
            let store = ModelStore(library: try library.open().root)
            let live = try store.live()
            let rows = try store.names().map { name in
                let origin = try store.model(name).origin
                return Row(model: name, isLive: name == live, rows: origin.rows, gate: origin.gate)
            }
            if json { return try Terminal.say(json: rows) }
            if live == nil { Terminal.say("the standard weights are live") }
            for line in Terminal.table(rows.map { [$0.model, $0.isLive ? "live" : "", $0.gate ?? ""] }) {
                Terminal.say(line)
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show what a model weighs, and where it comes from.")
        @Argument(help: "The model's name; the live one without it.") var name: String?
        @OptionGroup var library: LibraryOptions
        @Flag(name: .long, help: "Print one JSON document on stdout.") var json = false

        private struct Document: Encodable {
            var model: String
            var weights: [String: Double]
            var diversity: Double
            var temperature: Double
            var tailTemperature: Double
            var titles: Int
            var origin: RankingModel.Origin
        }

        func run() throws {
            let store = ModelStore(library: try library.open().root)
            guard let name = try name ?? store.live() else {
                throw Fault(.notFound, "no model is live: the standard weights hold; name one of 'sizzle model list'")
            }
            let model = try store.model(name)
            let policy = model.policy
            let document = Document(
                model: name,
                weights: Dictionary(
                    uniqueKeysWithValues: ScoreFeature.allCases.map { ($0.rawValue, policy.weights[$0]) }),
                diversity: policy.diversity, temperature: policy.exploration.temperature,
                tailTemperature: policy.exploration.tailTemperature, titles: model.items?.titles.count ?? 0,
                origin: model.origin)
            if json { return try Terminal.say(json: document) }
            Terminal.say(
                "\(name): made for \(model.origin.created) from \(model.origin.previous ?? "the standard weights")")
            let rows = ScoreFeature.allCases.map { [$0.rawValue, Terminal.decimals(policy.weights[$0])] }
            for line in Terminal.table(rows) { Terminal.say("  " + line) }
            Terminal.say(
                "temperature \(document.temperature), in the two slots of least value \(document.tailTemperature); "
                    + "diversity \(document.diversity); item-item weights of \(document.titles) titles")
            if let gate = model.origin.gate { Terminal.say(gate) }
        }
    }

    struct Promote: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a model live, whatever was said at the gate.",
            discussion: "Services take it up within seconds, without a restart.")
        @Argument(help: "The model's name, or 'none' for the standard weights.") var name: String
        @Option(name: .long, help: "Why, for the log.") var why: String?
        @OptionGroup var library: LibraryOptions

        func run() throws {
            let store = ModelStore(library: try library.open().root)
            try store.promote(name == "none" ? nil : name, at: Clock.now.description, note: why)
            Terminal.say(name == "none" ? "the standard weights are live" : "\(name) is live")
        }
    }

    struct Rollback: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make live what was live before.")
        @OptionGroup var library: LibraryOptions

        func run() throws {
            let now = try ModelStore(library: try library.open().root).rollBack(at: Clock.now.description)
            Terminal.say(now.map { "\($0) is live" } ?? "the standard weights are live")
        }
    }
}
