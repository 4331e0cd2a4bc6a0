public import Diagnostics
private import Editions
private import Editorial
private import FFmpeg
private import MediaTime
private import Previews
private import Validation

/// A strip of a clip's boundaries: the frames of the Mega Asset beside what an edition and a reel make of them.
public struct StripRequest: Sendable {
    /// The title's id.
    public var title: String
    /// The clip type.
    public var type: String
    /// The Mega Asset; `nil` leaves its row out.
    public var mega: String?
    /// The clip index; `nil` takes the range from the edition.
    public var indexPath: String?
    /// The edition; `nil` leaves its row out.
    public var edition: Edition?
    /// A rendered reel that has the clip, with the plan it was made of; `nil` leaves its row out.
    public var reel: (file: String, resolved: ResolvedReel)?

    /// Frames before and after each boundary.
    private static let around: Int64 = 4

    /// Asks for a clip.
    public init(title: String, type: String) { (self.title, self.type) = (title, type) }

    /// Draws the strip.
    /// - Returns: a PNG file, how many frames do not show what they should, and what is wrong with the boundaries.
    /// - Throws: `Fault` when the clip is nowhere, or neither Mega Asset nor edition is given; `FFmpegError` when frames cannot be decoded.
    public func png(progress: ProgressHandler = { _ in }) throws -> (bytes: [UInt8], mismatches: Int, faults: [String])
    {
        let index = try indexPath.map { try ClipIndex.load($0) }
        let label = try self.label(index)
        var rows: [any FrameRow] = []
        var faults: [MegaFault] = []
        if let mega {
            let frames = try FrameIndex.scan(mega) { _, _ in try Interruption.check() }
            rows.append(try MegaRow(mega, frames, timecode(index, mega)))
            let mode = index?.frameRate ?? edition?.manifest.frameRate ?? .variable
            faults = try MegaValidator().validate(
                mega, ClipIndex(frameRate: mode, clips: [label]), frames: frames, progress: progress
            ).faults
        }
        if let edition, let clip = edition.clips.find(title: title, type: type) {
            rows.append(try EditionRow(edition, clip, around: Self.around))
        }
        if let reel { rows.append(try ReelRow(reel.file, reel.resolved, label)) }
        guard let size = rows.first?.size else {
            throw Fault(.usage, "nothing to draw: give --mega FILE, or a library with an edition that has the clip")
        }
        let cuts = (faults.first { $0.kind == .inPoint }, faults.first { $0.kind == .outPoint })
        let blocks = try [
            block("in-point", label.range.start, label, rows, faults, .inPoint, .noCutIn, cuts.0),
            block("out-point", label.range.end, label, rows, faults, .outPoint, .noCutOut, cuts.1),
        ]
        let strip = ClipStrip(
            title: headline(label, index), blocks: blocks, width: size.width, height: size.height)
        let (bytes, mismatches) = try strip.png()
        return (bytes, mismatches, faults.filter { $0.severity > .note }.map(\.line))
    }

    private func label(_ index: ClipIndex?) throws -> ClipLabel {
        if let index {
            if let label = index.clips.first(where: { $0.title == title && $0.type == type }) { return label }
            throw Fault(.badInput, "\(indexPath ?? ""): has no clip \(clipName(title, type))")
        }
        guard let edition else {
            throw Fault(
                .usage,
                "where the clip is, is not known: give --index clips.json, or a library with an edition that has it")
        }
        let clip = try edition.clip(title: title, type: type)
        return ClipLabel(title: title, type: type, range: clip.range)
    }

    private func headline(_ label: ClipLabel, _ index: ClipIndex?) -> String {
        var parts = [clipName(title, type)]
        if indexPath != nil { parts.append("index \(label.range)") }
        if let edition, let clip = edition.clips.find(title: title, type: type) {
            parts.append("edition \(edition.id.prefix(8)) \(clip.range)")
        }
        parts.append("\(label.range.count) frames")
        return parts.joined(separator: " · ")
    }

    /// Reads frame numbers of the Mega Asset as timecode, where it is known what frame 0 has.
    private func timecode(_ index: ClipIndex?, _ mega: String) throws -> MegaTimecode {
        try MegaTimecode(index?.frameRate ?? edition?.manifest.frameRate ?? .variable, index, mega: mega)
    }

    private func block(
        _ name: String, _ point: Int64, _ label: ClipLabel, _ rows: [any FrameRow], _ faults: [MegaFault],
        _ wrong: MegaFault.Kind, _ soft: MegaFault.Kind, _ fault: MegaFault?
    ) throws -> ClipStrip.Block {
        let numbers = point - Self.around..<point + Self.around
        let boundary = Int(Self.around)
        // Without the Mega Asset nothing was judged; at the ends of the file there is nothing to see.
        let isJudged = mega != nil && !faults.contains { $0.kind == soft }
        let cut = fault?.shift.map { boundary + Int($0) } ?? (isJudged ? boundary : nil)
        return ClipStrip.Block(
            title: "\(name): frame \(point)", fault: fault.map(\.message), boundary: boundary, cut: cut,
            rows: try rows.map { row in
                ClipStrip.Row(name: row.name, cells: try numbers.map { try row.cell($0, of: label.range) })
            })
    }
}

/// A place in which the frames of a Mega Asset can be seen.
private protocol FrameRow: AnyObject {
    var name: String { get }
    var size: (width: Int, height: Int) { get }
    /// Frame `number` of the Mega Asset, as this place shows it.
    func cell(_ number: Int64, of range: FrameRange) throws -> ClipStrip.Cell
}

private final class MegaRow: FrameRow {
    let name = "Mega Asset"
    let size: (width: Int, height: Int)
    private var reader: VideoReader
    private let timecode: MegaTimecode

    init(_ path: String, _ index: FrameIndex, _ timecode: MegaTimecode) throws {
        reader = try VideoReader.open(path, index: index)
        size = index.stream.shownSize
        self.timecode = timecode
    }

    func cell(_ number: Int64, of range: FrameRange) throws -> ClipStrip.Cell {
        guard (0..<reader.index.count).contains(number) else {
            return .init(frame: nil, captions: [], isCompared: false)
        }
        return ClipStrip.Cell(
            frame: SharedFrame(try reader.frame(at: number)),
            captions: ["frame \(number)", timecode.text(number) ?? ""],
            isCompared: false)
    }
}

/// The clip as the edition has it: nothing before its first frame and after its last.
private final class EditionRow: FrameRow {
    let name: String
    let size: (width: Int, height: Int)
    private let clip: ClipTable.Clip
    private var frames: [Int64: SharedFrame] = [:]

    init(_ edition: Edition, _ clip: ClipTable.Clip, around: Int64) throws {
        name = "edition \(edition.id.prefix(6))"
        self.clip = clip
        let rendition = edition.manifest.renditions[0]
        size = (rendition.width, rendition.height)
        var reader = try FrameReader.open(
            Demuxer.open(files: try edition.files(of: clip), named: "clip (\(clip.title), \(clip.type))"))
        var number = clip.range.start
        while let frame = try reader.next() {
            if number < clip.range.start + 2 * around || number >= clip.range.end - 2 * around {
                frames[number] = SharedFrame(frame)
            }
            number += 1
        }
    }

    func cell(_ number: Int64, of range: FrameRange) -> ClipStrip.Cell {
        guard let frame = frames[number] else { return .init(frame: nil, captions: [], isCompared: false) }
        return ClipStrip.Cell(
            frame: frame, captions: ["clip frame \(number - clip.range.start)", "of \(clip.range)"], isCompared: true)
    }
}

/// The reel around the clip's first appearance: what a viewer sees before and after it, too.
private final class ReelRow: FrameRow {
    let name = "reel"
    let size: (width: Int, height: Int)
    private var reader: VideoReader
    private let slot: Int
    private let start: Int64
    private let clip: ClipTable.Clip

    init(_ file: String, _ resolved: ResolvedReel, _ label: ClipLabel) throws {
        let slots = resolved.layout.slots
        guard let place = slots.firstIndex(where: { $0.clip.title == label.title && $0.clip.type == label.type }) else {
            throw Fault(
                .badInput, "\(file): the plan has no slot with \(clipName(label.title, label.type))")
        }
        (slot, start, clip) = (place + 1, slots[place].start, slots[place].clip)
        let index = try FrameIndex.scan(file)
        reader = try VideoReader.open(file, index: index)
        size = index.stream.shownSize
    }

    func cell(_ number: Int64, of range: FrameRange) throws -> ClipStrip.Cell {
        let frame = start + number - clip.range.start
        guard (0..<reader.index.count).contains(frame) else {
            return .init(frame: nil, captions: [], isCompared: false)
        }
        let isInside = clip.range.contains(number)
        return ClipStrip.Cell(
            frame: SharedFrame(try reader.frame(at: frame)),
            captions: [
                "reel frame \(frame)",
                isInside ? "slot \(slot)" : number < clip.range.start ? "slot before" : "slot after",
            ],
            isCompared: isInside)
    }
}
