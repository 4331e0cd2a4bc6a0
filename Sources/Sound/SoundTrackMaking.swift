public import Diagnostics
public import Editions
public import Plans

extension SoundTrack {
    /// The sound of a reel; `nil` for a silent one. What the library has not got of it is made.
    /// - Parameters:
    ///   - audio: resolved settings.
    ///   - samples: how long the picture lasts, at 48 kHz.
    ///   - jobs: how many mixes are made at a time.
    ///   - slots: gives the slots, where clips are heard.
    /// - Throws: `Fault` (`badInput`) when the bed is too short, or what making throws.
    public static func made(
        for edition: Edition, _ audio: AudioSettings?, samples: Int64, jobs: Int = 1,
        slots: () throws(Fault) -> [SoundSlot]
    ) throws -> SoundTrack? {
        guard let audio, let mode = audio.mode, mode != .none else { return nil }
        let reel = ReelSound(samples: samples, audio)
        if mode == .bed {
            let bed = try edition.bed(audio.bed)
            return SoundTrack(
                initSegment: bed.initSegment,
                pieces: try ReelSoundMaker(library: edition.library, bed: bed).pieces(reel))
        }
        let maker = try MixMaker(edition, audio)
        return SoundTrack(initSegment: maker.initSegment, pieces: try maker.pieces(reel, slots(), jobs: jobs))
    }
}
