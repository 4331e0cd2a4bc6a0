import ArgumentParser
import Sizzle

/// The command line: parses arguments, shows progress, prints results, and ends with the exit status of the contract.
@main
struct SizzleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sizzle",
        abstract: "Personalised sizzle reels, stitched frame-exactly out of one Mega Asset.",
        discussion: """
            A Mega Asset is one long video that holds clips of many titles; a clip index says which frames each clip is. \
            'ingest' makes an edition of it, in which every clip is ready to be stitched; 'plan' chooses clips for a viewer; \
            'render' stitches the reel without decoding anything; 'verify' proves every frame.

              sizzle ingest mega.mp4 --index clips.json --bed main=music.wav --library lib
              sizzle titles import titles.json --library lib
              sizzle events import events.ndjson --library lib
              sizzle plan --viewer v1 --library lib -o reel.json
              sizzle render reel.json --library lib -o reel.mp4
              sizzle verify reel.mp4 --plan reel.json --library lib

            Results go to stdout, everything else to stderr. Exit status: 0 done, 1 faults found, 64 usage, 65 bad input, \
            66 input not found, 69 unavailable, 70 a defect of sizzle, 73 cannot create output, 74 I/O error, 75 try again, \
            130 and 143 stopped by a signal.
            """,
        version: Sizzle.version,
        subcommands: [
            IndexCommand.self, AssembleCommand.self, ValidateCommand.self, ProbeCommand.self, IngestCommand.self,
            EditionsCommand.self,
            LookupCommand.self,
            TitlesCommand.self, EventsCommand.self,
            RankCommand.self, PlanCommand.self, RenderCommand.self, VerifyCommand.self, TraceCommand.self,
            PreviewCommand.self,
            SheetCommand.self, StripCommand.self, ServeCommand.self, KeysCommand.self,
            TuneCommand.self, ModelCommand.self, EvaluateCommand.self, ExperimentCommand.self, ReportCommand.self,
            ViewersCommand.self, CadenceCommand.self,
            JobsCommand.self, FarmCommand.self,
        ])

    static func main() async {
        Interruption.listen()
        FreedPictures.goBackToTheSystem()
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                ReelService.takeOverThreads()
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            end(error)
        }
    }

    /// The command that was meant, as far as it is known: `sizzle render`.
    private static var helpCommand: String {
        var commands = configuration.subcommands
        var names = ["sizzle"]
        for argument in CommandLine.arguments.dropFirst() {
            guard let command = commands.first(where: { $0._commandName == argument }) else { break }
            names.append(argument)
            commands = command.configuration.subcommands
        }
        return names.joined(separator: " ")
    }

    /// Prints one line for an error and ends with its exit status.
    private static func end(_ error: any Error) -> Never {
        switch error {
        case let fault as any ReportableError:
            Terminal.complain(fault.description)
            exit(withError: ExitCode(fault.status.rawValue))
        case let stopped as Interruption.Stopped:
            Terminal.complain(stopped.description)
            exit(withError: ExitCode(128 + stopped.signal))
        case is ExitCode, is CleanExit:
            exit(withError: error)
        default:
            let code = exitCode(for: error)
            guard code == .validationFailure else {
                if code == .success { exit(withError: error) }
                Terminal.complain("\(error); this is a defect of sizzle")
                exit(withError: ExitCode(ExitStatus.internalError.rawValue))
            }
            Terminal.complain("\(message(for: error)); see '\(helpCommand) --help'")
            exit(withError: ExitCode(ExitStatus.usage.rawValue))
        }
    }
}
