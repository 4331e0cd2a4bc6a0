public import Diagnostics
public import MediaTime

/// The rule by which one name says title and type: `TITLE | TYPE`, or `TITLE // TYPE` where a tool cannot keep `|`. `TITLE` alone
/// has its length in frames as type. White space around both is cut off; what is inside stays byte for byte.
struct ClipName: Hashable {
    var title: String
    var type: String
    /// Longer names are somebody's whole paragraph.
    static let maximumBytes = 1_000

    init(title: String, type: String) {
        self.title = title
        self.type = type
    }

    /// Reads a name that stands on a range of `length` frames.
    init(_ name: String, length: Int64) throws(Flaw) {
        guard name.utf8.count <= Self.maximumBytes else {
            throw Flaw("a name has \(name.utf8.count) bytes, more than \(Self.maximumBytes): \(name.prefix(60))…")
        }
        let bars = Self.split(name, at: "|")
        let slashes = name.utf8.contains(UInt8(ascii: "/")) ? Self.split(name, at: " // ") : [Substring(name)]
        switch (bars.count, slashes.count) {
        case (2, _): self.init(title: Self.trimmed(bars[0]), type: Self.trimmed(bars[1]))
        case (1, 2): self.init(title: Self.trimmed(slashes[0]), type: Self.trimmed(slashes[1]))
        case (1, 1): self.init(title: Self.trimmed(bars[0]), type: "\(length)")
        default:
            throw Flaw(
                "the name '\(printable(name))' has more than one '\(bars.count > 2 ? "|" : "//")'; write TITLE | TYPE")
        }
        if let flaw = Diagnostics.flaw(inName: title) {
            throw Flaw("the title in '\(printable(name))' \(flaw); write TITLE | TYPE")
        }
        if let flaw = Diagnostics.flaw(inName: type) {
            throw Flaw("the type in '\(printable(name))' \(flaw); write TITLE | TYPE")
        }
    }

    /// The name for tools that have one field for it.
    /// - Throws: `Flaw` when reading it back would give another title or type.
    func joined() throws(Flaw) -> String {
        let name = "\(title) | \(type)"
        for part in [title, type] where part.unicodeScalars.contains("|") {
            throw Flaw("'\(printable(part))' holds '|', which stands between title and type there")
        }
        guard let read = try? ClipName(name, length: 0), read.title.utf8.elementsEqual(title.utf8),
            read.type.utf8.elementsEqual(type.utf8)
        else {
            throw Flaw(
                "'\(printable(name))' begins or ends with white space, or is too long, and would not come back the same"
            )
        }
        return name
    }

    /// The parts between separators, by scalars: Swift's characters may glue a mark to a combining accent.
    private static func split(_ name: String, at separator: String) -> [Substring] {
        let scalars = name.unicodeScalars
        let wanted = Array(separator.unicodeScalars)
        var parts: [Substring] = []
        var start = scalars.startIndex
        var place = scalars.startIndex
        while place < scalars.endIndex {
            if scalars[place...].starts(with: wanted) {
                parts.append(Substring(scalars[start..<place]))
                place = scalars.index(place, offsetBy: wanted.count)
                start = place
            } else {
                place = scalars.index(after: place)
            }
        }
        return parts + [Substring(scalars[start...])]
    }

    private static func trimmed(_ text: Substring) -> String {
        var scalars = text.unicodeScalars
        while let first = scalars.first, first.properties.isWhitespace { scalars.removeFirst() }
        while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
        return String(scalars)
    }
}

extension ClipLabel {
    /// Labels a range by the naming rule: `TITLE | TYPE`, or `TITLE` with its length in frames as type.
    ///
    /// - Parameter file: what the name comes from, for messages.
    /// - Throws: `Fault` `.badInput` when the name is not good.
    public init(named name: String, range: FrameRange, file: String) throws(Fault) {
        do throws(Flaw) {
            let name = try ClipName(name, length: range.count)
            self.init(title: name.title, type: name.type, range: range)
        } catch {
            throw Fault(.badInput, "\(printable(file)): \(error.message)")
        }
    }
}
