public import Diagnostics
public import MediaTime

/// An editor's file, read: its ranges as they stand in it, all its faults, and the clip index that it means.
public struct EditorialImport: Sendable {
    /// The format that was found or asked for.
    public let format: EditorialFormat
    /// The rate at which frames count.
    public let frameRate: FrameRateMode
    /// All ranges that could be read, in the order of the file, whether their names are good or not.
    public let marks: [Mark]
    /// Everything that keeps the file from being an index, by line.
    public let faults: [LineFault]
    /// What is allowed and may be a mistake, by line.
    public let warnings: [LineFault]
    /// The index, sorted by start, end, title and type; `nil` when there is a fault.
    public let index: ClipIndex?

    /// Reads the file at `path`.
    ///
    /// - Throws: `Fault` when there is no such file; and as ``init(_:named:_:)`` does.
    public init(file path: String, _ options: ImportOptions = .init()) throws(Fault) {
        try self.init(Array(StrictJSON.contents(ofFile: path)), named: path, options)
    }

    /// Reads an editor's file; `name` stands for it in messages.
    ///
    /// - Throws: `Fault` `.badInput` that begins with `name`, when it is no text, not well-formed or of an unknown format;
    ///   `.usage` when options are missing or contradict the format. What is wrong with single lines is not thrown but listed in
    ///   ``faults``.
    public init(_ bytes: [UInt8], named name: String, _ options: ImportOptions = .init()) throws(Fault) {
        do throws(Flaw) {
            let text = try EditorialText(bytes)
            if let given = options.format { format = given } else { format = try EditorialFormat(of: text) }
            if let problem = Self.unusable(options, format) { throw Flaw(problem, usage: true) }
            var list = try Self.read(text, format, options)
            frameRate = try Self.agree(list.frameRate, options.frameRate)
            var naming = Naming(list, skipsPoints: options.skipsPoints)
            naming.run()
            marks = list.marks
            list = naming.list
            if list.faults.isEmpty, naming.rows.isEmpty {
                list.fault(nil, marks.isEmpty ? "no marker or clip is in it" : "no marker in it has a length")
            }
            // A stable order: the one of the lines, and what concerns the whole file first.
            faults = list.faults.enumerated().sorted { ($0.1.line ?? 0, $0.0) < ($1.1.line ?? 0, $1.0) }.map(\.1)
            warnings = list.warnings.enumerated().sorted { ($0.1.line ?? 0, $0.0) < ($1.1.line ?? 0, $1.0) }.map(\.1)
            let start = options.startTimecode?.marked(isDropFrame: list.isDropFrame)
            index = try Self.index(faults, frameRate, start, naming.rows)
        } catch {
            throw Fault(error.isUsage ? .usage : .badInput, "\(printable(name)): \(error.message)")
        }
    }

    /// What is wrong with the options for a format.
    private static func unusable(_ options: ImportOptions, _ format: EditorialFormat) -> String? {
        if options.frameRate == nil, !format.statesFrameRate {
            return
                "\(format.name) does not say its frame rate; give it with --frame-rate, such as --frame-rate 24000/1001"
        }
        if options.startTimecode != nil, !format.holdsTimecode {
            return "\(format.name) counts from the first frame; leave --start-timecode out"
        }
        if let problem = options.startTimecode.flatMap({ unusable($0, options.frameRate) }) { return problem }
        if options.frameRate == .variable, format != .csv {
            return "--frame-rate variable: only CSV can hold frames of a variable rate"
        }
        return nil
    }

    /// What is wrong with a start timecode at a rate. Whether the file's own are drop-frame, it says itself.
    private static func unusable(_ start: Timecode, _ mode: FrameRateMode?) -> String? {
        guard case .constant(let rate)? = mode else {
            return "--start-timecode \(start): timecode does not count frames of a variable rate; leave it out"
        }
        guard start.mark == .colon || start.mark == .semicolon else {
            return "--start-timecode \(start): write ':' before the frames, or ';' for drop-frame"
        }
        guard TimecodeCount(rate, isDropFrame: start.mark == .semicolon)?.frame(of: start) == nil else { return nil }
        return "--start-timecode \(start) does not exist at \(rate)"
    }

    private static func read(_ text: EditorialText, _ format: EditorialFormat, _ options: ImportOptions) throws(Flaw)
        -> MarkList
    {
        let start = options.startTimecode
        switch (format, options.frameRate) {
        case (.xmeml, _): return try FinalCutXML.read(text)
        case (.fcpxml, _): return try FCPXML.read(text)
        case (.otio, _): return try OTIO.read(text)
        case (.csv, let mode?): return PlainCSV.read(text, mode, start: start)
        case (.resolveEDL, .constant(let rate)): return ResolveEDL.read(text, rate, start: start)
        case (.cmx3600, .constant(let rate)): return CMX3600.read(text, rate, start: start)
        case (.premiere, .constant(let rate)): return PremiereTable.read(text, rate, start: start)
        case (.avid, .constant(let rate)): return AvidMarkers.read(text, rate, start: start)
        case (.audition, .constant(let rate)): return AuditionTable.read(text, rate)
        default: return MarkList()
        }
    }

    /// The rate of the index.
    private static func agree(_ stated: FrameRate?, _ given: FrameRateMode?) throws(Flaw) -> FrameRateMode {
        guard let stated else {
            // A file without a rate that should have one has a fault already.
            return given ?? .variable
        }
        if let given, given != .constant(stated) {
            throw Flaw(
                "counts at \(stated), and --frame-rate says \(given); leave the option out, or export at the right rate"
            )
        }
        return .constant(stated)
    }

    private static func index(
        _ faults: [LineFault], _ rate: FrameRateMode, _ start: Timecode?, _ rows: [ClipIndex.Row]
    ) throws(Flaw) -> ClipIndex? {
        guard faults.isEmpty else { return nil }
        do throws(Fault) {
            return try ClipIndex(frameRate: rate, startTimecode: start, rows: rows)
        } catch {
            throw Flaw(error.message)
        }
    }
}

extension Timecode {
    /// The timecode with the mark of the others in a file; as it is where there are none.
    fileprivate func marked(isDropFrame: Bool?) -> Timecode {
        isDropFrame.map { with(mark: $0 ? .semicolon : .colon) } ?? self
    }
}

/// Turns marks into clips by the naming rule.
private struct Naming {
    private(set) var list: MarkList
    private(set) var rows: [ClipIndex.Row] = []
    private let skipsPoints: Bool
    private var lines: [ClipName: Int?] = [:]

    init(_ list: MarkList, skipsPoints: Bool) {
        self.list = list
        self.skipsPoints = skipsPoints
    }

    mutating func run() {
        for mark in list.marks {
            do throws(Flaw) {
                try take(mark)
            } catch {
                list.fault(mark.line, error)
            }
        }
        rows.sort { first, second in
            if first.start != second.start { return first.start < second.start }
            if first.end != second.end { return first.end < second.end }
            if !first.title.utf8.elementsEqual(second.title.utf8) {
                return first.title.utf8.lexicographicallyPrecedes(second.title.utf8)
            }
            return first.type.utf8.lexicographicallyPrecedes(second.type.utf8)
        }
    }

    private mutating func take(_ mark: Mark) throws(Flaw) {
        var shown: String { Array(mark.name.utf8)[...].shown }
        guard mark.start >= 0 else { throw Flaw("'\(shown)' begins before the timeline") }
        guard mark.end <= ClipIndex.endOfFrames else {
            throw Flaw("'\(shown)' ends beyond frame 2^53, which no video has")
        }
        let length = mark.end - mark.start
        guard length > 0 else {
            if skipsPoints { return list.warn(mark.line, "'\(shown)' is a point, and passed over") }
            throw Flaw(
                "'\(shown)' at frame \(mark.start) is a point; give it a length, or pass over points with --skip-points"
            )
        }
        if let count = list.frameCount, mark.end > count {
            throw Flaw("'\(shown)' ends at frame \(mark.end), and the timeline has \(count)")
        }
        guard mark.isKeywordList else { return try add(name(mark, length), mark, length) }
        // One name that is not good must not hide the others.
        for name in mark.name.unicodeScalars.split(separator: ",") {
            do throws(Flaw) {
                try add(ClipName(String(name), length: length), mark, length)
            } catch {
                list.fault(mark.line, error)
            }
        }
    }

    private func name(_ mark: Mark, _ length: Int64) throws(Flaw) -> ClipName {
        guard let type = mark.type else { return try ClipName(mark.name, length: length) }
        for (key, text) in [("title", mark.name), ("type", type)] {
            if let flaw = Diagnostics.flaw(inName: text) { throw Flaw("the \(key) \(flaw)") }
        }
        return ClipName(title: mark.name, type: type)
    }

    private mutating func add(_ name: ClipName, _ mark: Mark, _ length: Int64) throws(Flaw) {
        var shown: String { clipName(name.title, name.type) }
        if let earlier = lines[name] {
            let place = earlier.map { " on line \($0)" } ?? ""
            throw Flaw("the clip \(shown) is there already\(place); give it another type")
        }
        lines[name] = .some(mark.line)
        if let number = Array(name.type.utf8)[...].wholeNumber, number != length {
            let hint = number == length + 1 ? "; the out may be meant inclusive" : ""
            list.warn(mark.line, "the clip \(shown) is \(length) frames long\(hint)")
        }
        rows.append(ClipIndex.Row(title: name.title, type: name.type, start: mark.start, end: mark.end))
    }
}
