internal import Diagnostics
public import MediaTime

/// A named range of an editor's file, before Sizzle's naming rule is applied.
public struct Mark: Hashable, Sendable {
    /// The marker's or clip's name as the file has it.
    public var name: String
    /// The first frame, counted from the beginning of the timeline.
    public var start: Int64
    /// The frame after the last; equal to `start` for a point, which has no frames.
    public var end: Int64
    /// The line on which the mark begins, from 1.
    public var line: Int?
    /// Where the file names title and type in fields of their own: the type, and `name` is the title.
    var type: String?
    /// Whether `name` is a list of names with commas between them (Final Cut's keywords).
    var isKeywordList = false

    init(_ name: String, _ start: Int64, _ end: Int64, line: Int?) {
        (self.name, self.start, self.end, self.line) = (name, start, end, line)
    }
}

/// What a reader of one format found.
struct MarkList {
    var marks: [Mark] = []
    private(set) var faults: [LineFault] = []
    private(set) var warnings: [LineFault] = []
    /// The rate that the file states.
    var frameRate: FrameRate?
    /// Whether the file's timecodes are drop-frame; `nil` where it has none.
    var isDropFrame: Bool?
    /// The number of frames of the timeline, where the file states it.
    var frameCount: Int64?
    private var saidOnce: Set<String> = []

    mutating func fault(_ line: Int?, _ message: String) { faults.append(LineFault(line: line, message)) }
    mutating func warn(_ line: Int?, _ message: String) { warnings.append(LineFault(line: line, message)) }

    mutating func fault(_ line: Int?, _ flaw: Flaw) {
        if flaw.isSaidOnce, !saidOnce.insert(flaw.message).inserted { return }
        fault(line, flaw.message)
    }
}

/// How an editor's file is read.
public struct ImportOptions: Sendable {
    /// The format; `nil` finds it by the file's content.
    public var format: EditorialFormat?
    /// The rate of the Mega Asset; needed where the format does not state it, and held against it where it does.
    public var frameRate: FrameRateMode?
    /// The timecode of frame 0, for formats that hold timecode; `nil` is `00:00:00:00`.
    public var startTimecode: Timecode?
    /// Whether marks without a length are passed over, instead of refused.
    public var skipsPoints = false

    /// All by default.
    public init() {}
}
