/// When each of a run of frames begins, in ticks after the first.
public enum FrameTimes: Hashable, Sendable {
    /// All frames last as many ticks.
    case even(ticksPerFrame: Int64)
    /// Frame n begins at the n-th number and ends at the next: one number more than there are frames, ascending from 0.
    case listed([Int64])

    /// The times of frames that last so many ticks each.
    public init(durations: some Sequence<UInt32>) {
        var boundaries: [Int64] = [0]
        for duration in durations { boundaries.append(boundaries[boundaries.count - 1] + Int64(duration)) }
        self = .listed(boundaries)
    }

    /// Where frame `number` begins; for the number of frames, where the last one ends.
    /// - Precondition: listed times have so many frames.
    public func start(of number: Int64) -> Int64 {
        switch self {
        case .even(let ticksPerFrame): number * ticksPerFrame
        case .listed(let boundaries): boundaries[Int(number)]
        }
    }

    /// How long frame `number` lasts.
    public func duration(of number: Int64) -> Int64 { start(of: number + 1) - start(of: number) }
}
