public import Diagnostics
public import MediaTime

/// What differs between the clips of two editions, by what they show.
public struct EditionDiff: Sendable, Equatable, Codable {
    /// What happened to a clip.
    public enum Kind: String, Sendable, Codable {
        /// It is new.
        case added
        /// It is gone.
        case removed
        /// The same frames, bit for bit, stand elsewhere in the Mega Asset.
        case moved
        /// It has other frames, and its first, middle and last picture look as before: another export, an edge trimmed inside a shot.
        case changed
        /// It shows other pictures.
        case replaced
    }

    /// One clip's change.
    public struct Change: Sendable, Equatable, Codable {
        /// What happened.
        public var kind: Kind
        /// The clip's title.
        public var title: String
        /// The clip's type.
        public var type: String
        /// Its frames of the older Mega Asset; `nil` where it is new.
        public var old: FrameRange?
        /// Its frames of the newer one; `nil` where it is gone.
        public var new: FrameRange?
        /// In how many of 64 bits the perceptual hashes of its first, middle and last picture differ; `nil` where there is no pair.
        public var pictures: [Int]?
        /// One line for a person.
        public var message: String
    }

    /// Bits of 64 in which hashes of one picture may differ when it was encoded anew.
    static let samePicture = 12

    /// The changes, by title and type.
    public var changes: [Change] = []
    /// Clips that are as before, where they were.
    public var unchanged = 0

    /// Compares two editions.
    /// - Throws: `Fault` when one is damaged.
    public init(from old: Edition, to new: Edition) throws(Fault) {
        for clip in try new.clips.all() {
            guard let before = old.clips.find(title: clip.title, type: clip.type) else {
                add(.added, clip, nil, clip.range, "is new at \(clip.range)")
                continue
            }
            let isSame = try Self.content(of: clip, in: new) == Self.content(of: before, in: old)
            if isSame, clip.range == before.range {
                unchanged += 1
            } else if isSame {
                add(.moved, clip, before.range, clip.range, "shows the same at \(clip.range), before \(before.range)")
            } else {
                compare(before, clip)
            }
        }
        for clip in try old.clips.all() where new.clips.find(title: clip.title, type: clip.type) == nil {
            add(.removed, clip, clip.range, nil, "is gone, it was \(clip.range)")
        }
        changes.sort { ($0.title, $0.type) < ($1.title, $1.type) }
    }

    /// Whether the clips are the same.
    public var isEmpty: Bool { changes.isEmpty }

    private static func content(of clip: ClipTable.Clip, in edition: Edition) throws(Fault) -> [FrameHash] {
        try edition.clips.frameHashes(of: clip, rendition: 0)
    }

    private mutating func compare(_ before: ClipTable.Clip, _ clip: ClipTable.Clip) {
        let bits = zip(before.pictures, clip.pictures).map { ($0 ^ $1).nonzeroBitCount }
        let different = zip(["first", "middle", "last"], bits).filter { $0.1 > Self.samePicture }.map(\.0)
        guard !different.isEmpty else {
            let length =
                before.range.count == clip.range.count
                ? "" : ", \(frameWords(clip.range.count)) instead of \(before.range.count)"
            return add(
                .changed, clip, before.range, clip.range, "has other frames that look alike\(length)", bits)
        }
        let which =
            different.count == 3 ? "other pictures" : "another \(different.joined(separator: " and another ")) picture"
        add(
            .replaced, clip, before.range, clip.range, "shows \(which) at \(clip.range) than before at \(before.range)",
            bits)
    }

    private mutating func add(
        _ kind: Kind, _ clip: ClipTable.Clip, _ old: FrameRange?, _ new: FrameRange?, _ message: String,
        _ pictures: [Int]? = nil
    ) {
        changes.append(
            Change(
                kind: kind, title: clip.title, type: clip.type, old: old, new: new, pictures: pictures,
                message: "clip \(clipName(clip.title, clip.type)) \(message)"))
    }
}

/// Whether an edition may take the place of another: what viewers would see that nobody said was meant.
public struct PromotionGate: Sendable {
    /// What is meant to change: `TITLE/TYPE` for a clip, `TITLE` for all clips of a title. A title may hold `/` itself.
    public var expected: [String]

    /// Expects these changes.
    public init(expecting expected: [String] = []) { self.expected = expected }

    /// What speaks against the new edition: clips that are gone or show other pictures, and that nobody expects to.
    /// - Throws: `Fault` when an edition is damaged.
    public func faults(of new: Edition, replacing old: Edition) throws(Fault) -> [String] {
        try EditionDiff(from: old, to: new).changes.filter { change in
            (change.kind == .replaced || change.kind == .removed)
                && !expected.contains { text in
                    // By bytes, as clips are told apart.
                    [change.title, "\(change.title)/\(change.type)"].contains { $0.utf8.elementsEqual(text.utf8) }
                }
        }.map(\.message)
    }
}
