internal import Diagnostics
internal import Editions
internal import FFmpeg
internal import ISOBMFF
internal import MediaTime

/// Makes the media objects of clips by encoding every frame with libx264: an encoder for each clip, so that each begins with
/// an IDR, ends closed, and depends on nothing but its own frames.
struct EncodeConditioner {
    let source: Source
    let encoding: VideoEncoding
    let timing: PictureTiming
    let library: Library

    /// The settings with which clips are encoded.
    ///
    /// - Parameter quality: x264's constant rate factor: lower is better and larger.
    static func encoding(_ stream: StreamInfo, rate: FrameRate, quality: Int) -> VideoEncoding {
        let keepsFormat = [.yuv420p, .yuvj420p].contains(stream.picture.pixelFormat)
        // 4:2:0 has a chroma sample for two luma samples each way: sides are even.
        let picture = PictureFormat(
            width: max(2, stream.picture.width & ~1), height: max(2, stream.picture.height & ~1),
            pixelFormat: keepsFormat ? stream.picture.pixelFormat : .yuv420p)
        let seconds = Int((rate.numerator + rate.denominator - 1) / rate.denominator)
        return VideoEncoding(
            encoder: "libx264", picture: picture, rate: rate, sampleAspect: stream.sampleAspect, colour: stream.colour,
            threads: 4,
            // Without cpu-independent the macroblock tree differs between SSE2, AVX and C, and with AVX-512 it depends on
            // memory that was never written (seen in core 164: the bytes change with MALLOC_PERTURB_).
            options: [
                "preset": "medium", "crf": "\(quality)", "forced-idr": "1",
                "x264-params": "open-gop=0:keyint=\(2 * seconds):min-keyint=1:rc-lookahead=30:cpu-independent=1",
            ])
    }

    private final class Open {
        let range: FrameRange
        var encoder: Encoder
        let object: ClipObject

        init(range: FrameRange, encoder: consuming Encoder, object: ClipObject) {
            self.range = range
            self.encoder = encoder
            self.object = object
        }

        func add(_ frame: borrowing Frame, _ number: Int64) throws {
            try encoder.send(frame, at: number - range.start, forcingKey: number == range.start)
            try takePackets()
        }

        func finish() throws -> FragmentedObject {
            try encoder.drain()
            try takePackets()
            return try object.finish()
        }

        private func takePackets() throws {
            while let packet = try encoder.nextPacket() {
                let bytes = packet.withBytes { Array($0) }
                let unit = try H264AccessUnit(bytes, .annexB)
                let sample = try H264Sample(bytes, .annexB)
                try object.add(
                    AccessUnit(
                        bytes: sample.bytes, frame: packet.presentationTicks ?? 0, isIDR: unit.isIDR,
                        isReference: unit.isReference))
            }
        }
    }

    /// The objects of clips, in the given order. Frames that several clips share are decoded once.
    func objects(_ ranges: [FrameRange], progress: (Int) -> Void) throws -> [FragmentedObject] {
        var result = [FragmentedObject?](repeating: nil, count: ranges.count)
        var upcoming = ranges.indices.sorted { ranges[$0].start > ranges[$1].start }
        var open: [(clip: Int, work: Open)] = []
        var reader = try VideoReader.open(source.path, index: source.index)
        var conversion = FormatConversion(to: encoding.picture)
        var number = upcoming.last.map { ranges[$0].start } ?? 0
        while !(upcoming.isEmpty && open.isEmpty) {
            try Interruption.check()
            if open.isEmpty, let next = upcoming.last { number = max(number, ranges[next].start) }
            while let clip = upcoming.last, ranges[clip].start == number {
                upcoming.removeLast()
                let work = Open(
                    range: ranges[clip], encoder: try Encoder.video(encoding),
                    object: try ClipObject(library, timing: timing))
                open.append((clip, work))
            }
            let frame = try conversion.convert(reader.frame(at: number))
            for (_, work) in open { try work.add(frame, number) }
            number += 1
            for (clip, work) in open where work.range.end == number {
                result[clip] = try work.finish()
                progress(result.count { $0 != nil })
            }
            open.removeAll { $0.work.range.end == number }
        }
        return result.compactMap(\.self)
    }
}

/// Brings frames to one format, passing those on that have it already.
struct FormatConversion: ~Copyable {
    private let target: PictureFormat
    private var scaler: Scaler?
    private var source: PictureFormat?

    init(to target: PictureFormat) { self.target = target }

    mutating func convert(_ frame: consuming Frame) throws -> Frame {
        if frame.pictureFormat == target { return frame }
        if source != frame.pictureFormat {
            scaler = try Scaler.open(from: frame.pictureFormat, to: target)
            source = frame.pictureFormat
        }
        guard let converted = try scaler?.scale(frame) else { return frame }
        return converted
    }
}
