/// What an init segment says of one track: enough to write its `trak` and `trex`.
public struct TrackDescription: Hashable, Sendable {
    /// What a track holds.
    public enum Kind: Hashable, Sendable {
        /// Pictures, presented at this many pixels (1:1) across and down.
        case video(width: UInt16, height: UInt16)
        /// Sound.
        case audio
    }

    /// The track's number, from 1.
    public var trackID: UInt32
    /// Picture or sound.
    public var kind: Kind
    /// Ticks a second of all the track's times.
    public var timescale: UInt32
    /// The one box in `stsd`, such as `VideoSampleEntry.encoded()`.
    public var sampleEntry: [UInt8]
    /// The media time, in ticks of `timescale`, that is presented first; `nil` means no edit list. Not negative.
    public var editMediaTime: Int64?
    /// ISO 639-2/T code of three small letters.
    public var language: String
    /// The transformation of `tkhd`, nine values as the box holds them; `nil` for none.
    public var matrix: [Int32]?

    /// Describes a track. Traps if `trackID` or `timescale` is 0, `editMediaTime` negative, or `matrix` not of nine values.
    public init(
        trackID: UInt32, kind: Kind, timescale: UInt32, sampleEntry: [UInt8], editMediaTime: Int64? = nil,
        language: String = "und", matrix: [Int32]? = nil
    ) {
        precondition(trackID > 0 && timescale > 0, "a track has a number and a timescale from 1")
        precondition((editMediaTime ?? 0) >= 0, "an edit begins at a media time from 0")
        precondition(matrix.map { $0.count == 9 } ?? true, "a matrix has nine values")
        self.trackID = trackID
        self.kind = kind
        self.timescale = timescale
        self.sampleEntry = sampleEntry
        self.editMediaTime = editMediaTime
        self.language = language
        self.matrix = matrix
    }

    /// No rotation: the unity matrix of ISO/IEC 14496-12, 6.2.2.
    static let unityMatrix: [Int32] = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x4000_0000]
}

extension BoxWriter {
    /// The samples of a track that are not in fragments.
    struct Media {
        var table: SampleTable
        /// How long they are presented, in ticks of the movie.
        var presented: UInt64
        /// Where the media begin in the file.
        var mediaStart: UInt64
        /// Whether chunks have offsets of 64 bits.
        var isLong: Bool
    }

    /// `trak`, in `moov`: ISO/IEC 14496-12, 8.3.1.
    /// - Parameter media: its samples; `nil` when all are in fragments.
    mutating func track(_ track: TrackDescription, _ media: Media? = nil) {
        box("trak") {
            $0.trackHeader(track, duration: media?.presented ?? 0)
            if let time = track.editMediaTime {
                $0.box("edts") { $0.editList(mediaTime: time, duration: media?.presented ?? 0) }
            }
            $0.box("mdia") {
                $0.mediaHeader(track, duration: media?.table.duration ?? 0)
                $0.handler(track.kind)
                $0.mediaInformation(track, media)
            }
        }
    }

    /// `tkhd`, in `trak`: 8.3.2. Duration 0 where fragments come later.
    private mutating func trackHeader(_ track: TrackDescription, duration: UInt64) {
        let isLong = duration > UInt64(UInt32.max)
        // Enabled, in the movie, in its preview.
        fullBox("tkhd", version: isLong ? 1 : 0, flags: 7) {
            $0.zeros(isLong ? 16 : 8)
            $0.u32(track.trackID)
            $0.zeros(4)
            $0.u32Or64(duration, isLong)
            $0.zeros(8)
            $0.u32(0)  // layer and alternate group
            $0.u16(track.kind == .audio ? 0x0100 : 0)
            $0.u16(0)
            for value in track.matrix ?? TrackDescription.unityMatrix { $0.i32(value) }
            if case .video(let width, let height) = track.kind {
                $0.u32(UInt32(width) << 16)
                $0.u32(UInt32(height) << 16)
            } else {
                $0.zeros(8)
            }
        }
    }

    /// `elst`, in `edts`: 8.6.6. One entry, of duration 0 in a fragmented movie, where it means "to the end".
    private mutating func editList(mediaTime: Int64, duration: UInt64) {
        let short = duration > UInt64(UInt32.max) ? nil : Int32(exactly: mediaTime)
        fullBox("elst", version: short == nil ? 1 : 0) {
            $0.u32(1)
            $0.u32Or64(duration, short == nil)
            if let short { $0.i32(short) } else { $0.i64(mediaTime) }
            $0.u32(0x0001_0000)  // rate 1
        }
    }

    /// `mdhd`, in `mdia`: 8.4.2.
    private mutating func mediaHeader(_ track: TrackDescription, duration: UInt64) {
        let isLong = duration > UInt64(UInt32.max)
        fullBox("mdhd", version: isLong ? 1 : 0) {
            $0.zeros(isLong ? 16 : 8)
            $0.u32(track.timescale)
            $0.u32Or64(duration, isLong)
            $0.u16(packedLanguage(track.language))
            $0.u16(0)
        }
    }

    /// `hdlr`, in `mdia`: 8.4.3.
    private mutating func handler(_ kind: TrackDescription.Kind) {
        fullBox("hdlr") {
            $0.u32(0)
            $0.fourCC(kind == .audio ? "soun" : "vide")
            $0.zeros(12)
            $0.text(kind == .audio ? "SoundHandler" : "VideoHandler")
            $0.u8(0)
        }
    }

    /// `minf`, in `mdia`: 8.4.4, with `vmhd` (12.1.2) or `smhd` (12.2.2), `dinf` (8.7.1) and `stbl` (8.5.1).
    private mutating func mediaInformation(_ track: TrackDescription, _ media: Media?) {
        box("minf") {
            if track.kind == .audio {
                $0.fullBox("smhd") { $0.zeros(4) }
            } else {
                $0.fullBox("vmhd", flags: 1) { $0.zeros(8) }
            }
            $0.box("dinf") {
                $0.fullBox("dref") {
                    $0.u32(1)
                    $0.fullBox("url ", flags: 1) { _ in }  // the media is in this file
                }
            }
            $0.box("stbl") {
                $0.fullBox("stsd") {
                    $0.u32(1)
                    $0.append(track.sampleEntry)
                }
                if let media { return media.table.write(to: &$0, from: media.mediaStart, isLong: media.isLong) }
                $0.fullBox("stts") { $0.u32(0) }
                $0.fullBox("stsc") { $0.u32(0) }
                $0.fullBox("stsz") { $0.zeros(8) }
                $0.fullBox("stco") { $0.u32(0) }
            }
        }
    }
}

/// Three letters in 15 bits (8.4.2.3); `und` if they are not three small ASCII letters.
func packedLanguage(_ language: String) -> UInt16 {
    let letters = language.utf8.filter { (0x61...0x7A).contains($0) }
    guard letters.count == 3, language.utf8.count == 3 else { return packedLanguage("und") }
    return letters.reduce(0) { $0 << 5 | UInt16($1 - 0x60) }
}
