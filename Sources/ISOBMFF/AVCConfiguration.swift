/// The parameter sets of an H.264 track: `AVCDecoderConfigurationRecord`, the payload of `avcC` (ISO/IEC 14496-15, 5.3.3.1).
///
/// Equality is of all that the record says, so two tracks with equal configurations can share a sample entry.
public struct AVCConfiguration: Hashable, Sendable {
    /// `AVCProfileIndication`: 66 Baseline, 77 Main, 100 High.
    public var profile: UInt8
    /// `profile_compatibility`: the constraint flags that all sequence parameter sets share.
    public var compatibility: UInt8
    /// `AVCLevelIndication`: ten times the highest level.
    public var level: UInt8
    /// Bytes of the length before each NAL unit of a sample: 1, 2 or 4.
    public var nalLengthSize: Int
    /// Sequence parameter sets: NAL units with their header byte, at most 31.
    public var sequenceParameterSets: [[UInt8]]
    /// Picture parameter sets: NAL units with their header byte, at most 255.
    public var pictureParameterSets: [[UInt8]]
    /// What profiles above Main add; `nil` for Baseline, Main and Extended, and in old files that left it out.
    public var highProfile: HighProfile?

    /// The end of the record for profiles other than 66, 77 and 88.
    public struct HighProfile: Hashable, Sendable {
        /// `chroma_format`: 1 is 4:2:0.
        public var chromaFormat: UInt8
        /// Bits of a luma sample, 8 to 15.
        public var bitDepthLuma: UInt8
        /// Bits of a chroma sample, 8 to 15.
        public var bitDepthChroma: UInt8
        /// Sequence parameter set extensions (NAL type 13).
        public var extensions: [[UInt8]]
    }

    /// Makes the record for the parameter sets of a stream, or of several that share a track.
    ///
    /// The profile and the level are the highest, the constraint flags those that all share. NAL units come without start
    /// code or length; equal ones are kept once, in the order given.
    ///
    /// - Throws: `malformed` if a set is missing, unreadable, or two different ones have the same id; `unsupported` if they
    ///   differ in chroma format or bit depth, which one sample entry cannot describe; `tooLarge` if there are too many.
    public init(
        sequenceParameterSets: [[UInt8]], pictureParameterSets: [[UInt8]], extensions: [[UInt8]] = [],
        nalLengthSize: Int = 4
    ) throws(ISOBMFFError) {
        precondition([1, 2, 4].contains(nalLengthSize), "a NAL length has 1, 2 or 4 bytes")
        let sequenceSets = sequenceParameterSets.uniqued()
        let pictureSets = pictureParameterSets.uniqued()
        var parsed: [H264SequenceParameterSet] = []
        for set in sequenceSets { parsed.append(try H264SequenceParameterSet(nalUnit: set)) }
        var pictureIDs: [UInt8] = []
        for set in pictureSets { pictureIDs.append(try H264PictureParameterSet(nalUnit: set).id) }
        guard let first = parsed.first, !pictureSets.isEmpty else {
            throw ISOBMFFError(.malformed, at: nil, "H.264 without a sequence and a picture parameter set")
        }
        guard Set(parsed.map(\.id)).count == parsed.count, Set(pictureIDs).count == pictureIDs.count else {
            throw ISOBMFFError(.malformed, at: nil, "two different H.264 parameter sets have the same id")
        }
        guard sequenceSets.count <= 31, pictureSets.count <= 255, extensions.count <= 255,
            (sequenceSets + pictureSets + extensions).allSatisfy({ $0.count <= 0xFFFF })
        else { throw ISOBMFFError(.tooLarge, at: nil, "more H.264 parameter sets than avcC can hold") }
        let depths = parsed.map { [$0.chromaFormat, $0.bitDepthLuma, $0.bitDepthChroma] }
        guard Set(depths).count == 1 else {
            throw ISOBMFFError(.unsupported, at: nil, "H.264 of different chroma format or bit depth in one track")
        }
        profile = parsed.reduce(first.profile) { max($0, $1.profile) }
        compatibility = parsed.reduce(0xFF) { $0 & $1.compatibility }
        level = parsed.reduce(0) { max($0, $1.level) }
        self.nalLengthSize = nalLengthSize
        self.sequenceParameterSets = sequenceSets
        self.pictureParameterSets = pictureSets
        if AVCConfiguration.hasHighProfile(profile) {
            highProfile = HighProfile(
                chromaFormat: first.chromaFormat, bitDepthLuma: first.bitDepthLuma,
                bitDepthChroma: first.bitDepthChroma, extensions: extensions)
        }
    }

    /// One record for streams that share a track, such as a copied middle and its encoded edges.
    ///
    /// - Throws: as above, and `unsupported` if their NAL lengths differ in size.
    public init(merging configurations: [AVCConfiguration]) throws(ISOBMFFError) {
        let sizes = Set(configurations.map(\.nalLengthSize))
        guard sizes.count == 1, let size = sizes.first else {
            throw ISOBMFFError(.unsupported, at: nil, "H.264 streams with NAL lengths of different size in one track")
        }
        try self.init(
            sequenceParameterSets: configurations.flatMap(\.sequenceParameterSets),
            pictureParameterSets: configurations.flatMap(\.pictureParameterSets),
            extensions: configurations.flatMap { $0.highProfile?.extensions ?? [] }.uniqued(), nalLengthSize: size)
    }

    /// The first sequence parameter set, read.
    ///
    /// - Throws: `malformed` if there is none or it cannot be read.
    public func sequenceParameters() throws(ISOBMFFError) -> H264SequenceParameterSet {
        guard let first = sequenceParameterSets.first else {
            throw ISOBMFFError(.malformed, at: nil, "avcC without a sequence parameter set")
        }
        return try H264SequenceParameterSet(nalUnit: first)
    }

    static func hasHighProfile(_ profile: UInt8) -> Bool { ![66, 77, 88].contains(profile) }
}
