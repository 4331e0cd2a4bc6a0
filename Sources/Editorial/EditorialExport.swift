public import Diagnostics
internal import Foundation
public import MediaTime

/// A format in which an index is written for editors' tools.
public enum ExportFormat: String, CaseIterable, Sendable {
    /// OpenTimelineIO JSON with a marker for each clip.
    case otio
    /// DaVinci Resolve marker EDL.
    case edl
    /// Comma-separated values with the header `title,type,start,end`, in frames.
    case csv
}

extension ClipIndex {
    /// The index in a format that editors' tools read. Reading it back gives the same clips, sorted.
    ///
    /// - Parameters:
    ///   - startTimecode: the timecode of frame 0, for formats with timecode; drop-frame where it is written with `;`.
    ///     `nil` takes that of the index, else `01:00:00:00`, as editing tools begin.
    ///   - name: the timeline's.
    /// - Returns: a text file in UTF-8.
    /// - Throws: `Fault` `.badInput` naming the first clip, or the rate, that the format cannot hold.
    public func exported(as format: ExportFormat, startTimecode: Timecode? = nil, name: String) throws(Fault) -> [UInt8]
    {
        switch format {
        case .csv: Array(csv.utf8)
        case .edl: Array(try edl(startTimecode, name).utf8)
        case .otio: try otio(startTimecode, name)
        }
    }

    private var csv: String {
        var text = "title,type,start,end\r\n"
        for clip in clips {
            text += "\(Self.quoted(clip.title)),\(Self.quoted(clip.type)),\(clip.range.start),\(clip.range.end)\r\n"
        }
        return text
    }

    /// A field of RFC 4180. White space at its ends is kept by the format, but not by all who read it, unless in quotes.
    private static func quoted(_ field: String) -> String {
        // By scalars: a quote and an accent after it are one character in Swift, and two for all who read the file.
        let scalars = field.unicodeScalars
        let isPlain = scalars.allSatisfy { $0 != "," && $0 != "\"" && !$0.properties.isWhitespace || $0 == " " }
        if isPlain, scalars.first != " ", scalars.last != " " { return field }
        return "\"" + scalars.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
    }

    private func constantRate(for format: ExportFormat) throws(Fault) -> FrameRate {
        guard case .constant(let rate) = frameRate else {
            throw Fault(
                .badInput,
                "the index counts frames of a variable rate, which '\(format.rawValue)' cannot hold; export csv")
        }
        return rate
    }

    private func names(_ format: ExportFormat) throws(Fault) -> [String] {
        var names: [String] = []
        for clip in clips {
            do throws(Flaw) {
                names.append(try ClipName(title: clip.title, type: clip.type).joined())
            } catch {
                let clip = "clip \(clipName(clip.title, clip.type))"
                throw Fault(.badInput, "\(clip): \(error.message); rename it, or export csv")
            }
        }
        return names
    }

    private func edl(_ given: Timecode?, _ name: String) throws(Fault) -> String {
        let rate = try constantRate(for: .edl)
        let start = given ?? startTimecode ?? Timecode("01:00:00:00")
        let isDrop = start?.mark == .semicolon
        guard let start, let count = TimecodeCount(rate, isDropFrame: isDrop), let first = count.frame(of: start) else {
            throw Fault(
                .badInput,
                "the start timecode \(start.map { "\($0)" } ?? "") does not exist at \(rate), so an EDL cannot count; give another with --start-timecode, or export csv"
            )
        }
        var text = "TITLE: \(printable(name))\r\nFCM: \(isDrop ? "DROP" : "NON-DROP") FRAME\r\n\r\n"
        for (number, (clip, name)) in zip(clips, try names(.edl)).enumerated() {
            guard let begin = count.timecode(of: first + clip.range.start),
                let end = count.timecode(of: first + clip.range.start + 1)
            else {
                throw Fault(
                    .badInput,
                    "clip \(clipName(clip.title, clip.type)) begins at frame \(clip.range.start), where timecode that begins at "
                        + "\(start) has passed 24 hours; begin earlier with --start-timecode, or export csv")
            }
            let digits = "\(number + 1)"
            let padded = String(repeating: "0", count: max(0, 3 - digits.count)) + digits
            text += "\(padded)  001      V     C        \(begin) \(end) \(begin) \(end)  \r\n"
            text += " |C:ResolveColorBlue |M:\(name) |D:\(clip.range.count)\r\n\r\n"
        }
        return text
    }

    private func otio(_ given: Timecode?, _ name: String) throws(Fault) -> [UInt8] {
        let rate = try constantRate(for: .otio)
        guard FrameRate(rounded: "\(OTIOTime(0, rate).rate)") == rate else {
            throw Fault(
                .badInput,
                "the rate \(rate) is no decimal that OpenTimelineIO could hold; export csv, and give the rate when it is read"
            )
        }
        let last = clips.map(\.range.end).max() ?? 0
        let time = { (frames: Int64) in OTIOTime(frames, rate) }
        let start = given ?? startTimecode
        let first = start.flatMap { start in
            TimecodeCount(rate, isDropFrame: start.mark == .semicolon)?.frame(of: start)
        }
        if let start, first == nil {
            throw Fault(
                .badInput, "the start timecode \(start) does not exist at \(rate); give another with --start-timecode")
        }
        let markers = zip(clips, try names(.otio)).map { clip, name in
            OTIOMarker(name: name, range: OTIORange(start: time(clip.range.start), duration: time(clip.range.count)))
        }
        let timeline = OTIOTimeline(
            name: name, start: first.map(time), markers: markers, end: time(last))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(timeline)) + [0x0A]
        } catch {
            throw Fault(.internalError, "the OpenTimelineIO file cannot be written: \(error)")
        }
    }
}

/// `RationalTime.1`. The format's numbers are floating-point; whole frames up to 2^53 are exact in it.
private struct OTIOTime: Encodable {
    var schema = "RationalTime.1"
    var value: Double
    var rate: Double

    init(_ frames: Int64, _ rate: FrameRate) {
        value = Double(frames)
        self.rate = Double(rate.numerator) / Double(rate.denominator)
    }

    private enum CodingKeys: String, CodingKey {
        case schema = "OTIO_SCHEMA"
        case value, rate
    }
}

private struct OTIORange: Encodable {
    var schema = "TimeRange.1"
    var start: OTIOTime
    var duration: OTIOTime

    private enum CodingKeys: String, CodingKey {
        case schema = "OTIO_SCHEMA"
        case start = "start_time"
        case duration
    }
}

private struct OTIOMarker: Encodable {
    var schema = "Marker.2"
    var name: String
    var color = "BLUE"
    var range: OTIORange

    private enum CodingKeys: String, CodingKey {
        case schema = "OTIO_SCHEMA"
        case name, color
        case range = "marked_range"
    }
}

/// `Timeline.1` with one video track that is as long as the last clip, and the markers on the stack.
private struct OTIOTimeline: Encodable {
    var name: String
    var start: OTIOTime?
    var markers: [OTIOMarker]
    var end: OTIOTime

    private enum Keys: String, CodingKey {
        case schema = "OTIO_SCHEMA"
        case name, tracks, markers, children, kind
        case start = "global_start_time"
        case range = "source_range"
    }

    func encode(to encoder: any Encoder) throws {
        var timeline = encoder.container(keyedBy: Keys.self)
        try timeline.encode("Timeline.1", forKey: .schema)
        try timeline.encode(name, forKey: .name)
        try timeline.encode(start, forKey: .start)
        var stack = timeline.nestedContainer(keyedBy: Keys.self, forKey: .tracks)
        try stack.encode("Stack.1", forKey: .schema)
        try stack.encode("tracks", forKey: .name)
        try stack.encode(markers, forKey: .markers)
        var children = stack.nestedUnkeyedContainer(forKey: .children)
        var track = children.nestedContainer(keyedBy: Keys.self)
        try track.encode("Track.1", forKey: .schema)
        try track.encode("V1", forKey: .name)
        try track.encode("Video", forKey: .kind)
        var items = track.nestedUnkeyedContainer(forKey: .children)
        var gap = items.nestedContainer(keyedBy: Keys.self)
        try gap.encode("Gap.1", forKey: .schema)
        var beginning = end
        beginning.value = 0
        try gap.encode(OTIORange(start: beginning, duration: end), forKey: .range)
    }
}
