import Foundation
public import Testing

/// The parameter sets of an H.264 or HEVC track, as `Tests/Tools/nal_units.py` reads them.
public struct NALUnits: Decodable, Sendable {
    /// Four-character codes of `stsd`.
    public var sampleEntries: [String]
    /// `avcC` or `hvcC`.
    public var configuration: String
    /// Whether the configuration says that no set is in the samples.
    public var complete: Bool
    /// The sets in the configuration, such as `SPS 0`, sorted; one that is there twice is named twice.
    public var held: [String]
    /// The sets that the slices name, by themselves or by way of others, sorted.
    public var used: [String]
    /// The types of all NAL units of the samples, sorted.
    public var types: [Int]
    /// How many samples there are.
    public var samples: Int

    /// Reads a fragmented file.
    ///
    /// - Parameter stream: a file that is made: the sets of the configuration once, then all samples, as a byte stream.
    /// - Throws: `ToolError` when its boxes, its configuration or its samples are not what they should be.
    @discardableResult public static func read(_ path: String, stream: String? = nil) throws -> NALUnits {
        try decodeTool("nal_units.py", [path] + (stream.map { [$0] } ?? []), statuses: [0], snakeCase: true)
    }
}

/// What a GStreamer pipeline decodes of a file.
public struct GStreamerPlay: Sendable {
    /// When each frame is presented, in nanoseconds of the track's own time: its edit list is not applied.
    public var times: [Int64] = []
    /// The MD5 of each frame in its native format.
    public var md5s: [String] = []
    /// Errors and warnings on the bus, and of the decoder.
    public var messages: [String] = []
    /// The exit status.
    public var status: Int32

    /// Decodes a file by these elements, and a sink that prints each frame's time and hash.
    ///
    /// - Parameter elements: such as `["qtdemux", "h264parse", "avdec_h264"]`; the last is the decoder.
    /// - Throws: `ToolError` when GStreamer is not there.
    public static func decode(_ path: String, _ elements: [String]) throws -> GStreamerPlay {
        let pipeline = ["filesrc", "location=\(path)", "!"] + elements.flatMap { [$0, "!"] }
        return try run(pipeline + ["checksumsink", "hash=md5"], debug: "*:1,libav:2,\(elements.last ?? "default"):2")
    }

    /// Plays an address by `playbin`, which finds the elements itself; the sound is decoded and not heard.
    ///
    /// - Throws: `ToolError` when GStreamer is not there.
    public static func play(_ address: String) throws -> GStreamerPlay {
        try run(
            [
                "playbin", "uri=\(address)", "video-sink=checksumsink hash=md5 sync=false",
                "audio-sink=fakesink sync=false",
            ],
            debug: "*:1")
    }

    private static func run(_ pipeline: [String], debug: String) throws -> GStreamerPlay {
        let result = try Tools.run(
            "gst-launch-1.0", pipeline, environment: ["GST_DEBUG": debug, "GST_DEBUG_NO_COLOR": "1"])
        var play = GStreamerPlay(status: result.status)
        for line in result.lines {
            let words = line.split(separator: " ")
            if words.count == 2, words[1].count == 32, let time = nanoseconds(words[0]) {
                play.times.append(time)
                play.md5s.append(String(words[1]))
            } else if line.hasPrefix("WARNING") || line.hasPrefix("ERROR") {
                play.messages.append(line)
            }
        }
        // The first run on a machine scans all plugins, and tells of those that lack a library.
        let errors = result.errors.split(separator: "\n").map(String.init)
        play.messages += errors.filter { !$0.contains("plugin-scanner") }
        return play
    }

    /// Reads `0:00:16.041666666`.
    private static func nanoseconds(_ text: Substring) -> Int64? {
        let parts = text.split { $0 == ":" || $0 == "." }.compactMap { Int64($0) }
        guard parts.count == 4 else { return nil }
        return ((parts[0] * 60 + parts[1]) * 60 + parts[2]) * 1_000_000_000 + parts[3]
    }
}

/// What mediainfo says of a file.
public struct MediaInfo: Decodable, Sendable {
    /// A track, or the file as a whole; mediainfo prints numbers as text.
    public struct Track: Decodable, Sendable {
        /// `General`, `Video`, `Audio`, …
        public var type: String
        /// `AVC`, `HEVC`, …
        public var format: String?
        /// The sample entry's four-character code.
        public var codecID: String?
        /// Number of frames.
        public var frameCount: String?
        /// `CFR` or `VFR`.
        public var frameRateMode: String?
        /// Frames a second, with three decimals.
        public var frameRate: String?
        /// Pixels.
        public var width: String?
        /// Pixels.
        public var height: String?

        enum CodingKeys: String, CodingKey {
            case type = "@type"
            case format = "Format"
            case codecID = "CodecID"
            case frameCount = "FrameCount"
            case frameRateMode = "FrameRate_Mode"
            case frameRate = "FrameRate"
            case width = "Width"
            case height = "Height"
        }
    }

    private struct Media: Decodable {
        var track: [Track]
    }

    private enum CodingKeys: String, CodingKey { case media }

    /// The file as a whole, then its tracks.
    public var tracks: [Track]

    /// Decodes what mediainfo prints.
    public init(from decoder: any Decoder) throws {
        tracks = try decoder.container(keyedBy: CodingKeys.self).decode(Media.self, forKey: .media).track
    }

    /// Reads a file.
    ///
    /// - Throws: `ToolError` when mediainfo is not there or fails, and what `JSONDecoder` throws.
    public static func read(_ path: String) throws -> MediaInfo {
        try JSONDecoder().decode(MediaInfo.self, from: Tools.check("mediainfo", ["--Output=JSON", path]).output)
    }
}

/// Shaka Packager, as another program that reads and writes fragmented files.
public enum ShakaPackager {
    /// Where scripts/test puts it, or the one in `PATH`; `nil` without either.
    public static let path: String? = {
        let own = "\(Package.root)/.build/packager/packager"
        if FileManager.default.isExecutableFile(atPath: own) { return own }
        return Tools.has("packager") ? "packager" : nil
    }()

    /// Each stream's `codec_string`, in the file's order.
    ///
    /// - Throws: `ToolError` when it fails or complains.
    public static func codecs(of path: String) throws -> [String] {
        try run(["input=\(path)", "--dump_stream_info"]).lines.compactMap { line in
            let parts = line.components(separatedBy: "codec_string: ")
            return parts.count == 2 ? parts[1] : nil
        }
    }

    /// Takes a file's video apart and writes it anew, as one fragmented file with an index.
    ///
    /// - Throws: `ToolError` when it fails or complains.
    public static func package(videoOf path: String, to output: String) throws {
        try run(["in=\(path),stream=video,output=\(output)"])
    }

    @discardableResult private static func run(_ arguments: [String]) throws -> Tools.Result {
        guard let program = path else { throw ToolError(description: "Shaka Packager is not installed") }
        let result = try Tools.check(program, arguments)
        // Its lines begin with I, W, E or F and the date; only the first are no complaint.
        let complaints = result.errors.split(separator: "\n").filter { !$0.hasPrefix("I") }
        guard complaints.isEmpty else { throw Tools.failure(program, arguments, "complained", result.errors) }
        return result
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips the test where Shaka Packager isn't installed.
    public static var needsShakaPackager: Self {
        .enabled(if: ShakaPackager.path != nil, "Shaka Packager is not installed; scripts/test installs it")
    }

    /// Skips the test where Chromium has no decoder of HEVC, as Debian's.
    public static var needsHEVCInChromium: Self {
        .enabled("this Chromium decodes no HEVC") {
            Tools.has("chromium") && (try? BrowserPlay.supports("video/mp4; codecs=\"hvc1.1.6.L60.90\"")) == true
        }
    }
}

extension BrowserPlay {
    /// Whether Chromium says that it plays a type by Media Source Extensions.
    ///
    /// - Parameter type: such as `video/mp4; codecs="avc1.64000c"`.
    /// - Throws: `ToolError` when Chromium cannot be run.
    static func supports(_ type: String) throws -> Bool {
        let folder = try TemporaryFolder()
        let page = try folder.write(
            "<script>document.write('answer:' + MediaSource.isTypeSupported('\(type)'))</script>", to: "page.html")
        // Chromium refuses to sandbox itself as root.
        let arguments =
            ["--headless=new", "--disable-gpu", "--no-first-run", "--user-data-dir=\(folder.file("profile"))"]
            + (geteuid() == 0 ? ["--no-sandbox"] : []) + ["--dump-dom", "file://\(page)"]
        return try Tools.check("chromium", arguments).text.contains("answer:true")
    }
}
