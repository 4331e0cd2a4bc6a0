internal import CFFmpeg
private import Synchronization

/// The last lines that FFmpeg logged for one context.
///
/// FFmpeg has one log callback for the whole process. Ours finds the context that a line belongs to and keeps the line
/// there: every context that we open carries its capture in its `opaque` field, which FFmpeg copies to the contexts of
/// its decoding threads. Lines of other contexts are dropped, so nothing reaches stderr behind our back.
final class LogCapture: Sendable {
    private let lines = Mutex<[String]>([])
    private static let capacity = 8

    init() { _ = LogCapture.installed }

    /// The lines kept so far, oldest first.
    var recent: [String] { lines.withLock { $0 } }

    /// Forgets all lines; called before an operation whose own lines are wanted.
    func clear() { lines.withLock { $0.removeAll(keepingCapacity: true) } }

    /// The pointer to store in a context's `opaque`. The context must not outlive this object.
    var opaque: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    private func keep(_ line: String) {
        lines.withLock {
            if $0.count == Self.capacity { $0.removeFirst() }
            $0.append(line)
        }
    }

    private static let installed: Void = {
        av_log_set_callback { context, level, format, arguments in
            guard level <= AV_LOG_WARNING, let context, let format, let arguments,
                let capture = LogCapture.owner(of: context)
            else {
                return
            }
            let line = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) { buffer -> String in
                guard let start = buffer.baseAddress else { return "" }
                var printPrefix: Int32 = 0
                start.pointee = 0
                av_log_format_line2(context, level, format, arguments, start, 1024, &printPrefix)
                return String(cString: start)
            }
            let trimmed = line.split(whereSeparator: \.isNewline).joined(separator: " ")
            if !trimmed.isEmpty { capture.keep(trimmed) }
        }
    }()

    /// Walks from a context to the codec or format context above it, and reads the capture that it carries.
    private static func owner(of context: UnsafeMutableRawPointer) -> LogCapture? {
        var current = context
        for _ in 0..<4 {
            guard let description = current.load(as: UnsafePointer<AVClass>?.self) else { return nil }
            if description == avcodec_get_class() {
                return capture(current.assumingMemoryBound(to: AVCodecContext.self).pointee.opaque)
            }
            if description == avformat_get_class() {
                return capture(current.assumingMemoryBound(to: AVFormatContext.self).pointee.opaque)
            }
            let offset = Int(description.pointee.parent_log_context_offset)
            guard offset > 0, let parent = current.load(fromByteOffset: offset, as: UnsafeMutableRawPointer?.self)
            else {
                return nil
            }
            current = parent
        }
        return nil
    }

    private static func capture(_ opaque: UnsafeMutableRawPointer?) -> LogCapture? {
        opaque.map { Unmanaged<LogCapture>.fromOpaque($0).takeUnretainedValue() }
    }
}
