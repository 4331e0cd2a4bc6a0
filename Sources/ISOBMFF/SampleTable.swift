/// Where the samples of a track lie in a file that has no fragments, and how long each lasts (ISO/IEC 14496-12, 8.6 and 8.7).
public struct SampleTable: Hashable, Sendable {
    /// Runs of equal values, as `stts` and `ctts` hold them.
    private struct Runs: Hashable, Sendable {
        var runs: [(count: UInt32, value: Int64)] = []

        mutating func append(_ value: Int64) {
            if let last = runs.last, last.value == value {
                runs[runs.count - 1].count += 1
            } else {
                runs.append((1, value))
            }
        }

        static func == (one: Runs, other: Runs) -> Bool {
            one.runs.elementsEqual(other.runs) { $0.count == $1.count && $0.value == $1.value }
        }

        func hash(into hasher: inout Hasher) { for run in runs { hasher.combine(run.value) } }
    }

    private var durations = Runs()
    private var compositionOffsets = Runs()
    private var sizes: [UInt32] = []
    /// Numbers from 1 of the samples at which decoding can begin.
    private var syncs: [UInt32] = []
    /// The first byte of each chunk, from the first byte of the media, and its samples.
    private var chunks: [(offset: UInt64, samples: UInt32)] = []
    /// The sum of the samples' durations, in ticks of the track.
    public private(set) var duration: UInt64 = 0

    /// A table without samples.
    public init() {}

    /// Adds the samples of a fragment as one chunk, whose bytes follow each other.
    /// - Parameter offset: of the first, from the first byte of the media.
    public mutating func append(_ samples: [FragmentInfo.Sample], at offset: UInt64) {
        for sample in samples {
            sizes.append(sample.size)
            durations.append(Int64(sample.duration))
            compositionOffsets.append(sample.compositionOffset)
            if sample.isSync { syncs.append(UInt32(sizes.count)) }
            duration += UInt64(sample.duration)
        }
        chunks.append((offset, UInt32(samples.count)))
    }

    /// Two tables are the same when they say the same of every sample.
    public static func == (one: SampleTable, other: SampleTable) -> Bool {
        one.sizes == other.sizes && one.durations == other.durations && one.syncs == other.syncs
            && one.compositionOffsets == other.compositionOffsets
            && one.chunks.elementsEqual(other.chunks) { $0 == $1 }
    }

    /// Adds the sizes, which tell most tables apart.
    public func hash(into hasher: inout Hasher) { hasher.combine(sizes) }

    /// The boxes of `stbl` after `stsd`.
    /// - Parameters:
    ///   - start: of the media in the file.
    ///   - isLong: whether chunks have offsets of 64 bits.
    func write(to writer: inout BoxWriter, from start: UInt64, isLong: Bool) {
        writer.fullBox("stts") { Self.write(durations, to: &$0) }
        if compositionOffsets.runs.contains(where: { $0.value != 0 }) {
            let isSigned = compositionOffsets.runs.contains { $0.value < 0 }
            writer.fullBox("ctts", version: isSigned ? 1 : 0) { Self.write(compositionOffsets, to: &$0) }
        }
        if syncs.count < sizes.count {
            writer.fullBox("stss") {
                $0.u32(UInt32(syncs.count))
                for number in syncs { $0.u32(number) }
            }
        }
        writer.fullBox("stsc") { writeChunks(to: &$0) }
        writer.fullBox("stsz") {
            $0.u32(0)
            $0.u32(UInt32(sizes.count))
            for size in sizes { $0.u32(size) }
        }
        writer.fullBox(isLong ? "co64" : "stco") {
            $0.u32(UInt32(chunks.count))
            for chunk in chunks {
                if isLong { $0.u64(start + chunk.offset) } else { $0.u32(UInt32(start + chunk.offset)) }
            }
        }
    }

    private static func write(_ runs: Runs, to writer: inout BoxWriter) {
        writer.u32(UInt32(runs.runs.count))
        for run in runs.runs {
            writer.u32(run.count)
            writer.u32(UInt32(truncatingIfNeeded: run.value))
        }
    }

    /// `stsc` names the first chunk of each run of chunks with equally many samples.
    private func writeChunks(to writer: inout BoxWriter) {
        var runs: [(first: UInt32, samples: UInt32)] = []
        for (number, chunk) in chunks.enumerated() where chunk.samples != runs.last?.samples {
            runs.append((UInt32(number + 1), chunk.samples))
        }
        writer.u32(UInt32(runs.count))
        for run in runs {
            writer.u32(run.first)
            writer.u32(run.samples)
            writer.u32(1)  // the sample description
        }
    }
}

/// The head of a file without fragments, for places that refuse those: `ftyp`, `moov` with all samples, and the header of `mdat`.
public struct PlainMovie: Sendable {
    /// Ticks a second of the movie header's times.
    public var movieTimescale: UInt32
    /// The tracks with their samples, in order.
    public var tracks: [(description: TrackDescription, samples: SampleTable)]
    /// Bytes of the media, which follow the head.
    public var mediaSize: UInt64
    /// The boxes of `moov/udta`; none leaves `udta` out.
    public var userData: [RawBox]

    /// Describes a file.
    public init(
        movieTimescale: UInt32, tracks: [(description: TrackDescription, samples: SampleTable)], mediaSize: UInt64,
        userData: [RawBox] = []
    ) {
        precondition(movieTimescale > 0, "a movie has a timescale from 1")
        (self.movieTimescale, self.tracks, self.mediaSize) = (movieTimescale, tracks, mediaSize)
        self.userData = userData
    }

    /// The bytes before the media.
    public func encoded() -> [UInt8] {
        // Offsets count from the file's beginning, but the head's size does not depend on them.
        let size = UInt64(head(before: 0, isLong: true).count)
        let isLong = size + mediaSize > UInt64(UInt32.max)
        return head(before: UInt64(head(before: 0, isLong: isLong).count), isLong: isLong)
    }

    private func head(before start: UInt64, isLong: Bool) -> [UInt8] {
        var writer = BoxWriter(capacity: 1 << 16)
        // `iso4` has composition offsets below 0; the others are what old tools look for.
        writer.fileType(["isom", "iso4", "mp41", "mp42"])
        writer.box("moov") {
            let trackIDs = tracks.map(\.description.trackID)
            $0.movieHeader(
                timescale: movieTimescale, duration: tracks.map { presented($0) }.max() ?? 0, trackIDs: trackIDs)
            for track in tracks {
                $0.track(
                    track.description,
                    .init(table: track.samples, presented: presented(track), mediaStart: start, isLong: isLong))
            }
            $0.userData(userData)
        }
        if isLong {
            writer.u32(1)
            writer.fourCC("mdat")
            writer.u64(mediaSize + 16)
        } else {
            writer.u32(UInt32(mediaSize) + 8)
            writer.fourCC("mdat")
        }
        return writer.bytes
    }

    /// How long a track lasts, in ticks of the movie, rounded down.
    private func presented(_ track: (description: TrackDescription, samples: SampleTable)) -> UInt64 {
        let (high, low) = track.samples.duration.multipliedFullWidth(by: UInt64(movieTimescale))
        let timescale = UInt64(track.description.timescale)
        return high < timescale ? timescale.dividingFullWidth((high, low)).quotient : .max
    }
}
