internal import CFFmpeg

/// How sound samples lie in memory (`AVSampleFormat`).
public struct SampleFormat: RawRepresentable, Hashable, Sendable {
    /// FFmpeg's number of the format.
    public let rawValue: Int32

    /// Wraps FFmpeg's number.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// 32-bit float, a plane a channel (`fltp`).
    public static let floatPlanar = SampleFormat(rawValue: AV_SAMPLE_FMT_FLTP.rawValue)
    /// 32-bit integers, channels interleaved (`s32`).
    public static let int32 = SampleFormat(rawValue: AV_SAMPLE_FMT_S32.rawValue)
}

/// A run of sound: one array of samples a channel, all of one length; full scale is −1 to 1.
public struct SampleBlock: Sendable, Equatable {
    /// The samples, channel by channel.
    public var channels: [[Float]]

    /// Makes a block of `channels`, which must have one length.
    public init(channels: [[Float]]) {
        precondition(channels.allSatisfy { $0.count == channels.first?.count })
        self.channels = channels
    }

    /// Makes `count` samples of silence.
    public init(silence count: Int, channels: Int) {
        self.channels = Array(repeating: Array(repeating: 0, count: count), count: channels)
    }

    /// Samples in each channel.
    public var count: Int { channels.first?.count ?? 0 }

    /// Appends the samples of another block with as many channels.
    public mutating func append(_ other: SampleBlock) {
        precondition(other.channels.count == channels.count)
        for index in channels.indices { channels[index] += other.channels[index] }
    }

    /// The samples of `range`, counted from 0.
    public subscript(range: Range<Int>) -> SampleBlock {
        SampleBlock(channels: channels.map { Array($0[range]) })
    }

    /// Multiplies every sample by one gain.
    public mutating func multiply(by gain: Float) {
        for channel in channels.indices {
            channels[channel].withUnsafeMutableBufferPointer { samples in
                for index in samples.indices { samples[index] *= gain }
            }
        }
    }

    /// Multiplies the samples of all channels by a gain each.
    public mutating func multiply(by gains: [Float]) {
        precondition(gains.count == count)
        for channel in channels.indices {
            channels[channel].withUnsafeMutableBufferPointer { samples in
                for index in samples.indices { samples[index] *= gains[index] }
            }
        }
    }

    /// Adds the samples of another block with as many channels, of which the first meets sample `start`.
    public mutating func add(_ other: SampleBlock, at start: Int = 0) {
        precondition(other.channels.count == channels.count && start >= 0 && start + other.count <= count)
        for channel in channels.indices {
            channels[channel].withUnsafeMutableBufferPointer { samples in
                other.channels[channel].withUnsafeBufferPointer { added in
                    for index in added.indices { samples[start + index] += added[index] }
                }
            }
        }
    }
}

extension SampleBlock {
    /// The samples of a decoded frame of planar float.
    public init(_ frame: borrowing Frame) {
        precondition(frame.pointer.pointee.format == SampleFormat.floatPlanar.rawValue)
        let count = frame.sampleCount
        self.init(
            channels: (0..<Int(frame.pointer.pointee.ch_layout.nb_channels)).map { channel in
                guard let plane = frame.pointer.pointee.extended_data[channel] else { return [] }
                return plane.withMemoryRebound(to: Float.self, capacity: count) {
                    Array(UnsafeBufferPointer(start: $0, count: count))
                }
            })
    }
}

extension Frame {
    /// A frame of sound for an encoder that takes `format`.
    /// - Throws: `FFmpegError` when memory is short or the format is neither `floatPlanar` nor `int32`.
    public static func sound(
        _ block: SampleBlock, format: SampleFormat, sampleRate: Int
    ) throws(FFmpegError) -> Frame {
        let frame = Frame()
        frame.pointer.pointee.format = format.rawValue
        frame.pointer.pointee.nb_samples = Int32(block.count)
        frame.pointer.pointee.sample_rate = Int32(sampleRate)
        av_channel_layout_default(&frame.pointer.pointee.ch_layout, Int32(block.channels.count))
        try check(av_frame_get_buffer(frame.pointer, 0), "allocate \(block.count) samples")
        switch format {
        case .floatPlanar:
            for (index, samples) in block.channels.enumerated() {
                frame.pointer.pointee.extended_data[index]?.withMemoryRebound(to: Float.self, capacity: samples.count) {
                    $0.update(from: samples, count: samples.count)
                }
            }
        case .int32:
            let stride = block.channels.count
            frame.pointer.pointee.extended_data[0]?.withMemoryRebound(to: Int32.self, capacity: block.count * stride) {
                for (channel, samples) in block.channels.enumerated() {
                    for (index, sample) in samples.enumerated() { $0[index * stride + channel] = integer24(sample) }
                }
            }
        default:
            throw FFmpegError(
                code: .posix(22), operation: "lay out samples of format \(format.rawValue)", path: nil, stream: nil,
                frame: nil, log: [])
        }
        return frame
    }
}

/// A sample as a 24-bit integer in the upper bytes of 32, to the nearest step, clipped at full scale.
private func integer24(_ sample: Float) -> Int32 {
    let scaled = (sample * 8_388_608).rounded()
    return Int32(max(-8_388_608, min(8_388_607, scaled))) << 8
}
