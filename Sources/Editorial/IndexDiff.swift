internal import Diagnostics
public import MediaTime

/// What differs between two versions of an index, as editors would say it.
public struct IndexDiff: Sendable, Equatable, Codable {
    /// What happened to a clip.
    public enum Kind: String, Sendable, Codable {
        /// It is new.
        case added
        /// It is gone.
        case removed
        /// The same frames have another title or type.
        case renamed
        /// It is as long as before, elsewhere.
        case moved
        /// In or out or both changed, so that its length did.
        case trimmed
    }

    /// One clip's change.
    public struct Change: Sendable, Equatable, Codable {
        /// What happened.
        public var kind: Kind
        /// The clip's title, in the new index where it is there.
        public var title: String
        /// The clip's type, in the new index where it is there.
        public var type: String
        /// Its frames before; `nil` where it is new.
        public var old: FrameRange?
        /// Its frames now; `nil` where it is gone.
        public var new: FrameRange?
        /// By how many frames the in-point went, later is positive; 0 where the clip is new or gone.
        public var startShift: Int64
        /// By how many frames the out-point went.
        public var endShift: Int64
        /// One line for a person.
        public var message: String
    }

    /// The rates, where they differ.
    public var frameRates: [FrameRateMode]?
    /// The changes, in the order of the new frames; what is gone stands where it was.
    public var changes: [Change]
    /// Runs of clips that moved together, one line for each.
    public var summary: [String]

    /// Compares two indexes by title and type.
    public init(from old: ClipIndex, to new: ClipIndex) {
        frameRates = old.frameRate == new.frameRate ? nil : [old.frameRate, new.frameRate]
        var before = Dictionary(uniqueKeysWithValues: old.clips.map { (Key($0), $0) })
        var changes: [Change] = []
        var added: [ClipLabel] = []
        for clip in new.clips {
            guard let earlier = before.removeValue(forKey: Key(clip)) else {
                added.append(clip)
                continue
            }
            if earlier.range != clip.range { changes.append(Self.change(earlier, clip)) }
        }
        // The same frames under another name are no loss and no gain.
        var gone = Dictionary(grouping: old.clips.filter { before[Key($0)] != nil }, by: \.range)
        for clip in added {
            if let earlier = gone[clip.range]?.popLast() {
                changes.append(
                    Self.make(
                        .renamed, clip, earlier.range, clip.range,
                        "was \(earlier.name) before, the same frames \(clip.range)"))
            } else {
                changes.append(Self.make(.added, clip, nil, clip.range, "is new at \(clip.range)"))
            }
        }
        for clip in gone.values.flatMap({ $0 }) {
            changes.append(Self.make(.removed, clip, clip.range, nil, "is gone, it was \(clip.range)"))
        }
        self.changes = changes.sorted(by: Self.precedes)
        summary = Self.runs(self.changes)
    }

    /// Whether there is no difference.
    public var isEmpty: Bool { changes.isEmpty && frameRates == nil }

    private struct Key: Hashable {
        var title: String
        var type: String

        init(_ clip: ClipLabel) { (title, type) = (clip.title, clip.type) }
    }

    private static func precedes(_ first: Change, _ second: Change) -> Bool {
        let place = { (change: Change) in (change.new ?? change.old)?.start ?? 0 }
        if place(first) != place(second) { return place(first) < place(second) }
        return (first.title, first.type) < (second.title, second.type)
    }

    private static func change(_ old: ClipLabel, _ new: ClipLabel) -> Change {
        let start = new.range.start - old.range.start
        let end = new.range.end - old.range.end
        if start == end {
            return make(.moved, new, old.range, new.range, "moved \(by(start)), \(old.range) to \(new.range)")
        }
        var parts: [String] = []
        if start != 0 { parts.append("the in-point \(by(start))") }
        if end != 0 { parts.append("the out-point \(by(end))") }
        let length = new.range.count - old.range.count
        let words = length == 0 ? "" : ", \(frameWords(length)) \(length > 0 ? "longer" : "shorter")"
        return make(
            .trimmed, new, old.range, new.range,
            "\(parts.joined(separator: " and "))\(words), \(old.range) to \(new.range)")
    }

    private static func make(
        _ kind: Kind, _ clip: ClipLabel, _ old: FrameRange?, _ new: FrameRange?, _ message: String
    ) -> Change {
        let isBoth = old != nil && new != nil
        return Change(
            kind: kind, title: clip.title, type: clip.type, old: old, new: new,
            startShift: isBoth ? (new?.start ?? 0) - (old?.start ?? 0) : 0,
            endShift: isBoth ? (new?.end ?? 0) - (old?.end ?? 0) : 0,
            message: "\(clip.name): \(message)")
    }

    /// Neighbours that moved by the same number of frames: somebody put something in before them, or took it out.
    private static func runs(_ changes: [Change]) -> [String] {
        var lines: [String] = []
        var run: [Change] = []
        func close() {
            if run.count >= 3, let first = run.first, let range = first.new {
                let clip = clipName(first.title, first.type)
                lines.append(
                    "\(run.count) clips from \(clip) at frame \(range.start) on all moved \(by(first.startShift))")
            }
            run = []
        }
        for change in changes {
            if change.kind != .moved || run.last.map({ $0.startShift != change.startShift }) ?? false { close() }
            if change.kind == .moved { run.append(change) }
        }
        close()
        return lines
    }

    private static func by(_ shift: Int64) -> String { "\(frameWords(shift)) \(shift > 0 ? "later" : "earlier")" }
}
