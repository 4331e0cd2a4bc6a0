public import Diagnostics

/// The template of a reel: the length of each slot, the bumpers, and what may repeat.
///
///     {"name": "short", "minTitles": 2, "slots": [{"title": "Sizzle", "type": "opening", "optional": true},
///                                                 {"type": "80"}, {"type": "80"}, {"type": "40"}]}
///
/// A cadence that was decoded is sound; one that was made in code is checked by ``check()``.
public struct Cadence: Hashable, Sendable {
    /// The cadence's name, as plans print it.
    public var name: String
    /// The fewest different titles a reel may have; a reel with too few is not made. Default 1.
    public var minTitles: Int
    /// The most different titles a reel may have; the other ranked slots, those of least value, show titles again as ``repeat`` allows, or are
    /// left out. `nil`: as many as there are ranked slots.
    public var maxTitles: Int?
    /// When a title may be shown again. Default: never.
    public var `repeat`: Repeat
    /// The slots in the order in which they play; slot 1 is first.
    public var slots: [Slot]

    /// When a title may be shown again in the same reel, always with another clip.
    public struct Repeat: Hashable, Sendable, Codable {
        /// How often a title may be shown; 1 allows no repeat.
        public var max: Int
        /// How many slots further on, at least, it may be shown again; all slots count, bumpers too.
        public var minDistance: Int

        /// Makes a rule. The defaults allow no repeat.
        public init(max: Int = 1, minDistance: Int = 1) {
            self.max = max
            self.minDistance = minDistance
        }

        private enum CodingKeys: String, CodingKey {
            case max, minDistance
        }

        /// Decodes a rule; each key may be left out.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            max = try container.decodeIfPresent(Int.self, forKey: .max) ?? 1
            minDistance = try container.decodeIfPresent(Int.self, forKey: .minDistance) ?? 1
        }
    }

    /// One place in the reel.
    public struct Slot: Hashable, Sendable {
        /// The title of a fixed slot; `nil` for a ranked one, which the ranking fills.
        public var title: String?
        /// The type of the clip that the slot takes.
        public var type: String
        /// The slot's length in frames, where the type is not a number that says it.
        public var frames: Int64?
        /// Types of clips that stand in where there is no clip of ``type``, the first that is there; they have the slot's length too.
        public var alternates: [String]
        /// Whether a fixed slot is left out when the edition lacks its clip.
        public var isOptional: Bool

        /// Describes a slot.
        public init(
            title: String? = nil, type: String, frames: Int64? = nil, alternates: [String] = [],
            isOptional: Bool = false
        ) {
            self.title = title
            self.type = type
            self.frames = frames
            self.alternates = alternates
            self.isOptional = isOptional
        }

        /// The types of clips that it takes, the first first.
        var types: [String] { [type] + alternates }

        /// The slot's length in frames: its type where that is a number, else `frames`; `nil` for a fixed slot that takes
        /// its clip at any length.
        public var length: Int64? { Self.frames(saidBy: type) ?? frames }

        /// A type as a number of frames.
        static func frames(saidBy type: String) -> Int64? {
            type.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int64(type) : nil
        }
    }

    /// Makes a cadence. See ``check()``.
    public init(
        name: String, minTitles: Int = 1, maxTitles: Int? = nil, repeat: Repeat = Repeat(), slots: [Slot]
    ) {
        self.name = name
        self.minTitles = minTitles
        self.maxTitles = maxTitles
        self.repeat = `repeat`
        self.slots = slots
    }

    /// The built-in cadence: four clips of 80 frames and six of 40 between two optional bumpers.
    public static let `default` = Cadence(
        name: "default", minTitles: 3, repeat: Repeat(max: 1, minDistance: 4),
        slots: [Slot(title: "Sizzle", type: "opening", isOptional: true)]
            + Array(repeating: Slot(type: "80"), count: 4) + Array(repeating: Slot(type: "40"), count: 6)
            + [Slot(title: "Sizzle", type: "closing", isOptional: true)])

    /// The longest slot: a frame number in a fragment has 32 bits.
    private static let longestSlot = Int64(Int32.max)

    /// Refuses a cadence that no reel can follow.
    ///
    /// - Throws: `Fault` `.badInput`, one line that names the slot (from 1) and the way out, without the file's name.
    public func check() throws(Fault) {
        if let flaw = flaw(inName: name) { throw Fault(.badInput, "name: it \(flaw)") }
        for (index, slot) in slots.enumerated() { try Self.check(slot, number: index + 1) }
        let ranked = slots.count(where: { $0.title == nil })
        guard ranked > 0 else {
            throw Fault(.badInput, "slots: none is ranked; a cadence needs at least one slot without a title")
        }
        guard minTitles >= 1, minTitles <= ranked else {
            throw Fault(.badInput, "minTitles: \(minTitles) is not from 1 to \(ranked), the number of ranked slots")
        }
        if let maxTitles, maxTitles < minTitles {
            throw Fault(.badInput, "maxTitles: \(maxTitles) is less than minTitles, \(minTitles)")
        }
        guard `repeat`.max >= 1 else {
            throw Fault(.badInput, "repeat.max: \(`repeat`.max) is less than 1; 1 shows each title once")
        }
        guard `repeat`.minDistance >= 1 else {
            throw Fault(.badInput, "repeat.minDistance: \(`repeat`.minDistance) is less than 1, the next slot")
        }
    }

    private static func check(_ slot: Slot, number: Int) throws(Fault) {
        for (key, text) in [("title", slot.title), ("type", slot.type)] {
            if let text, let flaw = flaw(inName: text) { throw Fault(.badInput, "slot \(number): its \(key) \(flaw)") }
        }
        if let frames = slot.frames, let numeric = Slot.frames(saidBy: slot.type), frames != numeric {
            throw Fault(
                .badInput,
                "slot \(number): type \(slot.type) says \(numeric) frames, frames says \(frames); leave frames out")
        }
        if let length = slot.length, !(1...longestSlot).contains(length) {
            throw Fault(.badInput, "slot \(number): a length of \(length) frames is not from 1 to \(longestSlot)")
        }
        try check(alternatesOf: slot, number: number)
        guard slot.title == nil else { return }
        if slot.length == nil {
            throw Fault(
                .badInput, "slot \(number): type '\(printable(slot.type))' is not a number of frames; add \"frames\"")
        }
        if slot.isOptional {
            throw Fault(.badInput, "slot \(number): only a slot with a title can be optional")
        }
    }

    private static func check(alternatesOf slot: Slot, number: Int) throws(Fault) {
        for (place, type) in slot.alternates.enumerated() {
            let name = "slot \(number): alternate '\(printable(type))'"
            if let flaw = flaw(inName: type) { throw Fault(.badInput, "\(name): the name \(flaw)") }
            if slot.types.prefix(place + 1).contains(type) { throw Fault(.badInput, "\(name) is named twice") }
            if let length = slot.length, let frames = Slot.frames(saidBy: type), frames != length {
                throw Fault(.badInput, "\(name) says \(frames) frames, the slot has \(length)")
            }
        }
    }
}

extension Cadence: Codable {
    private enum CodingKeys: String, CodingKey {
        case name, minTitles, maxTitles, `repeat`, slots
    }

    /// Decodes and checks a cadence; `minTitles`, `maxTitles` and `repeat` may be left out.
    ///
    /// - Throws: `DecodingError`, or the `Fault` of ``check()``.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        minTitles = try container.decodeIfPresent(Int.self, forKey: .minTitles) ?? 1
        maxTitles = try container.decodeIfPresent(Int.self, forKey: .maxTitles)
        `repeat` = try container.decodeIfPresent(Repeat.self, forKey: .repeat) ?? Repeat()
        slots = try container.decode([Slot].self, forKey: .slots)
        try check()
    }
}

extension Cadence.Slot: Codable {
    private enum CodingKeys: String, CodingKey {
        case title, type, frames, alternates
        case isOptional = "optional"
    }

    /// Decodes a slot; only `type` is required.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        title = try container.decodeIfPresent(String.self, forKey: .title)
        type = try container.decode(String.self, forKey: .type)
        frames = try container.decodeIfPresent(Int64.self, forKey: .frames)
        alternates = try container.decodeIfPresent([String].self, forKey: .alternates) ?? []
        isOptional = try container.decodeIfPresent(Bool.self, forKey: .isOptional) ?? false
    }

    /// Encodes a slot; what is left at its default is left out.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(title, forKey: .title)
        try container.encode(type, forKey: .type)
        try container.encodeIfPresent(frames, forKey: .frames)
        if !alternates.isEmpty { try container.encode(alternates, forKey: .alternates) }
        if isOptional { try container.encode(true, forKey: .isOptional) }
    }
}
