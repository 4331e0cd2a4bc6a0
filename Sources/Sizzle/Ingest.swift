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
    /// The clip index.
    public var indexPath: String
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
        /// The renditions.
        public var renditions: [EditionManifest.Rendition]
        /// The names of the beds.
        public var beds: [String]
        /// How each clip was taken, rendition after rendition.
        public var cuts: [ClipCut]
    }

    /// How one clip was taken in one rendition.
    public struct ClipCut: Sendable, Encodable {
        /// The title's id.
        public var title: String
        /// The clip type.
        public var type: String
        /// First frame.
        public var start: Int64
        /// The frame after the last.
        public var end: Int64
        /// The rendition's name.
        public var rendition: String
        /// How it was made as a whole.
        public var condition: Condition
        /// The frames that were encoded, as half-open ranges of the Mega Asset, each with the reason.
        public var encoded: [Encoded]
        /// Frames that were copied bit for bit.
        public var framesCopied: Int64
        /// Bytes of its media object.
        public var bytes: Int64
    }

    /// Frames that were encoded.
    public struct Encoded: Sendable, Encodable {
        /// First frame.
        public var start: Int64
        /// The frame after the last.
        public var end: Int64
        /// Why they were not copied.
        public var why: String
    }

    /// Describes an ingest.
    public init(
        mega: String, indexPath: String, library: String, beds: [BedRequest] = [], conditioner: Conditioner = .init(),
        bedMaker: BedMaker = .init(), promotes: Bool = true, patience: Int = 10
    ) {
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
    public func run(date: String, user: String, progress: ProgressHandler = { _ in }) throws -> Result {
        let index = try ClipIndex.load(indexPath)
        if let repeated = Dictionary(grouping: beds, by: \.name).first(where: { $0.value.count > 1 }) {
            throw Fault(.usage, "--bed \(repeated.key): the name is given twice; give each bed its own")
        }
        let megaSize = try InputFile.open(mega).size
        for case .file(let path) in beds.map(\.origin) { _ = try InputFile.open(path) }
        let source = try Source.read(mega) {
            progress(ProgressReport(stage: "reading the Mega Asset", done: Int($0), total: Int(megaSize)))
        }
        _ = try conditioner.plans(source, index, path: indexPath)
        let bedSources = try beds.map { try bedSource($0, source, index) }
        for bed in bedSources { try bedMaker.check(bed) }

        let isNew = !Path.exists(self.library)
        let (library, journal) = try Library.create(self.library).journalling()
        let lock = try library.lockForWriting(waiting: patience)
        do {
            let made = try make(source, index, bedSources, in: library, lock: lock, date: date, progress: progress)
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
        _ source: Source, _ index: ClipIndex, _ bedSources: [BedSource], in library: Library, lock: borrowing FileLock,
        date: String, progress: ProgressHandler
    ) throws -> Result {
        let picture = try conditioner.condition(source, index, indexPath: indexPath, into: library, progress: progress)
        let beds = try bedSources.map { try bedMaker.make($0, into: library, progress: progress) }
        let manifest = EditionManifest(
            frameRate: try constantRate(index), clips: picture.entries.count,
            frames: index.clips.reduce(0) { $0 + $1.range.count }, renditions: picture.renditions, beds: beds,
            clipTable: ObjectID.of([]),
            provenance: .init(
                created: date, source: Path.name(of: mega), sourceBytes: try InputFile.open(mega).size,
                tool: "sizzle \(Sizzle.version)"))
        let edition = try library.publish(manifest, clips: picture.entries, lock: lock)
        return Result(
            edition: edition.id, live: promotes, clips: picture.entries.count, framesCopied: picture.framesCopied,
            framesEncoded: picture.framesEncoded, renditions: picture.renditions, beds: beds.map(\.name),
            cuts: Self.describe(index, picture))
    }

    private func constantRate(_ index: ClipIndex) throws(Fault) -> FrameRate {
        guard case .constant(let rate) = index.frameRate else {
            throw Fault(.badInput, "\(indexPath): a 'variable' frame rate cannot be ingested")
        }
        return rate
    }

    private func bedSource(_ bed: BedRequest, _ source: Source, _ index: ClipIndex) throws -> BedSource {
        switch bed.origin {
        case .file(let path): return BedSource(name: bed.name, path: path)
        case .frames(let range):
            guard range.end <= source.index.count else {
                throw Fault(
                    .badInput,
                    "--bed \(bed.name): ends at frame \(range.end), and \(mega) has \(source.index.count) frames")
            }
            let rate = try constantRate(index)
            let first = Timebase.samples48k.rescaleNearest(
                source.index.presentationTicks.first ?? 0, from: source.index.stream.timebase)
            let start = first + rate.ticks(atFrame: range.start, in: .samples48k)
            let end = first + rate.ticks(atFrame: range.end, in: .samples48k)
            return BedSource(name: bed.name, path: mega, samples: start..<end)
        }
    }

    private static func describe(_ index: ClipIndex, _ picture: ConditionedPicture) -> [ClipCut] {
        picture.renditions.enumerated().flatMap { place, rendition in
            index.clips.enumerated().map { number, clip in
                let cut = picture.cuts[place][number]
                let encoded = cut.pieces.compactMap { piece -> Encoded? in
                    guard case .encode(let obstacle) = piece.making else { return nil }
                    return Encoded(start: piece.frames.start, end: piece.frames.end, why: obstacle.description)
                }
                return ClipCut(
                    title: clip.title, type: clip.type, start: clip.range.start, end: clip.range.end,
                    rendition: rendition.name, condition: cut.condition, encoded: encoded,
                    framesCopied: cut.framesCopied, bytes: picture.entries[number].media[place].bytes)
            }
        }
    }
}
