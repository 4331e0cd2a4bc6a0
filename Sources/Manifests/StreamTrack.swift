public import MediaTime

/// What a player can choose from for one reel: the picture in one or more renditions, and the sound.
public struct ReelStream: Sendable {
    /// The renditions of the picture, best first; all have the same segments.
    public var pictures: [StreamTrack]
    /// The sound; `nil` for a silent reel.
    public var sound: StreamTrack?

    /// Whole seconds that no segment outlasts by half a second or more: the target duration of all playlists, so that players hold them
    /// to be aligned (RFC 8216, 4.3.3.1).
    var target: Int64 {
        let tracks = pictures + [sound].compactMap(\.self)
        let longest =
            tracks.flatMap { track in
                track.segments.map { Timebase.seconds.rescaleNearest($0.ticks, from: track.timebase) }
            }.max() ?? 0
        return max(1, longest)
    }

    /// Describes a reel. At least one rendition of the picture is needed.
    public init(pictures: [StreamTrack], sound: StreamTrack?) {
        precondition(!pictures.isEmpty, "a reel has a picture")
        (self.pictures, self.sound) = (pictures, sound)
    }
}

/// One rendition of a reel's picture or sound: an init segment and media segments that follow each other from 0 on.
public struct StreamTrack: Sendable {
    /// The name of the rendition; its playlist is called after it.
    public var name: String
    /// The codec (RFC 6381): `avc1.64001f`.
    public var codec: String
    /// Where the init segment is: a path of the origin or an absolute URL.
    public var initAddress: String
    /// Seconds a tick.
    public var timebase: Timebase
    /// What the picture looks like; `nil` for sound.
    public var picture: Picture?
    /// Channels of the sound; 0 for a picture.
    public var channels: Int
    /// The segments in order.
    public var segments: [Segment]

    /// The shape of a picture.
    public struct Picture: Sendable {
        /// Luma samples in a row.
        public var width: Int
        /// Rows of luma.
        public var height: Int
        /// Frames a second; `nil` where each frame has a duration of its own.
        public var frameRate: FrameRate?

        /// Describes a picture.
        public init(width: Int, height: Int, frameRate: FrameRate?) {
            (self.width, self.height, self.frameRate) = (width, height, frameRate)
        }
    }

    /// A part of the track that is asked for by itself.
    public struct Segment: Sendable {
        /// Where it is: a path of the origin or an absolute URL.
        public var address: String
        /// How long it lasts, in ticks of the track.
        public var ticks: Int64
        /// Whether its time does not go on from the segment before it: a player begins anew (`EXT-X-DISCONTINUITY`).
        public var isDiscontinuous = false
        /// Its size.
        public var bytes: Int64
        /// Bytes from its beginning to the end of its first picture, which can be decoded alone; 0 for sound.
        public var keyBytes: Int64

        /// Describes a segment.
        public init(address: String, ticks: Int64, bytes: Int64, keyBytes: Int64 = 0) {
            (self.address, self.ticks, self.bytes, self.keyBytes) = (address, ticks, bytes, keyBytes)
        }
    }

    /// Describes a track.
    public init(
        name: String, codec: String, initAddress: String, timebase: Timebase, picture: Picture? = nil,
        channels: Int = 0,
        segments: [Segment]
    ) {
        self.name = name
        self.codec = codec
        self.initAddress = initAddress
        self.timebase = timebase
        self.picture = picture
        self.channels = channels
        self.segments = segments
    }

    /// How long all segments last, in ticks.
    public var ticks: Int64 { segments.reduce(0) { $0 + $1.ticks } }

    /// Bits a second of all segments together, rounded up.
    public var averageBandwidth: Int64 { bandwidth(segments.reduce(0) { $0 + $1.bytes }, ticks) }

    /// The peak segment bit rate: of all runs of segments that last from half to one and a half of the target duration, the most
    /// bits a second, rounded up (RFC 8216, 4.1). Where no run is so long or so short, of single segments.
    /// - Parameter target: seconds.
    func peakBandwidth(target: Int64) -> Int64 { peak(target, \.bytes) }

    /// The same of the pictures that can be decoded alone.
    func keyBandwidth(target: Int64) -> Int64 { peak(target, \.keyBytes) }

    private func peak(_ target: Int64, _ size: (Segment) -> Int64) -> Int64 {
        let second = timebase.rescaleNearest(1, from: .seconds)
        let lengths = target * second / 2...target * second * 3 / 2
        var peak: Int64 = 0
        for first in segments.indices {
            var (ticks, bytes): (Int64, Int64) = (0, 0)
            for segment in segments[first...] {
                ticks += segment.ticks
                bytes += size(segment)
                if ticks > lengths.upperBound { break }
                if lengths.contains(ticks) { peak = max(peak, bandwidth(bytes, ticks)) }
            }
        }
        return peak > 0 ? peak : segments.map { bandwidth(size($0), $0.ticks) }.max() ?? 0
    }

    private func bandwidth(_ bytes: Int64, _ ticks: Int64) -> Int64 {
        guard ticks > 0 else { return 0 }
        return Int64(
            (Int128(bytes) * 8 * Int128(timebase.denominator) + Int128(ticks) * Int128(timebase.numerator) - 1)
                / (Int128(ticks) * Int128(timebase.numerator)))
    }

    /// A duration in seconds with six places, to the nearest.
    func seconds(_ ticks: Int64) -> String {
        Self.decimal(Timebase.microseconds.rescaleNearest(ticks, from: timebase), places: 6)
    }

    /// `1500` with three places: `1.500`.
    static func decimal(_ number: Int64, places: Int) -> String {
        let digits = String(number)
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
        return "\(padded.dropLast(places)).\(padded.suffix(places))"
    }
}

extension FrameRate {
    /// Frames a second with three places, to the nearest: `23.976`.
    var rounded: String {
        StreamTrack.decimal(
            Int64((Int128(numerator) * 2_000 + Int128(denominator)) / (2 * Int128(denominator))), places: 3)
    }
}
