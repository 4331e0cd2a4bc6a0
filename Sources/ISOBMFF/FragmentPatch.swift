/// Moves a fragment to another time by replacing its two integers: the whole of stitching.
///
/// The offsets come from ``FragmentHeader`` or ``FragmentInfo`` and are counted from the fragment's first byte, which is
/// the first byte of what is given here.
public enum FragmentPatch {
    /// Replaces both integers in place.
    ///
    /// The names of the two boxes stand 8 bytes before their integers: they are looked at first, so that a wrong offset is
    /// an error and never a spoilt picture.
    ///
    /// - Parameters:
    ///   - sequenceNumber: the new `mfhd.sequence_number`.
    ///   - decodeTime: the new `tfdt.baseMediaDecodeTime`, in ticks of the track.
    ///   - fragment: the fragment's bytes, at least up to the end of both integers.
    /// - Throws: `malformed` if an offset does not lead to its integer; nothing has been changed then.
    public static func apply(
        sequenceNumber: UInt32, decodeTime: UInt64, sequenceNumberOffset: Int, decodeTimeOffset: Int,
        to fragment: UnsafeMutableRawBufferPointer
    ) throws(ISOBMFFError) {
        let bytes = UnsafeRawBufferPointer(fragment)
        try check(bytes, "mfhd", version: 0, offset: sequenceNumberOffset, size: 4)
        try check(bytes, "tfdt", version: 1, offset: decodeTimeOffset, size: 8)
        fragment.storeBytes(of: sequenceNumber.bigEndian, toByteOffset: sequenceNumberOffset, as: UInt32.self)
        fragment.storeBytes(of: decodeTime.bigEndian, toByteOffset: decodeTimeOffset, as: UInt64.self)
    }

    /// Replaces both integers of a fragment in an array; as above.
    public static func apply(
        sequenceNumber: UInt32, decodeTime: UInt64, sequenceNumberOffset: Int, decodeTimeOffset: Int,
        to fragment: inout [UInt8]
    ) throws(ISOBMFFError) {
        // The standard library's closure does not carry a typed error yet, hence the Result.
        let result = fragment.withUnsafeMutableBytes { (bytes) -> Result<Void, ISOBMFFError> in
            Result { () throws(ISOBMFFError) in
                try apply(
                    sequenceNumber: sequenceNumber, decodeTime: decodeTime,
                    sequenceNumberOffset: sequenceNumberOffset, decodeTimeOffset: decodeTimeOffset, to: bytes)
            }
        }
        try result.get()
    }

    /// The 4 bytes of a sequence number as the file holds them, for a writer that sends pieces (`writev`).
    public static func bytes(sequenceNumber: UInt32) -> [UInt8] {
        withUnsafeBytes(of: sequenceNumber.bigEndian) { [UInt8]($0) }
    }

    /// The 8 bytes of a decode time as the file holds them.
    public static func bytes(decodeTime: UInt64) -> [UInt8] {
        withUnsafeBytes(of: decodeTime.bigEndian) { [UInt8]($0) }
    }

    private static func check(
        _ bytes: UnsafeRawBufferPointer, _ type: FourCC, version: UInt8, offset: Int, size: Int
    ) throws(ISOBMFFError) {
        guard offset >= 8, offset <= bytes.count - size,
            bytes.loadUnaligned(fromByteOffset: offset - 8, as: UInt32.self).bigEndian == type.rawValue,
            bytes[offset - 4] == version
        else {
            throw ISOBMFFError(.malformed, at: Int64(offset), "no \(type) of version \(version) has its integer here")
        }
    }
}
