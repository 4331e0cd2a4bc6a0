import Diagnostics
import MediaTime

/// A kind of slot: clips of one of these types, and of this length, fit it.
struct SlotKind: Hashable, Sendable {
    /// The one that is wanted first, then what stands in for it.
    var types: [String]
    var length: Int64
    /// Its place among the kinds of a layout.
    var number: Int

    /// What a good title is worth here: a slot of 80 frames counts 1.
    var value: Double { Double(length) / 80 }
}

/// A slot that the ranking fills.
struct RankedSlot: Hashable, Sendable {
    /// Its place among all entries of the reel, from 0.
    var place: Int
    var kind: SlotKind
}

/// A cadence laid out for one edition: bumpers found or left out, ranked slots still to fill.
struct Layout: Sendable {
    /// One slot of the reel.
    enum Place: Hashable, Sendable {
        case fixed(title: String, type: String)
        case ranked(SlotKind)
    }

    /// The slots in the order in which they play.
    private(set) var places: [Place] = []
    /// The ranked slots, in playing order.
    private(set) var ranked: [RankedSlot] = []
    /// The kinds of the ranked slots, each once.
    private(set) var kinds: [SlotKind] = []
    /// Where the reel differs from the cadence.
    var notes: [String] = []

    /// Finds the bumpers among the edition's clips.
    init(_ cadence: Cadence, edition: String, clips: [EditionClip]) throws(Fault) {
        for (index, slot) in cadence.slots.enumerated() {
            guard let title = slot.title else {
                // The cadence was checked: a ranked slot has a length.
                if let length = slot.length { append(types: slot.types, length: length) }
                continue
            }
            let name = clipName(title, slot.type)
            let clip = slot.types.lazy.compactMap { type in
                clips.first {
                    $0.title == title && $0.type == type && (slot.length ?? $0.range.count) == $0.range.count
                }
            }.first
            let wanted = slot.length.map { " of \($0) frames" } ?? ""
            if let clip {
                places.append(.fixed(title: title, type: clip.type))
            } else if slot.isOptional {
                notes.append("slot \(index + 1) is left out: the edition has no clip \(name)\(wanted)")
            } else {
                throw Fault(
                    .badInput,
                    "cadence '\(printable(cadence.name))': slot \(index + 1) needs a clip \(name)\(wanted), which edition "
                        + "\(printable(edition)) has not; add it to the clip index or make the slot optional")
            }
        }
    }

    private mutating func append(types: [String], length: Int64) {
        var kind = SlotKind(types: types, length: length, number: kinds.count)
        if let known = kinds.first(where: { $0.types == types && $0.length == length }) {
            kind = known
        } else {
            kinds.append(kind)
        }
        ranked.append(RankedSlot(place: places.count, kind: kind))
        places.append(.ranked(kind))
    }

    /// Shortens the reel by its last ranked slot. Bumpers stay.
    mutating func dropLastRanked() {
        if let last = ranked.popLast() { places.remove(at: last.place) }
    }
}

/// The places of slots by falling value; of equal ones the earlier first.
func byFallingValue(_ values: [Double]) -> [Int] {
    values.indices.sorted { (values[$1], $0) < (values[$0], $1) }
}
