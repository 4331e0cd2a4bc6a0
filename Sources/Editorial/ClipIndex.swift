public import Diagnostics
internal import Foundation
public import MediaTime

/// One labelled clip of a Mega Asset.
public struct ClipLabel: Hashable, Sendable {
    /// The id of the title that the clip advertises.
    public let title: String
    /// The clip type, usually the clip's length in frames (`80`) or a role (`opening`).
    public let type: String
    /// The presented frames of the Mega Asset that belong to the clip; the end is not in it.
    public let range: FrameRange

    /// Labels a range of frames.
    public init(title: String, type: String, range: FrameRange) {
        self.title = title
        self.type = type
        self.range = range
    }

    /// How messages name the clip: `(A, 80)`.
    var name: String { clipName(title, type) }
}

/// The clip index: which frames of the Mega Asset each (title, type) means. Written by editors' tools as `clips.json`.
///
///     {"frameRate": "24/1", "clips": [{"title": "A", "type": "80", "start": 1000, "end": 1080}]}
///
/// An index that exists is sound: it has at least one clip, every range has at least one frame and begins at frame 0 or
/// later, every (title, type) is there once, and all names can be printed. Clips may overlap.
public struct ClipIndex: Hashable, Sendable {
    /// The frame after the last that an index can name, 2^53: readers of JSON and of OpenTimelineIO lose count beyond it.
    public static let endOfFrames: Int64 = 1 << 53

    /// The rate at which the frame numbers count.
    public let frameRate: FrameRateMode
    /// The timecode of frame 0 in the editors' timeline, where the index says it (`"startTimecode": "01:00:00:00"`).
    public let startTimecode: Timecode?
    /// The clips, in the order of the index.
    public let clips: [ClipLabel]

    /// Makes an index of clips.
    ///
    /// - Throws: `Fault` `.badInput` for the first clip that is at fault, with the number of others: a blank title or type, a
    ///   control character in one, a (title, type) that is there twice; or for no clips at all.
    public init(
        frameRate: FrameRateMode, startTimecode: Timecode? = nil, clips: [ClipLabel]
    ) throws(Fault) {
        try self.init(
            frameRate: frameRate, startTimecode: startTimecode,
            rows: clips.map { Row(title: $0.title, type: $0.type, start: $0.range.start, end: $0.range.end) })
    }

    /// Reads a clip index from a JSON file.
    ///
    /// - Throws: `Fault` that begins with `path`: `.notFound`, or `.badInput` for what is not JSON, has a known key of a wrong
    ///   type, or describes an index that is not sound (see ``init(frameRate:clips:)``; also empty, reversed and negative
    ///   ranges, and those beyond ``endOfFrames``).
    public static func load(_ path: String) throws(Fault) -> ClipIndex {
        try StrictJSON.decode(ClipIndex.self, fromFile: path)
    }

    /// The index as a file: one clip a line, so that a version control system shows what changed.
    public func fileBytes() throws(Fault) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            var text = "{\n  \"frameRate\": \"\(frameRate)\",\n"
            if let startTimecode { text += "  \"startTimecode\": \"\(startTimecode)\",\n" }
            let rows = try clips.map { clip in
                let names = try [clip.title, clip.type].map { String(decoding: try encoder.encode($0), as: UTF8.self) }
                return
                    "    {\"title\": \(names[0]), \"type\": \(names[1]), \"start\": \(clip.range.start), \"end\": \(clip.range.end)}"
            }
            text += "  \"clips\": [\n\(rows.joined(separator: ",\n"))\n  ]\n}\n"
            return Array(text.utf8)
        } catch {
            throw Fault(.internalError, "the clip index cannot be written: \(error)")
        }
    }

    /// Holds the index against the Mega Asset's number of presented frames.
    ///
    /// - Throws: `Fault` `.badInput` that names the first clip that ends after the last frame, its end and `frameCount`, and how
    ///   many more do; `file` is the index's path for the message.
    public func check(frameCount: Int64, file: String) throws(Fault) {
        let past = clips.filter { $0.range.end > frameCount }
        guard let first = past.first else { return }
        let name = "clip (\(first.title), \(first.type)) \(first.range)"
        let problem = "\(name) ends at frame \(first.range.end) of \(frameCount)" + Self.more(past.count - 1)
        throw Fault(.badInput, "\(printable(file)): \(problem); shorten it or use the right Mega Asset")
    }

    /// A clip as it was written, before its range is known to be one.
    struct Row: Codable {
        var title: String
        var type: String
        var start: Int64
        var end: Int64

        /// `clip (A, 80) [1000, 1080)`.
        var name: String { "clip \(clipName(title, type)) [\(start), \(end))" }
    }

    init(frameRate: FrameRateMode, startTimecode: Timecode?, rows: [Row]) throws(Fault) {
        guard !rows.isEmpty else { throw Fault(.badInput, "clips: the list is empty; an index needs a clip") }
        var firstByName: [[String]: Row] = [:]
        var labels: [ClipLabel] = []
        var faults: [String] = []
        for (position, row) in rows.enumerated() {
            if let flaw = Self.flaw(of: row, at: position, firstByName[[row.title, row.type]]) {
                faults.append(flaw)
            } else if let range = FrameRange(row.start, row.end) {
                labels.append(ClipLabel(title: row.title, type: row.type, range: range))
            }
            if firstByName[[row.title, row.type]] == nil { firstByName[[row.title, row.type]] = row }
        }
        if let first = faults.first {
            throw Fault(.badInput, first + Self.more(faults.count - 1))
        }
        self.frameRate = frameRate
        self.startTimecode = startTimecode
        clips = labels
    }

    /// What is wrong with a row, by name; `earlier` is the row before it that has the same title and type.
    private static func flaw(of row: Row, at position: Int, _ earlier: Row?) -> String? {
        for (key, text) in [("title", row.title), ("type", row.type)] {
            if let flaw = Diagnostics.flaw(inName: text) {
                return "\(row.name), entry \(position + 1) of the list: its \(key) \(flaw)"
            }
        }
        if row.start < 0 { return "\(row.name) begins before frame 0" }
        if row.start == row.end { return "\(row.name) is empty; the end is the frame after the last" }
        if row.start > row.end { return "\(row.name) is reversed; its start must come before its end" }
        if row.end > endOfFrames { return "\(row.name) ends beyond frame 2^53, which no video has" }
        if let earlier {
            return "\(row.name) is there twice, before as [\(earlier.start), \(earlier.end)); give it another type"
        }
        return nil
    }

    /// The end of a message about the first of several faults.
    private static func more(_ count: Int) -> String {
        switch count {
        case 0: ""
        case 1: " (and 1 more clip is at fault)"
        default: " (and \(count) more clips are at fault)"
        }
    }
}

extension ClipIndex: Codable {
    private enum CodingKeys: String, CodingKey {
        case frameRate, startTimecode, clips
    }

    /// Decodes the form of `clips.json`.
    ///
    /// - Throws: `DecodingError` for a missing key or a wrong type, `Fault` `.badInput` for an index that is not sound.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            frameRate: container.decode(FrameRateMode.self, forKey: .frameRate),
            startTimecode: container.decodeIfPresent(Timecode.self, forKey: .startTimecode),
            rows: container.decode([Row].self, forKey: .clips))
    }

    /// Encodes the form of `clips.json`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(frameRate, forKey: .frameRate)
        try container.encodeIfPresent(startTimecode, forKey: .startTimecode)
        let rows = clips.map { Row(title: $0.title, type: $0.type, start: $0.range.start, end: $0.range.end) }
        try container.encode(rows, forKey: .clips)
    }
}
