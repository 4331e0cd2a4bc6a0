/// Tells whether decoding can begin at a packet that the container flags as a key frame.
///
/// Containers flag H.264 recovery points too, after which pictures may still refer to earlier ones: only an IDR (NAL unit
/// type 5, ITU-T H.264 clause 7.4.1) is an entry. In HEVC every IRAP picture is (types 16 to 21, ITU-T H.265 clause
/// 7.4.2.2): what is presented before it belongs to an earlier entry. Other codecs' key frames are taken as they are.
struct EntryTest {
    private enum Form {
        case annexB
        case lengthPrefixed(Int)
    }
    private let codec: String
    private let form: Form

    init(_ stream: StreamInfo) {
        codec = stream.codec
        // An avcC or hvcC begins with version 1; Annex B with a start code.
        let header = stream.codecHeader
        switch (header.first, codec) {
        case (1, "h264") where header.count > 4: form = .lengthPrefixed(Int(header[4] & 3) + 1)
        case (1, "hevc") where header.count > 21: form = .lengthPrefixed(Int(header[21] & 3) + 1)
        default: form = .annexB
        }
    }

    func isEntry(_ packet: UnsafeRawBufferPointer) -> Bool {
        switch codec {
        case "h264": firstNALBytes(packet).contains { $0 & 0x1F == 5 }
        case "hevc": firstNALBytes(packet).contains { (16...21).contains(($0 >> 1) & 0x3F) }
        default: true
        }
    }

    /// The first byte of each NAL unit of an access unit.
    private func firstNALBytes(_ packet: UnsafeRawBufferPointer) -> [UInt8] {
        var result: [UInt8] = []
        var position = 0
        switch form {
        case .lengthPrefixed(let size):
            while position + size < packet.count {
                let length = packet[position..<position + size].reduce(0) { $0 << 8 | Int($1) }
                result.append(packet[position + size])
                position += size + length
            }
        case .annexB:
            while position + 3 < packet.count {
                if packet[position] == 0, packet[position + 1] == 0, packet[position + 2] == 1 {
                    result.append(packet[position + 3])
                    position += 3
                } else {
                    position += 1
                }
            }
        }
        return result
    }
}
