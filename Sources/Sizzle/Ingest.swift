public import Conditioning
public import Diagnostics
public import Editions
private import Editorial
private import FFmpeg
public import Validation
private import FileSystem
private import Foundation
public import MediaTime
public import Sound

/// Makes an edition of a Mega Asset: conditions its clips, makes its beds, publishes and, if wanted, promotes it.
public struct Ingest: Sendable {
    /// The Mega Asset.
    public var mega: String
    /// Its picture track, from 0.
    public var track: Int
    /// The clip index.
    public var indexPath: String
    /// Shows the Mega Asset at this constant rate; `nil` for its own.
    public var frameRate: FrameRate?
    /// The library; made when missing.
    public var library: String
    /// How clips are made.
    public var conditioner: Conditioner
    /// How sound is taken.
    public var sound: SoundRequest
    /// Whether the edition becomes the live one.
    public var promotes: Bool
    /// How many seconds to wait for a process that prunes.
    public var patience: Int
    /// Whether the boundaries of clips are judged by the pictures around them, and the report is kept with the edition.
    public var judgesBoundaries = false

    /// A bed to be made.
    public struct BedRequest: Sendable, Equatable {
        /// Its name in plans.
        public var name: String
        /// Where it comes from.
        public var origin: Origin
        /// Where it goes on after its end; `nil` when it then has ended.
        public var loop: BedSource.Loop?

        /// Where a bed comes from.
        public enum Origin: Sendable, Equatable {
            /// All of a file.
            case file(String)
            /// The Mega Asset's sound under a range of its frames.
            case frames(FrameRange)
        }

        /// Reads `NAME=FILE` or `NAME=START-END` (two whole numbers: frames). A file so named is given as `./…`.
        /// - Throws: `Fault` (`usage`) when it is neither.
        public init(_ text: String) throws(Fault) {
            let halves = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard halves.count == 2 else {
                throw Fault(.usage, "--bed \(text): write NAME=FILE, or NAME=START-END in frames of the Mega Asset")
            }
            name = halves[0]
            let numbers = halves[1].split(separator: "-", omittingEmptySubsequences: false)
            let isRange =
                numbers.count == 2 && numbers.allSatisfy { !$0.isEmpty && $0.allSatisfy { ("0"..."9").contains($0) } }
            guard isRange else {
                origin = .file(halves[1])
                return
            }
            guard let start = Int64(numbers[0]), let end = Int64(numbers[1]), let range = FrameRange(start, end) else {
                throw Fault(
                    .usage, "--bed \(text): the range is empty or reversed; the end is the frame after the last")
            }
            origin = .frames(range)
        }
    }

    /// What an ingest did.
    public struct Result: Sendable, Encodable {
        /// The edition's id.
        public var edition: String
        /// Whether it is live now.
        public var live: Bool
        /// Clips in the edition.
        public var clips: Int
        /// Frames that were copied bit for bit.
        public var framesCopied: Int64
        /// Frames that were encoded.
        public var framesEncoded: Int64
        /// Clips that an earlier ingest had made and proved.
        public var clipsReused: Int
        /// How long it took, in milliseconds; not part of what was made.
        public var milliseconds: Milliseconds
        /// What a person should know: fields that are kept, colours that are lost.
        public var notes: [String]
        /// The renditions.
        public var renditions: [EditionManifest.Rendition]
        /// The names of the beds.
        public var beds: [String]
        /// How loud beds and clips are.
        public var sound: SoundReport
        /// What is wrong with boundaries, where they were judged.
        public var boundaries: [MegaFault]?
        /// How each clip was taken, rendition after rendition.
        public var cuts: [ClipCut]
    }

    /// How long it took. Making and proving of the picture are summed over all workers.
    public struct Milliseconds: Sendable, Encodable {
        /// To read all packets of the Mega Asset once.
        public var reading: Int64
        /// To copy and encode clips.
        public var making: Int64
        /// To decode them beside the source.
        public var proving: Int64
        /// To make the beds.
        public var beds: Int64
        /// To take the sound of clips.
        public var sound: Int64
        /// To mix for cadences.
        public var mixes: Int64
    }

    /// How loud the beds and the clips of an edition are.
    public struct SoundReport: Sendable, Encodable {
        /// The beds.
        public var beds: [Item]
        /// The clips in the order of the index; none where their sound is not kept.
        public var clips: [Item]

        /// One bed, or one clip.
        public struct Item: Sendable, Encodable {
            /// The bed's name, or the clip's title.
            public var name: String
            /// The clip type; `nil` for beds.
            public var type: String?
            /// Samples in each channel, at 48 kHz.
            public var samples: Int64
            /// How loud it was and is; `nil` for a clip that is silent.
            public var levels: SoundLevels?
        }
    }

    /// Describes an ingest.
    public init(
        mega: String, track: Int = 0, indexPath: String, frameRate: FrameRate? = nil, library: String,
        conditioner: Conditioner = .init(), sound: SoundRequest = .init(), promotes: Bool = true, patience: Int = 10
    ) {
        self.track = track
        self.frameRate = frameRate
        self.mega = mega
        self.indexPath = indexPath
        self.library = library
        self.conditioner = conditioner
        self.sound = sound
        self.promotes = promotes
        self.patience = patience
    }

    /// Makes the edition. When it fails, the library is as it was, and one that was made for it is gone.
    /// - Parameter date: when, in RFC 3339; written into the edition's provenance.
    /// - Throws: `Fault` or `FFmpegError`.
    public func run(date: String, user: String, progress: @escaping ProgressHandler = { _ in }) throws -> Result {
        let index = try ClipIndex.load(indexPath)
        if let repeated = Dictionary(grouping: sound.beds, by: \.name).first(where: { $0.value.count > 1 }) {
            throw Fault(.usage, "--bed \(repeated.key): the name is given twice; give each bed its own")
        }
        let megaSize = try InputFile.open(mega).size
        for case .file(let path) in sound.beds.map(\.origin) { _ = try InputFile.open(path) }
        let begin = ContinuousClock.now
        let source = try Source.read(mega, track: track) {
            progress(ProgressReport(stage: "reading the Mega Asset", done: Int($0), total: Int(megaSize)))
        }
        let reading = ContinuousClock.now - begin
        let footage = try Footage(source, index, path: indexPath, at: frameRate)
        let plans = try conditioner.plans(footage)
        try sound.checkGains(footage.clips)
        let ahead = try sound.cadences.map { cadence throws(Fault) in try MixesAhead(cadence, footage.clips) }
        let soundTrack = try sound.track(of: mega)
        let bedSources = try sound.beds.map { try bedSource($0, footage, track: soundTrack) }
        for bed in bedSources { try BedMaker(sound.settings).check(bed) }
        let boundaries = try judgesBoundaries ? self.boundaries(index, source, progress: progress) : nil

        let isNew = !Path.exists(self.library)
        let (library, journal) = try Library.create(self.library).journalling()
        let lock = try library.lockForAdding(waiting: patience)
        var made: Result
        do {
            let parts = try makeParts(footage, plans, bedSources, soundTrack, in: library, progress: progress)
            let edition = try publish(parts, footage, boundaries, in: library, lock: lock, date: date)
            let begin = ContinuousClock.now
            for mixes in ahead { try mixes.make(edition, jobs: sound.jobs, progress: progress) }
            made = result(edition, parts, footage)
            made.milliseconds.mixes = (ContinuousClock.now - begin).milliseconds
            made.milliseconds.reading = reading.milliseconds
            made.boundaries = boundaries?.faults
        } catch {
            try? library.takeBack(journal, isNew: isNew, lock: lock)
            throw error
        }
        // The edition is whole, whatever becomes of this.
        if promotes { try library.promote(made.edition, .init("ingest", by: user, at: date), waiting: patience) }
        return made
    }

    /// What an edition is made of.
    private struct Parts {
        var picture: ConditionedPicture
        var beds: [Bed]
        var clipSound: ClipSoundMaker.Made?
        var bedTime: Duration
        var soundTime: Duration
    }

    /// Makes picture, beds and the sound of clips.
    private func makeParts(
        _ footage: Footage, _ plans: [ConditioningPlan], _ bedSources: [BedSource], _ soundTrack: Int?,
        in library: Library, progress: @escaping ProgressHandler
    ) throws -> Parts {
        let picture = try conditioner.condition(footage, as: plans, into: library, progress: progress)
        let start = ContinuousClock.now
        let beds = try bedSources.map { try BedMaker(sound.settings).make($0, into: library, progress: progress) }
        let begin = ContinuousClock.now
        let clipSound = try sound.clipSound(
            footage, of: mega, track: soundTrack, into: library, progress: progress)
        return Parts(
            picture: picture, beds: beds, clipSound: clipSound, bedTime: begin - start,
            soundTime: ContinuousClock.now - begin)
    }

    private func publish(
        _ parts: Parts, _ footage: Footage, _ boundaries: MegaReport?, in library: Library, lock: borrowing FileLock,
        date: String
    ) throws -> Edition {
        let picture = parts.picture
        let manifest = EditionManifest(
            frameRate: footage.mode, clips: picture.entries.count,
            frames: footage.clips.reduce(0) { $0 + $1.range.count }, renditions: picture.renditions, beds: parts.beds,
            clipSound: parts.clipSound?.format, clipTable: ObjectID.of([]),
            provenance: .init(
                created: date, source: Path.name(of: mega), sourceBytes: try InputFile.open(mega).size,
                tool: "sizzle \(Sizzle.version)"))
        var entries = picture.entries
        for (place, clip) in (parts.clipSound?.clips ?? []).enumerated() { entries[place].sound = clip }
        return try library.publish(manifest, clips: entries, boundaries: boundaries?.fileBytes(), lock: lock)
    }

    /// Judges the boundaries, before anything is made.
    private func boundaries(
        _ index: ClipIndex, _ source: Source, progress: @escaping ProgressHandler
    ) throws -> MegaReport {
        guard frameRate == nil else {
            throw Fault(
                .usage,
                "--boundaries: an edition at another rate has other frames than the Mega Asset; leave one of the two out"
            )
        }
        var validator = MegaValidator()
        validator.track = track
        return try validator.validate(mega, index, frames: source.index, progress: progress)
    }

    private func result(_ edition: Edition, _ parts: Parts, _ footage: Footage) -> Result {
        let picture = parts.picture
        return Result(
            edition: edition.id, live: promotes, clips: picture.entries.count, framesCopied: picture.framesCopied,
            framesEncoded: picture.framesEncoded, clipsReused: picture.clipsReused,
            milliseconds: .init(
                reading: 0, making: picture.making.milliseconds, proving: picture.proving.milliseconds,
                beds: parts.bedTime.milliseconds, sound: parts.soundTime.milliseconds, mixes: 0),
            notes: Self.notes(picture) + (parts.clipSound?.notes ?? []),
            renditions: picture.renditions, beds: parts.beds.map(\.name), sound: Self.report(footage, parts),
            cuts: Self.describe(footage, picture))
    }

    private static func report(_ footage: Footage, _ parts: Parts) -> SoundReport {
        let beds = parts.beds.map { SoundReport.Item(name: $0.name, samples: $0.samples, levels: $0.levels) }
        let clips = zip(footage.clips, parts.clipSound?.clips ?? []).map { label, clip in
            SoundReport.Item(
                name: label.title, type: label.type,
                samples: footage.sample(at: label.range.end) - footage.sample(at: label.range.start),
                levels: clip?.levels)
        }
        return SoundReport(beds: beds, clips: clips)
    }

    /// The notes of all renditions, each once.
    private static func notes(_ picture: ConditionedPicture) -> [String] {
        picture.plans.flatMap(\.notes).reduce(into: []) { notes, note in
            if !notes.contains(note) { notes.append(note) }
        }
    }

    private func bedSource(_ bed: BedRequest, _ footage: Footage, track: Int?) throws -> BedSource {
        switch bed.origin {
        case .file(let path): return BedSource(name: bed.name, path: path, loop: bed.loop)
        case .frames(let range):
            guard range.end <= footage.count else {
                throw Fault(
                    .badInput, "--bed \(bed.name): ends at frame \(range.end), and \(mega) has \(footage.count) frames")
            }
            return BedSource(
                name: bed.name, path: mega, track: track ?? 0,
                samples: footage.sample(at: range.start)..<footage.sample(at: range.end), loop: bed.loop)
        }
    }

    private static func describe(_ footage: Footage, _ picture: ConditionedPicture) -> [ClipCut] {
        picture.renditions.enumerated().flatMap { place, rendition in
            footage.clips.enumerated().map { number, clip in
                ClipCut(
                    clip, picture.plans[place].cuts[number], rendition: rendition.name,
                    bytes: picture.entries[number].media[place].bytes)
            }
        }
    }
}

extension Duration {
    fileprivate var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
