internal import Foundation
internal import MediaTime
public import Diagnostics

/// What may be wrong with a clip index, told without its Mega Asset.
public struct IndexFault: Hashable, Sendable, Codable {
    /// What is wrong.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// Frames between clips belong to no clip.
        case gap
        /// Two clips of different titles share frames.
        case overlap
        /// A title lacks a type that is needed.
        case missingType
        /// The type is a number, and not the clip's length.
        case length
        /// Two names, or two ranges, are nearly the same.
        case nearDuplicate
        /// The clips are not in the order of their frames.
        case unsorted
    }

    /// What is wrong.
    public var kind: Kind
    /// How much it matters.
    public var severity: Severity
    /// The clip's title; `nil` where no clip is meant.
    public var title: String?
    /// The clip's type; `nil` where no single clip is meant.
    public var type: String?
    /// The frame at which to look; `nil` where none is meant.
    public var frame: Int64?
    /// One line for a person: what is wrong, and what to do.
    public var message: String
}

/// Holds an index against what people get wrong in one.
public struct IndexCheck: Sendable {
    /// Types that every title must have; `nil` takes those that more than half of the titles have, and leaves out titles without any
    /// type that is a number, such as bumpers.
    public var neededTypes: [String]?

    /// - Parameter neededTypes: see ``neededTypes``.
    public init(neededTypes: [String]? = nil) { self.neededTypes = neededTypes }

    /// All faults, those of single clips in the order of their frames first.
    public func faults(of index: ClipIndex) -> [IndexFault] {
        let sorted = index.clips.sorted { ($0.range.start, $0.range.end) < ($1.range.start, $1.range.end) }
        return sorted.compactMap(wrongLength) + overlaps(sorted) + nearDuplicates(sorted) + gaps(sorted)
            + missingTypes(index) + unsorted(index)
    }

    private func wrongLength(_ clip: ClipLabel) -> IndexFault? {
        guard let length = Array(clip.type.utf8)[...].wholeNumber, length != clip.range.count else { return nil }
        let hint =
            length == clip.range.count + 1
            ? "its last frame may be meant to be in it: end at \(clip.range.end + 1)"
            : "end at \(clip.range.start + length), or name the type \(clip.range.count)"
        return fault(
            .length, .warning, clip, clip.range.end,
            "is \(clip.range.count) frames long, and its type says \(length); \(hint)")
    }

    private func overlaps(_ sorted: [ClipLabel]) -> [IndexFault] {
        var faults: [IndexFault] = []
        var open: [ClipLabel] = []
        for clip in sorted {
            open.removeAll { $0.range.end <= clip.range.start }
            for earlier in open where earlier.title != clip.title {
                let shared = min(earlier.range.end, clip.range.end) - clip.range.start
                faults.append(
                    fault(
                        .overlap, .warning, clip, clip.range.start,
                        "shares \(frameWords(shared)) with \(earlier.name) \(earlier.range), a clip of another title; check which is right"
                    ))
            }
            open.append(clip)
        }
        return faults
    }

    /// Clips that hardly differ, and titles that look alike.
    private func nearDuplicates(_ sorted: [ClipLabel]) -> [IndexFault] {
        var faults: [IndexFault] = []
        for (place, clip) in sorted.enumerated() {
            for other in sorted[(place + 1)...] {
                guard other.range.start - clip.range.start <= 2 else { break }
                guard abs(other.range.end - clip.range.end) <= 2 else { continue }
                faults.append(
                    fault(
                        .nearDuplicate, .warning, other, other.range.start,
                        "\(other.range) is nearly \(clip.name) \(clip.range); drop one, or check both"))
            }
        }
        var seen: [String: String] = [:]
        for clip in sorted {
            let letters = clip.title.folding(
                options: [.caseInsensitive, .diacriticInsensitive, .widthInsensitive], locale: nil
            )
            .filter { $0.isLetter || $0.isNumber }
            // Titles of nothing but marks have their marks alone to be told apart by.
            let key = letters.isEmpty ? clip.title : letters
            guard let first = seen[key] else {
                seen[key] = clip.title
                continue
            }
            guard !first.utf8.elementsEqual(clip.title.utf8),
                seen.updateValue(first, forKey: "\(key)\u{0}\(clip.title)") == nil
            else { continue }
            faults.append(
                fault(
                    .nearDuplicate, .warning, clip, clip.range.start,
                    "the title looks like '\(printable(first))'; write both the same"))
        }
        return faults
    }

    private func gaps(_ sorted: [ClipLabel]) -> [IndexFault] {
        var faults: [IndexFault] = []
        var end: Int64 = 0
        for clip in sorted {
            if clip.range.start > end {
                faults.append(
                    IndexFault(
                        kind: .gap, severity: .note, title: nil, type: nil, frame: end,
                        message: "frames [\(end), \(clip.range.start)) before \(clip.name) belong to no clip"))
            }
            end = max(end, clip.range.end)
        }
        return faults
    }

    private func missingTypes(_ index: ClipIndex) -> [IndexFault] {
        var types: [String: Set<String>] = [:]
        for clip in index.clips { types[clip.title, default: []].insert(clip.type) }
        let ranked = neededTypes == nil ? types.filter { $0.value.contains { Int64($0) != nil } } : types
        let counts = ranked.values.reduce(into: [String: Int]()) { counts, types in
            types.forEach { counts[$0, default: 0] += 1 }
        }
        let needed =
            neededTypes
            ?? counts.filter { $0.value * 2 > ranked.count }.keys.sorted { (Int64($1) ?? 0, $0) < (Int64($0) ?? 0, $1) }
        return ranked.keys.sorted().flatMap { title in
            needed.filter { types[title]?.contains($0) == false }.map { type in
                IndexFault(
                    kind: .missingType, severity: .warning, title: title, type: type, frame: nil,
                    message:
                        "title '\(printable(title))' has no clip of type '\(printable(type))'; cut one, or reels that need it leave the title out"
                )
            }
        }
    }

    private func unsorted(_ index: ClipIndex) -> [IndexFault] {
        for (before, clip) in zip(index.clips, index.clips.dropFirst()) where clip.range.start < before.range.start {
            return [
                fault(
                    .unsorted, .note, clip, clip.range.start,
                    "stands after \(before.name), which begins later; sort the index")
            ]
        }
        return []
    }

    private func fault(
        _ kind: IndexFault.Kind, _ severity: Severity, _ clip: ClipLabel, _ frame: Int64, _ message: String
    ) -> IndexFault {
        IndexFault(
            kind: kind, severity: severity, title: clip.title, type: clip.type, frame: frame,
            message: "\(clip.name): \(message)")
    }
}
