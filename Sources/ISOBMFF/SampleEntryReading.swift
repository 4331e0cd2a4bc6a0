extension VideoSampleEntry {
    /// Reads a whole `avc1` or `hvc1` box (or `avc3`, `hev1`): ISO/IEC 14496-15, 5.4.2.1 and 8.4.1; `fileOffset` is where it begins, for errors.
    ///
    /// - Throws: `malformed` without `avcC` or `hvcC`, `truncated`, `unsupported` for another type.
    public static func parse(_ bytes: [UInt8], at fileOffset: Int64 = 0) throws(ISOBMFFError) -> VideoSampleEntry {
        var boxes = BoxReader(bytes[...], at: fileOffset)
        guard let entry = try boxes.next(), ["avc1", "avc3", "hvc1", "hev1"].contains(entry.type) else {
            throw ISOBMFFError(.unsupported, at: fileOffset, "the sample entry is not of H.264 or HEVC")
        }
        var reader = entry.reader
        try reader.skip(24)
        let (width, height) = (try reader.u16(), try reader.u16())
        var configuration: VideoConfiguration?
        var aspect: (UInt32, UInt32)?
        var colour: ColourDescription?
        for box in try entry.children(skipping: 78) {
            switch box.type {
            case "avcC":
                configuration = .avc(try AVCConfiguration.parse([UInt8](box.payload), at: box.payloadOffset))
            case "hvcC":
                configuration = .hevc(try HEVCConfiguration.parse([UInt8](box.payload), at: box.payloadOffset))
            case "pasp":
                var reader = box.reader
                aspect = (try reader.u32(), try reader.u32())
            case "colr": colour = try ColourDescription.parse(box) ?? colour
            default: break
            }
        }
        guard let configuration else {
            throw ISOBMFFError(.malformed, at: fileOffset, "sample entry '\(entry.type)' without its configuration")
        }
        return VideoSampleEntry(
            width: width, height: height, configuration: configuration, pixelAspect: aspect, colour: colour)
    }
}

extension ColourDescription {
    /// `colr` of ISO (`nclx`) or QuickTime (`nclc`, which has no range); `nil` for colour profiles.
    fileprivate static func parse(_ box: Box) throws(ISOBMFFError) -> ColourDescription? {
        var reader = box.reader
        let form = try reader.fourCC()
        guard form == "nclx" || form == "nclc" else { return nil }
        return ColourDescription(
            primaries: try reader.u16(), transfer: try reader.u16(), matrix: try reader.u16(),
            fullRange: form == "nclx" ? try reader.u8() & 0x80 != 0 : false)
    }
}

extension AACSampleEntry {
    /// Reads a whole `mp4a` box: ISO/IEC 14496-14, 6.7; `fileOffset` is where it begins, for errors.
    ///
    /// - Throws: `malformed` without `esds` or its decoder's configuration, `truncated`; `unsupported` for another type, for
    ///   QuickTime's sound description 2, and for other codings than MPEG-4 audio.
    public static func parse(_ bytes: [UInt8], at fileOffset: Int64 = 0) throws(ISOBMFFError) -> AACSampleEntry {
        var boxes = BoxReader(bytes[...], at: fileOffset)
        guard let entry = try boxes.next(), entry.type == "mp4a" else {
            throw ISOBMFFError(.unsupported, at: fileOffset, "the sample entry is not 'mp4a'")
        }
        var reader = entry.reader
        try reader.skip(8)
        let version = try reader.u16()
        guard version <= 1 else {
            throw ISOBMFFError(.unsupported, at: fileOffset, "'mp4a' of QuickTime version \(version)")
        }
        try reader.skip(6)
        let channels = try reader.u16()
        try reader.skip(6)
        let sampleRate = try reader.u32() >> 16
        for box in try entry.children(skipping: version == 1 ? 44 : 28) where box.type == "esds" {
            var result = AACSampleEntry(
                channels: channels, sampleRate: sampleRate, audioSpecificConfig: [], averageBitrate: 0,
                maximumBitrate: 0)
            try result.readDescriptor(box)
            return result
        }
        throw ISOBMFFError(.malformed, at: fileOffset, "'mp4a' without 'esds'")
    }

    /// `ES_Descriptor`: ISO/IEC 14496-1, 7.2.6.5.
    private mutating func readDescriptor(_ box: Box) throws(ISOBMFFError) {
        var reader = box.reader
        try reader.skip(4)
        var stream = try reader.descriptor(0x03)
        try stream.skip(2)
        let flags = try stream.u8()
        if flags & 0x80 != 0 { try stream.skip(2) }
        if flags & 0x40 != 0 { try stream.skip(Int(try stream.u8())) }
        if flags & 0x20 != 0 { try stream.skip(2) }
        var decoder = try stream.descriptor(0x04)
        guard try decoder.u8() == 0x40 else {
            throw ISOBMFFError(.unsupported, at: box.header.offset, "'mp4a' of another coding than MPEG-4 audio")
        }
        try decoder.skip(4)
        maximumBitrate = try decoder.u32()
        averageBitrate = try decoder.u32()
        var specific = try decoder.descriptor(0x05)
        audioSpecificConfig = [UInt8](specific.rest())
    }
}

extension ByteReader {
    /// Reads a descriptor of a tag, with a length of one to four bytes (ISO/IEC 14496-1, 8.3.3).
    fileprivate mutating func descriptor(_ tag: UInt8) throws(ISOBMFFError) -> ByteReader {
        let place = offset
        guard try u8() == tag else {
            throw ISOBMFFError(.malformed, at: place, "no descriptor of tag \(tag) in 'esds'")
        }
        var length = 0
        for _ in 0..<4 {
            let byte = try u8()
            length = length << 7 | Int(byte & 0x7F)
            if byte & 0x80 == 0 { break }
        }
        let start = offset
        return ByteReader(try bytes(length), at: start)
    }
}
