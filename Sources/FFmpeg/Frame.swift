internal import CFFmpeg

/// One decoded picture, or one run of decoded sound (`AVFrame`).
///
/// Owns a reference to its data. Times are ticks of the time base of where it came from.
public struct Frame: ~Copyable {
    let pointer: UnsafeMutablePointer<AVFrame>

    /// Makes an empty frame.
    init() {
        guard let pointer = av_frame_alloc() else { preconditionFailure("out of memory for a frame") }
        self.pointer = pointer
    }

    deinit {
        var owned: UnsafeMutablePointer<AVFrame>? = pointer
        av_frame_free(&owned)
    }

    /// Makes a picture with memory of its own, undefined in content.
    /// - Throws: `FFmpegError` when the format is unknown or memory is short.
    public static func picture(_ format: PictureFormat) throws(FFmpegError) -> Frame {
        let frame = Frame()
        frame.pointer.pointee.width = Int32(format.width)
        frame.pointer.pointee.height = Int32(format.height)
        frame.pointer.pointee.format = format.pixelFormat.rawValue
        try check(av_frame_get_buffer(frame.pointer, 0), "allocate a picture of \(format)")
        return frame
    }

    /// Another reference to the same data.
    /// - Throws: `FFmpegError` when memory is short.
    public borrowing func reference() throws(FFmpegError) -> Frame {
        let copy = Frame()
        try check(av_frame_ref(copy.pointer, pointer), "reference a frame")
        return copy
    }

    /// When the frame is presented, in ticks: FFmpeg's best estimate from packet times and decoding order.
    public var presentationTicks: Int64? { Packet.ticks(pointer.pointee.best_effort_timestamp) }
    /// Size and pixel format of a picture.
    public var pictureFormat: PictureFormat {
        PictureFormat(
            width: Int(pointer.pointee.width), height: Int(pointer.pointee.height),
            pixelFormat: PixelFormat(rawValue: pointer.pointee.format))
    }
    /// Whether decoding it met errors, so that parts of the picture may be guessed.
    public var isDamaged: Bool {
        pointer.pointee.decode_error_flags != 0 || pointer.pointee.flags & AV_FRAME_FLAG_CORRUPT != 0
    }
    /// Whether the picture is coded as two fields.
    public var isInterlaced: Bool { pointer.pointee.interlaced_frame != 0 }
    /// The number of samples for each channel of a run of sound.
    public var sampleCount: Int { Int(pointer.pointee.nb_samples) }
    /// Samples a second of a run of sound.
    public var sampleRate: Int { Int(pointer.pointee.sample_rate) }

    /// What filters wrote beside the frame, by key; `nil` where there is nothing of the kind.
    func metadata(_ key: String) -> String? {
        av_dict_get(pointer.pointee.metadata, key, nil, 0).map { String(cString: $0.pointee.value) }
    }

    /// Calls `body` with the bytes of a plane and its stride in bytes; valid only during the call.
    ///
    /// Plane 0 is luma (or packed RGB, or the first channel of planar sound).
    public borrowing func withPlane<Result>(
        _ plane: Int, _ body: (_ bytes: UnsafeRawBufferPointer, _ stride: Int) throws -> Result
    ) rethrows -> Result {
        let height = planeHeight(plane)
        let stride = planeStride(plane)
        return try body(UnsafeRawBufferPointer(start: planeStart(plane), count: stride * height), stride)
    }

    /// Calls `body` with the writable bytes of a plane and its stride in bytes; valid only during the call.
    /// The frame must be the only owner of its data, as one from `picture(_:)` is.
    public mutating func withMutablePlane<Result>(
        _ plane: Int, _ body: (_ bytes: UnsafeMutableRawBufferPointer, _ stride: Int) throws -> Result
    ) rethrows -> Result {
        let height = planeHeight(plane)
        let stride = planeStride(plane)
        return try body(UnsafeMutableRawBufferPointer(start: planeStart(plane), count: stride * height), stride)
    }

    private func planeStart(_ plane: Int) -> UnsafeMutablePointer<UInt8>? {
        withUnsafeBytes(of: pointer.pointee.data) { $0.bindMemory(to: UnsafeMutablePointer<UInt8>?.self)[plane] }
    }

    private func planeStride(_ plane: Int) -> Int {
        withUnsafeBytes(of: pointer.pointee.linesize) { Int($0.bindMemory(to: Int32.self)[plane]) }
    }

    func planeHeight(_ plane: Int) -> Int {
        guard let description = av_pix_fmt_desc_get(AVPixelFormat(pointer.pointee.format)) else { return 0 }
        let height = Int(pointer.pointee.height)
        let shift = plane == 1 || plane == 2 ? Int(description.pointee.log2_chroma_h) : 0
        return (height + (1 << shift) - 1) >> shift
    }
}

/// A frame that several places refer to, and that lists can hold.
public final class SharedFrame {
    /// The frame.
    public let frame: Frame

    /// Takes a frame over.
    public init(_ frame: consuming Frame) { self.frame = frame }
}

/// Turns a negative result code of FFmpeg into an error, and returns the others.
@discardableResult
func check(
    _ result: Int32, _ operation: @autoclosure () -> String, path: String? = nil, stream: Int? = nil,
    log: LogCapture? = nil
) throws(FFmpegError) -> Int32 {
    guard result < 0 else { return result }
    throw FFmpegError(
        code: .init(rawValue: result), operation: operation(), path: path, stream: stream, frame: nil,
        log: log?.recent ?? [])
}
