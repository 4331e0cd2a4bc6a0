public import Diagnostics
public import Editions
internal import MediaTime
public import Plans

/// A plan resolved against an edition: which fragments make up the picture of the reel, and where each begins.
///
/// Pure arithmetic over what was recorded at ingest; nothing is opened but the clip table.
public struct ReelLayout: Sendable {
    /// The edition.
    public let edition: Edition
    /// The place of the rendition in the edition's list.
    public let rendition: Int
    /// The clips in order, each with the reel frame at which it begins.
    public let slots: [Slot]
    /// The fragments of the picture in order.
    public let picture: [TrackPiece]
    /// How long the picture lasts, in ticks of the rendition.
    public let duration: Int64

    /// One clip of the reel.
    public struct Slot: Sendable, Hashable {
        /// The clip.
        public let clip: ClipTable.Clip
        /// The reel frame at which it begins.
        public let start: Int64
        /// When it begins, in ticks of the rendition.
        public let startTicks: Int64

        /// The reel's frames that are the clip's.
        public var end: Int64 { start + clip.range.count }
    }

    /// Looks up a plan's clips and lays them end to end.
    /// - Throws: `Fault` (`badInput`) naming the slot, when the edition lacks a clip, or when the reel has more frames than
    ///   a fragment's sequence number can count.
    public init(_ plan: ReelPlan, _ edition: Edition, rendition: Int = 0) throws(Fault) {
        self.edition = edition
        self.rendition = rendition
        var slots: [Slot] = []
        var picture: [TrackPiece] = []
        var start: Int64 = 0
        var ticks: Int64 = 0
        for (number, slot) in plan.slots.enumerated() {
            let clip: ClipTable.Clip
            do throws(Fault) {
                clip = try edition.clip(title: slot.title, type: slot.type)
            } catch {
                throw Fault(error.status, "slot \(number + 1): \(error.message)")
            }
            slots.append(Slot(clip: clip, start: start, startTicks: ticks))
            let media = try edition.clips.media(of: clip, rendition: rendition)
            let times = try edition.times(of: clip, rendition: rendition)
            var frame: Int64 = 0
            for (number, part) in media.parts.enumerated() {
                picture.append(
                    TrackPiece(
                        object: media.object, part: part, number: number, position: start + frame,
                        decodeTime: ticks + times.start(of: frame)))
                frame += part.frames
            }
            start += frame
            ticks += times.start(of: frame)
        }
        guard start < Int64(UInt32.max) else {
            throw Fault(
                .badInput, "the reel has \(start) frames, more than the \(UInt32.max - 1) that a file can count")
        }
        self.slots = slots
        self.picture = picture
        duration = ticks
    }

    /// Frames of the reel.
    public var frames: Int64 { slots.last?.end ?? 0 }
    /// Samples of 48 kHz sound that the picture lasts, rounded down.
    public var samples: Int64 {
        Timebase.samples48k.rescaleFloor(duration, from: picturing.timebase)
    }
    /// The sample of 48 kHz sound with which a slot begins, to the nearest.
    public func sample(of slot: Slot) -> Int64 {
        Timebase.samples48k.rescaleNearest(slot.startTicks, from: picturing.timebase)
    }
    /// The first AAC frame, of 1,024 samples, that begins in a slot.
    public func soundFrame(of slot: Slot) -> Int64 {
        Timebase.soundFrames.rescaleCeiling(slot.startTicks, from: picturing.timebase)
    }
    /// The rendition.
    public var picturing: EditionManifest.Rendition { edition.manifest.renditions[rendition] }

    /// The slots as the reel's sound sees them.
    /// - Throws: `Fault` when the edition is damaged.
    public func soundSlots() throws(Fault) -> [SoundSlot] {
        var result: [SoundSlot] = []
        for slot in slots {
            result.append(
                SoundSlot(
                    name: "(\(slot.clip.title), \(slot.clip.type))", start: sample(of: slot),
                    firstFrame: soundFrame(of: slot), sound: try edition.clips.sound(of: slot.clip)))
        }
        return result
    }
}
