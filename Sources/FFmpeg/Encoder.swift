internal import CFFmpeg
public import MediaTime

/// Turns frames into packets (`AVCodecContext` for encoding).
public struct Encoder: ~Copyable {
    let pointer: UnsafeMutablePointer<AVCodecContext>
    private let log: LogCapture
    private let name: String

    /// Opens an encoder for pictures. Ticks are frames: the picture with tick n is frame n.
    /// - Throws: `FFmpegError` when FFmpeg lacks the encoder or refuses a setting.
    public static func video(_ settings: VideoEncoding) throws(FFmpegError) -> Encoder {
        let encoder = try allocate(settings.encoder)
        let context = encoder.pointer
        context.pointee.width = Int32(settings.picture.width)
        context.pointee.height = Int32(settings.picture.height)
        context.pointee.pix_fmt = AVPixelFormat(settings.picture.pixelFormat.rawValue)
        context.pointee.time_base = AVRational(
            num: Int32(settings.rate.denominator), den: Int32(settings.rate.numerator))
        context.pointee.framerate = AVRational(
            num: Int32(settings.rate.numerator), den: Int32(settings.rate.denominator))
        context.pointee.sample_aspect_ratio = AVRational(
            num: settings.sampleAspect.width, den: settings.sampleAspect.height)
        context.pointee.color_primaries = AVColorPrimaries(UInt32(settings.colour.primaries))
        context.pointee.color_trc = AVColorTransferCharacteristic(UInt32(settings.colour.transfer))
        context.pointee.colorspace = AVColorSpace(UInt32(settings.colour.matrix))
        context.pointee.color_range = settings.colour.isFullRange ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG
        try encoder.start(threads: settings.threads, options: reproducible(settings))
        return encoder
    }

    /// The options that give the same bytes on every machine.
    ///
    /// libx264's AVX-512 code reads memory that was never written where the width is no multiple of 64, and what it finds there
    /// decides about motion vectors (seen in core 164: the bytes change with `MALLOC_PERTURB_`, and do not with AVX2).
    private static func reproducible(_ settings: VideoEncoding) -> [String: String] {
        var options = settings.options
        #if arch(x86_64)
            if settings.encoder == "libx264", av_get_cpu_flags() & AV_CPU_FLAG_AVX512 != 0 {
                options["x264-params"] = [options["x264-params"], "asm=AVX2"].compactMap(\.self).joined(separator: ":")
            }
        #endif
        return options
    }

    /// Opens an encoder for sound. Ticks are samples.
    /// - Throws: `FFmpegError` when FFmpeg lacks the encoder or refuses a setting.
    public static func audio(_ settings: AudioEncoding) throws(FFmpegError) -> Encoder {
        let encoder = try allocate(settings.encoder)
        let context = encoder.pointer
        context.pointee.sample_fmt = AVSampleFormat(settings.sampleFormat.rawValue)
        context.pointee.sample_rate = Int32(settings.sampleRate)
        av_channel_layout_default(&context.pointee.ch_layout, Int32(settings.channels))
        context.pointee.time_base = AVRational(num: 1, den: Int32(settings.sampleRate))
        context.pointee.bit_rate = Int64(settings.bitsPerSecond)
        context.pointee.bits_per_raw_sample = settings.sampleFormat == .int32 ? 24 : 0
        try encoder.start(threads: 1, options: settings.options)
        return encoder
    }

    private init(pointer: UnsafeMutablePointer<AVCodecContext>, log: LogCapture, name: String) {
        self.pointer = pointer
        self.log = log
        self.name = name
        pointer.pointee.opaque = log.opaque
    }

    deinit {
        var owned: UnsafeMutablePointer<AVCodecContext>? = pointer
        avcodec_free_context(&owned)
    }

    private static func allocate(_ name: String) throws(FFmpegError) -> Encoder {
        guard let codec = avcodec_find_encoder_by_name(name), let pointer = avcodec_alloc_context3(codec) else {
            throw FFmpegError(
                code: .encoderNotFound, operation: "open the encoder \(name)", path: nil, stream: nil, frame: nil,
                log: [])
        }
        return Encoder(pointer: pointer, log: LogCapture(), name: name)
    }

    private borrowing func start(threads: Int, options: [String: String]) throws(FFmpegError) {
        pointer.pointee.thread_count = Int32(threads)
        // Parameter sets go to the sample entry, not into the stream.
        pointer.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER | Int32(AV_CODEC_FLAG_BITEXACT)
        var dictionary: OpaquePointer?
        defer { av_dict_free(&dictionary) }
        for (key, value) in options { av_dict_set(&dictionary, key, value, 0) }
        try check(avcodec_open2(pointer, nil, &dictionary), "open the encoder \(name)", log: log)
        if let unused = av_dict_get(dictionary, "", nil, AV_DICT_IGNORE_SUFFIX) {
            throw FFmpegError(
                code: .posix(22), operation: "set '\(String(cString: unused.pointee.key))' of the encoder \(name)",
                path: nil, stream: nil, frame: nil, log: [])
        }
    }

    /// The codec's header: Annex B parameter sets for libx264, the `AudioSpecificConfig` for AAC.
    public var codecHeader: [UInt8] {
        Array(UnsafeBufferPointer(start: pointer.pointee.extradata, count: Int(pointer.pointee.extradata_size)))
    }

    /// By how many pictures the order of decoding may differ from that of presentation, at most.
    public var reorderDelay: Int { Int(pointer.pointee.has_b_frames) }

    /// Samples that each frame of sound must have, but the last; 0 for any number.
    public var samplesPerFrame: Int { Int(pointer.pointee.frame_size) }

    /// Samples of silence that the encoder puts before the first sample (its delay).
    public var primingSamples: Int { Int(pointer.pointee.initial_padding) }

    /// Sends a frame to be presented at `ticks`. Packets that are ready must have been received before.
    /// - Parameter forcingKey: whether the picture becomes an IDR.
    /// - Throws: `FFmpegError` when the frame does not fit the encoder.
    public mutating func send(
        _ frame: borrowing Frame, at ticks: Int64, forcingKey: Bool = false
    ) throws(FFmpegError) {
        // A reference of our own: type and time are ours to set, the frame is the caller's.
        let copy = try frame.reference()
        copy.pointer.pointee.pts = ticks
        copy.pointer.pointee.pict_type = forcingKey ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE
        try check(avcodec_send_frame(pointer, copy.pointer), "encode with \(name)", log: log)
    }

    /// Says that no frame follows, so that the last packets come out.
    /// - Throws: `FFmpegError` when the encoder has already been drained.
    public mutating func drain() throws(FFmpegError) {
        try check(avcodec_send_frame(pointer, nil), "finish encoding with \(name)", log: log)
    }

    /// The next packet in decoding order; `nil` when the encoder wants another frame, or has ended after `drain()`.
    /// - Throws: `FFmpegError` when encoding fails.
    public mutating func nextPacket() throws(FFmpegError) -> Packet? {
        let packet = Packet()
        let result = avcodec_receive_packet(pointer, packet.pointer)
        if result == shim_AVERROR_EAGAIN || result == shim_AVERROR_EOF { return nil }
        try check(result, "encode with \(name)", log: log)
        return packet
    }
}

/// How pictures are encoded. Equal settings and pictures give equal bytes, for a fixed number of threads.
public struct VideoEncoding: Sendable {
    /// FFmpeg's name of the encoder, such as `libx264`.
    public var encoder: String
    /// Size and pixel format of the pictures.
    public var picture: PictureFormat
    /// Frames a second.
    public var rate: FrameRate
    /// Width to height of one sample.
    public var sampleAspect: (width: Int32, height: Int32) = (1, 1)
    /// How the colours are meant.
    public var colour: StreamInfo.Colour
    /// Threads of the encoder: part of the settings, since libx264's bytes depend on them.
    public var threads: Int
    /// The encoder's own options by name.
    public var options: [String: String]

    /// Makes settings.
    public init(
        encoder: String, picture: PictureFormat, rate: FrameRate, sampleAspect: (width: Int32, height: Int32) = (1, 1),
        colour: StreamInfo.Colour, threads: Int, options: [String: String]
    ) {
        self.encoder = encoder
        self.picture = picture
        self.rate = rate
        self.sampleAspect = sampleAspect
        self.colour = colour
        self.threads = threads
        self.options = options
    }
}

/// How sound is encoded.
public struct AudioEncoding: Sendable {
    /// FFmpeg's name of the encoder, such as `aac` or `flac`.
    public var encoder: String
    /// The form in which the encoder takes its samples.
    public var sampleFormat: SampleFormat
    /// Samples a second.
    public var sampleRate: Int
    /// Channels.
    public var channels: Int
    /// Bits a second; 0 for lossless encoders.
    public var bitsPerSecond: Int
    /// The encoder's own options by name.
    public var options: [String: String]

    /// Makes settings.
    public init(
        encoder: String, sampleFormat: SampleFormat, sampleRate: Int, channels: Int, bitsPerSecond: Int = 0,
        options: [String: String] = [:]
    ) {
        self.encoder = encoder
        self.sampleFormat = sampleFormat
        self.sampleRate = sampleRate
        self.channels = channels
        self.bitsPerSecond = bitsPerSecond
        self.options = options
    }
}
