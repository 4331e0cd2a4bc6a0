/// The sound of a reel. Every key may be left out.
public struct AudioSettings: Sendable, Equatable, Codable {
    /// The name of the bed; `nil` is the edition's first.
    public var bed: String?
    /// What is heard; `nil` is `bed` where the edition has a bed, else `none`.
    public var mode: Mode?
    /// The sample of the bed (48 kHz) at which the reel begins; rounded down to a multiple of 1,024. Default 0.
    public var start: Int64?
    /// After this many samples the sound is the bed's own, sample for sample. Default 3,072.
    public var fadeIn: Int64?
    /// For this many samples before the end the sound fades to silence. Default 48,000.
    public var fadeOut: Int64?

    /// Where a reel's sound comes from.
    public enum Mode: String, Sendable, Codable, CaseIterable {
        /// The bed alone.
        case bed
        /// The clips' sound over the ducked bed.
        case mix
        /// The clips' sound alone.
        case clip
        /// No sound at all.
        case none
    }

    /// Makes settings; what is `nil` takes its default when a reel is made.
    public init(
        bed: String? = nil, mode: Mode? = nil, start: Int64? = nil, fadeIn: Int64? = nil, fadeOut: Int64? = nil
    ) {
        self.bed = bed
        self.mode = mode
        self.start = start
        self.fadeIn = fadeIn
        self.fadeOut = fadeOut
    }
}
