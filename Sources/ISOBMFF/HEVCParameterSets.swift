/// `profile_tier_level` of HEVC for the whole stream (ITU-T H.265, 7.3.3), as `hvcC` repeats it.
public struct HEVCProfile: Hashable, Sendable {
    /// `general_profile_space`, 0 to 3.
    public var space: UInt8
    /// `general_tier_flag`: 0 is the Main tier, 1 the High tier.
    public var isHighTier: Bool
    /// `general_profile_idc`: 1 Main, 2 Main 10, 4 range extensions.
    public var profile: UInt8
    /// `general_profile_compatibility_flag[0…31]`, the first the highest bit.
    public var compatibility: UInt32
    /// The 48 bits of constraint flags, the first the highest of 48.
    public var constraints: UInt64
    /// `general_level_idc`: thirty times the level, 120 for 4.0.
    public var level: UInt8

    init(_ reader: inout BitReader) throws(ISOBMFFError) {
        space = UInt8(try reader.bits(2))
        isHighTier = try reader.bit()
        profile = UInt8(try reader.bits(5))
        compatibility = try reader.bits(32)
        constraints = UInt64(try reader.bits(32)) << 16 | UInt64(try reader.bits(16))
        level = UInt8(try reader.bits(8))
    }

    init(_ reader: inout ByteReader) throws(ISOBMFFError) {
        let first = try reader.u8()
        space = first >> 6
        isHighTier = first & 0x20 != 0
        profile = first & 0x1F
        compatibility = try reader.u32()
        constraints = UInt64(try reader.u32()) << 16 | UInt64(try reader.u16())
        level = try reader.u8()
    }
}

/// What a sequence parameter set of HEVC says about its pictures (ITU-T H.265, 7.3.2.2), as far as `hvcC` needs it.
public struct HEVCSequenceParameterSet: Hashable, Sendable {
    /// `sps_video_parameter_set_id`, 0 to 15.
    public var videoID: UInt8
    /// `sps_seq_parameter_set_id`, 0 to 15.
    public var id: UInt8
    /// `sps_max_sub_layers_minus1` + 1: 1 to 7.
    public var temporalLayers: UInt8
    /// `sps_temporal_id_nesting_flag`.
    public var isNested: Bool
    /// Profile, tier and level.
    public var profile: HEVCProfile
    /// `chroma_format_idc`: 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4.
    public var chromaFormat: UInt8
    /// Luma samples across, after cropping.
    public var width: UInt16
    /// Luma samples down, after cropping.
    public var height: UInt16
    /// Bits of a luma sample, 8 to 16.
    public var bitDepthLuma: UInt8
    /// Bits of a chroma sample, 8 to 16.
    public var bitDepthChroma: UInt8
    /// `sps_max_num_reorder_pics` of the highest layer.
    public var maximumReorderFrames: UInt32

    /// Reads an SPS NAL unit, header bytes included, without start code or length.
    ///
    /// - Throws: `malformed` if it is not an SPS or contradicts itself, `truncated`, `tooLarge` beyond 65,535 samples.
    public init(nalUnit: some Collection<UInt8>) throws(ISOBMFFError) {
        guard let unit = HEVCNALUnit([UInt8](nalUnit)[...]), unit.type == .sequenceParameterSet, unit.layer == 0 else {
            throw ISOBMFFError(.malformed, at: 0, "not a sequence parameter set of HEVC's base layer")
        }
        var reader = BitReader(nalUnit: nalUnit, headerSize: 2)
        videoID = UInt8(try reader.bits(4))
        temporalLayers = UInt8(try reader.bits(3)) + 1
        isNested = try reader.bit()
        profile = try HEVCProfile(&reader)
        try Self.skipSubLayers(&reader, count: Int(temporalLayers) - 1)
        id = try reader.ue(upTo: 15, "sps_seq_parameter_set_id")
        chromaFormat = try reader.ue(upTo: 3, "chroma_format_idc")
        if chromaFormat == 3 { try reader.skip(1) }  // separate_colour_plane_flag
        (width, height) = try Self.size(&reader, chromaFormat)
        bitDepthLuma = 8 + (try reader.ue(upTo: 8, "bit_depth_luma_minus8"))
        bitDepthChroma = 8 + (try reader.ue(upTo: 8, "bit_depth_chroma_minus8"))
        _ = try reader.ue(upTo: 12, "log2_max_pic_order_cnt_lsb_minus4")
        let eachLayer = try reader.bit()
        maximumReorderFrames = 0
        for _ in 0..<(eachLayer ? temporalLayers : 1) {
            _ = try reader.ue()
            maximumReorderFrames = try reader.ue()
            _ = try reader.ue()
        }
    }

    private static func skipSubLayers(_ reader: inout BitReader, count: Int) throws(ISOBMFFError) {
        guard count > 0 else { return }
        var present: [(profile: Bool, level: Bool)] = []
        for _ in 0..<count { present.append((try reader.bit(), try reader.bit())) }
        try reader.skip(2 * (8 - count))
        for layer in present {
            if layer.profile { try reader.skip(88) }
            if layer.level { try reader.skip(8) }
        }
    }

    private static func size(
        _ reader: inout BitReader, _ chromaFormat: UInt8
    ) throws(ISOBMFFError) -> (UInt16, UInt16) {
        let (across, down) = (Int(try reader.ue()), Int(try reader.ue()))
        var (horizontal, vertical) = (0, 0)
        if try reader.bit() {
            let unitX = chromaFormat == 1 || chromaFormat == 2 ? 2 : 1
            let unitY = chromaFormat == 1 ? 2 : 1
            horizontal = (Int(try reader.ue()) + Int(try reader.ue())) * unitX
            vertical = (Int(try reader.ue()) + Int(try reader.ue())) * unitY
        }
        guard horizontal < across, vertical < down else {
            throw ISOBMFFError(.malformed, at: nil, "the sequence parameter set crops the whole picture away")
        }
        guard let width = UInt16(exactly: across - horizontal), let height = UInt16(exactly: down - vertical) else {
            throw ISOBMFFError(.tooLarge, at: nil, "the sequence parameter set gives a side of over 65535 pixels")
        }
        return (width, height)
    }
}
