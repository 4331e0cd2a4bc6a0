public import Conditioning
public import Diagnostics
public import Editions
private import Editorial
private import FFmpeg
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
    /// The beds.
    public var beds: [BedRequest]
    /// How clips are made.
    public var conditioner: Conditioner
    /// How beds are made.
    public var bedMaker: BedMaker
    /// Whether the edition becomes the live one.
    public var promotes: Bool
    /// How many seconds to wait for another ingest.
    public var patience: Int

    /// A bed to be made.
    public struct BedRequest: Sendable, Equatable {
        /// Its name in plans.
        public var name: String
        /// Where it comes from.
        public var origin: Origin

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
        /// How each clip was taken, rendition after rendition.
        public var cuts: [ClipCut]
    }

    /// How long the picture took. Making and proving are summed over all workers.
    public struct Milliseconds: Sendable, Encodable {
        /// To read all packets of the Mega Asset once.
        public var reading: Int64
        /// To copy and encode clips.
        public var making: Int64
        /// To decode them beside the source.
        public var proving: Int64
    }

    /// Describes an ingest.
    public init(
        mega: String, track: Int = 0, indexPath: String, frameRate: FrameRate? = nil, library: String,
        beds: [BedRequest] = [], conditioner: Conditioner = .init(), bedMaker: BedMaker = .init(),
        promotes: Bool = true, patience: Int = 10
    ) {
        self.track = track
        self.frameRate = frameRate
        self.mega = mega
        self.indexPath = indexPath
        self.library = library
        self.beds = beds
        self.conditioner = conditioner
        self.bedMaker = bedMaker
        self.promotes = promotes
        self.patience = patience
    }

    /// Makes the edition. When it fails, the library is as it was, and one that was made for it is gone.
    /// - Parameter date: when, in RFC 3339; written into the edition's provenance.
    /// - Throws: `Fault` or `FFmpegError`.
    public func run(date: String, user: String, progress: @escaping ProgressHandler = { _ in }) throws -> Result {
        let index = try ClipIndex.load(indexPath)
        if let repeated = Dictionary(grouping: beds, by: \.name).first(where: { $0.value.count > 1 }) {
            throw Fault(.usage, "--bed \(repeated.key): the name is given twice; give each bed its own")
        }
        let megaSize = try InputFile.open(mega).size
        for case .file(let path) in beds.map(\.origin) { _ = try InputFile.open(path) }
        let begin = ContinuousClock.now
        let source = try Source.read(mega, track: track) {
            progress(ProgressReport(stage: "reading the Mega Asset", done: Int($0), total: Int(megaSize)))
        }
        let reading = ContinuousClock.now - begin
        let footage = try Footage(source, index, path: indexPath, at: frameRate)
        let plans = try conditioner.plans(footage)
        let bedSources = try beds.map { try bedSource($0, footage) }
        for bed in bedSources { try bedMaker.check(bed) }

        let isNew = !Path.exists(self.library)
        let (library, journal) = try Library.create(self.library).journalling()
        let lock = try library.lockForWriting(waiting: patience)
        do {
            var made = try make(footage, plans, bedSources, in: library, lock: lock, date: date, progress: progress)
            made.milliseconds.reading = reading.milliseconds
            if promotes { try library.promote(made.edition, at: date, by: user, why: "ingest", lock: lock) }
            return made
        } catch {
            try? journal.discard()
            if isNew { try? library.removeIfUnused() }
            throw error
        }
    }

    /// Makes picture and beds, and publishes the edition.
    private func make(
        _ footage: Footage, _ plans: [ConditioningPlan], _ bedSources: [BedSource], in library: Library,
        lock: borrowing FileLock, date: String,
        progress: @escaping ProgressHandler
    ) throws -> Result {
        let picture = try conditioner.condition(footage, as: plans, into: library, progress: progress)
        let beds = try bedSources.map { try bedMaker.make($0, into: library, progress: progress) }
        let manifest = EditionManifest(
            frameRate: footage.mode, clips: picture.entries.count,
            frames: footage.clips.reduce(0) { $0 + $1.range.count }, renditions: picture.renditions, beds: beds,
            clipTable: ObjectID.of([]),
            provenance: .init(
                created: date, source: Path.name(of: mega), sourceBytes: try InputFile.open(mega).size,
                tool: "sizzle \(Sizzle.version)"))
        let edition = try library.publish(manifest, clips: picture.entries, lock: lock)
        return Result(
            edition: edition.id, live: promotes, clips: picture.entries.count, framesCopied: picture.framesCopied,
            framesEncoded: picture.framesEncoded, clipsReused: picture.clipsReused,
            milliseconds: .init(
                reading: 0, making: picture.making.milliseconds, proving: picture.proving.milliseconds),
            notes: Self.notes(picture),
            renditions: picture.renditions, beds: beds.map(\.name), cuts: Self.describe(footage, picture))
    }

    /// The notes of all renditions, each once.
    private static func notes(_ picture: ConditionedPicture) -> [String] {
        picture.plans.flatMap(\.notes).reduce(into: []) { notes, note in
            if !notes.contains(note) { notes.append(note) }
        }
    }

    private func bedSource(_ bed: BedRequest, _ footage: Footage) throws -> BedSource {
        switch bed.origin {
        case .file(let path): return BedSource(name: bed.name, path: path)
        case .frames(let range):
            guard range.end <= footage.count else {
                throw Fault(
                    .badInput, "--bed \(bed.name): ends at frame \(range.end), and \(mega) has \(footage.count) frames")
            }
            return BedSource(
                name: bed.name, path: mega, samples: footage.sample(at: range.start)..<footage.sample(at: range.end))
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
