import ArgumentParser
import Foundation
import Sizzle

struct ExperimentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "experiment", abstract: "A/B tests of weights, cadences and arrangements.",
        discussion: """
            Viewers are dealt to arms by a hash; services take a new experiment up within seconds, and log each reel's arms. Results are \
            valid however often one looks.
            """,
        subcommands: [Start.self, Stop.self, List.self, Report.self])

    struct Start: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Start an experiment that a file describes (JSON or YAML).",
            discussion: """
                {"name": "2026-11", "layer": "cadence", "hypothesis": "A shorter reel is completed more often",
                 "arms": [{"name": "now", "share": 0.5},
                          {"name": "shorter", "share": 0.5, "changes": {"cadence": "short"}}],
                 "control": "now", "metrics": {"primary": "completion", "secondary": ["skip_rate"]},
                 "smallestEffect": 0.01}

                An arm changes "weights", "cadence", "arrangement" or "exploration". Without "start" it starts now; "stop" may be left out. \
                Metrics are completion, full_watch, skip_rate, ctr, reel_ctr, play_through, rebuffer_ratio and plays_per_reel.

                  sizzle experiment start shorter.json --library lib
                """)
        @Argument(help: "The file.") var file: String
        @OptionGroup var library: LibraryOptions

        func run() throws {
            let now = Clock.now.milliseconds
            guard case .object(var members) = try CadenceFile.document(file) else {
                throw Fault(.badInput, "\(file): expected an object that describes an experiment")
            }
            if members["start"] == nil { members["start"] = .number("\(now)") }
            let experiment = try StrictJSON.decode(Experiment.self, from: .object(members), named: file)
            let catalogue = try library.catalogue(creating: true)
            do throws(Fault) {
                try catalogue.start(experiment, now: now)
            } catch { throw error.status == .badInput ? Fault(.badInput, "\(file): \(error.message)") : error }
            Terminal.say(
                "experiment \(experiment.id) is started: \(experiment.arms.map(\.name).joined(separator: ", "))")
        }
    }

    struct Stop: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Stop an experiment; its report stays.")
        @Argument(help: "The experiment: LAYER/NAME.") var experiment: String
        @OptionGroup var library: LibraryOptions

        func run() throws {
            let stopped = try library.catalogue().stop(experiment, now: Clock.now.milliseconds)
            Terminal.say("experiment \(stopped.id) is stopped; see 'sizzle experiment report \(stopped.id)'")
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the experiments.")
        @OptionGroup var library: LibraryOptions
        @Flag(name: .long, help: "Print one JSON document on stdout.") var json = false

        func run() throws {
            let all = try library.catalogue().experiments().map(\.experiment)
            if json { return try Terminal.say(json: all) }
            let now = Clock.now.milliseconds
            let rows = all.map { one in
                [
                    one.id, one.isRunning(at: now) ? "runs" : now < one.start ? "planned" : "ended",
                    one.arms.map(\.name).joined(separator: ", "), one.hypothesis,
                ]
            }
            for line in Terminal.table(rows) { Terminal.say(line) }
        }
    }

    struct Report: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say in plain words what may be concluded so far.",
            discussion: """
                Where the arms have not the viewers that they should, the result is withheld.

                  sizzle experiment report cadence/2026-11 --library lib
                  sizzle experiment report cadence/2026-11 --library lib --html report.html
                """)
        @Argument(help: "The experiment: LAYER/NAME.") var experiment: String
        @Option(name: .long, help: "The time of the look (RFC 3339); now without it.") var at: String?
        @Option(name: .long, help: "Write the report as a page with plots to this file.") var html: String?
        @OptionGroup var library: LibraryOptions
        @Flag(name: .long, help: "Print one JSON document on stdout.") var json = false

        func run() throws {
            let at = try Clock.read(at).milliseconds
            let catalogue = try library.catalogue()
            let experiment = try catalogue.experiment(experiment)
            let report = try ExperimentReport(
                experiment, arms: catalogue.armSums(of: experiment.id), at: at)
            if let html {
                try library.open().requireOutside(html)
                try OutputFile.write(Array(report.page.utf8), to: html)
            }
            Terminal.say(json ? try report.json() : report.text)
        }
    }
}
