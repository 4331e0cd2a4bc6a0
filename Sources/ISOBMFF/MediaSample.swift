/// One sample of a fragment: a coded picture or an AAC frame.
public struct MediaSample: Hashable, Sendable {
    /// Bytes.
    public var size: UInt32
    /// Ticks until the next sample's decode time.
    public var duration: UInt32
    /// Presentation time less decode time, in ticks.
    public var compositionOffset: UInt32
    /// Whether decoding can begin here: an IDR picture, any AAC frame.
    public var isSync: Bool
    /// Whether no other sample needs this one; `false` also when that is not known.
    public var isDisposable: Bool

    /// Describes a sample.
    public init(
        size: UInt32, duration: UInt32, compositionOffset: UInt32 = 0, isSync: Bool, isDisposable: Bool = false
    ) {
        self.size = size
        self.duration = duration
        self.compositionOffset = compositionOffset
        self.isSync = isSync
        self.isDisposable = isDisposable
    }

    /// The sample's flags (ISO/IEC 14496-12, 8.8.3.1): `sample_depends_on` 2 (on none) for a sync sample, else 1 and
    /// `sample_is_non_sync_sample`; `sample_is_depended_on` 2 (by none) if disposable, else 0 (unknown).
    public var flags: UInt32 {
        (isSync ? 0x0200_0000 : 0x0101_0000) | (isDisposable ? 0x0080_0000 : 0)
    }
}
