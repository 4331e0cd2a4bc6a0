internal import CFFmpeg

/// Changes rate, channels and form of sound to planar float (`SwrContext`).
public struct Resampler: ~Copyable {
    private let pointer: OpaquePointer
    private let channels: Int
    /// The form that it was opened for.
    private let form: SoundForm

    /// Prepares the change from the form of `frame` to `sampleRate` and `channels`.
    /// - Throws: `FFmpegError` when FFmpeg cannot convert between the two.
    public static func open(
        like frame: borrowing Frame, sampleRate: Int, channels: Int
    ) throws(FFmpegError) -> Resampler {
        var target = AVChannelLayout()
        av_channel_layout_default(&target, Int32(channels))
        var source = AVChannelLayout()
        try check(av_channel_layout_copy(&source, &frame.pointer.pointee.ch_layout), "copy a channel layout")
        defer { av_channel_layout_uninit(&source) }
        if source.order == AV_CHANNEL_ORDER_UNSPEC {
            let count = source.nb_channels
            av_channel_layout_uninit(&source)
            av_channel_layout_default(&source, count)
        }
        var context: OpaquePointer?
        try check(
            swr_alloc_set_opts2(
                &context, &target, AV_SAMPLE_FMT_FLTP, Int32(sampleRate), &source,
                AVSampleFormat(frame.pointer.pointee.format), frame.pointer.pointee.sample_rate, 0, nil),
            "describe a resampling")
        guard let pointer = context else {
            throw FFmpegError(
                code: .outOfMemory, operation: "resample sound", path: nil, stream: nil, frame: nil, log: [])
        }
        let resampler = Resampler(pointer: pointer, channels: channels, form: SoundForm(frame))
        try check(swr_init(pointer), "resample sound")
        return resampler
    }

    private init(pointer: OpaquePointer, channels: Int, form: SoundForm) {
        self.pointer = pointer
        self.channels = channels
        self.form = form
    }

    deinit {
        var owned: OpaquePointer? = pointer
        swr_free(&owned)
    }

    /// The converted samples that are ready after `frame`.
    /// - Throws: `FFmpegError` when `frame` has another form than the resampler was opened for.
    public mutating func convert(_ frame: borrowing Frame) throws(FFmpegError) -> SampleBlock {
        let found = SoundForm(frame)
        guard found == form else {
            throw FFmpegError(
                code: .invalidData, operation: "take sound that changes from \(form) to \(found)", path: nil,
                stream: nil, frame: nil, log: [])
        }
        return try run(UnsafePointer(frame.pointer.pointee.extended_data), Int32(frame.sampleCount))
    }

    /// The last samples, which the filter still holds after the last frame.
    /// - Throws: `FFmpegError` when FFmpeg fails.
    public mutating func finish() throws(FFmpegError) -> SampleBlock { try run(nil, 0) }

    private func run(
        _ input: UnsafePointer<UnsafeMutablePointer<UInt8>?>?, _ inputCount: Int32
    ) throws(FFmpegError) -> SampleBlock {
        let capacity = Int(try check(swr_get_out_samples(pointer, inputCount), "resample sound"))
        var planes = (0..<channels).map { _ in [Float](repeating: 0, count: max(capacity, 1)) }
        let buffers = planes.indices.map { _ in
            UnsafeMutablePointer<Float>.allocate(capacity: max(capacity, 1))
        }
        defer { for buffer in buffers { buffer.deallocate() } }
        var outputs = buffers.map { Optional(UnsafeMutableRawPointer($0).assumingMemoryBound(to: UInt8.self)) }
        let produced: Int32
        if let input {
            produced = input.withMemoryRebound(to: UnsafePointer<UInt8>?.self, capacity: 64) {
                swr_convert(pointer, &outputs, Int32(capacity), UnsafeMutablePointer(mutating: $0), inputCount)
            }
        } else {
            produced = swr_convert(pointer, &outputs, Int32(capacity), nil, 0)
        }
        let count = Int(try check(produced, "resample sound"))
        for index in planes.indices {
            planes[index] = Array(UnsafeBufferPointer(start: buffers[index], count: count))
        }
        return SampleBlock(channels: planes)
    }
}

/// Rate, channels and sample format of decoded sound.
private struct SoundForm: Equatable, CustomStringConvertible {
    var sampleRate: Int32
    var channels: Int32
    var format: Int32

    init(_ frame: borrowing Frame) {
        sampleRate = frame.pointer.pointee.sample_rate
        channels = frame.pointer.pointee.ch_layout.nb_channels
        format = frame.pointer.pointee.format
    }

    var description: String { "\(sampleRate) Hz with \(channels) channel\(channels == 1 ? "" : "s")" }
}
