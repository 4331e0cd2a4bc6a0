public import Diagnostics
public import Editions
public import Manifests
internal import MediaTime
public import Plans
internal import Sound
public import Stitching

/// A plan laid out against its edition as a stream: every rendition of the picture, and the sound.
public struct StreamedReel: Sendable {
    /// The edition.
    public let edition: Edition
    /// The plan, with a resolved edition and resolved sound.
    public let plan: ReelPlan
    /// Each rendition of the picture, in the edition's order.
    public let layouts: [ReelLayout]

    /// Lays a plan out.
    /// - Parameter renditions: the places of the renditions that the stream has; all without it.
    /// - Throws: `Fault` when the edition has no such clips.
    public init(_ plan: ReelPlan, _ edition: Edition, renditions: [Int]? = nil) throws(Fault) {
        self.edition = edition
        self.plan = plan
        var layouts: [ReelLayout] = []
        for rendition in renditions ?? Array(edition.manifest.renditions.indices) {
            layouts.append(try ReelLayout(plan, edition, rendition: rendition))
        }
        self.layouts = layouts
    }

    /// Its sound; `nil` for a silent reel. Reads from the disk, and makes what the library has not got.
    /// - Parameter jobs: how many mixes are made at a time.
    /// - Throws: what reading and encoding throw.
    public func sound(jobs: Int = 1) throws -> SoundTrack? {
        try SoundTrack.made(for: edition, plan.audio, samples: layouts[0].samples, jobs: jobs) {
            () throws(Fault) in try layouts[0].soundSlots()
        }
    }

    /// What a player can choose from, on one timeline without discontinuities.
    /// - Parameters:
    ///   - sound: what ``sound(jobs:)`` made.
    ///   - parts: the parts of an object, as ``MediaPart/all(of:in:)`` reads them.
    /// - Throws: `Fault` when an object is missing, or what `parts` throws.
    public func stream(
        sound: SoundTrack?, at addresses: MediaAddresses, parts: (ObjectID) throws(Fault) -> [MediaPart]?
    ) throws(Fault) -> ReelStream {
        var pictures: [StreamTrack] = []
        for layout in layouts {
            pictures.append(
                try track(layout, initAddress: addresses.initSegment(layout.picturing.initSegment), parts) {
                    addresses.segment($0.object, part: $0.number, Self.time(of: $0, layout))
                })
        }
        return ReelStream(pictures: pictures, sound: sound.map { track($0, addresses) })
    }

    /// The picture alone, from the library's own files: a static host is enough, but each clip begins a timeline of its own.
    ///
    /// Not all players play on over the joins, and there is no sound: a bed can't be cut where clips are (its AAC frames are not theirs).
    /// - Parameter base: what stands before `media/ab/cdef….m4s`: an address or a relative path of the library, ending with `/`, or empty.
    /// - Throws: as ``stream(sound:at:parts:)``.
    public func staticStream(
        at base: String, parts: (ObjectID) throws(Fault) -> [MediaPart]?
    ) throws(Fault) -> ReelStream {
        var pictures: [StreamTrack] = []
        for layout in layouts {
            let file = { (object: ObjectID, suffix: String) in
                let name = object.description
                return "\(base)media/\(name.prefix(2))/\(name.dropFirst(2)).\(suffix)"
            }
            var track = try track(layout, initAddress: file(layout.picturing.initSegment, "mp4"), parts) {
                file($0.object, "m4s")
            }
            track.segments = Self.joined(track.segments, layout.picture)
            pictures.append(track)
        }
        return ReelStream(pictures: pictures, sound: nil)
    }

    /// A segment for each clip: all parts of its object, as they stand there.
    private static func joined(_ segments: [StreamTrack.Segment], _ pieces: [TrackPiece]) -> [StreamTrack.Segment] {
        var joined: [StreamTrack.Segment] = []
        for (segment, piece) in zip(segments, pieces) {
            if piece.number > 0 {
                joined[joined.count - 1].ticks += segment.ticks
                joined[joined.count - 1].bytes += segment.bytes
            } else {
                joined.append(segment)
                joined[joined.count - 1].isDiscontinuous = joined.count > 1
            }
        }
        return joined
    }

    /// When a fragment of the picture begins, as addresses say it.
    static func time(of piece: TrackPiece, _ layout: ReelLayout) -> SegmentTime {
        SegmentTime(
            frame: UInt32(clamping: piece.position),
            ticks: layout.picturing.ticksPerFrame == nil ? UInt64(piece.decodeTime) : nil)
    }

    private func track(
        _ layout: ReelLayout, initAddress: String, _ parts: (ObjectID) throws(Fault) -> [MediaPart]?,
        address: (TrackPiece) -> String
    ) throws(Fault) -> StreamTrack {
        var segments: [StreamTrack.Segment] = []
        for (index, piece) in layout.picture.enumerated() {
            let next = index + 1 < layout.picture.count ? layout.picture[index + 1].decodeTime : layout.duration
            let known = try parts(piece.object) ?? []
            guard known.indices.contains(piece.number) else {
                throw Fault(
                    .badInput,
                    "media object \(piece.object): is missing or has no part \(piece.number); restore the edition")
            }
            segments.append(
                StreamTrack.Segment(
                    address: address(piece), ticks: next - piece.decodeTime, bytes: piece.part.size,
                    keyBytes: Int64(known[piece.number].keyBytes)))
        }
        let rendition = layout.picturing
        var rate: FrameRate?
        if case .constant(let constant) = edition.manifest.frameRate { rate = constant }
        return StreamTrack(
            name: rendition.name, codec: rendition.codec, initAddress: initAddress, timebase: rendition.timebase,
            picture: StreamTrack.Picture(width: rendition.width, height: rendition.height, frameRate: rate),
            segments: segments)
    }

    private func track(_ sound: SoundTrack, _ addresses: MediaAddresses) -> StreamTrack {
        let size = Int64(AudioSettings.frameSamples)
        let manifest = edition.manifest
        let bed = plan.audio?.bed.flatMap { name in manifest.beds.first { $0.name == name } }
        let segments = sound.pieces.map { piece in
            StreamTrack.Segment(
                address: addresses.segment(
                    piece.object, part: piece.number, SegmentTime(frame: UInt32(clamping: piece.position))),
                ticks: piece.part.frames * size, bytes: piece.part.size)
        }
        return StreamTrack(
            name: "audio", codec: bed?.codec ?? "mp4a.40.2", initAddress: addresses.initSegment(sound.initSegment),
            timebase: .samples48k, channels: bed?.channels ?? manifest.clipSound?.channels ?? 2, segments: segments)
    }
}
