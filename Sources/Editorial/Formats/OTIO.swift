internal import Diagnostics
internal import MediaTime

/// Reads OpenTimelineIO JSON: the markers of the top stack, which count from the beginning of the timeline; where it has none, the clips
/// of the first video track. Each time has a rate of its own and floating-point literals, which are taken exactly.
struct OTIO {
    private var list = MarkList()

    static func read(_ text: EditorialText) throws(Flaw) -> MarkList {
        let document: JSONValue
        do throws(Fault) {
            document = try StrictJSON.parse(text.bytes, named: "", marksLines: true)
        } catch {
            throw Flaw(String(error.message.drop { $0 == ":" || $0 == " " }))
        }
        var reader = OTIO()
        reader.take(document)
        return reader.list
    }

    private mutating func take(_ document: JSONValue) {
        guard document.schema == "Timeline", let stack = document["tracks"] else {
            return list.fault(
                document.line,
                "is no OpenTimelineIO timeline (its schema is '\(printable(document.schema))'); export the timeline")
        }
        let markers = stack["markers"]?.elements ?? []
        if !markers.isEmpty {
            takeMarkers(markers)
        } else if let track = (stack["children"]?.elements ?? []).first(where: { $0["kind"]?.string == "Video" }) {
            takeClips(track)
        } else {
            list.fault(document.line, "has neither markers on the timeline nor a video track")
        }
    }

    private mutating func takeMarkers(_ markers: [JSONValue]) {
        // A marker of no length often has a duration at rate 1, so the start's rate is the timeline's.
        list.frameRate = markers.lazy.compactMap { try? Self.rate($0["marked_range"]?["start_time"]) }.first
        for marker in markers {
            do throws(Flaw) {
                let range = marker["marked_range"]
                let start = try frames(range?["start_time"])
                let length = try frames(range?["duration"])
                guard length >= 0 else { throw Flaw("the marker's length is negative") }
                list.marks.append(Mark(marker["name"]?.string ?? "", start, start + length, line: marker.line))
            } catch {
                list.fault(marker.line, error)
            }
        }
    }

    private mutating func takeClips(_ track: JSONValue) {
        let items = track["children"]?.elements ?? []
        list.frameRate = items.lazy.compactMap { try? Self.rate(Self.duration($0)) }.first
        var start: Int64 = 0
        for item in items where item.schema != "Transition" {
            do throws(Flaw) {
                let length = try frames(Self.duration(item))
                guard length >= 0 else { throw Flaw("a length is negative") }
                guard start + length <= ClipIndex.endOfFrames else { throw Flaw("the track ends beyond frame 2^53") }
                if item.schema != "Gap" {
                    list.marks.append(Mark(item["name"]?.string ?? "", start, start + length, line: item.line))
                }
                start += length
            } catch {
                // Where one length is unknown, so is the place of all that follow.
                return list.fault(item.line, error)
            }
        }
    }

    /// The length of an item: of its source range, or of all its media.
    private static func duration(_ item: JSONValue) -> JSONValue? {
        if let range = item["source_range"], range != .null { return range["duration"] }
        let reference = item["active_media_reference_key"]?.string.flatMap { item["media_references"]?[$0] }
        return (reference ?? item["media_reference"])?["available_range"]?["duration"]
    }

    private static func rate(_ time: JSONValue?) throws(Flaw) -> FrameRate {
        guard case .number(let literal)? = time?["rate"], let rate = FrameRate(rounded: literal) else {
            throw Flaw("a time has no rate in frames a second")
        }
        return rate
    }

    /// A RationalTime in frames of the timeline.
    private func frames(_ time: JSONValue?) throws(Flaw) -> Int64 {
        let rate = try Self.rate(time)
        guard case .number(let literal)? = time?["value"] else { throw Flaw("a time has no value") }
        guard let value = Fraction(decimal: literal) else {
            throw Flaw("a time has the value \(printable(literal)), which is no frame of a video")
        }
        guard let timeline = list.frameRate else { throw Flaw("no time says the timeline's rate") }
        let scaled = value.multiplied(by: timeline.numerator, over: timeline.denominator)
            .flatMap { $0.multiplied(by: rate.denominator, over: rate.numerator) }
        guard let frames = scaled?.whole, frames.magnitude <= ClipIndex.endOfFrames else {
            throw Flaw("\(printable(literal)) at rate \(rate) is no whole frame at \(timeline)")
        }
        return frames
    }
}

extension JSONValue {
    /// The name of an object's schema, without its version.
    fileprivate var schema: String {
        String((self["OTIO_SCHEMA"]?.string ?? "").prefix { $0 != "." })
    }

    fileprivate var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    fileprivate var elements: [JSONValue]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    fileprivate var line: Int? {
        guard case .number(let line)? = self[JSONValue.lineKey] else { return nil }
        return Int(line)
    }
}
