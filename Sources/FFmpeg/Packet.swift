internal import CFFmpeg

/// One packet of compressed data: for picture one access unit, for sound one coded frame (`AVPacket`).
///
/// Owns its data. Times are ticks of the stream's time base.
public struct Packet: ~Copyable {
    let pointer: UnsafeMutablePointer<AVPacket>

    /// Makes an empty packet.
    init() {
        guard let pointer = av_packet_alloc() else { preconditionFailure("out of memory for a packet") }
        self.pointer = pointer
    }

    deinit {
        var owned: UnsafeMutablePointer<AVPacket>? = pointer
        av_packet_free(&owned)
    }

    /// The index of the stream in its file.
    public var stream: Int { Int(pointer.pointee.stream_index) }
    /// When the packet is presented, in ticks; `nil` where the file does not say.
    public var presentationTicks: Int64? { Self.ticks(pointer.pointee.pts) }
    /// When the packet is decoded, in ticks; `nil` where the file does not say.
    public var decodeTicks: Int64? { Self.ticks(pointer.pointee.dts) }
    /// How long the packet lasts, in ticks; 0 where the file does not say.
    public var durationTicks: Int64 { pointer.pointee.duration }
    /// Whether the container flags the packet as a key frame. A claim, not a proof: see `Conditioning`.
    public var isFlaggedKey: Bool { pointer.pointee.flags & AV_PKT_FLAG_KEY != 0 }
    /// Whether the packet is decoded but not presented, because an edit list leaves it out.
    public var isDiscarded: Bool { pointer.pointee.flags & AV_PKT_FLAG_DISCARD != 0 }
    /// Whether the demuxer found the packet damaged.
    public var isDamaged: Bool { pointer.pointee.flags & AV_PKT_FLAG_CORRUPT != 0 }
    /// Whether the container says that the packet's bytes are encrypted (ISO/IEC 23001-7).
    var isEncrypted: Bool { av_packet_get_side_data(pointer, AV_PKT_DATA_ENCRYPTION_INFO, nil) != nil }
    /// The codec's header from this packet on, where the container changes it: another sample entry in MP4.
    public var newCodecHeader: [UInt8]? {
        var size = 0
        guard let data = av_packet_get_side_data(pointer, AV_PKT_DATA_NEW_EXTRADATA, &size) else { return nil }
        return Array(UnsafeBufferPointer(start: data, count: size))
    }
    /// The packet's first byte in the file; `nil` where the demuxer does not say.
    public var fileOffset: Int64? { pointer.pointee.pos >= 0 ? pointer.pointee.pos : nil }
    /// The number of bytes.
    public var byteCount: Int { Int(pointer.pointee.size) }

    /// Calls `body` with the packet's bytes, valid only during the call.
    public borrowing func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(start: pointer.pointee.data, count: byteCount))
    }

    static func ticks(_ value: Int64) -> Int64? { value == shim_AV_NOPTS_VALUE ? nil : value }
}
