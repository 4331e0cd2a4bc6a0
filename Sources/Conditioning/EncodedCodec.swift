internal import ISOBMFF

/// A codec whose packets can be copied, and taken from an encoder.
public enum EncodedCodec: String, Sendable, CaseIterable {
    /// H.264 (ITU-T H.264): plays everywhere.
    case h264
    /// HEVC (ITU-T H.265): smaller, and 10 bits where the source has them.
    case hevc
}

extension EncodedCodec {
    /// How the NAL units of a stream's packets are kept apart, by its extradata.
    func framing(_ extradata: [UInt8]) -> NALFraming {
        switch self {
        case .h264: NALFraming(h264Extradata: extradata)
        case .hevc: NALFraming(hevcExtradata: extradata)
        }
    }

    /// Reads one packet.
    /// - Throws: as `NALUnits.split`; `malformed` without a picture.
    func picture(_ packet: [UInt8], _ framing: NALFraming) throws(ISOBMFFError) -> CodedPicture {
        switch self {
        case .h264:
            let unit = try H264AccessUnit(packet, framing)
            return CodedPicture(
                units: try H264Sample.units(of: unit), isIDR: unit.isIDR, isReference: unit.isReference,
                isLeading: false, parameterSets: ParameterSets(h264: H264Sample.parameterSets(of: unit)))
        case .hevc: return try hevcPicture(packet, framing)
        }
    }

    /// The SEI messages of an encoder's header, which belong before each IDR picture: the metadata of HDR (HEVC).
    /// - Throws: as `NALUnits.split`.
    func messages(_ header: [UInt8]) throws(ISOBMFFError) -> [ArraySlice<UInt8>] {
        guard self == .hevc else { return [] }
        return try NALUnits.split(header, .annexB).compactMap(HEVCNALUnit.init).filter { $0.type == .prefixSEI }.map(
            \.bytes)
    }

    private func hevcPicture(_ packet: [UInt8], _ framing: NALFraming) throws(ISOBMFFError) -> CodedPicture {
        let units = try NALUnits.split(packet, framing).compactMap(HEVCNALUnit.init).filter { $0.layer == 0 }
        let slices = units.filter(\.type.isPicture)
        guard !slices.isEmpty else { throw ISOBMFFError(.malformed, at: 0, "an access unit of HEVC without a picture") }
        var sets = ParameterSets()
        for unit in units { sets.add(hevc: unit) }
        let kept = units.filter { !Self.dropped.contains($0.type) }
        return CodedPicture(
            units: kept.map(\.bytes),
            isIDR: slices.allSatisfy { $0.type == .idr || $0.type == .idrWithLeading },
            // Pictures of higher temporal layers may refer to one that those of its own do not refer to.
            isReference: true, isLeading: slices.allSatisfy(\.type.isLeading), parameterSets: sets)
    }

    /// What `hvc1` keeps in the sample entry, and what means nothing between the pieces of a reel.
    private static let dropped: Set<HEVCNALType> = [
        .videoParameterSet, .sequenceParameterSet, .pictureParameterSet, .accessUnitDelimiter, .filler, .endOfSequence,
        .endOfStream,
    ]

    /// The parameter sets of extradata: `avcC`, `hvcC` or annex B.
    func parameterSets(_ extradata: [UInt8]) throws(ISOBMFFError) -> ParameterSets {
        var sets = ParameterSets()
        let isRecord = extradata.first == 1
        switch self {
        case .h264 where isRecord:
            let record = try AVCConfiguration.parse(extradata)
            for bytes in record.sequenceParameterSets + record.pictureParameterSets {
                if let unit = H264NALUnit(bytes[...]) { sets.h264.add(unit) }
            }
        case .h264: sets.h264 = try H264ParameterSets(annexB: extradata)
        case .hevc where isRecord:
            let record = try HEVCConfiguration.parse(extradata)
            for bytes in record.videoParameterSets + record.sequenceParameterSets + record.pictureParameterSets {
                if let unit = HEVCNALUnit(bytes[...]) { sets.add(hevc: unit) }
            }
        case .hevc:
            for bytes in try NALUnits.split(extradata, .annexB) {
                if let unit = HEVCNALUnit(bytes) { sets.add(hevc: unit) }
            }
        }
        return sets
    }

    /// The sample entry's record for parameter sets, with NAL lengths of 4 bytes.
    /// - Throws: as `AVCConfiguration.init` and `HEVCConfiguration.init`.
    func configuration(_ sets: ParameterSets) throws(ISOBMFFError) -> VideoConfiguration {
        switch self {
        case .h264: .avc(try sets.h264.configuration())
        case .hevc:
            .hevc(
                try HEVCConfiguration(
                    videoParameterSets: sets.video, sequenceParameterSets: sets.sequence,
                    pictureParameterSets: sets.picture))
        }
    }
}

/// What one packet holds.
struct CodedPicture {
    /// Its NAL units without parameter sets, as an `avc1` or `hvc1` track keeps them.
    var units: [ArraySlice<UInt8>]
    /// Whether it is an IDR picture, by all its slices.
    var isIDR: Bool
    /// Whether other pictures may refer to it.
    var isReference: Bool
    /// Whether it leads a random access picture: what follows that in presentation does not refer to it (HEVC).
    var isLeading: Bool
    /// The parameter sets that stood in the packet.
    var parameterSets: ParameterSets
}

/// The parameter sets of a stream, gathered packet by packet. Equal ones are kept once, in order of appearance.
struct ParameterSets {
    /// Of H.264.
    var h264 = H264ParameterSets()
    /// Of HEVC: video, sequence and picture parameter sets.
    private(set) var video: [[UInt8]] = []
    private(set) var sequence: [[UInt8]] = []
    private(set) var picture: [[UInt8]] = []

    init(h264: H264ParameterSets = .init()) { self.h264 = h264 }

    /// Keeps a parameter set of HEVC; other NAL units are passed over.
    mutating func add(hevc unit: HEVCNALUnit) {
        let bytes = [UInt8](unit.bytes)
        switch unit.type {
        case .videoParameterSet: if !video.contains(bytes) { video.append(bytes) }
        case .sequenceParameterSet: if !sequence.contains(bytes) { sequence.append(bytes) }
        case .pictureParameterSet: if !picture.contains(bytes) { picture.append(bytes) }
        default: break
        }
    }

    /// Keeps what another has.
    mutating func add(_ other: ParameterSets) {
        for set in other.h264.sequence + other.h264.picture + other.h264.extensions {
            if let unit = H264NALUnit(set[...]) { h264.add(unit) }
        }
        for set in other.video + other.sequence + other.picture {
            if let unit = HEVCNALUnit(set[...]) { add(hevc: unit) }
        }
    }
}
