internal import MediaTime

/// Reads Final Cut 7 XML (xmeml): the markers directly under the sequence, in frames from 0. Those inside files and clip items are in
/// the time of their media, and are passed over.
final class FinalCutXML: XMLHandler {
    private var list = MarkList()
    private var path: [String] = []
    /// Where the outermost sequence stands in the path; `nil` outside of it.
    private var sequence: Int?
    private var sequences = 0
    private var timebase: Int64?
    private var isNTSC = false
    private var marker: (line: Int, fields: [String: String])?

    static func read(_ text: EditorialText) throws(Flaw) -> MarkList {
        let reader = FinalCutXML()
        try XMLEvents.read(text, reader)
        reader.finish()
        return reader.list
    }

    func begin(_ element: String, _ attributes: [String: String], line: Int) {
        path.append(element)
        if element == "sequence", sequence == nil {
            sequence = path.count
            sequences += 1
            if sequences == 2 { list.fault(line, "a second sequence begins here; export only that of the Mega Asset") }
        }
        if inSequence == ["marker"] { marker = (line, [:]) }
    }

    func end(_ element: String, text: String, line: Int) {
        let value = String(decoding: Array(text.utf8).trimmed, as: UTF8.self)
        switch inSequence {
        case ["rate", "timebase"]: timebase = Int64(value)
        case ["rate", "ntsc"]: isNTSC = value.uppercased() == "TRUE"
        case ["duration"]: list.frameCount = Int64(value)
        case ["marker"]:
            if let marker { take(marker.fields, marker.line) }
            marker = nil
        // The name is data to the byte; the naming rule trims it.
        case ["marker", "name"]: marker?.fields[element] = text
        case let path? where path.count == 2 && path[0] == "marker": marker?.fields[element] = value
        default: break
        }
        path.removeLast()
        if let sequence, path.count < sequence { self.sequence = nil }
    }

    /// The path inside the first sequence.
    private var inSequence: [String]? {
        guard let sequence, sequences == 1 else { return nil }
        return Array(path[sequence...])
    }

    private func take(_ fields: [String: String], _ line: Int) {
        guard let start = fields["in"].flatMap({ Int64($0) }), let out = fields["out"].flatMap({ Int64($0) }),
            start >= 0
        else {
            list.fault(line, "a marker needs whole numbers in <in> and <out>, from 0 on")
            return
        }
        // −1 stands for no out.
        let end = out == -1 ? start : out
        guard end >= start else { return list.fault(line, "the marker's out comes before its in") }
        list.marks.append(Mark(fields["name"] ?? "", start, end, line: line))
    }

    private func finish() {
        guard sequences > 0 else { return list.fault(nil, "has no sequence; export the Mega Asset's") }
        guard let timebase, (1...1_000_000).contains(timebase),
            let rate = isNTSC ? FrameRate(timebase * 1000, 1001) : FrameRate(timebase)
        else {
            return list.fault(nil, "the sequence has no <rate> with a <timebase>; export it again")
        }
        list.frameRate = rate
    }
}
