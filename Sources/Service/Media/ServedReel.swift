import Diagnostics
import Editions
import Manifests
import MediaTime
import Sequencing
import Plans
import Sound
import Stitching

/// A reel that a token stands for, laid out against its edition.
struct ServedReel: Sendable {
    let edition: ServedEdition
    let plan: ReelPlan
    /// Each rendition of the picture, in the edition's order.
    let layouts: [ReelLayout]

    /// - Throws: `Fault` when the edition has no such clips or beds.
    init(_ token: PlanToken, _ edition: ServedEdition) throws(Fault) {
        var slots: [ReelPlan.Slot] = []
        for ordinal in token.clips {
            guard edition.clips.indices.contains(ordinal) else {
                throw Fault(.badInput, "edition \(token.edition) has no clip \(ordinal)")
            }
            slots.append(ReelPlan.Slot(title: edition.clips[ordinal].title, type: edition.clips[ordinal].type))
        }
        guard let audio = token.audio.settings(beds: edition.beds) else {
            throw Fault(.badInput, "edition \(token.edition) has no bed \(token.audio.bed)")
        }
        try self.init(ReelPlan(edition: token.edition, slots: slots, audio: audio), edition)
    }

    /// - Parameter plan: with a resolved edition and resolved sound.
    init(_ plan: ReelPlan, _ edition: ServedEdition) throws(Fault) {
        self.edition = edition
        self.plan = plan
        var layouts: [ReelLayout] = []
        for rendition in edition.edition.manifest.renditions.indices {
            layouts.append(try ReelLayout(plan, edition.edition, rendition: rendition))
        }
        self.layouts = layouts
    }

    /// Its sound; `nil` for a silent reel. Reads from the disk, and makes what the library has not got.
    func sound() throws -> SoundTrack? {
        try SoundTrack.made(for: edition.edition, plan.audio, samples: layouts[0].samples) {
            () throws(Fault) in try layouts[0].soundSlots()
        }
    }

    /// What a player can choose from.
    /// - Parameter keyBytes: how far the first picture of a part of an object goes.
    func stream(
        sound: SoundTrack?, at addresses: MediaAddresses, keyBytes: (ObjectID, Int) throws(Fault) -> Int
    ) throws(Fault) -> ReelStream {
        var pictures: [StreamTrack] = []
        for layout in layouts { pictures.append(try track(layout, addresses, keyBytes)) }
        return ReelStream(pictures: pictures, sound: sound.map { track($0, addresses) })
    }

    private func track(
        _ layout: ReelLayout, _ addresses: MediaAddresses, _ keyBytes: (ObjectID, Int) throws(Fault) -> Int
    ) throws(Fault) -> StreamTrack {
        let rendition = layout.picturing
        let isEven = rendition.ticksPerFrame != nil
        var segments: [StreamTrack.Segment] = []
        for (index, piece) in layout.picture.enumerated() {
            let next = index + 1 < layout.picture.count ? layout.picture[index + 1].decodeTime : layout.duration
            let time = SegmentTime(
                frame: UInt32(clamping: piece.position), ticks: isEven ? nil : UInt64(piece.decodeTime))
            segments.append(
                StreamTrack.Segment(
                    address: addresses.segment(piece.object, part: piece.number, time), ticks: next - piece.decodeTime,
                    bytes: piece.part.size, keyBytes: Int64(try keyBytes(piece.object, piece.number))))
        }
        var rate: FrameRate?
        if case .constant(let constant) = edition.edition.manifest.frameRate { rate = constant }
        return StreamTrack(
            name: rendition.name, codec: rendition.codec, initAddress: addresses.initSegment(rendition.initSegment),
            timebase: rendition.timebase,
            picture: StreamTrack.Picture(width: rendition.width, height: rendition.height, frameRate: rate),
            segments: segments)
    }

    private func track(_ sound: SoundTrack, _ addresses: MediaAddresses) -> StreamTrack {
        let size = Int64(AudioSettings.frameSamples)
        let manifest = edition.edition.manifest
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
