import Foundation

/// Frames as the real `ffmpeg` program decodes them, edit lists applied.
public enum Decoded {
    /// One decoded frame as `ffmpeg -f framemd5` prints it.
    public struct Frame: Sendable, Hashable {
        /// When it is presented, in ticks of ``Frames/timebase``.
        public var pts: Int64
        /// The MD5 of its planes in native pixel format, in hexadecimal.
        public var md5: String
    }

    /// All frames of a stream, and the time base of their `pts` as an exact fraction of a second.
    public struct Frames: Sendable {
        /// Ticks are `numerator / denominator` seconds.
        public var timebase: (numerator: Int64, denominator: Int64)
        /// In presentation order.
        public var frames: [Frame]
        /// The hashes alone.
        public var md5s: [String] { frames.map(\.md5) }
        /// The times alone.
        public var pts: [Int64] { frames.map(\.pts) }

        /// Reads the lines that `ffmpeg -f framemd5` printed for the stream 0 of its output.
        ///
        /// - Parameter path: the file that was decoded, for the message.
        /// - Throws: `ToolError` for a line of another form.
        public init(framemd5 lines: [String], of path: String) throws {
            (timebase, frames) = ((1, 1), [])
            for line in lines {
                if line.hasPrefix("#tb 0: ") {
                    let parts = line.dropFirst(7).split(separator: "/").compactMap { Int64($0) }
                    if parts.count == 2 { timebase = (parts[0], parts[1]) }
                } else if !line.hasPrefix("#") {
                    let columns = line.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
                    guard columns.count >= 6, let pts = Int64(columns[2]) else {
                        throw ToolError(description: "ffmpeg -f framemd5 printed '\(line)' for \(path)")
                    }
                    frames.append(Frame(pts: pts, md5: columns[5]))
                }
            }
        }
    }

    /// The hashes and times of all frames of one video stream.
    ///
    /// Times are the file's own: without `-copyts`, ffmpeg would count from the earliest stream's start.
    ///
    /// - Parameters:
    ///   - path: any file that ffmpeg reads.
    ///   - stream: which video stream, from 0.
    ///   - allowingMessages: whether ffmpeg may complain while it decodes; a good file decodes silently.
    /// - Throws: `ToolError` when ffmpeg fails, or complains.
    public static func frames(
        of path: String, stream: Int = 0, allowingMessages: Bool = false
    ) throws -> Frames {
        let arguments = [
            "-v", "error", "-nostdin", "-copyts", "-i", path, "-map", "0:v:\(stream)", "-fps_mode", "passthrough",
            "-f", "framemd5", "-enc_time_base", "-1", "-",
        ]
        return try Frames(framemd5: decode(arguments, allowingMessages).lines, of: path)
    }

    /// The numbers that a stamped file's pictures carry, in presentation order; `nil` where a picture has none.
    ///
    /// - Parameters:
    ///   - path: any file that ffmpeg reads, a playlist too.
    ///   - stream: which video stream, from 0.
    ///   - size: scale to this width and height first.
    ///   - allowingMessages: whether ffmpeg may complain while it decodes; a good file decodes silently.
    /// - Throws: `ToolError` when ffmpeg fails, or complains.
    public static func stamps(
        of path: String, stream: Int = 0, scaledTo size: (width: Int, height: Int)? = nil,
        allowingMessages: Bool = false
    ) throws -> [Int?] {
        let scale = size.map { "scale=\($0.width):\($0.height)," } ?? ""
        // YUV4MPEG says the size, so that it needn't be asked for before.
        let arguments =
            ["-v", "error", "-nostdin", "-i", path, "-map", "0:v:\(stream)", "-fps_mode", "passthrough"]
            + ["-vf", "\(scale)format=gray", "-strict", "-1", "-f", "yuv4mpegpipe", "-"]
        var pictures = GrayPictures()
        var numbers: [Int?] = []
        let (status, errors) = try Tools.stream("ffmpeg", arguments, timeout: 600) { bytes in
            try pictures.receive(bytes) { luma, width, height in
                numbers.append(FrameStamp.read(luma: luma, width: width, height: height, stride: width))
            }
        }
        guard status == 0, allowingMessages || errors.isEmpty else {
            throw Tools.failure("ffmpeg", arguments, "ended with \(status)", errors)
        }
        return numbers
    }

    /// One channel of a file's sound at 48 kHz, from -1 to 1, as ffmpeg presents it from its first sample on.
    ///
    /// - Parameters:
    ///   - path: any file that ffmpeg reads.
    ///   - stream: which audio stream, from 0.
    ///   - allowingMessages: whether ffmpeg may complain while it decodes.
    /// - Throws: `ToolError` when ffmpeg fails, or complains.
    public static func sound(of path: String, stream: Int = 0, allowingMessages: Bool = false) throws -> [Float] {
        let arguments =
            ["-v", "error", "-nostdin", "-i", path, "-map", "0:a:\(stream)", "-af", "pan=mono|c0=c0", "-ar", "48000"]
            + ["-f", "f32le", "-"]
        let data = try decode(arguments, allowingMessages).output
        return data.withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map { index in
                let bits = bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
                return Float(bitPattern: UInt32(littleEndian: bits))
            }
        }
    }

    private static func decode(_ arguments: [String], _ allowingMessages: Bool) throws -> Tools.Result {
        let result = try Tools.run("ffmpeg", arguments, timeout: 600)
        guard result.status == 0, allowingMessages || result.errors.isEmpty else {
            throw Tools.failure("ffmpeg", arguments, "ended with \(result.status)", result.errors)
        }
        return result
    }
}

/// The stamps of all frames of the file's first video stream; see ``Decoded/stamps(of:stream:scaledTo:allowingMessages:)``.
///
/// - Throws: `ToolError` when ffmpeg fails, or complains.
public func decodedStamps(of path: String) throws -> [Int?] { try Decoded.stamps(of: path) }

/// The hashes of all frames of the file's first video stream, as `ffmpeg -f framemd5` prints them.
///
/// - Throws: `ToolError` when ffmpeg fails, or complains.
public func frameMD5s(of path: String) throws -> [String] { try Decoded.frames(of: path).md5s }

/// Cuts a YUV4MPEG stream of gray pictures into its pictures. Keeps at most one picture.
private struct GrayPictures {
    private var pending: [UInt8] = []
    private var size: (width: Int, height: Int)?

    mutating func receive(
        _ bytes: UnsafeRawBufferPointer, picture: (UnsafeRawBufferPointer, Int, Int) -> Void
    ) throws {
        pending.append(contentsOf: bytes)
        var position = 0
        while let end = pending[position...].firstIndex(of: 0x0A) {
            guard let size else {
                let header = String(decoding: pending[position..<end], as: UTF8.self)
                size = try Self.size(header)
                position = end + 1
                continue
            }
            // Each picture begins with the line "FRAME".
            let (first, last) = (end + 1, end + 1 + size.width * size.height)
            guard last <= pending.count else { break }
            pending.withUnsafeBytes {
                picture(UnsafeRawBufferPointer(rebasing: $0[first..<last]), size.width, size.height)
            }
            position = last
        }
        pending.removeSubrange(..<position)
    }

    private static func size(_ header: String) throws -> (width: Int, height: Int) {
        let fields = header.split(separator: " ")
        func field(_ letter: Character) -> Int? {
            fields.first { $0.first == letter }.flatMap { Int($0.dropFirst()) }
        }
        guard fields.first == "YUV4MPEG2", let width = field("W"), let height = field("H") else {
            throw ToolError(description: "ffmpeg printed '\(header)' where a YUV4MPEG header was due")
        }
        return (width, height)
    }
}
