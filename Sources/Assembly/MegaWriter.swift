internal import Diagnostics
internal import FFmpeg
internal import MediaTime
internal import Sound

/// Encodes clips one after another into one MP4: a picture track and a sound track.
struct MegaWriter: ~Copyable {
    /// Frames of all clips, for progress.
    var total: Int64 = 0
    private var muxer: Muxer
    private var video: Encoder
    private var audio: Encoder
    private let format: AssemblyFormat
    private let folder: String
    private let progress: ProgressHandler
    private var frames: Int64 = 0
    private var samples: Int64 = 0
    private var queue: SampleQueue

    private static let channels = 2
    private static let picture = 0
    private static let sound = 1

    /// - Parameters:
    ///   - path: the file to write.
    ///   - folder: sound waits on its disk.
    init(_ path: String, _ format: AssemblyFormat, folder: String, progress: @escaping ProgressHandler) throws {
        let encoder = try Encoder.video(Self.encoding(format))
        let sound = try Encoder.audio(
            AudioEncoding(
                encoder: "aac", sampleFormat: .floatPlanar, sampleRate: SoundFormat.sampleRate, channels: Self.channels,
                bitsPerSecond: 256_000, options: [:]))
        muxer = try Muxer.create(path, format: "mp4", for: encoder, and: sound)
        video = encoder
        queue = SampleQueue(channels: Self.channels, size: max(1, sound.samplesPerFrame))
        audio = sound
        self.format = format
        self.folder = folder
        self.progress = progress
    }

    private static func encoding(_ format: AssemblyFormat) -> VideoEncoding {
        let seconds = (2 * format.frameRate.numerator + format.frameRate.denominator - 1) / format.frameRate.denominator
        return VideoEncoding(
            encoder: "libx264",
            picture: PictureFormat(width: format.width, height: format.height, pixelFormat: .yuv420p),
            rate: format.frameRate, colour: .init(primaries: 1, transfer: 1, matrix: 1, isFullRange: false), threads: 0,
            options: [
                "preset": "medium", "crf": "\(format.quality)", "forced-idr": "1",
                "x264-params": "open-gop=0:min-keyint=1:scenecut=0:keyint=\(seconds)",
            ])
    }

    /// Appends a clip.
    mutating func add(_ source: ClipSource, _ conversion: RateConversion) throws {
        try addPicture(source, conversion)
        try addSound(source, conversion)
    }

    private mutating func addPicture(_ source: ClipSource, _ conversion: RateConversion) throws {
        var reader = try VideoReader.open(source.clip.path, index: source.index)
        var deinterlacer = source.index.isInterlaced ? Deinterlacer(source.index) : nil
        var graph: FilterGraph?
        var opened: PictureFormat?
        var shown: (number: Int64, frame: SharedFrame)?
        for (place, number) in conversion.sources.enumerated() {
            try Interruption.check()
            if shown?.number != number {
                let frame = try deinterlacer?.frame(at: number, from: &reader) ?? reader.frame(at: number)
                if opened != frame.pictureFormat {
                    graph = try FilterGraph.open(source.filters(format), for: frame.pictureFormat)
                    opened = frame.pictureFormat
                }
                if let conformed = try graph?.apply(frame) { shown = (number, SharedFrame(conformed)) }
            }
            guard let frame = shown?.frame else { continue }
            try video.send(frame.frame, at: frames, forcingKey: place == 0)
            try writePictures()
            frames += 1
            progress(ProgressReport(stage: "assembling", done: Int(frames), total: Int(total), unit: "frames"))
        }
    }

    private mutating func writePictures() throws {
        while let packet = try video.nextPacket() { try muxer.write(packet, to: Self.picture, duration: 1) }
    }

    /// The sound that is heard with the clip's picture: as many samples as its frames last, counted from the beginning of the Mega Asset, so
    /// that nothing adds up.
    private mutating func addSound(_ source: ClipSource, _ conversion: RateConversion) throws {
        let end = format.frameRate.ticks(atFrame: frames, in: .samples48k)
        let count = end - samples
        samples = end
        guard source.hasSound else { return try send(SampleBlock(silence: Int(count), channels: Self.channels)) }
        let first = Timebase.samples48k.rescaleNearest(
            source.index.presentationTicks.first ?? 0, from: source.index.stream.timebase)
        let sound = try ConformedSound(
            source.clip.path, samples: first..<first + count, channels: Self.channels, loudness: format.loudness,
            folder: folder)
        var blocks: [SampleBlock] = []
        try sound.forEachBlock { blocks.append($0) }
        for block in blocks { try send(block) }
    }

    private var sentSamples: Int64 = 0

    private mutating func send(_ block: SampleBlock) throws {
        var full: [SampleBlock] = []
        queue.add(block) { full.append($0) }
        for block in full { try encode(block) }
    }

    private mutating func encode(_ block: SampleBlock) throws {
        let frame = try Frame.sound(block, format: .floatPlanar, sampleRate: SoundFormat.sampleRate)
        try audio.send(frame, at: sentSamples)
        sentSamples += Int64(block.count)
        try writeSound()
    }

    private mutating func writeSound() throws {
        while let packet = try audio.nextPacket() { try muxer.write(packet, to: Self.sound) }
    }

    /// Writes what the encoders still hold, and the end of the file.
    consuming func finish() throws {
        if let rest = queue.rest { try encode(rest) }
        try video.drain()
        try writePictures()
        try audio.drain()
        try writeSound()
        try muxer.finish()
    }
}
