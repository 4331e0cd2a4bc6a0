/// What `moov` says of a file (ISO/IEC 14496-12, 8.2.1), its sample tables apart.
public struct MovieHeader: Hashable, Sendable {
    /// Ticks a second of the movie's times.
    public var timescale: UInt32 = 0
    /// `mvhd.duration` in ticks of `timescale`; 0 in a fragmented file.
    public var duration: UInt64 = 0
    /// `mehd.fragment_duration` in ticks of `timescale`; `nil` if not said.
    public var fragmentDuration: UInt64?
    /// Whether fragments may follow (`mvex`).
    public var isFragmented = false
    /// The tracks, in order.
    public var tracks: [Track] = []
    /// The boxes of `udta`, in order.
    public var userData: [RawBox] = []

    /// What `trak` says of a track (8.3.1).
    public struct Track: Hashable, Sendable {
        /// The track's number.
        public var trackID: UInt32 = 0
        /// Whether a player should play it (`tkhd` flag 1).
        public var isEnabled = false
        /// `vide`, `soun`, `tmcd`, ….
        public var handler: FourCC = "    "
        /// Ticks a second of the track's times.
        public var timescale: UInt32 = 0
        /// `mdhd.duration` in ticks of `timescale`; 0 in a fragmented file.
        public var duration: UInt64 = 0
        /// `tkhd.width` in 65,536ths of a pixel.
        public var width: UInt32 = 0
        /// `tkhd.height` in 65,536ths of a pixel.
        public var height: UInt32 = 0
        /// The transformation of `tkhd`, nine values.
        public var matrix: [Int32] = []
        /// Three letters, as in ``TrackDescription/language``.
        public var language = "und"
        /// The entries of `stsd`.
        public var sampleEntries: [SampleEntry] = []
        /// The entries of `elst`; empty without an edit list.
        public var edits: [Edit] = []
        /// What fragments leave unsaid (`trex`); `nil` without `mvex`.
        public var defaults: SampleDefaults?
    }

    /// A box in `stsd` (8.5.2).
    public struct SampleEntry: Hashable, Sendable {
        /// `avc1`, `hvc1`, `mp4a`, ….
        public var type: FourCC
        /// The whole box.
        public var bytes: [UInt8]

        /// Describes an entry.
        public init(type: FourCC, bytes: [UInt8]) {
            self.type = type
            self.bytes = bytes
        }
    }

    /// An entry of `elst` (8.6.6).
    public struct Edit: Hashable, Sendable {
        /// In ticks of the movie; 0 in a fragmented file means "to the end".
        public var segmentDuration: UInt64
        /// In ticks of the track; −1 is an empty edit.
        public var mediaTime: Int64
        /// `media_rate` in 65,536ths.
        public var rate: Int32

        /// Describes an edit.
        public init(segmentDuration: UInt64, mediaTime: Int64, rate: Int32) {
            self.segmentDuration = segmentDuration
            self.mediaTime = mediaTime
            self.rate = rate
        }
    }

    /// Reads a whole `moov` box, header included; `fileOffset` is where it begins, for errors.
    ///
    /// - Throws: `malformed` if a box that must be there is not, `truncated`, `unsupported` for unknown versions.
    public static func parse(_ moov: [UInt8], at fileOffset: Int64 = 0) throws(ISOBMFFError) -> MovieHeader {
        let movie = try Box.parse(moov, "moov", at: fileOffset)
        var result = MovieHeader()
        try result.readMovieHeader(try movie.child("mvhd"))
        var defaults: [UInt32: SampleDefaults] = [:]
        for box in try movie.children() {
            switch box.type {
            case "trak": result.tracks.append(try Track(box))
            case "udta": result.userData = try box.children().map { RawBox($0.type, [UInt8]($0.payload)) }
            case "mvex":
                result.isFragmented = true
                for entry in try box.children() {
                    if entry.type == "mehd" {
                        var reader = entry.reader
                        let isLong = try reader.isLongVersion("mehd")
                        result.fragmentDuration = try reader.u32Or64(isLong)
                    } else if entry.type == "trex" {
                        let (trackID, values) = try SampleDefaults.parse(entry)
                        defaults[trackID] = values
                    }
                }
            default: break
            }
        }
        for index in result.tracks.indices { result.tracks[index].defaults = defaults[result.tracks[index].trackID] }
        return result
    }

    /// `mvhd`, in `moov`: 8.2.2.
    private mutating func readMovieHeader(_ box: Box) throws(ISOBMFFError) {
        var reader = box.reader
        let isLong = try reader.isLongVersion("mvhd")
        try reader.skip(isLong ? 16 : 8)
        timescale = try reader.u32()
        duration = try reader.u32Or64(isLong)
    }
}

extension MovieHeader.Track {
    /// `trak`, in `moov`: 8.3.1.
    fileprivate init(_ trak: Box) throws(ISOBMFFError) {
        try readTrackHeader(try trak.child("tkhd"))
        for box in try trak.children() where box.type == "edts" {
            for list in try box.children() where list.type == "elst" { try readEdits(list) }
        }
        let media = try trak.child("mdia")
        try readMediaHeader(try media.child("mdhd"))
        var handlerReader = try media.child("hdlr").reader
        try handlerReader.skip(8)
        handler = try handlerReader.fourCC()
        let descriptions = try media.child("minf").child("stbl").child("stsd")
        for entry in try descriptions.children(skipping: 8) {
            var bytes = BoxWriter(capacity: entry.payload.count + 8)
            bytes.box(entry.type) { $0.append(entry.payload) }
            sampleEntries.append(MovieHeader.SampleEntry(type: entry.type, bytes: bytes.bytes))
        }
    }

    /// `tkhd`, in `trak`: 8.3.2.
    private mutating func readTrackHeader(_ box: Box) throws(ISOBMFFError) {
        var reader = box.reader
        var peek = reader
        isEnabled = try peek.versionAndFlags().flags & 1 != 0
        let isLong = try reader.isLongVersion("tkhd")
        try reader.skip(isLong ? 16 : 8)
        trackID = try reader.u32()
        try reader.skip(isLong ? 28 : 24)  // duration, layer, group, volume and reserved fields
        for _ in 0..<9 { matrix.append(try reader.i32()) }
        width = try reader.u32()
        height = try reader.u32()
    }

    /// `mdhd`, in `mdia`: 8.4.2.
    private mutating func readMediaHeader(_ box: Box) throws(ISOBMFFError) {
        var reader = box.reader
        let isLong = try reader.isLongVersion("mdhd")
        try reader.skip(isLong ? 16 : 8)
        timescale = try reader.u32()
        duration = try reader.u32Or64(isLong)
        let packed = try reader.u16()
        let letters = [10, 5, 0].map { UInt8(packed >> UInt16($0) & 0x1F) + 0x60 }
        language = letters.allSatisfy { (0x61...0x7A).contains($0) } ? String(decoding: letters, as: UTF8.self) : "und"
    }

    /// `elst`, in `edts`: 8.6.6.
    private mutating func readEdits(_ box: Box) throws(ISOBMFFError) {
        var reader = box.reader
        let isLong = try reader.isLongVersion("elst")
        for _ in 0..<(try reader.u32()) {
            edits.append(
                MovieHeader.Edit(
                    segmentDuration: try reader.u32Or64(isLong),
                    mediaTime: isLong ? try reader.i64() : Int64(try reader.i32()), rate: try reader.i32()))
        }
    }
}

/// What a sample of a fragment is unless the fragment says otherwise.
public struct SampleDefaults: Hashable, Sendable {
    /// In ticks of the track.
    public var duration: UInt32
    /// Bytes.
    public var size: UInt32
    /// As ``MediaSample/flags``.
    public var flags: UInt32

    /// Describes defaults.
    public init(duration: UInt32, size: UInt32, flags: UInt32) {
        self.duration = duration
        self.size = size
        self.flags = flags
    }

    /// `trex`, in `mvex`: 8.8.3.
    fileprivate static func parse(_ box: Box) throws(ISOBMFFError) -> (UInt32, SampleDefaults) {
        var reader = box.reader
        try reader.skip(4)
        let trackID = try reader.u32()
        try reader.skip(4)  // default_sample_description_index
        return (
            trackID, SampleDefaults(duration: try reader.u32(), size: try reader.u32(), flags: try reader.u32())
        )
    }
}

extension ByteReader {
    /// Reads version and flags of a box that has 32-bit times in version 0 and 64-bit ones in version 1.
    mutating func isLongVersion(_ type: FourCC) throws(ISOBMFFError) -> Bool {
        let place = offset
        let version = try versionAndFlags().version
        guard version <= 1 else {
            throw ISOBMFFError(.unsupported, at: place, "box '\(type)' of version \(version)")
        }
        return version == 1
    }

    mutating func u32Or64(_ isLong: Bool) throws(ISOBMFFError) -> UInt64 {
        isLong ? try u64() : UInt64(try u32())
    }
}
