import Foundation
import Sizzle

/// Times the parts of a render in a process that runs already, side by side, and prints their ratios.
///
///     SizzleBenchmarks LIBRARY PLAN OUTPUT
///     SizzleBenchmarks clips FOLDER
///     SizzleBenchmarks learning FOLDER
///     SizzleBenchmarks ranking FOLDER
///     SizzleBenchmarks audience FOLDER [DAYS [SEEDS [LOOPS [REPEATS]]]]
@main
struct SizzleBenchmarks {
    static func main() throws {
        let arguments = CommandLine.arguments
        if arguments.count == 3, arguments[1] == "clips" { return try ClipTables.run(in: arguments[2]) }
        if arguments.count == 3, arguments[1] == "learning" { return try LearningSpeed.run(in: arguments[2]) }
        if arguments.count == 3, arguments[1] == "ranking" { exit(Ranking.run(in: arguments[2])) }
        if (3...7).contains(arguments.count), arguments[1] == "audience" {
            return try AudienceTrial.run(in: arguments[2], audienceSize(arguments.dropFirst(3)))
        }
        guard arguments.count == 4 else {
            FileHandle.standardError.write(
                Data(
                    "usage: SizzleBenchmarks LIBRARY PLAN OUTPUT, or SizzleBenchmarks clips|learning|ranking|audience FOLDER\n"
                        .utf8))
            exit(64)
        }
        let output = arguments[3]
        let library = try Library.open(arguments[1])
        let plan = try ReelPlan.load(arguments[2])
        let reel = try ResolvedReel(plan, library: library)
        let bytes = try reel.render(to: output).bytes
        let reference = output + ".reference"
        try FileManager.default.copyItem(atPath: output, toPath: reference)
        defer {
            for path in [output, reference] { try? FileManager.default.removeItem(atPath: path) }
        }

        let clips = try reel.edition.clips.all()
        var dictionary: [[String]: Int] = [:]
        for clip in clips { dictionary[[clip.title, clip.type]] = clip.ordinal }
        print("\(plan.slots.count) clips, \(bytes) bytes; medians of rounds in turns")

        try compare(
            [
                (
                    "look up a clip in a dictionary", 1_000,
                    { for clip in clips { _ = dictionary[[clip.title, clip.type]] } }
                ),
                (
                    "look up a clip in clips.idx", 1_000,
                    {
                        for clip in clips { _ = reel.edition.clips.find(title: clip.title, type: clip.type) }
                    }
                ),
            ], units: clips.count)
        try compare(
            [
                ("read the plan's file", 100, { _ = try ReelPlan.load(arguments[2]) }),
                ("open the edition", 100, { _ = try library.edition() }),
                ("lay out the reel", 100, { _ = try ReelLayout(plan, reel.edition) }),
            ], units: 1)
        try compare(
            [
                ("copy the reel's bytes, 1 MiB at a time", 1, { try copy(reference, to: output) }),
                ("copy and patch its fragments", 1, { _ = try reel.render(to: output) }),
            ], units: 1)
    }

    private static func audienceSize(_ numbers: ArraySlice<String>) -> AudienceTrial.Size {
        var size = AudienceTrial.Size()
        let places: [WritableKeyPath<AudienceTrial.Size, Int>] = [\.days, \.seeds, \.loops, \.repeats]
        for (place, text) in zip(places, numbers) { if let number = Int(text) { size[keyPath: place] = number } }
        return size
    }

    /// Reads and writes a file as `cp --reflink=never` does.
    private static func copy(_ source: String, to target: String) throws {
        let input = try InputFile.open(source)
        var output = try OutputFile.create(target)
        var offset: Int64 = 0
        while offset < input.size {
            let count = Int(min(1 << 20, input.size - offset))
            try output.append(input.read(at: offset, count: count))
            offset += Int64(count)
        }
        try output.commit()
    }

    /// One thing to time: its name, how often it is done in one round, and what it is.
    private typealias Way = (name: String, times: Int, body: () throws -> Void)

    /// Runs each way once to warm up and 15 times in turns; prints nanoseconds per unit and the ratio to the first.
    private static func compare(_ ways: [Way], units: Int) throws {
        var found = ways.map { _ in [Double]() }
        for round in 0..<16 {
            for (index, way) in ways.enumerated() {
                let clock = ContinuousClock()
                let elapsed = try clock.measure { for _ in 0..<way.times { try way.body() } }
                let nanoseconds =
                    Double(elapsed.components.attoseconds) / 1e9 + Double(elapsed.components.seconds) * 1e9
                if round > 0 { found[index].append(nanoseconds / Double(way.times * units)) }
            }
        }
        let medians = found.map { $0.sorted()[$0.count / 2] }
        for (way, median) in zip(ways, medians) {
            let name = way.name.padding(toLength: 40, withPad: " ", startingAt: 0)
            print("\(name) \(String(format: "%12.1f us  %8.2f", median / 1_000, median / medians[0]))")
        }
    }
}
