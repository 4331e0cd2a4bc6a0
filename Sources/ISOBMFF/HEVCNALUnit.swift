/// `nal_unit_type` of HEVC (ITU-T H.265, table 7-1). Values without a name are values too.
public struct HEVCNALType: RawRepresentable, Hashable, Sendable {
    /// 0 to 63.
    public let rawValue: UInt8
    /// Takes six bits of a NAL header.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// An IDR picture that decodable leading pictures may follow.
    public static let idrWithLeading = HEVCNALType(rawValue: 19)
    /// An IDR picture without leading pictures.
    public static let idr = HEVCNALType(rawValue: 20)
    /// A clean random access picture: leading pictures that follow may refer to what was before it.
    public static let cleanRandomAccess = HEVCNALType(rawValue: 21)
    /// A video parameter set.
    public static let videoParameterSet = HEVCNALType(rawValue: 32)
    /// A sequence parameter set.
    public static let sequenceParameterSet = HEVCNALType(rawValue: 33)
    /// A picture parameter set.
    public static let pictureParameterSet = HEVCNALType(rawValue: 34)
    /// An access unit delimiter.
    public static let accessUnitDelimiter = HEVCNALType(rawValue: 35)
    /// The end of a coded video sequence.
    public static let endOfSequence = HEVCNALType(rawValue: 36)
    /// The end of the bitstream.
    public static let endOfStream = HEVCNALType(rawValue: 37)
    /// Filler.
    public static let filler = HEVCNALType(rawValue: 38)
    /// Supplemental enhancement information before a picture.
    public static let prefixSEI = HEVCNALType(rawValue: 39)

    /// Whether it carries a slice (0 to 31).
    public var isPicture: Bool { rawValue < 32 }
    /// Whether its picture leads a random access picture (RADL or RASL): shown before it, decoded after it.
    public var isLeading: Bool { (6...9).contains(rawValue) }
}

/// A NAL unit of HEVC with its header read.
public struct HEVCNALUnit: Hashable, Sendable {
    /// The two header bytes and what follows, emulation prevention included.
    public let bytes: ArraySlice<UInt8>
    /// What it holds.
    public let type: HEVCNALType
    /// `nuh_layer_id`; 0 is the base layer.
    public let layer: UInt8

    /// Reads the header; `nil` without two bytes.
    public init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count >= 2 else { return nil }
        let (first, second) = (bytes[bytes.startIndex], bytes[bytes.startIndex + 1])
        self.bytes = bytes
        type = HEVCNALType(rawValue: (first >> 1) & 0x3F)
        layer = (first & 1) << 5 | second >> 3
    }
}
