public import ISOBMFF

/// The parameter sets of an H.264 stream, gathered from its access units or its extradata. Equal ones are kept once.
public struct H264ParameterSets: Hashable, Sendable {
    /// Sequence parameter sets, in order of appearance.
    public private(set) var sequence: [[UInt8]] = []
    /// Picture parameter sets, in order of appearance.
    public private(set) var picture: [[UInt8]] = []
    /// Extensions of sequence parameter sets, in order of appearance.
    public private(set) var extensions: [[UInt8]] = []

    /// None yet.
    public init() {}

    /// Reads extradata in annex B form, as transport streams and encoders give it.
    ///
    /// - Throws: as ``NALUnits/split(_:_:)``.
    public init(annexB extradata: [UInt8]) throws(ISOBMFFError) {
        for unit in try H264AccessUnit(extradata, .annexB).units { add(unit) }
    }

    /// Keeps a parameter set; other NAL units are passed over.
    public mutating func add(_ unit: H264NALUnit) {
        let bytes = [UInt8](unit.bytes)
        switch unit.type {
        case .sequenceParameterSet: if !sequence.contains(bytes) { sequence.append(bytes) }
        case .pictureParameterSet: if !picture.contains(bytes) { picture.append(bytes) }
        case .sequenceParameterSetExtension: if !extensions.contains(bytes) { extensions.append(bytes) }
        default: break
        }
    }

    /// The record for `avcC`, with NAL lengths of 4 bytes.
    ///
    /// - Throws: as `AVCConfiguration.init`: missing sets, two different ones with one id.
    public func configuration() throws(ISOBMFFError) -> AVCConfiguration {
        try AVCConfiguration(
            sequenceParameterSets: sequence, pictureParameterSets: picture, extensions: extensions)
    }
}

/// An access unit of H.264 as it stands in an `avc1` track: 4-byte lengths, and no parameter sets.
public struct H264Sample: Hashable, Sendable {
    /// The sample.
    public let bytes: [UInt8]
    /// The parameter sets that stood in the access unit.
    public let parameterSets: H264ParameterSets

    /// Converts a packet of either framing.
    ///
    /// Parameter sets are taken out, as `avc1` demands (ISO/IEC 14496-15, 5.4.2); so are access unit delimiters, filler and the
    /// marks of a sequence's or stream's end, which mean nothing between the pieces of a reel. All else is kept bit for bit.
    ///
    /// - Throws: as ``NALUnits/split(_:_:)``; `malformed` if no picture is left.
    public init(_ accessUnit: [UInt8], _ framing: NALFraming) throws(ISOBMFFError) {
        let unit = try H264AccessUnit(accessUnit, framing)
        bytes = try NALUnits.joined(try H264Sample.units(of: unit))
        parameterSets = H264Sample.parameterSets(of: unit)
    }

    /// The NAL units of an access unit that its sample keeps.
    ///
    /// - Throws: `malformed` if there is no picture among them.
    static func units(of unit: H264AccessUnit) throws(ISOBMFFError) -> [ArraySlice<UInt8>] {
        guard unit.units.contains(where: \.type.isPicture) else {
            throw ISOBMFFError(.malformed, at: 0, "an access unit of H.264 without a picture")
        }
        return unit.units.filter { !dropped.contains($0.type) }.map(\.bytes)
    }

    /// The parameter sets that stand in an access unit.
    static func parameterSets(of unit: H264AccessUnit) -> H264ParameterSets {
        var found = H264ParameterSets()
        for unit in unit.units { found.add(unit) }
        return found
    }

    private static let dropped: Set<H264NALType> = [
        .sequenceParameterSet, .pictureParameterSet, .sequenceParameterSetExtension, .accessUnitDelimiter, .filler,
        .endOfSequence, .endOfStream,
    ]
}
