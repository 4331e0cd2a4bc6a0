internal import MediaTime

/// A kind of file in which an editor's tool writes markers or clips.
public enum EditorialFormat: String, CaseIterable, Sendable {
    /// DaVinci Resolve, "Timelines, Export, Timeline Markers to EDL".
    case resolveEDL = "resolve-edl"
    /// CMX3600 edit decision list.
    case cmx3600
    /// Premiere Pro, "Export, Markers" as CSV or text.
    case premiere
    /// Final Cut 7 XML, which Premiere and others write too.
    case xmeml
    /// Final Cut Pro X XML.
    case fcpxml
    /// Avid Media Composer, markers as text.
    case avid
    /// OpenTimelineIO JSON.
    case otio
    /// Adobe Audition, markers as CSV.
    case audition
    /// Comma-separated values with the header `title,type,start,end` (RFC 4180).
    case csv

    /// What it is called in a sentence.
    public var name: String {
        switch self {
        case .resolveEDL: "a DaVinci Resolve marker EDL"
        case .cmx3600: "a CMX3600 EDL"
        case .premiere: "a Premiere marker table"
        case .xmeml: "a Final Cut 7 XML file"
        case .fcpxml: "an FCPXML file"
        case .avid: "an Avid marker list"
        case .otio: "an OpenTimelineIO file"
        case .audition: "an Audition marker table"
        case .csv: "a CSV file"
        }
    }

    /// Whether its files say at which rate they count.
    public var statesFrameRate: Bool { self == .xmeml || self == .fcpxml || self == .otio }

    /// Whether its files hold timecode, which counts from the timecode of frame 0.
    public var holdsTimecode: Bool {
        switch self {
        case .resolveEDL, .cmx3600, .premiere, .avid, .csv: true
        case .xmeml, .fcpxml, .otio, .audition: false
        }
    }

    /// Finds the format by what is in the file.
    init(of text: EditorialText) throws(Flaw) {
        let bytes = text.bytes
        let first = bytes.first { !$0.isASCIISpace }
        if first == UInt8(ascii: "<") {
            self = try Self.xml(bytes)
        } else if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
            self = try Self.json(bytes)
        } else if let found = Self.list(text.lines) ?? Self.table(text.lines) {
            self = found
        } else {
            let names = Self.allCases.map(\.name).joined(separator: ", ")
            throw Flaw("is none of the formats that are read (\(names)); name one with --format")
        }
    }

    private static func xml(_ bytes: [UInt8]) throws(Flaw) -> EditorialFormat {
        let head = String(decoding: bytes.prefix(4096), as: UTF8.self)
        if head.contains("<xmeml") { return .xmeml }
        if head.contains("<fcpxml") { return .fcpxml }
        throw Flaw("is XML, but neither xmeml nor FCPXML; export one of them")
    }

    private static func json(_ bytes: [UInt8]) throws(Flaw) -> EditorialFormat {
        let head = String(decoding: bytes.prefix(65_536), as: UTF8.self)
        if head.contains("\"OTIO_SCHEMA\"") { return .otio }
        if head.contains("\"clips\"") { throw Flaw("is a clip index already; see 'sizzle index check'") }
        throw Flaw("is JSON, but no OpenTimelineIO file")
    }

    /// An EDL, by its header or by an event with four timecodes.
    private static func list(_ lines: [EditorialText.Line]) -> EditorialFormat? {
        let head = lines.prefix(200)
        let isList = head.contains { line in
            line.bytes.starts(with: "TITLE:".utf8) || line.bytes.starts(with: "FCM:".utf8) || EDLEvent(line) != nil
        }
        guard isList else { return nil }
        let hasMarkers = head.contains { $0.bytes.lastRange(of: " |D:") != nil && $0.bytes.lastRange(of: "|C:") != nil }
        return hasMarkers ? .resolveEDL : .cmx3600
    }

    private static func table(_ lines: [EditorialText.Line]) -> EditorialFormat? {
        let filled = lines.lazy.filter { !$0.isBlank }.prefix(2).map(\.bytes)
        guard let first = filled.first else { return nil }
        let header = Table.columns(first)
        let data = filled.count > 1 ? Table.columns(filled[1]) : nil
        if header.count >= 3 {
            if Table.isAuditionHeader(header) || data.map({ $0.count > 3 && $0[3].text == "decimal" }) == true {
                return .audition
            }
            if header.count >= 4, Timecode.isOne(header[1]) { return .avid }
            if header.count >= 5, data.map({ $0.count > 3 && Timecode.isOne($0[2]) && Timecode.isOne($0[3]) }) ?? true {
                return .premiere
            }
        }
        let names = first.text.lowercased()
        return names.contains("title") && names.contains("start") ? .csv : nil
    }
}
