internal import CFFmpeg
public import Diagnostics

/// What FFmpeg said when an operation failed: the operation, what it was done to, the code, and FFmpeg's own last lines.
public struct FFmpegError: ReportableError, Equatable {
    /// FFmpeg's result code (`AVERROR(…)`).
    public var code: Code
    /// What was tried, as a verb with its object: `open`, `read packet`, `decode video`.
    public var operation: String
    /// The file, where there is one.
    public var path: String?
    /// The index of the stream in the file, where one stream is meant.
    public var stream: Int?
    /// The presented frame, where one frame is meant.
    public var frame: Int64?
    /// The last lines that FFmpeg logged for this context, oldest first; at most eight.
    public var log: [String]

    /// A result code of FFmpeg. Values without a name are still values.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The negative integer that FFmpeg returned.
        public let rawValue: Int32

        /// Wraps a code of FFmpeg.
        public init(rawValue: Int32) { self.rawValue = rawValue }

        /// `AVERROR_EOF`.
        public static let endOfFile = Code(rawValue: shim_AVERROR_EOF)
        /// `AVERROR(EAGAIN)`.
        public static let again = Code(rawValue: shim_AVERROR_EAGAIN)
        /// `AVERROR(ENOMEM)`.
        public static let outOfMemory = Code(rawValue: shim_AVERROR_ENOMEM)
        /// `AVERROR_INVALIDDATA`.
        public static let invalidData = Code(rawValue: shim_AVERROR_INVALIDDATA)
        /// `AVERROR_DECODER_NOT_FOUND`.
        public static let decoderNotFound = Code(rawValue: shim_AVERROR_DECODER_NOT_FOUND)
        /// `AVERROR_STREAM_NOT_FOUND`.
        public static let streamNotFound = Code(rawValue: shim_AVERROR_STREAM_NOT_FOUND)
        /// `AVERROR_ENCODER_NOT_FOUND`.
        public static let encoderNotFound = Code(rawValue: shim_AVERROR_ENCODER_NOT_FOUND)

        /// `AVERROR(errno)`.
        public static func posix(_ errno: Int32) -> Code { Code(rawValue: shim_AVERROR(errno)) }

        /// FFmpeg's words for the code (`av_strerror`).
        public var description: String {
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
                buffer.initialize(repeating: 0)
                guard let start = buffer.baseAddress, av_strerror(rawValue, start, 128) == 0 else {
                    return "error \(rawValue)"
                }
                return String(cString: start)
            }
        }
    }

    /// The exit status that fits the code.
    public var status: ExitStatus {
        switch code {
        case .posix(2), .posix(13), .posix(21): .notFound
        case .posix(5), .posix(28), .posix(27): .inputOutput
        // A codec that no decoder reads is the input's fault; an encoder that FFmpeg lacks is the machine's.
        case .outOfMemory, .encoderNotFound: .unavailable
        default: .badInput
        }
    }

    /// `mega.mp4: cannot decode video, frame 17: Invalid data found when processing input (…FFmpeg's last line…)`.
    public var description: String {
        var line = path.map { "\($0): " } ?? ""
        line += "cannot \(operation)"
        if let stream { line += ", stream \(stream)" }
        if let frame { line += ", frame \(frame)" }
        line += ": \(code)"
        if let last = log.last { line += " (\(last))" }
        if code == .posix(28) { line += "; make room and run the command again" }
        return line
    }
}
