import Foundation

/// What `Tests/Tools/fmp4_timeline.py --check` says of a file: one gapless timeline per track, or faults.
public struct Timeline: Decodable, Sendable {
    /// One track, edit list applied.
    public struct Track: Decodable, Sendable {
        /// `track_ID`.
        public var id: Int
        /// `vide`, `soun`, …
        public var handler: String
        /// Ticks a second.
        public var timescale: Int64
        /// When each sample is presented, in ticks, sorted.
        public var presentationTimes: [Double]
        /// When the first sample is presented; `nil` without samples.
        public var start: Double?
        /// When the last sample's presentation ends.
        public var end: Double?
        /// Where the decode timeline ends.
        public var decodeEnd: Int64?
        /// What is wrong with the track, as text.
        public var faults: [String]
    }

    /// In the file's order.
    public var tracks: [Track]
    /// All faults, those of the tracks too; none in a good file.
    public var faults: [String]

    /// Reads and checks a file, or an init segment and its media segments as one.
    ///
    /// - Throws: `ToolError` when a file cannot be read as boxes.
    public static func check(_ paths: String...) throws -> Timeline {
        try decodeTool("fmp4_timeline.py", ["--check"] + paths, statuses: [0, 1], snakeCase: true)
    }

    /// Reads and checks many files, each by itself; faster than one by one.
    ///
    /// - Throws: `ToolError` when a file cannot be read as boxes.
    public static func check(each paths: [String]) throws -> [Timeline] {
        try decodeTool("fmp4_timeline.py", ["--check", "--each"] + paths, statuses: [0, 1], snakeCase: true)
    }
}

/// What `Tests/Tools/fmp4_timeline.py` reads from a file's boxes.
public struct MovieBoxes: Decodable, Sendable {
    /// A box of the file itself.
    public struct Box: Decodable, Sendable, Hashable {
        /// The four-character code.
        public var type: String
        /// Where it begins.
        public var offset: Int
        /// Its size with its header.
        public var size: Int
    }

    /// An entry of an edit list, as it stands.
    public struct Edit: Decodable, Sendable, Hashable {
        /// In ticks of the movie.
        public var segmentDuration: Int64
        /// In ticks of the track; −1 for an empty edit.
        public var mediaTime: Int64
        /// 1 for normal speed.
        public var rate: Double

        /// Describes an entry.
        public init(segmentDuration: Int64, mediaTime: Int64, rate: Double) {
            self.segmentDuration = segmentDuration
            self.mediaTime = mediaTime
            self.rate = rate
        }
    }

    /// A child of `moov/udta`.
    public struct UserData: Decodable, Sendable, Hashable {
        /// The four-character code.
        public var type: String
        /// Its body in hexadecimal.
        public var hex: String
        /// Its body as text when it is UTF-8.
        public var text: String?
    }

    /// Durations and time scale of `mvhd` and `mehd`.
    public struct Movie: Decodable, Sendable {
        /// Ticks a second.
        public var timescale: Int64
        /// `mvhd.duration`.
        public var mvhdDuration: Int64
        /// `mehd.fragment_duration`, when there is one.
        public var mehdDuration: Int64?
    }

    /// A track of `moov`; the lists are of its sample table, empty in a fragmented file.
    public struct Track: Decodable, Sendable {
        /// `track_ID`.
        public var id: Int
        /// `vide`, `soun`, …
        public var handler: String
        /// Ticks a second.
        public var timescale: Int64
        /// In ticks of the movie.
        public var tkhdDuration: Int64
        /// In ticks of the track.
        public var mdhdDuration: Int64
        /// Pixels, as `tkhd` says.
        public var width: Double
        /// Pixels, as `tkhd` says.
        public var height: Double
        /// Four-character codes of `stsd`.
        public var sampleEntries: [String]
        /// The edit list; empty without one.
        public var edits: [Edit]
        /// In ticks, in decode order, as all lists here.
        public var durations: [Int64]
        /// Bytes.
        public var sizes: [Int]
        /// In ticks.
        public var compositionOffsets: [Int64]
        /// Whether each is a sync sample.
        public var sync: [Bool]
        /// Where each sample begins in the file.
        public var offsets: [Int]
        /// Whether every byte of every sample lies in an `mdat`.
        public var dataInMdat: Bool
    }

    /// A track's part of a fragment.
    public struct TrackFragment: Decodable, Sendable {
        /// `tfhd.track_ID`.
        public var trackId: Int
        /// `baseMediaDecodeTime`; `nil` without `tfdt`.
        public var tfdt: Int64?
        /// Of all its runs.
        public var sampleCount: Int
        /// Whether that flag of `tfhd` is set.
        public var defaultBaseIsMoof: Bool
        /// In ticks, in decode order, as all lists here.
        public var durations: [Int64]
        /// Bytes.
        public var sizes: [Int]
        /// In ticks.
        public var compositionOffsets: [Int64]
        /// Whether each is a sync sample.
        public var sync: [Bool]
        /// Where each sample begins in the file.
        public var offsets: [Int]
        /// Whether every byte of every sample lies in an `mdat`.
        public var dataInMdat: Bool
    }

    /// A `moof`.
    public struct Fragment: Decodable, Sendable {
        /// Where the `moof` begins.
        public var offset: Int
        /// Of `mfhd`.
        public var sequenceNumber: Int
        /// One for each `traf`.
        public var tracks: [TrackFragment]
    }

    /// Top-level boxes in order.
    public var boxes: [Box]
    /// Major brand, then the compatible ones.
    public var brands: [String]?
    /// Absent when there is no `moov`.
    public var movie: Movie?
    /// Children of `moov/udta`.
    public var udta: [UserData]?
    /// Tracks of `moov`.
    public var tracks: [Track]
    /// In the file's order.
    public var fragments: [Fragment]

    /// Reads a file, or an init segment and its media segments as one.
    ///
    /// - Throws: `ToolError` when a file cannot be read as boxes.
    public static func read(_ paths: String...) throws -> MovieBoxes {
        try decodeTool("fmp4_timeline.py", paths, statuses: [0], snakeCase: true)
    }

    /// Reads many files, each by itself; faster than one by one.
    ///
    /// - Throws: `ToolError` when a file cannot be read as boxes.
    public static func read(each paths: [String]) throws -> [MovieBoxes] {
        try decodeTool("fmp4_timeline.py", ["--each"] + paths, statuses: [0], snakeCase: true)
    }
}

/// What mpv presents of a file; see `Tests/Tools/mpv_play.py`.
public struct MPVPlay: Decodable, Sendable {
    /// Number of frames presented.
    public var frames: Int
    /// When each is presented, in ticks of `timebase` seconds.
    public var times: [Int64]
    /// `1/24000`, for instance.
    public var timebase: String?
    /// mpv's warnings and errors.
    public var messages: [String]
    /// mpv's exit status.
    public var status: Int

    /// Plays a file, a playlist or a URL to its end.
    ///
    /// - Throws: `ToolError` when mpv cannot be run.
    public static func play(_ source: String, _ more: [String] = []) throws -> MPVPlay {
        try decodeTool("mpv_play.py", [source] + more, statuses: [0, 1])
    }
}

/// What headless Chromium sees of a reel; see `Tests/Tools/browser_play.py`.
public struct BrowserPlay: Decodable, Sendable {
    /// A media element's error.
    public struct MediaError: Decodable, Sendable {
        /// 4: the source is not supported.
        public var code: Int
        /// Chromium's words.
        public var message: String
    }

    /// Whether it played to the end.
    public var ended: Bool
    /// The media element's error.
    public var error: MediaError?
    /// What else went wrong, as text.
    public var failure: String?
    /// Whether the time was over before the end.
    public var timedOut: Bool
    /// Seconds.
    public var duration: Double?
    /// Seconds, at the end.
    public var currentTime: Double?
    /// Pixels; 0 when there is no picture that it can decode.
    public var videoWidth: Int?
    /// Pixels.
    public var videoHeight: Int?
    /// The time of the frame that is shown before it plays.
    public var firstMediaTime: Double?
    /// The times of all frames that were shown while it played; a headless machine drops some.
    public var mediaTimes: [Double]?
    /// With `--stamps`, the numbers of frames, read as those of `mediaTimes` were shown; a busy machine may read a later one.
    public var stamps: [Int?]?
    /// The times of the frames of `stamps`.
    public var stampTimes: [Double]?
    /// All frames that were decoded for showing, dropped ones too.
    public var totalVideoFrames: Int?
    /// When playing stopped for want of data after it had started; on a busy machine also for want of a processor.
    public var waiting: [Double]?
    /// Buffered ranges at the end, start and end.
    public var buffered: [[Double]]?

    /// Plays with the script's own arguments, such as `["reel.mp4", "--stamps"]` or `["--mse", "init.mp4", "1.m4s"]`.
    ///
    /// - Throws: `ToolError` when Chromium cannot be run.
    public static func play(_ arguments: [String]) throws -> BrowserPlay {
        try decodeTool("browser_play.py", arguments, statuses: [0, 1])
    }
}

/// Scripts of Tests/Tools.
public enum Script {
    /// Runs a script with the Python that has the packages which the scripts need.
    public static func run(_ script: String, _ arguments: [String]) throws -> Tools.Result {
        try Tools.run(python, ["\(Package.root)/Tests/Tools/\(script)"] + arguments, timeout: 300)
    }

    /// The environment that scripts/test makes.
    private static let python: String = {
        let own = "\(Package.root)/.venv/bin/python"
        return FileManager.default.isExecutableFile(atPath: own) ? own : "python3"
    }()
}

/// Runs a script of Tests/Tools and reads the JSON that it prints.
func decodeTool<Value: Decodable>(
    _ script: String, _ arguments: [String], statuses: Set<Int32>, snakeCase: Bool = false
) throws -> Value {
    let result = try Script.run(script, arguments)
    let decoder = JSONDecoder()
    if snakeCase { decoder.keyDecodingStrategy = .convertFromSnakeCase }
    guard statuses.contains(result.status), !result.output.isEmpty else {
        throw Tools.failure(script, arguments, "ended with \(result.status)", result.errors)
    }
    do {
        return try decoder.decode(Value.self, from: result.output)
    } catch {
        throw Tools.failure(script, arguments, "printed something else than was expected: \(error)", result.text)
    }
}
