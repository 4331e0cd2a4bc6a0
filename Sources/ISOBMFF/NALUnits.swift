/// How the NAL units of an access unit are kept apart.
public enum NALFraming: Hashable, Sendable {
    /// A big-endian length of 1, 2 or 4 bytes before each (ISO/IEC 14496-15, 5.3.2): MP4 and Matroska.
    case lengthPrefixed(Int)
    /// The start code 00 00 01 before each (ISO/IEC 14496-10, annex B): transport streams and raw files.
    case annexB

    /// The framing of an H.264 stream's packets by its extradata: `avcC` begins with its version, 1; anything else is annex B.
    ///
    /// Never guess by the packets: a NAL unit of 256 to 511 bytes has a length that looks like a start code, 00 00 01 xx
    /// (FFmpeg's raw muxer falls for it and writes no start codes).
    public init(h264Extradata extradata: [UInt8]) {
        guard extradata.count >= 7, extradata[0] == 1 else {
            self = .annexB
            return
        }
        self = .lengthPrefixed(Int(extradata[4] & 3) + 1)
    }

    /// The framing of an HEVC stream's packets by its extradata: `hvcC` (ISO/IEC 14496-15, 8.3.3.1) or annex B.
    public init(hevcExtradata extradata: [UInt8]) {
        guard extradata.count >= 23, extradata[0] == 1 else {
            self = .annexB
            return
        }
        self = .lengthPrefixed(Int(extradata[21] & 3) + 1)
    }
}

/// Takes access units apart and puts them together, for any codec that has NAL units.
///
/// Ranges and errors count from the access unit's first byte. Hostile input gives an error or a value, never a trap.
public enum NALUnits {
    /// The NAL units, header bytes included, without start codes, lengths or padding. Empty ones are left out.
    ///
    /// - Throws: `truncated` if a length leads past the end, `malformed` for other lengths than 1, 2 and 4 bytes and for bytes
    ///   before the first start code.
    public static func split(_ accessUnit: [UInt8], _ framing: NALFraming) throws(ISOBMFFError) -> [ArraySlice<UInt8>] {
        let ranges =
            switch framing {
            case .lengthPrefixed(let size): try rangesByLength(accessUnit, size)
            case .annexB: try rangesByStartCode(accessUnit)
            }
        return ranges.map { accessUnit[$0] }
    }

    /// Puts a 4-byte length before each NAL unit.
    ///
    /// - Throws: `tooLarge` for a NAL unit of 4 GiB or more.
    public static func joined(_ units: [ArraySlice<UInt8>]) throws(ISOBMFFError) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(units.reduce(0) { $0 + 4 + $1.count })
        for unit in units {
            guard let length = UInt32(exactly: unit.count) else {
                throw ISOBMFFError(.tooLarge, at: Int64(result.count), "a NAL unit of 4 GiB or more")
            }
            withUnsafeBytes(of: length.bigEndian) { result.append(contentsOf: $0) }
            result.append(contentsOf: unit)
        }
        return result
    }

    private static func rangesByLength(_ bytes: [UInt8], _ size: Int) throws(ISOBMFFError) -> [Range<Int>] {
        guard [1, 2, 4].contains(size) else {
            throw ISOBMFFError(.malformed, at: 0, "NAL lengths of \(size) bytes; there are 1, 2 and 4")
        }
        var ranges: [Range<Int>] = []
        var position = 0
        while position < bytes.count {
            guard bytes.count - position >= size else {
                throw ISOBMFFError(.truncated, at: Int64(position), "the length of a NAL unit is cut off")
            }
            let start = position + size
            let length = bytes[position..<start].reduce(0) { $0 << 8 | Int($1) }
            guard length <= bytes.count - start else {
                throw ISOBMFFError(
                    .truncated, at: Int64(position), "a NAL unit of \(length) bytes, \(bytes.count - start) left")
            }
            if length > 0 { ranges.append(start..<start + length) }
            position = start + length
        }
        return ranges
    }

    private static func rangesByStartCode(_ bytes: [UInt8]) throws(ISOBMFFError) -> [Range<Int>] {
        let starts = startCodes(bytes)
        let lead = starts.first ?? bytes.count
        guard bytes[..<lead].allSatisfy({ $0 == 0 }) else {
            throw ISOBMFFError(.malformed, at: 0, "no start code at the beginning")
        }
        var ranges: [Range<Int>] = []
        for (index, code) in starts.enumerated() {
            let start = code + 3
            var end = index + 1 < starts.count ? starts[index + 1] : bytes.count
            // A NAL unit never ends in a zero byte: these are padding, or the first byte of a start code of 4 bytes.
            while end > start, bytes[end - 1] == 0 { end -= 1 }
            if end > start { ranges.append(start..<end) }
        }
        return ranges
    }

    /// Where each 00 00 01 begins.
    private static func startCodes(_ bytes: [UInt8]) -> [Int] {
        bytes.withUnsafeBufferPointer { bytes in
            var starts: [Int] = []
            var index = 2
            while index < bytes.count {
                // The third byte of a start code is 1: any higher value rules out three places at once.
                switch bytes[index] {
                case 0: index += 1
                case 1:
                    if bytes[index - 1] == 0, bytes[index - 2] == 0 { starts.append(index - 2) }
                    index += 3
                default: index += 3
                }
            }
            return starts
        }
    }
}
