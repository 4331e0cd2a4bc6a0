import FFmpeg
import Foundation
import TestSupport
import Testing

/// A file of the shared media, as its catalogue describes it.
struct SharedFile: Sendable, CustomTestStringConvertible {
    var name: String
    /// Presented frames; `nil` where the catalogue does not know.
    var frames: Int?
    /// Bytes of a decoded frame in 4:2:0 with 8 bits: a measure of the work.
    var frameBytes: Int
    var testDescription: String { name }

    private static let all: [SharedFile] = ((try? SharedMedia.catalogue()) ?? []).compactMap { row in
        guard let name = row["file"], let width = row["width"].flatMap({ Int($0) }),
            let height = row["height"].flatMap({ Int($0) })
        else { return nil }
        return SharedFile(name: name, frames: row["frames"].flatMap { Int($0) }, frameBytes: width * height * 3 / 2)
    }

    /// Files with a picture that decodes without a message.
    static let decodable = all.filter { !$0.name.hasPrefix("refuse-") }
    /// Files that are wrong on purpose, or of codecs that are not copied.
    static let refused = all.filter { $0.name.hasPrefix("refuse-") }

    /// How many frames are compared: all, but of films whose decoded bytes would take minutes to hash.
    var compared: Int {
        let frames = self.frames ?? 0
        return frames * frameBytes > 2_500_000_000 ? min(frames, 300_000_000 / frameBytes) : frames
    }

    func path() throws -> String { try SharedMedia.file(name) }
}

/// The hashes that `ffmpeg -f framemd5` prints for a picture track. Pictures are neither turned as a rotation asks, nor
/// scaled to the first one's size where a stream changes its size: it is the decoder's planes that are compared.
func frameMD5sByFFmpeg(of path: String, stream: Int = 0, first count: Int? = nil) throws -> [String] {
    let limit = count.map { ["-frames:v", "\($0)"] } ?? []
    let result = try Tools.check(
        "ffmpeg",
        ["-v", "error", "-nostdin", "-noautorotate", "-i", path, "-map", "0:v:\(stream)", "-autoscale", "0"]
            + limit + ["-fps_mode", "passthrough", "-f", "framemd5", "-"], timeout: 300)
    return result.lines.filter { !$0.hasPrefix("#") }.map { line in
        String(line.split(separator: ",").last ?? "").trimmingCharacters(in: .whitespaces)
    }
}

/// The number that a picture carries.
func stamp(of frame: borrowing Frame) -> Int? {
    let format = frame.pictureFormat
    return frame.withPlane(0) { bytes, stride in
        FrameStamp.read(luma: bytes, width: format.width, height: format.height, stride: stride)
    }
}

/// The error of an `FFmpegError` that `body` must throw.
func ffmpegError(_ body: () throws -> Void, sourceLocation: SourceLocation = #_sourceLocation) throws -> FFmpegError {
    try #require(throws: FFmpegError.self, sourceLocation: sourceLocation) { try body() }
}
