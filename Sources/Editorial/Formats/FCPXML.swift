internal import MediaTime

/// Reads Final Cut Pro X XML: the keywords of a project's sequence, which are the ranges that an editor can draw there, cut to their
/// clips; where there are none, its markers.
///
/// Times are exact seconds. A clip's local time begins at its `start`, which stands at its `offset` in its parent, so each clip adds
/// `offset − start`; the sequence takes off its `tcStart`. What is not in the sequence, or not the chosen pick of an audition, is passed
/// over; what lies in a retimed clip is refused.
final class FCPXML: XMLHandler {
    private var list = MarkList()
    private var formats: [String: FrameRate] = [:]
    private var path: [Level] = []
    private var sequences = 0
    private var keywords: [Mark] = []
    private var markers: [Mark] = []
    /// What is wrong with markers, which counts where they do.
    private var markerFaults: [LineFault] = []

    /// An element of the story, or one in which nothing counts.
    private struct Level {
        /// What is added to its local time to get that of the sequence; `nil` where nothing counts.
        var shift: Fraction?
        /// The local time that is shown.
        var start = Fraction.zero
        var end: Fraction?
        var isRetimed = false
        var isAudition = false
        var children = 0
    }

    /// A time that no file means.
    private struct Unreadable: Error {}

    static func read(_ text: EditorialText) throws(Flaw) -> MarkList {
        let reader = FCPXML()
        try XMLEvents.read(text, reader)
        if reader.sequences == 0 {
            reader.list.fault(nil, "has no project with a sequence; export the Mega Asset's project")
        }
        if reader.keywords.isEmpty {
            reader.list.marks = reader.markers
            for fault in reader.markerFaults { reader.list.fault(fault.line, fault.message) }
        } else {
            reader.list.marks = reader.keywords
        }
        return reader.list
    }

    func begin(_ element: String, _ attributes: [String: String], line: Int) {
        let parent = path.last ?? Level()
        var level = Level()
        do throws(Unreadable) {
            switch element {
            case "format": try readFormat(attributes)
            case "sequence" where !path.contains { $0.shift != nil } && names.last == "project":
                level = try sequence(attributes, line)
            case "spine":
                level.isRetimed = parent.isRetimed
                if let shift = parent.shift { level.shift = try sum(shift, time(attributes["offset"]) ?? .zero) }
            case "asset-clip", "clip", "ref-clip", "sync-clip", "mc-clip", "video", "audio", "title", "gap", "audition",
                "caption":
                level = try clip(element, attributes, in: parent)
            case "timeMap": if !path.isEmpty { path[path.count - 1].isRetimed = true }
            case "marker", "chapter-marker", "keyword":
                if parent.shift != nil { try take(element, attributes, in: parent, line) }
            default: level = parent
            }
        } catch {
            list.fault(line, "<\(element)> has a time that is no fraction of seconds such as 1001/30000s")
        }
        if !path.isEmpty { path[path.count - 1].children += 1 }
        path.append(level)
        names.append(element)
    }

    func end(_ element: String, text: String, line: Int) {
        path.removeLast()
        names.removeLast()
    }

    private var names: [String] = []

    private func readFormat(_ attributes: [String: String]) throws(Unreadable) {
        guard let id = attributes["id"], let duration = try time(attributes["frameDuration"]) else { return }
        guard let numerator = Int64(exactly: duration.denominator),
            let denominator = Int64(exactly: duration.numerator),
            let rate = FrameRate(numerator, denominator)
        else { throw Unreadable() }
        formats[id] = rate
    }

    private func sequence(_ attributes: [String: String], _ line: Int) throws(Unreadable) -> Level {
        sequences += 1
        guard sequences == 1 else {
            if sequences == 2 { list.fault(line, "a second project begins here; export only that of the Mega Asset") }
            return Level()
        }
        guard let rate = attributes["format"].flatMap({ formats[$0] }) else {
            list.fault(
                line,
                "the sequence's format has no frameDuration, so its rate is unknown; give the project a fixed rate")
            return Level()
        }
        list.frameRate = rate
        if let duration = try time(attributes["duration"]) { list.frameCount = frames(duration)?.whole }
        var level = Level()
        level.shift = try difference(.zero, time(attributes["tcStart"]) ?? .zero)
        return level
    }

    private func clip(_ element: String, _ attributes: [String: String], in parent: Level) throws(Unreadable) -> Level {
        var level = Level(isRetimed: parent.isRetimed, isAudition: element == "audition")
        guard let shift = parent.shift, !parent.isAudition || parent.children == 0 else { return level }
        // An audition has an offset of its own; the times of its picks are those of the clip that it stands for.
        if parent.isAudition {
            level.start = try time(attributes["start"]) ?? .zero
            level.shift = try difference(sum(shift, parent.start), level.start)
        } else {
            level.start = try time(attributes["start"]) ?? .zero
            level.shift = try difference(sum(shift, time(attributes["offset"]) ?? .zero), level.start)
        }
        if let duration = try time(attributes["duration"]) { level.end = try sum(level.start, duration) }
        return level
    }

    private func take(
        _ element: String, _ attributes: [String: String], in clip: Level, _ line: Int
    ) throws(Unreadable) {
        let isKeyword = element == "keyword"
        var start = try time(attributes["start"]) ?? .zero
        var end = try sum(start, time(attributes["duration"]) ?? .zero)
        if isKeyword {
            if start < clip.start { start = clip.start }
            if let limit = clip.end, limit < end { end = limit }
            guard start < end else { return }
        } else if start < clip.start || clip.end.map({ !(start < $0) }) ?? false {
            return
        }
        let name = attributes["value"] ?? ""
        var problem: String?
        if clip.isRetimed {
            problem = "lies in a retimed clip; cut the clips into one video first"
        } else if let shift = clip.shift, let first = try frames(sum(start, shift))?.whole,
            let last = try frames(sum(end, shift)).flatMap(isKeyword ? \.whole : \.ceiling)
        {
            // Final Cut draws markers of one frame, or of next to nothing in a gap.
            var mark = Mark(name, first, isKeyword ? last : max(last, first + 1), line: line)
            mark.isKeywordList = isKeyword
            if isKeyword { keywords.append(mark) } else { markers.append(mark) }
        } else {
            problem = "does not begin and end with a frame; move it by less than one"
        }
        guard let problem else { return }
        let fault = LineFault(line: line, "'\(Array(name.utf8)[...].shown)' \(problem)")
        if isKeyword { list.fault(line, fault.message) } else { markerFaults.append(fault) }
    }

    private func frames(_ time: Fraction) -> Fraction? {
        list.frameRate.flatMap { time.multiplied(by: $0.numerator, over: $0.denominator) }
    }

    private func time(_ text: String?) throws(Unreadable) -> Fraction? {
        guard let text else { return nil }
        guard let time = Fraction(seconds: text) else { throw Unreadable() }
        return time
    }

    private func sum(_ left: Fraction, _ right: Fraction) throws(Unreadable) -> Fraction {
        guard let sum = left.adding(right) else { throw Unreadable() }
        return sum
    }

    private func difference(_ left: Fraction, _ right: Fraction) throws(Unreadable) -> Fraction {
        guard let difference = left.subtracting(right) else { throw Unreadable() }
        return difference
    }
}

extension Fraction {
    /// The whole number that this is, or the next above it; `nil` when it does not fit 62 bits.
    fileprivate var ceiling: Int64? {
        let above = numerator > 0 ? (numerator + denominator - 1) / denominator : numerator / denominator
        return above.magnitude < 1 << 62 ? Int64(above) : nil
    }
}
