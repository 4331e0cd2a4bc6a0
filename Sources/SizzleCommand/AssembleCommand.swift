public import ArgumentParser
import Foundation
public import Sizzle

struct AssembleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assemble", abstract: "Make a Mega Asset and its clip index of many files.",
        discussion: """
            Each file is a clip. Its name is the file's without extension, or what stands before '=': TITLE | TYPE, or TITLE, whose \
            type is then its length in frames. All are brought to one size, frame rate and sound, end to end in the order given, the \
            opening bumper first and the closing one last. Without --size and --frame-rate those that most clips have are taken.

              sizzle assemble 'A | 80=a.mov' 'B | 40=b.mp4' --opening logo.mov -o mega.mp4 --index clips.json
            """)
    @Argument(help: "The clips: FILE, or NAME=FILE.") var clips: [String]
    @Option(name: [.short, .long], help: "The Mega Asset to write, an MP4.") var output: String
    @Option(name: .long, help: "The clip index to write (clips.json).") var index: String
    @Option(name: .long, help: "A file for the bumper (Sizzle, opening).") var opening: String?
    @Option(name: .long, help: "A file for the bumper (Sizzle, closing).") var closing: String?
    @Option(name: .long, help: "The size of the picture, such as 1920x1080.") var size: String?
    @Option(name: .long, help: "The frame rate, such as 24 or 30000/1001.") var frameRate: String?
    @Option(name: .long, help: "pad shows all of a picture of another shape, crop fills the frame.") var fit =
        AssemblyFormat.Fit.pad
    // Levels are negative, and so look like options.
    @Option(
        name: .long, parsing: .unconditional,
        help: "The loudness of each clip in LUFS (EBU R 128), or 'off' to leave it as it is.")
    var loudness = "-23"
    @Option(name: .long, help: "The encoder's constant rate factor, from 0 to 51; lower is better and larger.")
    var quality = 16
    @OptionGroup var shown: OutputOptions

    func run() throws {
        var all = clips.map(Self.clip)
        if let opening { all.insert(AssemblyClip(path: opening, name: "Sizzle | opening"), at: 0) }
        if let closing { all.append(AssemblyClip(path: closing, name: "Sizzle | closing")) }
        try IndexCommand.check(output: output, inputs: all.map(\.path))
        try IndexCommand.check(output: index, inputs: all.map(\.path) + [output])
        guard output != index else {
            throw Fault(.usage, "\(index): is the Mega Asset too; name another file for the index")
        }
        var assembler = Assembler()
        assembler.choice = try choice()
        let result = try assembler.assemble(all, to: output, indexPath: index, progress: shown.progressHandler())
        if shown.json { return try Terminal.say(json: Document(output, index, result)) }
        for note in result.notes { Terminal.note("note: \(note)") }
        let frames = result.index.clips.last?.range.end ?? 0
        let format = result.format
        Terminal.say(
            "\(output): \(all.count) clips, \(frames) frames of \(format.width)x\(format.height) at \(format.frameRate); index \(index)"
        )
    }

    private func choice() throws(Fault) -> Assembler.Choice {
        var choice = Assembler.Choice()
        choice.fit = fit
        guard (0...51).contains(quality) else { throw Fault(.usage, "--quality \(quality): is not from 0 to 51") }
        choice.quality = quality
        choice.loudness = try SoundOptions.targetLoudness(loudness)
        if let size {
            let sides = size.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
            guard sides.count == 2, sides.allSatisfy({ (16...8192).contains($0) && $0 % 2 == 0 }) else {
                throw Fault(.usage, "--size \(size): is no size; write WIDTHxHEIGHT, both even and from 16 to 8192")
            }
            choice.size = (sides[0], sides[1])
        }
        guard case .constant(let rate)? = try IndexCommand.frameRate(frameRate) else {
            if frameRate == nil { return choice }
            throw Fault(.usage, "--frame-rate variable: a Mega Asset that is assembled has one rate")
        }
        choice.frameRate = rate
        return choice
    }

    /// `NAME=FILE`, or a file that has its clip's name. A file that is there under the whole text is that file.
    private static func clip(_ argument: String) -> AssemblyClip {
        if !Path.exists(argument), let place = argument.firstIndex(of: "=") {
            return AssemblyClip(
                path: String(argument[argument.index(after: place)...]), name: String(argument[..<place]))
        }
        let stem = URL(fileURLWithPath: argument).deletingPathExtension().lastPathComponent
        return AssemblyClip(path: argument, name: stem)
    }

    private struct Document: Encodable {
        var output: String
        var index: String
        var width: Int
        var height: Int
        var frameRate: FrameRate
        var frames: Int64
        var clips: Int
        var notes: [String]

        init(_ output: String, _ index: String, _ result: Assembler.Result) {
            (self.output, self.index, notes) = (output, index, result.notes)
            (width, height, frameRate) = (result.format.width, result.format.height, result.format.frameRate)
            (frames, clips) = (result.index.clips.last?.range.end ?? 0, result.index.clips.count)
        }
    }
}

extension AssemblyFormat.Fit: ExpressibleByArgument {}
