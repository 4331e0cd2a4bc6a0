public import Diagnostics
public import Editions
internal import FFmpeg
internal import FileSystem
internal import ISOBMFF
public import MediaTime
public import Plans

/// The sound of one clip, where it lies in the Mega Asset.
public struct ClipSoundSource: Sendable {
    /// The clip, as people call it: `(title, type)`.
    public var name: String
    /// The Mega Asset's samples at 48 kHz, from its time 0, that are heard with the clip's picture.
    public var samples: Range<Int64>
    /// By how much it is turned up after its loudness has been brought to the target.
    public var gain: Decibels

    /// Names the sound of a clip.
    public init(name: String, samples: Range<Int64>, gain: Decibels = Decibels(hundredths: 0)) {
        self.name = name
        self.samples = samples
        self.gain = gain
    }
}

/// Takes the sound of clips out of a Mega Asset: normalised lossless copies, of which mixes are made.
public struct ClipSoundMaker: Sendable {
    /// How sound is brought in.
    public var settings: SoundSettings
    /// Whether sound that cannot be decoded becomes silence; else it is refused.
    public var toleratesDamage: Bool
    /// How many clips are worked on at a time.
    public var jobs: Int
    /// What peaks are limited to, in dBTP: mixes limit their sum again.
    private static let ceiling = Decibels(hundredths: SoundFormat.truePeak.hundredths - 50)

    /// Chooses how the sound of clips is taken.
    public init(_ settings: SoundSettings = SoundSettings(), toleratesDamage: Bool = false, jobs: Int = 1) {
        self.settings = settings
        self.toleratesDamage = toleratesDamage
        self.jobs = jobs
    }

    /// What was made of the sound of an edition's clips.
    public struct Made: Sendable {
        /// The sound of each clip in the order of the sources; `nil` where it is digital silence.
        public var clips: [ClipSound?]
        /// What a person should know, such as sound that could not be decoded.
        public var notes: [String]
        /// What all of them have in common.
        public var format: ClipSoundFormat
    }

    /// Reads a sound track once and stores the sound of all clips.
    /// - Throws: `Fault` naming the clip whose sound is damaged; `FFmpegError` when the track cannot be read.
    public func make(
        _ sources: [ClipSoundSource], of path: String, track: Int, ducking: Ducking, into library: Library,
        progress: @escaping ProgressHandler
    ) throws -> Made {
        var reader = try AudioReader.open(
            path, track: track, sampleRate: SoundFormat.sampleRate, channels: settings.channels)
        let pool = FinishingPool(self, sources, library, progress)
        let ranges = sources.map {
            $0.samples.lowerBound - SoundFormat.handle..<$0.samples.upperBound + SoundFormat.handle
        }
        var spools: [Int: SampleSpool] = [:]
        try reader.forEachBlock(in: ranges) { place, block in
            try Interruption.check()
            let spool = try spools[place] ?? SampleSpool(in: library.root, channels: settings.channels)
            try spool.append(block)
            let isWhole = spool.count == Int64(ranges[place].count)
            spools[place] = isWhole ? nil : spool
            if isWhole { try pool.add(place, spool) }
        }
        let clips = try pool.finish()
        return Made(
            clips: clips, notes: try judge(reader.damages, sources, path), format: try format(clips, ducking, library))
    }

    /// Says which clips are damaged.
    /// - Throws: `Fault` naming the first, unless damage is tolerated.
    private func judge(
        _ damages: [AudioReader.Damage], _ sources: [ClipSoundSource], _ path: String
    ) throws(Fault) -> [String] {
        var notes: [String] = []
        for source in sources {
            guard let damage = damages.first(where: { $0.samples.overlaps(source.samples) }) else { continue }
            let place = damage.samples.lowerBound
            guard toleratesDamage else {
                throw Fault(
                    .badInput,
                    "\(path): the sound of clip \(source.name) is damaged at sample \(place) (\(place.asTime)): "
                        + "\(damage.error); replace the Mega Asset, or take it as silence with --damaged-sound silence")
            }
            notes.append("clip \(source.name): its sound is damaged at \(place.asTime) and silent there")
        }
        return notes
    }

    private func format(_ clips: [ClipSound?], _ ducking: Ducking, _ library: Library) throws -> ClipSoundFormat {
        let packets = try AACPackets(
            startingAt: 0, channels: settings.channels, bitsPerSecond: settings.bitsPerSecond)
        let measured = clips.compactMap { $0?.levels.source }
        return ClipSoundFormat(
            codec: SoundFormat.codec,
            initSegment: try library.store(settings.initSegment(packets.header).encoded(), "mp4"),
            sampleRate: SoundFormat.sampleRate, channels: settings.channels, bitsPerSecond: settings.bitsPerSecond,
            handle: SoundFormat.handle, loudness: settings.loudness, ducking: ducking, clips: clips.count { $0 != nil },
            quietest: measured.min(),
            loudest: measured.max())
    }

    /// Brings one clip to its loudness and stores it.
    fileprivate func finish(_ spool: SampleSpool, _ source: ClipSoundSource, _ library: Library) throws -> ClipSound? {
        let core = SoundFormat.handle..<SoundFormat.handle + Int64(source.samples.count)
        let recipe = Library.canonicalText(
            SoundRecipe(
                "clip sound 1", spool, settings, samples: source.samples.count, gain: source.gain.hundredths))
        if let known = library.derived(recipe, as: ClipSound.self, checking: true) { return known }
        let mastering = try Mastering(
            spool, core: core, target: settings.loudness, ceiling: Self.ceiling, offset: source.gain)
        var peaks = TruePeakMeter(channels: settings.channels)
        let path = library.temporaryPath("flac")
        defer { try? Path.remove(path) }
        var writer = try LosslessWriter.create(path, channels: settings.channels)
        var position: Int64 = 0
        try mastering.forEachBlock { block in
            try writer.add(block)
            let inside = (position..<position + Int64(block.count)).clamped(to: core)
            if !inside.isEmpty {
                peaks.add(block[Int(inside.lowerBound - position)..<Int(inside.upperBound - position)])
            }
            position += Int64(block.count)
        }
        _ = try writer.finish()
        peaks.finish()
        guard peaks.peak > 0 else { return nil }
        let made = ClipSound(
            lossless: try library.store(fileAt: path, "flac"), samples: Int64(source.samples.count),
            levels: mastering.levels(truePeak: peaks.peak))
        try library.remember(made, as: recipe)
        return made
    }
}

/// Finishes clips whose samples are whole, several at a time, while others are read.
private final class FinishingPool {
    private let maker: ClipSoundMaker
    private let sources: [ClipSoundSource]
    private let library: Library
    private let progress: ProgressHandler
    private var waiting: [(place: Int, spool: SampleSpool)] = []
    private var made: [Int: ClipSound?] = [:]

    init(
        _ maker: ClipSoundMaker, _ sources: [ClipSoundSource], _ library: Library,
        _ progress: @escaping ProgressHandler
    ) {
        self.maker = maker
        self.sources = sources
        self.library = library
        self.progress = progress
    }

    func add(_ place: Int, _ spool: SampleSpool) throws {
        waiting.append((place, spool))
        if waiting.count >= 4 * maker.jobs { try work() }
    }

    /// - Returns: the sound of each clip.
    func finish() throws -> [ClipSound?] {
        try work()
        return sources.indices.map { made[$0] ?? nil }
    }

    private func work() throws {
        let batch = waiting
        waiting = []
        let results = try inParallel(batch.count, jobs: maker.jobs) { [maker, sources, library] number in
            try maker.finish(batch[number].spool, sources[batch[number].place], library)
        }
        for (item, result) in zip(batch, results) { made[item.place] = result }
        progress(ProgressReport(stage: "taking the sound of clips", done: made.count, total: sources.count))
    }
}
