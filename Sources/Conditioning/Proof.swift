internal import Diagnostics
internal import Editions
internal import FFmpeg
internal import MediaTime

/// Proves clips by decoding them beside the source, and records the hash of every frame.
///
/// A copied frame must be the source's, sample for sample. An encoded one must be nearer to its source frame than to that
/// frame's neighbours, unless those look the same.
struct Proof: ~Copyable {
    /// The hashes of one clip.
    struct Hashes {
        /// Of the clip's own decoded frames.
        var frames: [FrameHash] = []
        /// Of the source's first, middle and last frame, perceptually.
        var pictures: [UInt64] = []
    }

    private let source: Source
    private var reader: VideoReader
    /// Into pictures of 8 bits, from the source and from clips.
    private let sourceConversion: FormatConversion
    private let clipConversion: FormatConversion
    private var pictureHash = PictureHash()
    /// Source frames around the one at hand, by number.
    private var window: [Int64: SharedFrame] = [:]

    /// - Parameter format: the format of encoded frames.
    init(source: Source, format: PictureFormat) throws {
        self.source = source
        reader = try VideoReader.open(source.path, index: source.index)
        var compared = format
        if format.pixelFormat.bitDepth != 8 { compared.pixelFormat = .gray8 }
        sourceConversion = FormatConversion(to: compared)
        clipConversion = FormatConversion(to: compared)
    }

    /// Decodes a clip and compares it with the frames of the source that `cut` takes.
    /// - Throws: `Fault` (`internalError`) naming the first frame that is not what it should be.
    mutating func prove(_ clip: consuming Demuxer, _ cut: Cut) throws -> Hashes {
        let name = clip.path
        var decoded = try FrameReader.open(clip)
        var hashes = Hashes()
        let range = cut.frames
        let noted = [range.start, range.start + range.count / 2, range.end - 1]
        for piece in cut.pieces {
            for number in piece.frames.start..<piece.frames.end {
                try Interruption.check()
                guard let frame = try decoded.next() else {
                    throw Fault(
                        .internalError, "\(name): only \(hashes.frames.count) of \(range.count) frames came out")
                }
                let md5 = try frame.md5()
                let original: SharedFrame
                if piece.isCopy {
                    original = SharedFrame(try reader.frame(at: number))
                    guard try original.frame.md5() == md5 else {
                        throw Fault(.internalError, "\(name): frame \(number) is not the source's after copying")
                    }
                } else {
                    original = try sourceFrame(number)
                    try requireNearest(clipConversion.convert(frame), number, original, name)
                }
                if let hash = FrameHash(bytes: md5) { hashes.frames.append(hash) }
                for wanted in noted where wanted == number {
                    hashes.pictures.append(try pictureHash.hash(original.frame))
                }
            }
        }
        guard try decoded.next() == nil else {
            throw Fault(.internalError, "\(name): more than \(range.count) frames came out")
        }
        return hashes
    }

    private mutating func requireNearest(
        _ frame: borrowing Frame, _ number: Int64, _ original: SharedFrame, _ name: String
    ) throws {
        let own = frame.lumaDifference(from: original.frame)
        let samples = original.frame.pictureFormat.width * original.frame.pictureFormat.height
        for neighbour in [number - 1, number + 1] where neighbour >= 0 && neighbour < source.index.count {
            let other = try sourceFrame(neighbour)
            guard frame.lumaDifference(from: other.frame) < own else { continue }
            // Below one step of luma on average the eye sees no difference, and the encoder need not either.
            guard original.frame.lumaDifference(from: other.frame) >= samples else { continue }
            throw Fault(.internalError, "\(name): frame \(number) looks like frame \(neighbour) after encoding")
        }
    }

    /// A source frame in the format of comparison. Only the last three are kept.
    private mutating func sourceFrame(_ number: Int64) throws -> SharedFrame {
        if let known = window[number] { return known }
        let frame = SharedFrame(try sourceConversion.convert(reader.frame(at: number)))
        window = window.filter { abs($0.key - number) < 3 }
        window[number] = frame
        return frame
    }
}
