internal import Diagnostics
internal import Editions
internal import FFmpeg
internal import ISOBMFF
internal import MediaTime

/// Makes the media objects of clips, one clip after another, in several renditions at once: a frame that more than one of them
/// encodes is decoded once.
struct ClipMaker: ~Copyable {
    private let work: ConditioningWork
    private let counter: FrameCounter
    private var packets: PacketCursor
    private let conversions: [FormatConversion]

    init(_ work: ConditioningWork, _ counter: FrameCounter) throws {
        let source = work.footage.source
        self.init(work, counter, try PacketCursor(source.path, index: source.index))
    }

    private init(_ work: ConditioningWork, _ counter: FrameCounter, _ packets: consuming PacketCursor) {
        self.work = work
        self.counter = counter
        self.packets = packets
        conversions = work.targets.map { FormatConversion(to: $0.encoding.picture, keepingFields: $0.keepsFields) }
    }

    /// The objects of one clip, in the order of `cuts`.
    /// - Parameters:
    ///   - cuts: renditions by their number, and how each takes the clip.
    ///   - reader: gives the frames that are encoded.
    mutating func objects(
        _ clip: FrameRange, _ cuts: [(rendition: Int, cut: Cut)], from reader: inout FootageReader
    ) throws -> [FragmentedObject] {
        let times = work.footage.times(of: clip)
        let objects = try cuts.map { try ClipObject(work.library, timing: work.targets[$0.rendition].timing(times)) }
        var encoders = [PieceEncoder?](repeating: nil, count: cuts.count)
        for number in clip.start..<clip.end {
            try Interruption.check()
            for (place, (rendition, cut)) in cuts.enumerated() {
                guard let piece = cut.pieces.first(where: { $0.frames.start == number }) else { continue }
                switch piece.making {
                case .copy(let run): try copy(run, piece.frames, of: clip, into: objects[place])
                case .encode:
                    encoders[place] = try PieceEncoder(
                        piece.frames, of: clip, work.targets[rendition], into: objects[place])
                }
            }
            counter.add(1)
            guard encoders.contains(where: { $0 != nil }) else { continue }
            let frame = try reader.frame(at: number)
            for (place, encoder) in encoders.enumerated() {
                guard let encoder else { continue }
                let conversion = conversions[cuts[place].rendition]
                try encoder.add(conversion.convert(frame.frame.reference()), number)
                if number == encoder.frames.end - 1 {
                    try encoder.finish()
                    encoders[place] = nil
                }
            }
        }
        return try objects.map { try $0.finish() }
    }

    /// Copies those packets of a run that are `frames`.
    private mutating func copy(
        _ run: Range<Int>, _ frames: FrameRange, of clip: FrameRange, into object: ClipObject
    ) throws {
        let source = work.footage.source
        guard case .possible(let format) = source.copying else {
            throw Fault(.internalError, "\(source.path): packets are to be copied that cannot be")
        }
        let moved = frames.start - work.footage.sourceFrame(frames.start)
        try packets.move(to: run.lowerBound)
        for number in run {
            try Interruption.check()
            let record = source.index.packets[number]
            guard let packet = try packets.next(), let frame = record.frame,
                packet.presentationTicks == record.presentationTicks
            else { throw Fault(.badInput, "\(source.path): changed while it was read") }
            guard frames.contains(frame + moved) else { continue }
            guard !record.isDamaged,
                let picture = try? format.codec.picture(packet.withBytes { Array($0) }, format.framing)
            else {
                throw Fault(
                    .badInput, "\(source.path): frame \(frame) is damaged or cut short; clips with it cannot be made")
            }
            try object.add(AccessUnit(picture, frame: frame + moved - clip.start))
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
    /// What stands before each IDR picture: the metadata of HDR.
    private let messages: [ArraySlice<UInt8>]

    init(_ frames: FrameRange, of clip: FrameRange, _ target: Target, into object: ClipObject) throws {
        self.frames = frames
        self.clip = clip
        self.object = object
        codec = target.codec
        renaming = target.renaming
        encoder = try Encoder.video(target.encoding)
        messages = try codec.messages(encoder.codecHeader)
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
            if picture.isIDR { picture.units = messages + picture.units }
            try object.add(AccessUnit(picture, frame: frames.start - clip.start + ticks))
        }
    }
}
