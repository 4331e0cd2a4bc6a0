internal import Editions
internal import MediaTime
internal import Plans

/// The sound of one slot: a function of the clip, of where it begins on the grid of AAC frames, of the bed under it and of how
/// they are mixed. Only the slots that a reel's fades reach depend on the reel.
///
/// All places are counted from the reel's beginning. Up to the end of the AAC frame after the segment's first, and from the
/// beginning of its last but one on, the bed is alone, at its own level: whichever clips meet there, both segments hold the same
/// signal where their AAC frames overlap.
struct MixSegment: Sendable {
    /// The AAC frames that it owns.
    let frames: Range<Int64>
    /// The sample with which the slot begins.
    let start: Int64
    /// The clip's sound; `nil` for the bed alone.
    let clip: ClipSound?
    /// The samples in which the clip is heard; empty where it is too short.
    let audible: Range<Int64>
    private let duck: Float
    private let attack: Int64
    private let release: Int64
    private static let size = Int64(SoundFormat.samplesPerFrame)
    /// AAC frames of the bed before and after a segment that are encoded with it, so that the encoder knows what it joins.
    static let preroll: Int64 = 16
    static let postroll: Int64 = 4

    /// The segments of a reel in order; slots that own no AAC frame have none.
    static func all(_ slots: [SoundSlot], _ reel: ReelSound, _ audio: AudioSettings) -> [(SoundSlot, MixSegment)] {
        slots.indices.compactMap { number in
            let first = number == 0 ? 0 : min(slots[number].firstFrame, reel.count)
            let isLast = number == slots.count - 1
            let end = isLast ? reel.count : min(slots[number + 1].firstFrame, reel.count)
            guard first < end else { return nil }
            let slotEnd = isLast ? reel.count * size : slots[number + 1].start
            return (slots[number], MixSegment(slots[number], first..<end, until: slotEnd, isLast: isLast, audio))
        }
    }

    private init(
        _ slot: SoundSlot, _ frames: Range<Int64>, until slotEnd: Int64, isLast: Bool, _ audio: AudioSettings
    ) {
        self.frames = frames
        start = slot.start
        clip = slot.sound
        let first = max(slot.start, (frames.lowerBound + 1) * Self.size)
        let end = isLast ? slotEnd : min(slotEnd, (frames.upperBound - 1) * Self.size)
        audible = slot.sound == nil || end <= first ? first..<first : first..<end
        duck = Float(1) / (audio.duck ?? .init(hundredths: 0)).factor
        attack = audio.attack ?? 0
        release = audio.release ?? 0
    }

    /// The gain of the clip at a sample: it fades in and out within an AAC frame.
    func clipGain(at sample: Int64) -> Float {
        let rise = ReelSound.step(sample, from: audible.lowerBound, to: audible.lowerBound + Self.size)
        let rest = 1 - ReelSound.step(sample, from: audible.upperBound - Self.size, to: audible.upperBound)
        return FadeCurve.smooth.gain(min(rise, rest))
    }

    /// The gain of the bed at a sample: turned down after the clip has begun, and up again before it ends.
    func bedGain(at sample: Int64) -> Float {
        guard audible.contains(sample) else { return 1 }
        let down = 1 - ReelSound.step(sample, from: audible.lowerBound, to: audible.lowerBound + attack)
        let up = ReelSound.step(sample, from: audible.upperBound - release, to: audible.upperBound)
        return duck + (1 - duck) * FadeCurve.smooth.gain(max(down, up))
    }

    /// Whether the reel's fade at its beginning reaches what is encoded.
    func meetsFadeIn(of reel: ReelSound) -> Bool { frames.lowerBound - Self.preroll < reel.fadeInFrames }

    /// Whether the reel's fade at its end reaches what is encoded.
    func meetsFadeOut(of reel: ReelSound) -> Bool {
        frames.upperBound + Self.postroll > reel.count - reel.fadeOutFrames
    }

    /// What determines its bytes, in words.
    func recipe(_ reel: ReelSound, bed: Bed?, _ format: ClipSoundFormat) -> String {
        var text = "mix 1 \(format.channels) \(format.bitsPerSecond) frames \(frames.count)"
        if let bed { text += " bed \(bed.lossless) \(bed.recipe) at \(reel.bedStart + frames.lowerBound)" }
        if let clip, !audible.isEmpty {
            let origin = frames.lowerBound * Self.size
            text +=
                " clip \(clip.lossless) from \(start - origin) heard \(audible.lowerBound - origin) \(audible.count)"
            text += " duck \(duck) \(attack) \(release)"
        }
        if format.loudness != nil { text += " limited" }
        if meetsFadeIn(of: reel) { text += " in \(frames.lowerBound) \(reel.fadeInFrames) \(reel.fadeInCurve)" }
        if meetsFadeOut(of: reel) {
            text += " out \(reel.count - frames.upperBound) \(reel.fadeOutFrames) \(reel.fadeOutCurve)"
        }
        return text
    }
}
