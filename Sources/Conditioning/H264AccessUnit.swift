public import ISOBMFF

/// `nal_unit_type` of H.264 (ISO/IEC 14496-10, table 7-1). Values without a name are values too.
public struct H264NALType: RawRepresentable, Hashable, Sendable {
    /// 0 to 31.
    public let rawValue: UInt8
    /// Takes the low five bits of a NAL header.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// A slice of a picture that is not IDR.
    public static let slice = H264NALType(rawValue: 1)
    /// Data partitions A of a slice; B and C have no slice header.
    public static let partitionA = H264NALType(rawValue: 2)
    /// A slice of an IDR picture.
    public static let idrSlice = H264NALType(rawValue: 5)
    /// Supplemental enhancement information.
    public static let sei = H264NALType(rawValue: 6)
    /// A sequence parameter set.
    public static let sequenceParameterSet = H264NALType(rawValue: 7)
    /// A picture parameter set.
    public static let pictureParameterSet = H264NALType(rawValue: 8)
    /// An access unit delimiter.
    public static let accessUnitDelimiter = H264NALType(rawValue: 9)
    /// The end of a coded video sequence.
    public static let endOfSequence = H264NALType(rawValue: 10)
    /// The end of the stream.
    public static let endOfStream = H264NALType(rawValue: 11)
    /// Filler.
    public static let filler = H264NALType(rawValue: 12)
    /// An extension of a sequence parameter set.
    public static let sequenceParameterSetExtension = H264NALType(rawValue: 13)

    /// Whether it carries a piece of the primary coded picture (1 to 5).
    public var isPicture: Bool { (1...5).contains(rawValue) }
}

/// A NAL unit of H.264 with its header read.
public struct H264NALUnit: Hashable, Sendable {
    /// The header byte and what follows, emulation prevention included.
    public let bytes: ArraySlice<UInt8>
    /// What it holds.
    public let type: H264NALType
    /// `nal_ref_idc`, 0 to 3: 0 means that no other picture refers to this one.
    public let referenceIDC: UInt8

    /// Reads the header byte; `nil` without one.
    public init?(_ bytes: ArraySlice<UInt8>) {
        guard let header = bytes.first else { return nil }
        self.bytes = bytes
        type = H264NALType(rawValue: header & 0x1F)
        referenceIDC = (header >> 5) & 3
    }
}

/// The first fields of a slice header (ISO/IEC 14496-10, 7.3.3).
public struct H264SliceHeader: Hashable, Sendable {
    /// What a slice's macroblocks may refer to.
    public enum Kind: UInt8, Sendable {
        /// One earlier or later picture for each block.
        case p = 0
        /// Up to two pictures for each block.
        case b = 1
        /// None.
        case i = 2
        /// As P, for switching between streams.
        case sp = 3
        /// As I, for switching between streams.
        case si = 4
    }

    /// `first_mb_in_slice`: 0 in the first slice of a picture.
    public let firstMacroblock: UInt32
    /// `slice_type`, without the "all slices are so" of values 5 to 9.
    public let kind: Kind
    /// `pic_parameter_set_id`, 0 to 255.
    public let pictureParameterSetID: UInt8

    /// Reads the beginning of a slice (NAL types 1, 2 and 5).
    ///
    /// - Throws: `malformed` for other NAL types and impossible values, `truncated`.
    public init(_ unit: H264NALUnit) throws(ISOBMFFError) {
        guard [.slice, .partitionA, .idrSlice].contains(unit.type) else {
            throw ISOBMFFError(.malformed, at: 0, "NAL unit type \(unit.type.rawValue) has no slice header")
        }
        // The three codes take at most 21 bytes before emulation prevention.
        var reader = BitReader(nalUnit: unit.bytes.prefix(32), headerSize: 1)
        firstMacroblock = try reader.ue()
        let type = try reader.ue()
        guard type < 10, let kind = Kind(rawValue: UInt8(type % 5)) else {
            throw ISOBMFFError(.malformed, at: 1, "slice_type \(type); there are 0 to 9")
        }
        self.kind = kind
        guard let id = UInt8(exactly: try reader.ue()) else {
            throw ISOBMFFError(.malformed, at: 1, "pic_parameter_set_id over 255 in a slice")
        }
        pictureParameterSetID = id
    }
}

/// Recovery point SEI (ISO/IEC 14496-10, D.2.7): decoding can begin here, though the first pictures may be wrong.
///
/// MP4 files mark such pictures as sync samples: an open group of pictures begins with one, and it is no safe cut.
public struct H264RecoveryPoint: Hashable, Sendable {
    /// `recovery_frame_cnt`: frames to decode until the output is right.
    public let frameCount: UInt32
    /// `exact_match_flag`: whether the output is then exact.
    public let isExact: Bool
    /// `broken_link_flag`: whether leading pictures refer to ones that are not there.
    public let isBrokenLink: Bool
}

/// One coded picture of H.264 with what stands around it.
public struct H264AccessUnit: Hashable, Sendable {
    /// All NAL units in order.
    public let units: [H264NALUnit]

    /// Takes a packet apart.
    ///
    /// - Throws: as ``NALUnits/split(_:_:)``.
    public init(_ bytes: [UInt8], _ framing: NALFraming) throws(ISOBMFFError) {
        units = try NALUnits.split(bytes, framing).compactMap(H264NALUnit.init)
    }

    /// Whether it is an IDR picture: it has slices, and all are IDR slices. Nothing before it is needed afterwards.
    ///
    /// Where the fields of a frame are pictures of their own, only the first is an IDR picture (7.4.1.2.4): the second can refer
    /// to nothing but that.
    public var isIDR: Bool {
        let pictures = units.filter(\.type.isPicture)
        let others = pictures.drop { $0.type == .idrSlice }
        guard !pictures.isEmpty, others.count < pictures.count else { return false }
        guard let second = others.first else { return true }
        let beginsPicture = (try? H264SliceHeader(second))?.firstMacroblock == 0
        return beginsPicture && !others.contains { $0.type == .idrSlice }
    }

    /// Whether other pictures may refer to this one.
    public var isReference: Bool { units.contains { $0.type.isPicture && $0.referenceIDC != 0 } }

    /// The beginning of each slice, in order.
    ///
    /// - Throws: as ``H264SliceHeader/init(_:)``.
    public func slices() throws(ISOBMFFError) -> [H264SliceHeader] {
        var headers: [H264SliceHeader] = []
        for unit in units where [.slice, .partitionA, .idrSlice].contains(unit.type) {
            headers.append(try H264SliceHeader(unit))
        }
        return headers
    }

    /// Whether all slices are I: nothing is needed to decode this picture, though later ones may need earlier ones.
    ///
    /// - Throws: as ``slices()``.
    public func isIntra() throws(ISOBMFFError) -> Bool {
        let kinds = try slices().map(\.kind)
        return !kinds.isEmpty && kinds.allSatisfy { $0 == .i || $0 == .si }
    }

    /// The recovery point SEI message, if there is one that can be read.
    public var recoveryPoint: H264RecoveryPoint? {
        for unit in units where unit.type == .sei {
            guard let payload = seiPayload(unit, type: 6) else { continue }
            var reader = BitReader(payload)
            if let count = try? reader.ue(), let exact = try? reader.bit(), let broken = try? reader.bit() {
                return H264RecoveryPoint(frameCount: count, isExact: exact, isBrokenLink: broken)
            }
        }
        return nil
    }

    /// The first SEI message of a type in a SEI NAL unit (ISO/IEC 14496-10, 7.3.2.3.1).
    private func seiPayload(_ unit: H264NALUnit, type wanted: Int) -> [UInt8]? {
        let bytes = BitReader.removingEmulationPrevention(unit.bytes.dropFirst())
        var position = 0
        func number() -> Int? {
            var value = 0
            while position < bytes.count {
                let byte = bytes[position]
                position += 1
                value += Int(byte)
                if byte != 0xFF { return value }
            }
            return nil
        }
        while position < bytes.count, let type = number(), let size = number(), size <= bytes.count - position {
            if type == wanted { return [UInt8](bytes[position..<position + size]) }
            position += size
        }
        return nil
    }
}
