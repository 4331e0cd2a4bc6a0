internal import ISOBMFF

/// Tells whether decoding can begin at a packet that the container flags as a key frame.
///
/// Containers flag H.264 recovery points too, after which pictures may still refer to earlier ones: only an IDR (NAL unit
/// type 5, ITU-T H.264 clause 7.4.1) is an entry. In HEVC every IRAP picture is (types 16 to 21, ITU-T H.265 clause
/// 7.4.2.2): what is presented before it belongs to an earlier entry. Other codecs' key frames are taken as they are.
struct EntryTest {
    private let codec: String
    private let framing: NALFraming

    init(_ stream: StreamInfo) {
        codec = stream.codec
        framing =
            codec == "hevc"
            ? NALFraming(hevcExtradata: stream.codecHeader) : NALFraming(h264Extradata: stream.codecHeader)
    }

    func isEntry(_ packet: UnsafeRawBufferPointer) -> Bool {
        switch codec {
        case "h264": headers(packet).contains { $0 & 0x1F == 5 }
        case "hevc": headers(packet).contains { (16...21).contains(($0 >> 1) & 0x3F) }
        default: true
        }
    }

    /// The first byte of each NAL unit; none where they cannot be told apart, and then nothing begins here.
    private func headers(_ packet: UnsafeRawBufferPointer) -> [UInt8] {
        (try? NALUnits.split(Array(packet), framing))?.compactMap(\.first) ?? []
    }
}
