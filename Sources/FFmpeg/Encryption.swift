internal import CFFmpeg
private import Foundation

extension FrameIndex {
    /// Whether a transport stream says that the packets of a stream are scrambled (`transport_scrambling_control`, ISO/IEC
    /// 13818-1, 2.4.3.3). FFmpeg passes over that word.
    static func isScrambled(_ path: String, _ stream: StreamInfo) -> Bool {
        guard let file = FileHandle(forReadingAtPath: path) else { return false }
        defer { try? file.close() }
        guard let bytes = try? file.read(upToCount: 1 << 20).map(Array.init) else { return false }
        // 188 bytes a packet, or with four more before each (M2TS).
        for (size, start) in [(188, 0), (192, 4)] {
            let packets = Array(stride(from: start, to: bytes.count - 188, by: size))
            guard !packets.isEmpty, packets.allSatisfy({ bytes[$0] == 0x47 }) else { continue }
            return packets.contains { packet in
                let identifier = Int(bytes[packet + 1] & 0x1F) << 8 | Int(bytes[packet + 2])
                return identifier == stream.identifier && bytes[packet + 3] & 0xC0 != 0
            }
        }
        return false
    }

    /// The error for a stream whose bytes cannot be read without a key.
    static func encrypted(_ path: String, _ stream: StreamInfo) -> FFmpegError {
        FFmpegError(
            code: .invalidData, operation: "read the picture: it is encrypted; decrypt it first", path: path,
            stream: stream.index, frame: nil, log: [])
    }
}
