internal import Editions
internal import Editorial
internal import FFmpeg
internal import MediaTime

/// Makes clips and proves them, one after another, in all renditions.
struct ClipWorker: ~Copyable {
    private let work: ConditioningWork
    private let counter: FrameCounter
    private var recipes: RecipeBook
    private var maker: ClipMaker
    private var proof: Proof

    init(_ work: ConditioningWork, _ initSegments: [ObjectID], _ counter: FrameCounter) throws {
        let maker = try ClipMaker(work, counter)
        let proof = try Proof(work, initSegments, counter)
        self.init(work, RecipeBook(work, initSegments), maker, proof, counter)
    }

    private init(
        _ work: ConditioningWork, _ recipes: RecipeBook, _ maker: consuming ClipMaker, _ proof: consuming Proof,
        _ counter: FrameCounter
    ) {
        self.work = work
        self.recipes = recipes
        self.maker = maker
        self.proof = proof
        self.counter = counter
    }

    /// One clip.
    /// - Parameter cuts: how each rendition takes it.
    /// - Returns: the clip, and whether an earlier ingest had made it in all renditions.
    mutating func entry(_ clip: ClipLabel, _ cuts: [Cut]) throws -> (ClipEntry, isReused: Bool) {
        let names = recipes.recipes(clip.range, cuts)
        var made = names.map { work.library.derived($0, as: ProvedClip.self, checking: true) }
        let missing = made.indices.filter { made[$0] == nil }
        if missing.isEmpty {
            counter.add(clip.range.count * 2)
        } else {
            let objects = try maker.objects(clip.range, missing.map { ($0, cuts[$0]) })
            let proved = try proof.prove(clip, zip(missing, objects).map { ($0, cuts[$0], $1) })
            for (rendition, result) in zip(missing, proved) {
                made[rendition] = result
                try work.library.remember(result, as: names[rendition])
            }
        }
        let whole = made.compactMap { $0 }
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
}
