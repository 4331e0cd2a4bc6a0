/// What `moof` says of a fragment of one track: ISO/IEC 14496-12, 8.8.4. All offsets are from its first byte.
public struct FragmentInfo: Hashable, Sendable {
    /// `mfhd.sequence_number`.
    public var sequenceNumber: UInt32 = 0
    /// Where its 4 bytes stand.
    public var sequenceNumberOffset = 0
    /// The track.
    public var trackID: UInt32 = 0
    /// `tfdt.baseMediaDecodeTime`, in ticks of the track.
    public var decodeTime: UInt64 = 0
    /// Where its bytes stand.
    public var decodeTimeOffset = 0
    /// How many they are: 8, or 4 in `tfdt` of version 0, which ``FragmentPatch`` refuses.
    public var decodeTimeSize = 8
    /// The samples of all runs, in decode order.
    public var samples: [Sample] = []

    /// A sample as the fragment describes it, defaults filled in.
    public struct Sample: Hashable, Sendable {
        /// Where its bytes begin, from the first byte of `moof`.
        public var offset: Int64
        /// Bytes.
        public var size: UInt32
        /// In ticks of the track.
        public var duration: UInt32
        /// In ticks of the track; negative only in `trun` of version 1.
        public var compositionOffset: Int64
        /// As ``MediaSample/flags``.
        public var flags: UInt32

        /// Describes a sample.
        public init(offset: Int64, size: UInt32, duration: UInt32, compositionOffset: Int64, flags: UInt32) {
            self.offset = offset
            self.size = size
            self.duration = duration
            self.compositionOffset = compositionOffset
            self.flags = flags
        }

        /// Whether decoding can begin here, by `sample_is_non_sync_sample`.
        public var isSync: Bool { flags & 0x0001_0000 == 0 }
    }

    /// The most samples that are read of one fragment: a bound against counts without data behind them.
    public static let maximumSamples = 1 << 20

    /// The sum of the samples' durations, in ticks of the track.
    public var duration: UInt64 { samples.reduce(0) { $0 + UInt64($1.duration) } }

    /// Reads a whole `moof` box, header included; what follows it is ignored.
    ///
    /// - Parameters:
    ///   - fileOffset: where it begins in the file, for errors and absolute data offsets.
    ///   - defaults: of each track, from ``MovieHeader``; all 0 without.
    /// - Throws: `malformed`, `truncated`; `unsupported` for more or less than one `traf` and for one without `tfdt`; `tooLarge`
    ///   beyond ``maximumSamples``.
    public static func parse(
        _ moof: [UInt8], at fileOffset: Int64 = 0, defaults: [UInt32: SampleDefaults] = [:]
    ) throws(ISOBMFFError) -> FragmentInfo {
        let fragment = try Box.parse(moof, "moof", at: fileOffset)
        var result = FragmentInfo()
        let header = try fragment.child("mfhd")
        var reader = header.reader
        try reader.skip(4)
        result.sequenceNumberOffset = Int(reader.offset - fileOffset)
        result.sequenceNumber = try reader.u32()
        let tracks = try fragment.children().filter { $0.type == "traf" }
        guard tracks.count == 1, let track = tracks.first else {
            throw ISOBMFFError(
                .unsupported, at: fileOffset, "a fragment of \(tracks.count) tracks; only one is handled")
        }
        try result.readTrack(track, fileOffset, defaults)
        return result
    }

    /// `traf`, in `moof`: 8.8.6.
    private mutating func readTrack(
        _ track: Box, _ fileOffset: Int64, _ defaults: [UInt32: SampleDefaults]
    ) throws(ISOBMFFError) {
        var run = try RunReader(try track.child("tfhd"), fileOffset, defaults)
        trackID = run.trackID
        var time: Box?
        for box in try track.children() {
            if box.type == "tfdt" { time = box }
            if box.type == "trun" { try run.read(box, into: &samples) }
        }
        guard let time else {
            throw ISOBMFFError(.unsupported, at: track.header.offset, "a fragment without 'tfdt'")
        }
        var reader = time.reader
        let isLong = try reader.isLongVersion("tfdt")
        decodeTimeOffset = Int(reader.offset - fileOffset)
        decodeTimeSize = isLong ? 8 : 4
        decodeTime = try reader.u32Or64(isLong)
    }
}

/// Reads the runs of a track's fragment with the defaults of its `tfhd`.
private struct RunReader {
    var trackID: UInt32
    var defaults: SampleDefaults
    /// Where data offsets count from, and where the next run's data begin if it does not say; from the first byte of `moof`.
    var base: Int64 = 0
    var next: Int64 = 0

    /// `tfhd`, in `traf`: 8.8.7.
    init(_ box: Box, _ fileOffset: Int64, _ all: [UInt32: SampleDefaults]) throws(ISOBMFFError) {
        var reader = box.reader
        let flags = try reader.versionAndFlags().flags
        trackID = try reader.u32()
        defaults = all[trackID] ?? SampleDefaults(duration: 0, size: 0, flags: 0)
        if flags & 0x01 != 0 {
            let absolute = try reader.u64()
            guard absolute < 1 << 62 else {
                throw ISOBMFFError(.tooLarge, at: box.header.offset, "a data offset of \(absolute) bytes")
            }
            base = Int64(absolute) - fileOffset
        }
        if flags & 0x02 != 0 { try reader.skip(4) }
        if flags & 0x08 != 0 { defaults.duration = try reader.u32() }
        if flags & 0x10 != 0 { defaults.size = try reader.u32() }
        if flags & 0x20 != 0 { defaults.flags = try reader.u32() }
        next = base
    }

    /// `trun`, in `traf`: 8.8.8.
    mutating func read(_ box: Box, into samples: inout [FragmentInfo.Sample]) throws(ISOBMFFError) {
        var reader = box.reader
        let (version, flags) = try reader.versionAndFlags()
        let count = Int(try reader.u32())
        if flags & 0x01 != 0 { next = base + Int64(try reader.i32()) }
        let firstFlags = flags & 0x04 != 0 ? try reader.u32() : nil
        let fields = [0x100, 0x200, 0x400, 0x800].filter { flags & $0 != 0 }.count
        guard count <= FragmentInfo.maximumSamples - samples.count else {
            throw ISOBMFFError(.tooLarge, at: box.header.offset, "a fragment of \(samples.count + count) samples")
        }
        guard count * fields * 4 <= reader.bytesLeft else {
            throw ISOBMFFError(
                .truncated, at: box.header.offset, "'trun' of \(count) samples has \(reader.bytesLeft) bytes for them")
        }
        for index in 0..<count {
            var sample = FragmentInfo.Sample(
                offset: next, size: defaults.size, duration: defaults.duration, compositionOffset: 0,
                flags: index == 0 ? firstFlags ?? defaults.flags : defaults.flags)
            if flags & 0x100 != 0 { sample.duration = try reader.u32() }
            if flags & 0x200 != 0 { sample.size = try reader.u32() }
            if flags & 0x400 != 0 { sample.flags = try reader.u32() }
            if flags & 0x800 != 0 {
                sample.compositionOffset = version == 0 ? Int64(try reader.u32()) : Int64(try reader.i32())
            }
            next += Int64(sample.size)
            samples.append(sample)
        }
    }
}
