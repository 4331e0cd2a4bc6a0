internal import CFFmpeg

/// Takes the bytes of a file in the order in which a muxer makes them (`AVIOContext` for output): for files that grow, pipes, or both.
public final class ByteSink {
    private(set) var context: UnsafeMutablePointer<AVIOContext>?
    /// Why bytes could not be taken, which a muxer knows only as an error of writing; `nil` as long as all were.
    public private(set) var failure: (any Error)?
    private let body: (UnsafeRawBufferPointer) throws -> Void

    /// Hands all bytes to `body`, which is valid to call on the thread that muxes alone.
    /// - Throws: `FFmpegError` when memory is short.
    public init(_ body: @escaping (UnsafeRawBufferPointer) throws -> Void) throws(FFmpegError) {
        self.body = body
        let size: Int32 = 1 << 16
        guard let buffer = av_malloc(Int(size)) else {
            throw FFmpegError(code: .outOfMemory, operation: "write", path: nil, stream: nil, frame: nil, log: [])
        }
        context = avio_alloc_context(
            buffer.assumingMemoryBound(to: UInt8.self), size, 1, Unmanaged.passUnretained(self).toOpaque(), nil,
            { opaque, bytes, count in
                guard let opaque, let bytes else { return shim_AVERROR(EINVAL) }
                let sink = Unmanaged<ByteSink>.fromOpaque(opaque).takeUnretainedValue()
                return sink.take(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
            }, nil)
    }

    deinit {
        if let context {
            av_free(context.pointee.buffer)
            avio_context_free(&self.context)
        }
    }

    private func take(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        guard failure == nil else { return shim_AVERROR(EIO) }
        do {
            try body(bytes)
            return Int32(bytes.count)
        } catch {
            failure = error
            return shim_AVERROR(EIO)
        }
    }
}
