/// What a sequence parameter set of H.264 says about its pictures (ISO/IEC 14496-10, 7.3.2.1.1 and E.1.1).
public struct H264SequenceParameterSet: Hashable, Sendable {
    /// `profile_idc`: 66 Baseline, 77 Main, 100 High, 110 High 10, 122 High 4:2:2.
    public var profile: UInt8 = 0
    /// The byte of constraint flags after the profile.
    public var compatibility: UInt8 = 0
    /// `level_idc`: ten times the level, 40 for 4.0.
    public var level: UInt8 = 0
    /// `seq_parameter_set_id`, 0 to 31.
    public var id: UInt8 = 0
    /// `chroma_format_idc`: 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4.
    public var chromaFormat: UInt8 = 1
    /// Bits of a luma sample, 8 to 14.
    public var bitDepthLuma: UInt8 = 8
    /// Bits of a chroma sample, 8 to 14.
    public var bitDepthChroma: UInt8 = 8
    /// `log2_max_frame_num_minus4` + 4: bits of `frame_num` in slice headers.
    public var frameNumberBits: UInt8 = 4
    /// `pic_order_cnt_type`; 2 means that output order is decoding order.
    public var pictureOrderCountType: UInt8 = 0
    /// Bits of `pic_order_cnt_lsb` in slice headers; 0 unless the type is 0.
    public var pictureOrderCountBits: UInt8 = 0
    /// `max_num_ref_frames`.
    public var maximumReferenceFrames: UInt32 = 0
    /// Luma samples across, after cropping.
    public var width: UInt16 = 0
    /// Luma samples down in a frame, after cropping.
    public var height: UInt16 = 0
    /// `frame_mbs_only_flag`: no picture is a field or has interlaced macroblocks.
    public var framesOnly = true
    /// Width to height of a pixel; `nil` if not said.
    public var pixelAspect: PixelAspect?
    /// Colours; `nil` unless the code points are written out.
    public var colour: ColourDescription?
    /// `video_full_range_flag`; `nil` if not said.
    public var fullRange: Bool?
    /// Clock and fixedness of the frame rate; `nil` if not said.
    public var timing: Timing?
    /// `max_num_reorder_frames`; `nil` if not said.
    public var maximumReorderFrames: UInt32?
    /// `max_dec_frame_buffering`; `nil` if not said.
    public var maximumDecodedFrames: UInt32?

    /// Width to height of a pixel.
    public struct PixelAspect: Hashable, Sendable {
        /// Horizontal spacing, at least 1.
        public var width: UInt32
        /// Vertical spacing, at least 1.
        public var height: UInt32

        /// Describes a pixel.
        public init(width: UInt32, height: UInt32) {
            self.width = width
            self.height = height
        }
    }

    /// The clock of E.2.1: a field lasts `unitsInTick / timeScale` seconds, a frame twice that.
    public struct Timing: Hashable, Sendable {
        /// `num_units_in_tick`.
        public var unitsInTick: UInt32
        /// `time_scale`.
        public var timeScale: UInt32
        /// `fixed_frame_rate_flag`.
        public var isFixed: Bool

        /// Describes a clock.
        public init(unitsInTick: UInt32, timeScale: UInt32, isFixed: Bool) {
            self.unitsInTick = unitsInTick
            self.timeScale = timeScale
            self.isFixed = isFixed
        }
    }

    /// Reads an SPS NAL unit, header byte included, without start code or length.
    ///
    /// - Throws: `malformed` if it is not an SPS or contradicts itself, `truncated`, `tooLarge` beyond 65,535 samples.
    public init(nalUnit: some Collection<UInt8>) throws(ISOBMFFError) {
        guard let header = nalUnit.first, header & 0x1F == 7 else {
            throw ISOBMFFError(.malformed, at: 0, "not a sequence parameter set of H.264")
        }
        var reader = BitReader(nalUnit: nalUnit, headerSize: 1)
        profile = UInt8(try reader.bits(8))
        compatibility = UInt8(try reader.bits(8))
        level = UInt8(try reader.bits(8))
        id = try reader.ue(upTo: 31, "seq_parameter_set_id")
        if H264SequenceParameterSet.profilesWithChroma.contains(profile) { try readChroma(&reader) }
        try readOrder(&reader)
        try readSize(&reader)
        if try reader.bit() { try readUsability(&reader) }
    }

    private static let profilesWithChroma: Set<UInt8> = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]

    private mutating func readChroma(_ reader: inout BitReader) throws(ISOBMFFError) {
        chromaFormat = try reader.ue(upTo: 3, "chroma_format_idc")
        if chromaFormat == 3 { try reader.skip(1) }  // separate_colour_plane_flag
        bitDepthLuma = 8 + (try reader.ue(upTo: 6, "bit_depth_luma_minus8"))
        bitDepthChroma = 8 + (try reader.ue(upTo: 6, "bit_depth_chroma_minus8"))
        try reader.skip(1)  // qpprime_y_zero_transform_bypass_flag
        guard try reader.bit() else { return }
        for list in 0..<(chromaFormat == 3 ? 12 : 8) where try reader.bit() {
            try skipScalingList(&reader, count: list < 6 ? 16 : 64)
        }
    }

    private func skipScalingList(_ reader: inout BitReader, count: Int) throws(ISOBMFFError) {
        var last = 8
        var next = 8
        for _ in 0..<count {
            if next != 0 { next = (last + Int(try reader.se())) & 0xFF }
            if next != 0 { last = next }
        }
    }

    private mutating func readOrder(_ reader: inout BitReader) throws(ISOBMFFError) {
        frameNumberBits = 4 + (try reader.ue(upTo: 12, "log2_max_frame_num_minus4"))
        pictureOrderCountType = try reader.ue(upTo: 2, "pic_order_cnt_type")
        if pictureOrderCountType == 0 {
            pictureOrderCountBits = 4 + (try reader.ue(upTo: 12, "log2_max_pic_order_cnt_lsb_minus4"))
        } else if pictureOrderCountType == 1 {
            try reader.skip(1)
            _ = try reader.se()
            _ = try reader.se()
            let cycle: UInt8 = try reader.ue(upTo: 255, "num_ref_frames_in_pic_order_cnt_cycle")
            for _ in 0..<cycle { _ = try reader.se() }
        }
        maximumReferenceFrames = try reader.ue()
        try reader.skip(1)  // gaps_in_frame_num_value_allowed_flag
    }

    private mutating func readSize(_ reader: inout BitReader) throws(ISOBMFFError) {
        let across = (Int(try reader.ue()) + 1) * 16
        let mapUnits = Int(try reader.ue()) + 1
        framesOnly = try reader.bit()
        if !framesOnly { try reader.skip(1) }  // mb_adaptive_frame_field_flag
        try reader.skip(1)  // direct_8x8_inference_flag
        let fields = framesOnly ? 1 : 2
        var horizontal = 0
        var vertical = 0
        if try reader.bit() {
            let unitX = chromaFormat == 1 || chromaFormat == 2 ? 2 : 1
            let unitY = (chromaFormat == 1 ? 2 : 1) * fields
            horizontal = (Int(try reader.ue()) + Int(try reader.ue())) * unitX
            vertical = (Int(try reader.ue()) + Int(try reader.ue())) * unitY
        }
        let down = mapUnits * 16 * fields
        guard horizontal < across, vertical < down else {
            throw ISOBMFFError(.malformed, at: nil, "the sequence parameter set crops the whole picture away")
        }
        guard let width = UInt16(exactly: across - horizontal), let height = UInt16(exactly: down - vertical) else {
            throw ISOBMFFError(.tooLarge, at: nil, "the sequence parameter set gives a side of over 65535 pixels")
        }
        self.width = width
        self.height = height
    }
}

extension BitReader {
    /// Reads `ue(v)` and refuses more than `limit`, naming the field.
    mutating func ue(upTo limit: UInt8, _ field: String) throws(ISOBMFFError) -> UInt8 {
        let value = try ue()
        guard value <= UInt32(limit) else {
            throw ISOBMFFError(.malformed, at: nil, "\(field) is \(value), the most is \(limit)")
        }
        return UInt8(value)
    }
}
