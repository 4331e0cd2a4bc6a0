/// What `hvcC` says: the parameter sets of an HEVC track (ISO/IEC 14496-15, 8.3.3.1).
public struct HEVCConfiguration: Hashable, Sendable {
    /// Profile, tier and level: those of the first sequence parameter set, with the highest level of all.
    public var profile: HEVCProfile
    /// `chromaFormat`: 1 is 4:2:0.
    public var chromaFormat: UInt8
    /// Bits of a luma sample.
    public var bitDepthLuma: UInt8
    /// Bits of a chroma sample.
    public var bitDepthChroma: UInt8
    /// Temporal layers, 1 to 7; 0 where nothing is said.
    public var temporalLayers: UInt8
    /// Whether every layer may be joined at any of its pictures.
    public var isNested: Bool
    /// Bytes of the length before each NAL unit of a sample: 1, 2 or 4.
    public var nalLengthSize: Int
    /// Video parameter sets: NAL units with their header bytes.
    public var videoParameterSets: [[UInt8]]
    /// Sequence parameter sets.
    public var sequenceParameterSets: [[UInt8]]
    /// Picture parameter sets.
    public var pictureParameterSets: [[UInt8]]

    /// Makes the record for the parameter sets of a stream, or of several that share a track.
    ///
    /// NAL units come without start code or length; equal ones are kept once, in the order given.
    ///
    /// - Throws: `malformed` if a set is missing or unreadable, or two different ones have one id; `unsupported` if they
    ///   differ in profile, chroma format or bit depth; `tooLarge` if there are too many.
    public init(
        videoParameterSets: [[UInt8]], sequenceParameterSets: [[UInt8]], pictureParameterSets: [[UInt8]],
        nalLengthSize: Int = 4
    ) throws(ISOBMFFError) {
        precondition([1, 2, 4].contains(nalLengthSize), "a NAL length has 1, 2 or 4 bytes")
        self.nalLengthSize = nalLengthSize
        self.videoParameterSets = videoParameterSets.uniqued()
        self.sequenceParameterSets = sequenceParameterSets.uniqued()
        self.pictureParameterSets = pictureParameterSets.uniqued()
        var sequence: [HEVCSequenceParameterSet] = []
        for set in self.sequenceParameterSets { sequence.append(try HEVCSequenceParameterSet(nalUnit: set)) }
        guard let first = sequence.first, !videoParameterSets.isEmpty, !pictureParameterSets.isEmpty else {
            throw ISOBMFFError(.malformed, at: nil, "HEVC without a video, a sequence and a picture parameter set")
        }
        profile = first.profile
        profile.level = sequence.reduce(0) { max($0, $1.profile.level) }
        profile.isHighTier = sequence.contains(where: \.profile.isHighTier)
        profile.compatibility = sequence.reduce(UInt32.max) { $0 & $1.profile.compatibility }
        chromaFormat = first.chromaFormat
        bitDepthLuma = first.bitDepthLuma
        bitDepthChroma = first.bitDepthChroma
        temporalLayers = sequence.reduce(0) { max($0, $1.temporalLayers) }
        isNested = sequence.allSatisfy(\.isNested)
        try requireDistinctIDs()
        let kinds = sequence.map { [UInt8($0.profile.profile), $0.chromaFormat, $0.bitDepthLuma, $0.bitDepthChroma] }
        guard Set(kinds).count == 1 else {
            throw ISOBMFFError(
                .unsupported, at: nil, "HEVC of different profile, chroma format or bit depth in one track")
        }
    }

    private func requireDistinctIDs() throws(ISOBMFFError) {
        let ids = try ids()
        guard [ids.video, ids.sequence, ids.picture].allSatisfy({ Set($0).count == $0.count }) else {
            throw ISOBMFFError(.malformed, at: nil, "two different HEVC parameter sets have the same id")
        }
        let sets = [videoParameterSets, sequenceParameterSets, pictureParameterSets]
        guard sets.allSatisfy({ $0.count <= 0xFFFF }), sets.joined().allSatisfy({ $0.count <= 0xFFFF }) else {
            throw ISOBMFFError(.tooLarge, at: nil, "more HEVC parameter sets than hvcC can hold")
        }
    }

    /// The ids of the parameter sets, in order: 0 to 15 of video and sequence, 0 to 63 of picture parameter sets.
    ///
    /// - Throws: `malformed`, `truncated` for a set that cannot be read.
    public func ids() throws(ISOBMFFError) -> (video: [UInt8], sequence: [UInt8], picture: [UInt8]) {
        let video = videoParameterSets.map { $0.count > 2 ? $0[2] >> 4 : 0 }
        var sequence: [UInt8] = []
        for set in sequenceParameterSets { sequence.append(try HEVCSequenceParameterSet(nalUnit: set).id) }
        var picture: [UInt8] = []
        for set in pictureParameterSets {
            var reader = BitReader(nalUnit: set.prefix(16), headerSize: 2)
            picture.append(try reader.ue(upTo: 63, "pps_pic_parameter_set_id"))
        }
        return (video, sequence, picture)
    }

    /// One record for streams that share a track, such as a copied middle and its encoded edges.
    ///
    /// - Throws: as above, and `unsupported` if their NAL lengths differ in size.
    public init(merging configurations: [HEVCConfiguration]) throws(ISOBMFFError) {
        let sizes = Set(configurations.map(\.nalLengthSize))
        guard sizes.count == 1, let size = sizes.first else {
            throw ISOBMFFError(.unsupported, at: nil, "HEVC streams with NAL lengths of different size in one track")
        }
        try self.init(
            videoParameterSets: configurations.flatMap(\.videoParameterSets),
            sequenceParameterSets: configurations.flatMap(\.sequenceParameterSets),
            pictureParameterSets: configurations.flatMap(\.pictureParameterSets), nalLengthSize: size)
    }

    /// The first sequence parameter set, read.
    ///
    /// - Throws: `malformed` if there is none or it cannot be read.
    public func sequenceParameters() throws(ISOBMFFError) -> HEVCSequenceParameterSet {
        guard let first = sequenceParameterSets.first else {
            throw ISOBMFFError(.malformed, at: nil, "hvcC without a sequence parameter set")
        }
        return try HEVCSequenceParameterSet(nalUnit: first)
    }
}

/// The record itself.
extension HEVCConfiguration {
    /// The payload of `hvcC`, which is also FFmpeg's `extradata` of such a track.
    ///
    /// The arrays are marked complete, as `hvc1` demands: no sample holds parameter sets.
    public func encoded() -> [UInt8] {
        var writer = BoxWriter(capacity: 128)
        writer.u8(1)  // configurationVersion
        writer.u8(profile.space << 6 | (profile.isHighTier ? 0x20 : 0) | profile.profile)
        writer.u32(profile.compatibility)
        writer.u32(UInt32(profile.constraints >> 16))
        writer.u16(UInt16(truncatingIfNeeded: profile.constraints))
        writer.u8(profile.level)
        writer.u16(0xF000)  // min_spatial_segmentation_idc: nothing is said
        writer.u8(0xFC)  // parallelismType: nothing is said
        writer.u8(0xFC | chromaFormat)
        writer.u8(0xF8 | (bitDepthLuma - 8))
        writer.u8(0xF8 | (bitDepthChroma - 8))
        writer.u16(0)  // avgFrameRate: nothing is said
        writer.u8(temporalLayers << 3 | (isNested ? 4 : 0) | UInt8(nalLengthSize - 1))
        writer.u8(3)
        let arrays: [(HEVCNALType, [[UInt8]])] = [
            (.videoParameterSet, videoParameterSets), (.sequenceParameterSet, sequenceParameterSets),
            (.pictureParameterSet, pictureParameterSets),
        ]
        for (type, sets) in arrays {
            writer.u8(0x80 | type.rawValue)
            writer.u16(UInt16(sets.count))
            for set in sets {
                writer.u16(UInt16(set.count))
                writer.append(set)
            }
        }
        return writer.bytes
    }

    /// Reads the payload of `hvcC`; `fileOffset` is where it begins, for errors. Arrays of other NAL units (SEI) are left out.
    ///
    /// - Throws: `truncated`; `unsupported` for another version; `malformed` for a NAL length of 3 bytes.
    public static func parse(_ payload: [UInt8], at fileOffset: Int64 = 0) throws(ISOBMFFError) -> HEVCConfiguration {
        var reader = ByteReader(payload[...], at: fileOffset)
        guard try reader.u8() == 1 else {
            throw ISOBMFFError(.unsupported, at: fileOffset, "hvcC of a version that is not 1")
        }
        return try HEVCConfiguration(&reader, fileOffset)
    }

    private init(_ reader: inout ByteReader, _ fileOffset: Int64) throws(ISOBMFFError) {
        profile = try HEVCProfile(&reader)
        try reader.skip(3)
        chromaFormat = try reader.u8() & 3
        bitDepthLuma = 8 + (try reader.u8() & 7)
        bitDepthChroma = 8 + (try reader.u8() & 7)
        try reader.skip(2)
        let layers = try reader.u8()
        temporalLayers = layers >> 3 & 7
        isNested = layers & 4 != 0
        nalLengthSize = Int(layers & 3) + 1
        guard nalLengthSize != 3 else {
            throw ISOBMFFError(.malformed, at: fileOffset + 21, "hvcC with NAL lengths of 3 bytes")
        }
        videoParameterSets = []
        sequenceParameterSets = []
        pictureParameterSets = []
        for _ in 0..<(try reader.u8()) {
            let type = HEVCNALType(rawValue: try reader.u8() & 0x3F)
            var sets: [[UInt8]] = []
            for _ in 0..<(try reader.u16()) { sets.append([UInt8](try reader.bytes(Int(try reader.u16())))) }
            switch type {
            case .videoParameterSet: videoParameterSets += sets
            case .sequenceParameterSet: sequenceParameterSets += sets
            case .pictureParameterSet: pictureParameterSets += sets
            default: break
            }
        }
    }
}
