internal import Crypto
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
    /// Whether each packet's picture leads a random access picture (HEVC): presented before it, decoded after it.
    let isLeading: [Bool]
    /// A digest of each packet's bytes.
    let digests: [PacketDigest]
    /// Parameter sets of the whole stream, and how its NAL units are framed; or why it cannot be copied.
    let copying: Copying

    enum Copying: Sendable {
        case possible(Format)
        case impossible(reason: String)
    }

    /// The codec as manifests name it (RFC 6381); `nil` where packets cannot be copied.
    public var codecName: String? {
        guard case .possible(let format) = copying else { return nil }
        return format.configuration.name
    }

    /// Why no packet can be copied; `nil` where they can.
    public var obstacle: String? {
        guard case .impossible(let reason) = copying else { return nil }
        return reason
    }

    /// What the packets of a source that can be copied are.
    struct Format: Sendable {
        var codec: EncodedCodec
        /// The parameter sets of the whole stream; samples have NAL lengths of 4 bytes, whatever the source has.
        var configuration: VideoConfiguration
        /// How the packets' NAL units are kept apart.
        var framing: NALFraming
    }

    /// Reads all packets of a picture track once.
    /// - Parameters:
    ///   - track: its number among the file's picture tracks, from 0.
    ///   - progress: called with the offset of each packet in the file, in bytes.
    /// - Throws: `FFmpegError` when the file cannot be read or its frames cannot be numbered.
    public static func read(
        _ path: String, track: Int = 0, progress: (Int64) -> Void = { _ in }
    ) throws -> Source {
        var reader = PacketFacts()
        let index = try FrameIndex.scan(path, track: track) { packet, _ in
            try Interruption.check()
            reader.add(packet)
            if let offset = packet.fileOffset { progress(offset) }
        } begin: { stream in
            reader.begin(stream)
        }
        return Source(
            path: path, index: index, isIDR: reader.isIDR, isLeading: reader.isLeading,
            digests: reader.digests, copying: reader.copying())
    }
}

/// The first half of the SHA-256 of a packet's bytes.
struct PacketDigest: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    /// - Parameter header: the codec's header, where it changes with this packet.
    init(_ bytes: UnsafeRawBufferPointer, _ header: [UInt8]?) {
        var hash = SHA256()
        hash.update(bufferPointer: bytes)
        if let header { hash.update(data: header) }
        (high, low) = hash.finalize().withUnsafeBytes {
            ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
    }

    /// Its bytes, fed into another hash.
    func update(_ hash: inout SHA256) {
        withUnsafeBytes(of: high) { hash.update(bufferPointer: $0) }
        withUnsafeBytes(of: low) { hash.update(bufferPointer: $0) }
    }
}

/// What the NAL units of a stream's packets say, gathered packet by packet.
private struct PacketFacts {
    var isIDR: [Bool] = []
    var isLeading: [Bool] = []
    var digests: [PacketDigest] = []
    private var codec: EncodedCodec?
    private var framing = NALFraming.annexB
    private var sets = ParameterSets()
    private var obstacle: String?
    private var damage: String?
    private var hasPicture = false

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
        let header = packet.newCodecHeader
        digests.append(packet.withBytes { PacketDigest($0, header) })
        var picture: CodedPicture?
        if let codec {
            do throws(ISOBMFFError) {
                if let header { sets.add(try codec.parameterSets(header)) }
                picture = try codec.picture(packet.withBytes { Array($0) }, framing)
            } catch {
                // Clips without it can be copied all the same.
                damage = damage ?? "packet \(isIDR.count) has damaged NAL units: \(error)"
            }
        }
        if let picture {
            sets.add(picture.parameterSets)
            hasPicture = true
        }
        isIDR.append(picture?.isIDR ?? false)
        isLeading.append(picture?.isLeading ?? false)
    }

    func copying() -> Source.Copying {
        if let obstacle = obstacle ?? (hasPicture ? nil : damage) { return .impossible(reason: obstacle) }
        guard let codec else { return .impossible(reason: "its codec is unknown") }
        do throws(ISOBMFFError) {
            let configuration = try codec.configuration(sets)
            return .possible(.init(codec: codec, configuration: configuration, framing: framing))
        } catch {
            return .impossible(reason: "its parameter sets cannot share one sample entry: \(error)")
        }
    }
}
