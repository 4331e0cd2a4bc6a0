internal import Diagnostics
public import FFmpeg
internal import ISOBMFF

/// A Mega Asset as its packets describe it: which frames it presents, and where it may be cut.
public struct Source: Sendable {
    /// The file.
    public let path: String
    /// Its frames and packets.
    public let index: FrameIndex
    /// Whether each packet is an IDR access unit, by its NAL units and not by the container's word.
    let isIDR: [Bool]
    /// Whether other pictures may refer to each packet's picture.
    let isReference: [Bool]
    /// Whether each packet's picture leads a random access picture (HEVC): presented before it, decoded after it.
    let isLeading: [Bool]
    /// Parameter sets of the whole stream, and how its NAL units are framed; or why it cannot be copied.
    let copying: Copying

    enum Copying: Sendable {
        case possible(Format)
        case impossible(reason: String)
    }

    /// What the packets of a source that can be copied are.
    struct Format: Sendable {
        var codec: EncodedCodec
        /// The parameter sets of the whole stream; samples have NAL lengths of 4 bytes, whatever the source has.
        var configuration: VideoConfiguration
        /// How the packets' NAL units are kept apart.
        var framing: NALFraming
    }

    /// Reads all packets of the first picture track once.
    /// - Parameter progress: called with the offset of each packet in the file, in bytes.
    /// - Throws: `FFmpegError` when the file cannot be read or its frames cannot be numbered.
    public static func read(_ path: String, progress: (Int64) -> Void = { _ in }) throws -> Source {
        var reader = PacketFacts()
        let index = try FrameIndex.scan(path) { packet, _ in
            try Interruption.check()
            reader.add(packet)
            if let offset = packet.fileOffset { progress(offset) }
        } begin: { stream in
            reader.begin(stream)
        }
        return Source(
            path: path, index: index, isIDR: reader.isIDR, isReference: reader.isReference,
            isLeading: reader.isLeading, copying: reader.copying())
    }
}

/// What the NAL units of a stream's packets say, gathered packet by packet.
private struct PacketFacts {
    var isIDR: [Bool] = []
    var isReference: [Bool] = []
    var isLeading: [Bool] = []
    private var codec: EncodedCodec?
    private var framing = NALFraming.annexB
    private var sets = ParameterSets()
    private var obstacle: String?

    mutating func begin(_ stream: StreamInfo) {
        codec = EncodedCodec(rawValue: stream.codec)
        guard let codec else {
            obstacle = "its codec is \(stream.codec), and only H.264 and HEVC are copied"
            return
        }
        framing = codec.framing(stream.codecHeader)
        do throws(ISOBMFFError) {
            sets = try codec.parameterSets(stream.codecHeader)
        } catch {
            obstacle = "its parameter sets cannot be read: \(error)"
        }
    }

    mutating func add(_ packet: borrowing Packet) {
        var picture: CodedPicture?
        if let codec {
            do throws(ISOBMFFError) {
                picture = try codec.picture(packet.withBytes { Array($0) }, framing)
            } catch {
                obstacle = obstacle ?? "packet \(isIDR.count) has damaged NAL units: \(error)"
            }
        }
        if let picture { sets.add(picture.parameterSets) }
        isIDR.append(picture?.isIDR ?? false)
        isReference.append(picture?.isReference ?? true)
        isLeading.append(picture?.isLeading ?? false)
    }

    func copying() -> Source.Copying {
        if let obstacle { return .impossible(reason: obstacle) }
        guard let codec else { return .impossible(reason: "its codec is unknown") }
        do throws(ISOBMFFError) {
            let configuration = try codec.configuration(sets)
            return .possible(.init(codec: codec, configuration: configuration, framing: framing))
        } catch {
            return .impossible(reason: "its parameter sets cannot share one sample entry: \(error)")
        }
    }
}
