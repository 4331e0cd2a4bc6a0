internal import Diagnostics
internal import Editions
internal import FFmpeg
private import Foundation
internal import MediaTime
internal import Plans

/// Judges a reel in which clips are heard: in the middle of each slot there is its clip, in step with the picture, over the bed at
/// its ducked level, and nothing else.
///
/// Near seams and within fades it judges nothing: what is heard there depends on how the mix was made.
struct ClipSoundVerifier {
    private let plan: ReelPlan
    private let edition: Edition
    private let bed: Bed?
    private let audio: AudioSettings
    /// AAC frames at either end of a slot in which the clip fades.
    private static let edge: Int64 = 5 * SoundVerifier.samplesPerFrame
    /// Below this mean square nothing can be told from the codec's own noise.
    private static let faintest = 1e-6
    /// The error may have this share of the power: of noise the codec loses a sixth, another clip or a shift is more than all.
    private static let tolerance = 0.5

    init(_ plan: ReelPlan, _ edition: Edition, _ bed: Bed?, _ audio: AudioSettings) {
        self.plan = plan
        self.edition = edition
        self.bed = bed
        self.audio = audio
    }

    /// The first slot that does not sound as it should. `reel` has been read up to the end of its first AAC frame.
    func fault(_ reel: inout SampleStream, _ boundaries: [Int64], _ length: Int64) throws -> ReelFault? {
        let size = SoundVerifier.samplesPerFrame
        func whole(_ samples: Int64?) -> Int64 { ((samples ?? 0) + size - 1) / size * size }
        let plain = max(3 * size, whole(audio.fadeIn))..<max(3 * size, length - max(2 * size, whole(audio.fadeOut)))
        var position = size
        for (number, slot) in plan.slots.enumerated() {
            let clip = try edition.clip(title: slot.title, type: slot.type)
            let sound = try edition.clips.sound(of: clip)
            let before = Self.edge + (sound == nil ? 0 : audio.attack ?? 0)
            let after = Self.edge + (sound == nil ? 0 : audio.release ?? 0)
            let first = max(boundaries[number] + before, plain.lowerBound)
            let end = min(boundaries[number + 1] - after, plain.upperBound)
            guard end - first >= size else { continue }
            try reel.skip(first - position)
            position = end
            guard let heard = try reel.take(Int(end - first)) else {
                return fault(number, slot, "its sound ends before")
            }
            let wanted = try self.wanted(sound, from: first, count: Int(end - first), slotStart: boundaries[number])
            if !Self.isAlike(heard, wanted) {
                return fault(number, slot, "between samples \(first) and \(end) it does not sound as clip and bed do")
            }
        }
        return nil
    }

    private func fault(_ number: Int, _ slot: ReelPlan.Slot, _ message: String) -> ReelFault {
        ReelFault(
            kind: .wrongSound, frame: nil, slot: number + 1,
            message: "slot \(number + 1), clip (\(slot.title), \(slot.type)): \(message)")
    }

    /// What should be heard from sample `first` of the reel on, in the middle of a slot.
    private func wanted(_ sound: ClipSound?, from first: Int64, count: Int, slotStart: Int64) throws -> SampleBlock {
        let channels = edition.manifest.clipSound?.channels ?? 2
        var block = SampleBlock(silence: count, channels: channels)
        if let bed {
            let start = (audio.start ?? 0) + first
            var place = 0
            for piece in bed.heard(start..<start + Int64(count)) {
                block.add(try lossless(bed.lossless, channels, piece), at: place)
                place += piece.count
            }
            if sound != nil { block.multiply(by: Float(pow(10, -(audio.duck?.value ?? 0) / 20))) }
        }
        if let sound {
            let start = (edition.manifest.clipSound?.handle ?? 0) + first - slotStart
            block.add(try lossless(sound.lossless, channels, start..<start + Int64(count)))
        }
        return block
    }

    private func lossless(_ object: ObjectID, _ channels: Int, _ range: Range<Int64>) throws -> SampleBlock {
        var block = SampleBlock(silence: 0, channels: channels)
        try AudioReader.forEachBlock(
            of: edition.library.file(of: object, "flac"), sampleRate: 48_000, channels: channels, in: range,
            seeking: true
        ) { block.append($0) }
        return block
    }

    private static func isAlike(_ heard: SampleBlock, _ wanted: SampleBlock) -> Bool {
        var power = 0.0
        var error = 0.0
        for (ours, theirs) in zip(heard.channels, wanted.channels) {
            for (sample, ideal) in zip(ours, theirs) {
                power += Double(ideal * ideal)
                error += Double((sample - ideal) * (sample - ideal))
            }
        }
        let count = Double(max(1, heard.count * heard.channels.count))
        return error / count <= max(tolerance * power / count, faintest)
    }
}
