internal import Editions
internal import Editorial
internal import FFmpeg
internal import MediaTime

/// Makes clips and proves them, one after another, in all renditions.
struct ClipWorker: ~Copyable {
    private let work: ConditioningWork
    private let counter: FrameCounter
    /// How long the clips so far took.
    private(set) var effort = Effort()
    private var recipes: RecipeBook
    private var maker: ClipMaker
    private var proof: Proof
    /// One for each, so that both go through the source from front to back.
    private var making: FootageReader
    private var proving: FootageReader

    init(_ work: ConditioningWork, _ initSegments: [ObjectID], _ counter: FrameCounter) throws {
        let maker = try ClipMaker(work, counter)
        let making = try FootageReader(work)
        let proving = try FootageReader(work)
        self.init(
            work, RecipeBook(work, initSegments), maker, Proof(work, initSegments, counter), making, proving, counter)
    }

    private init(
        _ work: ConditioningWork, _ recipes: RecipeBook, _ maker: consuming ClipMaker, _ proof: consuming Proof,
        _ making: consuming FootageReader, _ proving: consuming FootageReader, _ counter: FrameCounter
    ) {
        self.work = work
        self.recipes = recipes
        self.maker = maker
        self.proof = proof
        self.making = making
        self.proving = proving
        self.counter = counter
    }

    /// One clip.
    /// - Parameter cuts: how each rendition takes it.
    /// - Returns: the clip, and whether an earlier ingest had made it in all renditions.
    mutating func entry(_ clip: ClipLabel, _ cuts: [Cut]) throws -> (ClipEntry, isReused: Bool) {
        let names = recipes.recipes(clip.range, cuts)
        var known = names.map { work.library.derived($0, as: ProvedClip.self, checking: true) }
        for place in known.indices where known[place]?.fits(clip.range) == false { known[place] = nil }
        let missing = known.indices.filter { known[$0] == nil }
        if missing.isEmpty {
            counter.add(clip.range.count * 2)
        } else {
            let begin = ContinuousClock.now
            let objects = try maker.objects(clip.range, missing.map { ($0, cuts[$0]) }, from: &making)
            let made = ContinuousClock.now
            let proved = try proof.prove(clip, zip(missing, objects).map { ($0, cuts[$0], $1) }, from: &proving)
            effort += Effort(making: made - begin, proving: .now - made)
            let picture = try Poster(picture: work.library.store(proved.poster, "jpg"))
            for (rendition, result) in zip(missing, proved.clips) {
                known[rendition] = result
                try work.library.remember(result, as: names[rendition])
                try work.library.remember(picture, as: Poster.recipe(of: result.fragments.object))
            }
        }
        let whole = known.compactMap { $0 }
        let entry = ClipEntry(
            title: clip.title, type: clip.type, range: clip.range, pictures: whole[0].pictures,
            media: whole.map(\.fragments), frameHashes: whole.map(\.frameHashes),
            durations: work.footage.durations(of: clip.range))
        return (entry, missing.isEmpty)
    }
}

/// A clip in one rendition, as its proof left it.
struct ProvedClip: DerivedMedia {
    /// Its media object.
    var fragments: FragmentedObject
    /// The hash of each of its frames.
    var frameHashes: [FrameHash]
    /// Perceptual hashes of the source's first, middle and last frame.
    var pictures: [UInt64]

    var objects: [MadeObject] { fragments.objects }

    /// Whether it has what a clip of these frames has.
    func fits(_ range: FrameRange) -> Bool {
        fragments.frames == range.count && Int64(frameHashes.count) == range.count && pictures.count == 3
    }
}
