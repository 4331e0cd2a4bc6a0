/// The head of a fragmented movie: `ftyp` and a `moov` without samples (ISO/IEC 14496-12, 4.3, 8.2 and 8.8).
///
/// It holds no date and nothing random: the same description gives the same bytes, so that it can be named by its hash.
public struct InitSegment: Hashable, Sendable {
    /// Ticks a second of the movie header's times.
    public var movieTimescale: UInt32
    /// The tracks, in order.
    public var tracks: [TrackDescription]
    /// How long all fragments last, in ticks of `movieTimescale` (`mehd`); `nil` if unknown.
    public var fragmentDuration: UInt64?
    /// The boxes of `moov/udta`; none leaves `udta` out. See ``UserData``.
    public var userData: [RawBox]

    /// Describes an init segment.
    public init(
        movieTimescale: UInt32, tracks: [TrackDescription], fragmentDuration: UInt64? = nil, userData: [RawBox] = []
    ) {
        precondition(movieTimescale > 0, "a movie has a timescale from 1")
        self.movieTimescale = movieTimescale
        self.tracks = tracks
        self.fragmentDuration = fragmentDuration
        self.userData = userData
    }

    /// The bytes of `ftyp` and `moov`.
    public func encoded() -> [UInt8] {
        var writer = BoxWriter(capacity: 2048)
        writer.fileType(brands)
        writer.box("moov") {
            $0.movieHeader(timescale: movieTimescale, duration: 0, trackIDs: tracks.map(\.trackID))
            for track in tracks { $0.track(track) }
            $0.box("mvex") {
                if let fragmentDuration { $0.fullBox("mehd", version: 1) { $0.u64(fragmentDuration) } }
                for track in tracks { $0.trackExtends(track.trackID) }
            }
            $0.userData(userData)
        }
        return writer.bytes
    }

    /// `iso6` is the first brand that asks for all we use (`default-base-is-moof`, `tfdt`, one-entry edit lists over
    /// fragments); `cmfc` is CMAF (ISO/IEC 23000-19, 7.2), which has one track a file; `mp41` is said by files with `mp4a`
    /// and `esds`, and by all that want to be taken for an MP4 by old tools.
    private var brands: [FourCC] { tracks.count == 1 ? ["iso6", "cmfc", "mp41"] : ["iso6", "mp41"] }
}

/// A box with its payload unread, such as an entry of `udta`.
public struct RawBox: Hashable, Sendable {
    /// The type.
    public var type: FourCC
    /// What follows the box's header.
    public var payload: [UInt8]

    /// A box of a type with its payload.
    public init(_ type: FourCC, _ payload: [UInt8]) {
        self.type = type
        self.payload = payload
    }
}

extension BoxWriter {
    /// `ftyp`, at the top: ISO/IEC 14496-12, 4.3. The first brand is the major one.
    mutating func fileType(_ brands: [FourCC]) {
        box("ftyp") {
            $0.fourCC(brands.first ?? "iso6")
            $0.u32(0)  // minor version
            for brand in brands { $0.fourCC(brand) }
        }
    }

    /// `mvhd`, in `moov`: 8.2.2. Duration 0: no samples in `moov`.
    mutating func movieHeader(timescale: UInt32, duration: UInt64, trackIDs: [UInt32]) {
        let isLong = duration > UInt64(UInt32.max)
        fullBox("mvhd", version: isLong ? 1 : 0) {
            $0.zeros(isLong ? 16 : 8)
            $0.u32(timescale)
            $0.u32Or64(duration, isLong)
            $0.u32(0x0001_0000)  // rate 1
            $0.u16(0x0100)  // volume 1
            $0.zeros(10)
            for value in TrackDescription.unityMatrix { $0.i32(value) }
            $0.zeros(24)
            $0.u32((trackIDs.max() ?? 0) &+ 1)
        }
    }

    /// `udta`, in `moov`: 8.10.1; none when it would be empty.
    mutating func userData(_ entries: [RawBox]) {
        guard !entries.isEmpty else { return }
        box("udta") {
            for entry in entries { $0.box(entry.type) { $0.append(entry.payload) } }
        }
    }

    /// A field that has 64 bits in version 1 of its box.
    mutating func u32Or64(_ value: UInt64, _ isLong: Bool) {
        if isLong { u64(value) } else { u32(UInt32(value)) }
    }

    /// `trex`, in `mvex`: 8.8.3. Only the sample entry has a default: fragments say the rest.
    fileprivate mutating func trackExtends(_ trackID: UInt32) {
        fullBox("trex") {
            $0.u32(trackID)
            $0.u32(1)
            $0.zeros(12)
        }
    }
}
