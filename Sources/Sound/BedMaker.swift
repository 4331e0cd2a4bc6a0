public import Diagnostics
public import Editions
internal import FFmpeg
internal import FileSystem
internal import ISOBMFF
internal import MediaTime
internal import Plans

/// Where a bed comes from.
public struct BedSource: Sendable {
    /// The bed's name in plans.
    public var name: String
    /// The file.
    public var path: String
    /// The file's sound track, from 0.
    public var track: Int
    /// The samples of the file at 48 kHz, from its time 0; `nil` for all.
    public var samples: Range<Int64>?
    /// Where it goes on after its end; `nil` when it then has ended.
    public var loop: Loop?

    /// Where a bed goes on, as people say it.
    public struct Loop: Sendable, Equatable {
        /// The first sample that is repeated.
        public var start: Int64
        /// The sample at which it goes back; `nil` for the bed's end.
        public var end: Int64?
        /// Samples in which the end fades over into the beginning.
        public var crossfade: Int64

        /// Describes a loop. The default crossfade is 100 ms.
        public init(start: Int64, end: Int64? = nil, crossfade: Int64 = 4_800) {
            self.start = start
            self.end = end
            self.crossfade = crossfade
        }
    }

    /// Names a bed's source.
    public init(name: String, path: String, track: Int = 0, samples: Range<Int64>? = nil, loop: Loop? = nil) {
        self.name = name
        self.path = path
        self.track = track
        self.samples = samples
        self.loop = loop
    }
}

/// Makes beds: a lossless copy at the wanted loudness, and AAC on a grid of its own with nothing before its first sample.
public struct BedMaker: Sendable {
    /// How beds are brought in.
    public var settings: SoundSettings
    /// AAC frames in a fragment.
    static let framesPerPart: Int64 = 96
    /// What peaks are limited to before they are encoded, in dBTP: the codec adds to them.
    private static let ceiling = Decibels(hundredths: -200)
    /// How often a bed is encoded again at most, to make up for what the codec does to it.
    private static let corrections = 6
    /// What the decoded bed must not exceed: a reel's head and tail, which are encoded apart, may add a little more.
    private static let decodedPeak = Decibels(hundredths: SoundFormat.truePeak.hundredths - 20)

    /// Chooses how beds are made.
    public init(_ settings: SoundSettings = SoundSettings()) { self.settings = settings }

    /// Looks whether a source has sound that can be read, before a library is touched for it.
    /// - Throws: `FFmpegError` when it has none.
    public func check(_ source: BedSource) throws {
        var reader = try open(source)
        _ = try reader.next()
    }

    private func open(_ source: BedSource) throws -> AudioReader {
        try AudioReader.open(
            source.path, track: source.track, sampleRate: SoundFormat.sampleRate, channels: settings.channels)
    }

    /// Makes a bed and stores its media objects.
    /// - Throws: `FFmpegError` when the source cannot be read, `Fault` when it is damaged, shorter than an AAC frame or its loop, or
    ///   the library cannot be written.
    public func make(_ source: BedSource, into library: Library, progress: ProgressHandler) throws -> Bed {
        func report(_ done: Int) {
            progress(ProgressReport(stage: "making bed \(source.name)", done: done, total: 3))
        }
        report(0)
        let spool = try SampleSpool(in: library.root, channels: settings.channels)
        try read(source, into: spool)
        let recipe = Library.canonicalText(
            SoundRecipe(
                "bed 1", spool, settings, bitsPerSecond: settings.bitsPerSecond,
                loop: source.loop.map { [$0.start, $0.end ?? -1, $0.crossfade] }))
        if var known = library.derived(recipe, as: Bed.self, checking: true) {
            known.name = source.name
            report(3)
            return known
        }
        let loop = try source.loop.map { try bake($0, into: spool, source) }
        report(1)
        guard spool.count >= Int64(SoundFormat.samplesPerFrame) else {
            throw Fault(
                .badInput,
                "\(source.path): bed '\(source.name)' has \(spool.count) samples, less than an AAC frame of 1,024")
        }
        var mastering = try Mastering(
            spool, core: 0..<spool.count, target: settings.loudness, ceiling: Self.ceiling)
        report(2)
        var encoded = try encode(mastering, spool.count, loop, library)
        for _ in 0..<Self.corrections {
            guard
                try mastering.correct(
                    heard: encoded.loudness, peak: Decibels(peak: encoded.truePeak), allowed: Self.decodedPeak)
            else { break }
            encoded = try encode(mastering, spool.count, loop, library)
        }
        report(3)
        let bed = Bed(
            name: source.name, codec: SoundFormat.codec, initSegment: encoded.initSegment, sound: encoded.sound,
            framesPerPart: Self.framesPerPart, lossless: encoded.lossless, sampleRate: SoundFormat.sampleRate,
            channels: settings.channels, samples: spool.count, bitsPerSecond: settings.bitsPerSecond,
            loop: loop, levels: mastering.levels(heard: encoded.loudness, truePeak: encoded.truePeak))
        try library.remember(bed, as: recipe)
        return bed
    }

    private struct Encoded {
        var lossless: ObjectID
        var sound: FragmentedObject
        var initSegment: ObjectID
        /// As it decodes.
        var truePeak: Float
        var loudness: Decibels?
    }

    /// Writes the lossless copy, and encodes it beside.
    private func encode(
        _ mastering: Mastering, _ samples: Int64, _ loop: BedLoop?, _ library: Library
    ) throws -> Encoded {
        let size = Int64(SoundFormat.samplesPerFrame)
        let frames = samples / size
        let path = library.temporaryPath("flac")
        defer { try? Path.remove(path) }
        var lossless = try LosslessWriter.create(path, channels: settings.channels)
        var packets = try AACPackets(
            startingAt: 0, channels: settings.channels, bitsPerSecond: settings.bitsPerSecond,
            checking: 0..<frames)
        let header = packets.header
        var fragments = try SoundFragments(library: library)
        // A loop is repeated in whole parts.
        let split = loop.map { $0.start / size }
        func keep(_ number: Int64, _ bytes: [UInt8]) throws {
            guard (0..<frames).contains(number) else { return }
            try fragments.add(bytes, closingAfter: Self.framesPerPart)
            if number + 1 == split { try fragments.close() }
        }
        var blocks = SampleQueue(channels: settings.channels)
        // After its end a loop goes on with its beginning, which the last frames overlap.
        var again: [SampleBlock] = []
        var position: Int64 = 0
        try mastering.forEachBlock { block in
            try lossless.add(block)
            try blocks.add(block) { full in
                try packets.add(full, keep)
                if let loop, (loop.start..<loop.start + 2 * size).contains(position) { again.append(full) }
                position += size
            }
        }
        if let rest = blocks.paddedRest { try packets.add(rest, keep) }
        for block in again { try packets.add(block, keep) }
        try packets.finish(keep)
        let written = try lossless.finish()
        precondition(written == samples)
        return Encoded(
            lossless: try library.store(fileAt: path, "flac"), sound: try fragments.finish(),
            initSegment: try library.store(settings.initSegment(header).encoded(), "mp4"),
            truePeak: packets.truePeak, loudness: packets.loudness)
    }

    /// Reads all of the source.
    private func read(_ source: BedSource, into spool: SampleSpool) throws {
        var reader = try open(source)
        if let range = source.samples {
            try reader.forEachBlock(in: [range]) { _, block in
                try Interruption.check()
                try spool.append(block)
            }
        } else {
            while let run = try reader.next() {
                try Interruption.check()
                try spool.append(run.block)
            }
        }
        let heard = source.samples ?? Int64.min..<Int64.max
        guard let damage = reader.damages.first(where: { $0.samples.overlaps(heard) }) else { return }
        throw Fault(
            .badInput,
            "bed '\(source.name)': the sound is damaged \(damage.samples.lowerBound.asTime) into the file (sample "
                + "\(damage.samples.lowerBound)): \(damage.error); take another file or range")
    }

    /// Puts a loop on the grid of AAC frames, and fades its end over into what stands before its beginning.
    private func bake(_ loop: BedSource.Loop, into spool: SampleSpool, _ source: BedSource) throws -> BedLoop {
        let size = Int64(SoundFormat.samplesPerFrame)
        let last = loop.end ?? spool.count
        // There must be sound before the beginning to fade over into.
        let start = max(loop.start / size, (loop.crossfade + size - 1) / size) * size
        let end = start + (last - start) / size * size
        guard last <= spool.count, end - start >= max(2 * size, loop.crossfade) else {
            throw Fault(
                .badInput,
                "--bed-loop \(source.name): cannot go back from sample \(last) to sample \(start); the bed has \(spool.count) "
                    + "samples, and a loop needs at least \(max(2 * size, loop.crossfade)), and \(loop.crossfade) before it "
                    + "for the crossfade")
        }
        var fading = try spool.read(end - loop.crossfade..<end)
        var rising = try spool.read(start - loop.crossfade..<start)
        let points = (0..<fading.count).map { (Float($0) + 0.5) / Float(loop.crossfade) }
        // Equal powers: what stands at both places is rarely alike.
        fading.multiply(by: points.map { FadeCurve.equalPower.gain(1 - $0) })
        rising.multiply(by: points.map { FadeCurve.equalPower.gain($0) })
        fading.add(rising)
        try spool.write(fading, at: end - loop.crossfade)
        spool.truncate(to: end)
        return BedLoop(start: start, end: end, crossfade: loop.crossfade)
    }
}

extension Int64 {
    /// Samples at 48 kHz as a time for people: `1:02.350`.
    var asTime: String {
        let milliseconds = self / 48
        let (minutes, rest) = (milliseconds / 60_000, milliseconds % 60_000)
        func padded(_ number: Int64, _ digits: Int) -> String {
            String(repeating: "0", count: Swift.max(0, digits - "\(number)".count)) + "\(number)"
        }
        return "\(minutes):\(padded(rest / 1_000, 2)).\(padded(rest % 1_000, 3))"
    }
}
