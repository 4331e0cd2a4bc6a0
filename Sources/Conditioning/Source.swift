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
    /// Parameter sets of the whole stream, and how its NAL units are framed; or why it cannot be copied.
    let copying: Copying

    enum Copying: Sendable {
        case possible(AVCConfiguration, NALFraming)
        case impossible(reason: String)
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
            path: path, index: index, isIDR: reader.isIDR, isReference: reader.isReference, copying: reader.copying())
    }
}

/// What the NAL units of a stream's packets say, gathered packet by packet.
private struct PacketFacts {
    var isIDR: [Bool] = []
    var isReference: [Bool] = []
    private var codec = ""
    private var framing: NALFraming?
    private var sets = H264ParameterSets()
    private var obstacle: String?

    mutating func begin(_ stream: StreamInfo) {
        codec = stream.codec
        guard codec == "h264" else {
            obstacle = "its codec is \(codec), and only H.264 is copied"
            return
        }
        do throws(ISOBMFFError) {
            if stream.codecHeader.first == 1 {
                let configuration = try AVCConfiguration.parse(stream.codecHeader)
                framing = .lengthPrefixed(configuration.nalLengthSize)
                for bytes in configuration.sequenceParameterSets + configuration.pictureParameterSets {
                    if let unit = H264NALUnit(bytes[...]) { sets.add(unit) }
                }
            } else {
                framing = .annexB
                sets = try H264ParameterSets(annexB: stream.codecHeader)
            }
        } catch {
            obstacle = "its parameter sets cannot be read: \(error)"
        }
    }

    mutating func add(_ packet: borrowing Packet) {
        var unit: H264AccessUnit?
        if codec == "h264", let framing {
            do throws(ISOBMFFError) {
                unit = try H264AccessUnit(packet.withBytes { Array($0) }, framing)
            } catch {
                obstacle = obstacle ?? "packet \(isIDR.count) has damaged NAL units: \(error)"
            }
        }
        for nal in unit?.units ?? [] { sets.add(nal) }
        isIDR.append(unit?.isIDR ?? false)
        isReference.append(unit?.isReference ?? true)
    }

    func copying() -> Source.Copying {
        if let obstacle { return .impossible(reason: obstacle) }
        guard let framing else { return .impossible(reason: "its NAL units cannot be told apart") }
        do throws(ISOBMFFError) {
            return .possible(try sets.configuration(), framing)
        } catch {
            return .impossible(reason: "its parameter sets cannot share one sample entry: \(error)")
        }
    }
}
