internal import FFmpeg
internal import MediaTime

/// The encoders of a preview and the file that their packets go to.
struct PreviewFilm: ~Copyable {
    private var muxer: Muxer
    private var video: Encoder
    private var audio: Encoder?
    /// When each picture that is in the encoder is presented, and for how long.
    private var times: [(ticks: Int64, duration: Int64)] = []
    private var pictures: Int64 = 0
    private var waiting = SampleBlock(silence: 0, channels: 2)
    private var samples: Int64 = 0
    private let isSilent: Bool

    private static let samplesPerFrame = 1_024
    private static let sampleRate = 48_000

    /// - Parameters:
    ///   - timescale: ticks a second of the pictures' times.
    ///   - rate: what the encoder is told, for want of times.
    init(
        into sink: ByteSink, named name: String, width: Int, height: Int, timescale: Int32, rate: FrameRate,
        hasSound: Bool
    ) throws {
        let encoder = try Encoder.video(
            VideoEncoding(
                encoder: "libx264", picture: PictureFormat(width: width, height: height, pixelFormat: .yuv420p),
                rate: rate,
                colour: .init(primaries: 1, transfer: 1, matrix: 1, isFullRange: false), threads: 0,
                options: [
                    "preset": "superfast", "crf": "24", "bf": "0", "forced-idr": "1",
                    "x264-params":
                        "open-gop=0:scenecut=0:rc-lookahead=0:sync-lookahead=0:mbtree=0:keyint=\(rate.numerator)",
                ]))
        var sound: Encoder?
        if hasSound {
            sound = try Encoder.audio(
                AudioEncoding(
                    encoder: "aac", sampleFormat: .floatPlanar, sampleRate: Self.sampleRate, channels: 2,
                    bitsPerSecond: 128_000))
        }
        muxer = try Muxer.fragmented(into: sink, named: name, picture: encoder, timescale: timescale, sound: sound)
        video = encoder
        audio = sound
        isSilent = !hasSound
    }

    /// Adds a picture.
    /// - Parameters:
    ///   - ticks: when it is presented.
    ///   - duration: in ticks.
    ///   - startsSlot: whether players can begin with it.
    mutating func add(_ frame: borrowing Frame, at ticks: Int64, duration: Int64, startsSlot: Bool) throws {
        times.append((ticks, duration))
        try video.send(frame, at: pictures, forcingKey: startsSlot)
        pictures += 1
        try writePictures()
    }

    private mutating func writePictures() throws {
        // Without B-frames pictures come out as they went in.
        while let packet = try video.nextPacket() {
            let time = times.removeFirst()
            try muxer.write(packet, to: 0, at: time.ticks, duration: time.duration)
        }
    }

    /// Adds sound after what is there.
    mutating func add(_ block: SampleBlock) throws {
        waiting.append(block)
        var start = 0
        while waiting.count - start >= Self.samplesPerFrame {
            try encode(waiting[start..<start + Self.samplesPerFrame])
            start += Self.samplesPerFrame
        }
        if start > 0 { waiting = waiting[start..<waiting.count] }
    }

    private mutating func encode(_ block: SampleBlock) throws {
        var block = block
        // The first frame of AAC has nothing to overlap with, and decodes to noise unless it is silent.
        if samples == 0 { block.multiply(by: 0) }
        let frame = try Frame.sound(block, format: .floatPlanar, sampleRate: Self.sampleRate)
        try audio?.send(frame, at: samples)
        samples += Int64(block.count)
        try writeSound()
    }

    private mutating func writeSound() throws {
        while let packet = try audio?.nextPacket() {
            // The encoder's delay is left out: then sample n is heard at n, without an edit list.
            guard let ticks = packet.presentationTicks, ticks >= 0 else { continue }
            try muxer.write(packet, to: 1, at: ticks, duration: Int64(Self.samplesPerFrame))
        }
    }

    /// Writes what the encoders still hold, and the end of the file. Sound that does not fill a frame is left out: sound never
    /// lasts longer than the picture.
    consuming func finish() throws {
        try video.drain()
        try writePictures()
        if !isSilent {
            try audio?.drain()
            try writeSound()
        }
        try muxer.finish()
    }
}
