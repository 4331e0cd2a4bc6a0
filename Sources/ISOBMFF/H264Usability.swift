extension H264SequenceParameterSet {
    /// Video usability information: ISO/IEC 14496-10, E.1.1.
    mutating func readUsability(_ reader: inout BitReader) throws(ISOBMFFError) {
        if try reader.bit() { try readPixelAspect(&reader) }
        if try reader.bit() { try reader.skip(1) }  // overscan_info
        if try reader.bit() { try readSignalType(&reader) }
        if try reader.bit() {  // chroma_loc_info
            _ = try reader.ue()
            _ = try reader.ue()
        }
        if try reader.bit() {
            timing = Timing(
                unitsInTick: try reader.bits(32), timeScale: try reader.bits(32), isFixed: try reader.bit())
        }
        let hasNALReference = try reader.bit()
        if hasNALReference { try skipReferenceDecoder(&reader) }
        let hasVCLReference = try reader.bit()
        if hasVCLReference { try skipReferenceDecoder(&reader) }
        if hasNALReference || hasVCLReference { try reader.skip(1) }  // low_delay_hrd_flag
        try reader.skip(1)  // pic_struct_present_flag
        guard try reader.bit() else { return }
        try reader.skip(1)  // motion_vectors_over_pic_boundaries_flag
        for _ in 0..<4 { _ = try reader.ue() }
        maximumReorderFrames = try reader.ue()
        maximumDecodedFrames = try reader.ue()
    }

    private mutating func readPixelAspect(_ reader: inout BitReader) throws(ISOBMFFError) {
        let index = Int(try reader.bits(8))
        var aspect: (UInt32, UInt32) = (0, 0)
        if index == 255 {
            aspect = (try reader.bits(16), try reader.bits(16))
        } else if index < H264SequenceParameterSet.pixelAspects.count {
            aspect = H264SequenceParameterSet.pixelAspects[index]
        }
        if aspect.0 > 0, aspect.1 > 0 { pixelAspect = PixelAspect(width: aspect.0, height: aspect.1) }
    }

    /// Table E-1; index 0 is "unspecified".
    private static let pixelAspects: [(UInt32, UInt32)] = [
        (0, 0), (1, 1), (12, 11), (10, 11), (16, 11), (40, 33), (24, 11), (20, 11), (32, 11), (80, 33), (18, 11),
        (15, 11), (64, 33), (160, 99), (4, 3), (3, 2), (2, 1),
    ]

    private mutating func readSignalType(_ reader: inout BitReader) throws(ISOBMFFError) {
        try reader.skip(3)  // video_format
        let full = try reader.bit()
        fullRange = full
        guard try reader.bit() else { return }
        let codes = [try reader.bits(8), try reader.bits(8), try reader.bits(8)].map { UInt16($0) }
        colour = ColourDescription(primaries: codes[0], transfer: codes[1], matrix: codes[2], fullRange: full)
    }

    /// E.1.2, `hrd_parameters`.
    private func skipReferenceDecoder(_ reader: inout BitReader) throws(ISOBMFFError) {
        let count: UInt8 = try reader.ue(upTo: 31, "cpb_cnt_minus1")
        try reader.skip(8)
        for _ in 0...count {
            _ = try reader.ue()
            _ = try reader.ue()
            try reader.skip(1)
        }
        try reader.skip(20)
    }
}
