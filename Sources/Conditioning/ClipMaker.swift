internal import Diagnostics
internal import Editions
internal import FFmpeg
internal import ISOBMFF
internal import MediaTime

/// Makes the media objects of clips, one clip after another, in all renditions at once: a frame that several of them encode is
/// decoded once.
struct ClipMaker: ~Copyable {
    private let source: Source
    private let targets: [Target]
    private let library: Library
    private var packets: PacketCursor
    private var reader: VideoReader
    private let conversions: [FormatConversion]

    init(_ source: Source, targets: [Target], library: Library) throws {
        let packets = try PacketCursor(source.path, index: source.index)
        let reader = try VideoReader.open(source.path, index: source.index)
        self.init(source, targets, library, packets, reader)
    }

    private init(
        _ source: Source, _ targets: [Target], _ library: Library, _ packets: consuming PacketCursor,
        _ reader: consuming VideoReader
    ) {
        self.source = source
        self.targets = targets
        self.library = library
        self.packets = packets
        self.reader = reader
        conversions = targets.map { FormatConversion(to: $0.encoding.picture) }
    }

    /// The objects of one clip, in the order of the renditions.
    /// - Parameter cuts: how each rendition takes it.
    mutating func objects(_ clip: FrameRange, _ cuts: [Cut]) throws -> [FragmentedObject] {
        let objects = try targets.map { try ClipObject(library, timing: $0.timing) }
        var encoders = [PieceEncoder?](repeating: nil, count: targets.count)
        for number in clip.start..<clip.end {
            try Interruption.check()
            for (target, cut) in cuts.enumerated() {
                guard let piece = cut.pieces.first(where: { $0.frames.start == number }) else { continue }
                switch piece.making {
                case .copy(let run): try copy(run, piece.frames, of: clip, into: objects[target])
                case .encode:
                    encoders[target] = try PieceEncoder(
                        piece.frames, of: clip, targets[target], into: objects[target])
                }
            }
            guard encoders.contains(where: { $0 != nil }) else { continue }
            let frame = try reader.frame(at: number)
            for (target, encoder) in encoders.enumerated() {
                guard let encoder else { continue }
                try encoder.add(conversions[target].convert(frame.reference()), number)
                if number == encoder.frames.end - 1 {
                    try encoder.finish()
                    encoders[target] = nil
                }
            }
        }
        return try objects.map { try $0.finish() }
    }

    /// Copies those packets of a run that are `frames`.
    private mutating func copy(
        _ run: Range<Int>, _ frames: FrameRange, of clip: FrameRange, into object: ClipObject
    ) throws {
        guard case .possible(let format) = source.copying else {
            throw Fault(.internalError, "\(source.path): packets are to be copied that cannot be")
        }
        try packets.move(to: run.lowerBound)
        for number in run {
            try Interruption.check()
            let record = source.index.packets[number]
            guard let packet = try packets.next(), let frame = record.frame,
                packet.presentationTicks == record.presentationTicks
            else { throw Fault(.badInput, "\(source.path): changed while it was read") }
            guard frames.contains(frame) else { continue }
            if record.isDamaged {
                throw Fault(
                    .badInput, "\(source.path): frame \(frame) is damaged or cut short; clips with it cannot be made")
            }
            let picture = try format.codec.picture(packet.withBytes { Array($0) }, format.framing)
            try object.add(AccessUnit(picture, frame: frame - clip.start))
        }
    }
}

/// Encodes one piece of a clip with an encoder of its own, so that it begins with an IDR, ends closed, and depends on nothing
/// but its own frames.
private final class PieceEncoder {
    let frames: FrameRange
    private let clip: FrameRange
    private var encoder: Encoder
    private let object: ClipObject
    private let codec: EncodedCodec
    private let renaming: HEVCRenaming?

    init(_ frames: FrameRange, of clip: FrameRange, _ target: Target, into object: ClipObject) throws {
        self.frames = frames
        self.clip = clip
        self.object = object
        codec = target.codec
        renaming = target.renaming
        encoder = try Encoder.video(target.encoding)
    }

    func add(_ frame: consuming Frame, _ number: Int64) throws {
        try encoder.send(frame, at: number - frames.start, forcingKey: number == frames.start)
        try takePackets()
    }

    func finish() throws {
        try encoder.drain()
        try takePackets()
    }

    private func takePackets() throws {
        while let packet = try encoder.nextPacket() {
            guard let ticks = packet.presentationTicks else {
                throw Fault(.internalError, "the encoder gave a picture without a time")
            }
            var picture = try codec.picture(packet.withBytes { Array($0) }, .annexB)
            if let renaming { picture.units = try renaming.renamed(picture.units) }
            try object.add(AccessUnit(picture, frame: frames.start - clip.start + ticks))
        }
    }
}

/// Brings frames to one format, passing those on that have it already.
final class FormatConversion {
    private let target: PictureFormat
    private var scaler: Scaler?
    private var source: PictureFormat?

    init(to target: PictureFormat) { self.target = target }

    func convert(_ frame: consuming Frame) throws -> Frame {
        if frame.pictureFormat == target { return frame }
        if source != frame.pictureFormat {
            scaler = try Scaler.open(from: frame.pictureFormat, to: target)
            source = frame.pictureFormat
        }
        guard let converted = try scaler?.scale(frame) else { return frame }
        return converted
    }
}
