/// One slot of a reel, as its sound sees it.
public struct SoundSlot: Sendable {
    /// The clip, as people call it: `(title, type)`.
    public var name: String
    /// The sample of the reel (48 kHz) with which the slot begins, to the nearest.
    public var start: Int64
    /// The first AAC frame that begins in the slot.
    public var firstFrame: Int64
    /// The clip's sound; `nil` where it has none.
    public var sound: ClipSound?

    /// Describes a slot.
    public init(name: String, start: Int64, firstFrame: Int64, sound: ClipSound?) {
        self.name = name
        self.start = start
        self.firstFrame = firstFrame
        self.sound = sound
    }
}
