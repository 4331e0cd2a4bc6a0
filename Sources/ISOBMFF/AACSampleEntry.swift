/// `mp4a` with `esds`, in `stsd`: ISO/IEC 14496-14, 6.7 and ISO/IEC 14496-12, 12.2.3. AAC without ADTS headers.
public struct AACSampleEntry: Hashable, Sendable {
    /// Channels.
    public var channels: UInt16
    /// Samples a second; the box says 0 beyond 65,535, where only the decoder's configuration counts.
    public var sampleRate: UInt32
    /// `AudioSpecificConfig` (ISO/IEC 14496-3, 1.6.2.1), which is FFmpeg's `extradata`.
    public var audioSpecificConfig: [UInt8]
    /// Bits a second on average; 0 if unknown.
    public var averageBitrate: UInt32
    /// Bits in any second at most; 0 if unknown.
    public var maximumBitrate: UInt32

    /// Describes an AAC track's samples.
    public init(
        channels: UInt16, sampleRate: UInt32, audioSpecificConfig: [UInt8], averageBitrate: UInt32,
        maximumBitrate: UInt32
    ) {
        self.channels = channels
        self.sampleRate = sampleRate
        self.audioSpecificConfig = audioSpecificConfig
        self.averageBitrate = averageBitrate
        self.maximumBitrate = maximumBitrate
    }

    /// The whole box.
    public func encoded() -> [UInt8] {
        var writer = BoxWriter(capacity: 96)
        writer.box("mp4a") {
            $0.sampleEntryHeader()
            $0.zeros(8)
            $0.u16(channels)
            $0.u16(16)  // bits a sample, by rule
            $0.u32(0)
            $0.u32(sampleRate <= 0xFFFF ? sampleRate << 16 : 0)
            $0.fullBox("esds") { $0.append(elementaryStreamDescriptor()) }
        }
        return writer.bytes
    }

    /// `ES_Descriptor`: ISO/IEC 14496-1, 7.2.6.5, with the values that ISO/IEC 14496-14, 3.1.2 prescribes in files.
    private func elementaryStreamDescriptor() -> [UInt8] {
        var decoder = BoxWriter()
        decoder.u8(0x40)  // objectTypeIndication: MPEG-4 audio
        decoder.u8(0x15)  // streamType 5 (audio), not upstream, reserved 1
        decoder.u24(768 * UInt32(channels))  // decoder buffer: 6,144 bits a channel
        decoder.u32(maximumBitrate)
        decoder.u32(averageBitrate)
        decoder.descriptor(0x05, audioSpecificConfig)
        var stream = BoxWriter()
        stream.u16(0)  // ES_ID
        stream.u8(0)  // no dependence, URL or clock reference; priority 0
        stream.descriptor(0x04, decoder.bytes)
        stream.descriptor(0x06, [2])  // SLConfigDescriptor: the one for MP4
        var whole = BoxWriter()
        whole.descriptor(0x03, stream.bytes)
        return whole.bytes
    }
}

extension BoxWriter {
    /// A descriptor with its length in as few bytes of 7 bits as it takes (ISO/IEC 14496-1, 8.3.3).
    fileprivate mutating func descriptor(_ tag: UInt8, _ payload: [UInt8]) {
        u8(tag)
        var groups = [UInt8(payload.count & 0x7F)]
        var rest = payload.count >> 7
        while rest > 0 {
            groups.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        append(groups.reversed())
        append(payload)
    }
}
