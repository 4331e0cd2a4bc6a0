/// The ids of a picture parameter set of H.264 (ISO/IEC 14496-10, 7.3.2.2): its own and that of its sequence parameter set.
public struct H264PictureParameterSet: Hashable, Sendable {
    /// `pic_parameter_set_id`, 0 to 255: what slice headers name.
    public var id: UInt8
    /// `seq_parameter_set_id`, 0 to 31.
    public var sequenceID: UInt8

    /// Reads a PPS NAL unit, header byte included.
    ///
    /// - Throws: `malformed` if it is not a PPS, `truncated`.
    public init(nalUnit: some Collection<UInt8>) throws(ISOBMFFError) {
        guard let header = nalUnit.first, header & 0x1F == 8 else {
            throw ISOBMFFError(.malformed, at: 0, "not a picture parameter set of H.264")
        }
        // Both ids take at most 17 + 11 bits.
        var reader = BitReader(nalUnit: nalUnit.prefix(16), headerSize: 1)
        id = try reader.ue(upTo: 255, "pic_parameter_set_id")
        sequenceID = try reader.ue(upTo: 31, "seq_parameter_set_id")
    }
}
