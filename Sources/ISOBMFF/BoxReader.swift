/// The header of a box in a file: ISO/IEC 14496-12, 4.2.2.
public struct BoxHeader: Hashable, Sendable {
    /// The type; the 16 bytes that name a `uuid` box belong to its payload here.
    public let type: FourCC
    /// Where the box begins in the file, in bytes.
    public let offset: Int64
    /// Bytes of the header: 8, or 16 with a 64-bit size.
    public let headerSize: Int
    /// Bytes of the whole box, header included.
    public let size: Int64

    /// Where the box ends: the offset of the byte after it.
    public var end: Int64 { offset + size }

    /// Reads a header; the box may fill `available` bytes from its beginning.
    ///
    /// - Throws: `truncated` if even the header does not fit, or the box is larger than what is available; `malformed` if its
    ///   size is less than its header.
    init(_ reader: inout ByteReader, available: Int64) throws(ISOBMFFError) {
        offset = reader.offset
        let short = try reader.u32()
        type = try reader.fourCC()
        var wanted = UInt64(short)
        var header = 8
        if short == 1 {
            wanted = try reader.u64()
            header = 16
        } else if short == 0 {
            wanted = UInt64(max(0, available))  // to the end of what encloses it
        }
        headerSize = header
        guard wanted >= UInt64(header) else {
            throw ISOBMFFError(.malformed, at: offset, "box '\(type)' of \(wanted) bytes, its header has \(header)")
        }
        guard wanted <= UInt64(max(0, available)) else {
            throw ISOBMFFError(.truncated, at: offset, "box '\(type)' of \(wanted) bytes, \(available) are left")
        }
        size = Int64(wanted)
    }
}

/// A box in memory. Its children are read only when asked for, so a hostile nesting costs nothing.
public struct Box: Hashable, Sendable {
    /// Type, size and place.
    public let header: BoxHeader
    /// What follows the header.
    public let payload: ArraySlice<UInt8>

    /// The type.
    public var type: FourCC { header.type }

    /// Where the payload begins in the file.
    public var payloadOffset: Int64 { header.offset + Int64(header.headerSize) }

    /// Reads the payload's fields.
    public var reader: ByteReader { ByteReader(payload, at: payloadOffset) }

    /// The boxes in the payload after its first `skip` bytes.
    ///
    /// - Throws: as ``BoxReader/next()``.
    public func children(skipping skip: Int = 0) throws(ISOBMFFError) -> [Box] {
        var reader = reader
        try reader.skip(skip)
        var boxes = BoxReader(reader.rest(), at: payloadOffset + Int64(skip))
        var found: [Box] = []
        while let box = try boxes.next() { found.append(box) }
        return found
    }

    /// The one box of a type among `children()`.
    ///
    /// - Throws: `malformed` if there is none, naming both.
    public func child(_ wanted: FourCC) throws(ISOBMFFError) -> Box {
        for box in try children() where box.type == wanted { return box }
        throw ISOBMFFError(.malformed, at: header.offset, "box '\(type)' without '\(wanted)'")
    }

    /// The box that `bytes` hold, alone or first.
    ///
    /// - Parameter fileOffset: where the first byte stands in the file, for errors.
    /// - Throws: as ``BoxReader/next()``, and `malformed` if it is of another type than `wanted`.
    public static func parse(
        _ bytes: [UInt8], _ wanted: FourCC, at fileOffset: Int64 = 0
    ) throws(ISOBMFFError) -> Box {
        var boxes = BoxReader(bytes[...], at: fileOffset)
        guard let box = try boxes.next() else {
            throw ISOBMFFError(.truncated, at: fileOffset, "no box where '\(wanted)' should be")
        }
        guard box.type == wanted else {
            throw ISOBMFFError(.malformed, at: fileOffset, "box '\(box.type)' where '\(wanted)' should be")
        }
        return box
    }
}

/// Walks along sibling boxes in memory.
public struct BoxReader: Sendable {
    private var reader: ByteReader

    /// Walks along `bytes`, of which the first stands at `fileOffset` of the file (for errors).
    public init(_ bytes: ArraySlice<UInt8>, at fileOffset: Int64 = 0) {
        reader = ByteReader(bytes, at: fileOffset)
    }

    /// The next box; `nil` at the end, where QuickTime leaves up to seven zero bytes.
    ///
    /// - Throws: `truncated` if a box is larger than what is left, `malformed` if it is smaller than its header.
    public mutating func next() throws(ISOBMFFError) -> Box? {
        if reader.bytesLeft < 8 {
            var rest = reader
            if rest.rest().allSatisfy({ $0 == 0 }) { return nil }
        }
        let header = try BoxHeader(&reader, available: Int64(reader.bytesLeft))
        return Box(header: header, payload: try reader.bytes(Int(header.size) - header.headerSize))
    }
}
