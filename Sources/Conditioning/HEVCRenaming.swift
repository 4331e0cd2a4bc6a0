internal import ISOBMFF

/// Gives the parameter sets of encoded HEVC other ids, so that they can stand beside the source's in one sample entry.
///
/// libx265 numbers all its sets 0 and has no option for it. A slice names its picture parameter set by an Exp-Golomb code early
/// in its header (ITU-T H.265, 7.3.6.1), which for 0 is one bit. For ids from 15 to 30 it has nine, so a header grows by
/// exactly one byte: all that follows keeps its alignment, and nothing else of the header needs to be understood.
struct HEVCRenaming: Sendable, Equatable {
    /// `vps_video_parameter_set_id`, 0 to 15.
    let video: UInt8
    /// `sps_seq_parameter_set_id`, 0 to 15.
    let sequence: UInt8
    /// `pps_pic_parameter_set_id`, 15 to 30.
    let picture: UInt8

    /// Ids that a source does not use; `nil` when it uses all that there are.
    init?(besides source: HEVCConfiguration) throws(ISOBMFFError) {
        let (videos, sequences, pictures) = try source.ids()
        guard let video = (0...15).first(where: { !videos.contains($0) }),
            let sequence = (0...15).first(where: { !sequences.contains($0) }),
            let picture = (15...30).first(where: { !pictures.contains($0) })
        else { return nil }
        (self.video, self.sequence, self.picture) = (video, sequence, picture)
    }

    /// The same configuration with the new ids.
    /// - Throws: `unsupported` unless there is one set of each kind, with the id 0.
    func renamed(_ own: HEVCConfiguration) throws(ISOBMFFError) -> HEVCConfiguration {
        guard own.videoParameterSets.count == 1, own.sequenceParameterSets.count == 1,
            own.pictureParameterSets.count == 1
        else { throw ISOBMFFError(.unsupported, at: nil, "the encoder made several HEVC parameter sets of a kind") }
        var result = own
        result.videoParameterSets[0] = try rewrite(own.videoParameterSets[0]) { bits throws(ISOBMFFError) in
            try bits.replaceFour(at: 0, with: video)
        }
        // The SPS id follows the profile, tier and level, whose length depends on the number of layers.
        let parsed = try HEVCSequenceParameterSet(nalUnit: own.sequenceParameterSets[0])
        guard parsed.temporalLayers == 1 else {
            throw ISOBMFFError(.unsupported, at: nil, "the encoder made several temporal layers")
        }
        result.sequenceParameterSets[0] = try rewrite(own.sequenceParameterSets[0]) { bits throws(ISOBMFFError) in
            try bits.replaceFour(at: 0, with: video)
            try bits.replaceZero(at: 8 + 96, with: sequence)
        }
        result.pictureParameterSets[0] = try rewrite(own.pictureParameterSets[0]) { bits throws(ISOBMFFError) in
            // The second first, since the first changes its place.
            try bits.replaceZero(at: 1, with: sequence)
            try bits.replaceZero(at: 0, with: picture)
        }
        return result
    }

    /// The encoder's NAL units, of which slices then name the new picture parameter set.
    func renamed(_ units: [ArraySlice<UInt8>]) throws(ISOBMFFError) -> [ArraySlice<UInt8>] {
        var result: [ArraySlice<UInt8>] = []
        for bytes in units {
            guard let unit = HEVCNALUnit(bytes), unit.type.isPicture else {
                result.append(bytes)
                continue
            }
            result.append(try slice(unit)[...])
        }
        return result
    }

    private func slice(_ unit: HEVCNALUnit) throws(ISOBMFFError) -> [UInt8] {
        let payload = BitReader.removingEmulationPrevention(unit.bytes.dropFirst(2))
        // first_slice_segment_in_pic_flag, and no_output_of_prior_pics_flag in random access pictures (16 to 23).
        let place = (16...23).contains(unit.type.rawValue) ? 2 : 1
        guard let first = payload.first, first >> UInt8(7 - place) & 1 == 1 else {
            throw ISOBMFFError(.unsupported, at: nil, "the encoder's slices name a parameter set that is not 0")
        }
        let before = UInt16(first >> UInt8(8 - place)) << UInt16(16 - place)
        let code = UInt16(picture + 1) << UInt16(7 - place)
        let after = UInt16(first) & ((1 << UInt16(7 - place)) - 1)
        let word = before | code | after
        let changed = [UInt8(word >> 8), UInt8(word & 0xFF)] + payload.dropFirst()
        return Array(unit.bytes.prefix(2)) + BitReader.addingEmulationPrevention(changed)
    }

    private func rewrite(
        _ unit: [UInt8], _ change: (inout PayloadBits) throws(ISOBMFFError) -> Void
    ) throws(ISOBMFFError) -> [UInt8] {
        var bits = PayloadBits(BitReader.removingEmulationPrevention(unit.dropFirst(2)))
        try change(&bits)
        return Array(unit.prefix(2)) + BitReader.addingEmulationPrevention(bits.bytes)
    }
}

/// The bits of a small payload, for changes that move what follows.
private struct PayloadBits {
    private var bits: [Bool]

    /// Takes the payload without its trailing bits.
    init(_ payload: [UInt8]) {
        bits = payload.flatMap { byte in (0..<8).map { byte >> UInt8(7 - $0) & 1 == 1 } }
        if let stop = bits.lastIndex(of: true) { bits.removeSubrange(stop...) }
    }

    /// The payload with trailing bits.
    var bytes: [UInt8] {
        var padded = bits + [true]
        while padded.count % 8 != 0 { padded.append(false) }
        return stride(from: 0, to: padded.count, by: 8).map { start in
            padded[start..<start + 8].reduce(0) { $0 << 1 | ($1 ? 1 : 0) }
        }
    }

    mutating func replaceFour(at place: Int, with value: UInt8) throws(ISOBMFFError) {
        guard bits.count >= place + 4 else { throw Self.short }
        for bit in 0..<4 { bits[place + bit] = value >> UInt8(3 - bit) & 1 == 1 }
    }

    /// Replaces the Exp-Golomb code of 0 at a place by another.
    mutating func replaceZero(at place: Int, with value: UInt8) throws(ISOBMFFError) {
        guard bits.count > place, bits[place] else { throw Self.short }
        let code = UInt16(value) + 1
        let length = 16 - code.leadingZeroBitCount
        let coded =
            [Bool](repeating: false, count: length - 1) + (0..<length).map { code >> UInt16(length - 1 - $0) & 1 == 1 }
        bits.replaceSubrange(place...place, with: coded)
    }

    private static let short = ISOBMFFError(
        .unsupported, at: nil, "the encoder's parameter sets have ids that are not 0")
}
