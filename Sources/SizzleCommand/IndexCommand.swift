public import ArgumentParser
import Foundation
public import Sizzle

struct IndexCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "index", abstract: "Clip indexes: from editors' tools, back to them, and what is wrong with them.",
        subcommands: [Import.self, Export.self, Check.self, Diff.self])

    /// Rates as tools write them.
    static func frameRate(_ text: String?) throws(Fault) -> FrameRateMode? {
        guard let text else { return nil }
        if text == "variable" { return .variable }
        guard let rate = FrameRate(rounded: text) else {
            throw Fault(.usage, "--frame-rate \(text): is no rate; write 24, 24000/1001, 23.976 or variable")
        }
        return .constant(rate)
    }

    static func timecode(_ text: String?) throws(Fault) -> Timecode? {
        guard let text else { return nil }
        guard let timecode = Timecode(text) else {
            throw Fault(
                .usage, "--start-timecode \(text): is no timecode; write 01:00:00:00, or 01:00:00;00 for drop-frame")
        }
        return timecode
    }

    /// Refuses an output that is an input.
    static func check(output: String?, inputs: [String]) throws(Fault) {
        guard let output, inputs.contains(where: { Path.isSameFile(output, $0) }) else { return }
        throw Fault(.usage, "\(output): is an input of this command; choose another output")
    }
}

extension IndexCommand {
    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a clip index of an editor's markers or edit list.",
            discussion: """
                The format is found by the file's content: \(EditorialFormat.allCases.map(\.rawValue).joined(separator: ", ")). A marker \
                is a clip: its name is TITLE | TYPE (or TITLE // TYPE), its range the clip's frames; TITLE alone has its length in frames \
                as type. A CSV file begins with the line title,type,start,end; 1000 is a frame, 00:00:41:16 timecode, 41.667s seconds.
                Every fault of the file is reported with its line; nothing is written when there is one.

                  sizzle index import markers.edl --frame-rate 24000/1001 --start-timecode 01:00:00:00 -o clips.json
                """)
        @Argument(help: "The editor's file.") var file: String
        @Option(name: [.short, .long], help: "The clip index to write; without it, it goes to stdout.") var output:
            String?
        @Option(name: .long, help: "The format, where its content does not tell it.") var format: EditorialFormat?
        @Option(
            name: .long,
            help:
                "The rate of the Mega Asset, such as 24000/1001 or 23.976, or 'variable'. Needed where the file does not say it."
        )
        var frameRate: String?
        @Option(name: .long, help: "The timecode of the first frame. Default: 00:00:00:00.") var startTimecode: String?
        @Flag(name: .long, help: "Pass over markers without a length, instead of refusing them.") var skipPoints = false
        @Flag(name: .long, help: "Print one JSON document on stdout, with all faults.") var json = false

        func run() throws {
            try IndexCommand.check(output: output, inputs: [file])
            var options = ImportOptions()
            options.format = format
            options.frameRate = try IndexCommand.frameRate(frameRate)
            options.startTimecode = try IndexCommand.timecode(startTimecode)
            options.skipsPoints = skipPoints
            let read = try EditorialImport(file: file, options)
            if let index = read.index, let output { try OutputFile.write(index.fileBytes(), to: output) }
            if json {
                try Terminal.say(json: Result(read))
            } else {
                for warning in read.warnings { Terminal.note("warning: \(warning.text(file: file))") }
                for fault in read.faults { Terminal.note(fault.text(file: file)) }
                if let index = read.index { try say(index, read.format) }
            }
            guard read.faults.isEmpty else {
                let count = read.faults.count == 1 ? "1 fault" : "\(read.faults.count) faults"
                throw Fault(
                    .badInput,
                    "\(file): \(count) as \(read.format.name), so no index is written; mend the lines named above")
            }
        }

        private func say(_ index: ClipIndex, _ format: EditorialFormat) throws {
            guard let output else { return FileHandle.standardOutput.write(Data(try index.fileBytes())) }
            let titles = Set(index.clips.map(\.title)).count
            Terminal.say(
                "\(output): \(index.clips.count) clips of \(titles) titles at \(index.frameRate), from \(format.name)")
        }

        /// The form of `--json`.
        struct Result: Encodable {
            var format: String
            var faults: [LineFault]
            var warnings: [LineFault]
            var index: ClipIndex?

            init(_ read: EditorialImport) {
                (format, faults, warnings, index) = (read.format.rawValue, read.faults, read.warnings, read.index)
            }
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a clip index for editors' tools.",
            discussion: """
                otio is OpenTimelineIO with a marker for each clip, edl a DaVinci Resolve marker EDL, csv the table that 'index import' \
                reads. Importing what was exported gives the same clips; a name or a range that the format cannot hold is refused.

                  sizzle index export clips.json --format edl --start-timecode 01:00:00:00 -o markers.edl
                """)
        @Argument(help: "The clip index (clips.json).") var file: String
        @Option(name: [.short, .long], help: "The file to write; without it, it goes to stdout.") var output: String?
        @Option(name: .long, help: "otio, edl or csv.") var format: ExportFormat
        @Option(
            name: .long,
            help:
                "The timecode of the first frame; with ';' the EDL is drop-frame. Default: the index's own, else 01:00:00:00 in an EDL."
        )
        var startTimecode: String?

        func run() throws {
            try IndexCommand.check(output: output, inputs: [file])
            let index = try ClipIndex.load(file)
            let start = try IndexCommand.timecode(startTimecode)
            if start != nil, format == .csv {
                throw Fault(.usage, "--start-timecode: CSV is written in frames and has no timecode; leave it out")
            }
            let name = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
            let bytes: [UInt8]
            do throws(Fault) {
                bytes = try index.exported(as: format, startTimecode: start, name: name)
            } catch {
                throw Fault(error.status, "\(file): \(error.message)")
            }
            guard let output else { return FileHandle.standardOutput.write(Data(bytes)) }
            try OutputFile.write(bytes, to: output)
            Terminal.say("\(output): \(index.clips.count) clips")
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Find what people get wrong in a clip index.",
            discussion: """
                Gaps and overlaps, titles without a type that the others have, lengths that contradict the type, names and ranges that \
                are nearly the same, clips out of order. Exit status 1 when something is found at or above --fail-on. The pictures \
                themselves are judged by 'sizzle validate'.
                """)
        @Argument(help: "The clip index (clips.json).") var file: String
        @Option(
            name: .long,
            help: "The types that every title needs, with commas between. Default: those that most titles have.")
        var types: String?
        @Option(name: .long, help: "note, warning or error: from which severity on the exit status is 1.") var failOn:
            Severity = .warning
        @Flag(name: .long, help: "Print one JSON document on stdout.") var json = false

        func run() throws {
            let index = try ClipIndex.load(file)
            let needed = types.map { $0.split(separator: ",").map(String.init) }
            let faults = IndexCheck(neededTypes: needed).faults(of: index)
            if json {
                try Terminal.say(json: ["faults": faults])
            } else {
                for fault in faults { Terminal.say("\(file): \(fault.severity.rawValue): \(fault.message)") }
                if faults.isEmpty { Terminal.say("\(file): \(index.clips.count) clips, nothing to say") }
            }
            if faults.contains(where: { $0.severity >= failOn }) { throw ExitCode(ExitStatus.faultsFound.rawValue) }
        }
    }

    struct Diff: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what changed between two clip indexes, in frames.",
            discussion: "Exit status 1 when they differ. The order of the clips does not matter.")
        @Argument(help: "The older clip index.") var old: String
        @Argument(help: "The newer clip index.") var new: String
        @Flag(name: .long, help: "Print one JSON document on stdout.") var json = false

        func run() throws {
            let diff = IndexDiff(from: try ClipIndex.load(old), to: try ClipIndex.load(new))
            if json {
                try Terminal.say(json: diff)
            } else {
                if let rates = diff.frameRates { Terminal.say("the frame rate was \(rates[0]) and is \(rates[1])") }
                for line in diff.summary + diff.changes.map(\.message) { Terminal.say(line) }
                if diff.isEmpty { Terminal.say("no difference") }
            }
            if !diff.isEmpty { throw ExitCode(ExitStatus.faultsFound.rawValue) }
        }
    }
}

extension EditorialFormat: ExpressibleByArgument {}
extension ExportFormat: ExpressibleByArgument {}
extension Severity: ExpressibleByArgument {}
