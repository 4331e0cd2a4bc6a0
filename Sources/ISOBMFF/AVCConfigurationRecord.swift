/// `avcC`, in a video sample entry: ISO/IEC 14496-15, 5.3.3.1.
extension AVCConfiguration {
    /// The payload of `avcC`, which is also FFmpeg's `extradata` of such a track.
    public func encoded() -> [UInt8] {
        var writer = BoxWriter(capacity: 64)
        writer.u8(1)  // configurationVersion
        writer.u8(profile)
        writer.u8(compatibility)
        writer.u8(level)
        writer.u8(0xFC | UInt8(nalLengthSize - 1))
        writer.u8(0xE0 | UInt8(sequenceParameterSets.count))
        writer.parameterSets(sequenceParameterSets)
        writer.u8(UInt8(pictureParameterSets.count))
        writer.parameterSets(pictureParameterSets)
        if let high = highProfile {
            writer.u8(0xFC | high.chromaFormat)
            writer.u8(0xF8 | (high.bitDepthLuma - 8))
            writer.u8(0xF8 | (high.bitDepthChroma - 8))
            writer.u8(UInt8(high.extensions.count))
            writer.parameterSets(high.extensions)
        }
        return writer.bytes
    }

    /// Reads the payload of `avcC`; `fileOffset` is where it begins, for errors.
    ///
    /// Old files leave out the end of the record for High profiles: `highProfile` is then `nil`. Bytes after the record are
    /// ignored.
    ///
    /// - Throws: `truncated`; `unsupported` for another version; `malformed` for a NAL length of 3 bytes.
    public static func parse(_ payload: [UInt8], at fileOffset: Int64 = 0) throws(ISOBMFFError) -> AVCConfiguration {
        var reader = ByteReader(payload[...], at: fileOffset)
        guard try reader.u8() == 1 else {
            throw ISOBMFFError(.unsupported, at: fileOffset, "avcC of a version that is not 1")
        }
        var result = AVCConfiguration(
            profile: try reader.u8(), compatibility: try reader.u8(), level: try reader.u8(),
            nalLengthSize: Int(try reader.u8() & 3) + 1)
        guard result.nalLengthSize != 3 else {
            throw ISOBMFFError(.malformed, at: fileOffset + 4, "avcC with NAL lengths of 3 bytes")
        }
        result.sequenceParameterSets = try reader.parameterSets(count: Int(try reader.u8() & 0x1F))
        result.pictureParameterSets = try reader.parameterSets(count: Int(try reader.u8()))
        if hasHighProfile(result.profile), reader.bytesLeft >= 4 {
            result.highProfile = HighProfile(
                chromaFormat: try reader.u8() & 3, bitDepthLuma: 8 + (try reader.u8() & 7),
                bitDepthChroma: 8 + (try reader.u8() & 7),
                extensions: try reader.parameterSets(count: Int(try reader.u8())))
        }
        return result
    }

    private init(profile: UInt8, compatibility: UInt8, level: UInt8, nalLengthSize: Int) {
        self.profile = profile
        self.compatibility = compatibility
        self.level = level
        self.nalLengthSize = nalLengthSize
        sequenceParameterSets = []
        pictureParameterSets = []
    }
}

extension BoxWriter {
    fileprivate mutating func parameterSets(_ sets: [[UInt8]]) {
        for set in sets {
            u16(UInt16(set.count))
            append(set)
        }
    }
}

extension ByteReader {
    fileprivate mutating func parameterSets(count: Int) throws(ISOBMFFError) -> [[UInt8]] {
        var sets: [[UInt8]] = []
        for _ in 0..<count { sets.append([UInt8](try bytes(Int(try u16())))) }
        return sets
    }
}
