internal import Diagnostics
internal import Editions
internal import Editorial
internal import FFmpeg
internal import MediaTime

/// Proves clips by decoding them beside the source, in several renditions at once, and records the hash of every frame.
///
/// A copied frame must be the source's, sample for sample. An encoded one must be nearer to its source frame than to that
/// frame's neighbours, unless those look the same.
struct Proof: ~Copyable {
    private let work: ConditioningWork
    private let initSegments: [ObjectID]
    private let counter: FrameCounter
    private let comparisons: [Comparison]
    private var pictureHash = PictureHash()
    private var posters = PosterMaker()

    init(_ work: ConditioningWork, _ initSegments: [ObjectID], _ counter: FrameCounter) {
        self.work = work
        self.initSegments = initSegments
        self.counter = counter
        comparisons = work.targets.map { Comparison($0.encoding.picture) }
    }

    /// Decodes a clip and compares it with the frames of the footage.
    /// - Parameters:
    ///   - made: renditions by their number, how each took the clip, and what came of it.
    ///   - reader: gives the frames of the footage.
    /// - Returns: the proved clip for each of them, and the JPEG of its middle frame.
    /// - Throws: `Fault` (`internalError`) naming the first frame that is not what it should be.
    mutating func prove(
        _ clip: ClipLabel, _ made: [(rendition: Int, cut: Cut, object: FragmentedObject)],
        from reader: inout FootageReader
    ) throws -> (clips: [ProvedClip], poster: [UInt8]) {
        let clips = try made.map { try decoded(clip, $0.rendition, $0.object) }
        var hashes = made.map { _ in [FrameHash]() }
        var pictures: [UInt64] = []
        var poster: [UInt8] = []
        let range = clip.range
        let noted = [range.start, range.start + range.count / 2, range.end - 1]
        for number in range.start..<range.end {
            try Interruption.check()
            let original = try reader.frame(at: number)
            for (place, (rendition, cut, _)) in made.enumerated() {
                guard let frame = try clips[place].next() else {
                    throw Fault(
                        .internalError,
                        "\(clips[place].name): only \(number - range.start) of \(range.count) frames came out")
                }
                let md5 = try frame.md5()
                if cut.isCopied(number) {
                    guard try frame.hasSamples(of: original.frame) else {
                        throw Fault(
                            .internalError, "\(clips[place].name): frame \(number) is not the source's after copying")
                    }
                } else {
                    try requireNearest(frame, number, in: range, comparisons[rendition], clips[place].name, &reader)
                }
                if let hash = FrameHash(bytes: md5) { hashes[place].append(hash) }
            }
            if number == noted[1] { poster = try posters.jpeg(original.frame) }
            for wanted in noted where wanted == number { pictures.append(try pictureHash.hash(original.frame)) }
            counter.add(1)
        }
        for clip in clips where try clip.next() != nil {
            throw Fault(.internalError, "\(clip.name): more than \(range.count) frames came out")
        }
        let proved = zip(made, hashes).map { ProvedClip(fragments: $0.object, frameHashes: $1, pictures: pictures) }
        return (proved, poster)
    }

    private func decoded(_ clip: ClipLabel, _ rendition: Int, _ object: FragmentedObject) throws -> DecodedClip {
        let files = try work.library.files(initSegment: initSegments[rendition], media: object.object)
        let name = "clip (\(clip.title), \(clip.type)), rendition \(work.targets[rendition].name)"
        return try DecodedClip(Demuxer.open(files: files, named: name), threads: work.threads)
    }

    private func requireNearest(
        _ frame: borrowing Frame, _ number: Int64, in clip: FrameRange, _ comparison: Comparison, _ name: String,
        _ reader: inout FootageReader
    ) throws {
        let source = work.footage.sourceFrame(number)
        let inside = (
            start: work.footage.sourceFrame(clip.start), end: work.footage.sourceFrame(clip.end - 1) + 1
        )
        let own = try comparison.original(source, from: &reader)
        let made = try comparison.made(frame)
        let difference = made.lumaDifference(from: own.frame)
        let samples = own.frame.pictureFormat.width * own.frame.pictureFormat.height
        for neighbour in [source - 1, source + 1] where neighbour >= 0 && neighbour < work.footage.source.index.count {
            // What lies beyond the clip may be damaged or of another size: the clip is none the worse for it.
            let isInside = neighbour >= inside.start && neighbour < inside.end
            guard
                let other = isInside
                    ? try comparison.original(neighbour, from: &reader)
                    : try? comparison.original(neighbour, from: &reader)
            else { continue }
            guard made.lumaDifference(from: other.frame) < difference else { continue }
            // Below one step of luma on average the eye sees no difference, and the encoder need not either.
            guard own.frame.lumaDifference(from: other.frame) >= samples else { continue }
            throw Fault(
                .internalError,
                "\(name): frame \(number) looks like the source's frame \(neighbour) after encoding, not like \(source)"
            )
        }
    }
}

/// A clip that is being decoded.
private final class DecodedClip {
    let name: String
    private var reader: FrameReader

    init(_ file: consuming Demuxer, threads: Int) throws {
        name = file.path
        reader = try FrameReader.open(file, threads: threads)
    }

    func next() throws -> Frame? { try reader.next() }
}

/// Brings frames of the source and of one rendition to one format of 8 bits, in which they are compared.
private final class Comparison {
    private let source: FormatConversion
    private let rendition: FormatConversion
    /// Converted source frames around the one at hand, by number.
    private var window: [Int64: SharedFrame] = [:]

    /// - Parameter format: the format of encoded frames.
    init(_ format: PictureFormat) {
        var compared = format
        if format.pixelFormat.bitDepth != 8 { compared.pixelFormat = .gray8 }
        source = FormatConversion(to: compared)
        rendition = FormatConversion(to: compared)
    }

    func made(_ frame: borrowing Frame) throws -> Frame { try rendition.convert(frame.reference()) }

    func original(_ number: Int64, from reader: inout FootageReader) throws -> SharedFrame {
        if let known = window[number] { return known }
        let frame = SharedFrame(try source.convert(reader.sourceFrame(number).frame.reference()))
        window = window.filter { abs($0.key - number) < 2 }
        window[number] = frame
        return frame
    }
}

extension Cut {
    /// Whether a frame of the clip is copied.
    fileprivate func isCopied(_ number: Int64) -> Bool { pieces.contains { $0.isCopy && $0.frames.contains(number) } }
}
