/// Writes fragments: `moof` and the header of its `mdat` (ISO/IEC 14496-12, 8.8.4 to 8.8.12 and 8.1.1).
public enum Fragment {
    /// The most bytes of a fragment, payload included: 2^31 − 1, so that every offset in it fits a signed 32-bit field.
    public static let maximumSize = Int(Int32.max)

    /// Writes the header of a fragment of one track with one run of samples, whose payload follows in order.
    ///
    /// Keeps to CMAF chunks (ISO/IEC 23000-19, 7.3.2.3 and 7.5.15 to 7.5.17): one `traf`, offsets from the `moof`, `tfdt`
    /// always present (and of 64 bits, so that any time can be patched in), `trun` with a data offset. What is the same for
    /// all samples stands once, in `tfhd`; composition offsets are left out when all are 0.
    ///
    /// - Parameters:
    ///   - sequenceNumber: `mfhd.sequence_number`, from 1.
    ///   - decodeTime: the first sample's decode time, in ticks of the track.
    /// - Throws: `malformed` without samples, `tooLarge` beyond ``maximumSize``.
    public static func header(
        trackID: UInt32, samples: [MediaSample], sequenceNumber: UInt32, decodeTime: UInt64
    ) throws(ISOBMFFError) -> FragmentHeader {
        guard let first = samples.first else {
            throw ISOBMFFError(.malformed, at: nil, "a fragment of track \(trackID) without samples")
        }
        let run = RunLayout(samples, first: first)
        let payload = samples.reduce(0) { $0 + Int($1.size) }
        let capacity = 128 + samples.count * 16
        guard samples.count < maximumSize / 16, payload < maximumSize - capacity else {
            throw ISOBMFFError(
                .tooLarge, at: nil,
                "a fragment of track \(trackID) with \(samples.count) samples and \(payload) bytes; the most is 2^31")
        }
        var writer = BoxWriter(capacity: capacity)
        var sequenceNumberOffset = 0
        var decodeTimeOffset = 0
        var dataOffsetOffset = 0
        writer.box("moof") {
            $0.fullBox("mfhd") {
                sequenceNumberOffset = $0.count
                $0.u32(sequenceNumber)
            }
            $0.box("traf") {
                $0.trackFragmentHeader(trackID, run)
                // tfdt, in traf: 8.8.12.
                $0.fullBox("tfdt", version: 1) {
                    decodeTimeOffset = $0.count
                    $0.u64(decodeTime)
                }
                dataOffsetOffset = $0.trackRun(samples, run)
            }
        }
        writer.patch(UInt32(writer.count + 8), at: dataOffsetOffset)
        writer.u32(UInt32(payload + 8))
        writer.fourCC("mdat")
        return FragmentHeader(
            bytes: writer.bytes, sequenceNumberOffset: sequenceNumberOffset, decodeTimeOffset: decodeTimeOffset,
            totalSize: writer.count + payload)
    }
}

/// The beginning of a fragment, and where its two integers stand. All offsets are from the fragment's first byte.
public struct FragmentHeader: Hashable, Sendable {
    /// The whole `moof` and the 8 bytes that open `mdat`; the payload follows.
    public let bytes: [UInt8]
    /// Where the 4 bytes of `mfhd.sequence_number` stand.
    public let sequenceNumberOffset: Int
    /// Where the 8 bytes of `tfdt.baseMediaDecodeTime` stand.
    public let decodeTimeOffset: Int
    /// Bytes of the fragment, payload included.
    public let totalSize: Int
}

/// Which fields of a run of samples are said once, and which for each.
struct RunLayout {
    var defaultDuration: UInt32?
    var defaultFlags: UInt32
    var firstFlags: UInt32?
    var hasFlags: Bool
    var hasCompositionOffsets: Bool

    init(_ samples: [MediaSample], first: MediaSample) {
        let rest = samples.dropFirst()
        let common = rest.first?.flags ?? first.flags
        defaultDuration = rest.allSatisfy { $0.duration == first.duration } ? first.duration : nil
        hasFlags = !rest.allSatisfy { $0.flags == common }
        defaultFlags = common
        firstFlags = !hasFlags && first.flags != common ? first.flags : nil
        hasCompositionOffsets = samples.contains { $0.compositionOffset != 0 }
    }
}

extension BoxWriter {
    /// `tfhd`, in `traf`: 8.8.7; offsets from the `moof` (0x20000), default duration (8) and flags (0x20).
    fileprivate mutating func trackFragmentHeader(_ trackID: UInt32, _ run: RunLayout) {
        var flags: UInt32 = 0x02_0000
        if run.defaultDuration != nil { flags |= 0x08 }
        if !run.hasFlags { flags |= 0x20 }
        fullBox("tfhd", flags: flags) {
            $0.u32(trackID)
            if let duration = run.defaultDuration { $0.u32(duration) }
            if !run.hasFlags { $0.u32(run.defaultFlags) }
        }
    }

    /// `trun`, in `traf`: 8.8.8; version 0, since composition offsets are never negative. Returns where the data offset stands.
    fileprivate mutating func trackRun(_ samples: [MediaSample], _ run: RunLayout) -> Int {
        var flags: UInt32 = 0x201  // data offset, and a size for each sample
        if run.firstFlags != nil { flags |= 0x004 }
        if run.defaultDuration == nil { flags |= 0x100 }
        if run.hasFlags { flags |= 0x400 }
        if run.hasCompositionOffsets { flags |= 0x800 }
        var dataOffsetOffset = 0
        fullBox("trun", flags: flags) {
            $0.u32(UInt32(samples.count))
            dataOffsetOffset = $0.count
            $0.u32(0)
            if let flags = run.firstFlags { $0.u32(flags) }
            for sample in samples {
                if run.defaultDuration == nil { $0.u32(sample.duration) }
                $0.u32(sample.size)
                if run.hasFlags { $0.u32(sample.flags) }
                if run.hasCompositionOffsets { $0.u32(sample.compositionOffset) }
            }
        }
        return dataOffsetOffset
    }
}
