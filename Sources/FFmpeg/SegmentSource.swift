internal import CFFmpeg
private import Glibc

/// A run of bytes of a file.
public struct FileSegment: Sendable, Hashable {
    /// The file.
    public var path: String
    /// The first byte.
    public var offset: Int64
    /// How many bytes; `nil` is to the file's end.
    public var count: Int64?

    /// Names bytes `[offset, offset + count)` of a file, or all from `offset` on.
    public init(path: String, offset: Int64 = 0, count: Int64? = nil) {
        self.path = path
        self.offset = offset
        self.count = count
    }
}

/// Segments of files as one file for FFmpeg to read (`AVIOContext`). One file is open at a time.
final class SegmentSource {
    private(set) var context: UnsafeMutablePointer<AVIOContext>?
    private let segments: [(path: String, offset: Int64, start: Int64, end: Int64)]
    private var position: Int64 = 0
    private var openSegment = -1
    private var descriptor: Int32 = -1

    init(_ pieces: [FileSegment], name: String) throws(FFmpegError) {
        var start: Int64 = 0
        var segments: [(path: String, offset: Int64, start: Int64, end: Int64)] = []
        for piece in pieces {
            var status = stat()
            guard stat(piece.path, &status) == 0 else {
                throw FFmpegError(
                    code: .posix(errno), operation: "open", path: piece.path, stream: nil, frame: nil, log: [])
            }
            let size = Int64(status.st_size)
            let count = piece.count ?? max(0, size - piece.offset)
            // FFmpeg would take a file that was cut short for a shorter film.
            guard piece.offset >= 0, count >= 0, piece.offset <= size, count <= size - piece.offset else {
                throw FFmpegError(
                    code: .endOfFile,
                    operation: "read \(count) bytes at \(piece.offset) of a file of \(size)",
                    path: piece.path, stream: nil, frame: nil, log: [])
            }
            segments.append((piece.path, piece.offset, start, start + count))
            start += count
        }
        self.segments = segments
        let size: Int32 = 1 << 16
        guard let buffer = av_malloc(Int(size)) else {
            throw FFmpegError(code: .outOfMemory, operation: "open", path: name, stream: nil, frame: nil, log: [])
        }
        context = avio_alloc_context(
            buffer.assumingMemoryBound(to: UInt8.self), size, 0, Unmanaged.passUnretained(self).toOpaque(),
            { opaque, target, count in
                guard let opaque, let target else { return shim_AVERROR(EINVAL) }
                return Unmanaged<SegmentSource>.fromOpaque(opaque).takeUnretainedValue().read(target, Int(count))
            }, nil,
            { opaque, offset, whence in
                guard let opaque else { return -1 }
                return Unmanaged<SegmentSource>.fromOpaque(opaque).takeUnretainedValue().seek(offset, whence)
            })
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        if let context {
            av_free(context.pointee.buffer)
            avio_context_free(&self.context)
        }
    }

    private func read(_ target: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int32 {
        guard let index = segments.firstIndex(where: { position >= $0.start && position < $0.end }) else {
            return shim_AVERROR_EOF
        }
        let segment = segments[index]
        if index != openSegment {
            if descriptor >= 0 { close(descriptor) }
            descriptor = open(segment.path, O_RDONLY | O_CLOEXEC)
            openSegment = descriptor >= 0 ? index : -1
            guard descriptor >= 0 else { return shim_AVERROR(errno) }
        }
        let wanted = min(count, Int(segment.end - position))
        let result = pread(descriptor, target, wanted, off_t(segment.offset + position - segment.start))
        // The segment was whole when it was opened.
        guard result > 0 else { return shim_AVERROR(result == 0 ? EIO : errno) }
        position += Int64(result)
        return Int32(result)
    }

    private func seek(_ offset: Int64, _ whence: Int32) -> Int64 {
        let end = segments.last?.end ?? 0
        switch whence & ~AVSEEK_FORCE {
        case shim_AVSEEK_SIZE: return end
        case SEEK_SET: position = offset
        case SEEK_CUR: position += offset
        case SEEK_END: position = end + offset
        default: return -1
        }
        return position
    }
}
